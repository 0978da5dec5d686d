//! Holds the structure of a text against the table of fields.
//!
//! Every place that does not fit gives a finding and a mending: the smallest
//! change of the text after which it can be read. The mended text is only for
//! looking at the rest of the document; nobody keeps it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use super::super::nearest;
use super::super::report::Finding;
use super::super::spans::{Content, DocumentPath, Entry, Node, Tree};
use super::{Choice, Field, Leaf, Presence, TWIN, Value, VariantContent};

/// Longest piece of a document that is quoted in a message, in characters.
const LONGEST_QUOTE: usize = 40;

/// A replacement of a piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::twin) struct Edit {
    /// The bytes replaced; empty for an insertion.
    pub span: Range<usize>,
    /// What stands there afterwards.
    pub text: String,
}

/// `text` with all `edits` made. Where two overlap, the one that starts first counts; of a
/// removal that overlaps it, the rest.
pub(in crate::twin) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in ordered {
        if edit.span.start < at {
            if edit.text.is_empty() {
                at = at.max(edit.span.end);
            }
            continue;
        }
        result.push_str(&text[at..edit.span.start]);
        result.push_str(&edit.text);
        at = edit.span.end;
    }
    result.push_str(&text[at..]);
    result
}

/// What the examination found.
#[derive(Debug, Default)]
pub(in crate::twin) struct Examined {
    /// What does not fit.
    pub findings: Vec<Finding>,
    /// What makes the text readable.
    pub mendings: Vec<Edit>,
    /// The parts whose content is not the author's after mending; nothing can be said of them.
    pub mended_paths: Vec<DocumentPath>,
}

impl Examined {
    /// The text after mending.
    pub(in crate::twin) fn mended<'s>(&self, text: &'s str) -> Cow<'s, str> {
        if self.mendings.is_empty() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(edited(text, &self.mendings))
        }
    }
}

/// Holds the whole document against the table.
pub(in crate::twin) fn examine(tree: &Tree<'_>) -> Examined {
    let mut examiner = Examiner {
        source: tree.source(),
        tree,
        examined: Examined::default(),
    };
    examiner.value(
        tree.root(),
        Value::Part(&TWIN),
        &DocumentPath::root(),
        "the document",
    );
    examiner.examined
}

struct Examiner<'t, 's> {
    source: &'s str,
    tree: &'t Tree<'s>,
    examined: Examined,
}

impl Examiner<'_, '_> {
    /// Reports a value that does not fit and puts an example in its place.
    fn replace(&mut self, node: &Node, value: Value, path: &DocumentPath, finding: Finding) {
        self.examined.findings.push(finding);
        self.examined.mendings.push(Edit {
            span: node.span(),
            text: value.example(),
        });
        self.examined.mended_paths.push(path.clone());
    }

    fn remove(&mut self, entry: &Entry, finding: Finding) {
        self.examined.findings.push(finding);
        self.examined.mendings.push(Edit {
            span: self.tree.span_with_comma(entry.span()),
            text: String::new(),
        });
    }

    /// A value of another type than expected; `what` names it in the message.
    fn mismatch(&mut self, node: &Node, value: Value, path: &DocumentPath, what: &str) {
        let found = self.quoted(node);
        let finding = Finding::error(format!("{what} is {}, not {found}", value.title()))
            .at(node.span())
            .hint(match value {
                Value::Part(part) => fields_hint(part.fields),
                other => format!("write {} such as `{}`", other.title(), other.example()),
            });
        self.replace(node, value, path, finding);
    }

    /// The node's text for a message, shortened.
    fn quoted(&self, node: &Node) -> String {
        let text = &self.source[node.span()];
        let line = text.lines().next().unwrap_or_default();
        let mut short: String = line.chars().take(LONGEST_QUOTE).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        format!("`{short}`")
    }

