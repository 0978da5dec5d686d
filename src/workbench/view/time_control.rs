//! How now moves, and which instant is shown.
//!
//! Two instants matter. *Now* is where the twin stands: everything before it
//! has been simulated beside its measurements, everything after it is
//! forecast. The *cursor* is the instant that scene, inspector and plots show;
//! most of the time it rides on now. [`TimeControl`] decides where now should
//! be next; the simulation gets there in its own time, and the difference is
//! the lag.

use std::fmt;

use crate::quantity::{SimDuration, SimTime};

/// What time is doing, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeMode {
    /// Now stands still because the user stopped it, or has not started it.
    Paused,
    /// Now moves on and the cursor rides on it: the usual state, in which the
    /// window shows the present of the twin.
    FollowingNow,
    /// Now moves on but the cursor stays where the user put it: they are
    /// looking at an instant while the twin keeps up with its system.
    LookingElsewhere,
    /// The cursor is being dragged. Now waits, so that the axis does not slide
    /// away under the hand; the mode before comes back with the button's release.
    Scrubbing {
        /// Whether now was moving when the drag began.
        was_running: bool,
    },
    /// There is nothing left to replay. Play begins again at the start.
    AtEnd,
}

/// How fast now moves against the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speed {
    /// So many thousandths of real time.
    Times(u32),
    /// As fast as the twin can be simulated.
    Maximum,
}

impl Speed {
    /// Real time.
    pub const REAL_TIME: Self = Self::Times(1_000);

    /// The speeds on offer, slowest first.
    pub const STEPS: &'static [Self] = &[
        Self::Times(100),
        Self::Times(200),
        Self::Times(500),
        Self::Times(1_000),
        Self::Times(2_000),
        Self::Times(5_000),
        Self::Times(10_000),
        Self::Times(20_000),
        Self::Times(60_000),
        Self::Times(100_000),
        Self::Times(300_000),
        Self::Times(1_000_000),
        Self::Times(3_600_000),
        Self::Times(10_000_000),
        Self::Maximum,
    ];

    /// The speed at which a twin of this timestep is watched: at least ten times
    /// real time, and a new state every third of a second, so that a network
    /// that is solved every five minutes is seen to live.
    #[must_use]
    pub fn to_watch(timestep: SimDuration) -> Self {
        let least = (timestep.as_seconds() * 3.0).max(10.0) * 1_000.0;
        Self::STEPS
            .iter()
            .copied()
            .find(|one| matches!(one, Self::Times(thousandths) if f64::from(*thousandths) >= least))
            .unwrap_or(Self::Times(10_000_000))
    }

    /// The next faster step; itself when there is none.
    #[must_use]
    pub fn faster(self) -> Self {
        Self::STEPS
            .iter()
            .copied()
            .find(|one| *one > self)
            .unwrap_or(self)
    }

    /// The next slower step; itself when there is none.
    #[must_use]
    pub fn slower(self) -> Self {
        Self::STEPS
            .iter()
            .copied()
            .rev()
            .find(|one| *one < self)
            .unwrap_or(self)
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(thousandths) if thousandths % 1_000 == 0 => {
                write!(f, "{}×", thousandths / 1_000)
            }
            Self::Times(thousandths) => write!(f, "{}×", f64::from(*thousandths) / 1_000.0),
            Self::Maximum => f.write_str("max"),
        }
    }
}

/// A part of the time axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// Before now: simulated beside what was measured.
    Observed,
    /// The instant at which the twin stands.
    Now,
    /// After now.
    Forecast,
}

/// Steps that may be asked for in advance at maximum speed, so that pausing
/// takes effect soon.
const STEPS_AHEAD: i64 = 2_000;

/// Longest wall time that lag may grow to before time is asked to wait [s].
const LONGEST_LAG: f64 = 2.0;

/// Longest wall time one frame counts for [s]: after a suspended laptop wakes,
/// time goes on where it was.
const LONGEST_FRAME: f64 = 0.25;

/// The state machine of time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeControl {
    mode: TimeMode,
    speed: Speed,
    timestep: SimDuration,
    begin: SimTime,
    end: Option<SimTime>,
    horizon: SimDuration,
    now: SimTime,
    asked: SimTime,
    sent: SimTime,
    cursor: SimTime,
    /// How far the twin is behind live sources; `None` in a replay.
    behind: Option<SimDuration>,
}

