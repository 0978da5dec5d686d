//! From the text of a file to what it says.
//!
//! The sections are read in the order in which they need each other, whatever
//! their order in the file: names first, then what refers to them. Every line
//! that cannot be read gives a finding, and the reading goes on.

mod controls;
mod curves;
mod links;
mod nodes;
mod options;
mod quality;
mod rules;
mod validate;

use std::collections::BTreeMap;

use super::inp::Inp;
use super::notices::Notices;
use super::section::Section;
use super::text::{Row, Sections, Word};
use crate::twin::{Finding, nearest_names};

/// Largest number that is taken for a value; beyond it, a conversion could overflow.
const LARGEST_VALUE: f64 = 1e15;

/// Most assignments by ranges of names; a hostile file could ask for names times lines.
const MOST_RANGE_WORK: usize = 20_000_000;

/// What a text says, and what is wrong with it.
pub(super) fn read(text: &str, notices: &mut Notices) -> Inp {
    let mut reader = Reader {
        sections: Sections::split(text, notices),
        notices,
        inp: Inp::default(),
        nodes: BTreeMap::new(),
        links: BTreeMap::new(),
        patterns: BTreeMap::new(),
        curves: BTreeMap::new(),
        lines: LinesOf::default(),
        range_work: 0,
    };
    reader.kept_sections();
    reader.patterns();
    reader.curves();
    // Whether a file is metric decides what a pipe without a diameter has.
    let options = reader.rows(Section::Options);
    reader.units(&options);
    reader.nodes();
    reader.links();
    reader.demands();
    reader.emitters();
    reader.leakage();
    reader.status();
    reader.options(&options);
    reader.times();
    reader.energy();
    reader.quality();
    reader.sources();
    reader.reactions();
    reader.mixing();
    reader.controls();
    reader.rules();
    reader.coordinates();
    reader.vertices();
    reader.tags();
    reader.validate();
    reader.inp
}

/// The places of things in the file, for findings that come late.
#[derive(Debug, Default)]
struct LinesOf {
    nodes: Vec<std::ops::Range<usize>>,
    links: Vec<std::ops::Range<usize>>,
    curves: Vec<std::ops::Range<usize>>,
}

struct Reader<'s, 'n> {
    sections: Sections<'s>,
    notices: &'n mut Notices,
    inp: Inp,
    nodes: BTreeMap<&'s str, usize>,
    links: BTreeMap<&'s str, usize>,
    patterns: BTreeMap<&'s str, usize>,
    curves: BTreeMap<&'s str, usize>,
    lines: LinesOf,
    range_work: usize,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Node,
    Link,
    Pattern,
    Curve,
}

impl Named {
    const fn word(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Link => "link",
            Self::Pattern => "pattern",
            Self::Curve => "curve",
        }
    }
}

