//! What went wrong with the text of a unit, said for the person who wrote it.

use std::fmt;

/// A text that is not a unit this program can use.
///
/// Displays as one sentence, with the column and the nearest known codes where there are
/// any: ``unit `W/k` not understood at column 3: `k` is not a UCUM code (did you mean `K`?)``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// The text that was read.
    pub text: String,
    /// Where in `text` it stopped making sense: 1 for the first character. `None` where the
    /// whole text is at fault.
    pub column: Option<usize>,
    /// What is wrong, and where it helps, what to write instead.
    pub reason: String,
    /// Codes that were perhaps meant, the nearest first; at most four.
    pub suggestions: Vec<String>,
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unit `{}` not understood", shortened(&self.text))?;
        if let Some(column) = self.column {
            write!(f, " at column {column}")?;
        }
        write!(f, ": {}", self.reason)?;
        if let Some((last, others)) = self.suggestions.split_last() {
            f.write_str(" (did you mean ")?;
            for (index, other) in others.iter().enumerate() {
                let separator = if index + 1 == others.len() {
                    " or "
                } else {
                    ", "
                };
                write!(f, "`{other}`{separator}")?;
            }
            write!(f, "`{last}`?)")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnitError {}

/// `text` for a message: control characters shown as escapes, cut after 48 characters.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 48;
    let mut short: String = text
        .chars()
        .take(LONGEST)
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect::<Vec<char>>()
            } else {
                vec![c]
            }
        })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
