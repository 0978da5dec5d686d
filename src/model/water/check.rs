//! What keeps a network from being solved.

use super::curve::Curve;
use super::network::{
    Characteristic, Condition, Element, LinkIndex, Network, NodeIndex, Quantity, Source, ValveKind,
    When,
};

/// Where a problem of a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The network as a whole.
    Network,
    /// A node.
    Node(NodeIndex),
    /// A link.
    Link(LinkIndex),
    /// A pattern.
    Pattern(usize),
    /// A curve.
    Curve(usize),
    /// A simple control.
    Control(usize),
    /// A rule.
    Rule(usize),
}

/// One problem that keeps a network from being solved.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{part:?}: {problem}; {advice}")]
pub struct NetworkProblem {
    /// Where.
    pub part: Part,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
}

/// Finds every problem of a network.
#[must_use]
pub fn check(network: &Network) -> Vec<NetworkProblem> {
    let mut found = Checker {
        network,
        problems: Vec::new(),
    };
    found.whole();
    found.nodes();
    found.links();
    found.curves_and_patterns();
    found.controls();
    if found.problems.is_empty() {
        found.connections();
    }
    found.problems
}

struct Checker<'a> {
    network: &'a Network,
    problems: Vec<NetworkProblem>,
}

impl Checker<'_> {
    fn add(&mut self, part: Part, problem: impl Into<String>, advice: impl Into<String>) {
        self.problems.push(NetworkProblem {
            part,
            problem: problem.into(),
            advice: advice.into(),
        });
    }

    fn whole(&mut self) {
        if self.network.sources.is_empty() {
            let advice = "add a reservoir or tank: without one no head is known";
            self.add(Part::Network, "it has neither reservoir nor tank", advice);
        }
        if self.network.junctions.is_empty() {
            self.add(
                Part::Network,
                "it has no junctions",
                "add the nodes that draw water",
            );
        }
        let most = u32::MAX as usize / 4;
        if self.network.links.len() > most || self.network.node_count() > most {
            self.add(Part::Network, "it is too large", "split it into parts");
        }
    }

    /// Complains about a number that is not finite or below `least`.
    fn number(&mut self, part: Part, what: &str, value: f64, least: f64) {
        if !value.is_finite() || value < least {
            let advice = format!("give a number from {least} up");
            self.add(part, format!("{what} is {value}"), advice);
        }
    }

    /// Complains about a number that is not finite or not above zero.
    fn above_zero(&mut self, part: Part, what: &str, value: f64) {
        if !(value.is_finite() && value > 0.0) {
            self.add(
                part,
                format!("{what} is {value}"),
                "give a number above zero",
            );
        }
    }

    fn reference(&mut self, part: Part, what: &str, index: Option<usize>, count: usize) {
        if let Some(index) = index.filter(|&index| index >= count) {
            let advice = format!("there are {count}");
            self.add(part, format!("{what} {index} does not exist"), advice);
        }
    }

    fn nodes(&mut self) {
        const ANY: f64 = f64::MIN;
        let patterns = self.network.patterns.len();
        for (index, junction) in self.network.junctions.iter().enumerate() {
            let part = Part::Node(index);
            self.number(part, "the elevation", junction.elevation, ANY);
            self.number(part, "the emitter coefficient", junction.emitter, 0.0);
            for demand in &junction.demands {
                self.number(part, "a demand", demand.base, ANY);
                self.reference(part, "pattern", demand.pattern, patterns);
            }
        }
        for (index, source) in self.network.sources.iter().enumerate() {
            let part = Part::Node(self.network.junctions.len() + index);
            match source {
                Source::Reservoir(reservoir) => {
                    self.number(part, "the head", reservoir.head, ANY);
                    self.reference(part, "pattern", reservoir.pattern, patterns);
                }
                Source::Tank(tank) => {
                    self.number(part, "the elevation", tank.elevation, ANY);
                    let curves = self.network.curves.len();
                    self.reference(part, "curve", tank.volume_curve, curves);
                    if tank.volume_curve.is_none() {
                        self.above_zero(part, "the diameter", tank.diameter);
                    }
                    let rising = tank.minimum_level <= tank.initial_level
                        && tank.initial_level <= tank.maximum_level;
                    if !rising {
                        let levels = format!(
                            "the levels {} m, {} m, {} m do not rise",
                            tank.minimum_level, tank.initial_level, tank.maximum_level
                        );
                        let advice = "keep minimum, initial and maximum level in this order";
                        self.add(part, levels, advice);
                    }
                    if let Some(curve) = tank.volume_curve.and_then(|c| self.network.curves.get(c))
                    {
                        let rises = curve.points.windows(2).all(|pair| pair[0].1 <= pair[1].1);
                        if !rises || curve.points.len() < 2 {
                            let advice = "give at least two points of rising volume";
                            self.add(part, "its volume curve does not rise", advice);
                        }
                    }
                }
            }
        }
    }

    fn links(&mut self) {
        let nodes = self.network.node_count();
        let (patterns, curves) = (self.network.patterns.len(), self.network.curves.len());
        for (index, link) in self.network.links.iter().enumerate() {
            let part = Part::Link(index);
            self.reference(part, "node", Some(link.start), nodes);
            self.reference(part, "node", Some(link.end), nodes);
            if link.start == link.end {
                let advice = "connect two different nodes";
                self.add(part, "it connects a node with itself", advice);
            }
            if !matches!(link.element, Element::Pump(_)) {
                self.above_zero(part, "the diameter", link.diameter);
                self.number(part, "the minor loss", link.minor_loss, 0.0);
            }
            match &link.element {
                Element::Pipe(pipe) => {
                    self.above_zero(part, "the length", pipe.length);
                    self.above_zero(part, "the roughness", pipe.roughness);
                    self.number(part, "the leak area", pipe.leak_area, 0.0);
                    self.number(part, "the leak expansion", pipe.leak_expansion, 0.0);
                }
                Element::Pump(pump) => {
                    self.number(part, "the speed", pump.speed, 0.0);
                    self.reference(part, "pattern", pump.speed_pattern, patterns);
                    self.reference(part, "pattern", pump.price_pattern, patterns);
                    self.reference(part, "curve", pump.efficiency_curve, curves);
                    match pump.characteristic {
                        Characteristic::Power(power) => {
                            self.above_zero(part, "the power", power);
                        }
                        Characteristic::Curve(curve) => {
                            self.reference(part, "curve", Some(curve), curves);
                            if let Some(curve) = self.network.curves.get(curve) {
                                self.head_curve(part, curve);
                            }
                        }
                    }
                }
                Element::Valve(valve) => {
                    self.number(part, "the setting", valve.setting, f64::MIN);
                    self.valve(part, link.start, link.end, valve.kind);
                }
            }
        }
    }

    fn head_curve(&mut self, part: Part, curve: &Curve) {
        let falls = match curve.points.as_slice() {
            [] => false,
            [(flow, head)] => *flow > 0.0 && *head > 0.0,
            points => points.windows(2).all(|pair| pair[0].1 > pair[1].1),
        };
        if !falls {
            let advice = "give one point, or points at which the head falls as the flow rises";
            self.add(part, "its head curve does not fall", advice);
        }
    }

    fn valve(&mut self, part: Part, start: NodeIndex, end: NodeIndex, kind: ValveKind) {
        let junctions = self.network.junctions.len();
        let curves = self.network.curves.len();
        match kind {
            ValveKind::GeneralPurpose { curve } => {
                self.reference(part, "curve", Some(curve), curves);
                let points = self
                    .network
                    .curves
                    .get(curve)
                    .map_or(2, |curve| curve.points.len());
                if points < 2 {
                    let advice = "give at least two points of head loss over flow";
                    self.add(part, "its curve has one point", advice);
                }
            }
            ValveKind::Positional { curve } => self.reference(part, "curve", curve, curves),
            ValveKind::PressureReducing
            | ValveKind::PressureSustaining
            | ValveKind::FlowControl
                if start >= junctions || end >= junctions =>
            {
                let advice = "put a pipe between them";
                self.add(part, "it is joined to a reservoir or tank", advice);
            }
            _ => {}
        }
    }

    fn curves_and_patterns(&mut self) {
        for (index, curve) in self.network.curves.iter().enumerate() {
            let finite = curve
                .points
                .iter()
                .all(|(x, y)| x.is_finite() && y.is_finite());
            let rises = curve.points.windows(2).all(|pair| pair[0].0 < pair[1].0);
            if curve.points.is_empty() || !finite || !rises {
                let advice = "give at least one point, and x values that rise";
                self.add(Part::Curve(index), "its x values do not rise", advice);
            }
        }
        for (index, pattern) in self.network.patterns.iter().enumerate() {
            let values = &pattern.values;
            let finite = values.iter().all(|value| value.is_finite());
            if values.is_empty() || !finite || pattern.step <= 0 {
                let advice = "give at least one multiplier and a step above zero";
                self.add(
                    Part::Pattern(index),
                    "it has no multipliers or no step",
                    advice,
                );
            }
        }
    }

    fn controls(&mut self) {
        let (links, nodes) = (self.network.links.len(), self.network.node_count());
        for (index, control) in self.network.controls.iter().enumerate() {
            let part = Part::Control(index);
            self.reference(part, "link", Some(control.link), links);
            if let When::Below { node, .. } | When::Above { node, .. } = control.when {
                self.reference(part, "node", Some(node), nodes);
            }
        }
        for (index, rule) in self.network.rules.iter().enumerate() {
            let part = Part::Rule(index);
            for action in rule.then.iter().chain(&rule.otherwise) {
                self.reference(part, "link", Some(action.link), links);
            }
            for premise in &rule.premises {
                match premise.condition {
                    Condition::Status { link, .. } => {
                        self.reference(part, "link", Some(link), links);
                    }
                    Condition::Value { quantity, .. } => match quantity {
                        Quantity::TotalDemand => {}
                        Quantity::Flow(link) | Quantity::Setting(link) => {
                            self.reference(part, "link", Some(link), links);
                        }
                        Quantity::Demand(node)
                        | Quantity::Head(node)
                        | Quantity::Pressure(node)
                        | Quantity::FillTime(node)
                        | Quantity::DrainTime(node) => {
                            self.reference(part, "node", Some(node), nodes);
                        }
                    },
                    Condition::Time(_) | Condition::ClockTime(_) => {}
                }
            }
        }
    }

    /// Every junction has to be joined to a source by links, open or not.
    fn connections(&mut self) {
        let junctions = self.network.junctions.len();
        let mut group: Vec<usize> = (0..self.network.node_count()).collect();
        fn root(group: &mut [usize], mut node: usize) -> usize {
            while group[node] != node {
                group[node] = group[group[node]];
                node = group[node];
            }
            node
        }
        for link in &self.network.links {
            let (a, b) = (root(&mut group, link.start), root(&mut group, link.end));
            group[a.min(b)] = a.max(b);
        }
        // The root is the highest node of a group: a source where there is one.
        for node in 0..junctions {
            if root(&mut group, node) < junctions {
                let advice = "connect it, or leave it out";
                self.add(
                    Part::Node(node),
                    "no link joins it to a reservoir or tank",
                    advice,
                );
            }
        }
    }
}
