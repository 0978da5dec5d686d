//! What inputs and parameters do over time: recorded series and timed changes.

use std::sync::Arc;

use super::Simulation;
use crate::quantity::SimTime;
use crate::twin::{Causality, VariableIndex};

/// Values of one variable over time, held from each sample to the next
/// (zero-order hold). Gaps and the end hold the last value; before the first
/// sample the variable keeps the value the simulation has.
#[derive(Clone, Debug, PartialEq)]
pub struct InputSeries {
    /// The driven input or parameter.
    pub variable: VariableIndex,
    /// Times of the samples, rising.
    pub times: Vec<SimTime>,
    /// Values \[SI], one per time.
    pub values: Vec<f64>,
}

/// What a timed change does to its variable, in SI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// Takes the value \[SI] at once and keeps it.
    Set(f64),
    /// Goes linearly from the value it has to `to`, then keeps it.
    Ramp {
        /// Value at the end \[SI].
        to: f64,
        /// End of the way.
        until: SimTime,
    },
    /// Keeps the value it has.
    Hold,
    /// Gives the variable back to its series, or to the value it had at the start.
    Release,
}

/// All that is known beforehand of what drives a simulation.
///
/// A plan is a value: it is made once, shared, and read through cursors. Of
/// each variable it holds at most one series and any number of timed changes.
/// Changes go over the series; of changes at the same time the one added later
/// counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputPlan {
    tracks: Vec<Arc<Track>>,
}

/// Everything a plan says of one variable.
#[derive(Clone, Debug, PartialEq)]
struct Track {
    variable: VariableIndex,
    times: Arc<[SimTime]>,
    values: Arc<[f64]>,
    changes: Vec<(SimTime, Change)>,
}

impl InputPlan {
    /// A plan of recorded series.
    ///
    /// Samples that are out of order are sorted by time, and a time without a
    /// value is dropped; of two series of one variable the later one counts.
    #[must_use]
    pub fn new(series: &[InputSeries]) -> Self {
        let mut plan = Self::default();
        for one in series {
            let mut samples: Vec<_> = one
                .times
                .iter()
                .copied()
                .zip(one.values.iter().copied())
                .collect();
            if !samples.is_sorted_by_key(|(time, _)| *time) {
                samples.sort_by_key(|(time, _)| *time);
            }
            // Between changes of value nothing happens, however often it was recorded.
            samples.dedup_by(|next, last| next.1.to_bits() == last.1.to_bits());
            let track = plan.track_mut(one.variable);
            track.times = samples.iter().map(|(time, _)| *time).collect();
            track.values = samples.iter().map(|(_, value)| *value).collect();
        }
        plan
    }

    /// Goes on with a series: `times` rise and are all later than what the plan
    /// has of `variable`. Cursors that read the plan have to be told, see
    /// [`InputCursor::follow`].
    pub fn extend(&mut self, variable: VariableIndex, times: &[SimTime], values: &[f64]) {
        let track = self.track_mut(variable);
        let mut last = track.values.last().map(|value| value.to_bits());
        let (mut more_times, mut more_values) = (Vec::new(), Vec::new());
        for (time, value) in times.iter().zip(values) {
            // Between changes of value nothing happens, however often it was recorded.
            if last != Some(value.to_bits()) {
                more_times.push(*time);
                more_values.push(*value);
                last = Some(value.to_bits());
            }
        }
        if !more_times.is_empty() {
            track.times = track.times.iter().copied().chain(more_times).collect();
            track.values = track.values.iter().copied().chain(more_values).collect();
        }
    }

    /// Puts a series in place of the one that the plan has of `variable`: `times`
    /// rise. Cursors that read the plan have to be made anew.
    pub fn replace(&mut self, variable: VariableIndex, times: &[SimTime], values: &[f64]) {
        let track = self.track_mut(variable);
        track.times = Arc::from([]);
        track.values = Arc::from([]);
        self.extend(variable, times, values);
    }

    /// This plan with one more timed change.
    #[must_use]
    pub fn with_change(mut self, variable: VariableIndex, at: SimTime, change: Change) -> Self {
        let changes = &mut self.track_mut(variable).changes;
        // After those of the same time, so that the order of adding counts.
        let position = changes.partition_point(|(time, _)| *time <= at);
        changes.insert(position, (at, change));
        self
    }

