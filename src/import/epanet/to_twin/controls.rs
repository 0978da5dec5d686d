//! Simple controls and rules.

use super::super::inp::{
    Command, LinkKind, LinkQuantity, NodeKind, NodeQuantity, Relation, Status, Subject, ValveKind,
    When,
};
use super::super::units::rounded;
use super::{Maker, name_beside, time};
use crate::quantity::{Quantity, SimDuration, Unit};
use crate::twin;

/// What a status is as a value of `open`, and of `status`.
const fn status_value(status: Status) -> f64 {
    match status {
        Status::Closed => 0.0,
        Status::Open => 1.0,
        Status::Active => 2.0,
    }
}

/// A variable compared with, or set to, a value.
type Compared = (String, Quantity);

impl Maker<'_> {
    /// A setting of a valve as it stands in a document.
    pub(super) fn valve_setting(&self, kind: ValveKind, setting: f64) -> (f64, Unit) {
        let units = &self.units;
        match kind {
            ValveKind::Fcv => (setting, units.flow.clone()),
            ValveKind::Pcv => (setting, units.percent.clone()),
            ValveKind::Tcv | ValveKind::Gpv => (setting, units.one.clone()),
            ValveKind::Prv | ValveKind::Psv | ValveKind::Pbv => self.column(setting),
        }
    }

    /// A pressure as a column of the fluid.
    pub(super) fn column(&self, pressure: f64) -> (f64, Unit) {
        let options = &self.inp.options;
        let unit = options.pressure();
        (
            unit.to_column(pressure, options.specific_gravity),
            Unit::known(unit.column_code()),
        )
    }

    fn quantity(value: f64, unit: &Unit) -> Option<Quantity> {
        Quantity::new(value + 0.0, unit.clone()).ok()
    }

    fn setting(&self, link: usize, command: Command) -> Option<Compared> {
        let one = &self.inp.links[link];
        let id = &self.ids.links[link];
        let (name, value, unit) = match (command, &one.kind) {
            (Command::Status(status), _) => ("open", status_value(status), self.units.one.clone()),
            (Command::Setting(speed), LinkKind::Pump(_)) => {
                ("speed_command", speed, self.units.one.clone())
            }
            (Command::Setting(setting), LinkKind::Valve(valve)) => {
                let (value, unit) = self.valve_setting(valve.kind, setting);
                ("setting_command", value, unit)
            }
            // The reader makes a status of what is set on a pipe.
            (Command::Setting(value), LinkKind::Pipe(_)) => (
                "open",
                f64::from(u8::from(value != 0.0)),
                self.units.one.clone(),
            ),
        };
        Some((format!("{id}.{name}"), Self::quantity(value, &unit)?))
    }

    /// A level or pressure of a node, as the variable that holds it.
    fn level(&self, node: usize, value: f64, is_pressure: bool) -> Option<Compared> {
        let id = &self.ids.nodes[node];
        let (value, unit) = if is_pressure {
            self.column(value)
        } else {
            (value, self.units.length.clone())
        };
        let (name, value) = match &self.inp.nodes[node].kind {
            NodeKind::Junction { .. } => ("pressure", Self::quantity(value, &unit)?),
            NodeKind::Tank(_) => ("level", Self::quantity(value, &unit)?),
            NodeKind::Reservoir { head, .. } => {
                // The height above its own head, as a head.
                let metres = unit.to_si(value) + self.units.length.to_si(*head);
                let head = rounded(self.units.length.from_si(metres));
                ("hydraulic_grade", Self::quantity(head, &self.units.length)?)
            }
        };
        Some((format!("{id}.{name}"), value))
    }

    pub(super) fn controls(&self) -> Vec<twin::Control> {
        self.inp
            .controls
            .iter()
            .filter_map(|control| {
                let is_junction =
                    |node: usize| matches!(self.inp.nodes[node].kind, NodeKind::Junction { .. });
                let when = match control.when {
                    When::Below(node, value) => {
                        let (name, value) = self.level(node, value, is_junction(node))?;
                        twin::Condition::Below(name, value)
                    }
                    When::Above(node, value) => {
                        let (name, value) = self.level(node, value, is_junction(node))?;
                        twin::Condition::Above(name, value)
                    }
                    When::Time(seconds) => {
                        twin::Condition::At(SimDuration::from_whole_seconds(seconds))
                    }
                    When::ClockTime(seconds) => {
                        twin::Condition::Daily(SimDuration::from_whole_seconds(seconds))
                    }
                };
                Some(twin::Control {
                    id: String::new(),
                    when,
                    set: vec![self.setting(control.link, control.command)?],
                    disabled: control.disabled,
                })
            })
            .collect()
    }

    pub(super) fn rules(&self) -> Vec<twin::Rule> {
        self.inp
            .rules
            .iter()
            .zip(&self.ids.rules)
            .map(|(rule, id)| {
                let settings = |actions: &[super::super::inp::Action]| {
                    actions
                        .iter()
                        .filter_map(|action| self.setting(action.link, action.command))
                        .collect()
                };
                twin::Rule {
                    id: id.clone(),
                    name: name_beside(id, &rule.id),
                    priority: rule.priority,
                    premises: rule
                        .premises
                        .iter()
                        .enumerate()
                        .filter_map(|(index, premise)| self.premise(index, premise))
                        .collect(),
                    then: settings(&rule.then),
                    otherwise: settings(&rule.otherwise),
                    disabled: rule.disabled,
                }
            })
            .collect()
    }

    fn premise(&self, index: usize, premise: &super::super::inp::Premise) -> Option<twin::Premise> {
        let seconds = premise.value;
        let (of, value) = match premise.subject {
            Subject::Time | Subject::ClockTime => {
                let (value, unit) = time(seconds as i64, &self.units);
                let of = match premise.subject {
                    Subject::Time => twin::Subject::Time,
                    _ => twin::Subject::ClockTime,
                };
                (of, Self::quantity(value, unit)?)
            }
            Subject::SystemDemand => (
                twin::Subject::Variable(format!("{}.demand", super::NETWORK_ID)),
                Self::quantity(premise.value, &self.units.flow)?,
            ),
            Subject::Node(node, quantity) => {
                let (name, value) = self.of_node(node, quantity, premise.value)?;
                (twin::Subject::Variable(name), value)
            }
            Subject::Link(link, quantity) => {
                let (name, value) = self.of_link(link, quantity, premise.value)?;
                (twin::Subject::Variable(name), value)
            }
        };
        Some(twin::Premise {
            join: match (index, premise.is_alternative) {
                (0, _) => twin::Join::If,
                (_, true) => twin::Join::Or,
                (_, false) => twin::Join::And,
            },
            of,
            relation: match premise.relation {
                Relation::Equal => twin::Relation::Equal,
                Relation::NotEqual => twin::Relation::NotEqual,
                Relation::Below => twin::Relation::Below,
                Relation::Above => twin::Relation::Above,
                Relation::AtMost => twin::Relation::AtMost,
                Relation::AtLeast => twin::Relation::AtLeast,
            },
            value,
        })
    }

    fn of_node(&self, node: usize, quantity: NodeQuantity, value: f64) -> Option<Compared> {
        let units = &self.units;
        let kind = &self.inp.nodes[node].kind;
        let (name, value) = match quantity {
            NodeQuantity::Level => return self.level(node, value, false),
            NodeQuantity::Pressure => return self.level(node, value, true),
            NodeQuantity::Demand => {
                let name = match kind {
                    NodeKind::Junction { .. } => "demand",
                    NodeKind::Reservoir { .. } | NodeKind::Tank(_) => "inflow",
                };
                (name, Self::quantity(value, &units.flow)?)
            }
            NodeQuantity::Head => {
                let name = match kind {
                    NodeKind::Reservoir { .. } => "hydraulic_grade",
                    NodeKind::Junction { .. } | NodeKind::Tank(_) => "head",
                };
                (name, Self::quantity(value, &units.length)?)
            }
            NodeQuantity::FillTime | NodeQuantity::DrainTime => {
                let name = match quantity {
                    NodeQuantity::FillTime => "fill_time",
                    _ => "drain_time",
                };
                (name, Self::quantity(rounded(value / 3_600.0), &units.hour)?)
            }
        };
        Some((format!("{}.{name}", self.ids.nodes[node]), value))
    }

    fn of_link(&self, link: usize, quantity: LinkQuantity, value: f64) -> Option<Compared> {
        let one = &self.inp.links[link];
        let (name, value, unit) = match (quantity, &one.kind) {
            (LinkQuantity::Flow, _) => ("flow", value, self.units.flow.clone()),
            (LinkQuantity::Status, _) => ("status", value, self.units.one.clone()),
            (LinkQuantity::Setting, LinkKind::Valve(valve)) => {
                let (value, unit) = self.valve_setting(valve.kind, value);
                ("actual_setting", value, unit)
            }
            (LinkQuantity::Setting, _) => ("setting", value, self.units.one.clone()),
        };
        let id = &self.ids.links[link];
        Some((format!("{id}.{name}"), Self::quantity(value, &unit)?))
    }
}
