//! From a twin to a network: which asset is which node or link, where its
//! variables stand, and the [`Network`] that the values of the parameters make.

use std::collections::BTreeMap;

use super::kinds::name;
use super::network::{
    Action, Characteristic, Condition, Control, Demand, Element, InitialStatus, Join, Junction,
    Link, Network, Pattern, Pipe, Premise, Pump, Quantity, Relation, Reservoir, Rule, RuleAction,
    Source, Tank, Valve, ValveKind, When,
};
use super::options::{DemandModel, Formula, Options, Unbalanced};
use super::{Curve, constants};
use crate::model::slots::{SlotNames, Slots};
use crate::model::{Follower, ModelError, control_name, follower};
use crate::quantity::SimDuration;
use crate::twin::{self, Asset, Twin, VariableTable};

/// An asset as a part of the network.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Position of the asset in the document.
    pub(super) asset: usize,
    pub(super) slots: Slots,
}

/// The water assets of a twin as parts of a network.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Ids of all assets by their position in the document.
    pub(super) ids: Vec<String>,
    pub(super) network: Option<Member>,
    pub(super) junctions: Vec<Member>,
    pub(super) sources: Vec<Member>,
    pub(super) links: Vec<Member>,
    /// Further demands: the member and its junction.
    demands: Vec<(Member, usize)>,
    /// The network with everything that is no parameter: structure, attributes,
    /// patterns, curves, controls and rules.
    frame: Network,
    /// What EPANET's cubic metre is of ours, for the unit of flow of the file.
    pub(super) flow_scale: f64,
}

/// The size that EPANET's rounded factor for a unit of flow gives a cubic metre.
/// Within its rounding, results agree with EPANET's to the last digits only if
/// flows are reckoned with it.
fn flow_scale(unit: &str) -> f64 {
    let (per_cubic_foot, cubic_metres) = match unit {
        "GPM" => (448.831, 231.0 * 0.0254_f64.powi(3) / 60.0),
        "MGD" => (0.64632, 231e6 * 0.0254_f64.powi(3) / 86_400.0),
        "IMGD" => (0.5382, 4.54609e3 / 86_400.0),
        "AFD" => (1.9837, 43_560.0 * constants::CUBIC_FOOT / 86_400.0),
        "LPS" => (28.317, 1e-3),
        "LPM" => (1699.0, 1e-3 / 60.0),
        "MLD" => (2.4466, 1e3 / 86_400.0),
        "CMH" => (101.94, 1.0 / 3600.0),
        "CMD" => (2446.6, 1.0 / 86_400.0),
        "CMS" => (0.028317, 1.0),
        _ => return 1.0,
    };
    constants::CUBIC_FOOT / (per_cubic_foot * cubic_metres)
}

pub(super) fn is_american(unit: &str) -> bool {
    matches!(unit, "CFS" | "GPM" | "MGD" | "IMGD" | "AFD")
}

pub(super) fn whole_seconds(duration: SimDuration) -> i64 {
    duration.as_seconds().round() as i64
}

/// Collects what a twin says, and what is wrong with it.
struct Builder<'a> {
    twin: &'a Twin,
    layout: Layout,
    problems: Vec<ModelError>,
    names: SlotNames<'a>,
    nodes: BTreeMap<&'a str, NodePlace>,
    links: BTreeMap<&'a str, usize>,
    curves: BTreeMap<&'a str, usize>,
    patterns: BTreeMap<&'a str, usize>,
}

#[derive(Clone, Copy, Debug)]
enum NodePlace {
    Junction(usize),
    Source(usize),
}

impl Layout {
    /// Reads the water assets of a twin; `None` when there are none.
    ///
    /// # Errors
    /// Every problem of structure found.
    pub(super) fn read(
        twin: &Twin,
        variables: &VariableTable,
    ) -> Result<Option<Self>, Vec<ModelError>> {
        if !twin
            .assets
            .iter()
            .any(|asset| asset.kind.starts_with("water."))
        {
            return Ok(None);
        }
        let mut builder = Builder {
            twin,
            layout: Self {
                ids: twin.assets.iter().map(|asset| asset.id.clone()).collect(),
                flow_scale: 1.0,
                ..Self::default()
            },
            problems: Vec::new(),
            names: SlotNames::default(),
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            curves: BTreeMap::new(),
            patterns: BTreeMap::new(),
        };
        builder.read_curves_and_patterns();
        builder.read_members(variables);
        builder.connect();
        builder.read_options(variables);
        builder.read_controls();
        builder.read_rules();
        if builder.problems.is_empty() {
            Ok(Some(builder.layout))
        } else {
            Err(builder.problems)
        }
    }

