//! Simple controls, and what actions do to a link.

use super::constants::HEAD_TOLERANCE;
use super::network::{Action, Control, Element, LinkIndex, ValveKind, When};
use super::plan::clock;
use super::pump::PumpLaw;
use super::state::{State, Status};
use super::trial::Frame;

impl Frame<'_> {
    /// Applies the controls that depend on tanks and times, at `time` s since the
    /// start. `ignored` tells the links that follow a command instead.
    pub(super) fn apply_controls(&self, state: &mut State, time: i64, ignored: &[bool]) {
        for control in &self.network.controls {
            if ignored[control.link] || !self.is_due(state, control, time) {
                continue;
            }
            let link = control.link;
            let (status, setting) = self.outcome(state, link, control.action);
            let was = if state.links.status[link].is_closed() {
                Status::Closed
            } else {
                Status::Open
            };
            if was == Status::Closed && status == Status::Open {
                self.restart_power_pump(state, link);
            }
            if was != status || state.links.setting[link] != setting {
                state.links.status[link] = status;
                state.links.setting[link] = setting;
            }
        }
    }

    fn is_due(&self, state: &State, control: &Control, time: i64) -> bool {
        match control.when {
            When::At(at) => at == time,
            When::Daily(at) => at == clock(self.network, time),
            When::Below { node, head } | When::Above { node, head } => {
                let Some(source) = node.checked_sub(self.network.junctions.len()) else {
                    return false;
                };
                // A level that is reached within a second counts as reached.
                let Some(tank) = &self.plan.tanks[source] else {
                    return match control.when {
                        When::Below { .. } => state.head[node] <= head,
                        _ => state.head[node] >= head,
                    };
                };
                let within = state.inflow[source].abs();
                let (now, at) = (tank.volume(state.head[node]), tank.volume(head));
                match control.when {
                    When::Below { .. } => now <= at + within,
                    _ => now >= at - within,
                }
            }
        }
    }

    /// Applies the controls that depend on the pressure of a junction, after a
    /// solution. Says whether any changed something.
    pub(super) fn apply_pressure_switches(&self, state: &mut State, ignored: &[bool]) -> bool {
        let junctions = self.network.junctions.len();
        let mut any = false;
        for control in &self.network.controls {
            let due = match control.when {
                When::Below { node, head } if node < junctions => {
                    state.head[self.plan.row[node] as usize] <= head + HEAD_TOLERANCE
                }
                When::Above { node, head } if node < junctions => {
                    state.head[self.plan.row[node] as usize] >= head - HEAD_TOLERANCE
                }
                _ => false,
            };
            let link = control.link;
            if !due || ignored[link] {
                continue;
            }
            let (status, setting) = self.outcome(state, link, control.action);
            let (old_status, old_setting) = (state.links.status[link], state.links.setting[link]);
            let changes = match &self.network.links[link].element {
                Element::Pipe(_) => old_status != status,
                Element::Pump(_) => old_setting != setting,
                Element::Valve(_) => {
                    old_setting != setting || (setting.is_none() && old_status != status)
                }
            };
            if changes {
                state.links.status[link] = status;
                state.links.setting[link] = setting;
                any = true;
            }
        }
        any
    }

    /// Status and setting that a simple control gives a link.
    pub(super) fn outcome(
        &self,
        state: &State,
        link: LinkIndex,
        action: Action,
    ) -> (Status, Option<f64>) {
        let setting = state.links.setting[link];
        let open = |open: bool| if open { Status::Open } else { Status::Closed };
        match (&self.network.links[link].element, action) {
            (Element::Pipe(_), Action::Open) => (Status::Open, setting),
            (Element::Pipe(_), Action::Close) => (Status::Closed, setting),
            (Element::Pipe(_), Action::Set(value)) => (open(value.abs() > 0.0), setting),
            (Element::Pump(_), Action::Open) => (Status::Open, Some(1.0)),
            (Element::Pump(_), Action::Close) => (Status::Closed, Some(0.0)),
            (Element::Pump(_), Action::Set(value)) => (open(value.abs() > 0.0), Some(value)),
            (Element::Valve(_), Action::Set(value)) => (Status::Active, Some(value)),
            (Element::Valve(valve), action) => {
                let general = matches!(valve.kind, ValveKind::GeneralPurpose { .. });
                (open(action == Action::Open), setting.filter(|_| general))
            }
        }
    }

    /// Does to a link what a rule or a command says. Says whether that changed it.
    pub(super) fn act(&self, state: &mut State, link: LinkIndex, action: Action) -> bool {
        /// Settings closer than this are the same.
        const SAME: f64 = 1e-3;
        let closed = state.links.status[link].is_closed();
        let element = &self.network.links[link].element;
        let action = match (element, action) {
            (Element::Pipe(_), Action::Set(value)) if value.abs() > 0.0 => Action::Open,
            (Element::Pipe(_), Action::Set(_)) => Action::Close,
            (_, action) => action,
        };
        match action {
            Action::Open if closed => {
                if state.links.status[link] == Status::Closed {
                    self.restart_power_pump(state, link);
                }
                let (status, setting) = self.outcome(state, link, action);
                state.links.status[link] = status;
                state.links.setting[link] = setting;
                true
            }
            Action::Close if !closed => {
                let (status, setting) = self.outcome(state, link, action);
                state.links.status[link] = status;
                state.links.setting[link] = setting;
                true
            }
            Action::Set(value) => {
                let same = |old: f64| (old - value).abs() <= SAME;
                if state.links.setting[link].is_some_and(same) {
                    return false;
                }
                self.set(state, link, value);
                true
            }
            Action::Open | Action::Close => false,
        }
    }

    /// Gives a pump a relative speed or a valve a setting.
    pub(super) fn set(&self, state: &mut State, link: LinkIndex, value: f64) {
        let closed = state.links.status[link].is_closed();
        let was_fixed = state.links.setting[link].is_none();
        match &self.network.links[link].element {
            Element::Pipe(_) => return,
            Element::Pump(_) if value > 0.0 && closed => {
                self.restart_power_pump(state, link);
                state.links.status[link] = Status::Open;
            }
            Element::Pump(_) if value <= 0.0 && !closed => {
                state.links.status[link] = Status::Closed;
            }
            Element::Pump(_) => {}
            Element::Valve(valve) if valve.kind == ValveKind::FlowControl => {
                state.links.status[link] = Status::Active;
            }
            Element::Valve(_) if was_fixed && closed => state.links.status[link] = Status::Open,
            Element::Valve(_) => {}
        }
        state.links.setting[link] = Some(value);
    }

    /// A pump of constant power finds no way back from no flow by itself.
    fn restart_power_pump(&self, state: &mut State, link: LinkIndex) {
        let place = self
            .plan
            .pumps
            .partition_point(|pump| (pump.link as usize) < link);
        match self.plan.pumps.get(place) {
            Some(pump) if pump.link as usize == link && matches!(pump.law, PumpLaw::Power(_)) => {
                state.links.flow[link] = pump.law.design_flow();
            }
            _ => {}
        }
    }
}
