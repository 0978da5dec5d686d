//! What the samples of one column say of its contract.
//!
//! Everything here is robust: medians and quantiles, so that a few wild samples
//! move nothing.

use super::proposed::Proposed;
use crate::quantity::SimDuration;

/// Share of the samples at either end that a range leaves out.
const TAIL: f64 = 0.001;
/// Room around the range that was seen, as a part of it.
const ROOM: f64 = 0.25;
/// How much faster or longer than what was seen still passes.
const FACTOR: f64 = 3.0;

/// The samples of one column: finite values at rising times \[ns].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Series {
    pub(super) times: Vec<i64>,
    pub(super) values: Vec<f64>,
}

/// What was found in one column, in the column's own unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    pub(super) period: Option<Proposed<SimDuration>>,
    pub(super) jitter: Option<Proposed<SimDuration>>,
    /// Range that the samples keep to, without wild ones.
    pub(super) seen: Option<(f64, f64)>,
    pub(super) operational: Option<Proposed<(f64, f64)>>,
    pub(super) outliers: u64,
    pub(super) resolution: Option<Proposed<f64>>,
    pub(super) longest_still: SimDuration,
    pub(super) stuck: Option<Proposed<SimDuration>>,
    /// Largest change per second.
    pub(super) rate: Option<Proposed<f64>>,
    /// Moves in few steps between long rests, as a command does.
    pub(super) is_stepwise: bool,
    /// A number that only grows; with the value it starts again at, if it did.
    pub(super) counter: Option<Proposed<Option<f64>>>,
    /// Pauses of more than one and a half periods.
    pub(super) gaps: u64,
}

/// The value below which a share of the sorted values lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = (share * (sorted.len() - 1) as f64).round() as usize;
    sorted[position.min(sorted.len() - 1)]
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// A round number not below `value`: 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    if !(value > 0.0 && value.is_finite()) {
        return value;
    }
    let power = 10_f64.powf(value.log10().floor());
    let mantissa = value / power;
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|step| mantissa <= step * (1.0 + 1e-9))
        .unwrap_or(10.0);
    tidy(step * power)
}

/// Without the digits that binary arithmetic leaves behind a decimal.
fn tidy(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A duration a person would say, not below `seconds`.
fn round_duration(seconds: f64) -> SimDuration {
    const STEPS: [f64; 20] = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0,
        60.0, 120.0, 300.0, 600.0, 1800.0,
    ];
    let rounded = match STEPS.into_iter().find(|step| seconds <= *step) {
        Some(step) => step,
        None => (seconds / 3600.0).ceil() * 3600.0,
    };
    SimDuration::from_seconds(rounded).unwrap_or(SimDuration::MAX)
}

/// Looks at one column. `decimals` is the most that any of its numbers had.
pub(super) fn facts(series: &Series, decimals: u32) -> Facts {
    let mut facts = Facts::default();
    if series.values.len() < 3 {
        return facts;
    }
    timing(series, &mut facts);
    ranges(series, &mut facts);
    resolution(series, decimals, &mut facts);
    motion(series, &mut facts);
    counter(series, &mut facts);
    facts
}

fn timing(series: &Series, facts: &mut Facts) {
    let steps = sorted(
        series
            .times
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) as f64 * 1e-9)
            .filter(|step| *step > 0.0),
    );
    if steps.is_empty() {
        return;
    }
    let middle = quantile(&steps, 0.5);
    // To the round number that it is within one part in fifty.
    let period = [
        3600.0, 60.0, 30.0, 10.0, 5.0, 1.0, 0.5, 0.1, 0.05, 0.01, 0.001,
    ]
    .into_iter()
    .map(|unit: f64| (middle / unit).round() * unit)
    .find(|round| *round > 0.0 && (round - middle).abs() <= 0.02 * middle)
    .unwrap_or(middle);
    let spread = quantile(&steps, 0.75) - quantile(&steps, 0.25);
    let regular = steps
        .iter()
        .filter(|step| (*step - period).abs() <= 0.5 * period)
        .count() as f64
        / steps.len() as f64;
    facts.gaps = steps.iter().filter(|step| **step > 1.5 * period).count() as u64;
    let confidence = (regular * (1.0 - (spread / period).min(0.8))).clamp(0.05, 0.98);
    let Some(value) = SimDuration::from_seconds(tidy(period)) else {
        return;
    };
    let reason = if regular < 0.5 {
        "the median time between samples; they are not regular".to_owned()
    } else {
        format!(
            "the median time between samples, {:.0} % are near it",
            100.0 * regular
        )
    };
    facts.period = Some(Proposed::new(value, confidence, reason));
    let near = sorted(
        steps
            .iter()
            .filter(|step| (*step - period).abs() <= 0.5 * period)
            .map(|step| (step - period).abs()),
    );
    if near.is_empty() {
        return;
    }
    let seen = quantile(&near, 0.99);
    // An exact file says nothing of how exact the next one is.
    let allowed = round_duration((2.0 * seen).max(0.1 * period));
    // A whole period of it would hide a sample that is missing.
    let half = SimDuration::from_seconds(0.5 * period).unwrap_or(allowed);
    let allowed = allowed.min(half);
    facts.jitter = Some(Proposed::new(
        allowed,
        0.8 * confidence,
        format!(
            "99 of 100 samples are within {seen:.3} s of their time; twice that, and a tenth of the period at least"
        ),
    ));
}