    /// The network that the parameters in `values` make.
    pub(super) fn network(&self, values: &[f64]) -> Network {
        let mut network = self.frame.clone();
        let scale = self.flow_scale;
        if let Some(member) = &self.network {
            write_options(&mut network.options, &member.slots, values, scale);
        }
        for (junction, member) in network.junctions.iter_mut().zip(&self.junctions) {
            let value = |name| member.slots.value(values, name);
            junction.elevation = value("elevation");
            junction.emitter = value("emitter_coefficient") * scale;
            if let Some(first) = junction.demands.first_mut() {
                first.base = value("base_demand") * scale;
            }
        }
        let mut next = vec![1; network.junctions.len()];
        for (member, junction) in &self.demands {
            let place = next[*junction];
            next[*junction] += 1;
            if let Some(demand) = network.junctions[*junction].demands.get_mut(place) {
                demand.base = member.slots.value(values, "base_demand") * scale;
            }
        }
        for (source, member) in network.sources.iter_mut().zip(&self.sources) {
            let value = |name| member.slots.value(values, name);
            match source {
                Source::Reservoir(reservoir) => reservoir.head = value("head"),
                Source::Tank(tank) => {
                    tank.elevation = value("elevation");
                    tank.initial_level = value("initial_level");
                    tank.minimum_level = value("minimum_level");
                    tank.maximum_level = value("maximum_level");
                    tank.diameter = value("diameter");
                    tank.minimum_volume = value("minimum_volume");
                }
            }
        }
        let formula = network.options.formula;
        let elevations: Vec<f64> = (0..network.node_count())
            .map(|n| network.elevation(n))
            .collect();
        for (link, member) in network.links.iter_mut().zip(&self.links) {
            let value = |name| member.slots.value(values, name);
            link.diameter = value("diameter");
            link.minor_loss = value("minor_loss");
            match &mut link.element {
                Element::Pipe(pipe) => {
                    pipe.length = value("length");
                    pipe.roughness = match formula {
                        Formula::DarcyWeisbach => value("roughness_height"),
                        _ => value("roughness"),
                    };
                    pipe.leak_area = value("leak_area") * scale;
                    pipe.leak_expansion = value("leak_expansion") * scale;
                }
                Element::Pump(pump) => {
                    if let Characteristic::Power(power) = &mut pump.characteristic {
                        *power = value("power");
                    }
                    pump.speed = value("speed");
                    pump.price = Some(value("energy_price")).filter(|&price| price > 0.0);
                }
                Element::Valve(valve) => {
                    let flow = valve.kind == ValveKind::FlowControl;
                    let opening = matches!(valve.kind, ValveKind::Positional { .. });
                    let factor = if flow {
                        scale
                    } else if opening {
                        100.0
                    } else {
                        1.0
                    };
                    valve.setting = value("setting") * factor;
                }
            }
        }
        // Controls by level count from the floor of their node.
        for control in &mut network.controls {
            if let When::Below { node, head } | When::Above { node, head } = &mut control.when {
                *head += elevations[*node];
            }
        }
        network
    }
}

fn write_options(options: &mut Options, slots: &Slots, values: &[f64], scale: f64) {
    let value = |name| slots.value(values, name);
    let seconds = |name| (value(name).round() as i64).max(1);
    options.accuracy = value("accuracy");
    options.maximum_trials = value("maximum_trials").max(1.0) as u32;
    if let Unbalanced::Continue(extra) = &mut options.unbalanced {
        *extra = value("extra_trials").max(0.0) as u32;
    }
    options.head_error = value("head_error");
    options.flow_change = value("flow_change") * scale;
    options.check_frequency = value("check_frequency").max(1.0) as u32;
    options.maximum_check = value("maximum_check").max(0.0) as u32;
    options.damping_limit = value("damping_limit");
    options.viscosity = value("kinematic_viscosity");
    options.specific_gravity = value("specific_gravity");
    options.emitter_exponent = value("emitter_exponent");
    if let DemandModel::PressureDriven {
        minimum,
        required,
        exponent,
    } = &mut options.demand_model
    {
        *minimum = value("minimum_pressure");
        *required = value("required_pressure").max(*minimum + 0.1);
        *exponent = value("pressure_exponent");
    }
    options.hydraulic_step = seconds("hydraulic_step");
    options.rule_step = seconds("rule_step");
    options.report_step = seconds("report_step");
    options.start_clock = value("start_clock").round() as i64;
    options.energy_price = value("energy_price");
    options.demand_charge = value("demand_charge");
    options.pump_efficiency = value("pump_efficiency");
}

