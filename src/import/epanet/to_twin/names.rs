//! Ids of a document for names of an EPANET file.
//!
//! EPANET has a name space each for nodes, links, patterns, curves and rules,
//! and names may be numbers. A document has one for all assets, and its ids
//! begin with a letter. A name that can be an id stays; for others one is made
//! that still tells where it comes from. What a document shows, and what an
//! export writes, is the name.

use std::collections::BTreeSet;

/// A name space of a document.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: BTreeSet<String>,
}

impl Ids {
    /// Ids for all `names`, in order. Names that can be ids have the first choice, so that none
    /// is taken from them by one that is made; `prefix` stands in front of one that would begin
    /// with a digit: `n_12`.
    pub fn assign<'n>(
        &mut self,
        names: impl Iterator<Item = (&'n str, &'static str)> + Clone,
    ) -> Vec<String> {
        let mut ids: Vec<Option<String>> = Vec::new();
        for (name, _) in names.clone() {
            let keeps = is_id(name) && self.taken.insert(name.to_owned());
            ids.push(keeps.then(|| name.to_owned()));
        }
        ids.into_iter()
            .zip(names)
            .map(|(id, (name, prefix))| id.unwrap_or_else(|| self.made(name, prefix)))
            .collect()
    }

    /// A new id like `name`.
    pub fn made(&mut self, name: &str, prefix: &str) -> String {
        let body: String = name
            .chars()
            .map(|c| if fits(c) { c } else { '_' })
            .collect();
        let wanted = format!("{prefix}_{body}");
        let mut id = wanted.clone();
        let mut number = 2_u32;
        while !self.taken.insert(id.clone()) {
            id = format!("{wanted}_{number}");
            number += 1;
        }
        id
    }

    /// Takes an id that is given.
    pub fn reserve(&mut self, id: &str) {
        self.taken.insert(id.to_owned());
    }
}

const fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn is_id(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(fits)
}

/// The id of a document that stands for a file: its name without folder and ending.
pub(super) fn document_id(file: &str) -> String {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    };
    let id: String = stem
        .chars()
        .map(|c| if fits(c) { c.to_ascii_lowercase() } else { '_' })
        .collect();
    if is_id(&id) {
        id
    } else {
        format!("network_{id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_can_be_an_id_stays_and_others_are_made_unique() {
        let mut ids = Ids::default();
        let nodes = [("J1", "n"), ("12", "n"), ("a b", "n"), ("n_12", "n")];
        assert_eq!(
            ids.assign(nodes.into_iter()),
            ["J1", "n_12_2", "n_a_b", "n_12"]
        );
        // Links have a name space of their own in EPANET, and none here.
        let links = [("J1", "l"), ("12", "l"), ("a.b", "l"), ("a_b", "l")];
        assert_eq!(
            ids.assign(links.into_iter()),
            ["l_J1", "l_12", "l_a_b", "a_b"]
        );
    }

    #[test]
    fn a_document_is_named_after_its_file() {
        assert_eq!(document_id("nets/L-TOWN.inp"), "l-town");
        assert_eq!(document_id("3 zones.INP"), "network_3_zones");
        assert_eq!(document_id(""), "network_");
    }
}
