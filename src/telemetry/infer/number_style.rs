//! How numbers are written in a table.

use serde::{Deserialize, Serialize};

/// Signs in the numbers of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberStyle {
    /// The sign between whole and fraction: a point or a comma.
    pub decimal: char,
    /// The sign between groups of three digits, if there is one.
    pub thousands: Option<char>,
}

/// What a cell of a table holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing, or a word for nothing.
    Missing,
    /// A finite number.
    Number(f64),
    /// Something else.
    Text,
}

/// Words that stand for a missing value, in small letters.
const MISSING: [&str; 14] = [
    "nan", "na", "n/a", "n.a.", "#n/a", "null", "none", "nil", "-", "--", "---", "inf", "-inf", "?",
];

impl NumberStyle {
    /// The usual one: a point, and no groups.
    pub const PLAIN: Self = Self {
        decimal: '.',
        thousands: None,
    };

    /// All that are tried, the likelier first.
    pub(super) const ALL: [Self; 7] = [
        Self::PLAIN,
        Self {
            decimal: ',',
            thousands: None,
        },
        Self {
            decimal: '.',
            thousands: Some(','),
        },
        Self {
            decimal: ',',
            thousands: Some('.'),
        },
        Self {
            decimal: '.',
            thousands: Some(' '),
        },
        Self {
            decimal: ',',
            thousands: Some(' '),
        },
        Self {
            decimal: '.',
            thousands: Some('\''),
        },
    ];

    /// Reads a cell.
    pub(super) fn read(self, text: &str) -> Cell {
        let text = text.trim();
        if text.is_empty() || MISSING.contains(&text.to_lowercase().as_str()) {
            return Cell::Missing;
        }
        match self.number(text) {
            Some(value) => Cell::Number(value),
            None => Cell::Text,
        }
    }

    fn number(self, text: &str) -> Option<f64> {
        // Only what begins as a number is one: no `inf`, no `e5`.
        let bare = text.trim_start_matches(['-', '+', '−']);
        let first = bare.chars().next()?;
        if text.len() > 64 || !(first.is_ascii_digit() || first == self.decimal) {
            return None;
        }
        let (whole, rest) = match bare.find([self.decimal, 'e', 'E']) {
            Some(at) => bare.split_at(at),
            None => (bare, ""),
        };
        let whole = match self.thousands {
            Some(separator) if whole.contains(separator) => {
                let mut groups = whole.split(separator);
                let first = groups.next()?;
                if first.is_empty() || first.len() > 3 || !groups.all(|group| group.len() == 3) {
                    return None;
                }
                whole.replace(separator, "")
            }
            _ => whole.to_owned(),
        };
        if !whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let rest = if self.decimal == ',' {
            if rest.contains('.') {
                return None;
            }
            rest.replacen(',', ".", 1)
        } else {
            rest.to_owned()
        };
        let sign = if text.starts_with(['-', '−']) {
            "-"
        } else {
            ""
        };
        let value: f64 = format!("{sign}{whole}{rest}").parse().ok()?;
        value.is_finite().then_some(value)
    }

    /// Digits after the decimal sign that say something: zeros at the end do not.
    pub(super) fn decimals(self, text: &str) -> u32 {
        let text = text.trim();
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().unwrap_or(0)),
            None => (text, 0),
        };
        let digits = match mantissa.split_once(self.decimal) {
            Some((_, fraction)) => fraction.trim_end_matches('0').len(),
            None => 0,
        };
        let digits = i32::try_from(digits).unwrap_or(i32::MAX);
        u32::try_from(digits.saturating_sub(exponent)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMA: NumberStyle = NumberStyle::ALL[1];
    const ENGLISH: NumberStyle = NumberStyle::ALL[2];
    const GERMAN: NumberStyle = NumberStyle::ALL[3];

    #[test]
    fn signs_are_read_as_the_style_has_them() {
        assert_eq!(NumberStyle::PLAIN.read(" -1.5e2 "), Cell::Number(-150.0));
        assert_eq!(NumberStyle::PLAIN.read("−3"), Cell::Number(-3.0));
        assert_eq!(NumberStyle::PLAIN.read("1,5"), Cell::Text);
        assert_eq!(COMMA.read("1,5"), Cell::Number(1.5));
        assert_eq!(COMMA.read("1.5"), Cell::Text);
        assert_eq!(ENGLISH.read("1,234,567.5"), Cell::Number(1_234_567.5));
        assert_eq!(ENGLISH.read("12,34"), Cell::Text);
        assert_eq!(GERMAN.read("-1.234,5"), Cell::Number(-1234.5));
        assert_eq!(NumberStyle::PLAIN.read("NaN"), Cell::Missing);
        assert_eq!(NumberStyle::PLAIN.read("1e999"), Cell::Text);
        assert_eq!(NumberStyle::PLAIN.read("infinity"), Cell::Text);
    }

    #[test]
    fn zeros_at_the_end_are_no_resolution() {
        assert_eq!(NumberStyle::PLAIN.decimals("30.0000"), 0);
        assert_eq!(NumberStyle::PLAIN.decimals("43.4570"), 3);
        assert_eq!(NumberStyle::PLAIN.decimals("1.5e-3"), 4);
        assert_eq!(COMMA.decimals("21,5"), 1);
    }

    proptest! {
        #[test]
        fn plain_numbers_read_as_rust_reads_them(value in -1e15..1e15_f64) {
            let text = value.to_string();
            prop_assert_eq!(NumberStyle::PLAIN.read(&text), Cell::Number(value));
            prop_assert_eq!(COMMA.read(&text.replace('.', ",")), Cell::Number(value));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            for style in NumberStyle::ALL {
                let _ = (style.read(&text), style.decimals(&text));
            }
        }
    }
}
