//! Rules.

use super::super::inp::{
    Action, LinkKind, LinkQuantity, NodeKind, NodeQuantity, Premise, Relation, Rule, Subject,
    ValveKind,
};
use super::super::section::Section;
use super::super::text::{Row, Word};
use super::{Named, Reader, hours, shortened};
use crate::twin::Finding;

/// Where the clauses of a rule have got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No rule has begun, or the one that began is over or wrong.
    Outside,
    Named,
    If,
    Then,
    Else,
    Priority,
}

const PREMISE: &str =
    "IF TANK name LEVEL BELOW 3`, `AND SYSTEM CLOCKTIME >= 6 AM` or `OR PUMP name STATUS IS OPEN";
const ACTION: &str = "THEN PUMP name STATUS IS OPEN` or `AND VALVE name SETTING IS 40";

impl<'s> Reader<'s, '_> {
    pub(super) fn rules(&mut self) {
        let mut stage = Stage::Outside;
        let mut rule: Option<(Rule, Word<'s>)> = None;
        for row in self.rows(Section::Rules) {
            let first = row.words[0];
            if first.is("RULE") {
                self.finish_rule(rule.take());
                stage = Stage::Outside;
                if !self.has(&row, 2, "RULE label") {
                    continue;
                }
                stage = Stage::Named;
                let empty = Rule {
                    id: row.words[1].text.to_owned(),
                    line: row.number,
                    priority: 0.0,
                    premises: Vec::new(),
                    then: Vec::new(),
                    otherwise: Vec::new(),
                    disabled: false,
                };
                rule = Some((empty, row.words[1]));
                continue;
            }
            let Some((current, _)) = rule.as_mut() else {
                if stage == Stage::Outside {
                    self.warn(
                        &first,
                        "this clause belongs to no rule",
                        "a rule begins with `RULE label`; the line is left out",
                    );
                    stage = Stage::Priority;
                }
                continue;
            };
            match self.clause(&row, stage, current) {
                Some(next) => stage = next,
                // One error a rule is enough; what follows would only echo it.
                None => {
                    rule = None;
                    stage = Stage::Priority;
                }
            }
        }
        self.finish_rule(rule);
    }

    fn finish_rule(&mut self, rule: Option<(Rule, Word<'s>)>) {
        let Some((rule, label)) = rule else {
            return;
        };
        if rule.premises.is_empty() || rule.then.is_empty() && rule.otherwise.is_empty() {
            self.error(
                &label,
                format!("rule `{}` is not complete", shortened(label.text)),
                "a rule needs an `IF` and a `THEN`",
            );
            return;
        }
        self.inp.rules.push(rule);
    }

    /// Adds a clause to a rule; the stage after it, or `None` where it cannot be.
    fn clause(&mut self, row: &Row<'s>, stage: Stage, rule: &mut Rule) -> Option<Stage> {
        let first = row.words[0];
        let next = if first.is("IF") && stage == Stage::Named
            || (first.is("AND") || first.is("OR")) && stage == Stage::If
        {
            Stage::If
        } else if first.is("AND") && matches!(stage, Stage::Then | Stage::Else) {
            stage
        } else if first.is("THEN") && stage == Stage::If {
            Stage::Then
        } else if first.is("ELSE") && stage == Stage::Then {
            Stage::Else
        } else if first.is("PRIO") && matches!(stage, Stage::Then | Stage::Else) {
            Stage::Priority
        } else if first.is("DISABLED")
            && matches!(stage, Stage::Then | Stage::Else | Stage::Priority)
        {
            rule.disabled = true;
            return Some(Stage::Priority);
        } else {
            self.error(
                &first,
                format!("`{}` has no place here", shortened(first.text)),
                "a rule goes RULE, IF, AND or OR, THEN, AND, ELSE, AND, PRIORITY",
            );
            return None;
        };
        match next {
            Stage::If => {
                let premise = self.premise(row, first.is("OR"))?;
                rule.premises.push(premise);
            }
            Stage::Then => {
                let action = self.action(row)?;
                rule.then.push(action);
            }
            Stage::Else => {
                let action = self.action(row)?;
                rule.otherwise.push(action);
            }
            Stage::Priority => {
                if self.has(row, 2, "PRIORITY number") {
                    rule.priority = self.number(&row.words[1], "a priority")?;
                }
            }
            Stage::Outside | Stage::Named => {}
        }
        Some(next)
    }

    fn premise(&mut self, row: &Row<'s>, is_alternative: bool) -> Option<Premise> {
        if !self.has(row, 5, PREMISE) {
            return None;
        }
        let object = row.words[1];
        let is_system = object.is("SYSTEM");
        let at = if is_system { 2 } else { 3 };
        let subject = if is_system {
            self.system_subject(&row.words[2])
        } else {
            self.subject(&object, &row.words[2], &row.words[3])
        };
        let relation_word = row.words[at + 1];
        let relation = relation(relation_word.text);
        if relation.is_none() {
            self.error(
                &relation_word,
                format!("`{}` does not compare", shortened(relation_word.text)),
                "write =, <>, <, >, <=, >=, IS, NOT, BELOW or ABOVE",
            );
        }
        let (subject, relation) = (subject?, relation?);
        let Some(value) = row.word(at + 2) else {
            self.has(row, row.words.len() + 1, PREMISE);
            return None;
        };
        let value = self.premise_value(subject, &value, row.word(at + 3))?;
        Some(Premise {
            is_alternative,
            subject,
            relation,
            value,
        })
    }

    fn system_subject(&mut self, word: &Word<'_>) -> Option<Subject> {
        if word.is("DEMA") {
            Some(Subject::SystemDemand)
        } else if word.is("CLOCKTIME") {
            Some(Subject::ClockTime)
        } else if word.is("TIME") {
            Some(Subject::Time)
        } else {
            self.error(
                word,
                format!("the system has no `{}`", shortened(word.text)),
                "write DEMAND, TIME or CLOCKTIME",
            );
            None
        }
    }

    fn subject(&mut self, object: &Word<'s>, name: &Word<'s>, what: &Word<'s>) -> Option<Subject> {
        const NODES: [&str; 4] = ["NODE", "JUNC", "RESER", "TANK"];
        const LINKS: [&str; 4] = ["LINK", "PIPE", "PUMP", "VALVE"];
        if NODES.iter().any(|word| object.is(word)) {
            let node = self.find(Named::Node, name)?;
            let quantity = [
                ("DEMA", NodeQuantity::Demand),
                ("HEAD", NodeQuantity::Head),
                ("GRADE", NodeQuantity::Head),
                ("LEVEL", NodeQuantity::Level),
                ("PRES", NodeQuantity::Pressure),
                ("FILL", NodeQuantity::FillTime),
                ("DRAIN", NodeQuantity::DrainTime),
            ]
            .into_iter()
            .find_map(|(word, quantity)| what.is(word).then_some(quantity));
            let is_tank = matches!(self.inp.nodes[node].kind, NodeKind::Tank(_));
            let needs_tank = matches!(
                quantity,
                Some(NodeQuantity::FillTime | NodeQuantity::DrainTime)
            );
            return match quantity {
                Some(quantity) if is_tank || !needs_tank => Some(Subject::Node(node, quantity)),
                _ => {
                    self.error(
                        what,
                        format!("a node has no `{}`", shortened(what.text)),
                        "write DEMAND, HEAD, LEVEL or PRESSURE, or for a tank FILLTIME or DRAINTIME",
                    );
                    None
                }
            };
        }
        if LINKS.iter().any(|word| object.is(word)) {
            let link = self.find(Named::Link, name)?;
            let quantity = [
                ("FLOW", LinkQuantity::Flow),
                ("STATUS", LinkQuantity::Status),
                ("SETTING", LinkQuantity::Setting),
            ]
            .into_iter()
            .find_map(|(word, quantity)| what.is(word).then_some(quantity));
            let has_setting = match &self.inp.links[link].kind {
                LinkKind::Pipe(_) => false,
                LinkKind::Pump(_) => true,
                LinkKind::Valve(valve) => valve.kind != ValveKind::Gpv,
            };
            return match quantity {
                Some(LinkQuantity::Setting) if !has_setting => {
                    self.error(
                        what,
                        format!("`{}` has no setting to compare", shortened(name.text)),
                        "compare its FLOW or its STATUS",
                    );
                    None
                }
                Some(quantity) => Some(Subject::Link(link, quantity)),
                None => {
                    self.error(
                        what,
                        format!("a link has no `{}`", shortened(what.text)),
                        "write FLOW, STATUS or SETTING",
                    );
                    None
                }
            };
        }
        self.error(
            object,
            format!("`{}` cannot be asked", shortened(object.text)),
            "write NODE, JUNCTION, RESERVOIR, TANK, LINK, PIPE, PUMP, VALVE or SYSTEM",
        );
        None
    }

    fn premise_value(
        &mut self,
        subject: Subject,
        word: &Word<'_>,
        unit: Option<Word<'_>>,
    ) -> Option<f64> {
        match subject {
            Subject::Time | Subject::ClockTime => {
                let Some(hours) = hours(word.text, unit.map(|unit| unit.text)) else {
                    self.error(
                        word,
                        format!("`{}` is not a time", shortened(word.text)),
                        "write hours `1.5`, `1:30` or `1:30 PM`",
                    );
                    return None;
                };
                Some((hours * 3_600.0).trunc())
            }
            Subject::Link(_, LinkQuantity::Status) => {
                let status = [("CLOSED", 0.0), ("OPEN", 1.0), ("ACTIVE", 2.0)]
                    .into_iter()
                    .find_map(|(keyword, status)| word.is(keyword).then_some(status));
                if status.is_none() {
                    self.error(
                        word,
                        format!("a status is not `{}`", shortened(word.text)),
                        "write OPEN, CLOSED or ACTIVE",
                    );
                }
                status
            }
            Subject::Node(_, NodeQuantity::FillTime | NodeQuantity::DrainTime) => {
                // Written as hours, or as a time by the editor of EPANET.
                match hours(word.text, None) {
                    Some(hours) => Some(hours * 3_600.0),
                    None => self.number(word, "a time").map(|hours| hours * 3_600.0),
                }
            }
            _ => self.number(word, "what it is compared with"),
        }
    }

    fn action(&mut self, row: &Row<'s>) -> Option<Action> {
        if !self.has(row, 6, ACTION) {
            return None;
        }
        let link = self.find(Named::Link, &row.words[2])?;
        let command = self.command(link, &row.words[2], &row.words[5])?;
        if row.words.len() > 6 {
            self.notices.add(
                Finding::warning("the line goes on behind its value")
                    .at(row.words[6].span())
                    .hint("what follows is not read"),
            );
        }
        Some(Action { link, command })
    }
}

fn relation(text: &str) -> Option<Relation> {
    [
        ("<>", Relation::NotEqual),
        ("<=", Relation::AtMost),
        (">=", Relation::AtLeast),
        ("=", Relation::Equal),
        ("<", Relation::Below),
        (">", Relation::Above),
        ("IS", Relation::Equal),
        ("NOT", Relation::NotEqual),
        ("BELOW", Relation::Below),
        ("ABOVE", Relation::Above),
    ]
    .into_iter()
    .find_map(|(word, relation)| super::super::text::begins(text, word).then_some(relation))
}
