//! Whether what was read makes a network.

use std::collections::BTreeMap;

use super::super::inp::{CurveUse, LinkKind, NodeKind, ValveKind};
use super::{Reader, shortened};
use crate::twin::Finding;

/// Names listed in a message before the rest is counted.
const MOST_LISTED: usize = 3;

impl Reader<'_, '_> {
    pub(super) fn validate(&mut self) {
        self.validate_curves();
        self.validate_pumps();
        self.validate_valves();
        self.validate_default_pattern();
        self.validate_connections();
    }

    fn validate_curves(&mut self) {
        for (index, curve) in self.inp.curves.iter().enumerate() {
            let falls = curve
                .points
                .windows(2)
                .find(|pair| pair[1].0 <= pair[0].0)
                .map(|pair| (pair[0].0, pair[1].0));
            if let Some((before, after)) = falls {
                self.notices.add(
                    Finding::error(format!(
                        "curve `{}` does not go to the right: {after} follows {before}",
                        curve.id
                    ))
                    .at(self.lines.curves[index].clone())
                    .hint("the first numbers of its points have to rise from line to line"),
                );
            }
            if curve.points.is_empty() {
                self.notices.add(
                    Finding::error(format!("curve `{}` has no points", curve.id))
                        .at(self.lines.curves[index].clone())
                        .hint("give it at least one"),
                );
            }
        }
    }

    fn validate_pumps(&mut self) {
        for (index, link) in self.inp.links.iter().enumerate() {
            let LinkKind::Pump(pump) = &link.kind else {
                continue;
            };
            let place = self.lines.links[index].clone();
            let Some(curve) = pump.head_curve else {
                if pump.power == 0.0 {
                    self.notices.add(
                        Finding::error(format!("pump `{}` has no curve and no power", link.id))
                            .at(place)
                            .hint("write `HEAD curve` or `POWER power` behind its nodes"),
                    );
                }
                continue;
            };
            let curve = &self.inp.curves[curve];
            if let Err(problem) = head_curve_problem(&curve.points) {
                self.notices.add(
                    Finding::error(format!(
                        "curve `{}` cannot be that of pump `{}`: {problem}",
                        curve.id, link.id
                    ))
                    .at(place)
                    .hint("the head of a pump falls as its flow rises"),
                );
            }
            if curve.declared != CurveUse::Head && curve.declared != CurveUse::Generic {
                self.notices.add(
                    Finding::warning(format!(
                        "curve `{}` is declared as another kind and used as the head of a pump",
                        curve.id
                    ))
                    .at(self.lines.links[index].clone())
                    .hint("its use decides"),
                );
            }
        }
    }

    /// The connections of pressure and flow valves that have no unique solution, by EPANET's
    /// rules.
    fn validate_valves(&mut self) {
        use ValveKind::{Fcv, Prv, Psv};
        let mut upstream: BTreeMap<usize, Vec<(usize, ValveKind)>> = BTreeMap::new();
        let mut downstream: BTreeMap<usize, Vec<(usize, ValveKind)>> = BTreeMap::new();
        let mut found: Vec<Finding> = Vec::new();
        for (index, link) in self.inp.links.iter().enumerate() {
            let LinkKind::Valve(valve) = &link.kind else {
                continue;
            };
            let kind = valve.kind;
            if !matches!(kind, Prv | Psv | Fcv) || link.from == usize::MAX {
                continue;
            }
            let place = &self.lines.links[index];
            let is_junction =
                |node: usize| matches!(self.inp.nodes[node].kind, NodeKind::Junction { .. });
            if !is_junction(link.from) || !is_junction(link.to) {
                found.push(
                    Finding::error(format!(
                        "valve `{}` is connected to a reservoir or tank",
                        link.id
                    ))
                    .at(place.clone())
                    .hint("put a junction and a short pipe between them"),
                );
                continue;
            }
            let at = |map: &BTreeMap<usize, Vec<(usize, ValveKind)>>,
                      node: usize,
                      wanted: &[ValveKind]| {
                map.get(&node)
                    .and_then(|valves| valves.iter().find(|(_, kind)| wanted.contains(kind)))
                    .map(|(valve, _)| *valve)
            };
            let clash = match kind {
                Prv => at(&downstream, link.to, &[Prv])
                    .or_else(|| at(&downstream, link.from, &[Prv]))
                    .or_else(|| at(&upstream, link.to, &[Prv, Psv, Fcv])),
                Psv => at(&upstream, link.from, &[Psv])
                    .or_else(|| at(&upstream, link.to, &[Psv]))
                    .or_else(|| at(&downstream, link.from, &[Psv, Prv, Fcv])),
                _ => at(&upstream, link.to, &[Psv]).or_else(|| at(&downstream, link.from, &[Prv])),
            };
            if let Some(other) = clash {
                found.push(
                    Finding::error(format!(
                        "valves `{}` and `{}` cannot regulate at one node",
                        self.inp.links[other].id, link.id
                    ))
                    .at(place.clone())
                    .hint("put a junction and a short pipe between them")
                    .related(self.lines.links[other].clone(), "the other one"),
                );
            }
            upstream.entry(link.from).or_default().push((index, kind));
            downstream.entry(link.to).or_default().push((index, kind));
        }
        for finding in found {
            self.notices.add(finding);
        }
    }

