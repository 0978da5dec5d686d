//! One step of the transport: reactions, then every node in the order of the flow.

use std::sync::Arc;

use super::super::hydraulics::Hydraulics;
use super::super::network::{Element, NodeIndex};
use super::definition::{Followed, Injection, Oversights};
use super::mixing::{Mixed, Through};
use super::parcels::{Load, NOTHING};
use super::{NEGLIGIBLE, Plan, Quality, STAGNANT, WHOLE};

/// Part of a volume that is missing by rounding at most.
const ROUNDING: f64 = 1e-6;

/// What meets at a node in a step.
#[derive(Clone, Copy, Debug, Default)]
struct Meeting {
    /// From links.
    inflow: Load,
    /// Into links and, at a junction, out of the network, m³.
    out: f64,
    /// Length of the step, s.
    seconds: f64,
    /// Time at its start, s since the start of the run.
    time: i64,
}

impl Quality {
    /// Moves the water on over `seconds`, in a step that began at `time`.
    pub(super) fn transport(&mut self, run: &Hydraulics, time: i64, seconds: f64) {
        let plan = Arc::clone(&self.plan);
        self.react(&plan, run, seconds);
        for place in 0..self.order.len() {
            let node = self.order[place] as usize;
            self.pass_on(&plan, run, node, time, seconds);
        }
    }

    /// Lets all water react or grow older.
    fn react(&mut self, plan: &Plan, run: &Hydraulics, seconds: f64) {
        let definition = &plan.definition;
        match definition.followed {
            Followed::Trace(_) => {}
            Followed::Age => {
                let mut volume = 0.0;
                let pipes = (0..plan.volume.len()).filter(|&link| plan.volume[link] > 0.0);
                let tanks = plan.vessels.iter().flatten().map(|vessel| vessel.chain);
                for chain in pipes.chain(tanks) {
                    self.parcels.change(chain, |parcel| {
                        parcel.quality += seconds;
                        volume += parcel.volume;
                    });
                }
                self.balance.reacted -= volume * seconds;
            }
            Followed::Constituent => {
                let mut decayed = 0.0;
                for (link, pipe) in definition.pipes.iter().enumerate() {
                    let part = &run.network().links[link];
                    if matches!(part.element, Element::Pipe(_)) {
                        let wall = (self.at_wall[link], part.diameter);
                        decayed += definition.reactions.react_pipe(
                            &mut self.parcels,
                            link,
                            pipe,
                            wall,
                            seconds,
                        );
                    }
                }
                for (vessel, tank) in plan.vessels.iter().zip(&definition.tanks) {
                    if let Some(vessel) = vessel {
                        decayed += definition.reactions.react_tank(
                            &mut self.parcels,
                            vessel.chain,
                            tank.bulk,
                            seconds,
                        );
                    }
                }
                self.balance.reacted += decayed;
            }
        }
    }

    /// Mixes what arrives at a node and sends it on.
    fn pass_on(&mut self, plan: &Plan, run: &Hydraulics, node: NodeIndex, time: i64, seconds: f64) {
        let mut meeting = Meeting {
            seconds,
            time,
            ..Meeting::default()
        };
        for &link in plan.topology.links_at(node) {
            let link = link as usize;
            let volume = self.flow[link] * seconds;
            if plan.topology.downstream(link, self.way[link].turned) == node {
                // What went into a link that holds no water comes out of it whole.
                let wanted = if plan.volume[link] > 0.0 {
                    volume
                } else {
                    volume * (1.0 + ROUNDING)
                };
                let arriving = self.parcels.take(link, wanted);
                meeting.inflow.volume += arriving.volume;
                meeting.inflow.mass += arriving.mass;
            } else {
                meeting.out += volume;
            }
        }
        let mut scale = 1.0;
        let leaving = if node < plan.junctions {
            meeting.out += self.outflow[node].max(0.0) * seconds;
            scale = self.rounding(node, meeting);
            self.pass_junction(plan, run, node, meeting, scale)
        } else if let Some((source, vessel)) = plan.vessel(node) {
            let through = Through {
                inflow: meeting.inflow,
                net: meeting.inflow.volume - meeting.out,
                spills: run.spills(source, self.tank_volume[source]),
            };
            let mixed = vessel.mix(&mut self.parcels, through);
            self.pass_tank(plan, run, node, meeting, mixed)
        } else {
            self.pass_reservoir(plan, run, node, meeting)
        };
        for &link in plan.topology.links_at(node) {
            let link = link as usize;
            let volume = self.flow[link] * seconds * scale;
            if volume > 0.0 && plan.topology.upstream(link, self.way[link].turned) == node {
                let tolerance = plan.definition.tolerance;
                self.parcels.put(link, volume, leaving, tolerance);
            }
        }
    }

