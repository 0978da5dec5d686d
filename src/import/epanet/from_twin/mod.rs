//! From a twin of `water.*` assets to what an EPANET file says.

mod assets;
mod controls;
mod network;

use std::collections::BTreeMap;

use super::inp::{Curve, CurveUse, Inp, Pattern};
use super::units::{FlowUnit, PressureUnit, Units, rounded};
use super::words;
use crate::quantity::{Quantity, Unit};
use crate::twin::{Asset, Twin};

/// Why a twin cannot be written as an EPANET file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// There is nothing to write.
    #[error("the twin has no water junctions, reservoirs or tanks; open one that has")]
    NoNetwork,
    /// What an EPANET file cannot say, a sentence each.
    #[error("the twin cannot be written as an EPANET file:\n{}", .0.join("\n"))]
    Problems(Vec<String>),
}

/// What a twin says, in EPANET's words, and what of it was left out.
pub(super) fn inp(twin: &Twin) -> Result<(Inp, Vec<String>), ExportError> {
    let mut writer = Writer::new(twin);
    writer.patterns_and_curves();
    writer.nodes();
    if writer.inp.nodes.is_empty() {
        return Err(ExportError::NoNetwork);
    }
    writer.links();
    writer.demands();
    writer.network();
    writer.unit_of_map();
    writer.controls();
    writer.rules();
    writer.unsaid();
    if writer.problems.is_empty() {
        Ok((writer.inp, writer.left_out))
    } else {
        Err(ExportError::Problems(writer.problems))
    }
}

struct Writer<'t> {
    twin: &'t Twin,
    network: Option<&'t Asset>,
    units: Units,
    inp: Inp,
    patterns: BTreeMap<&'t str, usize>,
    curves: BTreeMap<&'t str, usize>,
    nodes: BTreeMap<&'t str, usize>,
    links: BTreeMap<&'t str, usize>,
    problems: Vec<String>,
    left_out: Vec<String>,
}

/// The name of an asset, pattern or curve in EPANET.
fn name_of<'t>(id: &'t str, name: &'t str) -> &'t str {
    if name.is_empty() { id } else { name }
}

impl<'t> Writer<'t> {
    fn new(twin: &'t Twin) -> Self {
        let network = twin.assets.iter().find(|one| one.kind == words::NETWORK);
        let word = |name: &str| network.and_then(|one| one.attributes.get(name));
        let flow = FlowUnit::ALL
            .into_iter()
            .find(|unit| word("flow_unit").is_some_and(|word| word == unit.word()))
            .unwrap_or(FlowUnit::Lps);
        let micrograms = word("concentration_unit").is_some_and(|word| word == "ug/L");
        let mut inp = Inp::default();
        inp.options.flow_unit = flow;
        inp.options.micrograms = micrograms;
        inp.options.pressure_unit = Some(
            word("pressure_unit")
                .and_then(|word| words::value_of(&words::PRESSURE, word))
                .unwrap_or(PressureUnit::Meters),
        );
        Self {
            twin,
            network,
            units: Units::new(flow, micrograms),
            inp,
            patterns: BTreeMap::new(),
            curves: BTreeMap::new(),
            nodes: BTreeMap::new(),
            links: BTreeMap::new(),
            problems: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// A parameter of an asset in `unit`; `default` where the document gives none.
    fn value(&self, asset: &Asset, name: &str, unit: &Unit, default: f64) -> f64 {
        asset
            .parameters
            .get(name)
            .map_or(default, |quantity| in_unit(quantity, unit))
    }

    /// A column of the fluid as a pressure of the file.
    fn pressure(&self, column: &Quantity) -> f64 {
        let options = &self.inp.options;
        let unit = options.pressure();
        let gravity = options.specific_gravity;
        if matches!(unit, PressureUnit::Meters | PressureUnit::Feet)
            && column.unit().code() == unit.column_code()
        {
            return column.value();
        }
        let exact = unit.of_column(column.si(), gravity);
        shortest(exact, |pressure| {
            unit.to_column(pressure, gravity).to_bits() == column.value().to_bits()
        })
    }

    fn word<'a>(&self, asset: &'a Asset, name: &str) -> Option<&'a str> {
        asset.attributes.get(name).map(String::as_str)
    }

    fn pattern(&self, asset: &Asset, name: &str) -> Option<usize> {
        self.patterns.get(self.word(asset, name)?).copied()
    }

    /// The curve of an attribute, with its points in the units of its use.
    fn curve(&mut self, asset: &Asset, name: &str, what: CurveUse) -> Option<usize> {
        let index = *self.curves.get(self.word(asset, name)?)?;
        self.inp.curves[index].declared = what;
        Some(index)
    }