    /// This plan with its series cut off after `time`: what was known then.
    /// Timed changes stay.
    #[must_use]
    pub fn known_until(mut self, time: SimTime) -> Self {
        for track in &mut self.tracks {
            let known = track.times.partition_point(|one| *one <= time);
            if known < track.times.len() {
                let track = Arc::make_mut(track);
                track.times = track.times[..known].into();
                track.values = track.values[..known].into();
            }
        }
        self
    }

    /// The variables that the plan says something of, in order.
    pub fn variables(&self) -> impl Iterator<Item = VariableIndex> {
        self.tracks.iter().map(|track| track.variable)
    }

    /// A reader of this plan for one run.
    #[must_use]
    pub fn cursor(&self) -> InputCursor {
        InputCursor {
            tracks: self.tracks.iter().map(TrackCursor::new).collect(),
            started: false,
            applied: SimTime::MIN,
            next: SimTime::MIN,
        }
    }

    fn track_mut(&mut self, variable: VariableIndex) -> &mut Track {
        let position = match self
            .tracks
            .binary_search_by_key(&variable, |track| track.variable)
        {
            Ok(position) => position,
            Err(position) => {
                let track = Track {
                    variable,
                    times: Arc::from([]),
                    values: Arc::from([]),
                    changes: Vec::new(),
                };
                self.tracks.insert(position, Arc::new(track));
                position
            }
        };
        Arc::make_mut(&mut self.tracks[position])
    }
}

/// Reads a plan along one run and puts its values into the simulation.
#[derive(Clone, Debug)]
pub struct InputCursor {
    tracks: Vec<TrackCursor>,
    started: bool,
    /// Nothing changes from `applied` until before `next`.
    applied: SimTime,
    next: SimTime,
}

#[derive(Clone, Debug)]
struct TrackCursor {
    track: Arc<Track>,
    /// Samples and changes that are behind.
    samples_passed: usize,
    changes_passed: usize,
    mode: Mode,
    /// What the simulation held at the start.
    base: f64,
    /// Added to base and series: what this member drew for the variable.
    addition: f64,
    low: f64,
    high: f64,
    parameter: bool,
    next: SimTime,
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Following,
    Holding(f64),
    Ramping {
        start: SimTime,
        from: f64,
        until: SimTime,
        to: f64,
    },
}

impl InputCursor {
    /// Puts into the simulation what the plan says for the step that begins at
    /// its time. Call it before every step; between two events of the plan it
    /// costs two comparisons. Does not allocate.
    ///
    /// The first call notes what the simulation holds: it is what a variable
    /// without samples is given back to. A simulation that went back in time
    /// is followed there.
    #[inline]
    pub fn apply(&mut self, simulation: &mut Simulation) {
        let now = simulation.time();
        if now >= self.next || now < self.applied {
            self.apply_events(simulation, now);
        }
    }

    /// Notes what the simulation holds, as the first [`InputCursor::apply`]
    /// does, without putting anything into it.
    pub fn begin(&mut self, simulation: &Simulation) {
        if self.started {
            return;
        }
        self.started = true;
        for track in &mut self.tracks {
            let variable = simulation.variables().get(track.track.variable);
            track.parameter = variable.causality == Causality::Parameter;
            track.base = simulation.value(track.track.variable);
            track.low = variable.bounds.low;
            track.high = variable.bounds.high;
        }
    }

    /// Goes on with `plan`, which is the plan that this cursor reads with longer
    /// series.
    pub fn follow(&mut self, plan: &InputPlan) {
        for (cursor, track) in self.tracks.iter_mut().zip(&plan.tracks) {
            debug_assert_eq!(cursor.track.variable, track.variable);
            cursor.track = Arc::clone(track);
            cursor.next = SimTime::MIN;
        }
        self.next = SimTime::MIN;
    }

    /// Whether nothing changes after the last [`InputCursor::apply`] and before `time`.
    #[inline]
    #[must_use]
    pub fn is_quiet_until(&self, time: SimTime) -> bool {
        self.next >= time
    }

    /// The value \[SI] that series or start give `variable` at `time`, before
    /// any change; `None` when the plan says nothing of it.
    #[must_use]
    pub fn underlying(&self, variable: VariableIndex, time: SimTime) -> Option<f64> {
        let track = self.find(variable)?;
        let one = &self.tracks[track];
        let passed = one.track.times.partition_point(|sample| *sample <= time);
        Some(one.following(passed))
    }

    /// Lets this run add `addition` \[SI] to all that series and start give
    /// `variable`, kept inside the variable's bounds. Says whether the plan
    /// knows the variable; if not, nothing is done.
    pub fn add(&mut self, variable: VariableIndex, addition: f64) -> bool {
        let Some(position) = self.find(variable) else {
            return false;
        };
        self.tracks[position].addition += addition;
        self.rewind();
        true
    }

