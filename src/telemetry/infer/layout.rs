//! How a table is laid out in its text: separators, header, units below it.

use serde::{Deserialize, Serialize};

use super::header_unit;
use super::number_style::{Cell, NumberStyle};
use super::proposed::Proposed;
use crate::quantity::Unit;

/// Lines looked at.
const LINES: usize = 200;
/// Lines before the header that are looked over.
const MOST_PREAMBLE: usize = 60;

/// How a table is laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLayout {
    /// Between the fields.
    pub delimiter: char,
    /// Signs in the numbers.
    pub numbers: NumberStyle,
    /// Lines before the header, such as what a logger says of itself.
    pub preamble: usize,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// Whether the row after the header holds units.
    pub has_unit_row: bool,
}

/// Finds the layout of a table that begins with `text`; `None` where no
/// separator makes a table of it.
pub(super) fn detect(text: &str) -> Option<Proposed<TableLayout>> {
    let mut lines: Vec<&str> = text.lines().take(LINES + 1).collect();
    if lines.len() > LINES {
        lines.pop();
    }
    let mut best: Option<(f64, TableLayout, String)> = None;
    for delimiter in [',', ';', '\t', '|'] {
        if let Some((score, layout, reason)) = attempt(&lines, delimiter)
            && best.as_ref().is_none_or(|(other, ..)| score > *other)
        {
            best = Some((score, layout, reason));
        }
    }
    best.map(|(score, layout, reason)| Proposed::new(layout, score.min(0.99), reason))
}

