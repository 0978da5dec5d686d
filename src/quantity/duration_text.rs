//! Durations as text: `2 h 15 min` and ISO 8601 `PT2H15M`.

use std::fmt;

use super::unit_error::shortened;

/// A text that is not a duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationError {
    /// The text that was read.
    pub text: String,
    /// Where in `text` it stopped making sense: 1 for the first character. `None` where the
    /// whole text is at fault.
    pub column: Option<usize>,
    /// What is wrong and what to write instead.
    pub reason: String,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "duration `{}` not understood", shortened(&self.text))?;
        if let Some(column) = self.column {
            write!(f, " at column {column}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for DurationError {}

/// What went wrong at a byte offset.
type Fault = (Option<usize>, String);

const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;
const WEEK: i128 = 7 * DAY;

/// Nanoseconds of a duration in words or ISO 8601. Decimal fractions are read exactly and
/// rounded to the nearest nanosecond.
pub(super) fn parse(text: &str) -> Result<i64, DurationError> {
    const LONGEST: usize = 200;
    let error = |(byte, reason): Fault| DurationError {
        text: text.to_owned(),
        column: byte.map(|byte| text.char_indices().take_while(|(at, _)| *at < byte).count() + 1),
        reason,
    };
    if text.len() > LONGEST {
        return Err(error((
            None,
            format!("it is longer than {LONGEST} characters"),
        )));
    }
    let start = text.len() - text.trim_start().len();
    let body = text.trim();
    let (negative, unsigned) = match body.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, body.strip_prefix('+').unwrap_or(body)),
    };
    let offset = start + (body.len() - unsigned.len());
    let magnitude = if unsigned.starts_with(['P', 'p']) {
        iso(unsigned)
    } else {
        words(unsigned)
    }
    .map_err(|(byte, reason)| error((byte.map(|byte| byte + offset), reason)))?;
    let signed = if negative { -magnitude } else { magnitude };
    i64::try_from(signed).map_err(|_| {
        error((
            None,
            "it is longer than the 292 years that simulation time reaches".to_owned(),
        ))
    })
}

/// `1 h 30 min`, `1.5h`, `0 s`.
fn words(text: &str) -> Result<i128, Fault> {
    if text.trim().is_empty() {
        return Err((
            None,
            "it is empty; write for example `15 min` or `0 s`".to_owned(),
        ));
    }
    let mut total = 0_i128;
    let mut at = skip_spaces(text, 0);
    while at < text.len() {
        let (number, after_number) = decimal(text, at)?;
        let unit_at = skip_spaces(text, after_number);
        let unit_end = text[unit_at..]
            .find(|c: char| !c.is_alphabetic())
            .map_or(text.len(), |length| unit_at + length);
        let name = &text[unit_at..unit_end];
        let unit = unit_nanoseconds(name).ok_or_else(|| {
            let reason = match name {
                "" => "a unit is missing after the number; write for example `15 min`".to_owned(),
                "m" => "`m` is the metre; write `min` for minutes".to_owned(),
                "M" | "mo" | "month" | "months" | "a" | "y" | "yr" | "year" | "years" => {
                    format!("`{name}` has no fixed length; write days (`d`) instead")
                }
                _ => format!(
                    "`{}` is not a unit of time; use wk, d, h, min, s, ms, us or ns",
                    shortened(name)
                ),
            };
            (Some(unit_at), reason)
        })?;
        total = total.saturating_add(number.times(unit));
        at = skip_spaces(text, unit_end);
        // `1 h, 30 min` and `1 h and 30 min` read naturally too.
        if at < text.len() {
            if text[at..].starts_with(',') {
                at = skip_spaces(text, at + 1);
            } else if text[at..].starts_with("and ") {
                at = skip_spaces(text, at + 4);
            }
            if at >= text.len() {
                return Err((Some(at), "a number is missing at the end".to_owned()));
            }
        }
    }
    Ok(total)
}

