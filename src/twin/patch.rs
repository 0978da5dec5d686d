//! Working the changes of a document into the text it was read from.
//!
//! Three texts are compared: the one its author wrote, the old document as the
//! program writes it, and the new one as the program writes it. The latter two
//! are in the same form, so they differ exactly where the documents do; the
//! first says where that stands, and how.

use std::ops::Range;

use super::layout;
use super::schema::{Edit, edited};
use super::spans::{Content, Entry, Node, Tree};

/// The text of `author` after the changes from `before` to `after`. The caller makes sure
/// that it reads as it should: nothing here knows what the parts mean.
pub(super) fn patch(author: &Tree<'_>, before: &Tree<'_>, after: &Tree<'_>) -> String {
    let mut patcher = Patcher {
        author,
        before: before.source(),
        after: after.source(),
        edits: Vec::new(),
    };
    patcher.node(author.root(), before.root(), after.root());
    if author.source().contains("\r\n") {
        for edit in &mut patcher.edits {
            edit.text = edit.text.replace('\n', "\r\n");
        }
    }
    edited(author.source(), &patcher.edits)
}

struct Patcher<'t, 's> {
    author: &'t Tree<'s>,
    before: &'t str,
    after: &'t str,
    edits: Vec<Edit>,
}

impl Patcher<'_, '_> {
    fn node(&mut self, author: &Node, before: &Node, after: &Node) {
        if self.before[before.span()] == self.after[after.span()] {
            return;
        }
        let inside = author.without_some(self.author.source());
        let same_name = before.name(self.before) == after.name(self.after);
        match (&inside.content, &before.content, &after.content) {
            (
                Content::Struct(written) | Content::Map(written),
                Content::Struct(old) | Content::Map(old),
                Content::Struct(new) | Content::Map(new),
            ) if same_name || matches!(after.content, Content::Map(_)) => {
                self.entries(inside, written, old, new);
            }
            (Content::List(written), Content::List(old), Content::List(new))
                if written.len() == old.len() =>
            {
                self.list(inside, written, old, new);
            }
            (Content::Tuple(written), Content::Tuple(old), Content::Tuple(new))
                if same_name && written.len() == old.len() && old.len() == new.len() =>
            {
                for ((written, old), new) in written.iter().zip(old).zip(new) {
                    self.node(written, old, new);
                }
            }
            _ => self.replace(author, after),
        }
    }

    fn replace(&mut self, author: &Node, after: &Node) {
        let span = author.span();
        let line = self.line_before(span.start);
        let text = layout::value(after, self.after, indent_of(line), line.chars().count());
        self.edits.push(Edit { span, text });
    }

    /// Fields or map entries, matched by name.
    fn entries(&mut self, author: &Node, written: &[Entry], old: &[Entry], new: &[Entry]) {
        let source = self.author.source();
        for entry in written {
            let key = entry.key.text(source);
            let old = old.iter().find(|one| one.key.text(self.before) == key);
            let new = new.iter().find(|one| one.key.text(self.after) == key);
            match (old, new) {
                (Some(old), Some(new)) => self.node(&entry.value, &old.value, &new.value),
                // Written although it is the default, and now something else.
                (None, Some(new)) => self.replace(&entry.value, &new.value),
                (Some(_), None) => self.remove(entry.span()),
                // Written although it is the default, and still the default.
                (None, None) => {}
            }
        }
        let spans: Vec<Range<usize>> = written.iter().map(Entry::span).collect();
        let stays = |entry: &Entry| {
            let key = entry.key.text(source);
            new.iter().any(|one| one.key.text(self.after) == key)
                || !old.iter().any(|one| one.key.text(self.before) == key)
        };
        let last = written.iter().rposition(stays);
        let mut place = Insertion::behind(author.span(), &spans, last);
        for entry in new {
            let key = entry.key.text(self.after);
            if let Some(position) = written.iter().position(|one| one.key.text(source) == key) {
                place = Insertion::behind(author.span(), &spans, Some(position));
                continue;
            }
            let unchanged = old.iter().any(|one| {
                one.key.text(self.before) == key
                    && self.before[one.value.span()] == self.after[entry.value.span()]
            });
            // A default that the author left out stays left out.
            if !unchanged {
                self.insert(&place, |after, indent, used| {
                    layout::entry(entry, after, indent, used)
                });
            }
        }
    }

