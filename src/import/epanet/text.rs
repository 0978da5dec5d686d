//! From the bytes of an EPANET file to its sections, lines and words.

use std::ops::Range;

use super::notices::Notices;
use super::section::Section;
use crate::twin::Finding;

/// Largest file that is read, in bytes: 64 MiB, some half a million nodes.
pub const LARGEST_FILE: usize = 64 * 1024 * 1024;

/// Longest line in bytes, comment not counted, that EPANET reads as one.
const LONGEST_LINE: usize = 1023;

/// Most words of a line that EPANET reads.
const MOST_WORDS: usize = 40;

/// The text of a file: UTF-8 where it is that, otherwise Latin-1 as Windows has it.
/// The second value says whether it was the latter.
pub(super) fn decoded(bytes: &[u8]) -> (String, bool) {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return (encoding.decode(bytes).0.into_owned(), false);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
            (text.into_owned(), true)
        }
    }
}

/// A line of a section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'s> {
    /// Number in the file, from 1.
    pub number: u32,
    /// Byte at which it begins.
    start: usize,
    /// Its text without the line's end.
    pub text: &'s str,
}

/// A word of a line with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'s> {
    /// The word, without quotes around it.
    pub text: &'s str,
    start: usize,
}

impl Word<'_> {
    /// The bytes of the file that it takes.
    pub fn span(&self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    /// Whether it begins with `keyword`, in any case, as EPANET compares.
    pub fn is(&self, keyword: &str) -> bool {
        begins(self.text, keyword)
    }
}

/// Whether `text` begins with `keyword`, in any case.
pub(super) fn begins(text: &str, keyword: &str) -> bool {
    text.as_bytes()
        .get(..keyword.len())
        .is_some_and(|begin| begin.eq_ignore_ascii_case(keyword.as_bytes()))
}

/// A line taken apart.
#[derive(Clone, Debug)]
pub(super) struct Row<'s> {
    /// Number of the line in the file, from 1.
    pub number: u32,
    /// The words in front of the comment; at least one.
    pub words: Vec<Word<'s>>,
    /// What stands behind the semicolon, trimmed.
    pub comment: &'s str,
    start: usize,
    length: usize,
}

impl<'s> Row<'s> {
    /// The bytes of the file that the line takes.
    pub fn span(&self) -> Range<usize> {
        self.start..self.start + self.length
    }

    /// The word at `index`.
    pub fn word(&self, index: usize) -> Option<Word<'s>> {
        self.words.get(index).copied()
    }

    /// Whether the word at `index` is there and begins with `keyword`.
    pub fn is(&self, index: usize, keyword: &str) -> bool {
        self.words.get(index).is_some_and(|word| word.is(keyword))
    }
}

impl<'s> Line<'s> {
    /// The words and the comment; `None` for a line without words.
    pub fn row(&self, notices: &mut Notices) -> Option<Row<'s>> {
        let (data, comment) = match self.text.split_once(';') {
            Some((data, comment)) => (data, comment.trim()),
            None => (self.text, ""),
        };
        let words = words(data, self.start);
        if words.is_empty() {
            return None;
        }
        let row = Row {
            number: self.number,
            words,
            comment,
            start: self.start,
            length: data.trim_end().len(),
        };
        if data.len() > LONGEST_LINE {
            notices.add(
                Finding::error(format!("the line is {} bytes long", data.len()))
                    .at(row.span())
                    .hint(format!(
                        "EPANET takes what follows the first {LONGEST_LINE} for another line; \
                         break it, as patterns and curves go on under the same name"
                    )),
            );
        } else if row.words.len() > MOST_WORDS {
            notices.add(
                Finding::warning(format!("the line has {} words", row.words.len()))
                    .at(row.span())
                    .hint(format!(
                        "all are read here; EPANET reads the first {MOST_WORDS}, so break the line \
                         if the file is to serve there"
                    )),
            );
        }
        Some(row)
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{a0}')
}

/// The words of `data`, which begins at the byte `offset` of the file. A word that begins
/// with a quote ends at the next one.
fn words(data: &str, offset: usize) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        let rest = &data[at..];
        let trimmed = rest.trim_start_matches(is_space);
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            return words;
        }
        let (start, length, next) = match trimmed.strip_prefix('"') {
            Some(quoted) => {
                let length = quoted.find('"').unwrap_or(quoted.len());
                (
                    at + 1,
                    length,
                    at + 1 + length + usize::from(length < quoted.len()),
                )
            }
            None => {
                let length = trimmed.find(is_space).unwrap_or(trimmed.len());
                (at, length, at + length)
            }
        };
        words.push(Word {
            text: &data[start..start + length],
            start: offset + start,
        });
        at = next;
    }
}

/// The lines of every section, in the order of the file.
#[derive(Debug)]
pub(super) struct Sections<'s> {
    known: Vec<Vec<Line<'s>>>,
    /// Sections that EPANET does not know: their heading and all lines.
    pub unknown: Vec<&'s str>,
}

