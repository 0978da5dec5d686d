//! Assets: ids, kinds, parameters, containment, places.

use super::super::document::Asset;
use super::super::kind::{Causality, Kind};
use super::super::nearest;
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::values::Expected;
use super::{Checker, causality_words};

impl Checker<'_, '_> {
    pub(super) fn check_assets(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("assets");
        let ids: Vec<(&str, DocumentPath)> = twin
            .assets
            .iter()
            .enumerate()
            .map(|(index, asset)| (asset.id.as_str(), list.item(index).field("id")))
            .collect();
        self.ids("asset", &ids);
        for (index, asset) in twin.assets.iter().enumerate() {
            let path = list.item(index);
            self.kind(asset, &path);
            self.place(asset, &path);
        }
        self.containment(&list);
    }

    fn kind(&mut self, asset: &Asset, path: &DocumentPath) {
        let registry = self.registry;
        let Some(kind) = registry.get(&asset.kind) else {
            let names: Vec<&str> = registry.iter().map(|kind| kind.name).collect();
            let finding = Finding::error(format!("there is no kind `{}`", asset.kind))
                .hint(self.near(&asset.kind, "kinds", &names));
            self.report(&path.field("kind"), finding);
            return;
        };
        self.attributes(asset, kind, path);
        let list = path.field("parameters");
        for (name, quantity) in &asset.parameters {
            let place = list.field(name.clone());
            match kind.declaration(name) {
                Some(declaration)
                    if matches!(
                        declaration.causality,
                        Causality::Parameter | Causality::Input
                    ) =>
                {
                    let expected = Expected::of_declaration(declaration);
                    self.quantity(quantity, &expected, &place);
                }
                Some(declaration) => {
                    let finding = Finding::error(format!(
                        "`{name}` is {} of {} and cannot be given",
                        causality_words(declaration.causality),
                        kind.name
                    ))
                    .hint(settable(kind));
                    self.report_key(&place, finding);
                }
                None => {
                    let finding =
                        Finding::error(format!("{} has no parameter `{name}`", kind.name))
                            .hint(self.near(name, "parameters", &settable_names(kind)));
                    self.report_key(&place, finding);
                }
            }
        }
        let missing = kind
            .of_causality(Causality::Parameter)
            .filter(|one| one.default.is_none() && !asset.parameters.contains_key(one.name));
        for declaration in missing {
            // A removed second mention of a name leaves the first, so what is not in the map
            // was not written.
            let finding = Finding::error(format!(
                "`{}` lacks the parameter `{}`, which {} requires",
                asset.id, declaration.name, kind.name
            ))
            .hint(format!(
                "{}: {}",
                Expected::of_declaration(declaration).words(),
                declaration.doc
            ));
            let place = if asset.parameters.is_empty() {
                path.field("id")
            } else {
                path.field("parameters")
            };
            self.report(&place, finding);
        }
    }

    fn place(&mut self, asset: &Asset, path: &DocumentPath) {
        if let Some(place) = &asset.place {
            let path = path.field("place").field("size");
            for (index, size) in place.size.iter().enumerate() {
                if *size <= 0.0 {
                    let finding = Finding::error(format!("a size of {size} m is not possible"))
                        .hint("write the extent along x, y and z in metres, each above zero");
                    self.report(&path.item(index), finding);
                }
            }
        }
        if let Some(gltf) = asset.look.as_ref().and_then(|look| look.gltf.as_ref()) {
            self.relative_path(gltf, &path.field("look").field("gltf"));
        }
    }

    fn containment(&mut self, list: &DocumentPath) {
        let twin = self.twin;
        let mut next: Vec<Option<usize>> = Vec::with_capacity(twin.assets.len());
        for (index, asset) in twin.assets.iter().enumerate() {
            let whole = asset.part_of.as_deref();
            let found = whole.and_then(|id| self.assets.get(id).copied());
            if let (Some(id), None) = (whole, found) {
                let finding =
                    Finding::error(format!("there is no asset `{id}`")).hint(self.near_asset(id));
                self.report(&list.item(index).field("part_of"), finding);
            }
            next.push(found);
        }
        let names: Vec<&str> = twin.assets.iter().map(|asset| asset.id.as_str()).collect();
        self.rings(&names, &next, "an asset is a part of itself", |index| {
            list.item(index).field("part_of")
        });
    }
}

/// What a document may say of an asset of this kind.
fn settable_names(kind: &Kind) -> Vec<&'static str> {
    kind.declarations
        .iter()
        .filter(|one| matches!(one.causality, Causality::Parameter | Causality::Input))
        .map(|one| one.name)
        .collect()
}

fn settable(kind: &Kind) -> String {
    nearest::listed("parameters and inputs", settable_names(kind))
}
