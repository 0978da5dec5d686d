//! How statuses follow from a solution.

use super::constants::{FLOW_TOLERANCE, HEAD_TOLERANCE, ZERO_FLOW};
use super::network::{Element, LinkIndex, NodeIndex, ValveKind};
use super::pump::PumpLaw;
use super::state::{State, Status};
use super::trial::Frame;

/// Flow below which a pump of constant power counts as running backwards, m³/s.
const LEAST_POWER_FLOW: f64 = ZERO_FLOW;

impl Frame<'_> {
    /// Looks at the pressure valves that follow their setting. Says whether any
    /// changed.
    pub(super) fn update_pressure_valves(&self, state: &mut State) -> bool {
        let mut changed = false;
        for &link in &self.plan.regulators {
            let link = link as usize;
            let Element::Valve(valve) = &self.network.links[link].element else {
                continue;
            };
            let Some(setting) = state.links.setting[link] else {
                continue;
            };
            let ends = self.plan.ends[link];
            let (start, end) = (ends.start as usize, ends.end as usize);
            let flow = state.links.flow[link];
            let seen = Seen {
                before: state.head[start],
                behind: state.head[end],
                flow,
                open_loss: state.links.minor[link] * flow * flow,
            };
            let status = state.links.status[link];
            let new = match valve.kind {
                ValveKind::PressureReducing => {
                    seen.reducing(status, self.plan.elevation[end] + setting)
                }
                ValveKind::PressureSustaining => {
                    seen.sustaining(status, self.plan.elevation[start] + setting)
                }
                _ => continue,
            };
            state.links.status[link] = new;
            changed |= new != status;
        }
        changed
    }

    /// Looks at pumps, check valves, flow control valves and what is joined to a
    /// tank. Says whether any changed.
    pub(super) fn update_links(&self, state: &mut State) -> bool {
        let mut changed = false;
        for &link in &self.plan.watched {
            let link = link as usize;
            let old = state.links.status[link];
            let new = self.followed_status(state, link, old);
            state.links.status[link] = new;
            changed |= new != old;
        }
        changed
    }

    fn followed_status(&self, state: &State, link: LinkIndex, old: Status) -> Status {
        let ends = self.plan.ends[link];
        let (start, end) = (ends.start as usize, ends.end as usize);
        let loss = state.head[start] - state.head[end];
        let flow = state.links.flow[link];
        let setting = state.links.setting[link];
        let mut status = match old {
            Status::CannotDeliver | Status::TemporarilyClosed => Status::Open,
            other => other,
        };
        match &self.network.links[link].element {
            Element::Pipe(pipe) if pipe.check_valve => status = check_valve(status, loss, flow),
            Element::Pump(_) if !status.is_closed() && setting.is_some_and(|speed| speed > 0.0) => {
                let speed = setting.unwrap_or(1.0);
                let place = self
                    .plan
                    .pumps
                    .partition_point(|pump| (pump.link as usize) < link);
                status = pump(&self.plan.pumps[place].law, speed, flow, -loss);
            }
            Element::Valve(valve) if valve.kind == ValveKind::FlowControl => {
                if let Some(setting) = setting {
                    status = flow_control(old, loss, flow, setting, state.links.minor[link]);
                }
            }
            _ => {}
        }
        let link = &self.network.links[link];
        for (node, leaving) in [(link.start, flow), (link.end, -flow)] {
            if self.refuses(state, node, leaving, status) {
                status = Status::TemporarilyClosed;
            }
        }
        status
    }

    /// Whether a tank closes an open link: a full one to what flows in, an empty
    /// one to what flows out.
    fn refuses(&self, state: &State, node: NodeIndex, leaving: f64, status: Status) -> bool {
        let Some(source) = node.checked_sub(self.network.junctions.len()) else {
            return false;
        };
        let Some(tank) = &self.plan.tanks[source] else {
            return false;
        };
        let head = state.head[node];
        let full = head >= tank.highest && !tank.overflow && leaving < 0.0;
        let empty = head <= tank.lowest && leaving > 0.0;
        !status.is_closed() && (full || empty)
    }
}

/// What a pressure valve sees.
#[derive(Clone, Copy, Debug)]
struct Seen {
    before: f64,
    behind: f64,
    flow: f64,
    /// Head loss if it were fully open, m.
    open_loss: f64,
}

impl Seen {
    fn flows_back(&self) -> bool {
        self.flow < -FLOW_TOLERANCE
    }

    /// Status of a pressure reducing valve that keeps the head behind it at `held`.
    fn reducing(&self, status: Status, held: f64) -> Status {
        let (low, high) = (held - HEAD_TOLERANCE, held + HEAD_TOLERANCE);
        match status {
            Status::Active | Status::Open | Status::PressureUnmet if self.flows_back() => {
                Status::Closed
            }
            Status::Active if self.before - self.open_loss < low => Status::Open,
            Status::Open if self.behind >= high => Status::Active,
            Status::Closed if self.before >= high && self.behind < low => Status::Active,
            Status::Closed if self.before < low && self.before > self.behind + HEAD_TOLERANCE => {
                Status::Open
            }
            same => same,
        }
    }

