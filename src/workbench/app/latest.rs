//! Work away from the frame of which only the last that was begun counts.

use std::sync::Arc;

use crate::simulation::Progress;

/// What tells how far work is, and can ask it to stop.
pub(super) trait Watched: Default {
    /// Asks the work to stop soon.
    fn cancel(&self);
}

impl Watched for Progress {
    fn cancel(&self) {
        Self::cancel(self);
    }
}

impl Watched for [Progress; 2] {
    fn cancel(&self) {
        self.iter().for_each(Progress::cancel);
    }
}

/// The work of one kind that was begun last.
#[derive(Debug)]
pub(super) struct Latest<W> {
    /// How often such work was begun.
    count: u64,
    /// Its number and how far it is, until it ends or is given up.
    under_way: Option<(u64, Arc<W>)>,
}

impl<W> Default for Latest<W> {
    fn default() -> Self {
        Self {
            count: 0,
            under_way: None,
        }
    }
}

impl<W: Watched> Latest<W> {
    /// Gives up what is under way and begins anew: the number of the work, and what it
    /// tells its progress to.
    pub(super) fn begin(&mut self) -> (u64, Arc<W>) {
        self.give_up();
        self.count += 1;
        let work = (self.count, Arc::default());
        self.under_way = Some(work.clone());
        work
    }

    /// Asks what is under way to stop; what comes of it is of no interest.
    pub(super) fn give_up(&mut self) {
        if let Some((_, progress)) = self.under_way.take() {
            progress.cancel();
        }
    }

    /// How far it is; `None` where nothing is under way.
    pub(super) fn progress(&self) -> Option<&W> {
        self.under_way.as_ref().map(|(_, progress)| &**progress)
    }

    /// Work ended: whether it is what is waited for.
    pub(super) fn ended(&mut self, number: u64) -> bool {
        self.under_way.take_if(|one| one.0 == number).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_that_was_begun_counts() {
        let mut latest = Latest::<Progress>::default();
        let (first, told_first) = latest.begin();
        let (second, told_second) = latest.begin();
        assert!(told_first.is_cancelled() && !told_second.is_cancelled());
        assert!(!latest.ended(first));
        assert!(latest.progress().is_some());
        assert!(latest.ended(second));
        assert!(latest.progress().is_none());
        let (third, told_third) = latest.begin();
        latest.give_up();
        assert!(told_third.is_cancelled() && !latest.ended(third));
    }
}