    /// List items, matched in order by what identifies them.
    fn list(&mut self, author: &Node, written: &[Node], old: &[Node], new: &[Node]) {
        let old_keys: Vec<&str> = old.iter().map(|item| identity(item, self.before)).collect();
        let new_keys: Vec<&str> = new.iter().map(|item| identity(item, self.after)).collect();
        let matched = if old.len() == new.len() {
            // As many as before: a changed name is a change and not another item.
            (0..new.len()).map(Some).collect()
        } else {
            match_in_order(&old_keys, &new_keys)
        };
        for (position, item) in written.iter().enumerate() {
            match matched.iter().position(|found| *found == Some(position)) {
                Some(index) => self.node(item, &old[position], &new[index]),
                None => self.remove(item.span()),
            }
        }
        let spans: Vec<Range<usize>> = written.iter().map(Node::span).collect();
        let any_stays = matched.iter().any(Option::is_some);
        let mut place = Insertion {
            is_only: !any_stays,
            ..Insertion::behind(author.span(), &spans, None)
        };
        for (item, found) in new.iter().zip(matched) {
            match found {
                Some(_) => place = Insertion::behind(author.span(), &spans, found),
                None => self.insert(&place, |after, indent, used| {
                    layout::value(item, after, indent, used)
                }),
            }
        }
    }

    /// Takes a part away with its comma and, where it stands alone on its lines, with them.
    fn remove(&mut self, span: Range<usize>) {
        let source = self.author.source();
        let mut removed = self.author.span_with_comma(span.clone());
        let has_comma = removed.end > span.end;
        let line = self.line_before(span.start);
        let rest = source[removed.end..].split('\n').next().unwrap_or_default();
        if line.trim().is_empty() && rest.trim().is_empty() {
            removed = span.start - line.len()..(removed.end + rest.len() + 1).min(source.len());
        } else if has_comma {
            removed.end += rest.len() - rest.trim_start().len();
        } else if let Some(before) = source[..span.start].trim_end().strip_suffix(',') {
            // The last of several on a line: the comma in front of it goes.
            removed.start = before.len();
        }
        self.edits.push(Edit {
            span: removed,
            text: String::new(),
        });
    }

    /// Puts a new part in its place; `print` lays it out for an indentation and a number of
    /// characters already on the line.
    fn insert(&mut self, place: &Insertion, print: impl Fn(&str, &str, usize) -> String) {
        let source = self.author.source();
        let own_lines = source[place.container.clone()].contains('\n');
        let (at, text, between) = match &place.previous {
            Some(previous) => {
                let with_comma = self.author.span_with_comma(previous.clone());
                let has_comma = with_comma.end > previous.end;
                let line = self.line_before(previous.start);
                if line.trim().is_empty() && own_lines {
                    let part = print(self.after, line, line.len());
                    // A comment behind the previous part stays with it.
                    let at = self.end_of_comment(with_comma.end);
                    let text = format!("\n{line}{part},");
                    if !has_comma {
                        self.add_once(previous.end, ",");
                    }
                    (at, text, "")
                } else {
                    let part = print(self.after, indent_of(line), line.chars().count());
                    let text = if has_comma {
                        format!(" {part},")
                    } else {
                        format!(", {part}")
                    };
                    (with_comma.end, text, "")
                }
            }
            None => {
                let text = &source[place.container.clone()];
                // Behind the opening bracket.
                let at = place.container.start + text.find(['(', '[', '{']).map_or(0, |at| at + 1);
                let open_line = self.line_before(place.container.start);
                let indent = indent_of(open_line);
                if own_lines {
                    let deeper = format!("{indent}{}", layout::INDENT);
                    let part = print(self.after, &deeper, deeper.len());
                    (at, format!("\n{deeper}{part},"), "")
                } else {
                    let part = print(self.after, indent, open_line.chars().count());
                    if place.is_only {
                        (at, part, ", ")
                    } else {
                        (at, format!("{part}, "), "")
                    }
                }
            }
        };
        // Insertions at one place stand in the order in which they are made.
        let here = |edit: &&mut Edit| edit.span == (at..at) && edit.text != ",";
        match self.edits.iter_mut().find(here) {
            Some(edit) => {
                edit.text.push_str(between);
                edit.text.push_str(&text);
            }
            None => self.edits.push(Edit { span: at..at, text }),
        }
    }

