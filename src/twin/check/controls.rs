//! Patterns and curves, the attributes that name them, and the controls and
//! rules that set variables.

use super::super::control::{Condition, Curve, Join, Pattern, Premise, Rule, Subject};
use super::super::document::Asset;
use super::super::kind::{Attribute, AttributeForm, Bounds, Causality, Kind};
use super::super::nearest;
use super::super::report::Finding;
use super::super::spans::DocumentPath;
use super::values::Expected;
use super::{Checker, causality_words};
use crate::quantity::{Quantity, Unit};

/// A day \[s].
const DAY: f64 = 86_400.0;

impl Checker<'_, '_> {
    pub(super) fn check_patterns(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("patterns");
        let ids = placed_ids(&list, twin.patterns.iter().map(|one| one.id.as_str()));
        self.ids("pattern", &ids);
        for (index, pattern) in twin.patterns.iter().enumerate() {
            self.pattern(pattern, &list.item(index));
        }
    }

    fn pattern(&mut self, pattern: &Pattern, path: &DocumentPath) {
        if !pattern.step.is_positive() {
            let finding = Finding::error("the step of a pattern must be above zero")
                .hint("write for example `\"1 h\"`");
            self.report(&path.field("step"), finding);
        }
        if pattern.start.is_negative() {
            let finding = Finding::error("a pattern cannot start before its first value").hint(
                "`start` says how far into the pattern time zero is; write `\"0 s\"` or later",
            );
            self.report(&path.field("start"), finding);
        }
        if pattern.values.is_empty() {
            let finding = Finding::error("a pattern needs at least one value")
                .hint("write `[1.0]` for one that never changes");
            self.report(&path.field("values"), finding);
        }
    }

    pub(super) fn check_curves(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("curves");
        let ids = placed_ids(&list, twin.curves.iter().map(|one| one.id.as_str()));
        self.ids("curve", &ids);
        for (index, curve) in twin.curves.iter().enumerate() {
            self.curve(curve, &list.item(index));
        }
    }

    fn curve(&mut self, curve: &Curve, path: &DocumentPath) {
        let points = path.field("points");
        if curve.points.is_empty() {
            let finding =
                Finding::error("a curve needs at least one point").hint("write `[(0, 0), (1, 1)]`");
            self.report(&points, finding);
        }
        let falls = curve.points.windows(2).position(|pair| {
            pair[1].0.partial_cmp(&pair[0].0) != Some(std::cmp::Ordering::Greater)
        });
        if let Some(before) = falls {
            let (first, second) = (curve.points[before].0, curve.points[before + 1].0);
            let finding = Finding::error(format!(
                "the points of the curve do not go to the right: {second} follows {first}"
            ))
            .hint("the first numbers of the points have to rise from one to the next")
            .related(self.span(&points.item(before)), "the point before");
            self.report(&points.item(before + 1), finding);
        }
    }

