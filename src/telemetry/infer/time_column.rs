//! Which column is the time, and how it is written.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::number_style::{Cell, NumberStyle};
use super::proposed::Proposed;
use crate::quantity::Unit;

/// How the instants of a time column are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TimeFormat {
    /// ISO 8601 with an offset from UTC.
    Instant,
    /// A date and a time of day on the clock of a place.
    Local {
        /// Pattern of `strftime`; empty for ISO 8601 without an offset.
        pattern: String,
    },
    /// A number since 1970 in UTC, in this unit of time: `s`, `ms`, `us`, `ns`.
    Unix(Unit),
    /// Days since 30 December 1899, as spreadsheets count, on the clock of a place.
    SpreadsheetDays,
    /// A number since the twin's epoch, in this unit of time.
    Since(Unit),
}

/// The time column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeColumn {
    /// Position among the columns.
    pub position: usize,
    /// How its instants are written.
    pub format: TimeFormat,
    /// Zone of a local clock, by its IANA name, where one is needed.
    pub zone: Option<String>,
}

impl TimeFormat {
    /// Whether it is the clock of a place, which needs a zone.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Local { .. } | Self::SpreadsheetDays)
    }

    /// Whether times are instants of the calendar, rather than counted from the
    /// twin's epoch.
    #[must_use]
    pub const fn is_calendar(&self) -> bool {
        !matches!(self, Self::Since(_))
    }
}

/// Patterns of dates that people and loggers write, besides ISO 8601. Where the
/// order of day and month is a question, both are there.
const PATTERNS: [&str; 16] = [
    "%d.%m.%Y %H:%M:%S%.f",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S%.f",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S%.f",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d-%m-%Y %H:%M:%S%.f",
    "%d-%m-%Y %H:%M",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%d-%b-%Y %H:%M:%S%.f",
    "%d %b %Y %H:%M:%S%.f",
    "%Y%m%d %H%M%S",
    "%a %b %e %H:%M:%S %Y",
];

/// Reads the cells of a time column, in the order of the rows.
#[derive(Clone, Debug)]
pub(super) struct TimeReader {
    format: TimeFormat,
    numbers: NumberStyle,
    zone: TimeZone,
    last: i64,
    /// Rows in the hour that the clock went through twice.
    pub(super) repeated: u64,
    /// Rows in the hour that the clock left out.
    pub(super) left_out: u64,
}

impl TimeReader {
    pub(super) fn new(format: TimeFormat, numbers: NumberStyle, zone: TimeZone) -> Self {
        Self {
            format,
            numbers,
            zone,
            last: i64::MIN,
            repeated: 0,
            left_out: 0,
        }
    }

    /// Nanoseconds since 1970, or since the twin's epoch where the format counts
    /// from there.
    pub(super) fn read(&mut self, text: &str) -> Option<i64> {
        let text = text.trim();
        let time = match &self.format {
            TimeFormat::Instant => nanoseconds(text.parse::<Timestamp>().ok()?)?,
            TimeFormat::Local { pattern } => {
                let local = local(text, pattern)?;
                self.on_the_clock(local)?
            }
            TimeFormat::Unix(unit) | TimeFormat::Since(unit) => {
                let Cell::Number(value) = self.numbers.read(text) else {
                    return None;
                };
                scaled(value, unit.scale())?
            }
            TimeFormat::SpreadsheetDays => {
                let Cell::Number(days) = self.numbers.read(text) else {
                    return None;
                };
                let start = DateTime::constant(1899, 12, 30, 0, 0, 0, 0);
                // To the millisecond: a day's fraction holds no more.
                let milliseconds = (days * 86_400_000.0).round();
                if milliseconds.abs() > 1e15 {
                    return None;
                }
                let span = jiff::SignedDuration::from_millis(milliseconds as i64);
                self.on_the_clock(start.checked_add(span).ok()?)?
            }
        };
        self.last = self.last.max(time);
        Some(time)
    }

    /// The instant of a local time. In the hour that a clock goes through twice
    /// the earlier one is taken, unless the rows before are later already.
    fn on_the_clock(&mut self, local: DateTime) -> Option<i64> {
        let ambiguous = self.zone.to_ambiguous_timestamp(local);
        let time = match ambiguous.offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { .. } => ambiguous.compatible().ok()?,
            jiff::tz::AmbiguousOffset::Gap { .. } => {
                self.left_out += 1;
                ambiguous.compatible().ok()?
            }
            jiff::tz::AmbiguousOffset::Fold { .. } => {
                self.repeated += 1;
                let earlier = ambiguous.earlier().ok()?;
                if nanoseconds(earlier)? > self.last {
                    earlier
                } else {
                    ambiguous.later().ok()?
                }
            }
        };
        nanoseconds(time)
    }
}