    fn add_once(&mut self, at: usize, text: &str) {
        let edit = Edit {
            span: at..at,
            text: text.to_owned(),
        };
        if !self.edits.contains(&edit) {
            self.edits.push(edit);
        }
    }

    /// The end of the line when only a comment follows on it.
    fn end_of_comment(&self, at: usize) -> usize {
        let rest = self.author.source()[at..]
            .split('\n')
            .next()
            .unwrap_or_default();
        let rest = rest.trim_end();
        if rest.trim_start().starts_with("//") {
            at + rest.len()
        } else {
            at
        }
    }

    /// The text of the line in front of the byte `at`.
    fn line_before(&self, at: usize) -> &str {
        let before = &self.author.source()[..at];
        before.rsplit('\n').next().unwrap_or_default()
    }
}

/// Where a new part goes.
struct Insertion {
    container: Range<usize>,
    /// The part it follows; `None` for the first place.
    previous: Option<Range<usize>>,
    /// Whether nothing that stays follows.
    is_only: bool,
}

impl Insertion {
    /// Behind the part at `position`; in front of all where that is `None`.
    fn behind(container: Range<usize>, parts: &[Range<usize>], position: Option<usize>) -> Self {
        Self {
            container,
            previous: position.and_then(|position| parts.get(position).cloned()),
            is_only: position.is_none(),
        }
    }
}

/// What makes a list item itself: its id, what it is about, else all of it.
fn identity<'s>(item: &Node, source: &'s str) -> &'s str {
    let named = ["id", "variable", "path", "channel", "of"]
        .iter()
        .find_map(|name| item.entry(source, name));
    match named {
        Some(entry) => &source[entry.value.span()],
        None => &source[item.span()],
    }
}

/// For each new key the position of the old one it continues, in rising order: the longest
/// common subsequence, with the common beginning and end taken first.
fn match_in_order(old: &[&str], new: &[&str]) -> Vec<Option<usize>> {
    let begin = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let end = old[begin..]
        .iter()
        .rev()
        .zip(new[begin..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (middle_old, middle_new) = (&old[begin..old.len() - end], &new[begin..new.len() - end]);
    let mut matched: Vec<Option<usize>> = vec![None; new.len()];
    for (index, found) in matched.iter_mut().enumerate().take(begin) {
        *found = Some(index);
    }
    for back in 1..=end {
        matched[new.len() - back] = Some(old.len() - back);
    }
    // Beyond this size the table would be larger than the document; the part is then taken
    // for new.
    const LARGEST_TABLE: usize = 4_000_000;
    let (rows, columns) = (middle_old.len(), middle_new.len());
    if rows.saturating_mul(columns) > LARGEST_TABLE {
        return matched;
    }
    let width = columns + 1;
    let mut length = vec![0_u32; (rows + 1) * width];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            length[row * width + column] = if middle_old[row] == middle_new[column] {
                length[(row + 1) * width + column + 1] + 1
            } else {
                length[(row + 1) * width + column].max(length[row * width + column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        if middle_old[row] == middle_new[column] {
            matched[begin + column] = Some(begin + row);
            row += 1;
            column += 1;
        } else if length[(row + 1) * width + column] >= length[row * width + column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    matched
}

/// The spaces at the start of a line.
fn indent_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}
