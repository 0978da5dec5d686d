//! Junctions, reservoirs and tanks, and what is said of them elsewhere.

use super::super::inp::{Demand, Mixing, Node, NodeKind, Tank};
use super::super::section::Section;
use super::super::text::{Row, Word};
use super::{Named, Reader, shortened};
use crate::twin::Finding;

/// Longest name that EPANET takes.
const LONGEST_NAME: usize = 31;

impl<'s> Reader<'s, '_> {
    pub(super) fn nodes(&mut self) {
        for row in self.rows(Section::Junctions) {
            if let Some(kind) = self.junction(&row) {
                self.add_node(&row, kind);
            }
        }
        for section in [Section::Reservoirs, Section::Tanks] {
            for row in self.rows(section) {
                // As in EPANET, the number of words and not the section decides.
                let kind = if row.words.len() <= 3 {
                    self.reservoir(&row)
                } else {
                    self.tank(&row)
                };
                if let Some(kind) = kind {
                    self.add_node(&row, kind);
                }
            }
        }
    }

    fn add_node(&mut self, row: &Row<'s>, kind: NodeKind) {
        let word = row.words[0];
        self.name_fits(&word);
        if let Some(first) = self.nodes.get(word.text) {
            let first = self.lines.nodes[*first].clone();
            self.notices.add(
                Finding::error(format!(
                    "two nodes have the name `{}`",
                    shortened(word.text)
                ))
                .at(word.span())
                .hint("give one of them another name")
                .related(first, "the first one"),
            );
            return;
        }
        self.nodes.insert(word.text, self.inp.nodes.len());
        self.lines.nodes.push(word.span());
        self.inp.nodes.push(Node {
            id: word.text.to_owned(),
            line: row.number,
            kind,
            coordinates: None,
            quality: 0.0,
            source: None,
            tag: String::new(),
            comment: row.comment.to_owned(),
        });
    }

    pub(super) fn name_fits(&mut self, word: &Word<'_>) {
        if word.text.len() > LONGEST_NAME {
            self.warn(
                word,
                format!("the name is {} characters long", word.text.len()),
                format!("EPANET takes at most {LONGEST_NAME}"),
            );
        }
    }

    fn junction(&mut self, row: &Row<'s>) -> Option<NodeKind> {
        let elevation = match row.word(1) {
            Some(word) => self.number(&word, "an elevation").unwrap_or(0.0),
            None => 0.0,
        };
        let base = match row.word(2) {
            Some(word) if word.text != "*" => self.number(&word, "a demand").unwrap_or(0.0),
            _ => 0.0,
        };
        let pattern = self.pattern_at(row, 3);
        Some(NodeKind::Junction {
            elevation,
            demands: vec![Demand {
                base,
                pattern,
                category: String::new(),
            }],
            emitter: 0.0,
        })
    }

    fn reservoir(&mut self, row: &Row<'s>) -> Option<NodeKind> {
        if !self.has(row, 2, "name head pattern") {
            return None;
        }
        let head = self.number(&row.words[1], "a head").unwrap_or(0.0);
        Some(NodeKind::Reservoir {
            head,
            pattern: self.pattern_at(row, 2),
        })
    }

    fn tank(&mut self, row: &Row<'s>) -> Option<NodeKind> {
        const FORM: &str = "name elevation initial-level minimum-level maximum-level diameter minimum-volume curve";
        if !self.has(row, 6, FORM) {
            return None;
        }
        let elevation = self.number(&row.words[1], "an elevation");
        let [initial, minimum, maximum, diameter] = [
            (2, "an initial level"),
            (3, "a minimum level"),
            (4, "a maximum level"),
            (5, "a diameter"),
        ]
        .map(|(index, what)| self.not_negative(&row.words[index], what));
        let volume = match row.word(6) {
            Some(word) => self.not_negative(&word, "a minimum volume").unwrap_or(0.0),
            None => 0.0,
        };
        let curve = row
            .word(7)
            .filter(|word| !word.text.is_empty() && word.text != "*")
            .and_then(|word| self.find(Named::Curve, &word));
        let overflow = match row.word(8) {
            None => false,
            Some(word) if word.is("YES") => true,
            Some(word) if word.is("NO") => false,
            Some(word) => {
                self.error(
                    &word,
                    format!("whether a tank overflows is not `{}`", shortened(word.text)),
                    "write `YES` or `NO`",
                );
                false
            }
        };
        let tank = Tank {
            elevation: elevation?,
            initial_level: initial?,
            minimum_level: minimum?,
            maximum_level: maximum?,
            diameter: diameter?,
            minimum_volume: volume,
            volume_curve: curve,
            overflow,
            mixing: Mixing::default(),
            mixing_fraction: 1.0,
            bulk: None,
        };
        if tank.diameter == 0.0 {
            self.warn(
                &row.words[0],
                format!(
                    "tank `{}` has a diameter of zero",
                    shortened(row.words[0].text)
                ),
                "as in EPANET it is taken for a reservoir at its elevation; where a volume curve \
                 is meant to say its size, give any diameter above zero",
            );
            return Some(NodeKind::Reservoir {
                head: tank.elevation,
                pattern: None,
            });
        }
        self.levels(row, &tank);
        Some(NodeKind::Tank(tank))
    }

    fn levels(&mut self, row: &Row<'s>, tank: &Tank) {
        if tank.minimum_level > tank.maximum_level {
            self.error(
                &row.words[3],
                format!(
                    "the minimum level {} is above the maximum level {}",
                    tank.minimum_level, tank.maximum_level
                ),
                "exchange them, or mend one",
            );
        } else if !(tank.minimum_level..=tank.maximum_level).contains(&tank.initial_level) {
            self.error(
                &row.words[2],
                format!(
                    "the initial level {} is not between {} and {}",
                    tank.initial_level, tank.minimum_level, tank.maximum_level
                ),
                "start the tank between its minimum and its maximum",
            );
        }
        let Some(curve) = tank.volume_curve.map(|curve| &self.inp.curves[curve]) else {
            return;
        };
        let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else {
            return;
        };
        /// What EPANET lets pass.
        const SLACK: f64 = 1e-6;
        if tank.minimum_level < first.0 - SLACK || tank.maximum_level > last.0 + SLACK {
            let message = format!(
                "volume curve `{}` goes from level {} to {}, the tank from {} to {}",
                curve.id, first.0, last.0, tank.minimum_level, tank.maximum_level
            );
            self.error(
                &row.words[7],
                message,
                "let the curve reach over all levels of the tank",
            );
        }
    }

    /// Demands replace that of the junction: the first one takes its place, others are added.
    pub(super) fn demands(&mut self) {
        let mut replaced = vec![false; self.inp.nodes.len()];
        for row in self.rows(Section::Demands) {
            if !self.has(&row, 2, "junction demand pattern ;category") {
                continue;
            }
            // A multiplier for all demands, as EPANET 2.0 wrote it.
            if row.is(0, "MULTIPLY") && !self.nodes.contains_key(row.words[0].text) {
                if let Some(value) = self.positive(&row.words[1], "the multiplier of demands") {
                    self.inp.options.demand_multiplier = value;
                }
                continue;
            }
            let base = self.number(&row.words[1], "a demand");
            let node = self.find(Named::Node, &row.words[0]);
            let pattern = self.pattern_at(&row, 2);
            let (Some(base), Some(node)) = (base, node) else {
                continue;
            };
            let NodeKind::Junction { demands, .. } = &mut self.inp.nodes[node].kind else {
                self.warn(
                    &row.words[0],
                    format!("`{}` is no junction and has no demand", row.words[0].text),
                    "as in EPANET the line has no effect",
                );
                continue;
            };
            if !std::mem::replace(&mut replaced[node], true) {
                demands.clear();
            }
            demands.push(Demand {
                base,
                pattern,
                category: row.comment.to_owned(),
            });
        }
    }

    pub(super) fn emitters(&mut self) {
        for row in self.rows(Section::Emitters) {
            if !self.has(&row, 2, "junction coefficient") {
                continue;
            }
            let node = self.find(Named::Node, &row.words[0]);
            let value = self.not_negative(&row.words[1], "an emitter coefficient");
            let (Some(node), Some(value)) = (node, value) else {
                continue;
            };
            match &mut self.inp.nodes[node].kind {
                NodeKind::Junction { emitter, .. } => *emitter = value,
                _ => self.warn(
                    &row.words[0],
                    format!("`{}` is no junction and has no emitter", row.words[0].text),
                    "as in EPANET the line has no effect",
                ),
            }
        }
    }

    /// Coordinates compute nothing, so that nothing about them is an error.
    pub(super) fn coordinates(&mut self) {
        let mut unknown: Vec<Word<'s>> = Vec::new();
        for row in self.rows(Section::Coordinates) {
            let Some(node) = self.known(Named::Node, &row.words[0]) else {
                unknown.push(row.words[0]);
                continue;
            };
            match self.map_point(&row) {
                Some(point) => self.inp.nodes[node].coordinates = Some(point),
                None => self.warn(
                    &row.words[0],
                    format!("the coordinates of `{}` cannot be read", row.words[0].text),
                    "write `node x y`; it is placed beside its neighbours",
                ),
            }
        }
        self.many(
            &unknown,
            "coordinates are given for nodes that do not exist",
        );
    }

    pub(super) fn vertices(&mut self) {
        let mut unknown: Vec<Word<'s>> = Vec::new();
        for row in self.rows(Section::Vertices) {
            let Some(link) = self.known(Named::Link, &row.words[0]) else {
                unknown.push(row.words[0]);
                continue;
            };
            match self.map_point(&row) {
                Some(point) => self.inp.links[link].vertices.push(point),
                None => self.warn(
                    &row.words[0],
                    format!("a vertex of `{}` cannot be read", row.words[0].text),
                    "write `link x y`; the vertex is left out",
                ),
            }
        }
        self.many(&unknown, "vertices are given for links that do not exist");
    }

    fn map_point(&self, row: &Row<'_>) -> Option<(f64, f64)> {
        let number = |index: usize| {
            let value = super::parsed(row.words.get(index)?.text)?;
            (value.abs() <= super::LARGEST_VALUE).then_some(value)
        };
        Some((number(1)?, number(2)?))
    }

    pub(super) fn tags(&mut self) {
        let mut unknown: Vec<Word<'s>> = Vec::new();
        for row in self.rows(Section::Tags) {
            if row.words.len() < 3 {
                self.warn(
                    &row.words[0],
                    "the tag is not complete",
                    "write `NODE name tag` or `LINK name tag`; the line is left out",
                );
                continue;
            }
            let (name, tag) = (row.words[1], row.words[2].text.to_owned());
            if row.is(0, "NODE") {
                match self.known(Named::Node, &name) {
                    Some(node) => self.inp.nodes[node].tag = tag,
                    None => unknown.push(name),
                }
            } else if row.is(0, "LINK") {
                match self.known(Named::Link, &name) {
                    Some(link) => self.inp.links[link].tag = tag,
                    None => unknown.push(name),
                }
            } else {
                self.warn(
                    &row.words[0],
                    format!("`{}` cannot have a tag", shortened(row.words[0].text)),
                    "write `NODE name tag` or `LINK name tag`; the line is left out",
                );
            }
        }
        self.many(&unknown, "tags are given to things that do not exist");
    }

    /// One warning for all lines about things that do not exist.
    fn many(&mut self, unknown: &[Word<'s>], message: &str) {
        let Some(first) = unknown.first() else {
            return;
        };
        let names: Vec<String> = unknown
            .iter()
            .take(3)
            .map(|word| format!("`{}`", shortened(word.text)))
            .collect();
        let more = match unknown.len().checked_sub(names.len()) {
            None | Some(0) => String::new(),
            Some(more) => format!(" and {more} more"),
        };
        self.notices.add(
            Finding::warning(message.to_owned())
                .at(first.span())
                .hint(format!("{}{more}; left out", names.join(", "))),
        );
    }
}
