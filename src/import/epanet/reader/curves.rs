//! Patterns and curves.

use super::super::inp::{Curve, CurveUse, Pattern};
use super::super::section::Section;
use super::super::text::begins;
use super::{Reader, parsed};

impl<'s> Reader<'s, '_> {
    pub(super) fn patterns(&mut self) {
        for row in self.rows(Section::Patterns) {
            if !self.has(&row, 2, "pattern multiplier multiplier …") {
                continue;
            }
            let name = row.words[0];
            let index = *self.patterns.entry(name.text).or_insert_with(|| {
                self.inp.patterns.push(Pattern {
                    id: name.text.to_owned(),
                    line: row.number,
                    values: Vec::new(),
                });
                self.inp.patterns.len() - 1
            });
            for word in &row.words[1..] {
                // One that cannot be read still takes its place in time.
                let value = self.number(word, "a multiplier").unwrap_or(1.0);
                self.inp.patterns[index].values.push(value);
            }
        }
    }

    pub(super) fn curves(&mut self) {
        let lines = self.sections.take(Section::Curves);
        // What an editor wrote above the points: `;PUMP: description`.
        let mut above = CurveUse::Generic;
        for line in &lines {
            let Some(row) = line.row(self.notices) else {
                let comment = line.text.trim().trim_start_matches([';', ' ']);
                if let Some(declared) = use_of_word(comment) {
                    above = declared;
                }
                continue;
            };
            if !self.has(&row, 3, "curve x y") {
                continue;
            }
            let name = row.words[0];
            let index = *self.curves.entry(name.text).or_insert_with(|| {
                self.lines.curves.push(name.span());
                self.inp.curves.push(Curve {
                    id: name.text.to_owned(),
                    line: row.number,
                    points: Vec::new(),
                    declared: above,
                });
                self.inp.curves.len() - 1
            });
            above = CurveUse::Generic;
            // A type may stand behind the point; further points may as well.
            let mut words = row.words[1..].iter();
            while let Some(x) = words.next() {
                if parsed(x.text).is_none()
                    && let Some(declared) = use_of_word(x.text)
                {
                    self.inp.curves[index].declared = declared;
                    break;
                }
                let Some(y) = words.next() else {
                    self.error(
                        x,
                        "a point of a curve lacks its second number",
                        "write `curve x y`",
                    );
                    break;
                };
                let (x, y) = (
                    self.number(x, "a point of a curve"),
                    self.number(y, "a point of a curve"),
                );
                if let (Some(x), Some(y)) = (x, y) {
                    self.inp.curves[index].points.push((x, y));
                }
            }
        }
    }
}

fn use_of_word(word: &str) -> Option<CurveUse> {
    [
        ("PUMP", CurveUse::Head),
        ("HEADLOSS", CurveUse::Head),
        ("EFFIC", CurveUse::Efficiency),
        ("VOLUME", CurveUse::Volume),
        ("VALVE", CurveUse::Position),
        ("GENERIC", CurveUse::Generic),
    ]
    .into_iter()
    .find_map(|(keyword, declared)| begins(word, keyword).then_some(declared))
}
