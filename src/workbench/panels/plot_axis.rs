//! The axes of the plots: round times, and numbers with the digits they need.

use egui_plot::{GridInput, GridMark};
use jiff::tz::TimeZone;

use crate::quantity::{Epoch, SimTime};

/// Steps between marks of a time axis that people can count in [s].
const TIME_STEPS: [f64; 24] = [
    0.001,
    0.01,
    0.1,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    604_800.0,
    2_592_000.0,
];

/// Marks at round times, about a hundred points apart.
pub(super) fn time_marks(input: &GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let wanted = (to - from) / 10.0;
    let step = TIME_STEPS
        .into_iter()
        .find(|step| *step >= wanted)
        .unwrap_or(2_592_000.0);
    if !(to - from).is_finite() || (to - from) / step > 400.0 {
        return Vec::new();
    }
    let first = (from / step).ceil() as i64;
    let last = (to / step).floor() as i64;
    (first..=last)
        .map(|number| GridMark {
            value: number as f64 * step,
            step_size: step,
        })
        .collect()
}

/// The time of day at `seconds` since the epoch in the shown zone; with the
/// date where the axis spans days. A span of zero stands for a single instant.
pub(super) fn clock(epoch: Epoch, zone: &TimeZone, seconds: f64, span: f64) -> String {
    let Some(time) = SimTime::from_seconds(seconds) else {
        return String::new();
    };
    let zoned = epoch.instant(time).to_zoned_datetime(zone.clone());
    let pattern = if span > 2.0 * 86_400.0 {
        "%d %b %H:%M"
    } else if span > 3_600.0 {
        "%H:%M"
    } else if span > 0.0 && span < 10.0 {
        "%H:%M:%S%.3f"
    } else {
        "%H:%M:%S"
    };
    zoned.strftime(pattern).to_string()
}

/// A number with the digits that a step of the axis asks for.
pub(super) fn axis_number(value: f64, step: f64) -> String {
    let decimals = if step > 0.0 {
        (-step.log10()).ceil().clamp(0.0, 6.0) as usize
    } else {
        0
    };
    let text = format!("{value:.decimals$}");
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_the_time_axis_stand_at_times_people_count_in() {
        let marks = time_marks(&GridInput {
            bounds: (7.0, 1507.0),
            base_step_size: 1.0,
        });
        assert_eq!(marks.first().map(|mark| mark.value), Some(300.0));
        assert!(marks.iter().all(|mark| (mark.value % 300.0).abs() < 1e-9));
    }
}
