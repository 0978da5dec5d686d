//! A small strict reader of XML as event logs use it: elements and attributes.
//!
//! Text between tags, comments, processing instructions and CDATA are passed over.
//! A document type with declarations of its own is refused, and with it every
//! entity but the five of XML itself: nothing can be made to grow beyond what was
//! sent.

use std::io::BufRead;

use super::problem::EventLogError;

/// Longest tag \[byte].
const LONGEST_TAG: usize = 1 << 20;
/// Most elements inside each other.
const DEEPEST: usize = 64;

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// An element begins.
    Start {
        name: String,
        attributes: Vec<(String, String)>,
        /// Line of its tag, from 1.
        line: u64,
    },
    /// The innermost element ends.
    End,
}

pub(super) struct Xml<R> {
    source: R,
    line: u64,
    open: Vec<String>,
    /// The element that was just told ends at once.
    ends: bool,
    /// Whether the outermost element has been read.
    complete: bool,
}

impl<R: BufRead> Xml<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            line: 1,
            open: Vec::new(),
            ends: false,
            complete: false,
        }
    }

    /// Whether no element was found at all.
    pub(super) const fn is_empty(&self) -> bool {
        !self.complete
    }

    fn fail(&self, problem: impl Into<String>) -> EventLogError {
        EventLogError::Xml {
            line: self.line,
            problem: problem.into(),
        }
    }

    fn byte(&mut self) -> Result<Option<u8>, EventLogError> {
        let Some(&byte) = self.source.fill_buf()?.first() else {
            return Ok(None);
        };
        self.source.consume(1);
        self.line += u64::from(byte == b'\n');
        Ok(Some(byte))
    }

    /// Goes on behind the next `<`; `false` where there is none.
    fn skip_to_tag(&mut self) -> Result<bool, EventLogError> {
        loop {
            match self.byte()? {
                None => return Ok(false),
                Some(b'<') => return Ok(true),
                Some(_) => {}
            }
        }
    }

    /// Goes on behind `end`, which does not begin with what it ends with.
    fn skip_past(&mut self, end: &[u8]) -> Result<(), EventLogError> {
        let mut last = Vec::with_capacity(end.len() + 1);
        while let Some(byte) = self.byte()? {
            last.push(byte);
            if last.len() > end.len() {
                last.remove(0);
            }
            if last == end {
                return Ok(());
            }
        }
        let end = String::from_utf8_lossy(end).into_owned();
        Err(self.fail(format!("it ends before the `{end}` that closes what began")))
    }

    /// The inside of a tag, up to the `>` outside quotation marks.
    fn tag(&mut self, first: u8) -> Result<String, EventLogError> {
        let mut bytes = vec![first];
        let mut quote = None;
        loop {
            let Some(byte) = self.byte()? else {
                return Err(self.fail("it ends in the middle of a tag"));
            };
            match quote {
                Some(mark) if byte == mark => quote = None,
                Some(_) => {}
                None if byte == b'"' || byte == b'\'' => quote = Some(byte),
                None if byte == b'>' => break,
                None if byte == b'<' => {
                    return Err(self.fail("a tag begins inside a tag; a `>` is missing"));
                }
                None => {}
            }
            bytes.push(byte);
            if bytes.len() > LONGEST_TAG {
                return Err(self.fail(format!(
                    "a tag is longer than {LONGEST_TAG} bytes: a quotation mark is probably not \
                     closed"
                )));
            }
        }
        String::from_utf8(bytes).map_err(|_| self.fail("a tag is no UTF-8 text"))
    }

    /// What comes next; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token>, EventLogError> {
        if std::mem::take(&mut self.ends) {
            return Ok(Some(self.close()));
        }
        while self.skip_to_tag()? {
            let line = self.line;
            match self.byte()? {
                Some(b'?') => self.skip_past(b"?>")?,
                Some(b'!') => self.declaration()?,
                Some(b'/') => {
                    let tag = self.tag(b'/')?;
                    let name = tag[1..].trim();
                    return match self.open.last() {
                        Some(open) if open == name => Ok(Some(self.close())),
                        Some(open) => {
                            let problem = format!("`</{name}>` where `</{open}>` is expected");
                            Err(self.fail(problem))
                        }
                        None => Err(self.fail(format!("`</{name}>` closes nothing"))),
                    };
                }
                Some(first) => {
                    let tag = self.tag(first)?;
                    return self.start(&tag, line).map(Some);
                }
                None => return Err(self.fail("it ends in the middle of a tag")),
            }
        }
        match self.open.last() {
            Some(open) => Err(self.fail(format!("it ends before `</{open}>`: it was cut off"))),
            None => Ok(None),
        }
    }

    fn close(&mut self) -> Token {
        self.open.pop();
        self.complete = self.open.is_empty();
        Token::End
    }

    fn declaration(&mut self) -> Result<(), EventLogError> {
        let mut head = Vec::new();
        loop {
            match self.byte()? {
                Some(b'>') => return Ok(()),
                Some(b'[') if head.starts_with(b"[CDATA") => return self.skip_past(b"]]>"),
                Some(b'[') if !head.is_empty() => {
                    return Err(self.fail(
                        "it declares a document type of its own, which is not read; remove it",
                    ));
                }
                Some(byte) if head.len() < 8 => head.push(byte),
                Some(_) => {}
                None => return Err(self.fail("it ends in the middle of a declaration")),
            }
            if head == b"--" {
                return self.skip_past(b"-->");
            }
        }
    }

    fn start(&mut self, tag: &str, line: u64) -> Result<Token, EventLogError> {
        if self.complete {
            return Err(self.fail("a second element stands beside the outermost one"));
        }
        if self.open.len() >= DEEPEST {
            return Err(self.fail(format!(
                "more than {DEEPEST} elements are inside each other"
            )));
        }
        let (inside, ends) = match tag.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (tag, false),
        };
        let split = inside.find(char::is_whitespace).unwrap_or(inside.len());
        let (name, mut rest) = inside.split_at(split);
        if name.is_empty() || name.contains(['"', '\'', '=']) {
            return Err(self.fail("a tag has no name"));
        }
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start();
            if rest.is_empty() {
                break;
            }
            let attribute = attribute(rest).map_err(|problem| self.fail(problem))?;
            attributes.push((attribute.0, attribute.1));
            rest = attribute.2;
        }
        self.open.push(name.to_owned());
        self.ends = ends;
        Ok(Token::Start {
            name: name.to_owned(),
            attributes,
            line,
        })
    }
}