impl<'s> Reader<'s, '_> {
    /// The rows of a section.
    fn rows(&mut self, section: Section) -> Vec<Row<'s>> {
        let lines = self.sections.take(section);
        lines
            .iter()
            .filter_map(|line| line.row(self.notices))
            .collect()
    }

    fn error(&mut self, word: &Word<'_>, message: impl Into<String>, hint: impl Into<String>) {
        self.notices
            .add(Finding::error(message).at(word.span()).hint(hint));
    }

    fn warn(&mut self, word: &Word<'_>, message: impl Into<String>, hint: impl Into<String>) {
        self.notices
            .add(Finding::warning(message).at(word.span()).hint(hint));
    }

    /// Reports a row that has fewer words than it needs; whether it has enough.
    fn has(&mut self, row: &Row<'_>, words: usize, form: &str) -> bool {
        if row.words.len() >= words {
            return true;
        }
        self.notices.add(
            Finding::error("the line is not complete")
                .at(row.span())
                .hint(format!("write `{form}`")),
        );
        false
    }

    /// The number that a word is, or a finding.
    fn number(&mut self, word: &Word<'_>, what: &str) -> Option<f64> {
        match parsed(word.text) {
            Some(value) if value.abs() <= LARGEST_VALUE => Some(value),
            Some(_) => {
                self.error(
                    word,
                    format!("{what} is too large: `{}`", word.text),
                    format!("write a number below {LARGEST_VALUE:e}"),
                );
                None
            }
            None => {
                let hint = if word.text.contains(',') {
                    "a decimal point is expected, not a comma"
                } else {
                    "write a number such as `12.5`"
                };
                self.error(
                    word,
                    format!("{what} is a number, not `{}`", shortened(word.text)),
                    hint,
                );
                None
            }
        }
    }

    /// A number of zero or above.
    fn not_negative(&mut self, word: &Word<'_>, what: &str) -> Option<f64> {
        let value = self.number(word, what)?;
        if value < 0.0 {
            self.error(
                word,
                format!("{what} cannot be negative: `{}`", word.text),
                "write zero or a number above it",
            );
            return None;
        }
        Some(value)
    }

    /// A number above zero.
    fn positive(&mut self, word: &Word<'_>, what: &str) -> Option<f64> {
        let value = self.number(word, what)?;
        if value <= 0.0 {
            self.error(
                word,
                format!("{what} must be above zero, not `{}`", word.text),
                "write a number above zero",
            );
            return None;
        }
        Some(value)
    }

    fn names(&self, named: Named) -> &BTreeMap<&'s str, usize> {
        match named {
            Named::Node => &self.nodes,
            Named::Link => &self.links,
            Named::Pattern => &self.patterns,
            Named::Curve => &self.curves,
        }
    }

    /// What a word names, without a finding where it names nothing.
    fn known(&self, named: Named, word: &Word<'_>) -> Option<usize> {
        self.names(named).get(word.text).copied()
    }

    /// What a word names, or a finding.
    fn find(&mut self, named: Named, word: &Word<'_>) -> Option<usize> {
        let found = self.known(named, word);
        if found.is_none() {
            let hint = self.near(named, word.text);
            self.error(
                word,
                format!("there is no {} `{}`", named.word(), shortened(word.text)),
                hint,
            );
        }
        found
    }

    fn near(&self, named: Named, text: &str) -> String {
        if !self.notices.hints_are_worth_it() {
            return String::new();
        }
        let near = nearest_names(text, self.names(named).keys().copied());
        match near.first() {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("declare it, or name a {} that is", named.word()),
        }
    }

    /// An optional reference to a pattern: absent, or the pattern.
    fn pattern_at(&mut self, row: &Row<'_>, index: usize) -> Option<usize> {
        let word = row.word(index)?;
        if word.text.is_empty() || word.text == "*" {
            return None;
        }
        self.find(Named::Pattern, &word)
    }

    /// The positions of all names from `first` to `last`: by number where both begin with one,
    /// else by letter.
    fn range(&mut self, named: Named, first: &Word<'_>, last: &Word<'_>) -> Vec<usize> {
        let names = self.names(named);
        let work = names.len();
        let found: Vec<usize> = match (leading_number(first.text), leading_number(last.text)) {
            (low, high) if low > 0 && high > 0 => names
                .iter()
                .filter(|(name, _)| (low..=high).contains(&leading_number(name)))
                .map(|(_, index)| *index)
                .collect(),
            _ if first.text <= last.text => names
                .range(first.text..=last.text)
                .map(|(_, index)| *index)
                .collect(),
            _ => Vec::new(),
        };
        self.range_work += work;
        if self.range_work > MOST_RANGE_WORK {
            if self.range_work - work <= MOST_RANGE_WORK {
                self.error(
                    first,
                    "the file assigns by too many ranges of names",
                    "name the things one by one",
                );
            }
            return Vec::new();
        }
        if found.is_empty() {
            self.warn(
                first,
                format!(
                    "no {} lies between `{}` and `{}`",
                    named.word(),
                    shortened(first.text),
                    shortened(last.text)
                ),
                "the line has no effect",
            );
        }
        found
    }

    /// Sections that are given back as they are.
    fn kept_sections(&mut self) {
        let kept = |lines: Vec<super::text::Line<'s>>| -> Vec<String> {
            let mut lines: Vec<String> = lines
                .iter()
                .map(|line| line.text.trim_end().to_owned())
                .collect();
            let content = |line: &String| !line.trim().is_empty();
            let end = lines.iter().rposition(content).map_or(0, |last| last + 1);
            lines.truncate(end);
            let start = lines.iter().position(content).unwrap_or(0);
            lines.split_off(start)
        };
        let title = self.sections.take(Section::Title);
        // A line that is all comment says nothing.
        self.inp.title = kept(title)
            .into_iter()
            .filter(|line| !line.trim_start().starts_with(';'))
            .map(|line| line.trim().to_owned())
            .collect();
        self.inp.report = kept(self.sections.take(Section::Report));
        self.inp.labels = kept(self.sections.take(Section::Labels));
        self.inp.backdrop = kept(self.sections.take(Section::Backdrop));
        self.inp.unknown_sections = self
            .sections
            .unknown
            .iter()
            .map(|line| line.trim_end().to_owned())
            .collect();
        let roughness = self.sections.take(Section::Roughness);
        if roughness.iter().any(|line| !line.text.trim().is_empty()) {
            let heading = Section::Roughness.heading().to_owned();
            self.inp.unknown_sections.push(heading);
            self.inp.unknown_sections.extend(kept(roughness));
        }
        while self
            .inp
            .unknown_sections
            .last()
            .is_some_and(String::is_empty)
        {
            self.inp.unknown_sections.pop();
        }
    }
}