impl TimeControl {
    /// Time of a run that starts at `begin`, advances by `timestep` and looks
    /// `horizon` ahead.
    #[must_use]
    pub fn new(timestep: SimDuration, begin: SimTime, horizon: SimDuration) -> Self {
        Self {
            mode: TimeMode::Paused,
            speed: Speed::REAL_TIME,
            timestep,
            begin,
            end: None,
            horizon,
            now: begin,
            asked: begin,
            sent: begin,
            cursor: begin,
            behind: None,
        }
    }

    /// Lets live sources move now, which is `behind` their clock: the pace is
    /// theirs. Time that stands still only means that the cursor stays.
    pub fn follow_sources(&mut self, behind: SimDuration) {
        self.behind = Some(behind);
        self.speed = Speed::REAL_TIME;
        if self.mode == TimeMode::Paused {
            self.mode = if self.is_at_now() {
                TimeMode::FollowingNow
            } else {
                TimeMode::LookingElsewhere
            };
        }
    }

    /// Whether live sources move now.
    #[must_use]
    pub fn follows_sources(&self) -> bool {
        self.behind.is_some()
    }

    /// What time is doing.
    #[must_use]
    pub fn mode(&self) -> TimeMode {
        self.mode
    }

    /// How fast it runs when it runs.
    #[must_use]
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Where the twin stands.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// The instant shown.
    #[must_use]
    pub fn cursor(&self) -> SimTime {
        self.cursor
    }

    /// First instant of the run.
    #[must_use]
    pub fn begin(&self) -> SimTime {
        self.begin
    }

    /// Last instant of the run, where there is one.
    #[must_use]
    pub fn end(&self) -> Option<SimTime> {
        self.end
    }

    /// Last instant that the axis shows: the end of the forecast.
    #[must_use]
    pub fn last_shown(&self) -> SimTime {
        self.now.checked_add(self.horizon).unwrap_or(SimTime::MAX)
    }

    /// Base timestep of the twin.
    #[must_use]
    pub fn timestep(&self) -> SimDuration {
        self.timestep
    }

    /// Length of the forecast.
    #[must_use]
    pub fn horizon(&self) -> SimDuration {
        self.horizon
    }