fn nanoseconds(instant: Timestamp) -> Option<i64> {
    i64::try_from(instant.as_nanosecond()).ok()
}

fn local(text: &str, pattern: &str) -> Option<DateTime> {
    if pattern.is_empty() {
        // A date alone or a time alone is no instant.
        if text.len() < 12 {
            return None;
        }
        return text.parse::<DateTime>().ok();
    }
    DateTime::strptime(pattern, text).ok()
}

/// A number of units of so many seconds in nanoseconds, exact where the number is.
fn scaled(value: f64, seconds: f64) -> Option<i64> {
    let per_unit = (seconds * 1e9).round();
    let result = if per_unit >= 1.0 && (seconds * 1e9 - per_unit).abs() < 1e-6 * per_unit {
        // Whole and fraction apart: nanoseconds since 1970 leave no digits to spare.
        let whole = value.trunc();
        let fraction = (value - whole) * per_unit;
        let whole = i128::from(whole as i64) * i128::from(per_unit as i64);
        i64::try_from(whole + i128::from(fraction.round() as i64)).ok()?
    } else {
        let nanoseconds = value * seconds * 1e9;
        if nanoseconds.abs() > 9e18 {
            return None;
        }
        nanoseconds.round() as i64
    };
    (value.abs() < 9e18).then_some(result)
}

/// What a column looks like as a time, from some of its cells.
#[derive(Clone, Debug)]
struct Candidate {
    column: TimeColumn,
    score: f64,
    reason: String,
}

/// Finds the time column. `samples` holds, for every column, cells in the order
/// of the rows; `names` and `units` are of the headers.
pub(super) fn detect(
    names: &[String],
    units: &[Option<Unit>],
    samples: &[Vec<&str>],
    numbers: NumberStyle,
) -> Option<Proposed<TimeColumn>> {
    let mut best: Option<Candidate> = None;
    for (position, cells) in samples.iter().enumerate() {
        let name = names.get(position).map_or("", String::as_str);
        let unit = units.get(position).and_then(Option::as_ref);
        let found = candidate(position, name, unit, cells, numbers);
        if let Some(found) = found
            && best
                .as_ref()
                .is_none_or(|other| found.score > other.score + 1e-9)
        {
            best = Some(found);
        }
    }
    best.map(|best| Proposed::new(best.column, best.score.min(0.99), best.reason))
}

fn candidate(
    position: usize,
    name: &str,
    unit: Option<&Unit>,
    cells: &[&str],
    numbers: NumberStyle,
) -> Option<Candidate> {
    let filled: Vec<&str> = cells
        .iter()
        .copied()
        .filter(|cell| !cell.is_empty())
        .collect();
    if filled.is_empty() || unit.is_some_and(|unit| !unit.is_commensurable(&Unit::known("s"))) {
        return None;
    }
    let name_score = name_score(name);
    let (format, what, sure) = format_of(&filled, unit, name_score, numbers)?;
    let mut reader = TimeReader::new(format.clone(), numbers, TimeZone::UTC);
    let times: Vec<i64> = filled.iter().filter_map(|cell| reader.read(cell)).collect();
    let read = times.len() as f64 / filled.len() as f64;
    let rising = if times.len() < 2 {
        1.0
    } else {
        let count = times.windows(2).filter(|pair| pair[1] >= pair[0]).count();
        count as f64 / (times.len() - 1) as f64
    };
    let moves = times.len() < 2 || times.first() != times.last();
    // Numbers that count nothing by their name are a time only when they rise
    // without exception.
    let is_bare = matches!(format, TimeFormat::Since(_)) && unit.is_none();
    if read < 0.9 || rising < 0.8 || !moves || (is_bare && name_score < 0.5 && rising < 1.0) {
        return None;
    }
    let first = if position == 0 { 0.05 } else { 0.0 };
    let score = sure * read * rising * (0.75 + 0.25 * name_score) + first;
    let mut reason = format!("column `{name}`: {what}");
    if rising < 1.0 {
        reason.push_str(&format!(
            ", {:.1} % of its steps go back",
            100.0 * (1.0 - rising)
        ));
    }
    let zone = format.is_local().then(|| "UTC".to_owned());
    let column = TimeColumn {
        position,
        format,
        zone,
    };
    Some(Candidate {
        column,
        score,
        reason,
    })
}

