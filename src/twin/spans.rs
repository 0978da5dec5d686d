//! Where each part of a document stands in its text.
//!
//! The RON library gives the position of the first thing it cannot read and
//! then forgets all positions. Checks need the place of a value that reads well
//! and is still wrong, and saving needs the place of a value that changed. This
//! scanner finds the structure of a text (structs, lists, maps, tuples and the
//! single values in them) without knowing what any of it means.

mod scanner;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use scanner::{Scanner, word_length};

/// One step from a part of a document to a part inside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// To the field of a struct, or the entry of a map.
    Field(Cow<'static, str>),
    /// To the item of a list or tuple, counted from 0.
    Item(usize),
}

/// The way from the whole document to one part: `assets[3].parameters.heat_capacity`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentPath(Vec<Step>);

impl DocumentPath {
    /// The whole document.
    #[must_use]
    pub const fn root() -> Self {
        Self(Vec::new())
    }

    /// The struct field or map entry `name` of this part.
    #[must_use]
    pub fn field(&self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with(Step::Field(name.into()))
    }

    /// The item at `index`, from 0, of this part.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.with(Step::Item(index))
    }

    /// The steps from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for DocumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if position == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A part of a document with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    start: u32,
    end: u32,
    /// What the part consists of.
    pub content: Content,
}

/// What a [`Node`] consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A number, `true`, `None`, or the name of an enum variant without content.
    Word,
    /// A text in quotes, raw text included.
    Text,
    /// A character, byte or byte string.
    Literal,
    /// `[a, b]`.
    List(Vec<Node>),
    /// `(a, b)` or `Name(a, b)`.
    Tuple(Vec<Node>),
    /// `(name: a)` or `Name(name: a)`, and the empty `()`.
    Struct(Vec<Entry>),
    /// `{key: a}`.
    Map(Vec<Entry>),
}

/// A field of a struct or an entry of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The field's name or the map entry's key.
    pub key: Node,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// Bytes from the start of the key to the end of the value.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.key.span().start..self.value.span().end
    }
}

impl Node {
    fn new(span: Range<usize>, content: Content) -> Self {
        // The size of a scanned text is limited to what fits; see `Tree::scan`.
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: narrow(span.start),
            end: narrow(span.end),
            content,
        }
    }

    /// The bytes of the text that the part takes, without spaces or comments around it.
    #[must_use]
    pub const fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The name in front of the parenthesis, such as an enum variant's; `None` where there is none.
    #[must_use]
    pub fn name<'s>(&self, source: &'s str) -> Option<&'s str> {
        let text = source.get(self.span())?;
        match self.content {
            Content::Tuple(_) | Content::Struct(_) => {
                let name = &text[..word_length(text)];
                (!name.is_empty()).then_some(name)
            }
            Content::Word => Some(text),
            _ => None,
        }
    }

    /// The node itself, or what is inside `Some(…)`.
    #[must_use]
    pub fn without_some(&self, source: &str) -> &Self {
        match &self.content {
            Content::Tuple(items) if items.len() == 1 && self.name(source) == Some("Some") => {
                items[0].without_some(source)
            }
            _ => self,
        }
    }

    /// The entries of a struct or map; empty for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Struct(entries) | Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list or tuple; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) | Content::Tuple(items) => items,
            _ => &[],
        }
    }

    /// The text of a string, a field name or a map key, with escapes resolved.
    #[must_use]
    pub fn text<'s>(&self, source: &'s str) -> Cow<'s, str> {
        let raw = source.get(self.span()).unwrap_or_default();
        match self.content {
            Content::Text => ron::from_str::<String>(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
            _ => Cow::Borrowed(raw.strip_prefix("r#").unwrap_or(raw)),
        }
    }

    /// The entry of a struct or map under `key`.
    #[must_use]
    pub fn entry(&self, source: &str, key: &str) -> Option<&Entry> {
        self.entries()
            .iter()
            .find(|entry| entry.key.text(source) == key)
    }
}

/// Where and why a text has no structure that can be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanError {
    /// The offending bytes.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
    /// Another place that explains it, such as the bracket never closed.
    pub related: Option<(Range<usize>, String)>,
}

/// The structure of a text.
#[derive(Clone, Debug)]
pub struct Tree<'s> {
    source: &'s str,
    root: Node,
}

impl<'s> Tree<'s> {
    /// Finds the structure of `source`.
    ///
    /// # Errors
    /// The first place where brackets, quotes, commas or colons do not fit.
    pub fn scan(source: &'s str) -> Result<Self, ScanError> {
        if u32::try_from(source.len()).is_err() {
            return Err(ScanError {
                span: 0..0,
                message: "the text is larger than 4 GiB".to_owned(),
                hint: "split the document".to_owned(),
                related: None,
            });
        }
        let mut scanner = Scanner::new(source, 0);
        scanner.attributes()?;
        let root = scanner.value()?;
        scanner.space()?;
        if scanner.at < source.len() {
            let end = scanner.at + scanner.peek().map_or(0, char::len_utf8);
            return Err(ScanError {
                span: scanner.at..end,
                message: "there is text after the end of the document".to_owned(),
                hint: "remove it, or look for a bracket closed too early".to_owned(),
                related: Some((
                    root.span().end.saturating_sub(1)..root.span().end,
                    "the document ends here".to_owned(),
                )),
            });
        }
        Ok(Self { source, root })
    }

    /// The text.
    #[must_use]
    pub const fn source(&self) -> &'s str {
        self.source
    }

    /// The whole document.
    #[must_use]
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// The part at `path`, `Some(…)` taken away; `None` where the text has no such part.
    #[must_use]
    pub fn find(&self, path: &DocumentPath) -> Option<&Node> {
        path.steps()
            .iter()
            .try_fold(self.root.without_some(self.source), |node, step| {
                let next = match step {
                    Step::Field(name) => &node.entry(self.source, name)?.value,
                    Step::Item(index) => node.items().get(*index)?,
                };
                Some(next.without_some(self.source))
            })
    }

    /// The bytes of the part at `path`, or of the nearest part around it that the text has:
    /// for a field left out, the struct it belongs in.
    #[must_use]
    pub fn span(&self, path: &DocumentPath) -> Range<usize> {
        let mut steps = path.steps();
        loop {
            if let Some(node) = self.find(&DocumentPath(steps.to_vec())) {
                return node.span();
            }
            match steps.split_last() {
                Some((_, rest)) => steps = rest,
                None => return self.root.span(),
            }
        }
    }

    /// `span` widened over the comma that follows it, if there is one.
    #[must_use]
    pub fn span_with_comma(&self, span: Range<usize>) -> Range<usize> {
        let mut scanner = Scanner::new(self.source, span.end);
        if scanner.space().is_ok() && scanner.rest().starts_with(',') {
            span.start..scanner.at + 1
        } else {
            span
        }
    }

    /// The bytes of the field name or map key at the end of `path`; those of the part itself
    /// where it is a list item.
    #[must_use]
    pub fn key_span(&self, path: &DocumentPath) -> Range<usize> {
        if let Some((Step::Field(name), rest)) = path.steps().split_last()
            && let Some(parent) = self.find(&DocumentPath(rest.to_vec()))
            && let Some(entry) = parent.entry(self.source, name)
        {
            return entry.key.span();
        }
        self.span(path)
    }
}

#[cfg(test)]
mod tests;
