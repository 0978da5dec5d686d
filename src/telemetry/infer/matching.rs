//! Which column is which channel or variable of a twin.

use serde::{Deserialize, Serialize};

use super::assignment;
use super::names;
use super::proposed::Proposed;
use super::table::{ColumnProposal, Inference};
use crate::quantity::{Dimension, Epoch, SimTime, Unit};
use crate::twin::{Causality, ChannelRole, Twin, VariableIndex, VariableTable};

/// Most of what is said for a pair by its names alone.
const BY_NAME: f64 = 0.9;
/// What a fitting unit adds.
const BY_UNIT: f64 = 0.35;
/// Most of what likeness to the simulation adds.
const BY_LIKENESS: f64 = 0.92;
/// Below this a pair is no proposal.
const LEAST: f64 = 0.3;
/// From here on it is accepted unless a person objects.
const LIKELY: f64 = 0.6;
/// What a variable without a channel has to be better by.
const NOT_YET_A_CHANNEL: f64 = 0.75;
/// Columns tried for each input when the twin is simulated.
const TRIED_COLUMNS: usize = 5;
/// Most simulations that a caller is asked for.
pub const MOST_SIMULATIONS: u64 = 60;
/// Samples of an input that a simulation is given.
const MOST_SAMPLES: usize = 7200;

/// What of a twin a column is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Id of the channel, where there is one.
    pub channel: Option<String>,
    /// The variable: `sensor_1.reading`.
    pub variable: String,
    /// Whether it drives the model or is compared with it.
    pub role: ChannelRole,
}

/// A column that is tried as an input.
#[derive(Clone, Debug, PartialEq)]
pub struct DrivenInput {
    /// The variable that it would drive.
    pub variable: VariableIndex,
    /// Times of its samples, rising.
    pub times: Vec<SimTime>,
    /// Its values \[SI].
    pub values: Vec<f64>,
}

/// What a measured variable would do.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulatedSeries {
    /// The variable.
    pub variable: VariableIndex,
    /// Times, rising.
    pub times: Vec<SimTime>,
    /// Values \[SI].
    pub values: Vec<f64>,
}

/// Something of the twin that a column can be.
struct Candidate {
    target: Target,
    variable: VariableIndex,
    /// Names it goes by.
    names: Vec<String>,
    /// Range that its values keep to \[SI].
    range: (f64, f64),
    /// Unit of numbers that say none.
    unit: Unit,
    has_channel: bool,
}

/// Proposes for every column what of the twin it is.
///
/// `simulate` is given columns as inputs and answers what the measured variables
/// would then do, over the time of the inputs; it is asked at most sixty times.
/// Without it names and units decide.
pub fn propose_channels(
    inference: &mut Inference,
    twin: &Twin,
    variables: &VariableTable,
    simulate: Option<&mut dyn FnMut(&[DrivenInput]) -> Option<Vec<SimulatedSeries>>>,
) {
    let candidates = candidates(twin, variables);
    let calendar = inference.time.value.format.is_calendar();
    let epoch = if calendar { Some(twin.epoch) } else { None };
    let base: Vec<Vec<Evidence>> = inference
        .columns
        .iter()
        .map(|column| {
            candidates
                .iter()
                .map(|candidate| Evidence::of(column, candidate, variables))
                .collect()
        })
        .collect();
    let evidence = match simulate {
        Some(simulate) => {
            by_simulation(inference, &candidates, epoch, &base, simulate).unwrap_or(base)
        }
        None => base,
    };
    let scores: Vec<Vec<f64>> = evidence
        .iter()
        .map(|row| row.iter().map(Evidence::score).collect())
        .collect();
    let given = assignment::best(&scores);
    for ((column, row), given) in inference.columns.iter_mut().zip(&evidence).zip(given) {
        propose(column, row, given, &candidates);
    }
}

/// The channel of this id, or the variable of this path.
#[must_use]
pub fn target_named(name: &str, twin: &Twin, variables: &VariableTable) -> Option<Target> {
    candidates(twin, variables)
        .into_iter()
        .map(|candidate| candidate.target)
        .find(|target| target.channel.as_deref() == Some(name) || target.variable == name)
}

/// Everything of the twin that a column can be: its channels first, then the
/// variables without one, each with the unit of numbers that say none.
#[must_use]
pub fn targets(twin: &Twin, variables: &VariableTable) -> Vec<(Target, Unit)> {
    candidates(twin, variables)
        .into_iter()
        .map(|candidate| (candidate.target, candidate.unit))
        .collect()
}

/// What speaks for a column being something of the twin.
#[derive(Clone, Debug, Default)]
struct Evidence {
    is_possible: bool,
    name: f64,
    known_as: String,
    unit: f64,
    likeness: Option<f64>,
    weight: f64,
}