/// The format of a column's cells, in words, and how sure it is.
fn format_of(
    cells: &[&str],
    unit: Option<&Unit>,
    name_score: f64,
    numbers: NumberStyle,
) -> Option<(TimeFormat, String, f64)> {
    let share = |test: &dyn Fn(&str) -> bool| {
        cells.iter().filter(|cell| test(cell)).count() as f64 / cells.len() as f64
    };
    let values: Vec<f64> = cells
        .iter()
        .filter_map(|cell| match numbers.read(cell) {
            Cell::Number(value) => Some(value),
            _ => None,
        })
        .collect();
    if values.len() * 10 >= cells.len() * 9 {
        return Some(number_format(&values, unit, name_score));
    }
    if share(&|cell| cell.parse::<Timestamp>().is_ok()) >= 0.9 {
        let what = "ISO 8601 instants with an offset from UTC".to_owned();
        return Some((TimeFormat::Instant, what, 0.98));
    }
    if share(&|cell| local(cell, "").is_some()) >= 0.9 {
        let pattern = String::new();
        let what = "ISO 8601 without an offset from UTC".to_owned();
        return Some((TimeFormat::Local { pattern }, what, 0.9));
    }
    let readable: Vec<&str> = PATTERNS
        .into_iter()
        .filter(|pattern| share(&|cell| local(cell, pattern).is_some()) >= 0.9)
        .collect();
    // Of day before month and month before day the one in which time moves on
    // most evenly.
    let chosen = *readable
        .iter()
        .min_by_key(|pattern| unevenness(cells, pattern))?;
    let ties = readable
        .iter()
        .filter(|pattern| unevenness(cells, pattern) == unevenness(cells, chosen))
        .count();
    let what = if ties > 1 {
        format!(
            "dates such as `{chosen}`; whether day or month comes first cannot be told from \
             this file"
        )
    } else {
        format!("dates such as `{chosen}`")
    };
    let pattern = chosen.to_owned();
    let sure = if ties > 1 { 0.5 } else { 0.88 };
    Some((TimeFormat::Local { pattern }, what, sure))
}

/// Steps back, then the longest step forward: least where the pattern is right.
fn unevenness(cells: &[&str], pattern: &str) -> (usize, i64) {
    let mut reader = TimeReader::new(
        TimeFormat::Local {
            pattern: pattern.to_owned(),
        },
        NumberStyle::PLAIN,
        TimeZone::UTC,
    );
    let times: Vec<i64> = cells.iter().filter_map(|cell| reader.read(cell)).collect();
    let steps = || times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    (
        steps().filter(|step| *step < 0).count(),
        steps().max().unwrap_or(0),
    )
}

fn number_format(
    values: &[f64],
    unit: Option<&Unit>,
    name_score: f64,
) -> (TimeFormat, String, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted[sorted.len() / 2];
    // From 2001 to 2096 in each unit; no plant counts its seconds from that far.
    for (code, low, text) in [
        ("s", 1e9, "seconds"),
        ("ms", 1e12, "milliseconds"),
        ("us", 1e15, "microseconds"),
        ("ns", 1e18, "nanoseconds"),
    ] {
        if (low..4.0 * low).contains(&middle) {
            let sure = if unit.is_none_or(|unit| unit.code() == code) {
                0.93
            } else {
                0.6
            };
            return (
                TimeFormat::Unix(Unit::known(code)),
                format!("numbers of the size of {text} since 1970"),
                sure,
            );
        }
    }
    if let Some(unit) = unit {
        let what = format!("numbers in `{}`, as the header says", unit.code());
        return (TimeFormat::Since(unit.clone()), what, 0.95);
    }
    let has_fractions = values.iter().any(|value| value.fract() != 0.0);
    let first_days = (36_000.0..55_000.0).contains(&middle) && sorted[0] > 30_000.0;
    if first_days && has_fractions && name_score > 0.0 {
        let what = "numbers of the size of a spreadsheet's days since 1899".to_owned();
        return (TimeFormat::SpreadsheetDays, what, 0.7);
    }
    let sure = if name_score >= 0.5 { 0.85 } else { 0.5 };
    (
        TimeFormat::Since(Unit::known("s")),
        "numbers without a unit, taken for seconds".to_owned(),
        sure,
    )
}