    /// What a document says of an asset in words.
    pub(super) fn attributes(&mut self, asset: &Asset, kind: &Kind, path: &DocumentPath) {
        let list = path.field("attributes");
        for (name, value) in &asset.attributes {
            let place = list.field(name.clone());
            match kind.attribute(name) {
                Some(attribute) => self.attribute(attribute, value, &place),
                None => {
                    let names: Vec<&str> = kind.attributes.iter().map(|one| one.name).collect();
                    let finding =
                        Finding::error(format!("{} has no attribute `{name}`", kind.name))
                            .hint(self.near(name, "attributes", &names));
                    self.report_key(&place, finding);
                }
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &str, path: &DocumentPath) {
        match &attribute.form {
            AttributeForm::Text => {}
            AttributeForm::Choice(words) => {
                if !words.contains(&value) {
                    let finding =
                        Finding::error(format!("`{}` cannot be `{value}`", attribute.name))
                            .hint(self.near(value, "choices", words));
                    self.report(path, finding);
                }
            }
            AttributeForm::Pattern => {
                if !self.patterns.contains(value) {
                    let names: Vec<&str> = self.patterns.iter().copied().collect();
                    let finding = Finding::error(format!("there is no pattern `{value}`"))
                        .hint(self.near(value, "patterns", &names));
                    self.report(path, finding);
                }
            }
            AttributeForm::Curve { x, y } => self.curve_of(attribute, value, [x, y], path),
            AttributeForm::Asset { kinds } => match self.assets.get(value) {
                None => {
                    let finding = Finding::error(format!("there is no asset `{value}`"))
                        .hint(self.near_asset(value));
                    self.report(path, finding);
                }
                Some(index) => {
                    let found = &self.twin.assets[*index].kind;
                    if !kinds.contains(&found.as_str()) {
                        let finding = Finding::error(format!(
                            "`{}` cannot be `{value}`, which is a {found}",
                            attribute.name
                        ))
                        .hint(nearest::listed("kinds for it", kinds.iter().copied()));
                        self.report(path, finding);
                    }
                }
            },
        }
    }

    fn curve_of(
        &mut self,
        attribute: &Attribute,
        value: &str,
        axes: [&Unit; 2],
        path: &DocumentPath,
    ) {
        let Some(index) = self.curves.get(value).copied() else {
            let names: Vec<&str> = self.curves.keys().copied().collect();
            let finding = Finding::error(format!("there is no curve `{value}`"))
                .hint(self.near(value, "curves", &names));
            self.report(path, finding);
            return;
        };
        let curve = &self.twin.curves[index];
        let place = DocumentPath::root().field("curves").item(index);
        for ((axis, unit), expected) in [("x", &curve.x), ("y", &curve.y)].into_iter().zip(axes) {
            if unit.is_commensurable(expected) || self.is_mended(&place.field(axis)) {
                continue;
            }
            let finding = Finding::error(format!(
                "curve `{value}` does not serve as `{}`: its {axis} is in `{}`",
                attribute.name,
                unit.code()
            ))
            .hint(format!(
                "`{}` wants {axis} in a unit of {} such as \"{}\"",
                attribute.name,
                expected.dimension(),
                expected.code()
            ))
            .related(self.span(&place.field(axis)), "the unit of the curve");
            self.report(path, finding);
        }
    }

    pub(super) fn check_controls(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("controls");
        let ids: Vec<(&str, DocumentPath)> = twin
            .controls
            .iter()
            .enumerate()
            .filter(|(_, control)| !control.id.is_empty())
            .map(|(index, control)| (control.id.as_str(), list.item(index).field("id")))
            .collect();
        self.ids("control", &ids);
        for (index, control) in twin.controls.iter().enumerate() {
            let path = list.item(index);
            self.condition(&control.when, &path.field("when"));
            self.settings(&control.set, &path.field("set"));
        }
    }

    fn condition(&mut self, condition: &Condition, path: &DocumentPath) {
        match condition {
            Condition::Above(name, value) | Condition::Below(name, value) => {
                self.compared(name, value, [&path.item(0), &path.item(1)]);
            }
            Condition::At(time) => {
                if time.is_negative() {
                    let finding = Finding::error("a control cannot act before the run begins")
                        .hint("`At` counts from the start of the run; write `\"0 s\"` or later");
                    self.report(&path.item(0), finding);
                }
            }
            Condition::Daily(time) => self.time_of_day(time.as_seconds(), &path.item(0)),
        }
    }

    fn time_of_day(&mut self, seconds: f64, path: &DocumentPath) {
        if !(0.0..DAY).contains(&seconds) {
            let finding = Finding::error("a time of day lies between midnight and midnight")
                .hint("write for example `\"6 h\"` for six in the morning; below `24 h`");
            self.report(path, finding);
        }
    }

    /// A variable held against a value; any variable will do, and bounds play no part.
    fn compared(&mut self, name: &str, value: &Quantity, [of, against]: [&DocumentPath; 2]) {
        if let Some(variable) = self.variable(name, of) {
            let expected = Expected {
                bounds: Bounds::NONE,
                ..Expected::of_variable(variable)
            };
            self.quantity(value, &expected, against);
        }
    }

    /// What a control or rule sets: inputs and parameters, within their bounds.
    fn settings(&mut self, set: &[(String, Quantity)], path: &DocumentPath) {
        if set.is_empty() {
            let finding = Finding::warning("nothing is set here")
                .hint("write `[(\"pump_1.open\", \"0\")]`, or take it away");
            self.report(path, finding);
        }
        for (index, (name, value)) in set.iter().enumerate() {
            let place = path.item(index);
            let Some(variable) = self.variable(name, &place.item(0)) else {
                continue;
            };
            if !matches!(variable.causality, Causality::Input | Causality::Parameter) {
                let finding = Finding::error(format!(
                    "`{name}` is {} and cannot be set",
                    causality_words(variable.causality)
                ))
                .hint("a control sets inputs and parameters");
                self.report(&place.item(0), finding);
                continue;
            }
            self.quantity(value, &Expected::of_variable(variable), &place.item(1));
        }
    }

    pub(super) fn check_rules(&mut self) {
        let twin = self.twin;
        let list = DocumentPath::root().field("rules");
        let ids = placed_ids(&list, twin.rules.iter().map(|one| one.id.as_str()));
        self.ids("rule", &ids);
        for (index, rule) in twin.rules.iter().enumerate() {
            self.rule(rule, &list.item(index));
        }
    }

    fn rule(&mut self, rule: &Rule, path: &DocumentPath) {
        let premises = path.field("premises");
        if rule.premises.is_empty() {
            let finding = Finding::error("a rule needs at least one premise")
                .hint("write what is asked, beginning with `join: If`");
            self.report(&premises, finding);
        }
        for (index, premise) in rule.premises.iter().enumerate() {
            self.premise(premise, index == 0, &premises.item(index));
        }
        self.settings(&rule.then, &path.field("then"));
        if !rule.otherwise.is_empty() {
            self.settings(&rule.otherwise, &path.field("otherwise"));
        }
    }

    fn premise(&mut self, premise: &Premise, is_first: bool, path: &DocumentPath) {
        if is_first != (premise.join == Join::If) {
            let finding = if is_first {
                Finding::error("the first premise of a rule is an `If`").hint("write `join: If`")
            } else {
                Finding::error("only the first premise of a rule is an `If`")
                    .hint("write `join: And` or `join: Or`")
            };
            self.report(&path.field("join"), finding);
        }
        let of = path.field("of");
        let value = path.field("value");
        match &premise.of {
            Subject::Variable(name) => {
                self.compared(name, &premise.value, [&of.item(0), &value]);
            }
            Subject::Time | Subject::ClockTime => {
                let second = Unit::known("s");
                let expected = Expected {
                    name: "the time".to_owned(),
                    unit: &second,
                    bounds: Bounds::NOT_NEGATIVE,
                    example: 3600.0,
                };
                self.quantity(&premise.value, &expected, &value);
            }
        }
    }
}

/// The ids of a list with their places.
fn placed_ids<'i>(
    list: &DocumentPath,
    ids: impl Iterator<Item = &'i str>,
) -> Vec<(&'i str, DocumentPath)> {
    ids.enumerate()
        .map(|(index, id)| (id, list.item(index).field("id")))
        .collect()
}