impl Evidence {
    fn of(column: &ColumnProposal, candidate: &Candidate, variables: &VariableTable) -> Self {
        if column.samples == 0 {
            return Self::default();
        }
        let variable = variables.get(candidate.variable);
        let unit = match &column.unit {
            Some(unit) if unit.value.is_commensurable(&variable.unit) => BY_UNIT,
            // A counter of energy measures a power.
            Some(unit) if counts(&unit.value, &variable.unit) && column.counter.is_some() => {
                BY_UNIT
            }
            Some(_) => return Self::default(),
            None => {
                // In the channel's own unit the samples have to be in its range.
                let (low, high) = candidate.range;
                let fits = column.seen.is_none_or(|(least, most)| {
                    let (least, most) = (candidate.unit.to_si(least), candidate.unit.to_si(most));
                    least >= low - 1e-9 && most <= high + 1e-9
                });
                if !fits {
                    return Self::default();
                }
                0.0
            }
        };
        let (name, known_as) = candidate
            .names
            .iter()
            .flat_map(|known| {
                [
                    (names::similarity(&column.name, known), known),
                    (names::similarity(&column.header, known), known),
                ]
            })
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or((0.0, String::new()), |(name, known)| (name, known.clone()));
        Self {
            is_possible: true,
            name,
            known_as,
            unit,
            likeness: None,
            weight: if candidate.has_channel {
                1.0
            } else {
                NOT_YET_A_CHANNEL
            },
        }
    }

    /// From 0 to 1: each piece of evidence takes away a part of the doubt.
    fn score(&self) -> f64 {
        if !self.is_possible {
            return 0.0;
        }
        let by_name = BY_NAME * self.name * self.name;
        // A unit alone says little: half of a plant is temperatures.
        let by_unit = if self.name > 0.3 || self.likeness.is_some() {
            self.unit
        } else {
            0.5 * self.unit
        };
        let by_likeness = self.likeness.map_or(0.0, |r| BY_LIKENESS * likeness_of(r));
        self.weight * (1.0 - (1.0 - by_name) * (1.0 - by_unit) * (1.0 - by_likeness))
    }

    fn reason(&self) -> String {
        let mut parts = Vec::new();
        if self.name >= 0.999 {
            parts.push(format!("it is named `{}`", self.known_as));
        } else if self.name > 0.4 {
            parts.push(format!("its name is like `{}`", self.known_as));
        }
        if self.unit > 0.0 {
            parts.push("its unit fits".to_owned());
        }
        if let Some(likeness) = self.likeness
            && likeness > 0.3
        {
            parts.push(format!(
                "it goes with the simulation (correlation {likeness:.2})"
            ));
        }
        if parts.is_empty() {
            parts.push("nothing else fits better".to_owned());
        }
        parts.join(", ")
    }
}

/// Whether numbers in `unit` can be of something told in `measured`: of the same
/// kind, or counted where that is a rate.
#[must_use]
pub fn fits(unit: &Unit, measured: &Unit) -> bool {
    unit.is_commensurable(measured) || counts(unit, measured)
}

/// Whether something in `counted` grows at a rate in `rate`: joules and watts.
pub(super) fn counts(counted: &Unit, rate: &Unit) -> bool {
    let counted = counted.dimension();
    let rate = rate.dimension();
    rate == Dimension {
        time: counted.time - 1,
        ..counted
    }
}

/// What a correlation is worth: nothing up to a half, all at one.
fn likeness_of(correlation: f64) -> f64 {
    let part = ((correlation - 0.5) / 0.5).clamp(0.0, 1.0);
    part * part
}

/// Every channel of the twin, and every variable without one that could be
/// driven or measured.
fn candidates(twin: &Twin, variables: &VariableTable) -> Vec<Candidate> {
    let mut found = Vec::new();
    for channel in &twin.channels {
        let Some(variable) = variables.find(&channel.variable) else {
            continue;
        };
        let mut names = vec![channel.id.clone()];
        names.extend(channel.column.clone());
        names.extend(channel.contract.aliases.iter().cloned());
        names.extend(names_of_variable(twin, variables, variable));
        let bounds = variables.get(variable).bounds;
        let range = match &channel.range {
            Some((low, high)) => (low.si(), high.si()),
            None => (bounds.low, bounds.high),
        };
        found.push(Candidate {
            target: Target {
                channel: Some(channel.id.clone()),
                variable: channel.variable.clone(),
                role: channel.role,
            },
            variable,
            names,
            range,
            unit: channel.unit.clone(),
            has_channel: true,
        });
    }
    for (index, variable) in variables.iter() {
        let taken = found.iter().any(|one| one.variable == index);
        if taken || variable.causality == Causality::Parameter {
            continue;
        }
        let role = match variable.causality {
            Causality::Input => ChannelRole::Input,
            _ => ChannelRole::Measurement,
        };
        found.push(Candidate {
            target: Target {
                channel: None,
                variable: variable.path.clone(),
                role,
            },
            variable: index,
            names: names_of_variable(twin, variables, index),
            range: (variable.bounds.low, variable.bounds.high),
            unit: variable.unit.clone(),
            has_channel: false,
        });
    }
    found
}

