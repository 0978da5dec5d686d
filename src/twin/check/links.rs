//! Links: ends that exist, media that agree, ports that are full enough.

use std::collections::BTreeMap;

use super::super::document::PortReference;
use super::super::kind::{Medium, Port};
use super::super::nearest;
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::Checker;

/// An end of a link: the asset's position and the port.
type End<'t> = (usize, &'t Port);

impl<'t> Checker<'t, '_> {
    pub(super) fn check_links(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("links");
        let mut used: BTreeMap<(usize, &str), Vec<DocumentPath>> = BTreeMap::new();
        let mut seen: BTreeMap<[(usize, &str); 2], DocumentPath> = BTreeMap::new();
        let mut all_ends_known = true;
        for (index, link) in twin.links.iter().enumerate() {
            let path = list.item(index);
            let ends = [
                self.end(&link.from, &path.field("from")),
                self.end(&link.to, &path.field("to")),
            ];
            for (end, side) in ends.iter().zip(["from", "to"]) {
                match end {
                    Some((asset, port)) => used
                        .entry((*asset, port.name))
                        .or_default()
                        .push(path.field(side)),
                    None => all_ends_known = false,
                }
            }
            if let [Some(from), Some(to)] = ends {
                self.pair(from, to, &path);
                let mut key = [(from.0, from.1.name), (to.0, to.1.name)];
                key.sort_unstable();
                if let Some(first) = seen.get(&key) {
                    let finding = Finding::error(format!(
                        "`{}` and `{}` are linked for the second time",
                        link.from.0, link.to.0
                    ))
                    .hint("keep one of the two links")
                    .related(self.span(first), "the first one");
                    self.report(&path, finding);
                } else {
                    seen.insert(key, path);
                }
            }
        }
        self.multiplicities(&used, all_ends_known);
    }

    /// The asset and port that a reference names, or a finding that says what there is.
    fn end(&mut self, reference: &PortReference, path: &DocumentPath) -> Option<End<'t>> {
        let text = &reference.0;
        let Some((id, name)) = reference.parts() else {
            let finding = Finding::error(format!("`{text}` is not a port"))
                .hint("write the asset's id, a dot and the port: `heater_1.heat`");
            self.report(path, finding);
            return None;
        };
        let Some(index) = self.assets.get(id).copied() else {
            let finding = Finding::error(format!("there is no asset `{id}` to link to"))
                .hint(self.near_asset(id));
            self.report(path, finding);
            return None;
        };
        let kind = self.registry.get(&self.twin.assets[index].kind)?;
        let port = kind.port(name);
        if port.is_none() {
            let names = kind.ports.iter().map(|port| port.name);
            let finding = Finding::error(format!("`{id}` has no port `{name}`")).hint(format!(
                "it is a {}; {}",
                kind.name,
                nearest::listed("ports", names)
            ));
            self.report(path, finding);
        }
        port.map(|port| (index, port))
    }

    fn pair(&mut self, from: End<'_>, to: End<'_>, path: &DocumentPath) {
        if from.0 == to.0 {
            let finding = Finding::error(format!(
                "`{}` is linked to itself",
                self.twin.assets[from.0].id
            ))
            .hint("link it to another asset");
            self.report(path, finding);
        } else if from.1.medium != to.1.medium {
            let finding = Finding::error(format!(
                "a port of {} cannot be linked to a port of {}",
                medium_words(from.1.medium),
                medium_words(to.1.medium)
            ))
            .hint("link ports of the same medium");
            self.report(path, finding);
        }
    }

    /// Reports ports with too many links and, unless a link leads nowhere and may have been
    /// meant for it, ports with too few.
    fn multiplicities(
        &mut self,
        used: &BTreeMap<(usize, &str), Vec<DocumentPath>>,
        all_ends_known: bool,
    ) {
        let twin = self.twin;
        let list = DocumentPath::root().field("assets");
        for (index, asset) in twin.assets.iter().enumerate() {
            let first_of_its_id = self.assets.get(asset.id.as_str()) == Some(&index);
            let Some(kind) = self.registry.get(&asset.kind) else {
                continue;
            };
            if !first_of_its_id {
                continue;
            }
            for port in &kind.ports {
                let links = used.get(&(index, port.name)).map_or(&[][..], Vec::as_slice);
                if links.len() > port.at_most {
                    let finding = Finding::error(format!(
                        "port `{}` of `{}` has {} links and takes at most {}",
                        port.name,
                        asset.id,
                        links.len(),
                        port.at_most
                    ))
                    .hint("take this link away, or use another port");
                    self.report(&links[port.at_most], finding);
                }
                if links.len() < port.at_least && all_ends_known {
                    let finding = Finding::error(format!(
                        "port `{}` of `{}` has {} of the {} links it needs",
                        port.name,
                        asset.id,
                        links.len(),
                        port.at_least
                    ))
                    .hint(format!(
                        "{} ({})",
                        port.doc,
                        medium_words(port.medium)
                    ));
                    self.report(&list.item(index).field("id"), finding);
                }
            }
        }
    }
}

const fn medium_words(medium: Medium) -> &'static str {
    match medium {
        Medium::Heat => "heat",
        Medium::Signal => "signal",
        Medium::Water => "water",
        Medium::Items => "items",
        Medium::Traffic => "traffic",
        Medium::Calls => "calls",
    }
}
