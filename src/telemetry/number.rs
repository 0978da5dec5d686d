//! Numbers and instants in the cells of a telemetry file.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::quantity::{Epoch, SimTime, Unit};

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing: a gap.
    Empty,
    /// A finite number.
    Number(f64),
    /// NaN or an infinity, or a number beyond the range of one.
    NotFinite,
    /// Something else.
    NotANumber,
}

/// Reads a cell. With `decimal_comma`, `21,5` is a number too.
pub(super) fn cell(text: &str, decimal_comma: bool) -> Cell {
    let text = text.trim();
    if text.is_empty() {
        return Cell::Empty;
    }
    let parsed = match text.parse::<f64>() {
        Err(_) if decimal_comma && text.matches(',').count() == 1 && !text.contains('.') => {
            text.replace(',', ".").parse()
        }
        parsed => parsed,
    };
    match parsed {
        Ok(value) if value.is_finite() => Cell::Number(value),
        Ok(_) => Cell::NotFinite,
        Err(_) => Cell::NotANumber,
    }
}

/// Times of day in the zone of a file, where it says one.
#[derive(Clone, Debug)]
pub(super) struct Zoned {
    zone: Option<TimeZone>,
    last: Option<Timestamp>,
}

impl Zoned {
    /// Reads times without an offset in this zone; without a zone they name no
    /// instant.
    pub(super) fn new(zone: Option<TimeZone>) -> Self {
        Self { zone, last: None }
    }

    /// The instant of a time of day. Where clocks are set back an hour comes
    /// twice: it is the first as long as that does not go back behind the row
    /// before, then the second.
    fn instant(&mut self, time: DateTime) -> Result<Timestamp, &'static str> {
        const BEYOND: &str = "is beyond the calendar";
        let Some(zone) = &self.zone else {
            return Err(
                "has no offset from UTC; write `Z` or an offset such as `+01:00` after it, or the \
                 zone after the name of the column: `time [Europe/Berlin]`",
            );
        };
        let ambiguous = zone.to_ambiguous_timestamp(time);
        let instant = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => ambiguous.compatible(),
            AmbiguousOffset::Fold { .. } => {
                let earlier = zone.to_ambiguous_timestamp(time).earlier();
                match (earlier, self.last) {
                    (Ok(earlier), Some(last)) if earlier <= last => ambiguous.later(),
                    (earlier, _) => earlier,
                }
            }
            AmbiguousOffset::Gap { .. } => {
                return Err("does not exist in its zone: clocks were set forward over it");
            }
        }
        .map_err(|_| BEYOND)?;
        self.last = Some(instant);
        Ok(instant)
    }
}

/// Reads the time of a row: a number in `unit` since the epoch, an ISO 8601
/// instant, or a time of day in the file's zone.
///
/// # Errors
/// What is wrong with it, as the end of a sentence that begins with the text.
pub(super) fn time(
    text: &str,
    unit: &Unit,
    epoch: Epoch,
    decimal_comma: bool,
    zone: &mut Zoned,
) -> Result<SimTime, &'static str> {
    const BEYOND: &str = "is more than 292 years from the epoch";
    match cell(text, decimal_comma) {
        Cell::Empty => Err("is empty"),
        Cell::NotFinite => Err("is not finite"),
        Cell::Number(value) => SimTime::from_seconds(unit.to_si(value)).ok_or(BEYOND),
        Cell::NotANumber => match text.trim().parse::<Timestamp>() {
            Ok(instant) => epoch.sim_time_of(instant).ok_or(BEYOND),
            Err(_) => match text.trim().parse::<DateTime>() {
                Ok(time) => epoch.sim_time_of(zone.instant(time)?).ok_or(BEYOND),
                Err(_) => Err(
                    "is neither a number nor an ISO 8601 instant such as `2024-03-01T00:00:00Z`",
                ),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_comma_counts_only_where_it_can_be_one() {
        assert_eq!(cell("21,5", true), Cell::Number(21.5));
        assert_eq!(cell("21,5", false), Cell::NotANumber);
        assert_eq!(cell("1,000,000", true), Cell::NotANumber);
        assert_eq!(cell("1,000.5", true), Cell::NotANumber);
    }

    #[test]
    fn numbers_that_are_none_are_told_apart() {
        assert_eq!(cell("  ", false), Cell::Empty);
        assert_eq!(cell(" -1e3 ", false), Cell::Number(-1000.0));
        assert_eq!(cell("NaN", false), Cell::NotFinite);
        assert_eq!(cell("1e999", false), Cell::NotFinite);
        assert_eq!(cell("n/a", false), Cell::NotANumber);
    }

    #[test]
    fn instants_and_numbers_give_the_same_time() {
        let epoch = Epoch::parse("2024-01-01T00:00:00Z").expect("an instant");
        let seconds = Unit::known("s");
        let mut none = Zoned::new(None);
        let expected = SimTime::from_seconds(90.5);
        assert_eq!(
            time("90.5", &seconds, epoch, false, &mut none).ok(),
            expected
        );
        let iso = "2024-01-01T01:01:30.5+01:00";
        assert_eq!(time(iso, &seconds, epoch, false, &mut none).ok(), expected);
        let minutes = Unit::known("min");
        assert_eq!(
            time("1.5", &minutes, epoch, false, &mut none).ok(),
            SimTime::from_seconds(90.0)
        );
        let error =
            time("2024-01-01 01:01:30", &seconds, epoch, false, &mut none).expect_err("no offset");
        assert!(error.contains("offset from UTC"));
        assert!(time("1e300", &seconds, epoch, false, &mut none).is_err());
    }

    #[test]
    fn daylight_saving_is_told_by_the_order_of_the_rows() {
        let epoch = Epoch::parse("2024-01-01T00:00:00Z").expect("an instant");
        let seconds = Unit::known("s");
        let mut berlin = Zoned::new(TimeZone::get("Europe/Berlin").ok());
        let mut instant = |text: &str| {
            time(text, &seconds, epoch, false, &mut berlin)
                .map(|time| epoch.instant(time).to_string())
        };
        for (local, utc) in [
            ("2024-03-31 01:59:00", "2024-03-31T00:59:00Z"),
            ("2024-03-31 03:01:00", "2024-03-31T01:01:00Z"),
            ("2024-10-27 01:30:00", "2024-10-26T23:30:00Z"),
            ("2024-10-27 02:30:00", "2024-10-27T00:30:00Z"),
            ("2024-10-27 02:45:00", "2024-10-27T00:45:00Z"),
            ("2024-10-27 02:15:00", "2024-10-27T01:15:00Z"),
            ("2024-10-27 02:30:00", "2024-10-27T01:30:00Z"),
            ("2024-10-27 03:00:00", "2024-10-27T02:00:00Z"),
        ] {
            assert_eq!(instant(local).as_deref(), Ok(utc), "{local}");
        }
        let skipped = instant("2025-03-30 02:30:00").expect_err("no such time");
        assert!(skipped.contains("set forward"), "{skipped}");
    }
}