    fn patterns_and_curves(&mut self) {
        let twin = self.twin;
        for pattern in &twin.patterns {
            self.patterns.insert(&pattern.id, self.inp.patterns.len());
            self.inp.patterns.push(Pattern {
                id: name_of(&pattern.id, &pattern.name).to_owned(),
                line: 0,
                values: pattern.values.clone(),
            });
        }
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for curve in &twin.curves {
            let name = name_of(&curve.id, &curve.name);
            let (what, units) = self.use_of(&curve.x, &curve.y);
            let points: Vec<(f64, f64)> = curve
                .points
                .iter()
                .map(|(x, y)| {
                    (
                        converted(*x, &curve.x, &units.0),
                        converted(*y, &curve.y, &units.1),
                    )
                })
                .collect();
            // A curve that is used in two ways stands in the document twice, and once here.
            let known = names.get(name).copied();
            if let Some(index) = known.filter(|index| self.inp.curves[*index].points == points) {
                self.curves.insert(&curve.id, index);
                continue;
            }
            let id = if known.is_some() { &curve.id } else { name };
            names.insert(name, self.inp.curves.len());
            self.curves.insert(&curve.id, self.inp.curves.len());
            self.inp.curves.push(Curve {
                id: id.to_owned(),
                line: 0,
                points,
                declared: what,
            });
        }
    }

    /// What a curve in these units can be, and the units of the file for it.
    fn use_of(&self, x: &Unit, y: &Unit) -> (CurveUse, (Unit, Unit)) {
        let units = &self.units;
        [
            (CurveUse::Head, &units.flow, &units.length),
            (CurveUse::Efficiency, &units.flow, &units.percent),
            (CurveUse::Volume, &units.length, &units.volume),
        ]
        .into_iter()
        .find(|(_, of, value)| x.is_commensurable(of) && y.is_commensurable(value))
        .map_or_else(
            || {
                let is_share = x.code() == "%" && y.code() == "%";
                if is_share {
                    (
                        CurveUse::Position,
                        (units.percent.clone(), units.percent.clone()),
                    )
                } else {
                    (CurveUse::Generic, (x.clone(), y.clone()))
                }
            },
            |(what, of, value)| (what, (of.clone(), value.clone())),
        )
    }

    /// What the document says and an EPANET file cannot.
    fn unsaid(&mut self) {
        let twin = self.twin;
        let counts = [
            (twin.channels.len(), "telemetry channels"),
            (twin.scenarios.len(), "scenarios"),
            (twin.uncertainties.len(), "uncertainties"),
            (twin.acceptance.len(), "acceptance criteria"),
            (
                twin.assets
                    .iter()
                    .filter(|asset| !asset.kind.starts_with("water."))
                    .count(),
                "assets that are not of the water network",
            ),
        ];
        for (count, what) in counts {
            if count > 0 {
                self.left_out
                    .push(format!("{count} {what} have no place in an EPANET file"));
            }
        }
        if twin
            .patterns
            .windows(2)
            .any(|pair| pair[0].step != pair[1].step)
        {
            self.left_out.push(
                "the patterns have different steps and an EPANET file has one: that of the first \
                 is written"
                    .to_owned(),
            );
        }
    }

    /// Whether names are given once each, among nodes and among links.
    fn names_are_unique(&mut self, what: &str, names: &[String]) {
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort_unstable();
        for pair in sorted.windows(2) {
            if pair[0] == pair[1] {
                self.problems.push(format!(
                    "two {what} have the name `{}`; rename one",
                    pair[0]
                ));
            }
        }
        for name in names {
            if name.contains([';', '"', '\n', '\r']) {
                self.problems.push(format!(
                    "the name `{}` holds a quote or semicolon; rename it",
                    name.escape_debug()
                ));
            }
        }
    }
}

/// The value of a quantity in a unit; as written where it is in that unit.
fn in_unit(quantity: &Quantity, unit: &Unit) -> f64 {
    converted(quantity.value(), quantity.unit(), unit)
}

fn converted(value: f64, from: &Unit, to: &Unit) -> f64 {
    if from == to {
        value
    } else {
        rounded(to.from_si(from.to_si(value)))
    }
}

/// The number with the fewest digits that passes `fits`, else the exact one.
fn shortest(exact: f64, fits: impl Fn(f64) -> bool) -> f64 {
    (3..=14)
        .map(|digits| format!("{exact:.digits$e}").parse().unwrap_or(exact))
        .find(|value| fits(*value))
        .unwrap_or(exact)
}
