//! The comparison by replications: begun, watched and given up.

use std::sync::Arc;

use super::Desk;
use super::files::Errand;
use crate::live::Trial;
use crate::simulation::Progress;

impl Desk {
    /// Compares the twin as it is with the what-if, away from the frame.
    pub(super) fn compare(&mut self) {
        let Some(request) = self.workbench.trial_request() else {
            self.workbench.flow.trial.running = None;
            return;
        };
        self.cancel_comparison();
        self.comparisons += 1;
        let progress: Arc<[Progress; 2]> = Arc::default();
        self.comparison = Some((self.comparisons, Arc::clone(&progress)));
        self.workbench.flow.trial.running = Some(0.0);
        self.errands.start(Errand::Compare {
            number: self.comparisons,
            request,
            progress,
        });
    }

    /// Gives up the comparison under way; the last outcome stays.
    pub(super) fn cancel_comparison(&mut self) {
        if let Some((_, progress)) = self.comparison.take() {
            progress.iter().for_each(Progress::cancel);
        }
        self.workbench.flow.trial.running = None;
    }

    /// Tells how far the comparison is.
    pub(super) fn watch_comparison(&mut self) {
        if let Some((_, progress)) = &self.comparison {
            let only_base = self.workbench.what_if.change_set.is_empty();
            let done = if only_base {
                progress[0].fraction()
            } else {
                f64::midpoint(progress[0].fraction(), progress[1].fraction())
            };
            self.workbench.flow.trial.running = Some(done);
        }
    }

    /// Learns how a comparison ended; one that was given up is of no interest.
    pub(super) fn compared(&mut self, number: u64, outcome: Result<Trial, String>) {
        if self.comparison.as_ref().is_some_and(|one| one.0 == number) {
            self.comparison = None;
            self.workbench.trial_told(outcome);
        }
    }
}