    /// Whether now moves.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(
            self.mode,
            TimeMode::FollowingNow | TimeMode::LookingElsewhere
        )
    }

    /// Whether the cursor is at now.
    #[must_use]
    pub fn is_at_now(&self) -> bool {
        self.cursor == self.now
    }

    /// Time asked for minus time reached. At maximum speed there is no pace to
    /// lag behind.
    #[must_use]
    pub fn lag(&self) -> SimDuration {
        if let Some(behind) = self.behind {
            behind
        } else if self.speed == Speed::Maximum {
            SimDuration::ZERO
        } else {
            self.asked
                .checked_since(self.now)
                .unwrap_or(SimDuration::ZERO)
                .max(SimDuration::ZERO)
        }
    }

    /// In which region of the axis `time` lies.
    #[must_use]
    pub fn region(&self, time: SimTime) -> Region {
        match time.cmp(&self.now) {
            std::cmp::Ordering::Less => Region::Observed,
            std::cmp::Ordering::Equal => Region::Now,
            std::cmp::Ordering::Greater => Region::Forecast,
        }
    }

    /// Plays or pauses. At the end of a replay it asks for a restart and plays.
    pub fn play_pause(&mut self) -> Option<Request> {
        if self.follows_sources() {
            if self.mode == TimeMode::FollowingNow {
                self.mode = TimeMode::LookingElsewhere;
            } else {
                self.follow_now();
            }
            return None;
        }
        match self.mode {
            TimeMode::Paused => {
                let follows = self.is_at_now();
                self.run(follows);
                None
            }
            TimeMode::FollowingNow | TimeMode::LookingElsewhere => {
                self.pause();
                None
            }
            TimeMode::Scrubbing { was_running } => {
                self.mode = TimeMode::Scrubbing {
                    was_running: !was_running,
                };
                None
            }
            TimeMode::AtEnd => {
                let request = self.seek(self.begin);
                self.run(true);
                Some(request)
            }
        }
    }

    /// Lets time run from where it is.
    pub fn run(&mut self, follow: bool) {
        self.asked = self.now;
        self.sent = self.now;
        self.mode = if follow {
            self.cursor = self.now;
            TimeMode::FollowingNow
        } else {
            TimeMode::LookingElsewhere
        };
    }

    /// Stops time where it is.
    pub fn pause(&mut self) {
        self.mode = if self.follows_sources() {
            TimeMode::LookingElsewhere
        } else {
            TimeMode::Paused
        };
        self.asked = self.now;
        self.sent = self.now;
    }

    /// Shows the present again.
    pub fn follow_now(&mut self) {
        self.cursor = self.now;
        if self.mode == TimeMode::LookingElsewhere {
            self.mode = TimeMode::FollowingNow;
        }
    }

    /// Uses `speed` from here on.
    pub fn set_speed(&mut self, speed: Speed) {
        self.speed = speed;
        self.asked = self
            .asked
            .min(self.now.checked_add(self.longest_lag()).unwrap_or(self.now))
            .max(self.now);
    }

    /// Goes one timestep forward: the cursor when it is in the past, now
    /// otherwise.
    pub fn step_forward(&mut self) -> Option<Request> {
        if self.is_running() {
            self.pause();
        }
        if self.cursor < self.now {
            self.cursor = (self.cursor + self.timestep).min(self.now);
            return None;
        }
        if self.mode == TimeMode::AtEnd {
            return None;
        }
        self.cursor = self.now;
        let target = self.limited(self.asked.max(self.now).checked_add(self.timestep)?);
        self.asked = target;
        (target > self.sent.max(self.now)).then(|| {
            self.sent = target;
            Request::AdvanceTo(target)
        })
    }

    /// Looks one timestep further back and stops time.
    pub fn step_back(&mut self) {
        if self.is_running() {
            self.pause();
        }
        self.move_cursor(self.cursor.checked_sub(self.timestep).unwrap_or(self.begin));
    }

    /// Shows `time`, kept within the axis.
    pub fn move_cursor(&mut self, time: SimTime) {
        self.cursor = time.clamp(self.begin, self.last_shown().max(self.begin));
        match self.mode {
            TimeMode::FollowingNow if self.cursor != self.now => {
                self.mode = TimeMode::LookingElsewhere;
            }
            TimeMode::LookingElsewhere if self.cursor == self.now => {
                self.mode = TimeMode::FollowingNow;
            }
            _ => {}
        }
    }

    /// Starts dragging the cursor.
    pub fn begin_scrub(&mut self) {
        if !matches!(self.mode, TimeMode::Scrubbing { .. }) {
            self.mode = TimeMode::Scrubbing {
                was_running: self.is_running(),
            };
        }
    }

    /// Ends dragging the cursor.
    pub fn end_scrub(&mut self) {
        if let TimeMode::Scrubbing { was_running } = self.mode {
            if was_running {
                let follows = self.is_at_now();
                self.run(follows);
            } else if self.ended() {
                self.mode = TimeMode::AtEnd;
            } else {
                self.mode = TimeMode::Paused;
            }
        }
    }

    /// Puts now at `time`, kept within the run, by simulating again.
    pub fn seek(&mut self, time: SimTime) -> Request {
        let target = self.limited(time.max(self.begin));
        let target = target
            .floor_to(self.timestep)
            .unwrap_or(target)
            .max(self.begin);
        self.cursor = target;
        self.now = target;
        self.asked = target;
        self.sent = target;
        if self.mode == TimeMode::AtEnd && !self.ended() {
            self.mode = TimeMode::Paused;
        }
        Request::Seek(target)
    }

    /// Counts `elapsed` seconds of wall time. What has to be simulated because of it is returned.
    pub fn tick(&mut self, elapsed: f64) -> Option<Request> {
        if self.follows_sources() || !self.is_running() || !elapsed.is_finite() || elapsed < 0.0 {
            return None;
        }
        let target = match self.speed {
            Speed::Maximum => {
                let ahead = self
                    .timestep
                    .checked_mul(STEPS_AHEAD)
                    .unwrap_or(self.timestep);
                self.now.checked_add(ahead)?
            }
            Speed::Times(thousandths) => {
                let seconds = elapsed.min(LONGEST_FRAME) * f64::from(thousandths) / 1_000.0;
                let progress = SimDuration::from_seconds(seconds)?;
                let latest = self.now.checked_add(self.longest_lag())?;
                self.asked.checked_add(progress)?.min(latest)
            }
        };
        self.asked = self.limited(target.max(self.asked.min(target)));
        let whole = self.asked.floor_to(self.timestep).unwrap_or(self.asked);
        // The end need not lie on a step of the clock.
        let whole = if self.end == Some(self.asked) {
            self.asked
        } else {
            whole
        };
        (whole > self.sent).then(|| {
            self.sent = whole;
            Request::AdvanceTo(whole)
        })
    }

    /// Learns how far the twin has come.
    pub fn reached(&mut self, now: SimTime, begin: SimTime, end: Option<SimTime>, at_end: bool) {
        let stays = matches!(self.mode, TimeMode::Scrubbing { .. })
            // Live sources go on while the user looks at one instant.
            || (self.follows_sources() && self.mode == TimeMode::LookingElsewhere);
        let rides = self.is_at_now() && !stays;
        self.begin = begin;
        self.end = end;
        self.now = now;
        self.asked = self.asked.max(now);
        if rides {
            self.cursor = now;
        }
        self.cursor = self.cursor.clamp(begin, self.last_shown().max(begin));
        if at_end && self.is_running() {
            self.mode = TimeMode::AtEnd;
        } else if !at_end && self.mode == TimeMode::AtEnd {
            self.mode = TimeMode::Paused;
        }
    }

    fn ended(&self) -> bool {
        self.end.is_some_and(|end| self.now >= end)
    }

    fn limited(&self, time: SimTime) -> SimTime {
        self.end.map_or(time, |end| time.min(end))
    }

    /// How far now may be asked to run ahead of what was reached: a moment of
    /// wall time, and at least one step.
    fn longest_lag(&self) -> SimDuration {
        let paced = match self.speed {
            Speed::Times(thousandths) => {
                SimDuration::from_seconds(LONGEST_LAG * f64::from(thousandths) / 1_000.0)
            }
            Speed::Maximum => self.timestep.checked_mul(STEPS_AHEAD),
        };
        paced.unwrap_or(self.timestep).max(self.timestep * 2)
    }
}