/// A finite number as C reads it, without its words for infinity and not-a-number.
fn parsed(text: &str) -> Option<f64> {
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let value: f64 = text.parse().ok().filter(|_| begins)?;
    value.is_finite().then_some(value)
}

/// The whole number at the start of a name; 0 where there is none.
fn leading_number(text: &str) -> i64 {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    text[..digits].parse().unwrap_or(0)
}

/// A word for a message.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Hours that a time says, with its unit or half of the day, by EPANET's rules: `5`, `30 MIN`,
/// `13:50`, `1:50 PM`.
fn hours(text: &str, unit: Option<&str>) -> Option<f64> {
    let begins = |word: &str, keyword: &str| super::text::begins(word, keyword);
    let parts: Vec<f64> = text
        .split(':')
        .filter(|part| !part.is_empty())
        .map(parsed)
        .collect::<Option<_>>()?;
    let value = match parts.as_slice() {
        [value] => {
            let value = *value;
            match unit {
                None => return not_below_zero(value),
                Some(unit) if begins(unit, "SEC") => return not_below_zero(value / 3600.0),
                Some(unit) if begins(unit, "MIN") => return not_below_zero(value / 60.0),
                Some(unit) if begins(unit, "HOU") => return not_below_zero(value),
                Some(unit) if begins(unit, "DAY") => return not_below_zero(value * 24.0),
                Some(_) => value,
            }
        }
        [hours, minutes] => hours + minutes / 60.0 + 0.0 / 3600.0,
        [hours, minutes, seconds] => hours + minutes / 60.0 + seconds / 3600.0,
        _ => return None,
    };
    match unit {
        None => not_below_zero(value),
        Some(_) if value >= 13.0 => None,
        Some(unit) if begins(unit, "AM") && value >= 12.0 => Some(value - 12.0),
        Some(unit) if begins(unit, "AM") => not_below_zero(value),
        Some(unit) if begins(unit, "PM") && value >= 12.0 => Some(value),
        Some(unit) if begins(unit, "PM") => not_below_zero(value + 12.0),
        Some(_) => None,
    }
}

fn not_below_zero(hours: f64) -> Option<f64> {
    /// A thousand years: beyond it a count of nanoseconds ends.
    const LONGEST: f64 = 200.0 * 366.0 * 24.0;
    (0.0..=LONGEST).contains(&hours).then_some(hours)
}

#[cfg(test)]
mod tests;
