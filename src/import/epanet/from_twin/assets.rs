//! Assets as nodes and links.

use super::super::inp::{
    CurveUse, Demand, HeadLoss, Link, LinkKind, Mixing, Node, NodeKind, Pipe, Pump, Source,
    SourceKind, Status, Tank, Valve, ValveKind,
};
use super::super::map::{self, Frame};
use super::super::units::{PressureUnit, rounded};
use super::{Writer, in_unit, name_of, shortest, words};
use crate::twin::{Asset, Twin};

/// The two ends of a link, by port, as ids of nodes.
#[derive(Clone, Copy, Default)]
struct Ends<'t> {
    a: Option<&'t str>,
    b: Option<&'t str>,
}

impl<'t> Writer<'t> {
    pub(super) fn frame(&self) -> Frame {
        let number = |name: &str, default: f64| {
            self.network
                .and_then(|network| network.parameters.get(name))
                .map_or(default, crate::quantity::Quantity::si)
        };
        Frame {
            origin: (number("map_origin_x", 0.0), number("map_origin_y", 0.0)),
            scale: number("map_scale", 1.0),
            is_degrees: self
                .network
                .is_some_and(|network| self.word(network, "map_unit") == Some("Degrees")),
        }
    }

    /// Says the unit of the map where the lengths of the pipes would tell another.
    pub(super) fn unit_of_map(&mut self) {
        if let Some(unit) = map::unit_to_declare(&self.inp, &self.frame()) {
            self.inp.backdrop.retain(|line| !map::says_unit(line));
            self.inp.backdrop.push(format!("UNITS {unit}"));
        }
    }

    pub(super) fn nodes(&mut self) {
        let twin = self.twin;
        let frame = self.frame();
        self.early_options();
        for asset in &twin.assets {
            let kind = match asset.kind.as_str() {
                words::JUNCTION => self.junction(asset),
                words::RESERVOIR => NodeKind::Reservoir {
                    head: self.value(asset, "head", &self.units.length, 0.0),
                    pattern: self.pattern(asset, "head_pattern"),
                },
                words::TANK => self.tank(asset),
                _ => continue,
            };
            let coordinates = asset.place.as_ref().map(|place| {
                let [east, _, south] = place.position;
                let (x, y) = frame.on_map((east, -south));
                (rounded(x), rounded(y))
            });
            self.nodes.insert(&asset.id, self.inp.nodes.len());
            let node = Node {
                id: name_of(&asset.id, &asset.name).to_owned(),
                line: 0,
                kind,
                coordinates,
                quality: self.initial_quality(asset),
                source: self.source(asset),
                tag: self.note(asset, "tag"),
                comment: self.note(asset, "comment"),
            };
            self.inp.nodes.push(node);
        }
        let names: Vec<String> = self.inp.nodes.iter().map(|one| one.id.clone()).collect();
        self.names_are_unique("nodes", &names);
    }

    /// What the reading of assets depends on.
    fn early_options(&mut self) {
        let Some(network) = self.network else { return };
        let one = self.units.one.clone();
        self.inp.options.specific_gravity = self.value(network, "specific_gravity", &one, 1.0);
        self.inp.options.emitter_exponent = self.value(network, "emitter_exponent", &one, 0.5);
        self.inp.options.headloss = self
            .word(network, "headloss")
            .and_then(|word| words::value_of(&words::HEADLOSS, word))
            .unwrap_or_default();
        self.inp.reactions.wall_order = self.value(network, "wall_order", &one, 1.0);
    }

    fn note(&self, asset: &Asset, name: &str) -> String {
        let text = self.word(asset, name).unwrap_or_default();
        text.replace(['\n', '\r'], " ")
    }

    fn initial_quality(&self, asset: &Asset) -> f64 {
        let is_age = self
            .network
            .is_some_and(|network| self.word(network, "quality") == Some("Age"));
        if is_age {
            self.value(asset, "initial_age", &self.units.hour, 0.0)
        } else {
            self.value(asset, "initial_quality", &self.units.concentration, 0.0)
        }
    }

    fn source(&self, asset: &Asset) -> Option<Source> {
        let units = &self.units;
        let kind = self
            .word(asset, "source_type")
            .and_then(|word| words::value_of(&words::SOURCES, word))
            .unwrap_or_else(|| self.unsaid_source(asset));
        let (name, unit) = match kind {
            SourceKind::Mass => ("source_mass", &units.mass_rate),
            _ => ("source_quality", &units.concentration),
        };
        let strength = in_unit(asset.parameters.get(name)?, unit);
        Some(Source {
            kind,
            strength,
            pattern: self.pattern(asset, "source_pattern"),
        })
    }

