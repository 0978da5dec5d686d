//! The way of one item through the line.

use super::EventLog;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Happening, What};

/// A stay of an item in an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Position of the asset in the document.
    pub asset: u32,
    /// When the item came in; `None` where it was inside before the record begins.
    pub entered: Option<SimTime>,
    /// When it left; `None` while it is inside.
    pub left: Option<SimTime>,
}

impl Visit {
    /// How long it was inside, where both ends are known.
    #[must_use]
    pub fn length(&self) -> Option<SimDuration> {
        Some(self.left? - self.entered?)
    }
}

/// The way of one item, as far as it was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemHistory {
    /// Its class.
    pub class: u16,
    /// Where it was, in order of time.
    pub visits: Vec<Visit>,
}

impl ItemHistory {
    /// The way of an item in what happened.
    #[must_use]
    pub fn of(item: u64, happenings: impl IntoIterator<Item = Happening>) -> Self {
        let mut history = Self::default();
        for happening in happenings {
            match happening.what {
                What::Entered { item: one, class } if one == item => {
                    history.class = class;
                    history.visits.push(Visit {
                        asset: happening.asset,
                        entered: Some(happening.time),
                        left: None,
                    });
                }
                What::Left { item: one } if one == item => history.leave(happening),
                _ => {}
            }
        }
        history
    }

    fn leave(&mut self, happening: Happening) {
        let left = Some(happening.time);
        match self.visits.last_mut() {
            Some(visit) if visit.asset == happening.asset && visit.left.is_none() => {
                visit.left = left;
            }
            _ => self.visits.push(Visit {
                asset: happening.asset,
                entered: None,
                left,
            }),
        }
    }
}

impl EventLog {
    /// The way of one of the log's items.
    #[must_use]
    pub fn history(&self, item: u64) -> ItemHistory {
        ItemHistory::of(item, self.happenings())
    }
}
