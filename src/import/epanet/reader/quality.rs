//! What concerns water quality: sources, reactions, mixing, the start.

use super::super::inp::{LinkKind, Mixing, NodeKind, Source, SourceKind};
use super::super::section::Section;
use super::super::text::Row;
use super::{Named, Reader, shortened};

/// What a line of reactions is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reaction {
    Bulk,
    Wall,
    Tank,
}

impl<'s> Reader<'s, '_> {
    pub(super) fn quality(&mut self) {
        for row in self.rows(Section::Quality) {
            if row.words.len() < 2 {
                continue;
            }
            let value = row.words[row.words.len().min(3) - 1];
            let Some(value) = self.not_negative(&value, "a quality") else {
                continue;
            };
            if row.words.len() == 2 {
                if let Some(node) = self.find(Named::Node, &row.words[0]) {
                    self.inp.nodes[node].quality = value;
                }
                continue;
            }
            for node in self.range(Named::Node, &row.words[0], &row.words[1]) {
                self.inp.nodes[node].quality = value;
            }
        }
    }

    pub(super) fn sources(&mut self) {
        for row in self.rows(Section::Sources) {
            if !self.has(&row, 2, "node CONCEN quality pattern") {
                continue;
            }
            let node = self.find(Named::Node, &row.words[0]);
            let kind = [
                ("CONCEN", SourceKind::Concentration),
                ("MASS", SourceKind::Mass),
                ("SETPOINT", SourceKind::Setpoint),
                ("FLOWPACED", SourceKind::FlowPaced),
            ]
            .into_iter()
            .find_map(|(word, kind)| row.is(1, word).then_some(kind));
            // EPANET 1 wrote no type.
            let at = if kind.is_some() { 2 } else { 1 };
            let Some(word) = row.word(at) else {
                self.has(&row, row.words.len() + 1, "node CONCEN quality pattern");
                continue;
            };
            let strength = self.not_negative(&word, "the quality of a source");
            let pattern = self.pattern_at(&row, at + 1);
            if let (Some(node), Some(strength)) = (node, strength) {
                self.inp.nodes[node].source = Some(Source {
                    kind: kind.unwrap_or(SourceKind::Concentration),
                    strength,
                    pattern,
                });
            }
        }
    }

    pub(super) fn mixing(&mut self) {
        for row in self.rows(Section::Mixing) {
            if row.words.len() < 2 {
                continue;
            }
            let node = self.find(Named::Node, &row.words[0]);
            let model = [
                ("MIXED", Mixing::Mixed),
                ("2COMP", Mixing::TwoCompartment),
                ("FIFO", Mixing::FirstInFirstOut),
                ("LIFO", Mixing::LastInFirstOut),
            ]
            .into_iter()
            .find_map(|(word, model)| row.is(1, word).then_some(model));
            let Some(model) = model else {
                self.error(
                    &row.words[1],
                    format!("`{}` is no way to mix", shortened(row.words[1].text)),
                    "write MIXED, 2COMP, FIFO or LIFO",
                );
                continue;
            };
            let fraction = match row.word(2) {
                Some(word) if model == Mixing::TwoCompartment => {
                    self.not_negative(&word, "a mixing fraction")
                }
                _ => None,
            };
            let Some(node) = node else { continue };
            if let NodeKind::Tank(tank) = &mut self.inp.nodes[node].kind {
                tank.mixing = model;
                // As in EPANET, nought stands for the whole tank.
                let fraction = fraction.filter(|value| *value > 0.0).unwrap_or(1.0);
                tank.mixing_fraction = fraction.min(1.0);
            }
        }
    }

    pub(super) fn reactions(&mut self) {
        for row in self.rows(Section::Reactions) {
            let count = row.words.len();
            if count < 3 {
                continue;
            }
            let last = row.words[count - 1];
            let Some(value) = self.number(&last, "a reaction") else {
                continue;
            };
            if row.is(0, "ORDER") || row.is(0, "GLOB") {
                self.reaction_of_all(&row, value);
            } else if row.is(0, "ROUGH") {
                self.inp.reactions.roughness_correlation = value;
            } else if row.is(0, "LIMIT") {
                if value < 0.0 {
                    self.error(
                        &last,
                        "a concentration cannot be negative",
                        "write zero or above",
                    );
                } else {
                    self.inp.reactions.limiting = value;
                }
            } else if row.is(0, "BULK") {
                self.reaction(&row, Reaction::Bulk, value);
            } else if row.is(0, "WALL") {
                self.reaction(&row, Reaction::Wall, value);
            } else if row.is(0, "TANK") {
                self.reaction(&row, Reaction::Tank, value);
            } else {
                let word = row.words[0];
                self.error(
                    &word,
                    format!("`{}` does not react", shortened(word.text)),
                    "write ORDER, GLOBAL, BULK, WALL, TANK, LIMITING or ROUGHNESS",
                );
            }
        }
    }

    fn reaction_of_all(&mut self, row: &Row<'s>, value: f64) {
        let what = row.words[1];
        let is_order = row.is(0, "ORDER");
        let is_possible = match what.is("WALL") {
            true => [0.0_f64, 1.0].map(f64::to_bits).contains(&value.to_bits()),
            // Below zero stands for the law of Michaelis and Menten.
            false => true,
        };
        if is_order && !is_possible {
            let last = row.words[row.words.len() - 1];
            self.error(&last, "this order is not possible", "at walls it is 0 or 1");
            return;
        }
        let reactions = &mut self.inp.reactions;
        let place = match is_order {
            true if what.is("BULK") => &mut reactions.bulk_order,
            true if what.is("WALL") => &mut reactions.wall_order,
            true if what.is("TANK") => &mut reactions.tank_order,
            false if what.is("BULK") => &mut reactions.bulk,
            false if what.is("WALL") => &mut reactions.wall,
            _ => {
                self.error(
                    &what,
                    format!("`{}` does not react", shortened(what.text)),
                    "write BULK or WALL, and for orders also TANK",
                );
                return;
            }
        };
        *place = value;
    }

    fn reaction(&mut self, row: &Row<'s>, what: Reaction, value: f64) {
        let named = if what == Reaction::Tank {
            Named::Node
        } else {
            Named::Link
        };
        let found = if row.words.len() == 3 {
            match self.known(named, &row.words[1]) {
                Some(one) => vec![one],
                None => {
                    let word = row.words[1];
                    self.warn(
                        &word,
                        format!("there is no {} `{}`", named.word(), shortened(word.text)),
                        "as in EPANET the line has no effect",
                    );
                    return;
                }
            }
        } else {
            self.range(named, &row.words[1], &row.words[2])
        };
        for one in found {
            if what == Reaction::Tank {
                if let NodeKind::Tank(tank) = &mut self.inp.nodes[one].kind {
                    tank.bulk = Some(value);
                }
            } else if let LinkKind::Pipe(pipe) = &mut self.inp.links[one].kind {
                match what {
                    Reaction::Wall => pipe.wall = Some(value),
                    _ => pipe.bulk = Some(value),
                }
            }
        }
    }
}