    /// Lets this run take `value` \[SI] for what the simulation held at the
    /// start. Says whether the plan knows the variable; if not, nothing is done.
    pub fn replace_base(&mut self, variable: VariableIndex, value: f64) -> bool {
        let Some(position) = self.find(variable) else {
            return false;
        };
        self.tracks[position].base = value;
        self.rewind();
        true
    }

    fn find(&self, variable: VariableIndex) -> Option<usize> {
        self.tracks
            .binary_search_by_key(&variable, |one| one.track.variable)
            .ok()
    }

    fn rewind(&mut self) {
        for track in &mut self.tracks {
            track.samples_passed = 0;
            track.changes_passed = 0;
            track.mode = Mode::Following;
            track.next = SimTime::MIN;
        }
        self.applied = SimTime::MIN;
        self.next = SimTime::MIN;
    }

    fn apply_events(&mut self, simulation: &mut Simulation, now: SimTime) {
        self.begin(simulation);
        if now < self.applied {
            self.rewind();
        }
        let mut next = SimTime::MAX;
        for track in &mut self.tracks {
            if now >= track.next {
                let value = track.advance(now);
                if track.parameter {
                    simulation.set_parameter(track.track.variable, value);
                } else {
                    simulation.set_input(track.track.variable, value);
                }
            }
            next = next.min(track.next);
        }
        self.applied = now;
        self.next = next;
    }
}

impl TrackCursor {
    fn new(track: &Arc<Track>) -> Self {
        Self {
            track: Arc::clone(track),
            samples_passed: 0,
            changes_passed: 0,
            mode: Mode::Following,
            base: 0.0,
            addition: 0.0,
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            parameter: false,
            next: SimTime::MIN,
        }
    }

    /// What series or start give after `passed` samples.
    fn following(&self, passed: usize) -> f64 {
        let given = match passed.checked_sub(1) {
            Some(last) => self.track.values[last],
            None => self.base,
        };
        if self.addition.to_bits() == 0 {
            given
        } else {
            // Recorded values may lie on a bound, such as a valve fully open.
            (given + self.addition).max(self.low).min(self.high)
        }
    }

    fn value_at(&self, time: SimTime) -> f64 {
        match self.mode {
            Mode::Following => self.following(self.samples_passed),
            Mode::Holding(value) => value,
            Mode::Ramping {
                start,
                from,
                until,
                to,
            } => {
                if time >= until {
                    return to;
                }
                let way = (until - start).as_seconds();
                let done = (time - start).as_seconds();
                from + (to - from) * (done / way)
            }
        }
    }

    fn pass_samples(&mut self, time: SimTime) {
        let times = &self.track.times;
        // The next sample is nearly always the one due; a first call far into
        // the series is the exception.
        if let Some(second) = times.get(self.samples_passed + 1)
            && *second <= time
        {
            self.samples_passed = times.partition_point(|sample| *sample <= time);
        } else if let Some(next) = times.get(self.samples_passed)
            && *next <= time
        {
            self.samples_passed += 1;
        }
    }

