//! Nodes and links as assets.

use super::super::inp::{
    CurveUse, HeadLoss, Link as InpLink, LinkKind, Node, NodeKind, Pipe, Pump, SourceKind, Status,
    Tank, Valve, ValveKind,
};
use super::super::map::elevation;
use super::super::units::{PressureUnit, rounded};
use super::words::{self, word_of};
use super::{Maker, Properties};
use crate::twin::{Asset, Link, Place, PortReference};

fn link(from: &str, from_port: &str, to: &str, to_port: &str) -> Link {
    Link {
        from: PortReference(format!("{from}.{from_port}")),
        to: PortReference(format!("{to}.{to_port}")),
    }
}

impl Maker<'_> {
    pub(super) fn nodes(&self, assets: &mut Vec<Asset>, links: &mut Vec<Link>) {
        for (index, node) in self.inp.nodes.iter().enumerate() {
            let id = &self.ids.nodes[index];
            let mut properties = Properties::default();
            self.node_quality(node, &mut properties);
            let (kind, size) = match &node.kind {
                NodeKind::Junction { .. } => {
                    self.junction(node, &mut properties);
                    (words::JUNCTION, [self.dot(); 3])
                }
                NodeKind::Reservoir { head, pattern } => {
                    properties.set("head", *head, &self.units.length);
                    properties.word("head_pattern", self.pattern_id(*pattern));
                    (
                        words::RESERVOIR,
                        [4.0 * self.dot(), 2.0 * self.dot(), 4.0 * self.dot()],
                    )
                }
                NodeKind::Tank(tank) => {
                    self.tank(tank, &mut properties);
                    (words::TANK, self.tank_size(tank))
                }
            };
            let mut asset = properties.into_asset(id, kind, &node.id);
            asset.place = Some(self.place_of_node(index, size));
            assets.push(asset);
            self.further_demands(index, assets, links);
        }
    }

    /// Size of a junction \[m]: what can still be seen of the whole network.
    fn dot(&self) -> f64 {
        let size = (self.map.extent / 400.0).clamp(0.5, 200.0);
        format!("{size:.1e}").parse().unwrap_or(1.0)
    }

    fn metres(&self, length: f64) -> f64 {
        rounded(self.units.length.to_si(length))
    }

    fn tank_size(&self, tank: &Tank) -> [f64; 3] {
        let least = 2.0 * self.dot();
        let wide = self.metres(tank.diameter).max(least);
        let high = self.metres(tank.maximum_level).max(least);
        [wide, high, wide]
    }

    /// Places say where the middle is; what stands on the ground begins at its elevation.
    fn place_of_node(&self, index: usize, size: [f64; 3]) -> Place {
        let (east, north) = self.map.places[index];
        let node = &self.inp.nodes[index];
        let low = self.metres(elevation(&node.kind));
        let middle = match node.kind {
            NodeKind::Tank(_) => rounded(low + size[1] / 2.0),
            NodeKind::Junction { .. } | NodeKind::Reservoir { .. } => low,
        };
        Place {
            position: [east, middle, 0.0 - north],
            size,
            rotation: [0.0; 3],
        }
    }

    fn node_quality(&self, node: &Node, properties: &mut Properties) {
        let units = &self.units;
        match self.inp.options.quality {
            super::super::inp::QualityKind::Age => {
                properties.set_unless(0.0, "initial_age", node.quality, &units.hour);
            }
            _ => {
                properties.set_unless(0.0, "initial_quality", node.quality, &units.concentration);
            }
        }
        if let Some(source) = &node.source {
            // Said in any case: what is not said means something else.
            let kind = word_of(&words::SOURCES, source.kind);
            properties.word("source_type", Some(kind.to_owned()));
            match source.kind {
                SourceKind::Mass => {
                    properties.set("source_mass", source.strength, &units.mass_rate);
                }
                _ => properties.set("source_quality", source.strength, &units.concentration),
            }
            properties.word("source_pattern", self.pattern_id(source.pattern));
        }
        notes(&node.tag, &node.comment, properties);
    }

    fn junction(&self, node: &Node, properties: &mut Properties) {
        let NodeKind::Junction {
            elevation,
            demands,
            emitter,
        } = &node.kind
        else {
            return;
        };
        let units = &self.units;
        properties.set("elevation", *elevation, &units.length);
        if let Some(demand) = demands.first() {
            properties.set_unless(0.0, "base_demand", demand.base, &units.flow);
            properties.word("demand_pattern", self.pattern_id(demand.pattern));
            properties.word_unless("", "demand_category", &demand.category);
        }
        let options = &self.inp.options;
        let emitter = PressureUnit::emitter_at_one_metre(
            *emitter,
            options.flow_unit.is_metric(),
            options.specific_gravity,
            options.emitter_exponent,
        );
        properties.set_unless(0.0, "emitter_coefficient", emitter, &units.flow);
    }

    fn further_demands(&self, index: usize, assets: &mut Vec<Asset>, links: &mut Vec<Link>) {
        let NodeKind::Junction { demands, .. } = &self.inp.nodes[index].kind else {
            return;
        };
        for (number, demand) in demands.iter().enumerate().skip(1) {
            let Some(id) = self.ids.demands.get(&(index, number)) else {
                continue;
            };
            let mut properties = Properties::default();
            properties.set("base_demand", demand.base, &self.units.flow);
            properties.word("pattern", self.pattern_id(demand.pattern));
            properties.word_unless("", "category", &demand.category);
            assets.push(properties.into_asset(id, words::DEMAND, id));
            links.push(link(&self.ids.nodes[index], "demands", id, "junction"));
        }
    }

    fn tank(&self, tank: &Tank, properties: &mut Properties) {
        let units = &self.units;
        properties.set("elevation", tank.elevation, &units.length);
        properties.set("initial_level", tank.initial_level, &units.length);
        properties.set("minimum_level", tank.minimum_level, &units.length);
        properties.set("maximum_level", tank.maximum_level, &units.length);
        properties.set("diameter", tank.diameter, &units.length);
        properties.set_unless(0.0, "minimum_volume", tank.minimum_volume, &units.volume);
        properties.word(
            "volume_curve",
            self.curve_id(tank.volume_curve, CurveUse::Volume),
        );
        properties.word_unless("No", "overflow", if tank.overflow { "Yes" } else { "No" });
        properties.word_unless(
            "Mixed",
            "mixing_model",
            word_of(&words::MIXING, tank.mixing),
        );
        properties.set_unless(1.0, "mixing_fraction", tank.mixing_fraction, &units.one);
        if let Some(bulk) = tank.bulk {
            properties.set("bulk_coefficient", bulk, &units.per_day);
        }
    }

    pub(super) fn links(&self, assets: &mut Vec<Asset>, links: &mut Vec<Link>) {
        for (index, one) in self.inp.links.iter().enumerate() {
            let id = &self.ids.links[index];
            let mut properties = Properties::default();
            notes(&one.tag, &one.comment, &mut properties);
            let kind = match &one.kind {
                LinkKind::Pipe(pipe) => {
                    self.pipe(pipe, one.status, &mut properties);
                    words::PIPE
                }
                LinkKind::Pump(pump) => {
                    self.pump(pump, one.status, &mut properties);
                    words::PUMP
                }
                LinkKind::Valve(valve) => {
                    self.valve(valve, one.status, &mut properties);
                    word_of(&words::VALVES, valve.kind)
                }
            };
            let mut asset = properties.into_asset(id, kind, &one.id);
            asset.path = self.path(one);
            if !matches!(one.kind, LinkKind::Pipe(_)) {
                asset.place = Some(self.place_of_link(one, &asset.path));
            }
            assets.push(asset);
            links.push(link(&self.ids.nodes[one.from], "water", id, "a"));
            links.push(link(id, "b", &self.ids.nodes[one.to], "water"));
        }
    }

    /// The points of a link between its ends, each as high as its share of the way says.
    fn path(&self, one: &InpLink) -> Vec<[f64; 3]> {
        if one.vertices.is_empty() {
            return Vec::new();
        }
        let points: Vec<(f64, f64)> = one
            .vertices
            .iter()
            .map(|point| self.map.frame.metres(*point))
            .collect();
        let (start, end) = (self.map.places[one.from], self.map.places[one.to]);
        let mut reached = Vec::with_capacity(points.len());
        let mut way = 0.0;
        let mut last = start;
        for point in points.iter().chain([&end]) {
            way += (point.0 - last.0).hypot(point.1 - last.1);
            reached.push(way);
            last = *point;
        }
        let [low, high] =
            [one.from, one.to].map(|node| self.metres(elevation(&self.inp.nodes[node].kind)));
        points
            .iter()
            .zip(reached)
            .map(|(point, reached)| {
                let share = if way > 0.0 { reached / way } else { 0.5 };
                let height = rounded(low + share * (high - low));
                [point.0, height, 0.0 - point.1]
            })
            .collect()
    }

    /// A pump or valve stands in the middle of its link.
    fn place_of_link(&self, one: &InpLink, path: &[[f64; 3]]) -> Place {
        let end = |node: usize| {
            let (east, north) = self.map.places[node];
            let height = self.metres(elevation(&self.inp.nodes[node].kind));
            [east, height, 0.0 - north]
        };
        let position = match path {
            [] => {
                let (from, to) = (end(one.from), end(one.to));
                std::array::from_fn(|axis| rounded(f64::midpoint(from[axis], to[axis])) + 0.0)
            }
            path => path[path.len() / 2],
        };
        Place {
            position,
            size: [1.5 * self.dot(); 3],
            rotation: [0.0; 3],
        }
    }

    fn pipe(&self, pipe: &Pipe, status: Status, properties: &mut Properties) {
        let units = &self.units;
        properties.set("length", pipe.length, &units.length);
        properties.set("diameter", pipe.diameter, &units.diameter);
        match self.inp.options.headloss {
            HeadLoss::DarcyWeisbach => {
                let (unit, factor) = &units.roughness;
                let height = if factor.to_bits() == 1.0_f64.to_bits() {
                    pipe.roughness
                } else {
                    rounded(pipe.roughness * factor)
                };
                properties.set("roughness_height", height, unit);
            }
            HeadLoss::HazenWilliams | HeadLoss::ChezyManning => {
                properties.set("roughness", pipe.roughness, &units.one);
            }
        }
        properties.set_unless(0.0, "minor_loss", pipe.minor_loss, &units.one);
        properties.set_unless(0.0, "leak_area", pipe.leak_area, &units.leak_area);
        properties.set_unless(
            0.0,
            "leak_expansion",
            pipe.leak_expansion,
            &units.leak_expansion,
        );
        if let Some(bulk) = pipe.bulk {
            properties.set("bulk_coefficient", bulk, &units.per_day);
        }
        if let Some(wall) = pipe.wall {
            if self.inp.reactions.wall_order == 0.0 {
                properties.set("wall_rate", wall, &units.wall_rate);
            } else {
                properties.set("wall_coefficient", wall, &units.wall);
            }
        }
        properties.word_unless(
            "No",
            "check_valve",
            if pipe.check_valve { "Yes" } else { "No" },
        );
        properties.word_unless("Open", "initial_status", status_word(status));
    }

    fn pump(&self, pump: &Pump, status: Status, properties: &mut Properties) {
        let units = &self.units;
        if pump.head_curve.is_none() {
            properties.set("power", pump.power, &units.power);
        }
        properties.word("head_curve", self.curve_id(pump.head_curve, CurveUse::Head));
        properties.set_unless(1.0, "speed", pump.speed, &units.one);
        properties.word("speed_pattern", self.pattern_id(pump.speed_pattern));
        properties.set_unless(0.0, "energy_price", pump.price, &units.per_energy);
        properties.word("price_pattern", self.pattern_id(pump.price_pattern));
        properties.word(
            "efficiency_curve",
            self.curve_id(pump.efficiency_curve, CurveUse::Efficiency),
        );
        properties.word_unless("Open", "initial_status", status_word(status));
    }

    fn valve(&self, valve: &Valve, status: Status, properties: &mut Properties) {
        let units = &self.units;
        properties.set("diameter", valve.diameter, &units.diameter);
        properties.set_unless(0.0, "minor_loss", valve.minor_loss, &units.one);
        match valve.kind {
            ValveKind::Gpv => {
                properties.word("headloss_curve", self.curve_id(valve.curve, CurveUse::Head));
            }
            kind => {
                let (value, unit) = self.valve_setting(kind, valve.setting);
                properties.set("setting", value, &unit);
            }
        }
        if valve.kind == ValveKind::Pcv {
            properties.word(
                "position_curve",
                self.curve_id(valve.curve, CurveUse::Position),
            );
        }
        properties.word_unless("Active", "initial_status", status_word(status));
    }
}

const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Open => "Open",
        Status::Closed => "Closed",
        Status::Active => "Active",
    }
}

fn notes(tag: &str, comment: &str, properties: &mut Properties) {
    properties.word_unless("", "tag", tag);
    properties.word_unless("", "comment", comment);
}