/// What time control asks of the running twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Simulate until this instant.
    AdvanceTo(SimTime),
    /// Simulate again from the start until this instant.
    Seek(SimTime),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> SimTime {
        SimTime::ZERO + SimDuration::from_whole_seconds(seconds)
    }

    fn control() -> TimeControl {
        let mut control = TimeControl::new(
            SimDuration::from_whole_seconds(1),
            at(0),
            SimDuration::from_whole_seconds(600),
        );
        control.reached(at(0), at(0), Some(at(100)), false);
        control
    }

    #[test]
    fn live_sources_set_the_pace_and_a_pause_only_holds_the_cursor() {
        let mut control = control();
        control.follow_sources(SimDuration::from_whole_seconds(3));
        assert_eq!(control.mode(), TimeMode::FollowingNow);
        assert_eq!(control.lag(), SimDuration::from_whole_seconds(3));
        assert_eq!(control.tick(1.0), None, "nothing is asked for");
        control.reached(at(5), at(0), None, false);
        assert_eq!(control.cursor(), at(5));
        assert_eq!(control.play_pause(), None);
        control.reached(at(6), at(0), None, false);
        assert_eq!((control.cursor(), control.now()), (at(5), at(6)));
        control.play_pause();
        control.reached(at(7), at(0), None, false);
        assert_eq!(control.cursor(), at(7));
    }

    #[test]
    fn time_stands_still_until_it_is_started() {
        let mut control = control();
        assert_eq!(control.tick(1.0), None);
        assert_eq!(control.play_pause(), None);
        assert_eq!(control.mode(), TimeMode::FollowingNow);
    }

    #[test]
    fn wall_time_becomes_whole_steps_and_none_is_skipped() {
        let mut control = control();
        control.play_pause();
        let mut asked = Vec::new();
        for _ in 0..30 {
            if let Some(Request::AdvanceTo(time)) = control.tick(0.1) {
                asked.push(time);
                control.reached(time, at(0), Some(at(100)), false);
            }
        }
        assert_eq!(asked, [at(1), at(2), at(3)]);
        assert_eq!(control.cursor(), at(3));
    }

    #[test]
    fn a_twin_that_cannot_keep_up_shows_as_lag_which_stays_limited() {
        let mut control = control();
        control.play_pause();
        control.set_speed(Speed::Times(10_000));
        for _ in 0..100 {
            control.tick(0.1);
        }
        assert!(control.lag() > SimDuration::ZERO);
        assert!(control.lag() <= SimDuration::from_whole_seconds(20));
        assert_eq!(control.now(), at(0));
    }

    #[test]
    fn the_cursor_rides_on_now_until_it_is_moved_and_again_after_following() {
        let mut control = control();
        control.play_pause();
        control.reached(at(50), at(0), Some(at(100)), false);
        assert_eq!(control.cursor(), at(50));
        control.move_cursor(at(20));
        assert_eq!(control.mode(), TimeMode::LookingElsewhere);
        control.reached(at(60), at(0), Some(at(100)), false);
        assert_eq!(control.cursor(), at(20));
        control.follow_now();
        assert_eq!(control.cursor(), at(60));
        assert_eq!(control.mode(), TimeMode::FollowingNow);
    }

    #[test]
    fn scrubbing_holds_time_and_gives_back_what_was_before() {
        let mut control = control();
        control.play_pause();
        control.reached(at(50), at(0), Some(at(100)), false);
        control.begin_scrub();
        assert_eq!(control.tick(0.2), None);
        control.move_cursor(at(10));
        control.end_scrub();
        assert_eq!(control.mode(), TimeMode::LookingElsewhere);
        control.begin_scrub();
        control.move_cursor(control.now());
        control.end_scrub();
        assert_eq!(control.mode(), TimeMode::FollowingNow);
    }

    #[test]
    fn a_scrub_while_paused_ends_paused() {
        let mut control = control();
        control.begin_scrub();
        control.move_cursor(at(3));
        control.end_scrub();
        assert_eq!(control.mode(), TimeMode::Paused);
    }

    #[test]
    fn the_end_stops_time_and_play_begins_again() {
        let mut control = control();
        control.play_pause();
        control.reached(at(100), at(0), Some(at(100)), true);
        assert_eq!(control.mode(), TimeMode::AtEnd);
        assert_eq!(control.play_pause(), Some(Request::Seek(at(0))));
        assert_eq!(control.mode(), TimeMode::FollowingNow);
    }

    #[test]
    fn steps_move_the_cursor_in_the_past_and_now_at_the_front() {
        let mut control = control();
        assert_eq!(control.step_forward(), Some(Request::AdvanceTo(at(1))));
        control.reached(at(1), at(0), Some(at(100)), false);
        control.step_back();
        assert_eq!(control.cursor(), at(0));
        assert_eq!(control.step_forward(), None);
        assert_eq!(control.cursor(), at(1));
        control.step_back();
        control.step_back();
        assert_eq!(control.cursor(), at(0), "not before the start");
    }

    #[test]
    fn the_axis_has_three_regions() {
        let mut control = control();
        control.reached(at(50), at(0), Some(at(100)), false);
        assert_eq!(control.region(at(10)), Region::Observed);
        assert_eq!(control.region(at(50)), Region::Now);
        assert_eq!(control.region(at(51)), Region::Forecast);
        control.move_cursor(at(10_000));
        assert_eq!(control.cursor(), at(650), "kept within the forecast");
    }

    #[test]
    fn seeking_stays_inside_the_run() {
        let mut control = control();
        assert_eq!(control.seek(at(500)), Request::Seek(at(100)));
        assert_eq!(control.seek(at(-5)), Request::Seek(at(0)));
    }

    #[test]
    fn a_twin_is_watched_at_a_speed_at_which_something_happens() {
        let every = |seconds| Speed::to_watch(SimDuration::from_whole_seconds(seconds));
        assert_eq!(every(1), Speed::Times(10_000));
        assert_eq!(every(300), Speed::Times(1_000_000));
        assert_eq!(every(3_600), Speed::Times(10_000_000));
        assert_eq!(every(86_400), Speed::Times(10_000_000));
    }

    #[test]
    fn speeds_have_a_slowest_and_a_fastest() {
        assert_eq!(Speed::Times(100).slower(), Speed::Times(100));
        assert_eq!(Speed::Maximum.faster(), Speed::Maximum);
        assert_eq!(Speed::Times(10_000_000).faster(), Speed::Maximum);
        let shown: Vec<String> = Speed::STEPS.iter().map(ToString::to_string).collect();
        assert_eq!(shown[0], "0.1×");
        assert_eq!(shown[3], "1×");
        assert_eq!(shown.last().map(String::as_str), Some("max"));
    }

    #[test]
    fn maximum_speed_asks_for_many_steps_but_not_beyond_the_end() {
        let mut control = control();
        control.play_pause();
        control.set_speed(Speed::Maximum);
        assert_eq!(control.tick(0.01), Some(Request::AdvanceTo(at(100))));
        assert_eq!(control.tick(0.01), None, "asked already");
        assert_eq!(control.lag(), SimDuration::ZERO);
    }
}