    fn value(&mut self, node: &Node, value: Value, path: &DocumentPath, what: &str) {
        match (value, &node.content) {
            (Value::Leaf(leaf), _) => self.leaf(node, leaf, value, path, what),
            (Value::Part(part), Content::Struct(entries)) => match node.name(self.source) {
                Some(name) if name != part.name => {
                    let finding =
                        Finding::error(format!("{what} is {}, not a `{name}`", part.title))
                            .at(node.span())
                            .hint(format!("leave the name out, or write `{}`", part.name));
                    self.replace(node, value, path, finding);
                }
                _ => self.fields(node, entries, part.fields, path, part.title),
            },
            (Value::List(inner), Content::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let title = inner.title();
                    self.value(
                        item,
                        *inner,
                        &path.item(index),
                        &format!("each item here: {title}"),
                    );
                }
            }
            (Value::Map(inner), Content::Map(entries)) => self.map(entries, *inner, path),
            (Value::Tuple(leaves), Content::Tuple(items)) if items.len() == leaves.len() => {
                for (index, (item, leaf)) in items.iter().zip(leaves).enumerate() {
                    self.leaf(item, leaf, Value::Leaf(leaf), &path.item(index), what);
                }
            }
            (Value::Choice(choice), _) => self.choice(node, choice, path, what),
            _ => self.mismatch(node, value, path, what),
        }
    }

    fn leaf(&mut self, node: &Node, leaf: &Leaf, value: Value, path: &DocumentPath, what: &str) {
        match (leaf.read)(&self.source[node.span()]) {
            Ok(()) => {}
            Err(None) => self.mismatch(node, value, path, what),
            Err(Some(message)) => {
                let finding = Finding::error(format!("{what}: {message}"))
                    .at(node.span())
                    .hint(format!("write {} such as `{}`", leaf.title, leaf.example));
                self.replace(node, value, path, finding);
            }
        }
    }

    fn map(&mut self, entries: &[Entry], inner: Value, path: &DocumentPath) {
        let mut seen: BTreeMap<Cow<'_, str>, &Entry> = BTreeMap::new();
        for entry in entries {
            let key = entry.key.text(self.source);
            if entry.key.content != Content::Text {
                let finding =
                    Finding::error(format!("the name `{key}` must stand in double quotes"))
                        .at(entry.key.span())
                        .hint(format!("write `\"{key}\": …`"));
                self.remove(entry, finding);
                continue;
            }
            if let Some(first) = seen.get(&key) {
                let finding = twice(&key, entry, first);
                self.remove(entry, finding);
                continue;
            }
            let below = path.field(key.clone().into_owned());
            self.value(&entry.value, inner, &below, &format!("`{key}`"));
            seen.insert(key, entry);
        }
    }

    /// The fields of a struct or of a variant; `title` says whose they are.
    fn fields(
        &mut self,
        node: &Node,
        entries: &[Entry],
        fields: &'static [Field],
        path: &DocumentPath,
        title: &str,
    ) {
        let mut seen: BTreeMap<&str, &Entry> = BTreeMap::new();
        for entry in entries {
            let name = entry.key.text(self.source);
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                let finding = Finding::error(format!("`{name}` is not a field of {title}"))
                    .at(entry.key.span())
                    .hint(format!(
                        "{}{}",
                        near_field(&name, fields),
                        fields_hint(fields)
                    ));
                self.remove(entry, finding);
                continue;
            };
            if let Some(first) = seen.get(field.name) {
                let finding = twice(field.name, entry, first);
                self.remove(entry, finding);
                continue;
            }
            seen.insert(field.name, entry);
            let value = match field.presence {
                Presence::Absent(_) => entry.value.without_some(self.source),
                Presence::Required | Presence::Default(_) => &entry.value,
            };
            let left_out = matches!(field.presence, Presence::Absent(_))
                && value.name(self.source) == Some("None");
            if !left_out {
                let below = path.field(field.name);
                self.value(value, field.value, &below, &format!("`{}`", field.name));
            }
        }
        let missing = fields
            .iter()
            .filter(|field| field.presence == Presence::Required && !seen.contains_key(field.name));
        for field in missing {
            self.missing(node, field, path, title);
        }
    }

    fn missing(&mut self, node: &Node, field: &Field, path: &DocumentPath, title: &str) {
        let example = field.value.example();
        self.examined.findings.push(
            Finding::error(format!("{title} lacks the field `{}`", field.name))
                .at(node.span())
                .hint(format!("add `{}: {example}`: {}", field.name, field.doc)),
        );
        // Behind the opening parenthesis, which follows the name if there is one.
        let text = &self.source[node.span()];
        let open = node.span().start + text.find('(').map_or(0, |at| at + 1);
        self.examined.mendings.push(Edit {
            span: open..open,
            text: format!("{}: {example}, ", field.name),
        });
        self.examined.mended_paths.push(path.field(field.name));
    }

    fn choice(&mut self, node: &Node, choice: &'static Choice, path: &DocumentPath, what: &str) {
        let value = Value::Choice(choice);
        let names = choice.variants.iter().map(|variant| variant.name);
        let Some(name) = node.name(self.source) else {
            let finding = Finding::error(format!(
                "{what} is {}, not {}",
                choice.title,
                self.quoted(node)
            ))
            .at(node.span())
            .hint(format!("write one of: {}", variants_text(choice)));
            self.replace(node, value, path, finding);
            return;
        };
        let Some(variant) = choice.variants.iter().find(|variant| variant.name == name) else {
            let near = nearest::nearest(name, names);
            let finding = Finding::error(format!("`{name}` is not {}", choice.title))
                .at(node.span())
                .hint(if near.is_empty() {
                    format!("write one of: {}", variants_text(choice))
                } else {
                    format!("did you mean {}?", nearest::quoted(&near, " or "))
                });
            self.replace(node, value, path, finding);
            return;
        };
        match (variant.content, &node.content) {
            (VariantContent::Nothing, Content::Word) => {}
            (VariantContent::One(inner), Content::Tuple(items)) if items.len() == 1 => {
                self.value(&items[0], inner, &path.item(0), &format!("`{name}`"));
            }
            (VariantContent::Several(leaves), Content::Tuple(items))
                if items.len() == leaves.len() =>
            {
                for (index, (item, leaf)) in items.iter().zip(leaves).enumerate() {
                    let title = format!("`{name}`");
                    self.leaf(item, leaf, Value::Leaf(leaf), &path.item(index), &title);
                }
            }
            (VariantContent::Fields(fields), Content::Struct(entries)) => {
                self.fields(node, entries, fields, path, &format!("`{name}`"));
            }
            (content, _) => {
                let finding = Finding::error(format!("`{name}` is not complete as it stands here"))
                    .at(node.span())
                    .hint(format!("write `{}`", variant_text(name, content)));
                self.replace(node, value, path, finding);
            }
        }
    }
}

