//! How a document is laid out: a value on one line where it fits, else one item per line.

use std::fmt::Write;

use super::spans::{Content, Entry, Node, Tree};

/// Widest line that is filled, in characters.
const WIDEST: usize = 100;

/// One level of indentation.
pub(super) const INDENT: &str = "    ";

/// A whole document. The outermost struct always takes a line per field.
pub(super) fn document(tree: &Tree<'_>) -> String {
    let mut text = String::new();
    broken(tree.root(), tree.source(), "", &mut text);
    text.push('\n');
    text
}

/// A value that begins after `used` characters of a line indented by `indent`.
pub(super) fn value(node: &Node, source: &str, indent: &str, used: usize) -> String {
    let mut text = String::new();
    write_value(node, source, indent, used, &mut text);
    text
}

/// A field or map entry, as [`value`].
pub(super) fn entry(entry: &Entry, source: &str, indent: &str, used: usize) -> String {
    let mut text = format!("{}: ", &source[entry.key.span()]);
    let used = used + text.chars().count();
    write_value(&entry.value, source, indent, used, &mut text);
    text
}

fn write_value(node: &Node, source: &str, indent: &str, used: usize, text: &mut String) {
    let mut line = String::new();
    one_line(node, source, &mut line);
    // One character for the comma that follows.
    let fits = used + line.chars().count() < WIDEST;
    let is_single = node.entries().is_empty() && node.items().is_empty();
    if fits && !holds_list_of_structs(node) || is_single {
        text.push_str(&line);
    } else {
        broken(node, source, indent, text);
    }
}

/// Lists of assets, links and the like take a line per item even where they would fit on one.
fn holds_list_of_structs(node: &Node) -> bool {
    match &node.content {
        Content::List(items) => {
            items.len() > 1 && items.iter().all(|item| !item.entries().is_empty())
        }
        _ => false,
    }
}

fn one_line(node: &Node, source: &str, text: &mut String) {
    let separated = |text: &mut String, parts: Vec<String>| text.push_str(&parts.join(", "));
    let inner = |node: &Node| {
        let mut text = String::new();
        one_line(node, source, &mut text);
        text
    };
    match &node.content {
        Content::Word | Content::Text | Content::Literal => text.push_str(&source[node.span()]),
        Content::List(items) | Content::Tuple(items) => {
            let (open, close) = brackets(node);
            let _ = write!(text, "{}{open}", name_of(node, source));
            separated(text, items.iter().map(inner).collect());
            text.push(close);
        }
        Content::Struct(entries) | Content::Map(entries) => {
            let (open, close) = brackets(node);
            let _ = write!(text, "{}{open}", name_of(node, source));
            let parts = entries
                .iter()
                .map(|entry| format!("{}: {}", &source[entry.key.span()], inner(&entry.value)))
                .collect();
            separated(text, parts);
            text.push(close);
        }
    }
}

fn broken(node: &Node, source: &str, indent: &str, text: &mut String) {
    let (open, close) = brackets(node);
    let deeper = format!("{indent}{INDENT}");
    let _ = writeln!(text, "{}{open}", name_of(node, source));
    for item in node.items() {
        text.push_str(&deeper);
        write_value(item, source, &deeper, deeper.len(), text);
        text.push_str(",\n");
    }
    for one in node.entries() {
        text.push_str(&deeper);
        text.push_str(&entry(one, source, &deeper, deeper.len()));
        text.push_str(",\n");
    }
    text.push_str(indent);
    text.push(close);
}

fn name_of<'s>(node: &Node, source: &'s str) -> &'s str {
    match node.content {
        Content::Tuple(_) | Content::Struct(_) => node.name(source).unwrap_or_default(),
        _ => "",
    }
}

const fn brackets(node: &Node) -> (char, char) {
    match node.content {
        Content::List(_) => ('[', ']'),
        Content::Map(_) => ('{', '}'),
        _ => ('(', ')'),
    }
}