/// The first attribute of a text, and what follows.
fn attribute(text: &str) -> Result<(String, String, &str), String> {
    let (name, rest) = text
        .split_once('=')
        .ok_or("an attribute has no value; expected `name=\"value\"`")?;
    let rest = rest.trim_start();
    let mark = rest
        .chars()
        .next()
        .filter(|mark| matches!(mark, '"' | '\''));
    let mark =
        mark.ok_or_else(|| format!("the value of `{}` has no quotation marks", name.trim()))?;
    let (value, rest) = rest[1..]
        .split_once(mark)
        .ok_or("a quotation mark is not closed")?;
    Ok((name.trim().to_owned(), unescaped(value)?, rest))
}

/// A value with its entities resolved.
fn unescaped(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find('&') {
        text.push_str(&rest[..start]);
        let (entity, after) = rest[start + 1..]
            .split_once(';')
            .ok_or("`&` begins an entity that no `;` ends; write `&amp;`")?;
        let number = |digits: &str, base| {
            u32::from_str_radix(digits, base)
                .ok()
                .and_then(char::from_u32)
        };
        let character = match entity {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => match entity.strip_prefix("#x") {
                Some(digits) => number(digits, 16),
                None => entity
                    .strip_prefix('#')
                    .and_then(|digits| number(digits, 10)),
            },
        };
        text.push(character.ok_or_else(|| format!("the entity `&{entity};` is not known"))?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// A text as the value of an attribute. Signs that XML cannot hold are left out.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<Token>, EventLogError> {
        let mut xml = Xml::new(text.as_bytes());
        let mut tokens = Vec::new();
        while let Some(token) = xml.next()? {
            tokens.push(token);
        }
        Ok(tokens)
    }

    #[test]
    fn elements_and_attributes_are_read_and_the_rest_is_passed_over() {
        let text = "<?xml version='1.0'?><!DOCTYPE log>\n<!-- a > b --><log>\n text \
                    <![CDATA[<event>]]><string key=\"a>b\" value='&lt;&#x41;&amp;&#66;'/></log>\n";
        let name = |name: &str| name.to_owned();
        assert_eq!(
            tokens(text).expect("XML"),
            [
                Token::Start {
                    name: name("log"),
                    attributes: vec![],
                    line: 2
                },
                Token::Start {
                    name: name("string"),
                    attributes: vec![(name("key"), name("a>b")), (name("value"), name("<A&B"))],
                    line: 3
                },
                Token::End,
                Token::End,
            ]
        );
    }

    #[test]
    fn broken_xml_is_refused_with_its_line() {
        for (text, line, what) in [
            ("<log>\n<trace>\n", 3, "cut off"),
            ("<log>\n</trace>", 2, "`</log>` is expected"),
            ("<log a=b></log>", 1, "no quotation marks"),
            ("<log a=\"&bomb;\"/>", 1, "not known"),
            (
                "<!DOCTYPE log [ <!ENTITY a 'b'> ]><log/>",
                1,
                "document type",
            ),
            ("<log/>\n<log/>", 2, "second element"),
            ("<log a=\"x", 1, "middle of a tag"),
            ("<log <trace>", 1, "inside a tag"),
        ] {
            match tokens(text) {
                Err(EventLogError::Xml {
                    line: found,
                    problem,
                }) => {
                    assert_eq!(found, line, "{text}");
                    assert!(problem.contains(what), "{text}: {problem}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        let deep = "<a>".repeat(100);
        assert!(tokens(&deep).is_err());
    }
}
