//! The tree of assets, with fuzzy search.

use std::collections::BTreeSet;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::Workbench;

/// What the user did to the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeState {
    /// Text that assets have to match.
    pub filter: String,
    /// Closed branches, by position of the asset in the document.
    pub closed: BTreeSet<usize>,
    /// Whether the filter's field should take the keyboard.
    pub wants_focus: bool,
}

/// One line of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Its name.
    pub name: String,
    /// Title of its kind.
    pub kind: String,
    /// Depth, 0 at the top.
    pub depth: usize,
    /// `None` without parts, else whether they are shown.
    pub open: Option<bool>,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether the pointer is over it, here or in the scene.
    pub hovered: bool,
    /// Whether a channel measures it.
    pub measured: bool,
    /// Positions of the characters of the name that match the filter.
    pub matched: Vec<u32>,
}

/// A matcher of what people type, forgiving as for names.
fn matcher() -> Matcher {
    Matcher::new(Config::DEFAULT)
}

/// How well each text matches `query`, best first, as position and the matched
/// characters. All match an empty query, in their order.
#[must_use]
pub fn fuzzy<'a>(query: &str, texts: impl Iterator<Item = &'a str>) -> Vec<(usize, Vec<u32>)> {
    let pattern = Pattern::parse(query.trim(), CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = matcher();
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, usize, Vec<u32>)> = texts
        .enumerate()
        .filter_map(|(position, text)| {
            let mut indices = Vec::new();
            let haystack = Utf32Str::new(text, &mut buffer);
            let score = pattern.indices(haystack, &mut matcher, &mut indices)?;
            indices.sort_unstable();
            indices.dedup();
            Some((score, position, indices))
        })
        .collect();
    found.sort_by_key(|(score, position, _)| (std::cmp::Reverse(*score), *position));
    found
        .into_iter()
        .map(|(_, position, indices)| (position, indices))
        .collect()
}

/// One line of the tree, before its names are looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeLine {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Depth, 0 at the top.
    pub depth: usize,
    /// `None` without parts, else whether they are shown.
    pub open: Option<bool>,
    /// Positions of the characters of the name that match the filter.
    pub matched: Vec<u32>,
}

/// The lines of the tree, in the document's order, parts below what contains
/// them. A line is cheap, so that a tree of many thousands can be asked for in
/// every frame; [`row`] completes those that are seen.
#[must_use]
pub fn lines(workbench: &Workbench) -> Vec<TreeLine> {
    let Some(document) = &workbench.document else {
        return Vec::new();
    };
    let count = document.twin().assets.len();
    let filtering = !workbench.tree.filter.trim().is_empty();
    let mut kept = vec![!filtering; count];
    let mut matched: Vec<Vec<u32>> = Vec::new();
    if filtering {
        matched = vec![Vec::new(); count];
        let names = (0..count).map(|asset| document.asset_name(asset));
        for (asset, indices) in fuzzy(&workbench.tree.filter, names) {
            matched[asset] = indices;
            // An asset stays when it matches or when one of its parts does.
            let mut above = Some(asset);
            while let Some(one) = above.filter(|one| !kept[*one]) {
                kept[one] = true;
                above = document.parent(one);
            }
        }
    }
    let mut lines = Vec::new();
    let mut stack: Vec<(usize, usize)> =
        document.roots().iter().rev().map(|one| (*one, 0)).collect();
    while let Some((asset, depth)) = stack.pop() {
        if !kept[asset] {
            continue;
        }
        let open = filtering || !workbench.tree.closed.contains(&asset);
        let parts = document.parts(asset);
        lines.push(TreeLine {
            asset,
            depth,
            open: (!parts.is_empty()).then_some(open),
            matched: matched
                .get_mut(asset)
                .map(std::mem::take)
                .unwrap_or_default(),
        });
        if open {
            stack.extend(parts.iter().rev().map(|part| (*part, depth + 1)));
        }
    }
    lines
}

/// What a line shows.
#[must_use]
pub fn row(workbench: &Workbench, line: &TreeLine) -> TreeRow {
    let asset = line.asset;
    let document = workbench.document.as_ref();
    let kind = document
        .and_then(|one| one.kind(asset))
        .map(|kind| kind.title.to_owned());
    TreeRow {
        asset,
        name: document
            .map(|one| one.asset_name(asset).to_owned())
            .unwrap_or_default(),
        kind: kind
            .or_else(|| Some(document?.asset(asset)?.kind.clone()))
            .unwrap_or_default(),
        depth: line.depth,
        open: line.open,
        selected: workbench.selection.selected().asset() == Some(asset),
        hovered: workbench.selection.hovered() == Some(asset),
        measured: document.is_some_and(|one| one.has_channel(asset)),
        matched: line.matched.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::SelectCommand;
    use super::super::test_support::running_workbench;
    use super::*;

    fn names(workbench: &Workbench) -> Vec<String> {
        rows(workbench).into_iter().map(|row| row.name).collect()
    }

    fn rows(workbench: &Workbench) -> Vec<TreeRow> {
        lines(workbench)
            .iter()
            .map(|line| row(workbench, line))
            .collect()
    }

    #[test]
    fn parts_stand_below_what_contains_them() {
        let workbench = running_workbench();
        let rows = rows(&workbench);
        assert_eq!(rows[0].name, "Board");
        assert_eq!(rows[0].depth, 0);
        assert_eq!(rows[0].open, Some(true));
        assert_eq!(rows[1].name, "Heater 1");
        assert_eq!(rows[1].depth, 1);
        assert!(
            rows.iter()
                .any(|row| row.name == "Sensor 1" && row.measured)
        );
    }

    #[test]
    fn a_closed_branch_hides_its_parts() {
        let mut workbench = running_workbench();
        let board = workbench.asset("board");
        let all = names(&workbench).len();
        workbench.apply(SelectCommand::ToggleBranch(board).into());
        assert!(names(&workbench).len() < all);
        workbench.apply(SelectCommand::ToggleBranch(board).into());
        assert_eq!(names(&workbench).len(), all);
    }

    #[test]
    fn the_filter_forgives_and_keeps_the_way_to_what_it_finds() {
        let mut workbench = running_workbench();
        workbench.apply(SelectCommand::Filter("snsr1".to_owned()).into());
        assert_eq!(names(&workbench), ["Board", "Sensor 1"]);
        workbench.apply(SelectCommand::Filter("nothing like it".to_owned()).into());
        assert!(names(&workbench).is_empty());
    }

    #[test]
    fn better_matches_come_first() {
        let found = fuzzy("play", ["Display", "Play or pause", "Log"].into_iter());
        assert_eq!(found[0].0, 1);
        assert_eq!(found.len(), 2);
    }
}