impl<'s> Sections<'s> {
    /// Sorts the lines of `text` into their sections.
    pub fn split(text: &'s str, notices: &mut Notices) -> Self {
        let mut sections = Self {
            known: vec![Vec::new(); Section::ALL.len()],
            unknown: Vec::new(),
        };
        let mut place = Place::Before;
        let mut start = 0;
        for (index, line) in text.split('\n').enumerate() {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let begin = start;
            start += line.len() + 1;
            let line = line.strip_suffix('\r').unwrap_or(line);
            let trimmed = line.trim();
            if trimmed.starts_with('[') {
                let heading_at = begin + (line.len() - line.trim_start().len());
                let span = heading_at..heading_at + trimmed.len();
                place = match Section::of_heading(trimmed) {
                    Some(Section::End) => return sections,
                    Some(section) => Place::In(section),
                    None => {
                        notices.add(
                            Finding::warning(format!("EPANET has no section `{trimmed}`"))
                                .at(span)
                                .hint(unknown_hint(trimmed)),
                        );
                        sections.unknown.push(trimmed);
                        Place::Unknown
                    }
                };
                continue;
            }
            match place {
                Place::In(section) => sections.known[section as usize].push(Line {
                    number,
                    start: begin,
                    text: line,
                }),
                Place::Unknown => sections.unknown.push(line),
                Place::Before if trimmed.is_empty() || trimmed.starts_with(';') => {}
                Place::Before => {
                    place = Place::Ignored;
                    notices.add(
                        Finding::warning("there is text in front of the first section")
                            .at(begin..begin + line.len())
                            .hint("it is not read; a section begins with its name in brackets: `[JUNCTIONS]`"),
                    );
                }
                Place::Ignored => {}
            }
        }
        sections
    }

    /// The lines of a section.
    pub fn take(&mut self, section: Section) -> Vec<Line<'s>> {
        std::mem::take(&mut self.known[section as usize])
    }
}

/// Where the walk through the file is.
#[derive(Clone, Copy)]
enum Place {
    /// In front of the first section.
    Before,
    /// There, behind text that was reported.
    Ignored,
    In(Section),
    Unknown,
}

fn unknown_hint(heading: &str) -> String {
    let names = Section::ALL.iter().map(|section| section.heading());
    let near = crate::twin::nearest_names(heading, names);
    match near.first() {
        Some(name) => format!("it is kept for the export and not used; was `{name}` meant?"),
        None => "it is kept for the export and not used".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(line: &str) -> Vec<String> {
        words(line, 0)
            .iter()
            .map(|word| word.text.to_owned())
            .collect()
    }

    #[test]
    fn words_stand_between_spaces_and_tabs_and_may_be_quoted() {
        assert_eq!(taken_apart(" a\tb  c "), ["a", "b", "c"]);
        assert_eq!(taken_apart("\"north tank\" 3"), ["north tank", "3"]);
        assert_eq!(taken_apart("\"never closed 3"), ["never closed 3"]);
        assert_eq!(taken_apart("\"\" x"), ["", "x"]);
        assert!(taken_apart(" \t ").is_empty());
    }

    #[test]
    fn a_word_knows_where_it_stands_in_the_file() {
        let text = "[TITLE]\r\n[JUNCTIONS]\r\n \"ä b\"\t12 ; note\r\n";
        let mut notices = Notices::default();
        let mut sections = Sections::split(text, &mut notices);
        let lines = sections.take(Section::Junctions);
        let row = lines[0].row(&mut notices).expect("a row");
        assert_eq!(row.number, 3);
        assert_eq!(row.comment, "note");
        let spans: Vec<&str> = row.words.iter().map(|word| &text[word.span()]).collect();
        assert_eq!(spans, ["ä b", "12"]);
        assert!(notices.is_empty());
    }

    #[test]
    fn latin_1_is_read_where_the_file_is_not_utf_8() {
        assert_eq!(decoded(b"caf\xe9"), ("café".to_owned(), true));
        assert_eq!(decoded("café".as_bytes()), ("café".to_owned(), false));
        assert_eq!(
            decoded(b"\xef\xbb\xbf[TITLE]"),
            ("[TITLE]".to_owned(), false)
        );
    }

    #[test]
    fn what_follows_the_end_is_not_read_and_headings_may_be_short_or_odd() {
        let text = "[junc]\na 1\n[Tags]\n[CALIBRATION]\nx y\n[END]\n[PIPES]\np a b\n";
        let mut notices = Notices::default();
        let mut sections = Sections::split(text, &mut notices);
        assert_eq!(sections.take(Section::Junctions).len(), 1);
        assert!(sections.take(Section::Pipes).is_empty());
        assert_eq!(sections.unknown, ["[CALIBRATION]", "x y"]);
    }
}
