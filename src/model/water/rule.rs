//! Rule-based controls.

use super::constants::ZERO_FLOW;
use super::network::{
    Action, Condition, InitialStatus, Join, LinkIndex, NodeIndex, Premise, Quantity, Relation, Rule,
};
use super::plan::clock;
use super::state::{State, Status};
use super::trial::Frame;

/// Flow per volume below which a tank neither fills nor drains, m³/s.
const LEAST_INFLOW: f64 = ZERO_FLOW;

/// The span over which rules are examined, s since the start, both ends included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) first: i64,
    pub(super) last: i64,
}

impl Frame<'_> {
    /// Examines all rules over a span, and does what those of highest priority
    /// say. Says whether that changed anything. `chosen` is room for one action
    /// a link.
    pub(super) fn apply_rules(
        &self,
        state: &mut State,
        span: Span,
        ignored: &[bool],
        chosen: &mut [Option<(usize, Action)>],
    ) -> bool {
        chosen.fill(None);
        for (index, rule) in self.network.rules.iter().enumerate() {
            let actions = if self.holds(state, rule, span) {
                &rule.then
            } else {
                &rule.otherwise
            };
            for action in actions {
                let place = &mut chosen[action.link];
                let wins = match *place {
                    None => true,
                    Some((other, _)) => rule.priority > self.network.rules[other].priority,
                };
                if wins {
                    *place = Some((index, action.action));
                }
            }
        }
        let mut changed = false;
        for (link, &choice) in chosen.iter().enumerate() {
            if let Some((_, action)) = choice.filter(|_| !ignored[link]) {
                changed |= self.act(state, link, action);
            }
        }
        changed
    }

    fn holds(&self, state: &State, rule: &Rule, span: Span) -> bool {
        let mut result = true;
        for premise in &rule.premises {
            match premise.join {
                Join::Or => result = result || self.is_true(state, premise, span),
                Join::And if !result => return false,
                Join::And => result = self.is_true(state, premise, span),
            }
        }
        result
    }

    fn is_true(&self, state: &State, premise: &Premise, span: Span) -> bool {
        let relation = premise.relation;
        match premise.condition {
            Condition::Time(time) => compare_times(span.first, span.last, relation, time),
            Condition::ClockTime(time) => {
                let first = clock(self.network, span.first);
                compare_times(first, clock(self.network, span.last), relation, time)
            }
            Condition::Status { link, status } => {
                let same = simple_status(state.links.status[link]) == status;
                match relation {
                    Relation::Equal => same,
                    Relation::NotEqual => !same,
                    _ => false,
                }
            }
            Condition::Value {
                quantity,
                value,
                tolerance,
            } => (self.quantity(state, quantity))
                .is_some_and(|found| compare(found, relation, value, tolerance)),
        }
    }

    fn quantity(&self, state: &State, quantity: Quantity) -> Option<f64> {
        let row = |node: NodeIndex| self.plan.row[node] as usize;
        let source = |node: NodeIndex| node.checked_sub(self.network.junctions.len());
        match quantity {
            Quantity::TotalDemand => Some(state.total_demand),
            Quantity::Demand(node) => Some(match source(node) {
                Some(source) => state.inflow[source],
                None => state.outflow(row(node)),
            }),
            Quantity::Head(node) => Some(state.head[row(node)]),
            Quantity::Pressure(node) => {
                Some(state.head[row(node)] - self.plan.elevation[row(node)])
            }
            Quantity::Flow(link) => Some(self.open_flow(state, link).abs()),
            Quantity::Setting(link) => state.links.setting[link],
            Quantity::FillTime(node) => {
                let source = source(node)?;
                let tank = self.plan.tanks[source].as_ref()?;
                let inflow = state.inflow[source];
                let room = tank.most_volume - state.volume[source];
                (inflow > LEAST_INFLOW).then(|| room / inflow)
            }
            Quantity::DrainTime(node) => {
                let source = source(node)?;
                let tank = self.plan.tanks[source].as_ref()?;
                let inflow = state.inflow[source];
                let stock = tank.least_volume - state.volume[source];
                (inflow < -LEAST_INFLOW).then(|| stock / inflow)
            }
        }
    }

    /// Flow of a link as shown: nothing where it is closed.
    pub(super) fn open_flow(&self, state: &State, link: LinkIndex) -> f64 {
        if state.links.status[link].is_closed() {
            0.0
        } else {
            state.links.flow[link]
        }
    }
}

fn simple_status(status: Status) -> InitialStatus {
    match status {
        closed if closed.is_closed() => InitialStatus::Closed,
        Status::Active => InitialStatus::Active,
        _ => InitialStatus::Open,
    }
}

/// Inequalities look at the end of the span; equality at all of it, also where it
/// passes midnight.
fn compare_times(first: i64, last: i64, relation: Relation, time: i64) -> bool {
    let within = if last < first {
        time >= first || time <= last
    } else {
        (first..=last).contains(&time)
    };
    match relation {
        Relation::Below => last < time,
        Relation::AtMost => last <= time,
        Relation::Above => last > time,
        Relation::AtLeast => last >= time,
        Relation::Equal => within,
        Relation::NotEqual => !within,
    }
}

fn compare(found: f64, relation: Relation, value: f64, tolerance: f64) -> bool {
    match relation {
        Relation::Equal => (found - value).abs() <= tolerance,
        Relation::NotEqual => (found - value).abs() >= tolerance,
        Relation::Below => found <= value + tolerance,
        Relation::AtMost => found <= value - tolerance,
        Relation::Above => found >= value - tolerance,
        Relation::AtLeast => found >= value + tolerance,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_counts_as_met_when_the_span_holds_it_also_over_midnight() {
        assert!(compare_times(10, 20, Relation::Equal, 15));
        assert!(!compare_times(10, 20, Relation::Equal, 21));
        assert!(compare_times(86_000, 300, Relation::Equal, 100));
        assert!(compare_times(10, 20, Relation::Above, 19));
        assert!(!compare_times(10, 20, Relation::Above, 20));
        assert!(compare_times(10, 20, Relation::AtLeast, 20));
    }

    #[test]
    fn a_value_at_its_limit_counts_within_the_tolerance() {
        assert!(compare(2.0005, Relation::Below, 2.0, 1e-3));
        assert!(!compare(2.002, Relation::Below, 2.0, 1e-3));
        assert!(compare(1.9995, Relation::Above, 2.0, 1e-3));
        assert!(compare(2.0005, Relation::Equal, 2.0, 1e-3));
    }
}
