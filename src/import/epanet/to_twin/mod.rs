//! From what a file says to a twin document.
//!
//! Values keep the unit of the file, so that a document reads like the file it
//! came from; only what has no such unit in a document is converted: pressures
//! become columns of the fluid, relative viscosities absolute ones. What equals
//! the default of its kind is left out.

mod assets;
mod controls;
mod names;
mod network;

use std::collections::{BTreeMap, BTreeSet};

use super::inp::{CurveUse, Inp, LinkKind, NodeKind, ValveKind};
use super::map::{self, Map};
use super::notices::Notices;
use super::units::Units;
use super::words;
use crate::quantity::{Epoch, Quantity, SimDuration, Unit};
use crate::twin::{
    Asset, Curve, FORMAT_VERSION, Finding, ForecastSettings, Pattern, Provenance, Twin,
};
use names::Ids;

/// Id of the asset that holds the options.
const NETWORK_ID: &str = "network";

/// Names listed in a message before the rest is counted.
const MOST_LISTED: usize = 3;

/// The document that says what `inp` says. `file` gives it its id.
pub(super) fn twin(inp: &Inp, file: &str, notices: &mut Notices) -> Twin {
    let ids = AllIds::new(inp);
    let map = map::map(inp);
    remarks(inp, &map, notices);
    let maker = Maker {
        inp,
        units: Units::new(inp.options.flow_unit, inp.options.micrograms),
        ids,
        map,
    };
    let mut assets = vec![maker.network()];
    let mut links = Vec::new();
    maker.nodes(&mut assets, &mut links);
    maker.links(&mut assets, &mut links);
    let times = &inp.times;
    let step = SimDuration::from_whole_seconds(times.hydraulic_step.max(1));
    let horizon = match times.duration {
        seconds if seconds > 0 => SimDuration::from_whole_seconds(seconds),
        _ => SimDuration::from_whole_seconds(24 * 3_600),
    };
    Twin {
        format: FORMAT_VERSION,
        id: names::document_id(file),
        name: match inp.title.iter().find(|line| !line.is_empty()) {
            Some(line) => line.clone(),
            None => names::document_id(file),
        },
        version: "1".to_owned(),
        description: inp.title.join("\n"),
        currency: String::new(),
        provenance: Provenance::default(),
        epoch: epoch(times.start_clock),
        timestep: step,
        assets,
        links,
        patterns: maker.patterns(),
        curves: maker.curves(),
        controls: maker.controls(),
        rules: maker.rules(),
        channels: Vec::new(),
        telemetry: Vec::new(),
        event_log: None,
        sources: Vec::new(),
        publish: Vec::new(),
        evolution: Vec::new(),
        balances: Vec::new(),
        uncertainties: Vec::new(),
        // Nothing in the file is uncertain, so that all members would be alike.
        forecast: ForecastSettings {
            horizon: horizon.max(step),
            stride: step,
            members: 1,
            ..ForecastSettings::default()
        },
        scenarios: Vec::new(),
        acceptance: Vec::new(),
    }
}

/// An instant with the time of day that the file starts at. An EPANET file has no date; a
/// Monday serves, for patterns over weeks begin with one.
fn epoch(start_clock: i64) -> Epoch {
    let (hours, minutes, seconds) = (start_clock / 3_600, start_clock / 60 % 60, start_clock % 60);
    let text = format!("2024-01-01T{hours:02}:{minutes:02}:{seconds:02}Z");
    #[expect(
        clippy::expect_used,
        reason = "the reader takes times of day below 24 h only, and each of them is one"
    )]
    Epoch::parse(&text).expect("a time of day on a day that exists")
}