fn twice(name: &str, again: &Entry, first: &Entry) -> Finding {
    Finding::error(format!("`{name}` stands here for the second time"))
        .at(again.key.span())
        .hint("keep one of the two")
        .related(first.key.span(), "the first one")
}

fn near_field(name: &str, fields: &[Field]) -> String {
    let near = nearest::nearest(name, fields.iter().map(|field| field.name));
    if near.is_empty() {
        String::new()
    } else {
        format!("did you mean {}? ", nearest::quoted(&near, " or "))
    }
}

fn fields_hint(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    format!("fields: {}", nearest::quoted(&names, ", "))
}

/// A variant as it is written: `Ramp(to: …, over: …)`.
pub(super) fn variant_text(name: &str, content: VariantContent) -> String {
    match content {
        VariantContent::Nothing => name.to_owned(),
        VariantContent::One(value) => format!("{name}({})", value.example()),
        VariantContent::Several(leaves) => {
            let leaves: Vec<&str> = leaves.iter().map(|leaf| leaf.example).collect();
            format!("{name}({})", leaves.join(", "))
        }
        VariantContent::Fields(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .filter(|field| field.presence == Presence::Required)
                .map(|field| format!("{}: {}", field.name, field.value.example()))
                .collect();
            format!("{name}({})", fields.join(", "))
        }
    }
}

fn variants_text(choice: &Choice) -> String {
    let texts: Vec<String> = choice
        .variants
        .iter()
        .map(|variant| format!("`{}`", variant_text(variant.name, variant.content)))
        .collect();
    texts.join(", ")
}
