//! A flow of items as the desktop shows it: what its parts are, where they
//! stand, which lanes join them, and which variables say how they do.
//!
//! Where parts stand that have no place is worked out in [`layout`]. Who was where
//! is kept in [`moves`], what that is at one instant in [`standing`], where on the parts
//! and on the floor they stand is told by [`floor`], both come together in [`bodies`],
//! and who goes from part to part is drawn on the way by [`easing`]. What
//! stations did over time is kept in [`history`] and drawn as [`gantt`], which of
//! them holds up the others is found in [`bottleneck`], how parts are coloured in
//! [`paint`], what the panel lists in [`stations`] with the intervals of
//! [`intervals`], what a menu offers in [`actions`], what one place more would bring in
//! [`trial`], and how the twin does beside an event log of the line in [`event_log`].

pub mod actions;
pub mod bodies;
pub mod bottleneck;
mod build;
pub mod easing;
pub mod event_log;
pub mod floor;
pub mod gantt;
pub mod history;
pub mod intervals;
pub mod layout;
pub mod moves;
pub mod paint;
pub mod playhead;
pub mod standing;
pub mod state;
pub mod stations;
#[cfg(test)]
pub mod test_support;
pub mod trial;

use std::collections::BTreeMap;

use self::standing::Belt;
use crate::quantity::SimDuration;
use crate::twin::{UnitState, VariableIndex};

/// What a part of a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartForm {
    /// Where items come from.
    Source,
    /// Where items wait.
    Buffer,
    /// Works on items one at a time.
    Machine,
    /// Several servers side by side.
    ServerPool,
    /// Joins items.
    Assembly,
    /// Makes several items of one.
    Split,
    /// Tells good items from bad ones.
    Inspection,
    /// Chooses a way; holds nothing.
    Router,
    /// Carries items.
    Conveyor,
    /// Has items carried by vehicles.
    Transport,
    /// Where items leave.
    Sink,
}

impl PartForm {
    /// Whether it works on items and so has a state.
    #[must_use]
    pub const fn is_station(self) -> bool {
        matches!(
            self,
            Self::Machine | Self::ServerPool | Self::Assembly | Self::Split | Self::Inspection
        )
    }
}

/// The variables of a part; those that its kind does not declare are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartVariables {
    /// What a station does, as a number of [`UnitState`].
    pub state: Option<VariableIndex>,
    /// Items in it.
    pub content: Option<VariableIndex>,
    /// Places of a buffer.
    pub capacity: Option<VariableIndex>,
    /// Length of a conveyor.
    pub length: Option<VariableIndex>,
    /// Speed of a conveyor.
    pub speed: Option<VariableIndex>,
    /// Room of an item on a conveyor.
    pub item_length: Option<VariableIndex>,
}

/// A part of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowPart {
    /// Position of the asset in the document.
    pub asset: usize,
    /// What it is.
    pub form: PartForm,
    /// What says how it does.
    pub variables: PartVariables,
    /// Whether a conveyor stands while the item at its end cannot leave.
    pub stops: bool,
}

/// A way that items take from one part to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Index of the part that gives.
    pub from: usize,
    /// Index of the part that takes.
    pub to: usize,
}

/// The parts of a flow and the ways between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowPlan {
    /// The parts, in document order.
    pub parts: Vec<FlowPart>,
    /// The ways, in the order of the document's links.
    pub ways: Vec<Way>,
    /// Position of the asset with what holds for the whole flow.
    pub settings: Option<usize>,
    of_asset: Vec<Option<usize>>,
}

impl FlowPlan {
    /// Joins parts and ways; `assets` is the number of assets in the document.
    #[must_use]
    pub fn from_parts(
        parts: Vec<FlowPart>,
        ways: Vec<Way>,
        settings: Option<usize>,
        assets: usize,
    ) -> Self {
        let mut of_asset = vec![None; assets];
        for (index, part) in parts.iter().enumerate() {
            if let Some(place) = of_asset.get_mut(part.asset) {
                *place = Some(index);
            }
        }
        Self {
            parts,
            ways,
            settings,
            of_asset,
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Index of the part that an asset is.
    #[must_use]
    pub fn part_of(&self, asset: usize) -> Option<usize> {
        self.of_asset.get(asset).copied().flatten()
    }

    /// What an asset is in the flow.
    #[must_use]
    pub fn form_of(&self, asset: usize) -> Option<PartForm> {
        Some(self.parts[self.part_of(asset)?].form)
    }

    /// The stations, with their index among the parts.
    pub fn stations(&self) -> impl Iterator<Item = (usize, &FlowPart)> + '_ {
        self.parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.form.is_station())
    }

    /// How the conveyors carry, by their positions in the document; `value` gives the
    /// value of a variable \[SI].
    #[must_use]
    pub fn belts(&self, value: impl Fn(VariableIndex) -> Option<f64>) -> BTreeMap<u32, Belt> {
        let of = |part: &FlowPart| {
            let value = |variable: Option<VariableIndex>| {
                variable.and_then(&value).filter(|value| *value > 0.0)
            };
            let speed = value(part.variables.speed)?;
            let time =
                |way: f64| SimDuration::from_seconds(way / speed).map(|one| one.nanoseconds());
            let belt = Belt {
                travel: time(value(part.variables.length)?)?,
                spacing: time(value(part.variables.item_length)?)?,
                stops: part.stops,
            };
            // A document of four billion assets cannot be held.
            Some((part.asset as u32, belt))
        };
        self.parts.iter().filter_map(of).collect()
    }

    /// The parts that `part` takes items from.
    pub fn before(&self, part: usize) -> impl Iterator<Item = usize> + '_ {
        self.ways
            .iter()
            .filter(move |way| way.to == part)
            .map(|way| way.from)
    }

    /// The parts that `part` gives items to.
    pub fn after(&self, part: usize) -> impl Iterator<Item = usize> + '_ {
        self.ways
            .iter()
            .filter(move |way| way.from == part)
            .map(|way| way.to)
    }
}

/// The sign that stands beside a state's colour.
#[must_use]
pub const fn sign(state: UnitState) -> &'static str {
    match state {
        UnitState::Starved => "○",
        UnitState::Working => "▶",
        UnitState::SettingUp => "⚙",
        UnitState::Blocked => "■",
        UnitState::Down => "✖",
        UnitState::AwaitingOperator => "👤",
        UnitState::Off => "–",
    }
}

/// The states in the order in which bars and legends show them: what makes
/// items first, what is lost after it.
pub const IN_ORDER: [UnitState; 7] = [
    UnitState::Working,
    UnitState::SettingUp,
    UnitState::Blocked,
    UnitState::Starved,
    UnitState::AwaitingOperator,
    UnitState::Down,
    UnitState::Off,
];

/// The state that an output stands for.
#[must_use]
pub fn state_of(value: f64) -> Option<UnitState> {
    if !value.is_finite() || value < -0.5 {
        return None;
    }
    UnitState::ALL.get(value.round() as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_state_is_read_back_and_nonsense_is_none() {
        for state in UnitState::ALL {
            assert_eq!(state_of(state.number() as f64), Some(state));
        }
        for nonsense in [f64::NAN, -1.0, 7.0, 1e9] {
            assert_eq!(state_of(nonsense), None);
        }
        let mut shown = IN_ORDER.to_vec();
        shown.sort_unstable();
        assert_eq!(shown, UnitState::ALL, "every state is shown once");
    }
}
