//! The walk through a text that finds its structure.

use super::{Content, Entry, Node, ScanError};

/// Deepest nesting that is scanned; the RON library stops at the same depth.
const DEEPEST: usize = 128;

/// The walk through the text. Every `at` lies on a character boundary.
pub(super) struct Scanner<'s> {
    source: &'s str,
    pub(super) at: usize,
    /// Where the brackets around `at` were opened.
    open: Vec<usize>,
}

impl<'s> Scanner<'s> {
    /// A walk that starts at the byte `at`.
    pub(super) const fn new(source: &'s str, at: usize) -> Self {
        Self {
            source,
            at,
            open: Vec::new(),
        }
    }

    pub(super) fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error(&self, message: impl Into<String>, hint: impl Into<String>) -> ScanError {
        let end = self.at + self.peek().map_or(0, char::len_utf8);
        ScanError {
            span: self.at..end,
            message: message.into(),
            hint: hint.into(),
            related: None,
        }
    }

    /// Skips spaces and comments.
    pub(super) fn space(&mut self) -> Result<(), ScanError> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(is_space).len();
            let rest = self.rest();
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.block_comment()?;
            } else if rest.starts_with('/') {
                return Err(self.error("unexpected `/`", "a comment starts with `//` or `/*`"));
            } else {
                return Ok(());
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) -> Result<(), ScanError> {
        let start = self.at;
        let mut level = 0_usize;
        while let Some(found) = self.rest().find(['/', '*']) {
            self.at += found;
            if self.rest().starts_with("/*") {
                level += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                level -= 1;
                self.at += 2;
                if level == 0 {
                    return Ok(());
                }
            } else {
                self.at += 1;
            }
        }
        self.at = self.source.len();
        Err(ScanError {
            span: start..start + 2,
            message: "the comment opened here is never closed".to_owned(),
            hint: "close it with `*/`".to_owned(),
            related: None,
        })
    }

    /// Skips `#![enable(…)]` in front of the document.
    pub(super) fn attributes(&mut self) -> Result<(), ScanError> {
        self.space()?;
        while self.rest().starts_with('#') {
            match self.rest().find(']') {
                Some(end) => self.at += end + 1,
                None => {
                    return Err(self.error("the attribute is never closed", "close it with `)]`"));
                }
            }
            self.space()?;
        }
        Ok(())
    }

    pub(super) fn value(&mut self) -> Result<Node, ScanError> {
        self.space()?;
        let start = self.at;
        if self.open.len() >= DEEPEST {
            return Err(self.error(
                format!("the document is nested more than {DEEPEST} levels deep"),
                "a twin document needs about eight",
            ));
        }
        let rest = self.rest();
        if rest.starts_with('"') {
            return self.quoted(start, 1, Content::Text);
        }
        if rest.starts_with("b\"") {
            return self.quoted(start, 2, Content::Literal);
        }
        if let Some(hashes) = raw_string(rest, "r") {
            return self.raw(start, 1, hashes, Content::Text);
        }
        if let Some(hashes) = raw_string(rest, "br") {
            return self.raw(start, 2, hashes, Content::Literal);
        }
        match rest.chars().next() {
            Some('\'') => self.character(start, 1),
            Some('b') if rest.starts_with("b'") => self.character(start, 2),
            Some('[') => self.list(start),
            Some('{') => self.map(start),
            Some('(') => self.parenthesis(start),
            Some(first) if is_word(first) || matches!(first, '+' | '-' | '.') => {
                self.at += word_length(rest).max(first.len_utf8());
                let word_end = self.at;
                if first.is_alphabetic() || first == '_' {
                    self.space()?;
                    if self.rest().starts_with('(') {
                        return self.parenthesis(start);
                    }
                    self.at = word_end;
                }
                Ok(Node::new(start..word_end, Content::Word))
            }
            Some(other) => Err(self.error(
                format!("a value is expected, not `{}`", other.escape_debug()),
                self.stray_hint(other),
            )),
            None => Err(self.unclosed("a value is expected, but the text ends")),
        }
    }

    fn stray_hint(&self, found: char) -> &'static str {
        match found {
            ')' | ']' | '}' => "write the missing value, or remove the `:` or `,` before it",
            ',' => "remove one comma, or write the missing value",
            ':' => "a name stands before a colon, a value after it",
            _ => "a value is a number, a text in double quotes, `(…)`, `[…]` or `{…}`",
        }
    }

    /// The text ended inside brackets: points at the innermost one.
    fn unclosed(&self, message: &str) -> ScanError {
        let end = self.source.len();
        let Some(open) = self.open.last().copied() else {
            return ScanError {
                span: end..end,
                message: message.to_owned(),
                hint: "a twin document is one `( … )` with named fields".to_owned(),
                related: None,
            };
        };
        let (bracket, closing) = match self.source[open..].chars().next() {
            Some('[') => ('[', ']'),
            Some('{') => ('{', '}'),
            _ => ('(', ')'),
        };
        ScanError {
            span: open..open + 1,
            message: format!("the `{bracket}` opened here is never closed"),
            hint: format!("close it with `{closing}`"),
            related: None,
        }
    }

    /// A string with escapes, its opening quote at `start + prefix - 1`.
    fn quoted(&mut self, start: usize, prefix: usize, kind: Content) -> Result<Node, ScanError> {
        self.at = start + prefix;
        loop {
            let Some(found) = self.rest().find(['"', '\\']) else {
                self.at = self.source.len();
                return Err(ScanError {
                    span: start..start + prefix,
                    message: "the text opened here is never closed".to_owned(),
                    hint: "close it with `\"`".to_owned(),
                    related: None,
                });
            };
            self.at += found + 1;
            if self.source[..self.at].ends_with('"') {
                return Ok(Node::new(start..self.at, kind));
            }
            // Whatever follows a backslash is not the end of the string.
            self.at += self.peek().map_or(0, char::len_utf8);
        }
    }

    fn raw(
        &mut self,
        start: usize,
        prefix: usize,
        hashes: usize,
        kind: Content,
    ) -> Result<Node, ScanError> {
        self.at = start + prefix + hashes + 1;
        let ending = format!("\"{}", "#".repeat(hashes));
        match self.rest().find(&ending) {
            Some(found) => {
                self.at += found + ending.len();
                Ok(Node::new(start..self.at, kind))
            }
            None => Err(ScanError {
                span: start..self.at,
                message: "the raw text opened here is never closed".to_owned(),
                hint: format!("close it with `{ending}`"),
                related: None,
            }),
        }
    }

    fn character(&mut self, start: usize, prefix: usize) -> Result<Node, ScanError> {
        self.at = start + prefix;
        let escaped = self.rest().starts_with('\\');
        for _ in 0..=usize::from(escaped) {
            self.at += self.peek().map_or(0, char::len_utf8);
        }
        match self.rest().find('\'') {
            // The longest escape is `\u{10FFFF}`.
            Some(found) if found <= if escaped { 10 } else { 0 } => {
                self.at += found + 1;
                Ok(Node::new(start..self.at, Content::Literal))
            }
            _ => Err(ScanError {
                span: start..start + prefix,
                message: "the character opened here is not closed".to_owned(),
                hint: "text stands in double quotes: `\"…\"`".to_owned(),
                related: None,
            }),
        }
    }

    fn list(&mut self, start: usize) -> Result<Node, ScanError> {
        let mut items = Vec::new();
        self.bracketed(']', |scanner| {
            items.push(scanner.value()?);
            Ok(())
        })?;
        Ok(Node::new(start..self.at, Content::List(items)))
    }

    fn map(&mut self, start: usize) -> Result<Node, ScanError> {
        let mut entries = Vec::new();
        self.bracketed('}', |scanner| {
            let key = scanner.value()?;
            scanner.colon()?;
            let value = scanner.value()?;
            entries.push(Entry { key, value });
            Ok(())
        })?;
        Ok(Node::new(start..self.at, Content::Map(entries)))
    }

    /// A tuple or struct whose `(` is at the cursor and whose name, if any, starts at `start`.
    fn parenthesis(&mut self, start: usize) -> Result<Node, ScanError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut items: Vec<Node> = Vec::new();
        self.bracketed(')', |scanner| {
            let value = scanner.value()?;
            let before_space = scanner.at;
            scanner.space()?;
            let is_name = value.content == Content::Word;
            if items.is_empty() && is_name && scanner.rest().starts_with(':') {
                scanner.at += 1;
                entries.push(Entry {
                    key: value,
                    value: scanner.value()?,
                });
            } else if entries.is_empty() {
                scanner.at = before_space;
                items.push(value);
            } else {
                return Err(ScanError {
                    span: value.span(),
                    message: "a field needs a name and a colon".to_owned(),
                    hint: match value.content {
                        Content::Text => {
                            "names of fields stand without quotes, followed by `:`".to_owned()
                        }
                        _ => "write `name: value`".to_owned(),
                    },
                    related: None,
                });
            }
            Ok(())
        })?;
        let content = if items.is_empty() {
            Content::Struct(entries)
        } else {
            Content::Tuple(items)
        };
        Ok(Node::new(start..self.at, content))
    }

    fn colon(&mut self) -> Result<(), ScanError> {
        self.space()?;
        if self.rest().starts_with(':') {
            self.at += 1;
            Ok(())
        } else if self.rest().is_empty() {
            Err(self.unclosed("a colon is expected, but the text ends"))
        } else {
            Err(self.error("a colon is expected here", "write `\"key\": value`"))
        }
    }

    /// Items separated by commas up to `closing`; the opening bracket is at the cursor.
    fn bracketed(
        &mut self,
        closing: char,
        mut item: impl FnMut(&mut Self) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        let open = self.at;
        self.open.push(open);
        self.at += 1;
        loop {
            self.space()?;
            if self.rest().starts_with(closing) {
                break;
            }
            if self.rest().is_empty() {
                return Err(self.unclosed(""));
            }
            item(self)?;
            let item_end = self.at;
            self.space()?;
            match self.peek() {
                Some(',') => self.at += 1,
                Some(found) if found == closing => {}
                None => return Err(self.unclosed("")),
                Some(found @ (')' | ']' | '}')) => {
                    let mut error = self.error(
                        format!("`{found}` does not close what is open here"),
                        format!("a `{closing}` is expected before it"),
                    );
                    error.related = Some((open..open + 1, "opened here".to_owned()));
                    return Err(error);
                }
                Some(_) => {
                    return Err(ScanError {
                        span: item_end..item_end,
                        message: "a comma is missing here".to_owned(),
                        hint: format!(
                            "write `,` between two items, or `{closing}` after the last one"
                        ),
                        related: None,
                    });
                }
            }
        }
        self.at += 1;
        self.open.pop();
        Ok(())
    }
}

/// What RON takes for space between two things.
fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t'..='\r' | '\u{85}' | '\u{200E}' | '\u{200F}' | '\u{2028}' | '\u{2029}'
    )
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Length in bytes of the name or number at the start of `text`.
pub(super) fn word_length(text: &str) -> usize {
    let (prefix, body) = match text.strip_prefix("r#") {
        Some(body) => (2, body),
        None => (0, text),
    };
    let number = body.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    let dotted = number || prefix > 0;
    let length = body
        .find(|c: char| !(is_word(c) || dotted && matches!(c, '+' | '-' | '.')))
        .unwrap_or(body.len());
    if length == 0 { 0 } else { prefix + length }
}

/// The number of `#` where `text` starts with a raw string after `prefix`.
fn raw_string(text: &str, prefix: &str) -> Option<usize> {
    let after = text.strip_prefix(prefix)?;
    let body = after.trim_start_matches('#');
    body.starts_with('"').then(|| after.len() - body.len())
}