    /// How a source acts that says nothing of it: at a junction that no water enters
    /// from outside, as the least that leaves.
    fn unsaid_source(&self, asset: &Asset) -> SourceKind {
        let demand = self.value(asset, "base_demand", &self.units.flow, 0.0);
        if asset.kind == words::JUNCTION && demand >= 0.0 {
            SourceKind::Setpoint
        } else {
            SourceKind::Concentration
        }
    }

    fn junction(&self, asset: &Asset) -> NodeKind {
        let units = &self.units;
        let options = &self.inp.options;
        let (metric, gravity, exponent) = (
            options.flow_unit.is_metric(),
            options.specific_gravity,
            options.emitter_exponent,
        );
        let at_one_metre = self.value(asset, "emitter_coefficient", &units.flow, 0.0);
        let exact = PressureUnit::emitter_in_file(at_one_metre, metric, gravity, exponent);
        let emitter = shortest(exact, |coefficient| {
            let back = PressureUnit::emitter_at_one_metre(coefficient, metric, gravity, exponent);
            back.to_bits() == at_one_metre.to_bits()
        });
        NodeKind::Junction {
            elevation: self.value(asset, "elevation", &units.length, 0.0),
            demands: vec![Demand {
                base: self.value(asset, "base_demand", &units.flow, 0.0),
                pattern: self.pattern(asset, "demand_pattern"),
                category: self.note(asset, "demand_category"),
            }],
            emitter,
        }
    }

    fn tank(&mut self, asset: &Asset) -> NodeKind {
        let volume_curve = self.curve(asset, "volume_curve", CurveUse::Volume);
        let units = &self.units;
        let length = |name: &str| self.value(asset, name, &units.length, 0.0);
        NodeKind::Tank(Tank {
            elevation: length("elevation"),
            initial_level: length("initial_level"),
            minimum_level: length("minimum_level"),
            maximum_level: length("maximum_level"),
            diameter: length("diameter"),
            minimum_volume: self.value(asset, "minimum_volume", &units.volume, 0.0),
            volume_curve,
            overflow: self.word(asset, "overflow") == Some("Yes"),
            mixing: self
                .word(asset, "mixing_model")
                .and_then(|word| words::value_of(&words::MIXING, word))
                .unwrap_or(Mixing::Mixed),
            mixing_fraction: self.value(asset, "mixing_fraction", &units.one, 1.0),
            bulk: asset
                .parameters
                .get("bulk_coefficient")
                .map(|bulk| in_unit(bulk, &units.per_day)),
        })
    }

    /// Demands beyond the first, in the order of the document.
    pub(super) fn demands(&mut self) {
        let twin = self.twin;
        let of = linked(twin, "junction", "demands");
        for asset in twin.assets.iter().filter(|one| one.kind == words::DEMAND) {
            let node = of
                .get(asset.id.as_str())
                .and_then(|junction| self.nodes.get(junction))
                .copied();
            let demand = Demand {
                base: self.value(asset, "base_demand", &self.units.flow, 0.0),
                pattern: self.pattern(asset, "pattern"),
                category: self.note(asset, "category"),
            };
            match node.map(|node| &mut self.inp.nodes[node].kind) {
                Some(NodeKind::Junction { demands, .. }) => demands.push(demand),
                _ => self.problems.push(format!(
                    "demand `{}` belongs to no junction; link it to one",
                    asset.id
                )),
            }
        }
    }

    pub(super) fn links(&mut self) {
        let twin = self.twin;
        let frame = self.frame();
        let (a, b) = (linked(twin, "a", "water"), linked(twin, "b", "water"));
        for asset in &twin.assets {
            let valve = words::VALVES
                .iter()
                .find(|(_, word)| *word == asset.kind)
                .map(|(kind, _)| *kind);
            let (kind, usual) = match (asset.kind.as_str(), valve) {
                (words::PIPE, _) => (self.pipe(asset), Status::Open),
                (words::PUMP, _) => (self.pump(asset), Status::Open),
                (_, Some(kind)) => (self.valve(asset, kind), Status::Active),
                _ => continue,
            };
            let ends = Ends {
                a: a.get(asset.id.as_str()).copied(),
                b: b.get(asset.id.as_str()).copied(),
            };
            let node = |end: Option<&str>| end.and_then(|id| self.nodes.get(id)).copied();
            let (Some(from), Some(to)) = (node(ends.a), node(ends.b)) else {
                self.problems.push(format!(
                    "`{}` is not linked to two nodes; link its ports a and b",
                    asset.id
                ));
                continue;
            };
            self.links.insert(&asset.id, self.inp.links.len());
            let link = Link {
                id: name_of(&asset.id, &asset.name).to_owned(),
                line: 0,
                from,
                to,
                kind,
                status: match self.word(asset, "initial_status") {
                    Some("Open") => Status::Open,
                    Some("Closed") => Status::Closed,
                    Some("Active") => Status::Active,
                    _ => usual,
                },
                vertices: asset
                    .path
                    .iter()
                    .map(|[east, _, south]| {
                        let (x, y) = frame.on_map((*east, -south));
                        (rounded(x), rounded(y))
                    })
                    .collect(),
                tag: self.note(asset, "tag"),
                comment: self.note(asset, "comment"),
            };
            self.inp.links.push(link);
        }
        let names: Vec<String> = self.inp.links.iter().map(|one| one.id.clone()).collect();
        self.names_are_unique("links", &names);
    }