/// Names that a variable goes by: its path, and what its asset is called.
fn names_of_variable(twin: &Twin, variables: &VariableTable, index: VariableIndex) -> Vec<String> {
    let variable = variables.get(index);
    let mut names = vec![variable.path.clone()];
    if let Some(asset) = twin.assets.get(variable.asset) {
        let kind = asset.kind.rsplit('.').next().unwrap_or_default();
        let dimension = variable.unit.dimension();
        let quantity = dimension.name().unwrap_or(variable.quantity);
        names.push(format!("{} {}", asset.id, quantity));
        names.push(format!("{kind} {} {}", asset.id, variable.quantity));
        if !asset.name.is_empty() {
            names.push(asset.name.clone());
            names.push(format!("{} {}", asset.name, variable.quantity));
            names.push(format!("{} {quantity}", asset.name));
        }
    }
    names
}

fn propose(
    column: &mut ColumnProposal,
    row: &[Evidence],
    given: Option<usize>,
    candidates: &[Candidate],
) {
    let mut ranked: Vec<(usize, f64)> = row
        .iter()
        .map(Evidence::score)
        .enumerate()
        .filter(|(_, score)| *score >= LEAST)
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let offer = |position: usize, confidence: f64| {
        Proposed::new(
            candidates[position].target.clone(),
            confidence,
            row[position].reason(),
        )
    };
    column.target = None;
    if let Some(position) = given
        && row[position].score() >= LEAST
    {
        let score = row[position].score();
        let next = ranked
            .iter()
            .filter(|(other, _)| *other != position)
            .map(|(_, score)| *score)
            .next()
            .unwrap_or(0.0);
        // Where something else fits as well it is a guess between the two.
        // Near certainty it is the doubt that tells them apart: 0.99 is far from 0.95.
        let by_score = (score - next) / score;
        let by_doubt = 1.0 - (1.0 - score) / (1.0 - next).max(1e-9);
        let margin = by_score.max(by_doubt).clamp(0.0, 1.0);
        let confidence = score * (0.5 + 0.5 * (margin * 4.0).min(1.0));
        column.target = Some(offer(position, confidence));
    }
    column.alternatives = ranked
        .iter()
        .filter(|(position, _)| Some(*position) != given)
        .take(3)
        .map(|(position, score)| offer(*position, *score))
        .collect();
    column.is_accepted = column
        .target
        .as_ref()
        .is_some_and(|target| target.confidence >= LIKELY);
}

/// The evidence under the assignment of inputs whose simulation the other
/// columns are most like.
fn by_simulation(
    inference: &Inference,
    candidates: &[Candidate],
    epoch: Option<Epoch>,
    base: &[Vec<Evidence>],
    simulate: &mut dyn FnMut(&[DrivenInput]) -> Option<Vec<SimulatedSeries>>,
) -> Option<Vec<Vec<Evidence>>> {
    let inputs: Vec<usize> = (0..candidates.len())
        .filter(|one| candidates[*one].has_channel)
        .filter(|one| candidates[*one].target.role == ChannelRole::Input)
        .collect();
    let mut best: Option<(f64, Vec<Vec<Evidence>>)> = None;
    // What the best choice reaches with each column at each input.
    let mut reached = vec![vec![0.0_f64; candidates.len()]; inference.columns.len()];
    for choice in choices(&inputs, base) {
        let driven: Vec<DrivenInput> = choice
            .iter()
            .zip(&inputs)
            .map(|(column, input)| {
                driven_by(&inference.columns[*column], &candidates[*input], epoch)
            })
            .collect();
        let Some(simulated) = simulate(&driven) else {
            continue;
        };
        let mut evidence = base.to_vec();
        let mut measured_scores = Vec::new();
        for (position, row) in evidence.iter_mut().enumerate() {
            let column = &inference.columns[position];
            for (candidate, evidence) in candidates.iter().zip(row.iter_mut()) {
                let series = simulated
                    .iter()
                    .find(|one| one.variable == candidate.variable);
                if let Some(series) = series
                    && candidate.target.role == ChannelRole::Measurement
                    && evidence.is_possible
                {
                    evidence.likeness = correlation(column, series, epoch);
                }
            }
            measured_scores.push(
                row.iter()
                    .zip(candidates)
                    .map(|(evidence, candidate)| {
                        let measures = candidate.target.role == ChannelRole::Measurement;
                        let free = !choice.contains(&position);
                        if measures && free {
                            evidence.score()
                        } else {
                            0.0
                        }
                    })
                    .collect::<Vec<f64>>(),
            );
        }
        let given = assignment::best(&measured_scores);
        let likenesses: Vec<f64> = given
            .iter()
            .enumerate()
            .filter_map(|(row, column)| evidence[row][(*column)?].likeness)
            .collect();
        let mean = likenesses.iter().sum::<f64>() / (likenesses.len().max(1)) as f64;
        // What the outputs say of the inputs as a whole.
        for (column, input) in choice.iter().zip(&inputs) {
            evidence[*column][*input].likeness = Some(mean);
        }
        let by_inputs: f64 = choice
            .iter()
            .zip(&inputs)
            .map(|(column, input)| evidence[*column][*input].score())
            .sum();
        let total = assignment::total(&measured_scores, &given) + by_inputs;
        for (column, input) in choice.iter().zip(&inputs) {
            let place = &mut reached[*column][*input];
            *place = place.max(mean);
        }
        if best
            .as_ref()
            .is_none_or(|(other, _)| total > *other + 1e-12)
        {
            best = Some((total, evidence));
        }
    }
    let (_, mut evidence) = best?;
    // The other columns that were tried as this input count for what they reached.
    for (row, reached) in evidence.iter_mut().zip(&reached) {
        for input in &inputs {
            if row[*input].likeness.is_none() && reached[*input] > 0.0 {
                row[*input].likeness = Some(reached[*input]);
            }
        }
    }
    Some(evidence)
}