    /// Passes everything up to and including `now`; the value from `now` on.
    fn advance(&mut self, now: SimTime) -> f64 {
        while let Some((at, change)) = self.track.changes.get(self.changes_passed).copied()
            && at <= now
        {
            self.pass_samples(at);
            self.mode = match change {
                Change::Set(value) => Mode::Holding(value),
                Change::Ramp { to, until } => Mode::Ramping {
                    start: at,
                    from: self.value_at(at),
                    until,
                    to,
                },
                Change::Hold => Mode::Holding(self.value_at(at)),
                Change::Release => Mode::Following,
            };
            self.changes_passed += 1;
        }
        self.pass_samples(now);
        let value = self.value_at(now);
        let next_change = self
            .track
            .changes
            .get(self.changes_passed)
            .map_or(SimTime::MAX, |(at, _)| *at);
        let next_of_mode = match self.mode {
            Mode::Following => self
                .track
                .times
                .get(self.samples_passed)
                .copied()
                .unwrap_or(SimTime::MAX),
            Mode::Ramping { until, .. } if now < until => now,
            Mode::Holding(_) | Mode::Ramping { .. } => SimTime::MAX,
        };
        self.next = next_change.min(next_of_mode);
        value
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::test_models::{at, index, lag_simulation, lag_twin};
    use super::*;

    /// The commands that `plan` gives over `seconds`, from each whole second on.
    fn commands(plan: &InputPlan, seconds: i64) -> Vec<f64> {
        let mut simulation = lag_simulation(&lag_twin(1));
        let command = index(&simulation, "lag_1.command");
        simulation.set_input(command, 0.2);
        let mut cursor = plan.cursor();
        (0..seconds)
            .map(|_| {
                cursor.apply(&mut simulation);
                let value = simulation.value(command);
                simulation.step().expect("a step");
                value
            })
            .collect()
    }

    fn command() -> VariableIndex {
        index(&lag_simulation(&lag_twin(1)), "lag_1.command")
    }

    fn series(samples: &[(i64, f64)]) -> InputPlan {
        InputPlan::new(&[InputSeries {
            variable: command(),
            times: samples.iter().map(|(time, _)| at(*time)).collect(),
            values: samples.iter().map(|(_, value)| *value).collect(),
        }])
    }

    #[test]
    fn a_series_is_held_between_samples_and_after_the_last() {
        let plan = series(&[(2, 0.5), (3, 0.6), (6, 0.1)]);
        assert_eq!(commands(&plan, 8), [0.2, 0.2, 0.5, 0.6, 0.6, 0.6, 0.1, 0.1]);
    }

    #[test]
    fn a_series_that_grows_is_followed_as_if_it_had_been_known() {
        let samples = [(1, 0.5), (2, 0.5), (4, 0.6), (5, 0.1), (7, 0.7)];
        let whole = commands(&series(&samples), 9);
        let mut plan = series(&[]);
        let mut simulation = lag_simulation(&lag_twin(1));
        simulation.set_input(command(), 0.2);
        let mut cursor = plan.cursor();
        let mut found = Vec::new();
        for second in 0..9 {
            for (time, value) in samples.iter().filter(|(time, _)| *time == second) {
                plan.extend(command(), &[at(*time)], &[*value]);
                cursor.follow(&plan);
            }
            cursor.apply(&mut simulation);
            found.push(simulation.value(command()));
            simulation.step().expect("a step");
        }
        assert_eq!(found, whole);
        assert_eq!(plan, series(&samples), "runs of one value are kept once");
    }

    #[test]
    fn a_series_out_of_order_is_put_in_order() {
        let plan = series(&[(6, 0.1), (2, 0.5), (3, 0.6)]);
        assert_eq!(plan, series(&[(2, 0.5), (3, 0.6), (6, 0.1)]));
    }

    #[test]
    fn set_goes_over_the_series_until_release() {
        let plan = series(&[(1, 0.5), (4, 0.6)])
            .with_change(command(), at(2), Change::Set(0.9))
            .with_change(command(), at(5), Change::Release);
        assert_eq!(commands(&plan, 6), [0.2, 0.5, 0.9, 0.9, 0.9, 0.6]);
    }

    #[test]
    fn release_without_a_series_gives_back_what_was_held_at_the_start() {
        let plan = InputPlan::default()
            .with_change(command(), at(1), Change::Set(0.9))
            .with_change(command(), at(3), Change::Release);
        assert_eq!(commands(&plan, 5), [0.2, 0.9, 0.9, 0.2, 0.2]);
    }

    #[test]
    fn hold_keeps_the_value_that_the_series_had() {
        let plan = series(&[(0, 0.4), (3, 0.8)]).with_change(command(), at(2), Change::Hold);
        assert_eq!(commands(&plan, 5), [0.4; 5]);
    }

    #[test]
    fn a_ramp_goes_from_the_value_it_has_and_then_stays() {
        let until = at(5);
        let plan =
            InputPlan::default().with_change(command(), at(1), Change::Ramp { to: 1.0, until });
        let found = commands(&plan, 8);
        let expected = [0.2, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12);
        }
        // A hold on the way stops it there.
        let held = commands(&plan.with_change(command(), at(3), Change::Hold), 6);
        assert_eq!(held[3..], [found[3]; 3]);
    }

    #[test]
    fn a_ramp_without_length_is_a_set() {
        let plan = InputPlan::default().with_change(
            command(),
            at(2),
            Change::Ramp {
                to: 1.0,
                until: at(2),
            },
        );
        assert_eq!(commands(&plan, 4), [0.2, 0.2, 1.0, 1.0]);
    }

    #[test]
    fn a_change_between_two_steps_counts_from_the_next() {
        let half = SimTime::from_nanoseconds(1_500_000_000);
        let plan = InputPlan::default().with_change(command(), half, Change::Set(0.7));
        assert_eq!(commands(&plan, 4), [0.2, 0.2, 0.7, 0.7]);
    }

