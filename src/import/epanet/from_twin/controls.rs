//! Controls and rules in EPANET's words.

use super::super::inp::{
    Action, Command, Control, LinkKind, LinkQuantity, NodeKind, NodeQuantity, Premise, Relation,
    Rule, Status, Subject, When,
};
use super::super::units::rounded;
use super::{Writer, in_unit, name_of};
use crate::quantity::Quantity;
use crate::twin;

impl Writer<'_> {
    fn cannot(&mut self, what: &str, why: &str) {
        self.problems.push(format!("{what}: {why}"));
    }

    /// The links that are set, and to what.
    fn actions(&mut self, set: &[(String, Quantity)], what: &str) -> Vec<Action> {
        let mut actions = Vec::new();
        for (name, value) in set {
            match self.action(name, value) {
                Some(action) => actions.push(action),
                None => self.cannot(
                    what,
                    &format!(
                        "an EPANET file cannot set `{name}`; set `open` or a command of a link"
                    ),
                ),
            }
        }
        actions
    }

    fn action(&self, name: &str, value: &Quantity) -> Option<Action> {
        let (id, quantity) = name.rsplit_once('.')?;
        let link = *self.links.get(id)?;
        let command = match (quantity, &self.inp.links[link].kind) {
            ("open", _) => Command::Status(status_of(value.si())?),
            ("speed_command", LinkKind::Pump(_)) => Command::Setting(value.si()),
            ("setting_command", LinkKind::Valve(valve)) => {
                Command::Setting(self.setting_of(valve.kind, value))
            }
            _ => return None,
        };
        Some(Action { link, command })
    }

    pub(super) fn controls(&mut self) {
        let twin = self.twin;
        for (number, control) in twin.controls.iter().enumerate() {
            let what = format!("control {}", number + 1);
            let when = match &control.when {
                twin::Condition::At(time) => Some(When::Time(time.as_seconds().round() as i64)),
                twin::Condition::Daily(time) => {
                    Some(When::ClockTime(time.as_seconds().round() as i64))
                }
                twin::Condition::Below(name, value) => self
                    .level(name, value)
                    .map(|(node, value)| When::Below(node, value)),
                twin::Condition::Above(name, value) => self
                    .level(name, value)
                    .map(|(node, value)| When::Above(node, value)),
            };
            let actions = self.actions(&control.set, &what);
            let Some(when) = when else {
                self.cannot(
                    &what,
                    "an EPANET file compares the level of a tank or the pressure of a junction",
                );
                continue;
            };
            // EPANET sets one link by a control; several become several controls.
            for action in actions {
                self.inp.controls.push(Control {
                    line: 0,
                    link: action.link,
                    command: action.command,
                    when,
                    disabled: control.disabled,
                });
            }
        }
    }

    /// The node and the level or pressure that a control compares.
    fn level(&self, name: &str, value: &Quantity) -> Option<(usize, f64)> {
        let (id, quantity) = name.rsplit_once('.')?;
        let node = *self.nodes.get(id)?;
        let length = &self.units.length;
        let value = match (&self.inp.nodes[node].kind, quantity) {
            (NodeKind::Junction { .. }, "pressure") => self.pressure(value),
            (NodeKind::Tank(_), "level") => in_unit(value, length),
            (NodeKind::Tank(tank), "head") => rounded(in_unit(value, length) - tank.elevation),
            (NodeKind::Reservoir { head, .. }, "hydraulic_grade") => {
                rounded(in_unit(value, length) - head)
            }
            _ => return None,
        };
        Some((node, value))
    }

    pub(super) fn rules(&mut self) {
        let twin = self.twin;
        for rule in &twin.rules {
            let what = format!("rule `{}`", rule.id);
            let mut premises = Vec::new();
            for premise in &rule.premises {
                match self.premise(premise) {
                    Some(premise) => premises.push(premise),
                    None => self.cannot(
                        &what,
                        "an EPANET file cannot compare what a premise looks at",
                    ),
                }
            }
            let written = Rule {
                id: name_of(&rule.id, &rule.name).to_owned(),
                line: 0,
                priority: rule.priority,
                premises,
                then: self.actions(&rule.then, &what),
                otherwise: self.actions(&rule.otherwise, &what),
                disabled: rule.disabled,
            };
            self.inp.rules.push(written);
        }
    }

    fn premise(&self, premise: &twin::Premise) -> Option<Premise> {
        let (subject, value) = match &premise.of {
            twin::Subject::Time => (Subject::Time, premise.value.si().round()),
            twin::Subject::ClockTime => (Subject::ClockTime, premise.value.si().round()),
            twin::Subject::Variable(name) => self.variable(name, &premise.value)?,
        };
        Some(Premise {
            is_alternative: premise.join == twin::Join::Or,
            subject,
            relation: match premise.relation {
                twin::Relation::Below => Relation::Below,
                twin::Relation::Above => Relation::Above,
                twin::Relation::Equal => Relation::Equal,
                twin::Relation::NotEqual => Relation::NotEqual,
                twin::Relation::AtMost => Relation::AtMost,
                twin::Relation::AtLeast => Relation::AtLeast,
            },
            value,
        })
    }

    fn variable(&self, name: &str, value: &Quantity) -> Option<(Subject, f64)> {
        let units = &self.units;
        let (id, quantity) = name.rsplit_once('.')?;
        if self.network.is_some_and(|network| network.id == id) {
            return (quantity == "demand")
                .then(|| (Subject::SystemDemand, in_unit(value, &units.flow)));
        }
        if let Some(node) = self.nodes.get(id).copied() {
            let (what, value) = match quantity {
                "demand" | "inflow" => (NodeQuantity::Demand, in_unit(value, &units.flow)),
                "head" | "hydraulic_grade" => (NodeQuantity::Head, in_unit(value, &units.length)),
                "level" => (NodeQuantity::Level, in_unit(value, &units.length)),
                "pressure" => (NodeQuantity::Pressure, self.pressure(value)),
                "fill_time" => (NodeQuantity::FillTime, value.si()),
                "drain_time" => (NodeQuantity::DrainTime, value.si()),
                _ => return None,
            };
            return Some((Subject::Node(node, what), value));
        }
        let link = *self.links.get(id)?;
        let (what, value) = match (quantity, &self.inp.links[link].kind) {
            ("flow", _) => (LinkQuantity::Flow, in_unit(value, &units.flow)),
            ("status", _) => (LinkQuantity::Status, value.si()),
            ("setting", LinkKind::Pump(_)) => (LinkQuantity::Setting, value.si()),
            ("actual_setting", LinkKind::Valve(valve)) => {
                (LinkQuantity::Setting, self.setting_of(valve.kind, value))
            }
            _ => return None,
        };
        Some((Subject::Link(link, what), value))
    }
}

/// The status that a value of `open` stands for.
fn status_of(value: f64) -> Option<Status> {
    match value {
        0.0 => Some(Status::Closed),
        1.0 => Some(Status::Open),
        2.0 => Some(Status::Active),
        _ => None,
    }
}
