//! Pipes, pumps and valves, their status and their leaks.

use super::super::inp::{
    Curve, CurveUse, HeadLoss, Link, LinkKind, Pipe, Pump, Status, Valve, ValveKind,
};
use super::super::section::Section;
use super::super::text::{Row, Word};
use super::{Named, Reader, parsed, shortened};
use crate::twin::Finding;

/// The two ends of a link.
type Ends = (usize, usize);

impl<'s> Reader<'s, '_> {
    pub(super) fn links(&mut self) {
        for row in self.rows(Section::Pipes) {
            let ends = self.ends(
                &row,
                "name node node length diameter roughness minor-loss status",
            );
            let (kind, status) = self.pipe(&row);
            self.add_link(&row, ends, LinkKind::Pipe(kind), status);
        }
        for row in self.rows(Section::Pumps) {
            let ends = self.ends(
                &row,
                "name node node HEAD curve SPEED speed PATTERN pattern",
            );
            let kind = self.pump(&row);
            self.add_link(&row, ends, LinkKind::Pump(kind), Status::Open);
        }
        for row in self.rows(Section::Valves) {
            let ends = self.ends(&row, "name node node diameter type setting minor-loss");
            if let Some(kind) = self.valve(&row) {
                self.add_link(&row, ends, LinkKind::Valve(kind), Status::Active);
            }
        }
    }

    fn ends(&mut self, row: &Row<'s>, form: &str) -> Option<Ends> {
        if !self.has(row, 3, form) {
            return None;
        }
        let from = self.find(Named::Node, &row.words[1]);
        let to = self.find(Named::Node, &row.words[2]);
        let ends = (from?, to?);
        if ends.0 == ends.1 {
            self.error(
                &row.words[0],
                format!(
                    "`{}` begins and ends at `{}`",
                    shortened(row.words[0].text),
                    shortened(row.words[1].text)
                ),
                "let it lead from one node to another",
            );
            return None;
        }
        Some(ends)
    }

    /// Adds a link; one without ends is known by name only, so that what refers to it is not
    /// reported as well.
    fn add_link(&mut self, row: &Row<'s>, ends: Option<Ends>, kind: LinkKind, status: Status) {
        let word = row.words[0];
        self.name_fits(&word);
        if let Some(first) = self.links.get(word.text) {
            let first = self.lines.links[*first].clone();
            self.notices.add(
                Finding::error(format!(
                    "two links have the name `{}`",
                    shortened(word.text)
                ))
                .at(word.span())
                .hint("give one of them another name")
                .related(first, "the first one"),
            );
            return;
        }
        let (from, to) = ends.unwrap_or((usize::MAX, usize::MAX));
        self.links.insert(word.text, self.inp.links.len());
        self.lines.links.push(word.span());
        self.inp.links.push(Link {
            id: word.text.to_owned(),
            line: row.number,
            from,
            to,
            kind,
            status,
            vertices: Vec::new(),
            tag: String::new(),
            comment: row.comment.to_owned(),
        });
    }

    fn pipe(&mut self, row: &Row<'s>) -> (Pipe, Status) {
        let metric = self.inp.options.flow_unit.is_metric();
        let (length, diameter) = if metric {
            (100.0, 254.0)
        } else {
            (330.0, 10.0)
        };
        let roughness = match self.inp.options.headloss {
            HeadLoss::HazenWilliams => 130.0,
            HeadLoss::DarcyWeisbach => 0.0005,
            HeadLoss::ChezyManning => 0.01,
        };
        let mut pipe = Pipe {
            length,
            diameter,
            roughness,
            minor_loss: 0.0,
            check_valve: false,
            bulk: None,
            wall: None,
            leak_area: 0.0,
            leak_expansion: 0.0,
        };
        if row.words.len() < 6 {
            self.warn(
                &row.words[0],
                format!("pipe `{}` is not complete", shortened(row.words[0].text)),
                format!(
                    "EPANET's defaults are taken for what is missing: length {length}, diameter \
                     {diameter}, roughness {roughness}"
                ),
            );
        }
        let fields = [
            (3, "a length", &mut pipe.length),
            (4, "a diameter", &mut pipe.diameter),
            (5, "a roughness", &mut pipe.roughness),
        ];
        for (index, what, place) in fields {
            if let Some(word) = row.word(index)
                && let Some(value) = self.positive(&word, what)
            {
                *place = value;
            }
        }
        let mut status = Status::Open;
        if let Some(word) = row.word(6) {
            // Either a loss or a status, or both.
            let is_status = row.words.len() == 7 && parsed(word.text).is_none();
            let status_word = if is_status { Some(word) } else { row.word(7) };
            if !is_status && let Some(value) = self.not_negative(&word, "a minor loss") {
                pipe.minor_loss = value;
            }
            match status_word {
                None => {}
                Some(word) if word.is("CV") => pipe.check_valve = true,
                Some(word) if word.is("CLOSED") => status = Status::Closed,
                Some(word) if word.is("OPEN") => {}
                Some(word) => self.error(
                    &word,
                    format!("a pipe cannot be `{}`", shortened(word.text)),
                    "write `OPEN`, `CLOSED` or `CV`",
                ),
            }
        }
        (pipe, status)
    }

    fn pump(&mut self, row: &Row<'s>) -> Pump {
        let mut pump = Pump {
            power: 0.0,
            head_curve: None,
            speed: 1.0,
            speed_pattern: None,
            price: 0.0,
            price_pattern: None,
            efficiency_curve: None,
        };
        if row.word(3).is_some_and(|word| parsed(word.text).is_some()) {
            self.old_pump(row, &mut pump);
            return pump;
        }
        let mut index = 3;
        while let Some(keyword) = row.word(index) {
            let Some(value) = row.word(index + 1) else {
                self.error(
                    &keyword,
                    format!("`{}` lacks its value", shortened(keyword.text)),
                    "write `HEAD curve`, `POWER power`, `SPEED speed` or `PATTERN pattern`",
                );
                break;
            };
            if keyword.is("POWER") {
                pump.power = self.positive(&value, "a power").unwrap_or(0.0);
            } else if keyword.is("HEAD") {
                pump.head_curve = self.find(Named::Curve, &value);
                if pump.head_curve.is_none() {
                    // Reported; it is not to be reported again for having no curve.
                    pump.power = 1.0;
                }
            } else if keyword.is("PATT") {
                pump.speed_pattern = self.find(Named::Pattern, &value);
            } else if keyword.is("SPEE") {
                pump.speed = self.not_negative(&value, "a speed").unwrap_or(1.0);
            } else {
                self.error(
                    &keyword,
                    format!("a pump has no `{}`", shortened(keyword.text)),
                    "write `HEAD curve`, `POWER power`, `SPEED speed` or `PATTERN pattern`",
                );
                break;
            }
            index += 2;
        }
        pump
    }

    /// A pump as EPANET 1 wrote it: power, or head and flow, or a curve of three points.
    fn old_pump(&mut self, row: &Row<'s>, pump: &mut Pump) {
        let values: Option<Vec<f64>> = row.words[3..]
            .iter()
            .map(|word| self.number(word, "the curve of a pump"))
            .collect();
        let Some(values) = values else {
            pump.power = 1.0;
            return;
        };
        let points = match values.as_slice() {
            [power] => {
                pump.power = *power;
                return;
            }
            [head, flow] => vec![(*flow, *head)],
            [shutoff, head, flow, last_head, last_flow, ..] => {
                vec![(0.0, *shutoff), (*flow, *head), (*last_flow, *last_head)]
            }
            _ => {
                self.error(
                    &row.words[3],
                    "the pump has no curve that can be read",
                    "write `HEAD curve` or `POWER power`",
                );
                pump.power = 1.0;
                return;
            }
        };
        self.warn(
            &row.words[3],
            "the pump is described as in EPANET 1",
            "its curve is added to the curves; EPANET 2.3 no longer reads it this way",
        );
        pump.head_curve = Some(self.inp.curves.len());
        self.lines.curves.push(row.span());
        self.inp.curves.push(Curve {
            id: format!("{}_head", row.words[0].text),
            line: row.number,
            points,
            declared: CurveUse::Head,
        });
    }

    fn valve(&mut self, row: &Row<'s>) -> Option<Valve> {
        if !self.has(row, 5, "name node node diameter type setting minor-loss") {
            return None;
        }
        let diameter = self.positive(&row.words[3], "a diameter");
        let word = row.words[4];
        let kind = ValveKind::ALL
            .into_iter()
            .find(|(_, keyword)| word.is(keyword));
        let Some((kind, _)) = kind else {
            self.error(
                &word,
                format!("there is no valve type `{}`", shortened(word.text)),
                "write PRV, PSV, PBV, FCV, TCV, GPV or PCV",
            );
            return None;
        };
        let mut valve = Valve {
            kind,
            diameter: diameter.unwrap_or(1.0),
            setting: 0.0,
            minor_loss: 0.0,
            curve: None,
        };
        match (kind, row.word(5)) {
            (ValveKind::Gpv, Some(word)) => valve.curve = self.find(Named::Curve, &word),
            (ValveKind::Gpv, None) => self.error(
                &row.words[4],
                "a GPV needs a head loss curve",
                "write its name behind the type",
            ),
            (_, Some(word)) => valve.setting = self.number(&word, "a setting").unwrap_or(0.0),
            (_, None) => {}
        }
        if let Some(word) = row.word(6) {
            valve.minor_loss = self.not_negative(&word, "a minor loss").unwrap_or(0.0);
        }
        if kind == ValveKind::Pcv
            && let Some(word) = row.word(7)
        {
            valve.curve = self.find(Named::Curve, &word);
            valve.setting = valve.setting.min(100.0);
        }
        Some(valve)
    }

    pub(super) fn leakage(&mut self) {
        for row in self.rows(Section::Leakage) {
            if !self.has(&row, 3, "pipe leak-area leak-expansion") {
                continue;
            }
            let link = self.find(Named::Link, &row.words[0]);
            let area = self.not_negative(&row.words[1], "a leak area");
            let expansion = self.not_negative(&row.words[2], "a leak expansion");
            let (Some(link), Some(area), Some(expansion)) = (link, area, expansion) else {
                continue;
            };
            match &mut self.inp.links[link].kind {
                LinkKind::Pipe(pipe) => {
                    pipe.leak_area = area;
                    pipe.leak_expansion = expansion;
                }
                _ => self.warn(
                    &row.words[0],
                    format!("`{}` is no pipe and does not leak", row.words[0].text),
                    "as in EPANET the line has no effect",
                ),
            }
        }
    }

    pub(super) fn status(&mut self) {
        for row in self.rows(Section::Status) {
            if !self.has(&row, 2, "link OPEN, CLOSED or a setting") {
                continue;
            }
            let last = row.words[row.words.len() - 1];
            let Some(command) = self.status_word(&last) else {
                continue;
            };
            if row.words.len() == 2 {
                if let Some(link) = self.find(Named::Link, &row.words[0]) {
                    self.set_status(link, command, Some(&row.words[0]));
                }
                continue;
            }
            for link in self.range(Named::Link, &row.words[0], &row.words[1]) {
                self.set_status(link, command, None);
            }
        }
    }

    fn status_word(&mut self, word: &Word<'_>) -> Option<Result<Status, f64>> {
        if word.is("OPEN") {
            Some(Ok(Status::Open))
        } else if word.is("CLOSED") {
            Some(Ok(Status::Closed))
        } else if word.is("ACTIVE") {
            Some(Ok(Status::Active))
        } else {
            self.not_negative(word, "a setting").map(Err)
        }
    }

    /// Sets a status or a setting as EPANET does. Where the line names one link, `word` is its
    /// name, and what cannot be is reported.
    fn set_status(&mut self, link: usize, command: Result<Status, f64>, word: Option<&Word<'_>>) {
        let place = &mut self.inp.links[link];
        let refusal = match (&mut place.kind, command) {
            (LinkKind::Pipe(pipe), _) if pipe.check_valve => Some("a pipe with a check valve"),
            (LinkKind::Pipe(_), Ok(Status::Active)) => Some("a pipe"),
            (LinkKind::Pipe(_), Ok(status)) => {
                place.status = status;
                None
            }
            // As in EPANET, a number says nothing about a pipe.
            (LinkKind::Pipe(_), Err(_)) => None,
            (LinkKind::Pump(pump), Ok(Status::Open)) => {
                pump.speed = 1.0;
                place.status = Status::Open;
                None
            }
            (LinkKind::Pump(_), Ok(Status::Closed)) => {
                place.status = Status::Closed;
                None
            }
            (LinkKind::Pump(_), Ok(Status::Active)) => Some("a pump"),
            (LinkKind::Pump(pump), Err(speed)) => {
                place.status = if speed == 0.0 {
                    Status::Closed
                } else {
                    pump.speed = speed;
                    Status::Open
                };
                None
            }
            (LinkKind::Valve(valve), Err(_)) if valve.kind == ValveKind::Gpv => Some("a GPV"),
            (LinkKind::Valve(valve), Err(setting)) => {
                valve.setting = setting;
                place.status = Status::Active;
                None
            }
            // An open GPV is one that follows its curve.
            (LinkKind::Valve(valve), Ok(Status::Open)) if valve.kind == ValveKind::Gpv => {
                place.status = Status::Active;
                None
            }
            (LinkKind::Valve(_), Ok(status)) => {
                place.status = status;
                None
            }
        };
        if let (Some(what), Some(word)) = (refusal, word) {
            self.error(
                word,
                format!("{what} cannot be given this status"),
                "take the line away",
            );
        }
    }
}