fn ranges(series: &Series, facts: &mut Facts) {
    let values = sorted(series.values.iter().copied());
    let (q1, q3) = (quantile(&values, 0.25), quantile(&values, 0.75));
    let width = q3 - q1;
    // Far out by any measure (J. W. Tukey's outer fence, tripled); a signal that
    // mostly rests has no width to measure by.
    let (low_fence, high_fence) = if width > 0.0 {
        (q1 - 10.0 * width, q3 + 10.0 * width)
    } else {
        (f64::NEG_INFINITY, f64::INFINITY)
    };
    let inside: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| (low_fence..=high_fence).contains(value))
        .collect();
    facts.outliers = (values.len() - inside.len()) as u64;
    if inside.is_empty() {
        return;
    }
    let low = quantile(&inside, TAIL);
    let high = quantile(&inside, 1.0 - TAIL);
    facts.seen = Some((inside[0], inside[inside.len() - 1]));
    let span = high - low;
    if span <= 0.0 {
        return;
    }
    // Outward, to a digit that the span can tell.
    let step = 10_f64.powf((span / 10.0).log10().floor());
    let outward = (
        tidy(((low - ROOM * span) / step).floor() * step),
        tidy(((high + ROOM * span) / step).ceil() * step),
    );
    let confidence = if values.len() >= 1000 { 0.7 } else { 0.5 };
    let mut reason = format!(
        "99.8 % of the samples lie from {} to {}; a quarter more on either side",
        tidy(low),
        tidy(high)
    );
    if facts.outliers > 0 {
        reason.push_str(&format!(
            ", {} samples far outside were left out",
            facts.outliers
        ));
    }
    facts.operational = Some(Proposed::new(outward, confidence, reason));
}

/// The smallest step between two values that comes again and again.
fn resolution(series: &Series, decimals: u32, facts: &mut Facts) {
    let mut levels = sorted(series.values.iter().copied());
    let all = levels.len();
    levels.dedup();
    let printed = 0.1_f64.powi(i32::try_from(decimals).unwrap_or(i32::MAX));
    if levels.len() < 3 || printed <= 0.0 {
        return;
    }
    let steps = sorted(levels.windows(2).map(|pair| pair[1] - pair[0]));
    let enough = (steps.len() / 20).max(3);
    // Printed with few digits, one and the same step appears as two.
    let slack = |step: f64| step + 1.01 * printed.min(0.5 * step) + 1e-9 * step;
    let smallest = steps.iter().enumerate().find_map(|(position, step)| {
        let end = steps.partition_point(|one| *one <= slack(*step));
        (end - position >= enough).then(|| {
            let group = &steps[position..end];
            group.iter().sum::<f64>() / group.len() as f64
        })
    });
    let Some(smallest) = smallest else { return };
    let repeats = 1.0 - levels.len() as f64 / all as f64;
    // Values that hardly repeat have no steps of their own, only printed digits.
    let (value, confidence, reason) = if repeats > 0.5 && smallest > 1.5 * printed {
        (
            tidy((smallest / (0.01 * printed)).round() * 0.01 * printed),
            0.75,
            format!(
                "the values lie on {} levels, mostly this far apart",
                levels.len()
            ),
        )
    } else {
        (
            tidy(printed),
            if repeats > 0.3 { 0.7 } else { 0.4 },
            format!("the numbers have {decimals} digits after the point"),
        )
    };
    facts.resolution = Some(Proposed::new(value, confidence, reason));
}