/// How much a column's name says that it is the time.
fn name_score(name: &str) -> f64 {
    let name = name.trim().to_lowercase();
    const CERTAIN: [&str; 15] = [
        "t",
        "time",
        "timestamp",
        "datetime",
        "date_time",
        "date time",
        "zeit",
        "zeitstempel",
        "datum",
        "ts",
        "utc",
        "epoch",
        "unix",
        "unixtime",
        "date",
    ];
    if CERTAIN.contains(&name.as_str()) {
        return 1.0;
    }
    let parts = [
        "time", "zeit", "stamp", "date", "datum", "epoch", "clock", "second",
    ];
    if parts.iter().any(|part| name.contains(part)) {
        return 0.7;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, cells: &[&str]) -> Option<TimeColumn> {
        detect(
            &[name.to_owned()],
            &[None],
            &[cells.to_vec()],
            NumberStyle::PLAIN,
        )
        .map(|found| found.value)
    }

    fn read(format: TimeFormat, zone: &str, cells: &[&str]) -> Vec<Option<String>> {
        let zone = TimeZone::get(zone).expect("a zone");
        let mut reader = TimeReader::new(format, NumberStyle::PLAIN, zone);
        cells
            .iter()
            .map(|cell| {
                let time = reader.read(cell)?;
                let instant = Timestamp::from_nanosecond(i128::from(time)).ok()?;
                Some(instant.to_string())
            })
            .collect()
    }

    #[test]
    fn the_usual_formats_are_told_apart() {
        for (cells, expected) in [
            (
                ["2024-01-01T00:00:00Z", "2024-01-01T00:00:01Z"],
                TimeFormat::Instant,
            ),
            (
                ["2024-01-01 00:00:00", "2024-01-01 00:00:01.5"],
                TimeFormat::Local {
                    pattern: String::new(),
                },
            ),
            (
                ["31.01.2024 23:59:59", "01.02.2024 00:00:00"],
                TimeFormat::Local {
                    pattern: "%d.%m.%Y %H:%M:%S%.f".to_owned(),
                },
            ),
            (
                ["1704067200", "1704067201"],
                TimeFormat::Unix(Unit::known("s")),
            ),
            (
                ["1704067200000", "1704067201000"],
                TimeFormat::Unix(Unit::known("ms")),
            ),
            (
                ["1704067200000000000", "1704067201000000000"],
                TimeFormat::Unix(Unit::known("ns")),
            ),
            (["45292.0", "45292.5"], TimeFormat::SpreadsheetDays),
            (["0", "0.5"], TimeFormat::Since(Unit::known("s"))),
        ] {
            let column = found("time", &cells).expect("a time");
            assert_eq!(column.format, expected, "{cells:?}");
        }
    }

    #[test]
    fn day_and_month_are_told_by_how_time_moves_on() {
        let american = ["01/02/2024 10:00", "01/03/2024 10:00", "01/04/2024 10:00"];
        let european = ["01/02/2024 10:00", "02/02/2024 10:00", "03/02/2024 10:00"];
        let pattern = |cells: &[&str]| match found("date", cells).expect("a time").format {
            TimeFormat::Local { pattern } => pattern,
            other => panic!("{other:?}"),
        };
        assert_eq!(pattern(&american), "%m/%d/%Y %H:%M");
        assert_eq!(pattern(&european), "%d/%m/%Y %H:%M");
    }

    #[test]
    fn readings_that_rise_are_no_time_by_chance() {
        assert!(found("T1", &["21.0", "21.5", "21.2"]).is_none());
        assert!(found("state", &["on", "off"]).is_none());
    }

    /// 27 October 2024: the clocks of Berlin went through two o'clock twice.
    #[test]
    fn the_hour_that_comes_twice_is_told_by_the_order_of_rows() {
        let cells = ["02:00:00", "02:30:00", "02:00:00", "02:30:00", "03:00:00"]
            .map(|time| format!("2024-10-27 {time}"));
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let format = TimeFormat::Local {
            pattern: String::new(),
        };
        let expected = ["00:00:00", "00:30:00", "01:00:00", "01:30:00", "02:00:00"]
            .map(|time| Some(format!("2024-10-27T{time}Z")));
        assert_eq!(read(format, "Europe/Berlin", &cells), expected);
    }

    #[test]
    fn numbers_since_1970_are_exact_to_the_millisecond() {
        let format = TimeFormat::Unix(Unit::known("s"));
        assert_eq!(
            read(format, "UTC", &["1704067200.125"]),
            [Some("2024-01-01T00:00:00.125Z".to_owned())]
        );
        let days = read(TimeFormat::SpreadsheetDays, "UTC", &["45292.5"]);
        assert_eq!(days, [Some("2024-01-01T12:00:00Z".to_owned())]);
    }
}