/// Choices of one column for each input, the likelier by name and unit first.
fn choices(inputs: &[usize], base: &[Vec<Evidence>]) -> Vec<Vec<usize>> {
    let mut all: Vec<(f64, Vec<usize>)> = vec![(0.0, Vec::new())];
    for input in inputs {
        let mut columns: Vec<(usize, f64)> = base
            .iter()
            .enumerate()
            .filter(|(_, row)| row[*input].is_possible)
            .map(|(column, row)| (column, row[*input].score()))
            .collect();
        columns.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        columns.truncate(TRIED_COLUMNS.max(inputs.len() + 1));
        let mut next = Vec::new();
        for (score, chosen) in &all {
            for (column, own) in &columns {
                if !chosen.contains(column) {
                    let mut chosen = chosen.clone();
                    chosen.push(*column);
                    next.push((score + own, chosen));
                }
            }
        }
        next.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        next.truncate(MOST_SIMULATIONS as usize);
        all = next;
    }
    all.into_iter().map(|(_, chosen)| chosen).collect()
}

fn time_of(nanoseconds: i64, epoch: Option<Epoch>) -> SimTime {
    let zero = epoch.map_or(0, |epoch| epoch.start().as_nanosecond());
    let time = i128::from(nanoseconds) - zero;
    SimTime::from_nanoseconds(i64::try_from(time).unwrap_or(if time < 0 {
        i64::MIN
    } else {
        i64::MAX
    }))
}

fn driven_by(column: &ColumnProposal, input: &Candidate, epoch: Option<Epoch>) -> DrivenInput {
    let unit = column.unit.as_ref().map_or(&input.unit, |unit| &unit.value);
    let count = column.values().len().min(MOST_SAMPLES);
    DrivenInput {
        variable: input.variable,
        times: column.times()[..count]
            .iter()
            .map(|time| time_of(*time, epoch))
            .collect(),
        values: column.values()[..count]
            .iter()
            .map(|value| unit.to_si(*value))
            .collect(),
    }
}

/// Pearson's correlation of a column with a simulated series, at the column's
/// times within the series; `None` where one of them stands still.
fn correlation(
    column: &ColumnProposal,
    series: &SimulatedSeries,
    epoch: Option<Epoch>,
) -> Option<f64> {
    let (first, last) = (*series.times.first()?, *series.times.last()?);
    let mut next = 0;
    let mut pairs = Vec::new();
    for (time, value) in column.times().iter().zip(column.values()) {
        let time = time_of(*time, epoch);
        if time < first || time > last {
            continue;
        }
        while series.times.get(next + 1).is_some_and(|one| *one <= time) {
            next += 1;
        }
        pairs.push((*value, series.values[next]));
    }
    if pairs.len() < 20 {
        return None;
    }
    let count = pairs.len() as f64;
    let mean_a = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
    let mean_b = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in &pairs {
        let (a, b) = (a - mean_a, b - mean_b);
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    let size = (aa * bb).sqrt();
    (size > 0.0).then(|| ab / size)
}
