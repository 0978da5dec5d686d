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

/// Powers of ten that a number of 64 bits holds exactly.
const TENS: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A plain decimal number of at most fifteen digits, as sensors write them;
/// `None` for all else. Digits and power of ten are exact, so that the quotient
/// is the number nearest to the text (Clinger, "How to read floating point
/// numbers accurately", PLDI 1990), the same that `str::parse` gives.
fn short_decimal(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, text),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut number, mut count, mut point) = (0_u64, 0_usize, None);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                number = number * 10 + u64::from(byte - b'0');
                count += 1;
            }
            b'.' if point.is_none() => point = Some(count),
            _ => return None,
        }
    }
    if count == 0 || count > 15 {
        return None;
    }
    let value = number as f64 / TENS[point.map_or(0, |before| count - before)];
    Some(if negative { -value } else { value })
}

/// Reads a cell. With `decimal_comma`, `21,5` is a number too.
pub(super) fn cell(text: &str, decimal_comma: bool) -> Cell {
    if let Some(value) = short_decimal(text.as_bytes()) {
        return Cell::Number(value);
    }
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

/// As [`cell`], of bytes that may be no text.
pub(super) fn cell_of(bytes: &[u8], decimal_comma: bool) -> Cell {
    match short_decimal(bytes) {
        Some(value) => Cell::Number(value),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => cell(text, decimal_comma),
            Err(_) => Cell::NotANumber,
        },
    }
}

/// An instant as most files write it, `2024-03-01T00:00:00Z`, with or without a
/// fraction of a second; `None` for all else, which takes longer to read.
fn plain_instant(text: &[u8]) -> Option<Timestamp> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let [b'-', b'-', b'T', b':', b':'] = [head[4], head[7], head[10], head[13], head[16]] else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i64, |number, digit| {
            let digit = digit.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + i64::from(digit))
        })
    };
    let (year, month, day) = (
        number(&head[..4])?,
        number(&head[5..7])?,
        number(&head[8..10])?,
    );
    let hour = number(&head[11..13])?;
    let (minute, second) = (number(&head[14..16])?, number(&head[17..])?);
    let fraction = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if matches!(digits.len(), 1..=9) => {
            number(digits)? * 10_i64.pow(9 - digits.len() as u32)
        }
        _ => return None,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    // Seconds that a clock was stopped for are left to the longer way.
    if !(1..=longest).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970, years beginning in March (Hinnant, "chrono-compatible
    // low-level date algorithms", 2013).
    let year = year - i64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days =
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year
            - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    // A span of thousands of years is within what a timestamp reaches.
    Timestamp::new(seconds, fraction as i32).ok()
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
    if let Some(instant) = plain_instant(text.as_bytes()) {
        return epoch.sim_time_of(instant).ok_or(BEYOND);
    }
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_numbers_are_read_to_the_bit_as_long_ones_are(
            text in "-?[0-9]{0,9}\\.?[0-9]{0,9}"
        ) {
            match (short_decimal(text.as_bytes()), text.parse::<f64>()) {
                (Some(short), Ok(long)) => prop_assert_eq!(short.to_bits(), long.to_bits()),
                (short, long) => prop_assert!(short.is_none(), "{text}: {short:?}, {long:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn plain_instants_are_those_of_the_calendar(
            second in -62_000_000_000_i64..250_000_000_000,
            fraction in 0_i32..1_000_000_000,
            digits in 0_usize..=9,
        ) {
            let cut = 10_i32.pow(9 - digits as u32);
            let instant = Timestamp::new(second, fraction / cut * cut).expect("an instant");
            let text = format!("{instant:.digits$}");
            prop_assert_eq!(plain_instant(text.as_bytes()), text.parse::<Timestamp>().ok());
        }

        #[test]
        fn what_is_no_plain_instant_is_left_to_the_calendar(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|)"
        ) {
            if let Some(instant) = plain_instant(text.as_bytes()) {
                prop_assert_eq!(text.parse::<Timestamp>().ok(), Some(instant));
            }
        }
    }

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