    /// Status of a pressure sustaining valve that keeps the head before it at `held`.
    fn sustaining(&self, status: Status, held: f64) -> Status {
        let (low, high) = (held - HEAD_TOLERANCE, held + HEAD_TOLERANCE);
        let downhill = self.before > self.behind + HEAD_TOLERANCE;
        match status {
            Status::Active | Status::Open | Status::PressureUnmet if self.flows_back() => {
                Status::Closed
            }
            Status::Active if self.behind + self.open_loss > high => Status::Open,
            Status::Open if self.before < low => Status::Active,
            Status::Closed if self.behind > high && downhill => Status::Open,
            Status::Closed if self.before >= high && downhill => Status::Active,
            same => same,
        }
    }
}

fn check_valve(status: Status, loss: f64, flow: f64) -> Status {
    if loss < -HEAD_TOLERANCE || flow < -FLOW_TOLERANCE {
        Status::Closed
    } else if loss > HEAD_TOLERANCE {
        Status::Open
    } else {
        status
    }
}

fn pump(law: &PumpLaw, speed: f64, flow: f64, gain: f64) -> Status {
    if matches!(law, PumpLaw::Power(_)) && flow < LEAST_POWER_FLOW {
        Status::TemporarilyClosed
    } else if gain > speed * speed * law.shutoff() + HEAD_TOLERANCE {
        Status::CannotDeliver
    } else {
        Status::Open
    }
}

fn flow_control(status: Status, loss: f64, flow: f64, setting: f64, minor: f64) -> Status {
    if loss < -HEAD_TOLERANCE || flow < -FLOW_TOLERANCE {
        Status::FlowUnmet
    } else if status == Status::FlowUnmet && flow >= setting {
        Status::Active
    } else if status == Status::Active && loss < minor * flow * flow {
        // An active valve cannot take less than an open one.
        Status::FlowUnmet
    } else {
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(before: f64, behind: f64, flow: f64) -> Seen {
        Seen {
            before,
            behind,
            flow,
            open_loss: 0.0,
        }
    }

    #[test]
    fn a_reducing_valve_closes_on_reverse_flow_and_opens_where_it_has_too_little() {
        let held = 50.0;
        assert_eq!(
            seen(60.0, 50.0, -1.0).reducing(Status::Active, held),
            Status::Closed
        );
        assert_eq!(
            seen(45.0, 44.0, 1.0).reducing(Status::Active, held),
            Status::Open
        );
        assert_eq!(
            seen(60.0, 55.0, 1.0).reducing(Status::Open, held),
            Status::Active
        );
        assert_eq!(
            seen(60.0, 40.0, 0.0).reducing(Status::Closed, held),
            Status::Active
        );
        assert_eq!(
            seen(45.0, 40.0, 0.0).reducing(Status::Closed, held),
            Status::Open
        );
        assert_eq!(
            seen(60.0, 55.0, 0.0).reducing(Status::Closed, held),
            Status::Closed
        );
    }

    #[test]
    fn a_sustaining_valve_holds_back_what_the_zone_before_it_needs() {
        let held = 50.0;
        assert_eq!(
            seen(50.0, 55.0, 1.0).sustaining(Status::Active, held),
            Status::Open
        );
        assert_eq!(
            seen(45.0, 40.0, 1.0).sustaining(Status::Open, held),
            Status::Active
        );
        assert_eq!(
            seen(55.0, 40.0, 0.0).sustaining(Status::Closed, held),
            Status::Active
        );
        assert_eq!(
            seen(45.0, 40.0, 0.0).sustaining(Status::Closed, held),
            Status::Closed
        );
    }

    #[test]
    fn a_pump_that_cannot_lift_is_said_to_be_so() {
        let law = PumpLaw::of_curve(&super::super::curve::Curve {
            points: vec![(0.1, 30.0)],
        });
        assert_eq!(pump(&law, 1.0, 0.1, 39.0), Status::Open);
        assert_eq!(pump(&law, 1.0, 0.1, 41.0), Status::CannotDeliver);
        assert_eq!(pump(&law, 0.9, 0.1, 39.0), Status::CannotDeliver);
    }

    #[test]
    fn a_check_valve_keeps_its_status_where_nothing_tells() {
        assert_eq!(check_valve(Status::Open, 0.0, 0.0), Status::Open);
        assert_eq!(check_valve(Status::Closed, 0.0, 0.0), Status::Closed);
        assert_eq!(check_valve(Status::Open, -1.0, 0.0), Status::Closed);
        assert_eq!(check_valve(Status::Closed, 1.0, 0.0), Status::Open);
    }
}
