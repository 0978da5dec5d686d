//! How the parts of a flow are coloured: stations by what they do, buffers and
//! conveyors by how full they are.

use super::{FlowPlan, PartForm, state_of};
use crate::twin::UnitState;
use crate::workbench::view::Workbench;
use crate::workbench::view::colour::Srgb;
use crate::workbench::view::painting::{ScenePalette, blend};

/// The colours of the states, in the order of their numbers.
pub type StateColours = [Srgb; UnitState::ALL.len()];

/// What a part shows at the instant looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shown {
    /// A station does this.
    State(UnitState),
    /// A buffer holds so many items of so many; of none where it has no limit.
    Items {
        /// How many it holds.
        content: f64,
        /// How many it could hold.
        capacity: Option<f64>,
    },
    /// A source or sink: nothing.
    Nothing,
}

/// What a part of the flow shows.
#[must_use]
pub fn shown(workbench: &Workbench, plan: &FlowPlan, part: usize) -> Shown {
    let described = &plan.parts[part];
    let value = |variable: Option<_>| variable.and_then(|one| workbench.shown_value(one));
    if described.form.is_station() {
        // What most of the servers do is known where happenings are; the output is
        // that of the first, and the median of futures is no state.
        let cursor = workbench.time.cursor();
        let told = (cursor <= workbench.time.now())
            .then(|| workbench.flow.history.state_at(part, cursor))
            .flatten();
        return told
            .or_else(|| state_of(value(described.variables.state)?))
            .map_or(Shown::Nothing, Shown::State);
    }
    match described.form {
        PartForm::Buffer | PartForm::Transport => {
            let capacity = value(described.variables.capacity).filter(|one| *one > 0.0);
            value(described.variables.content)
                .map_or(Shown::Nothing, |content| Shown::Items { content, capacity })
        }
        PartForm::Conveyor => {
            let room = value(described.variables.length)
                .zip(value(described.variables.item_length))
                .map(|(length, item)| (length / item).floor());
            value(described.variables.content).map_or(Shown::Nothing, |content| Shown::Items {
                content,
                capacity: room,
            })
        }
        _ => Shown::Nothing,
    }
}

/// The colour of what a part shows; `None` where it has none of its own.
#[must_use]
pub fn colour(shown: Shown, states: &StateColours, palette: &ScenePalette) -> Option<Srgb> {
    match shown {
        Shown::State(state) => Some(states[state.number()]),
        Shown::Items {
            content,
            capacity: Some(capacity),
        } if capacity > 0.0 => {
            let fill = (content / capacity).clamp(0.0, 1.0);
            Some(blend(palette.neutral, palette.water, fill))
        }
        Shown::Items { .. } | Shown::Nothing => None,
    }
}

/// What a part shows in words: `▶ working`, `3 of 5`.
#[must_use]
pub fn text(shown: Shown) -> String {
    match shown {
        Shown::State(state) => format!("{} {}", super::sign(state), state.word()),
        Shown::Items { content, capacity } => {
            let count = content.round();
            match capacity {
                Some(capacity) => format!("{count:.0} of {capacity:.0}"),
                None => format!("{count:.0}"),
            }
        }
        Shown::Nothing => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALETTE: ScenePalette = ScenePalette {
        background: [0; 3],
        grid: [1; 3],
        neutral: [100; 3],
        water: [0, 0, 200],
        accent: [9; 3],
        shadow: [0; 3],
    };

    #[test]
    fn stations_wear_their_state_and_buffers_their_fill() {
        let states: StateColours = std::array::from_fn(|number| [number as u8; 3]);
        let of = |shown| colour(shown, &states, &PALETTE);
        for state in UnitState::ALL {
            assert_eq!(of(Shown::State(state)), Some([state.number() as u8; 3]));
            assert!(text(Shown::State(state)).ends_with(state.word()));
        }
        let buffer = |content| Shown::Items {
            content,
            capacity: Some(4.0),
        };
        assert_eq!(of(buffer(0.0)), Some(PALETTE.neutral));
        assert_eq!(of(buffer(4.0)), Some(PALETTE.water));
        assert_eq!(text(buffer(3.0)), "3 of 4");
        let endless = Shown::Items {
            content: 7.0,
            capacity: None,
        };
        assert_eq!(of(endless), None);
        assert_eq!(text(endless), "7");
    }
}
