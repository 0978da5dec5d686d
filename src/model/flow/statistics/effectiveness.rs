//! Overall equipment effectiveness.

use super::{Activity, StationTally};

/// Overall equipment effectiveness and its three factors, as Nakajima defined
/// them ("Introduction to TPM", 1988).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effectiveness {
    /// Of the time in which it was to run, the part in which it was neither down
    /// nor set up.
    pub availability: f64,
    /// Of that, the part that its items would have taken at the ideal cycle time.
    pub performance: f64,
    /// Of the items, the part that was good.
    pub quality: f64,
}

impl Effectiveness {
    /// From how a station spent its time, how many items it finished and how many
    /// of them were bad. `ideal_cycle` is the shortest time of an item, s.
    ///
    /// Time out of hours does not count; time starved or blocked does, and counts
    /// against the performance. The performance is one at most: a shorter cycle
    /// than the ideal one says that the ideal is wrong.
    #[must_use]
    pub fn new(tally: &StationTally, ideal_cycle: f64, finished: u64, bad: u64) -> Self {
        let seconds = |activity| tally.time(activity) as f64 * 1e-9;
        let total: f64 = Activity::ALL.into_iter().map(seconds).sum();
        let planned = total - seconds(Activity::Off);
        let running = planned - seconds(Activity::Down) - seconds(Activity::SettingUp);
        let ratio = |part: f64, whole: f64| {
            if whole > 0.0 {
                (part / whole).clamp(0.0, 1.0)
            } else {
                0.0
            }
        };
        Self {
            availability: ratio(running, planned),
            performance: ratio(ideal_cycle * finished as f64, running),
            quality: ratio(finished.saturating_sub(bad) as f64, finished as f64),
        }
    }

    /// The product of the three.
    #[must_use]
    pub fn overall(&self) -> f64 {
        self.availability * self.performance * self.quality
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_shift_has_its_textbook_effectiveness() {
        // 420 minutes planned of 480, 47 down; 19 271 pieces at an ideal cycle of
        // one second, 423 of them bad.
        let minutes = |minutes: i64| minutes * 60_000_000_000;
        let mut tally = StationTally::default();
        tally.spend(Activity::Off, minutes(60));
        tally.spend(Activity::Down, minutes(47));
        tally.spend(Activity::Working, minutes(330));
        tally.spend(Activity::Starved, minutes(43));
        let found = Effectiveness::new(&tally, 1.0, 19_271, 423);
        assert!((found.availability - 373.0 / 420.0).abs() < 1e-12);
        assert!((found.performance - 19_271.0 / 22_380.0).abs() < 1e-12);
        assert!((found.quality - 18_848.0 / 19_271.0).abs() < 1e-12);
        assert!((found.overall() - 0.7479).abs() < 1e-4);
    }
}