/// What was done to the map.
fn remarks(inp: &Inp, map: &Map, notices: &mut Notices) {
    if let Some(remark) = &map.remark {
        notices.add(Finding::warning(remark.clone()).hint("lengths of pipes are not changed"));
    }
    let count = map.laid_out.len();
    if count == inp.nodes.len() {
        notices.add(
            Finding::warning("no node has coordinates").hint(
                "the network is spread out from its sources; a [COORDINATES] section places it",
            ),
        );
    } else if count > 0 {
        let names: Vec<String> = map
            .laid_out
            .iter()
            .take(MOST_LISTED)
            .map(|node| format!("`{}`", inp.nodes[*node].id))
            .collect();
        let verb = if count == 1 { "has" } else { "have" };
        let more = if count > MOST_LISTED { ", …" } else { "" };
        notices.add(
            Finding::warning(format!(
                "{count} of {} nodes {verb} no coordinates: {}{more}",
                inp.nodes.len(),
                names.join(", ")
            ))
            .hint("they are placed beside their neighbours"),
        );
    }
}

/// The ids of everything in the document.
struct AllIds {
    nodes: Vec<String>,
    links: Vec<String>,
    /// Demands beyond the first of each junction.
    demands: BTreeMap<(usize, usize), String>,
    patterns: Vec<String>,
    /// A curve that is used in two ways stands in the document twice.
    curves: BTreeMap<(usize, CurveUse), String>,
    rules: Vec<String>,
}

impl AllIds {
    fn new(inp: &Inp) -> Self {
        let mut assets = Ids::default();
        assets.reserve(NETWORK_ID);
        let nodes = assets.assign(inp.nodes.iter().map(|one| (one.id.as_str(), "n")));
        let links = assets.assign(inp.links.iter().map(|one| (one.id.as_str(), "l")));
        let mut demands = BTreeMap::new();
        for (node, id) in nodes.iter().enumerate() {
            if let NodeKind::Junction { demands: all, .. } = &inp.nodes[node].kind {
                for number in 1..all.len() {
                    let id = assets.made(id, "demand");
                    demands.insert((node, number), id);
                }
            }
        }
        let patterns =
            Ids::default().assign(inp.patterns.iter().map(|one| (one.id.as_str(), "pattern")));
        let mut names = Ids::default();
        let first = names.assign(inp.curves.iter().map(|one| (one.id.as_str(), "curve")));
        let mut curves = BTreeMap::new();
        for (curve, uses) in curve_uses(inp).into_iter().enumerate() {
            for (number, one) in uses.into_iter().enumerate() {
                let id = if number == 0 {
                    first[curve].clone()
                } else {
                    names.made(&first[curve], "curve")
                };
                curves.insert((curve, one), id);
            }
        }
        let rules = Ids::default().assign(inp.rules.iter().map(|one| (one.id.as_str(), "rule")));
        Self {
            nodes,
            links,
            demands,
            patterns,
            curves,
            rules,
        }
    }
}

/// What each curve gives, by what refers to it; by what the file declares where nothing does.
fn curve_uses(inp: &Inp) -> Vec<BTreeSet<CurveUse>> {
    let mut uses = vec![BTreeSet::new(); inp.curves.len()];
    for node in &inp.nodes {
        if let NodeKind::Tank(tank) = &node.kind
            && let Some(curve) = tank.volume_curve
        {
            uses[curve].insert(CurveUse::Volume);
        }
    }
    for link in &inp.links {
        match &link.kind {
            LinkKind::Pipe(_) => {}
            LinkKind::Pump(pump) => {
                if let Some(curve) = pump.head_curve {
                    uses[curve].insert(CurveUse::Head);
                }
                if let Some(curve) = pump.efficiency_curve {
                    uses[curve].insert(CurveUse::Efficiency);
                }
            }
            LinkKind::Valve(valve) => {
                if let Some(curve) = valve.curve {
                    uses[curve].insert(match valve.kind {
                        ValveKind::Gpv => CurveUse::Head,
                        _ => CurveUse::Position,
                    });
                }
            }
        }
    }
    for (uses, curve) in uses.iter_mut().zip(&inp.curves) {
        if uses.is_empty() {
            uses.insert(curve.declared);
        }
    }
    uses
}

