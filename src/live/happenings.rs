//! What happened in a session since its watcher last looked, as much of it as is
//! kept.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::twin::Happening;

/// Most happenings that wait for a watcher: some seconds of a fast line, and two
/// megabytes.
const MOST: usize = 65_536;

/// Happenings that wait for a watcher. When it does not come, the oldest are
/// dropped and counted.
#[derive(Clone, Debug)]
pub(super) struct Happenings {
    /// Most that are kept.
    most: usize,
    kept: VecDeque<Happening>,
    dropped: u64,
    /// Room for those of one step.
    pub(super) step: Vec<Happening>,
}

impl Default for Happenings {
    /// As many as a watcher that looks now and then needs.
    fn default() -> Self {
        Self::up_to(MOST)
    }
}

impl Happenings {
    /// Keeps so many at most.
    pub(super) const fn up_to(most: usize) -> Self {
        Self {
            most,
            kept: VecDeque::new(),
            dropped: 0,
            step: Vec::new(),
        }
    }

    /// Takes in those of the last step.
    pub(super) fn keep_step(&mut self) {
        let excess = (self.kept.len() + self.step.len()).saturating_sub(self.most);
        let from_kept = excess.min(self.kept.len());
        self.kept.drain(..from_kept);
        self.kept.extend(self.step.drain(excess - from_kept..));
        self.step.clear();
        self.dropped += excess as u64;
    }

    /// Hands over what is kept, and how many were dropped before it.
    pub(super) fn take(&mut self) -> (Arc<[Happening]>, u64) {
        let dropped = std::mem::take(&mut self.dropped);
        (self.kept.drain(..).collect(), dropped)
    }

    /// Forgets everything: the past is simulated again.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.step.clear();
        self.dropped = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::SimTime;
    use crate::twin::What;

    #[test]
    fn the_newest_are_kept_and_the_rest_is_counted() {
        let mut happenings = Happenings::default();
        let happening = |second: usize| Happening {
            time: SimTime::from_nanoseconds(second as i64),
            asset: 0,
            what: What::Left { item: 0 },
        };
        for step in 0..3 {
            let first = step * 30_000;
            (happenings.step).extend((first..first + 30_000).map(happening));
            happenings.keep_step();
        }
        let (kept, dropped) = happenings.take();
        assert_eq!(kept.len(), MOST);
        assert_eq!(dropped as usize, 90_000 - MOST);
        assert_eq!(kept.last(), Some(&happening(89_999)));
        assert_eq!(kept.first(), Some(&happening(90_000 - MOST)));
        // More in one step than are kept at all.
        (happenings.step).extend((0..MOST + 5).map(happening));
        happenings.keep_step();
        let (kept, dropped) = happenings.take();
        assert_eq!((kept.len(), dropped), (MOST, 5));
        assert_eq!(kept.first(), Some(&happening(5)));
        assert_eq!(happenings.take().0.len(), 0);
    }
}
