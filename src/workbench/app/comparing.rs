//! The comparison by replications: begun, watched and given up.

use super::Desk;
use super::files::Errand;
use crate::live::Trial;

impl Desk {
    /// Compares the twin as it is with the what-if, away from the frame.
    pub(super) fn compare(&mut self) {
        let Some(request) = self.workbench.trial_request() else {
            self.workbench.flow.trial.running = None;
            return;
        };
        let (number, progress) = self.comparison.begin();
        self.workbench.flow.trial.running = Some(0.0);
        self.errands.start(Errand::Compare {
            number,
            request,
            progress,
        });
    }

    /// Gives up the comparison under way; the last outcome stays.
    pub(super) fn cancel_comparison(&mut self) {
        self.comparison.give_up();
        self.workbench.flow.trial.running = None;
    }

    /// Tells how far the comparison is.
    pub(super) fn watch_comparison(&mut self) {
        if let Some(progress) = self.comparison.progress() {
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
        if self.comparison.ended(number) {
            self.workbench.trial_told(outcome);
        }
    }
}