/// Makes the parts of a document.
struct Maker<'i> {
    inp: &'i Inp,
    units: Units,
    ids: AllIds,
    map: Map,
}

impl Maker<'_> {
    fn pattern_id(&self, pattern: Option<usize>) -> Option<String> {
        pattern.map(|pattern| self.ids.patterns[pattern].clone())
    }

    fn curve_id(&self, curve: Option<usize>, what: CurveUse) -> Option<String> {
        self.ids.curves.get(&(curve?, what)).cloned()
    }

    fn patterns(&self) -> Vec<Pattern> {
        self.inp
            .patterns
            .iter()
            .zip(&self.ids.patterns)
            .map(|(pattern, id)| Pattern {
                id: id.clone(),
                name: name_beside(id, &pattern.id),
                step: SimDuration::from_whole_seconds(self.inp.times.pattern_step),
                start: SimDuration::from_whole_seconds(0),
                values: pattern.values.clone(),
            })
            .collect()
    }

    fn curves(&self) -> Vec<Curve> {
        self.ids
            .curves
            .iter()
            .map(|((curve, what), id)| {
                let units = &self.units;
                let (x, y) = match what {
                    CurveUse::Generic => (&units.one, &units.one),
                    CurveUse::Head => (&units.flow, &units.length),
                    CurveUse::Efficiency => (&units.flow, &units.percent),
                    CurveUse::Volume => (&units.length, &units.volume),
                    CurveUse::Position => (&units.percent, &units.percent),
                };
                let curve = &self.inp.curves[*curve];
                Curve {
                    id: id.clone(),
                    name: name_beside(id, &curve.id),
                    x: x.clone(),
                    y: y.clone(),
                    points: curve.points.clone(),
                }
            })
            .collect()
    }
}

/// The name that stands beside an id: none where they are the same.
fn name_beside(id: &str, name: &str) -> String {
    if id == name {
        String::new()
    } else {
        name.to_owned()
    }
}

/// The parameters and attributes of an asset as they come together.
#[derive(Default)]
struct Properties {
    parameters: BTreeMap<String, Quantity>,
    attributes: BTreeMap<String, String>,
}

impl Properties {
    /// States a value.
    fn set(&mut self, name: &str, value: f64, unit: &Unit) {
        // The reader takes no number that could overflow in SI.
        if let Ok(quantity) = Quantity::new(value + 0.0, unit.clone()) {
            self.parameters.insert(name.to_owned(), quantity);
        }
    }

    /// States a value that is not the default.
    #[expect(clippy::float_cmp, reason = "only exactly the default may be left out")]
    fn set_unless(&mut self, default: f64, name: &str, value: f64, unit: &Unit) {
        if value != default {
            self.set(name, value, unit);
        }
    }

    /// States a word that is not the default.
    fn word_unless(&mut self, default: &str, name: &str, word: &str) {
        if word != default {
            self.attributes.insert(name.to_owned(), word.to_owned());
        }
    }

    /// States a word, if there is one.
    fn word(&mut self, name: &str, word: Option<String>) {
        if let Some(word) = word {
            self.attributes.insert(name.to_owned(), word);
        }
    }

    fn into_asset(self, id: &str, kind: &str, name: &str) -> Asset {
        Asset {
            id: id.to_owned(),
            kind: kind.to_owned(),
            name: name_beside(id, name),
            part_of: None,
            parameters: self.parameters,
            attributes: self.attributes,
            place: None,
            path: Vec::new(),
            look: None,
        }
    }
}

/// A number of seconds in the largest unit in which it is whole.
fn time(seconds: i64, units: &Units) -> (f64, &Unit) {
    if seconds % 3_600 == 0 {
        ((seconds / 3_600) as f64, &units.hour)
    } else if seconds % 60 == 0 {
        ((seconds / 60) as f64, &units.minute)
    } else {
        (seconds as f64, &units.second)
    }
}