    /// What arrives at a junction over what leaves it: one but for rounding. The
    /// volumes that leave are those that arrive, so that rounding goes into them
    /// and not into the mass. Where more than rounding is missing, water flows in
    /// a circle, and what leaves is what the flows say.
    fn rounding(&self, node: NodeIndex, meeting: Meeting) -> f64 {
        let arriving = meeting.inflow.volume + self.entering(node, meeting);
        let missing = (arriving - meeting.out).abs();
        let rounding = ROUNDING * meeting.out + 10.0 * NEGLIGIBLE * meeting.seconds;
        if meeting.out > 0.0 && missing < rounding {
            arriving / meeting.out
        } else {
            1.0
        }
    }

    /// Volume that enters the network at a junction in a step, m³.
    fn entering(&self, node: NodeIndex, meeting: Meeting) -> f64 {
        (-self.outflow[node]).max(0.0) * meeting.seconds
    }

    fn pass_junction(
        &mut self,
        plan: &Plan,
        run: &Hydraulics,
        node: NodeIndex,
        meeting: Meeting,
        scale: f64,
    ) -> f64 {
        let outflow = self.outflow[node];
        let inflow = Load {
            volume: meeting.inflow.volume + self.entering(node, meeting),
            ..meeting.inflow
        };
        if inflow.volume > 0.0 {
            let mixed = inflow.mass / inflow.volume;
            self.node[node] = if mixed < NOTHING { 0.0 } else { mixed };
        } else if plan.reacts {
            self.node[node] = self.around(plan, node);
        }
        let added = self.added(plan, run, node, meeting);
        self.node[node] += added;
        self.balance.entered += added * meeting.out * scale;
        self.balance.left += outflow.max(0.0) * meeting.seconds * scale * self.node[node];
        self.node[node]
    }

    fn pass_tank(
        &mut self,
        plan: &Plan,
        run: &Hydraulics,
        node: NodeIndex,
        meeting: Meeting,
        mixed: Mixed,
    ) -> f64 {
        self.node[node] = mixed.quality;
        let added = self.added(plan, run, node, meeting);
        self.balance.left += mixed.spilled;
        self.balance.entered += added * meeting.out;
        if matches!(plan.definition.followed, Followed::Trace(_)) {
            self.node[node] += added;
        }
        mixed.quality + added
    }

    fn pass_reservoir(
        &mut self,
        plan: &Plan,
        run: &Hydraulics,
        node: NodeIndex,
        meeting: Meeting,
    ) -> f64 {
        self.balance.left += meeting.inflow.mass;
        if meeting.out <= 0.0 {
            return self.node[node];
        }
        self.node[node] = plan.resting(node);
        let added = self.added(plan, run, node, meeting);
        if added > 0.0 {
            // What is put in is the quality of the reservoir, rather than on top
            // of it; a set-point is how much it is short of that.
            let is_added = plan.definition.nodes[node].injection == Injection::Setpoint;
            let below = if is_added { self.node[node] } else { 0.0 };
            self.node[node] = below + added;
        }
        self.balance.entered += self.node[node] * meeting.out;
        self.node[node]
    }

    /// Quality that is added at a node to what leaves it.
    fn added(&self, plan: &Plan, run: &Hydraulics, node: NodeIndex, meeting: Meeting) -> f64 {
        match plan.definition.followed {
            Followed::Age => return 0.0,
            Followed::Trace(traced) if traced == node => {
                return (WHOLE - self.node[node]).max(0.0);
            }
            Followed::Trace(_) => return 0.0,
            Followed::Constituent => {}
        }
        let (concentration, mass) = self.injected[node];
        let Meeting { out, seconds, .. } = meeting;
        if (concentration <= 0.0 && mass <= 0.0) || out / seconds <= STAGNANT {
            return 0.0;
        }
        let at = &plan.definition.nodes[node];
        let factor = at
            .pattern
            .and_then(|pattern| run.network().patterns.get(pattern))
            .map_or(1.0, |pattern| pattern.at(meeting.time));
        let concentration = concentration * factor;
        let added = match at.injection {
            Injection::Concentration if node < plan.junctions => {
                concentration * (-self.outflow[node]).max(0.0) * seconds / out
            }
            Injection::Concentration | Injection::FlowPaced => concentration,
            Injection::Setpoint => (concentration - self.node[node]).max(0.0),
            Injection::Mass => 0.0,
        };
        added + mass * factor * seconds / out
    }

    /// Quality of a junction that nothing flows into: the mean of what stands
    /// next to it in its pipes.
    fn around(&mut self, plan: &Plan, node: NodeIndex) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for &link in plan.topology.links_at(node) {
            let link = link as usize;
            let arrives = plan.topology.downstream(link, self.way[link].turned) == node;
            let beside = if arrives {
                self.parcels.leading(link)
            } else {
                self.parcels.trailing(link)
            };
            if let Some(beside) = beside {
                sum += beside.quality;
                count += 1.0;
            }
        }
        if count > 0.0 {
            sum / count
        } else if plan.definition.oversights == Oversights::Kept {
            0.0
        } else {
            self.node[node]
        }
    }
}
