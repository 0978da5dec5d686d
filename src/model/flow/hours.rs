//! The working hours of a calendar, as its document and its parameters say.

use super::kinds::name;
use super::network::Timetable;
use crate::quantity::SimTime;
use crate::twin::{Pattern, Twin, VariableIndex, VariableTable};

/// A stretch of time out of working hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    /// When it begins; `None` where it is closed at all times.
    pub from: Option<SimTime>,
    /// When it ends; `None` where it is closed at all times.
    pub to: Option<SimTime>,
}

/// The working hours that the calendar at this position in the document keeps; `value`
/// gives the value of a variable \[SI]. `None` where it is no calendar, or has no
/// pattern.
#[must_use]
pub fn working_hours(
    twin: &Twin,
    variables: &VariableTable,
    calendar: usize,
    value: impl Fn(VariableIndex) -> f64,
) -> Option<Timetable> {
    let asset = twin.assets.get(calendar)?;
    if asset.kind != name::SHIFT_CALENDAR {
        return None;
    }
    let id = asset.attributes.get("pattern")?;
    let pattern = twin.patterns.iter().find(|one| one.id == *id)?;
    let value = |name| variables.of_asset(calendar, name).map_or(0.0, &value);
    Some(kept(
        &timetable(pattern),
        value("always_open"),
        value("overtime"),
    ))
}

/// The working hours of a pattern under the parameters of a calendar; `overtime` in s.
pub(super) fn kept(hours: &Timetable, always_open: f64, overtime: f64) -> Timetable {
    if always_open >= 0.5 {
        Timetable {
            values: vec![1.0; hours.values.len()],
            ..*hours
        }
    } else {
        hours.with_longer_stretches(super::build::nanoseconds(overtime))
    }
}

/// A pattern as a timetable.
pub(super) fn timetable(pattern: &Pattern) -> Timetable {
    Timetable {
        step: pattern.step.nanoseconds(),
        start: pattern.start.nanoseconds(),
        values: pattern.values.clone(),
    }
}

impl Timetable {
    /// The stretches out of working hours that lie at least in part between two times,
    /// in order, each from its begin to its end.
    #[must_use]
    pub fn closings(&self, from: SimTime, to: SimTime) -> Vec<Closing> {
        let (mut now, end) = (from.nanoseconds(), to.nanoseconds());
        let mut found = Vec::new();
        while now < end {
            let next = self.next_change(now);
            if self.at(now) < 0.5 {
                found.push(Closing {
                    from: next.and_then(|_| self.last_change(now)),
                    to: next.map(SimTime::from_nanoseconds),
                });
            }
            let Some(next) = next else { break };
            now = next;
        }
        found
    }

    /// The last time up to `time` at which another value began to hold, ns.
    fn last_change(&self, time: i64) -> Option<SimTime> {
        let step = self.step.max(1);
        let is_open = self.at(time) >= 0.5;
        let into = time.saturating_add(self.start).rem_euclid(step);
        let mut boundary = time.checked_sub(into)?;
        for _ in 0..self.values.len() {
            let before = boundary.checked_sub(step)?;
            if (self.at(before) >= 0.5) != is_open {
                return Some(SimTime::from_nanoseconds(boundary));
            }
            boundary = before;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn hour(hour: i64) -> SimTime {
        SimTime::from_nanoseconds(hour * HOUR)
    }

    /// Open from 6 to 22 o'clock.
    fn day() -> Timetable {
        Timetable {
            step: HOUR,
            start: 0,
            values: (0..24)
                .map(|hour| f64::from(u8::from((6..22).contains(&hour))))
                .collect(),
        }
    }

    fn closed(from: i64, to: i64) -> Closing {
        Closing {
            from: Some(hour(from)),
            to: Some(hour(to)),
        }
    }

    #[test]
    fn a_closing_is_told_whole_even_where_only_a_part_of_it_is_asked_for() {
        assert_eq!(day().closings(hour(23), hour(25)), [closed(22, 30)]);
        assert_eq!(day().closings(hour(2), hour(3)), [closed(-2, 6)]);
        assert_eq!(day().closings(hour(7), hour(22)), []);
        let two_days = day().closings(hour(7), hour(54));
        assert_eq!(two_days, [closed(22, 30), closed(46, 54)]);
    }

    #[test]
    fn what_never_opens_is_closed_without_end_and_what_never_closes_is_open() {
        let never = Closing {
            from: None,
            to: None,
        };
        let shut = Timetable {
            values: vec![0.0; 24],
            ..day()
        };
        assert_eq!(shut.closings(hour(1), hour(9)), [never]);
        assert_eq!(kept(&shut, 1.0, 0.0).closings(hour(1), hour(90)), []);
    }

    #[test]
    fn an_hour_of_overtime_is_an_hour_less_closed() {
        let longer = kept(&day(), 0.0, 3_600.0);
        assert_eq!(longer.closings(hour(22), hour(30)), [closed(23, 30)]);
    }
}
