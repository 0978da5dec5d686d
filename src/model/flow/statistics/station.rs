//! How a station spends its time, and which station holds up the others.

use serde::{Deserialize, Serialize};

/// What a server of a station is doing, as it is counted.
pub use crate::twin::UnitState as Activity;

/// How the servers of a station spend their time, in whole nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationTally {
    /// Server time in each activity, by its number, ns.
    time: [i64; Activity::ALL.len()],
    /// Active periods that ended, and their sum, ns.
    periods: u64,
    active: i64,
}

/// Shares of a station's time, adding to one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Utilisation {
    /// By the number of the activity.
    pub shares: [f64; Activity::ALL.len()],
}

/// The output of a station that tells its share of each activity, by the number of the
/// activity.
pub const SHARE_QUANTITIES: [&str; Activity::ALL.len()] = [
    "starved",
    "working",
    "setting_up",
    "blocked",
    "down",
    "awaiting_operator",
    "off",
];

impl Utilisation {
    /// Share of the station's hours in which it is active: at work, set up or down; zero
    /// where it has none. Of stations whose work takes times of very different length,
    /// such as a crate here and a pallet there, it tells the bottleneck where the length
    /// of active periods cannot.
    #[must_use]
    pub fn active_in_hours(&self) -> f64 {
        let active = self.share(Activity::Working)
            + self.share(Activity::SettingUp)
            + self.share(Activity::Down);
        let open = 1.0 - self.share(Activity::Off);
        if open > 1e-9 { active / open } else { 0.0 }
    }

    /// The share of one activity.
    #[must_use]
    pub const fn share(&self, activity: Activity) -> f64 {
        self.shares[activity.number()]
    }
}

impl StationTally {
    /// A server did `activity` for `duration`, ns.
    #[inline]
    pub fn spend(&mut self, activity: Activity, duration: i64) {
        self.time[activity.number()] += duration;
    }

    /// A server was active for `duration` without a break, ns; none where it was not
    /// active since counting began.
    #[inline]
    pub fn end_active_period(&mut self, duration: i64) {
        self.periods += u64::from(duration > 0);
        self.active += duration;
    }

    /// Server time in an activity, ns.
    #[must_use]
    pub const fn time(&self, activity: Activity) -> i64 {
        self.time[activity.number()]
    }

    /// How the time is split. All zero where no time has passed.
    #[must_use]
    pub fn utilisation(&self) -> Utilisation {
        let total: i128 = self.time.iter().map(|&time| i128::from(time)).sum();
        let mut utilisation = Utilisation::default();
        if total > 0 {
            for (share, &time) in utilisation.shares.iter_mut().zip(&self.time) {
                *share = time as f64 / total as f64;
            }
        }
        utilisation
    }

    /// Mean length of the active periods that ended, s; zero without any.
    #[must_use]
    pub fn mean_active_period(&self) -> f64 {
        if self.periods == 0 {
            0.0
        } else {
            self.active as f64 * 1e-9 / self.periods as f64
        }
    }
}

/// The station whose active periods are the longest on average: the one that is
/// least interrupted by others and so holds them up. `None` where none has an
/// active period.
///
/// Roser, Nakano and Tanaka, "A practical bottleneck detection method",
/// Proceedings of the Winter Simulation Conference, 2001.
#[must_use]
pub fn bottleneck<'a>(stations: impl IntoIterator<Item = &'a StationTally>) -> Option<usize> {
    let mut longest: Option<(usize, f64)> = None;
    for (station, tally) in stations.into_iter().enumerate() {
        let mean = tally.mean_active_period();
        if mean > longest.map_or(0.0, |(_, so_far)| so_far) {
            longest = Some((station, mean));
        }
    }
    longest.map(|(station, _)| station)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_time_add_to_one() {
        let mut tally = StationTally::default();
        assert!(tally.utilisation().shares.iter().all(|share| *share <= 0.0));
        tally.spend(Activity::Working, 600);
        tally.spend(Activity::Blocked, 300);
        tally.spend(Activity::Down, 100);
        let split = tally.utilisation();
        assert!((split.share(Activity::Working) - 0.6).abs() < 1e-12);
        assert!((split.shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_numbers_of_activities_are_their_positions() {
        for (number, activity) in Activity::ALL.into_iter().enumerate() {
            assert_eq!(activity.number(), number);
        }
    }

    #[test]
    fn the_station_with_the_longest_active_periods_is_the_bottleneck() {
        let mut tallies = vec![StationTally::default(); 3];
        assert_eq!(bottleneck(&tallies), None);
        tallies[0].end_active_period(5);
        // Active for longer in sum, but often waiting in between.
        for _ in 0..100 {
            tallies[1].end_active_period(4);
        }
        tallies[2].end_active_period(9);
        assert_eq!(bottleneck(&tallies), Some(2));
    }
}
