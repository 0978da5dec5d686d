//! From a twin document to its flow.

use std::collections::BTreeMap;

use super::{FlowPart, FlowPlan, PartForm, PartVariables, Way};
use crate::model::flow::kinds::{is_inlet, name};
use crate::twin::{Twin, VariableTable};

/// What a kind is in a flow.
fn form_of(kind: &str) -> Option<PartForm> {
    Some(match kind {
        name::SOURCE => PartForm::Source,
        name::BUFFER => PartForm::Buffer,
        name::MACHINE => PartForm::Machine,
        name::SERVER_POOL => PartForm::ServerPool,
        name::ASSEMBLY => PartForm::Assembly,
        name::SPLIT => PartForm::Split,
        name::INSPECTION => PartForm::Inspection,
        name::ROUTER => PartForm::Router,
        name::CONVEYOR => PartForm::Conveyor,
        name::TRANSPORT => PartForm::Transport,
        name::SINK => PartForm::Sink,
        _ => return None,
    })
}

impl FlowPlan {
    /// The flow of `twin`; empty when nothing of it moves items.
    #[must_use]
    pub fn new(twin: &Twin, variables: &VariableTable) -> Self {
        let mut parts = Vec::new();
        let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
        let mut settings = None;
        for (asset, described) in twin.assets.iter().enumerate() {
            if described.kind == name::SETTINGS {
                settings = Some(asset);
            }
            let Some(form) = form_of(&described.kind) else {
                continue;
            };
            by_id.insert(&described.id, parts.len());
            let of = |quantity: &str| variables.of_asset(asset, quantity);
            parts.push(FlowPart {
                asset,
                form,
                variables: PartVariables {
                    state: of("state"),
                    content: of("content").or_else(|| of("waiting")),
                    capacity: of("capacity"),
                    length: of("length"),
                    item_length: of("item_length"),
                    speed: of("speed"),
                },
                stops: described.attributes.get("accumulation").map(String::as_str)
                    == Some("Stopping"),
            });
        }
        if parts.is_empty() {
            return Self::default();
        }
        let end = |reference: &str| {
            let (id, port) = reference.rsplit_once('.')?;
            Some((*by_id.get(id)?, is_inlet(port)))
        };
        let ways = twin.links.iter().filter_map(|link| {
            // A link may be written either way round.
            match (end(&link.from.0)?, end(&link.to.0)?) {
                ((from, false), (to, true)) | ((to, true), (from, false)) => Some(Way { from, to }),
                _ => None,
            }
        });
        let ways = ways.collect();
        Self::from_parts(parts, ways, settings, twin.assets.len())
    }
}