/// ISO 8601: `PT15M`, `P1DT12H`, `P2W`, `PT0.5S`.
fn iso(text: &str) -> Result<i128, Fault> {
    let mut total = 0_i128;
    let mut at = 1;
    let mut in_time = false;
    let mut fields = 0;
    let mut smallest = i128::MAX;
    while at < text.len() {
        if text[at..].starts_with(['T', 't']) && !in_time {
            in_time = true;
            at += 1;
            continue;
        }
        let (number, after) = decimal(text, at)?;
        let letter = text[after..].chars().next();
        let unit = match (in_time, letter.map(|c| c.to_ascii_uppercase())) {
            (false, Some('W')) => WEEK,
            (false, Some('D')) => DAY,
            (true, Some('H')) => HOUR,
            (true, Some('M')) => MINUTE,
            (true, Some('S')) => SECOND,
            (false, Some('Y' | 'M')) => {
                return Err((
                    Some(after),
                    "years and months have no fixed length; write days, `P30D`, or for \
                     minutes `PT30M`"
                        .to_owned(),
                ));
            }
            _ => {
                return Err((
                    Some(after),
                    "an ISO 8601 duration has W or D before the T and H, M or S after it, \
                     `P1DT2H30M`"
                        .to_owned(),
                ));
            }
        };
        if unit >= smallest {
            return Err((
                Some(after),
                "the parts of an ISO 8601 duration go from long to short".to_owned(),
            ));
        }
        smallest = unit;
        total = total.saturating_add(number.times(unit));
        fields += 1;
        at = after + 1;
    }
    if fields == 0 {
        return Err((
            Some(at),
            "no number follows the `P`; write for example `PT15M`".to_owned(),
        ));
    }
    Ok(total)
}

/// An unsigned decimal number: `digits × 10^-places`.
struct Decimal {
    digits: i128,
    places: u32,
}

impl Decimal {
    /// The number of nanoseconds in so many `unit`s, to the nearest, halves away from zero.
    fn times(&self, unit: i128) -> i128 {
        let divisor = 10_i128.pow(self.places);
        let product = self.digits.saturating_mul(unit);
        product.saturating_add(divisor / 2) / divisor
    }
}

/// The decimal number at `at`, and where it ends.
fn decimal(text: &str, at: usize) -> Result<(Decimal, usize), Fault> {
    /// Enough for any `i64` of nanoseconds in any unit, and small enough for `times`.
    const MOST_DIGITS: u32 = 20;
    let mut number = Decimal {
        digits: 0,
        places: 0,
    };
    let mut significant = 0_u32;
    let mut any = false;
    let mut in_fraction = false;
    let mut end = at;
    for (index, c) in text[at..].char_indices() {
        end = at + index;
        match c {
            '0'..='9' => {
                any = true;
                if significant > 0 || c != '0' {
                    significant += 1;
                }
                if in_fraction {
                    number.places += 1;
                }
                if significant > MOST_DIGITS || number.places > MOST_DIGITS {
                    return Err((
                        Some(at),
                        format!("the number has more than {MOST_DIGITS} digits"),
                    ));
                }
                number.digits = number.digits * 10 + i128::from(u32::from(c) - u32::from('0'));
            }
            '.' if !in_fraction && any => in_fraction = true,
            _ => break,
        }
        end += c.len_utf8();
    }
    if !any {
        let reason = match text[at..].chars().next() {
            Some(found) => format!("a number is expected, not `{}`", found.escape_default()),
            None => "a number is missing at the end".to_owned(),
        };
        return Err((Some(at), reason));
    }
    Ok((number, end))
}

fn skip_spaces(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

fn unit_nanoseconds(name: &str) -> Option<i128> {
    Some(match name {
        "wk" | "w" | "week" | "weeks" => WEEK,
        "d" | "day" | "days" => DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => HOUR,
        "min" | "mins" | "minute" | "minutes" => MINUTE,
        "s" | "sec" | "secs" | "second" | "seconds" => SECOND,
        "ms" | "millisecond" | "milliseconds" => SECOND / 1_000,
        "us" | "µs" | "μs" | "microsecond" | "microseconds" => SECOND / 1_000_000,
        "ns" | "nanosecond" | "nanoseconds" => 1,
        _ => return None,
    })
}

/// `2 h 15 min`, `1 d 3.5 s`, `250 ms`, `0 s`. Zero parts are left out; below a second the
/// largest unit that gives a number of at least one is taken.
pub(super) fn print(nanoseconds: i64) -> String {
    if nanoseconds == 0 {
        return "0 s".to_owned();
    }
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let mut rest = i128::from(nanoseconds).abs();
    let mut parts: Vec<String> = Vec::new();
    for (unit, name) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "min")] {
        if rest >= unit {
            parts.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    if rest > 0 {
        let (unit, name) = if rest >= SECOND || !parts.is_empty() {
            (SECOND, "s")
        } else if rest >= SECOND / 1_000 {
            (SECOND / 1_000, "ms")
        } else if rest >= SECOND / 1_000_000 {
            (SECOND / 1_000_000, "us")
        } else {
            (1, "ns")
        };
        parts.push(format!("{} {name}", with_fraction(rest, unit)));
    }
    format!("{sign}{}", parts.join(" "))
}

/// `value / unit` in decimal, where `unit` is a power of ten; trailing zeros left out.
fn with_fraction(value: i128, unit: i128) -> String {
    let (whole, rest) = (value / unit, value % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let places = unit.ilog10() as usize;
    let fraction = format!("{rest:0places$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}