    #[test]
    fn of_changes_at_the_same_time_the_later_added_counts() {
        let plan = InputPlan::default()
            .with_change(command(), at(1), Change::Set(0.3))
            .with_change(command(), at(1), Change::Set(0.4))
            .with_change(command(), at(0), Change::Set(0.1));
        assert_eq!(commands(&plan, 3), [0.1, 0.4, 0.4]);
    }

    #[test]
    fn parameters_can_be_changed_too() {
        let mut simulation = lag_simulation(&lag_twin(1));
        let parameter = index(&simulation, "lag_1.time_constant");
        let level = index(&simulation, "lag_1.level");
        simulation.set_state(level, 10.0);
        let plan = InputPlan::default()
            .with_change(parameter, at(1), Change::Set(1.0))
            .with_change(parameter, at(2), Change::Release);
        let mut cursor = plan.cursor();
        for _ in 0..3 {
            cursor.apply(&mut simulation);
            simulation.step().expect("a step");
        }
        // One second at 10 s, one at 1 s, one at 10 s again.
        let expected = 10.0 * (-0.1_f64 - 1.0 - 0.1).exp();
        assert!((simulation.value(level) - expected).abs() < 1e-12);
    }

    #[test]
    fn what_was_not_known_yet_is_not_seen() {
        let plan = series(&[(1, 0.5), (2, 0.6), (4, 0.7)]).known_until(at(2));
        assert_eq!(commands(&plan, 6), [0.2, 0.5, 0.6, 0.6, 0.6, 0.6]);
    }

    #[test]
    fn a_cursor_follows_a_simulation_back_in_time() {
        let mut simulation = lag_simulation(&lag_twin(1));
        let plan = series(&[(1, 0.5), (4, 0.7)]).with_change(command(), at(2), Change::Set(1.0));
        let mut cursor = plan.cursor();
        let mut run = |simulation: &mut Simulation| -> Vec<f64> {
            (0..6)
                .map(|_| {
                    cursor.apply(simulation);
                    simulation.step().expect("a step");
                    simulation.value(command())
                })
                .collect()
        };
        let first = run(&mut simulation);
        simulation.restart().expect("a restart");
        assert_eq!(run(&mut simulation), first);
    }

    #[test]
    fn a_first_call_far_into_the_plan_finds_its_place() {
        let samples: Vec<_> = (0..1000).map(|time| (time, 0.001 * time as f64)).collect();
        let plan = series(&samples).with_change(command(), at(5), Change::Hold);
        let plan = plan.with_change(command(), at(7), Change::Release);
        let mut simulation = lag_simulation(&lag_twin(1));
        for _ in 0..500 {
            simulation.step().expect("a step");
        }
        plan.cursor().apply(&mut simulation);
        assert_eq!(simulation.value(command()), 0.001 * 500.0);
    }

    fn any_change() -> impl Strategy<Value = (i64, Change)> {
        let change = prop_oneof![
            (0.0..1.0).prop_map(Change::Set),
            // The end is put after the beginning below.
            ((0.0..1.0), 0..20_i64).prop_map(|(to, until)| Change::Ramp {
                to,
                until: at(until)
            }),
            Just(Change::Hold),
            Just(Change::Release),
        ];
        (0..40_i64, change)
    }

    proptest! {
        #[test]
        fn a_value_depends_on_the_plan_and_the_time_not_on_the_way_there(
            samples in proptest::collection::btree_map(0..40_i64, 0.0..1.0_f64, 0..12),
            changes in proptest::collection::vec(any_change(), 0..8),
            skip in 1..15_usize,
        ) {
            let samples: Vec<_> = samples.into_iter().collect();
            let mut plan = series(&samples);
            for (time, change) in changes {
                let change = match change {
                    Change::Ramp { to, until } => Change::Ramp {
                        to,
                        until: at(time) + until.since_epoch(),
                    },
                    other => other,
                };
                plan = plan.with_change(command(), at(time), change);
            }
            let every_step = commands(&plan, 60);
            let mut simulation = lag_simulation(&lag_twin(1));
            simulation.set_input(command(), 0.2);
            let mut cursor = plan.cursor();
            cursor.begin(&simulation);
            for (second, expected) in every_step.iter().enumerate() {
                if second % skip == 0 {
                    cursor.apply(&mut simulation);
                    prop_assert_eq!(simulation.value(command()), *expected);
                }
                simulation.step().expect("a step");
            }
        }
    }
}