impl<'a> Builder<'a> {
    fn problem(&mut self, asset: &str, problem: impl Into<String>, advice: impl Into<String>) {
        self.problems.push(ModelError::Structure {
            asset: asset.to_owned(),
            problem: problem.into(),
            advice: advice.into(),
        });
    }

    fn read_curves_and_patterns(&mut self) {
        for (index, curve) in self.twin.curves.iter().enumerate() {
            self.curves.insert(&curve.id, index);
            let points = curve.points.iter();
            self.layout.frame.curves.push(Curve {
                points: points
                    .map(|&(x, y)| (curve.x.to_si(x), curve.y.to_si(y)))
                    .collect(),
            });
        }
        for (index, pattern) in self.twin.patterns.iter().enumerate() {
            self.patterns.insert(&pattern.id, index);
            self.layout.frame.patterns.push(Pattern {
                step: whole_seconds(pattern.step),
                start: whole_seconds(pattern.start),
                values: pattern.values.clone(),
            });
        }
    }

    fn attribute(&self, asset: &'a Asset, name: &str) -> Option<&'a str> {
        asset.attributes.get(name).map(String::as_str)
    }

    fn curve(&self, asset: &'a Asset, name: &str) -> Option<usize> {
        self.curves.get(self.attribute(asset, name)?).copied()
    }

    fn pattern(&self, asset: &'a Asset, name: &str) -> Option<usize> {
        self.patterns.get(self.attribute(asset, name)?).copied()
    }

    fn read_members(&mut self, variables: &VariableTable) {
        let twin = self.twin;
        for (position, asset) in twin.assets.iter().enumerate() {
            if !asset.kind.starts_with("water.") {
                continue;
            }
            let slots = self.names.of(position, asset, variables);
            let member = Member {
                asset: position,
                slots,
            };
            match asset.kind.as_str() {
                name::NETWORK => self.take_network(asset, member),
                name::JUNCTION => {
                    let place = NodePlace::Junction(self.layout.junctions.len());
                    self.nodes.insert(&asset.id, place);
                    let pattern = self.pattern(asset, "demand_pattern");
                    self.layout.frame.junctions.push(Junction {
                        demands: vec![Demand { base: 0.0, pattern }],
                        ..Junction::default()
                    });
                    self.layout.junctions.push(member);
                }
                name::RESERVOIR | name::TANK => self.take_source(asset, member),
                name::DEMAND => self.layout.demands.push((member, usize::MAX)),
                _ => self.take_link(asset, member),
            }
        }
    }

    fn take_network(&mut self, asset: &'a Asset, member: Member) {
        if self.layout.network.is_some() {
            let advice = "keep one: all water assets of a twin make one network";
            self.problem(&asset.id, "it is a second network", advice);
        }
        let options = &mut self.layout.frame.options;
        let word = |name: &str| asset.attributes.get(name).map_or("", String::as_str);
        options.formula = match word("headloss") {
            "DarcyWeisbach" => Formula::DarcyWeisbach,
            "ChezyManning" => Formula::ChezyManning,
            _ => Formula::HazenWilliams,
        };
        if word("demand_model") == "PressureDriven" {
            options.demand_model = DemandModel::PressureDriven {
                minimum: 0.0,
                required: 0.1,
                exponent: 0.5,
            };
        }
        options.unbalanced = match word("unbalanced") {
            "Continue" => Unbalanced::Continue(10),
            _ => Unbalanced::Stop,
        };
        options.emitter_backflow = word("backflow") != "No";
        options.price_pattern = self.patterns.get(word("price_pattern")).copied();
        // Litres a second where the document says nothing, as the kind declares.
        self.layout.flow_scale = flow_scale(match word("flow_unit") {
            "" => "LPS",
            unit => unit,
        });
        self.layout.network = Some(member);
    }

    fn take_source(&mut self, asset: &'a Asset, member: Member) {
        let place = NodePlace::Source(self.layout.sources.len());
        self.nodes.insert(&asset.id, place);
        let source = if asset.kind == name::TANK {
            Source::Tank(Tank {
                elevation: 0.0,
                initial_level: 0.0,
                minimum_level: 0.0,
                maximum_level: 0.0,
                diameter: 0.0,
                minimum_volume: 0.0,
                volume_curve: self.curve(asset, "volume_curve"),
                overflow: self.attribute(asset, "overflow") == Some("Yes"),
            })
        } else {
            Source::Reservoir(Reservoir {
                head: 0.0,
                pattern: self.pattern(asset, "head_pattern"),
            })
        };
        self.layout.frame.sources.push(source);
        self.layout.sources.push(member);
    }

    fn take_link(&mut self, asset: &'a Asset, member: Member) {
        let valve = |kind| Some(Element::Valve(Valve { kind, setting: 0.0 }));
        let element = match asset.kind.as_str() {
            name::PIPE => Some(Element::Pipe(Pipe {
                length: 0.0,
                roughness: 0.0,
                check_valve: self.attribute(asset, "check_valve") == Some("Yes"),
                leak_area: 0.0,
                leak_expansion: 0.0,
            })),
            name::PUMP => Some(Element::Pump(Pump {
                characteristic: match self.curve(asset, "head_curve") {
                    Some(curve) => Characteristic::Curve(curve),
                    None => Characteristic::Power(0.0),
                },
                speed: 1.0,
                speed_pattern: self.pattern(asset, "speed_pattern"),
                efficiency_curve: self.curve(asset, "efficiency_curve"),
                price: None,
                price_pattern: self.pattern(asset, "price_pattern"),
            })),
            name::PRESSURE_REDUCING_VALVE => valve(ValveKind::PressureReducing),
            name::PRESSURE_SUSTAINING_VALVE => valve(ValveKind::PressureSustaining),
            name::PRESSURE_BREAKER_VALVE => valve(ValveKind::PressureBreaker),
            name::FLOW_CONTROL_VALVE => valve(ValveKind::FlowControl),
            name::THROTTLE_VALVE => valve(ValveKind::Throttle),
            name::GENERAL_PURPOSE_VALVE => match self.curve(asset, "headloss_curve") {
                Some(curve) => valve(ValveKind::GeneralPurpose { curve }),
                None => {
                    let advice = "name one in the attribute `headloss_curve`";
                    self.problem(&asset.id, "it has no curve of its head loss", advice);
                    None
                }
            },
            name::POSITIONAL_VALVE => {
                let curve = self.curve(asset, "position_curve");
                valve(ValveKind::Positional { curve })
            }
            _ => None,
        };
        let Some(element) = element else { return };
        let initial = match (self.attribute(asset, "initial_status"), &element) {
            (Some("Closed"), _) => InitialStatus::Closed,
            (Some("Active") | None, Element::Valve(_)) => InitialStatus::Active,
            _ => InitialStatus::Open,
        };
        self.links.insert(&asset.id, self.layout.links.len());
        self.layout.frame.links.push(Link {
            start: usize::MAX,
            end: usize::MAX,
            element,
            diameter: 0.0,
            minor_loss: 0.0,
            initial,
        });
        self.layout.links.push(member);
    }

    /// Reads the links of the document: which nodes each pipe, pump and valve
    /// joins, and which junction each further demand is drawn from.
    fn connect(&mut self) {
        let twin = self.twin;
        let demand_places: BTreeMap<&str, usize> = (self.layout.demands.iter().enumerate())
            .map(|(place, (member, _))| (twin.assets[member.asset].id.as_str(), place))
            .collect();
        for link in &twin.links {
            let (Some(from), Some(to)) = (link.from.parts(), link.to.parts()) else {
                continue;
            };
            for (here, there) in [(from, to), (to, from)] {
                let node = self.nodes.get(there.0).copied();
                if let (Some(&place), Some(node)) = (self.links.get(here.0), node) {
                    let junctions = self.layout.frame.junctions.len();
                    let index = match node {
                        NodePlace::Junction(index) => index,
                        NodePlace::Source(index) => junctions + index,
                    };
                    let part = &mut self.layout.frame.links[place];
                    match here.1 {
                        "a" => part.start = index,
                        _ => part.end = index,
                    }
                }
                if let (Some(&place), Some(NodePlace::Junction(junction))) =
                    (demand_places.get(here.0), node)
                {
                    self.layout.demands[place].1 = junction;
                }
            }
        }
        let mut loose = Vec::new();
        for (link, member) in self.layout.frame.links.iter().zip(&self.layout.links) {
            if link.start == usize::MAX || link.end == usize::MAX {
                loose.push(member.asset);
            }
        }
        for asset in loose {
            let advice = "link its ports `a` and `b` to the port `water` of two nodes";
            self.problem(&twin.assets[asset].id, "it does not join two nodes", advice);
        }
        self.layout
            .demands
            .retain(|&(_, junction)| junction != usize::MAX);
        for place in 0..self.layout.demands.len() {
            let (asset, junction) = (
                self.layout.demands[place].0.asset,
                self.layout.demands[place].1,
            );
            let pattern = self.pattern(&twin.assets[asset], "pattern");
            let demands = &mut self.layout.frame.junctions[junction].demands;
            demands.push(Demand { base: 0.0, pattern });
        }
    }

    fn read_options(&mut self, variables: &VariableTable) {
        let Some(member) = self.layout.network.clone() else {
            let advice = "add an asset of kind `water.Network`: it holds how to solve";
            self.problem(&self.twin.id, "its water assets have no network", advice);
            return;
        };
        let asset = &self.twin.assets[member.asset];
        if let Some(default) = self.pattern(asset, "default_pattern") {
            for junction in &mut self.layout.frame.junctions {
                for demand in &mut junction.demands {
                    demand.pattern = demand.pattern.or(Some(default));
                }
            }
        }
        let initial = variables.initial_values();
        let start = member.slots.value(&initial, "pattern_start").round() as i64;
        for pattern in &mut self.layout.frame.patterns {
            pattern.start += start;
        }
        self.scale_curves();
    }

    /// Flows on curves are reckoned as all others.
    fn scale_curves(&mut self) {
        let scale = self.layout.flow_scale;
        let network = &mut self.layout.frame;
        let mut over_flow = vec![false; network.curves.len()];
        for link in &network.links {
            match &link.element {
                Element::Pump(pump) => {
                    if let Characteristic::Curve(curve) = pump.characteristic {
                        over_flow[curve] = true;
                    }
                    if let Some(curve) = pump.efficiency_curve {
                        over_flow[curve] = true;
                    }
                }
                Element::Valve(Valve {
                    kind: ValveKind::GeneralPurpose { curve },
                    ..
                }) => over_flow[*curve] = true,
                Element::Valve(Valve {
                    kind: ValveKind::Positional { curve: Some(curve) },
                    ..
                }) => {
                    // Per cent, as the engine has it.
                    for point in &mut network.curves[*curve].points {
                        *point = (100.0 * point.0, 100.0 * point.1);
                    }
                }
                _ => {}
            }
        }
        for (curve, _) in network
            .curves
            .iter_mut()
            .zip(over_flow)
            .filter(|(_, flow)| *flow)
        {
            for point in &mut curve.points {
                point.0 *= scale;
            }
        }
    }

    /// The link and action of `asset.quantity = value`.
    fn action(&mut self, owner: &str, variable: &str, value: f64) -> Option<RuleAction> {
        let (asset, quantity) = variable.rsplit_once('.')?;
        let Some(&link) = self.links.get(asset) else {
            let advice = "set the status or setting of a pipe, pump or valve";
            self.problem(owner, format!("`{variable}` is not of a link"), advice);
            return None;
        };
        let action = match quantity {
            "open" if value < 0.5 => Action::Close,
            "open" => Action::Open,
            _ => {
                let (flow, opening) = match &self.layout.frame.links[link].element {
                    Element::Valve(valve) => (
                        valve.kind == ValveKind::FlowControl,
                        matches!(valve.kind, ValveKind::Positional { .. }),
                    ),
                    _ => (false, false),
                };
                let scale = self.layout.flow_scale;
                Action::Set(
                    value
                        * if flow {
                            scale
                        } else if opening {
                            100.0
                        } else {
                            1.0
                        },
                )
            }
        };
        Some(RuleAction { link, action })
    }

    fn node(&self, asset: &str) -> Option<usize> {
        match self.nodes.get(asset)? {
            NodePlace::Junction(index) => Some(*index),
            NodePlace::Source(index) => Some(self.layout.frame.junctions.len() + index),
        }
    }

    fn read_controls(&mut self) {
        for (index, control) in self.twin.controls.iter().enumerate() {
            if control.disabled || follower(control, self.twin) != Some(Follower::Water) {
                continue;
            }
            let owner = control_name(&control.id, index);
            let when = match &control.when {
                twin::Condition::At(time) => Some(When::At(whole_seconds(*time))),
                twin::Condition::Daily(time) => Some(When::Daily(whole_seconds(*time))),
                twin::Condition::Below(variable, value) => self
                    .level(variable, value.si())
                    .map(|(node, head)| When::Below { node, head }),
                twin::Condition::Above(variable, value) => self
                    .level(variable, value.si())
                    .map(|(node, head)| When::Above { node, head }),
            };
            let Some(when) = when else {
                let advice = "look at the `level` of a tank or the `pressure` of a junction";
                self.problem(&owner, "what it looks at is not of a node", advice);
                continue;
            };
            for (variable, value) in &control.set {
                if let Some(RuleAction { link, action }) = self.action(&owner, variable, value.si())
                {
                    self.layout
                        .frame
                        .controls
                        .push(Control { when, link, action });
                }
            }
        }
    }

    /// The node of a level or pressure, with the value.
    fn level(&self, variable: &str, value: f64) -> Option<(usize, f64)> {
        let (asset, quantity) = variable.rsplit_once('.')?;
        let known = matches!(quantity, "level" | "pressure");
        self.node(asset).filter(|_| known).map(|node| (node, value))
    }

    fn read_rules(&mut self) {
        for rule in &self.twin.rules {
            if rule.disabled {
                continue;
            }
            let mut read = Rule {
                priority: rule.priority,
                ..Rule::default()
            };
            for premise in &rule.premises {
                let Some(condition) = self.condition(premise) else {
                    let advice =
                        "compare a quantity of a node or link, the time or the time of day";
                    self.problem(&rule.id, "one of its premises is not understood", advice);
                    continue;
                };
                read.premises.push(Premise {
                    join: match premise.join {
                        twin::Join::Or => Join::Or,
                        twin::Join::If | twin::Join::And => Join::And,
                    },
                    condition,
                    relation: match premise.relation {
                        twin::Relation::Below => Relation::Below,
                        twin::Relation::Above => Relation::Above,
                        twin::Relation::Equal => Relation::Equal,
                        twin::Relation::NotEqual => Relation::NotEqual,
                        twin::Relation::AtMost => Relation::AtMost,
                        twin::Relation::AtLeast => Relation::AtLeast,
                    },
                });
            }
            for (variable, value) in &rule.then {
                read.then
                    .extend(self.action(&rule.id, variable, value.si()));
            }
            for (variable, value) in &rule.otherwise {
                read.otherwise
                    .extend(self.action(&rule.id, variable, value.si()));
            }
            self.layout.frame.rules.push(read);
        }
    }

    fn condition(&self, premise: &twin::Premise) -> Option<Condition> {
        let value = premise.value.si();
        let variable = match &premise.of {
            twin::Subject::Time => return Some(Condition::Time(value.round() as i64)),
            twin::Subject::ClockTime => return Some(Condition::ClockTime(value.round() as i64)),
            twin::Subject::Variable(variable) => variable,
        };
        let (asset, quantity) = variable.rsplit_once('.')?;
        let unit = self.layout.network.as_ref().map_or("", |member| {
            let network = &self.twin.assets[member.asset];
            self.attribute(network, "flow_unit").unwrap_or("")
        });
        // EPANET compares to a thousandth of the file's own units.
        let length = if is_american(unit) {
            1e-3 * constants::FOOT
        } else {
            1e-3
        };
        let flow = 1e-3 * constants::CUBIC_FOOT / 28.0;
        let number = |quantity, value: f64, tolerance| Condition::Value {
            quantity,
            value,
            tolerance,
        };
        let scale = self.layout.flow_scale;
        if let Some(&link) = self.links.get(asset) {
            return match quantity {
                "flow" => Some(number(Quantity::Flow(link), value * scale, flow)),
                "open" | "status" => Some(Condition::Status {
                    link,
                    status: match value.round() as i64 {
                        0 => InitialStatus::Closed,
                        2 => InitialStatus::Active,
                        _ => InitialStatus::Open,
                    },
                }),
                _ => Some(number(Quantity::Setting(link), value, 1e-3)),
            };
        }
        if let Some(node) = self.node(asset) {
            return match quantity {
                "head" | "hydraulic_grade" => Some(number(Quantity::Head(node), value, length)),
                "level" | "pressure" => Some(number(Quantity::Pressure(node), value, length)),
                "demand" | "inflow" => Some(number(Quantity::Demand(node), value * scale, flow)),
                "fill_time" => Some(number(Quantity::FillTime(node), value, 1e-3)),
                "drain_time" => Some(number(Quantity::DrainTime(node), value, 1e-3)),
                _ => None,
            };
        }
        (quantity == "demand").then(|| number(Quantity::TotalDemand, value * scale, flow))
    }
}