/// The fields of a line that is no part of a quoted field over several lines.
pub(super) fn fields(line: &str, delimiter: char) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(u8::try_from(delimiter).unwrap_or(b','))
        .from_reader(line.as_bytes());
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(|cell| cell.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn attempt(lines: &[&str], delimiter: char) -> Option<(f64, TableLayout, String)> {
    let rows: Vec<Vec<String>> = lines.iter().map(|line| fields(line, delimiter)).collect();
    let filled: Vec<usize> = rows
        .iter()
        .map(Vec::len)
        .filter(|count| *count > 0)
        .collect();
    // The most frequent number of fields: data are more than what is before them.
    let width = filled
        .iter()
        .copied()
        .max_by_key(|width| (filled.iter().filter(|one| *one == width).count(), *width))?;
    if width < 2 {
        return None;
    }
    let first = rows
        .iter()
        .position(|row| row.len() == width && !row[0].starts_with('#'))?;
    if first > MOST_PREAMBLE {
        return None;
    }
    let table = &rows[first..];
    let kept: Vec<&Vec<String>> = table.iter().filter(|row| !row.is_empty()).collect();
    let same = kept.iter().filter(|row| row.len() == width).count();
    let consistent = same as f64 / kept.len() as f64;
    let data = &kept[1.min(kept.len())..];
    let (numbers, share, doubt) = style_of(data, width);
    let has_header = kept.len() == 1 || !looks_like_data(kept[0], numbers);
    let has_unit_row = has_header && data.len() > 1 && is_unit_row(data[0], numbers);
    let mut reason = format!(
        "{} of {} lines have {width} fields, {:.0} % of the cells are numbers",
        same,
        kept.len(),
        100.0 * share
    );
    if first > 0 {
        reason.push_str(&format!(", {first} lines stand before the table"));
    }
    if !has_header {
        reason.push_str(", and the first line is data already");
    }
    if doubt {
        reason.push_str("; whether the comma is a decimal sign cannot be told");
    }
    let score = consistent * (0.3 + 0.7 * share) * if doubt { 0.6 } else { 1.0 };
    let layout = TableLayout {
        delimiter,
        numbers,
        preamble: first,
        has_header,
        has_unit_row,
    };
    Some((score, layout, reason))
}

/// The style in which most cells are numbers, their share among the cells that
/// hold something, and whether another one reads them as other numbers.
fn style_of(data: &[&Vec<String>], width: usize) -> (NumberStyle, f64, bool) {
    let cells = || {
        data.iter()
            .filter(|row| row.len() == width)
            .flat_map(|row| row.iter())
            .filter(|cell| !cell.is_empty())
    };
    let count = |style: NumberStyle| {
        cells()
            .filter(|cell| style.read(cell) != Cell::Text)
            .count()
    };
    let mut best = (NumberStyle::PLAIN, count(NumberStyle::PLAIN));
    for style in NumberStyle::ALL {
        let read = count(style);
        if read > best.1 {
            best = (style, read);
        }
    }
    let grouped = NumberStyle {
        decimal: '.',
        thousands: Some(','),
    };
    let doubt = best.0.decimal == ',' && best.0.thousands.is_none() && count(grouped) == best.1;
    let all = cells().count().max(1);
    // Times written as text are no numbers, and are none in any style.
    let times = cells().filter(|cell| looks_like_time(cell)).count();
    let share = (best.1 + times) as f64 / all as f64;
    (best.0, share.min(1.0), doubt)
}

/// Whether a cell reads like an instant of the calendar.
fn looks_like_time(cell: &str) -> bool {
    cell.len() >= 8
        && cell.starts_with(|c: char| c.is_ascii_digit())
        && cell.contains([':', '-', '/', '.'])
        && cell.chars().filter(char::is_ascii_digit).count() >= 6
        && NumberStyle::ALL
            .iter()
            .all(|style| style.read(cell) == Cell::Text)
}

/// Whether a row is data: more of it numbers and times than words.
fn looks_like_data(row: &[String], numbers: NumberStyle) -> bool {
    let data = row
        .iter()
        .filter(|cell| matches!(numbers.read(cell), Cell::Number(_)) || looks_like_time(cell))
        .count();
    let words = row
        .iter()
        .filter(|cell| numbers.read(cell) == Cell::Text && !looks_like_time(cell))
        .count();
    data > words
}

/// Whether a row below the header holds units and no data.
fn is_unit_row(row: &[String], numbers: NumberStyle) -> bool {
    let filled: Vec<&String> = row.iter().filter(|cell| !cell.is_empty()).collect();
    let units = filled
        .iter()
        .filter(|cell| Unit::parse_lenient(bare(cell)).is_ok())
        .count();
    !filled.is_empty() && units * 3 >= filled.len() * 2 && !looks_like_data(row, numbers)
}

/// A unit without the brackets around it.
pub(super) fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    if header_unit::parts(&format!("x {cell}")).unit.is_some() {
        return cell.trim_matches(['(', ')', '{', '}']);
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(text: &str) -> TableLayout {
        detect(text).expect("a table").value
    }

    #[test]
    fn a_semicolon_with_decimal_commas_is_not_a_comma() {
        let found = layout("t;T1;T2\n0;21,5;22,5\n1;21,6;22,4\n2;21,7;22,3\n");
        assert_eq!(found.delimiter, ';');
        assert_eq!(found.numbers.decimal, ',');
        assert!(found.has_header && !found.has_unit_row);
    }

    #[test]
    fn what_a_logger_says_of_itself_is_no_header() {
        let found = layout("Logger 7\n# made today\n\ntime,T1\ns,degC\n0,21.5\n1,21.6\n2,21.7\n");
        assert_eq!(found.preamble, 3);
        assert!(found.has_header);
        assert!(found.has_unit_row);
        assert_eq!(found.delimiter, ',');
    }

    #[test]
    fn a_table_without_a_header_is_seen() {
        let found = layout("0\t21.5\n1\t21.6\n");
        assert!(!found.has_header);
        assert_eq!(found.delimiter, '\t');
    }

    #[test]
    fn quoted_groups_of_thousands_are_numbers() {
        let found = layout("t,p\n0,\"101,325.0\"\n1,\"101,326.5\"\n");
        assert_eq!(found.numbers.thousands, Some(','));
    }

    #[test]
    fn prose_is_no_table() {
        assert!(detect("Once upon a time\nthere was a plant\n").is_none());
        assert!(detect("").is_none());
    }
}