    fn validate_default_pattern(&mut self) {
        let name = &self.inp.options.default_pattern;
        // EPANET's own default need not exist.
        if name != "1" && !self.patterns.contains_key(name.as_str()) {
            self.notices.add(
                Finding::warning(format!("there is no default pattern `{}`", shortened(name)))
                    .hint("demands without a pattern stay constant, as in EPANET"),
            );
        }
    }

    /// Nodes without links, and parts of the network without a given head.
    fn validate_connections(&mut self) {
        let nodes = self.inp.nodes.len();
        let has_source = self
            .inp
            .nodes
            .iter()
            .any(|node| !matches!(node.kind, NodeKind::Junction { .. }));
        if nodes < 2 {
            self.notices.add(
                Finding::error("the network has fewer than two nodes")
                    .hint("a network has junctions and at least one reservoir or tank"),
            );
            return;
        }
        if !has_source {
            self.notices.add(
                Finding::error("the network has no reservoir and no tank")
                    .hint("at least one node has to give a head"),
            );
            return;
        }
        let mut parts = Parts::new(nodes);
        let mut linked = vec![false; nodes];
        for link in &self.inp.links {
            if link.from != usize::MAX {
                parts.join(link.from, link.to);
                linked[link.from] = true;
                linked[link.to] = true;
            }
        }
        // A link that could not be read may have been what connects the rest.
        let all_read = self.inp.links.iter().all(|link| link.from != usize::MAX);
        if !all_read {
            return;
        }
        let mut supplied = vec![false; nodes];
        for (index, node) in self.inp.nodes.iter().enumerate() {
            if !matches!(node.kind, NodeKind::Junction { .. }) {
                let part = parts.of(index);
                supplied[part] = true;
                if !linked[index] {
                    self.notices.add(
                        Finding::warning(format!("`{}` is connected to nothing", node.id))
                            .at(self.lines.nodes[index].clone())
                            .hint("it has no effect"),
                    );
                }
            }
        }
        let mut cut_off: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..nodes {
            let part = parts.of(index);
            if !supplied[part] {
                cut_off.entry(part).or_default().push(index);
            }
        }
        for members in cut_off.into_values() {
            let first = members[0];
            let names: Vec<String> = members
                .iter()
                .take(MOST_LISTED)
                .map(|index| format!("`{}`", self.inp.nodes[*index].id))
                .collect();
            let message = match members.len() {
                1 => format!("junction {} is connected to nothing", names[0]),
                count => format!(
                    "{count} junctions are connected to no reservoir or tank: {}{}",
                    names.join(", "),
                    if count > MOST_LISTED { " and more" } else { "" }
                ),
            };
            self.notices.add(
                Finding::error(message)
                    .at(self.lines.nodes[first].clone())
                    .hint("connect this part, or take it out of the file"),
            );
        }
    }
}

/// Whether the points can be the head of a pump by flow, by EPANET's rules.
fn head_curve_problem(points: &[(f64, f64)]) -> Result<(), String> {
    const LEAST: f64 = 1e-6;
    let power_law = |heads: [f64; 3], flows: [f64; 2]| -> Result<(), String> {
        let [shutoff, head, last] = heads;
        if shutoff < LEAST || shutoff - head < LEAST || head - last < LEAST {
            return Err("its head does not fall from point to point".to_owned());
        }
        if flows[0] < LEAST || flows[1] - flows[0] < LEAST {
            return Err("its flow does not rise from point to point".to_owned());
        }
        let exponent = ((shutoff - last) / (shutoff - head)).ln() / (flows[1] / flows[0]).ln();
        if !(0.0..=20.0).contains(&exponent) || exponent == 0.0 {
            return Err(format!(
                "no power law goes through its points (exponent {exponent:.3})"
            ));
        }
        Ok(())
    };
    match points {
        [(flow, head)] => power_law([1.333_34 * head, *head, 0.0], [*flow, 2.0 * flow]),
        [(none, shutoff), (flow, head), (last_flow, last)] if *none == 0.0 => {
            power_law([*shutoff, *head, *last], [*flow, *last_flow])
        }
        _ => match points.windows(2).find(|pair| pair[1].1 >= pair[0].1) {
            Some(pair) => Err(format!("its head goes from {} to {}", pair[0].1, pair[1].1)),
            None => Ok(()),
        },
    }
}

/// Sets of connected nodes, joined by rank with paths halved.
struct Parts {
    parent: Vec<usize>,
    size: Vec<usize>,
}

impl Parts {
    fn new(count: usize) -> Self {
        Self {
            parent: (0..count).collect(),
            size: vec![1; count],
        }
    }

    fn of(&mut self, mut one: usize) -> usize {
        while self.parent[one] != one {
            self.parent[one] = self.parent[self.parent[one]];
            one = self.parent[one];
        }
        one
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.of(one), self.of(other));
        if one == other {
            return;
        }
        let (small, large) = if self.size[one] < self.size[other] {
            (one, other)
        } else {
            (other, one)
        };
        self.parent[small] = large;
        self.size[large] += self.size[small];
    }
}
