//! Numbers and instants in the cells of a telemetry file.

use jiff::Timestamp;

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

/// Reads the time of a row: a number in `unit` since the epoch, or an ISO 8601
/// instant.
///
/// # Errors
/// What is wrong with it, as the end of a sentence that begins with the text.
pub(super) fn time(
    text: &str,
    unit: &Unit,
    epoch: Epoch,
    decimal_comma: bool,
) -> Result<SimTime, &'static str> {
    const BEYOND: &str = "is more than 292 years from the epoch";
    match cell(text, decimal_comma) {
        Cell::Empty => Err("is empty"),
        Cell::NotFinite => Err("is not finite"),
        Cell::Number(value) => SimTime::from_seconds(unit.to_si(value)).ok_or(BEYOND),
        Cell::NotANumber => match text.trim().parse::<Timestamp>() {
            Ok(instant) => epoch.sim_time_of(instant).ok_or(BEYOND),
            Err(_) if text.trim().parse::<jiff::civil::DateTime>().is_ok() => {
                Err("has no offset from UTC; write `Z` or an offset such as `+01:00` after it")
            }
            Err(_) => {
                Err("is neither a number nor an ISO 8601 instant such as `2024-03-01T00:00:00Z`")
            }
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
        let expected = SimTime::from_seconds(90.5);
        assert_eq!(time("90.5", &seconds, epoch, false).ok(), expected);
        let iso = "2024-01-01T01:01:30.5+01:00";
        assert_eq!(time(iso, &seconds, epoch, false).ok(), expected);
        let minutes = Unit::known("min");
        assert_eq!(
            time("1.5", &minutes, epoch, false).ok(),
            SimTime::from_seconds(90.0)
        );
        let error = time("2024-01-01 01:01:30", &seconds, epoch, false).expect_err("no offset");
        assert!(error.contains("offset from UTC"));
        assert!(time("1e300", &seconds, epoch, false).is_err());
    }
}
