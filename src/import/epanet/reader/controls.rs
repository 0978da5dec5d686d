//! Simple controls.

use super::super::inp::{Command, Control, LinkKind, NodeKind, Status, ValveKind, When};
use super::super::section::Section;
use super::super::text::{Row, Word};
use super::{Named, Reader, hours, shortened};

/// Seconds in a day.
const DAY: i64 = 86_400;

const FORM: &str = "LINK name OPEN IF NODE name BELOW level` or `LINK name CLOSED AT TIME time";

impl<'s> Reader<'s, '_> {
    pub(super) fn controls(&mut self) {
        for row in self.rows(Section::Controls) {
            if let Some(control) = self.control(&row) {
                self.inp.controls.push(control);
            }
        }
    }

    fn control(&mut self, row: &Row<'s>) -> Option<Control> {
        if !self.has(row, 6, FORM) {
            return None;
        }
        let last = row.words[row.words.len() - 1];
        let disabled = last.is("DISABLED");
        let count = row.words.len() - usize::from(disabled);
        let link = self.find(Named::Link, &row.words[1]);
        let command = link.and_then(|link| self.command(link, &row.words[1], &row.words[2]));
        let when = self.when(row, count);
        let (Some(link), Some(command), Some(when)) = (link, command, when) else {
            return None;
        };
        Some(Control {
            line: row.number,
            link,
            command,
            when,
            disabled,
        })
    }

    /// What a link is set to by a word, by EPANET's rules for each type of link.
    pub(super) fn command(
        &mut self,
        link: usize,
        name: &Word<'_>,
        word: &Word<'_>,
    ) -> Option<Command> {
        let kind = self.inp.links[link].kind.clone();
        if matches!(&kind, LinkKind::Pipe(pipe) if pipe.check_valve) {
            self.error(
                name,
                format!(
                    "pipe `{}` has a check valve and cannot be controlled",
                    shortened(name.text)
                ),
                "control another link, or take the check valve away",
            );
            return None;
        }
        if word.is("OPEN") {
            return Some(Command::Status(Status::Open));
        }
        if word.is("CLOSED") {
            return Some(Command::Status(Status::Closed));
        }
        if word.is("ACTIVE") && matches!(&kind, LinkKind::Valve(_)) {
            return Some(Command::Status(Status::Active));
        }
        if matches!(&kind, LinkKind::Valve(valve) if valve.kind == ValveKind::Gpv) {
            self.error(
                word,
                "a GPV follows its curve and has no setting",
                "write `OPEN` or `CLOSED`",
            );
            return None;
        }
        let value = self.not_negative(word, "a setting")?;
        Some(match kind {
            LinkKind::Pipe(_) if value == 0.0 => Command::Status(Status::Closed),
            LinkKind::Pipe(_) => Command::Status(Status::Open),
            LinkKind::Pump(_) | LinkKind::Valve(_) => Command::Setting(value),
        })
    }

    fn when(&mut self, row: &Row<'s>, count: usize) -> Option<When> {
        let of = row.words[4];
        if of.is("TIME") || of.is("CLOCKTIME") {
            let value = row.words[5];
            let unit = (count > 6).then(|| row.words[6].text);
            let Some(hours) = hours(value.text, unit) else {
                self.error(
                    &value,
                    format!("`{}` is not a time", shortened(value.text)),
                    "write hours `1.5`, `1:30`, `90 MIN` or, for a time of day, `1:30 PM`",
                );
                return None;
            };
            // Cut off as EPANET does, so that both act in the same second.
            let seconds = (3_600.0 * hours) as i64;
            return Some(if of.is("TIME") {
                When::Time(seconds)
            } else {
                When::ClockTime(seconds % DAY)
            });
        }
        if count < 8 {
            self.has(row, row.words.len() + 1, FORM);
            return None;
        }
        let node = self.find(Named::Node, &row.words[5]);
        let value = self.number(&row.words[7], "a level or pressure");
        let relation = row.words[6];
        let (node, value) = (node?, value?);
        if matches!(self.inp.nodes[node].kind, NodeKind::Reservoir { .. }) {
            self.warn(
                &row.words[5],
                format!(
                    "reservoir `{}` has no level that changes",
                    shortened(row.words[5].text)
                ),
                "the control compares the height of its surface above its own head",
            );
        }
        if relation.is("BELOW") {
            Some(When::Below(node, value))
        } else if relation.is("ABOVE") {
            Some(When::Above(node, value))
        } else {
            self.error(
                &relation,
                format!("`{}` does not compare", shortened(relation.text)),
                "write `ABOVE` or `BELOW`",
            );
            None
        }
    }
}
