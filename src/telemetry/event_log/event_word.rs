//! The words of a log for what happened.

use crate::twin::{RequestStep, UnitState};

/// What a word of a log says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventWord {
    /// An item comes into an asset, or work on it begins.
    Enter,
    /// An item leaves an asset, or work on it ends.
    Leave,
    /// A vehicle or an operator goes from one waypoint to another.
    Travel,
    /// A vehicle goes off with an item.
    Loaded,
    /// An item was brought by a vehicle.
    Unloaded,
    /// A request of a service is further, or has ended.
    Request(RequestStep),
    /// A machine does something else from now on.
    State(UnitState),
}

/// Words that machines and systems of the field use, in small letters, with single
/// spaces between them.
const WORDS: &[(&str, EventWord)] = &[
    ("enter", EventWord::Enter),
    ("entered", EventWord::Enter),
    ("enters", EventWord::Enter),
    ("arrive", EventWord::Enter),
    ("arrived", EventWord::Enter),
    ("arrival", EventWord::Enter),
    ("in", EventWord::Enter),
    ("load", EventWord::Enter),
    ("start", EventWord::Enter),
    ("started", EventWord::Enter),
    ("begin", EventWord::Enter),
    ("leave", EventWord::Leave),
    ("left", EventWord::Leave),
    ("leaves", EventWord::Leave),
    ("exit", EventWord::Leave),
    ("depart", EventWord::Leave),
    ("departure", EventWord::Leave),
    ("out", EventWord::Leave),
    ("unload", EventWord::Leave),
    ("complete", EventWord::Leave),
    ("completed", EventWord::Leave),
    ("end", EventWord::Leave),
    ("ended", EventWord::Leave),
    ("finish", EventWord::Leave),
    ("finished", EventWord::Leave),
    ("travel", EventWord::Travel),
    ("travels", EventWord::Travel),
    ("travelling", EventWord::Travel),
    ("loaded", EventWord::Loaded),
    ("unloaded", EventWord::Unloaded),
    ("being served", EventWord::Request(RequestStep::Begun)),
    ("worked on", EventWord::Request(RequestStep::Worked)),
    ("answered", EventWord::Request(RequestStep::Answered)),
    ("ok", EventWord::Request(RequestStep::Answered)),
    ("error", EventWord::Request(RequestStep::Failed)),
    ("rejected", EventWord::Request(RequestStep::Rejected)),
    ("timed out", EventWord::Request(RequestStep::TimedOut)),
    ("timeout", EventWord::Request(RequestStep::TimedOut)),
    ("cut off", EventWord::Request(RequestStep::CutOff)),
    ("working", EventWord::State(UnitState::Working)),
    ("work", EventWord::State(UnitState::Working)),
    ("busy", EventWord::State(UnitState::Working)),
    ("running", EventWord::State(UnitState::Working)),
    ("run", EventWord::State(UnitState::Working)),
    ("producing", EventWord::State(UnitState::Working)),
    ("production", EventWord::State(UnitState::Working)),
    ("processing", EventWord::State(UnitState::Working)),
    ("execute", EventWord::State(UnitState::Working)),
    ("setting up", EventWord::State(UnitState::SettingUp)),
    ("set up", EventWord::State(UnitState::SettingUp)),
    ("setup", EventWord::State(UnitState::SettingUp)),
    ("changeover", EventWord::State(UnitState::SettingUp)),
    ("starved", EventWord::State(UnitState::Starved)),
    ("starving", EventWord::State(UnitState::Starved)),
    ("suspended", EventWord::State(UnitState::Starved)),
    ("idle", EventWord::State(UnitState::Starved)),
    ("waiting", EventWord::State(UnitState::Starved)),
    ("ready", EventWord::State(UnitState::Starved)),
    ("blocked", EventWord::State(UnitState::Blocked)),
    ("blocking", EventWord::State(UnitState::Blocked)),
    ("held", EventWord::State(UnitState::Blocked)),
    ("down", EventWord::State(UnitState::Down)),
    ("failed", EventWord::State(UnitState::Down)),
    ("failure", EventWord::State(UnitState::Down)),
    ("fault", EventWord::State(UnitState::Down)),
    ("broken", EventWord::State(UnitState::Down)),
    ("breakdown", EventWord::State(UnitState::Down)),
    ("repair", EventWord::State(UnitState::Down)),
    ("aborted", EventWord::State(UnitState::Down)),
    (
        "awaiting operator",
        EventWord::State(UnitState::AwaitingOperator),
    ),
    (
        "waiting for operator",
        EventWord::State(UnitState::AwaitingOperator),
    ),
    ("no operator", EventWord::State(UnitState::AwaitingOperator)),
    ("off", EventWord::State(UnitState::Off)),
    ("off shift", EventWord::State(UnitState::Off)),
    ("closed", EventWord::State(UnitState::Off)),
    ("break", EventWord::State(UnitState::Off)),
    ("paused", EventWord::State(UnitState::Off)),
    ("stopped", EventWord::State(UnitState::Off)),
];

impl EventWord {
    /// What a word says: capitals, hyphens and underscores do not matter. `None`
    /// where it is not known.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let plain = plain(text);
        let found = WORDS.iter().find(|(word, _)| *word == plain);
        found.map(|(_, meaning)| *meaning)
    }

    /// The word that this program writes for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enter => "enter",
            Self::Leave => "leave",
            Self::Travel => "travel",
            Self::Loaded => "loaded",
            Self::Unloaded => "unloaded",
            Self::Request(step) => step.word(),
            Self::State(state) => state.word(),
        }
    }
}

/// A word as words are compared: small letters, single spaces.
pub(super) fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['_', '-'], " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_however_they_are_written() {
        for text in ["setting up", "SETTING_UP", " Setting-Up ", "SetUp"] {
            let read = EventWord::read(text);
            assert_eq!(read, Some(EventWord::State(UnitState::SettingUp)), "{text}");
        }
        assert_eq!(EventWord::read("Complete"), Some(EventWord::Leave));
        assert_eq!(EventWord::read("teleported"), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let states = UnitState::ALL.map(EventWord::State);
        let steps = [RequestStep::Begun, RequestStep::Worked].into_iter();
        let steps = steps.chain(RequestStep::ENDS).map(EventWord::Request);
        for word in states
            .into_iter()
            .chain(steps)
            .chain([EventWord::Enter, EventWord::Leave])
            .chain([EventWord::Travel, EventWord::Loaded, EventWord::Unloaded])
        {
            assert_eq!(EventWord::read(word.word()), Some(word));
        }
    }
}