fn motion(series: &Series, facts: &mut Facts) {
    let Some(period) = facts.period.as_ref().map(|one| one.value.as_seconds()) else {
        return;
    };
    let still = facts
        .resolution
        .as_ref()
        .map_or(0.0, |resolution| 0.5 * resolution.value);
    let mut rates = Vec::new();
    let mut rests = 0_usize;
    let mut begin = series.times[0];
    let mut held = series.values[0];
    let mut longest = 0_i64;
    let mut last = series.times[0];
    for (times, values) in series.times.windows(2).zip(series.values.windows(2)) {
        let step = (times[1] - times[0]) as f64 * 1e-9;
        let change = (values[1] - values[0]).abs();
        rests += usize::from(change <= still);
        if step > 0.0 && step <= 1.5 * period {
            rates.push(change / step);
        }
        // A gap ends a rest: nobody saw what was in it.
        if (values[1] - held).abs() > still || step > 1.5 * period {
            longest = longest.max(last - begin);
            begin = times[1];
            held = values[1];
        }
        last = times[1];
    }
    longest = longest.max(last - begin);
    facts.longest_still = SimDuration::from_nanoseconds(longest);
    let resting = rests as f64 / (series.values.len() - 1) as f64;
    let rates = sorted(rates.into_iter());
    // Rests mostly, and what it moves is much at once.
    let moved = rates.iter().filter(|rate| **rate > 0.0).count();
    let levels = series.values.len() - rests;
    facts.is_stepwise = resting > 0.9 && levels * 20 < series.values.len() && moved > 0;
    if facts.is_stepwise {
        return;
    }
    let longest = longest as f64 * 1e-9;
    let whole = (series.times[series.times.len() - 1] - series.times[0]) as f64 * 1e-9;
    if longest < 0.3 * whole && resting < 0.98 {
        facts.stuck = Some(Proposed::new(
            round_duration((FACTOR * longest).max(10.0 * period)),
            0.6,
            format!(
                "it never stood still for longer than {}; three times that, and ten periods at \
                 least",
                facts.longest_still
            ),
        ));
    }
    if !rates.is_empty() {
        let fastest = quantile(&rates, 1.0 - TAIL);
        if fastest > 0.0 {
            facts.rate = Some(Proposed::new(
                round_up(FACTOR * fastest),
                0.55,
                format!(
                    "999 of 1000 steps are slower than {:.4} per second; three times that",
                    fastest
                ),
            ));
        }
    }
}