    fn pipe(&self, asset: &Asset) -> LinkKind {
        let units = &self.units;
        let roughness = match self.inp.options.headloss {
            HeadLoss::DarcyWeisbach => {
                let (unit, factor) = &units.roughness;
                let height = self.value(asset, "roughness_height", unit, 0.1 / 304.8);
                if factor.to_bits() == 1.0_f64.to_bits() {
                    height
                } else {
                    rounded(height / factor)
                }
            }
            _ => self.value(asset, "roughness", &units.one, 100.0),
        };
        let own = |name: &str, unit| {
            asset
                .parameters
                .get(name)
                .map(|quantity| in_unit(quantity, unit))
        };
        LinkKind::Pipe(Pipe {
            length: self.value(asset, "length", &units.length, 1.0),
            diameter: self.value(asset, "diameter", &units.diameter, 1.0),
            roughness,
            minor_loss: self.value(asset, "minor_loss", &units.one, 0.0),
            check_valve: self.word(asset, "check_valve") == Some("Yes"),
            bulk: own("bulk_coefficient", &units.per_day),
            wall: if self.inp.reactions.wall_order == 0.0 {
                own("wall_rate", &units.wall_rate)
            } else {
                own("wall_coefficient", &units.wall)
            },
            leak_area: self.value(asset, "leak_area", &units.leak_area, 0.0),
            leak_expansion: self.value(asset, "leak_expansion", &units.leak_expansion, 0.0),
        })
    }

    fn pump(&mut self, asset: &Asset) -> LinkKind {
        let head_curve = self.curve(asset, "head_curve", CurveUse::Head);
        let efficiency_curve = self.curve(asset, "efficiency_curve", CurveUse::Efficiency);
        let units = &self.units;
        LinkKind::Pump(Pump {
            power: self.value(asset, "power", &units.power, 0.0),
            head_curve,
            speed: self.value(asset, "speed", &units.one, 1.0),
            speed_pattern: self.pattern(asset, "speed_pattern"),
            price: self.value(asset, "energy_price", &units.per_energy, 0.0),
            price_pattern: self.pattern(asset, "price_pattern"),
            efficiency_curve,
        })
    }

    fn valve(&mut self, asset: &Asset, kind: ValveKind) -> LinkKind {
        let curve = match kind {
            ValveKind::Gpv => self.curve(asset, "headloss_curve", CurveUse::Head),
            ValveKind::Pcv => self.curve(asset, "position_curve", CurveUse::Position),
            _ => None,
        };
        let setting = asset
            .parameters
            .get("setting")
            .map_or(0.0, |quantity| self.setting_of(kind, quantity));
        let units = &self.units;
        LinkKind::Valve(Valve {
            kind,
            diameter: self.value(asset, "diameter", &units.diameter, 1.0),
            setting,
            minor_loss: self.value(asset, "minor_loss", &units.one, 0.0),
            curve,
        })
    }

    /// A setting of a valve in the units of the file.
    pub(super) fn setting_of(&self, kind: ValveKind, quantity: &crate::quantity::Quantity) -> f64 {
        let units = &self.units;
        match kind {
            ValveKind::Fcv => in_unit(quantity, &units.flow),
            ValveKind::Pcv => in_unit(quantity, &units.percent),
            ValveKind::Tcv | ValveKind::Gpv => in_unit(quantity, &units.one),
            ValveKind::Prv | ValveKind::Psv | ValveKind::Pbv => self.pressure(quantity),
        }
    }
}

/// For each asset with a link at its port `own`, the asset whose port `other` is at the far end.
fn linked<'t>(
    twin: &'t Twin,
    own: &str,
    other: &str,
) -> std::collections::BTreeMap<&'t str, &'t str> {
    let mut found = std::collections::BTreeMap::new();
    for link in &twin.links {
        let (Some(from), Some(to)) = (link.from.parts(), link.to.parts()) else {
            continue;
        };
        if from.1 == own && to.1 == other {
            found.insert(from.0, to.0);
        } else if to.1 == own && from.1 == other {
            found.insert(to.0, from.0);
        }
    }
    found
}
