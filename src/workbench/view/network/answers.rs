//! What is asked of a network at the instant shown, answered once: panels and
//! scene ask in every frame, and a network of fifty thousand pipes would make
//! each of them slow.

use std::sync::Arc;

use super::super::Workbench;
use super::super::what_if::Shown;
use super::profile::{ProfilePoint, points};
use super::trace::{Direction, Trace};
use super::values::Present;
use super::zones::{ZoneRule, Zones};
use crate::quantity::SimTime;

/// The instant, and which of the values told so far are shown of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Raised when values came in.
    pub values: u64,
    /// The instant.
    pub cursor: SimTime,
    /// Whether the what-if leads after now.
    pub is_what_if: bool,
}

/// Everything that answers depend on.
#[derive(Clone, Debug, PartialEq)]
struct Questions {
    moment: Moment,
    trace: Option<(usize, Direction)>,
    zones: Option<ZoneRule>,
    section: (Option<usize>, Option<usize>),
}

/// The answers.
#[derive(Clone, Debug)]
pub struct Answers {
    questions: Questions,
    /// How the network is.
    pub present: Arc<Present>,
    /// What the trace met.
    pub trace: Option<Trace>,
    /// The zones.
    pub zones: Option<Zones>,
    /// The long section, when both its ends are chosen and joined.
    pub section: Option<Vec<ProfilePoint>>,
}

impl Workbench {
    /// The instant shown.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment {
            values: self.record.values_revision(),
            cursor: self.time.cursor(),
            is_what_if: self.what_if.shown == Shown::WhatIf,
        }
    }

    fn questions(&self) -> Questions {
        let state = &self.network;
        Questions {
            moment: self.moment(),
            trace: state.trace,
            zones: state.zones,
            section: (state.section_from, state.section_to),
        }
    }

    /// What was asked of the network at the instant shown; `None` without one.
    /// Worked out anew only when it is not [kept](Self::keep_answers).
    #[must_use]
    pub fn answers(&self) -> Option<Arc<Answers>> {
        let network = self.network.network.as_ref()?;
        let questions = self.questions();
        let kept = self.network.answers.as_ref();
        if let Some(kept) = kept.filter(|kept| kept.questions == questions) {
            return Some(Arc::clone(kept));
        }
        // Another question about the same instant need not read all values again.
        let present = match kept.filter(|kept| kept.questions.moment == questions.moment) {
            Some(kept) => Arc::clone(&kept.present),
            None => Arc::new(self.present(network)),
        };
        Some(Arc::new(Answers {
            trace: self.network.traced(&present),
            zones: self.network.zoned(&present),
            section: self
                .network
                .way(&present)
                .map(|way| points(self, network, &present, &way)),
            present,
            questions,
        }))
    }

    /// Keeps the answers for whoever asks next.
    pub fn keep_answers(&mut self) {
        self.network.answers = self.answers();
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::running_workbench;
    use super::*;
    use crate::workbench::view::command::{NetworkCommand, SelectCommand, TimeCommand};

    #[test]
    fn answers_are_kept_until_the_question_or_the_instant_is_another() {
        let mut workbench = running_workbench();
        workbench.keep_answers();
        let first = workbench.answers().unwrap();
        assert!(Arc::ptr_eq(&first, &workbench.answers().unwrap()));
        // Selecting asks nothing.
        let asset = workbench.asset("a");
        workbench.apply(SelectCommand::Asset(asset).into());
        assert!(Arc::ptr_eq(&first, &workbench.answers().unwrap()));
        workbench.apply(NetworkCommand::TraceDownstream.into());
        let traced = workbench.answers().unwrap();
        assert!(traced.trace.is_some());
        assert!(Arc::ptr_eq(&first.present, &traced.present));
        workbench.keep_answers();
        workbench.apply(TimeCommand::ToStart.into());
        let earlier = workbench.answers().unwrap();
        assert!(!Arc::ptr_eq(&first.present, &earlier.present));
    }
}