/// Whether the column counts: it rises, and where it falls it starts again.
fn counter(series: &Series, facts: &mut Facts) {
    let values = &series.values;
    let rises = values.windows(2).filter(|pair| pair[1] > pair[0]).count();
    let falls: Vec<(f64, f64)> = values
        .windows(2)
        .filter(|pair| pair[1] < pair[0])
        .map(|pair| (pair[0], pair[1]))
        .collect();
    let steps = values.len() - 1;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let starts_again = falls
        .iter()
        .all(|(before, after)| *after - low.min(0.0) < 0.1 * (before - low.min(0.0)));
    // Rising by chance over a short file, as a body that warms up does, is no counting.
    if low < 0.0
        || steps < 50
        || rises * 10 < steps
        || falls.len() * 20 > steps
        || !starts_again
        || high <= low
    {
        return;
    }
    let rollover = (!falls.is_empty()).then(|| {
        let top = falls.iter().map(|(before, _)| *before).fold(0.0, f64::max);
        [
            256.0,
            1000.0,
            1024.0,
            4096.0,
            10_000.0,
            65_536.0,
            100_000.0,
            1e6,
            16_777_216.0,
            1e7,
            1e8,
            1e9,
            4_294_967_296.0,
        ]
        .into_iter()
        .find(|round| top <= *round && top > 0.8 * round)
        .unwrap_or(top)
    });
    let (confidence, reason) = match (rollover, falls.is_empty()) {
        (Some(value), _) => (
            0.85,
            format!(
                "it rises, and starts again near {value} ({} times)",
                falls.len()
            ),
        ),
        (None, _) => (0.5, "it never falls".to_owned()),
    };
    facts.counter = Some(Proposed::new(rollover, confidence, reason));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(period: f64, values: impl IntoIterator<Item = f64>) -> Series {
        let values: Vec<f64> = values.into_iter().collect();
        let times = (0..values.len())
            .map(|row| (row as f64 * period * 1e9).round() as i64)
            .collect();
        Series { times, values }
    }

    /// A sine of amplitude 10 about 50 with a period of 200 rows, to a tenth.
    fn wave(rows: usize) -> impl Iterator<Item = f64> {
        (0..rows).map(|row| {
            let phase = row as f64 * std::f64::consts::TAU / 200.0;
            ((50.0 + 10.0 * phase.sin()) * 10.0).round() / 10.0
        })
    }

    #[test]
    fn the_period_is_found_in_spite_of_jitter_and_gaps() {
        let mut jittery = series(10.0, wave(1000));
        for (row, time) in jittery.times.iter_mut().enumerate() {
            *time += ((row * 37) % 100) as i64 * 1_000_000;
        }
        jittery.times.drain(300..400);
        jittery.values.drain(300..400);
        let facts = facts(&jittery, 1);
        let period = facts.period.expect("a period");
        assert_eq!(period.value, SimDuration::from_whole_seconds(10));
        assert!(period.confidence > 0.9);
        assert_eq!(facts.gaps, 1);
        assert!(
            facts.jitter.expect("a jitter").value >= SimDuration::from_nanoseconds(100_000_000)
        );
    }

    #[test]
    fn wild_samples_do_not_widen_the_range() {
        let mut wild = series(1.0, wave(2000));
        wild.values[500] = -9999.0;
        wild.values[900] = 1e6;
        let facts = facts(&wild, 1);
        let (low, high) = facts.operational.expect("a range").value;
        assert_eq!(facts.outliers, 2);
        assert!(low <= 40.0 && low > 30.0, "{low}");
        assert!((60.0..70.0).contains(&high), "{high}");
    }

    #[test]
    fn the_resolution_is_the_step_of_the_levels() {
        // A converter of 0.0322 K printed with three digits.
        let coarse = series(
            1.0,
            wave(4000).map(|value| ((value / 0.0322).round() * 0.0322 * 1000.0).round() / 1000.0),
        );
        let found = facts(&coarse, 3).resolution.expect("a resolution").value;
        // The levels that a tenth falls on are three steps apart at least.
        assert!(found > 0.03 && found < 0.11, "{found}");
        let fine = facts(&series(1.0, wave(2000)), 1)
            .resolution
            .expect("a resolution");
        assert!((fine.value - 0.1).abs() < 1e-12);
    }

    #[test]
    fn the_longest_rest_is_measured_and_given_room() {
        let mut resting = series(1.0, wave(1000));
        let held = resting.values[200];
        for value in &mut resting.values[200..=230] {
            *value = held;
        }
        let facts = facts(&resting, 1);
        assert!(facts.longest_still >= SimDuration::from_whole_seconds(30));
        assert!(facts.stuck.expect("a limit").value >= SimDuration::from_whole_seconds(90));
    }

    #[test]
    fn the_rate_has_room_above_the_fastest_step() {
        let facts = facts(&series(2.0, wave(2000)), 1);
        // The steepest slope of the sine, per second, and the rounding of a step.
        let steepest = 10.0 * std::f64::consts::TAU / 400.0;
        let rate = facts.rate.expect("a rate").value;
        assert!(rate >= steepest && rate < 10.0 * steepest, "{rate}");
    }

    #[test]
    fn a_command_has_no_rate_and_is_never_stuck() {
        let facts = facts(
            &series(1.0, (0..2000).map(|row| f64::from(row / 200 % 3) * 20.0)),
            0,
        );
        assert!(facts.is_stepwise);
        assert_eq!((facts.rate, facts.stuck), (None, None));
    }

    #[test]
    fn counters_are_found_with_where_they_start_again() {
        let rolling = series(1.0, (0..500).map(|row| f64::from(row * 997 % 65_536)));
        let found = facts(&rolling, 0).counter.expect("a counter");
        assert_eq!(found.value, Some(65_536.0));
        let plain = facts(&series(1.0, (0..500).map(|row| f64::from(row) * 1.5)), 1);
        assert_eq!(plain.counter.expect("a counter").value, None);
        assert_eq!(facts(&series(1.0, wave(500)), 1).counter, None);
    }

    #[test]
    fn round_numbers_are_never_below_what_they_round() {
        for value in [0.011, 0.2, 3.0, 49.0, 51.0, 1e6] {
            let rounded = round_up(value);
            assert!(
                rounded >= value && rounded < 2.6 * value,
                "{value}: {rounded}"
            );
        }
    }
}
