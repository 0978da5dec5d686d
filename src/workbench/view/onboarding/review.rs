//! The page of proposals: a row for each column, with what would become of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::live::onboarding::{ColumnField, Onboarding};
use crate::quantity::{SimDuration, Unit};
use crate::telemetry::infer::{self, ColumnProposal, Proposed, Target};
use crate::twin::{Channel, ChannelRole};
use crate::workbench::view::counted;

/// Points of the picture of a column.
const SPARK_POINTS: usize = 96;
/// Most things that a column is offered to be.
const MOST_CHOICES: usize = 200;
/// From here on a proposal is likely, and from here on it is nearly certain.
const LIKELY: f64 = 0.6;
const CERTAIN: f64 = 0.85;

/// How sure a proposal is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sureness {
    /// It is a guess; a person has to look.
    Guess,
    /// It is likely.
    Likely,
    /// Little speaks against it.
    Sure,
}

impl Sureness {
    /// How sure a confidence from 0 to 1 is.
    #[must_use]
    pub fn of(confidence: f64) -> Self {
        if confidence >= CERTAIN {
            Self::Sure
        } else if confidence >= LIKELY {
            Self::Likely
        } else {
            Self::Guess
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Guess => "a guess",
            Self::Likely => "likely",
            Self::Sure => "sure",
        }
    }
}

/// Something that a column can be.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Names it in commands: a channel's id, or a variable.
    pub id: String,
    /// Name on the screen: `T1 · Sensor 1 reading`.
    pub title: String,
    /// Whether it is measured or driven, in words.
    pub role: &'static str,
    /// How sure it is, where it was proposed.
    pub confidence: Option<f64>,
    /// Why it was proposed.
    pub reason: String,
}

/// Something proposed for a column that can be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldView {
    /// What it is.
    pub field: ColumnField,
    /// What the document will say, or what is proposed where it will say nothing.
    pub text: String,
    /// Where that comes from, in words.
    pub reason: String,
}

/// Something found in a column that is shown and not changed here.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingView {
    /// What it is.
    pub name: &'static str,
    /// Its value with its unit.
    pub text: String,
    /// Where that comes from, in words.
    pub reason: String,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnRow {
    /// Its header.
    pub header: String,
    /// How many samples it has, and what is odd about them.
    pub samples: String,
    /// Its course: lowest and highest value of each stretch, from 0 to 1.
    pub spark: Vec<[f32; 2]>,
    /// Whether it becomes a channel.
    pub is_taken: bool,
    /// What it would be.
    pub target: Option<Choice>,
    /// What else it could be, the likelier first.
    pub choices: Vec<Choice>,
    /// How sure that is.
    pub sureness: Sureness,
    /// The same in percent.
    pub confidence: String,
    /// Why, in words.
    pub reason: String,
    /// Unit, period, range and resolution.
    pub fields: Vec<FieldView>,
    /// What else was found.
    pub findings: Vec<FindingView>,
    /// What keeps it from being accepted as it is.
    pub conflict: Option<String>,
}

/// What is proposed for a file, for a person to judge.
#[derive(Clone, Debug)]
pub struct Review {
    /// The file and its proposals.
    pub onboarding: Arc<Onboarding>,
    /// The columns.
    pub rows: Vec<ColumnRow>,
    /// What accepting does beside taking the columns, and what was noticed, in words.
    pub notes: Vec<String>,
    /// Why it cannot be accepted now.
    pub refusal: Option<String>,
    /// The column whose details are shown.
    pub expanded: Option<usize>,
    sparks: Vec<Vec<[f32; 2]>>,
}

impl Review {
    /// The proposals as they are.
    #[must_use]
    pub fn new(onboarding: Arc<Onboarding>) -> Self {
        let sparks = onboarding
            .inference
            .columns
            .iter()
            .map(|column| spark(column.values()))
            .collect();
        let mut review = Self {
            onboarding,
            rows: Vec::new(),
            notes: Vec::new(),
            refusal: None,
            expanded: None,
            sparks,
        };
        review.refresh();
        review
    }

    /// Makes the rows again after a change.
    pub(super) fn refresh(&mut self) {
        let onboarding = &self.onboarding;
        let channels = onboarding.channels();
        let mut made = channels.iter();
        let mut takers: BTreeMap<&str, usize> = BTreeMap::new();
        for channel in &channels {
            *takers.entry(&channel.id).or_default() += 1;
        }
        self.rows = onboarding
            .inference
            .columns
            .iter()
            .zip(&self.sparks)
            .map(|(column, spark)| {
                let is_made = column.is_accepted && column.target.is_some();
                let channel = if is_made { made.next() } else { None };
                let mut row = row(onboarding, column, channel);
                row.spark.clone_from(spark);
                if let Some(channel) = channel
                    && takers
                        .get(channel.id.as_str())
                        .is_some_and(|count| *count > 1)
                {
                    row.conflict = Some(format!(
                        "Another column is {} too; keep one of them",
                        channel.id
                    ));
                }
                row
            })
            .collect();
        self.refusal = self.why_not(channels.is_empty());
        self.notes = notes(onboarding, &channels);
    }

    fn why_not(&self, is_empty: bool) -> Option<String> {
        if self.onboarding.twin.is_none() {
            return Some("Name a twin on the page before".to_owned());
        }
        if is_empty {
            return Some("Take at least one column".to_owned());
        }
        self.rows
            .iter()
            .find(|row| row.is_taken && row.conflict.is_some())
            .map(|row| {
                format!(
                    "{}: {}",
                    row.header,
                    row.conflict.clone().unwrap_or_default()
                )
            })
    }

    /// Number of columns that are taken, and of all.
    #[must_use]
    pub fn taken(&self) -> (usize, usize) {
        let taken = self.rows.iter().filter(|row| row.is_taken).count();
        (taken, self.rows.len())
    }
}

/// What accepting does beside taking the columns, and what was noticed.
fn notes(onboarding: &Onboarding, channels: &[Channel]) -> Vec<String> {
    let mut notes = Vec::new();
    let inference = &onboarding.inference;
    notes.push(format!(
        "{}; time in {}",
        counted(inference.rows, "row", "rows"),
        inference.time.reason
    ));
    if !onboarding.obstacles.is_empty() {
        notes.push(format!(
            "A converted copy is written beside the twin, because {}",
            onboarding.obstacles.join(", ")
        ));
    }
    if let Some(epoch) = &onboarding.epoch {
        notes.push(format!(
            "The twin's epoch becomes {}: {}",
            epoch.value, epoch.reason
        ));
    }
    if let Some(loaded) = &onboarding.twin {
        let without: Vec<&str> = loaded
            .twin
            .channels
            .iter()
            .map(|channel| channel.id.as_str())
            .filter(|id| channels.iter().all(|channel| channel.id != *id))
            .collect();
        if !without.is_empty() && !channels.is_empty() {
            notes.push(format!(
                "No column is {}: the twin runs without {}",
                without.join(", "),
                if without.len() == 1 { "it" } else { "them" }
            ));
        }
    }
    notes.extend(inference.warnings.iter().map(|text| sentence(text)));
    notes
}

/// A part of a sentence as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn row(onboarding: &Onboarding, column: &ColumnProposal, channel: Option<&Channel>) -> ColumnRow {
    let target = column.target.as_ref();
    let confidence = target.map_or(0.0, |one| one.confidence);
    let reason = match target {
        Some(target) => sentence(&target.reason),
        None => "No name, unit or course fits".to_owned(),
    };
    ColumnRow {
        header: column.header.clone(),
        samples: samples_text(column),
        spark: Vec::new(),
        is_taken: column.is_accepted && target.is_some(),
        target: target.map(|one| choice(onboarding, one)),
        choices: choices(onboarding, column),
        sureness: Sureness::of(confidence),
        confidence: format!("{:.0}\u{202f}%", 100.0 * confidence),
        reason,
        fields: fields(onboarding, column, channel),
        findings: findings(column, channel),
        conflict: None,
    }
}

fn samples_text(column: &ColumnProposal) -> String {
    let mut parts = vec![counted(column.samples, "sample", "samples")];
    for (count, one, many) in [
        (column.gaps, "gap", "gaps"),
        (column.outliers, "far outside", "far outside"),
        (column.texts, "cell of text", "cells of text"),
    ] {
        if count > 0 {
            parts.push(counted(count, one, many));
        }
    }
    parts.join(", ")
}

fn role_words(role: ChannelRole) -> &'static str {
    match role {
        ChannelRole::Input => "drives the twin",
        ChannelRole::Measurement => "is compared with it",
    }
}

/// The name of a variable for people: that of its asset, and the quantity.
fn variable_title(onboarding: &Onboarding, path: &str) -> String {
    let Some(loaded) = &onboarding.twin else {
        return path.to_owned();
    };
    let Some(index) = loaded.variables.find(path) else {
        return path.to_owned();
    };
    let variable = loaded.variables.get(index);
    let quantity = variable.quantity.replace('_', " ");
    match loaded.twin.assets.get(variable.asset) {
        Some(asset) if !asset.name.is_empty() => format!("{} {quantity}", asset.name),
        Some(asset) => format!("{} {quantity}", asset.id),
        None => path.to_owned(),
    }
}

fn choice_of(onboarding: &Onboarding, target: &Target) -> Choice {
    let title = variable_title(onboarding, &target.variable);
    Choice {
        id: target
            .channel
            .clone()
            .unwrap_or_else(|| target.variable.clone()),
        title: match &target.channel {
            Some(channel) => format!("{channel} · {title}"),
            None => title,
        },
        role: role_words(target.role),
        confidence: None,
        reason: String::new(),
    }
}

fn choice(onboarding: &Onboarding, proposed: &Proposed<Target>) -> Choice {
    Choice {
        confidence: Some(proposed.confidence),
        reason: proposed.reason.clone(),
        ..choice_of(onboarding, &proposed.value)
    }
}

/// What else a column could be: what was proposed first, then all that its unit allows.
fn choices(onboarding: &Onboarding, column: &ColumnProposal) -> Vec<Choice> {
    let mut all: Vec<Choice> = column
        .alternatives
        .iter()
        .map(|one| choice(onboarding, one))
        .collect();
    let Some(loaded) = &onboarding.twin else {
        return all;
    };
    let own = column.target.as_ref().map(|one| &one.value);
    for (target, _) in infer::targets(&loaded.twin, &loaded.variables) {
        let is_known =
            Some(&target) == own || column.alternatives.iter().any(|one| one.value == target);
        let is_possible = match (&column.unit, loaded.variables.find(&target.variable)) {
            (Some(unit), Some(index)) => {
                infer::fits(&unit.value, &loaded.variables.get(index).unit)
            }
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if !is_known && is_possible && all.len() < MOST_CHOICES {
            all.push(choice_of(onboarding, &target));
        }
    }
    all
}

/// A number with no more digits than it was written with.
fn number_text(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.replace('-', "−")
}

fn with_unit(value: f64, unit: Option<&Unit>) -> String {
    let symbol = unit.map(Unit::symbol).unwrap_or_default();
    if symbol.is_empty() {
        number_text(value)
    } else {
        format!("{}\u{202f}{symbol}", number_text(value))
    }
}

/// Why something holds: the document's word, a person's, or the proposal's reason.
fn reason_of<T>(proposed: &Option<Proposed<T>>, by_document: bool) -> String {
    match proposed {
        Some(one) if one.is_chosen => "You chose it".to_owned(),
        _ if by_document => "The twin's document says so".to_owned(),
        Some(one) => format!(
            "{} ({:.0}\u{202f}%)",
            sentence(&one.reason),
            100.0 * one.confidence
        ),
        None => "Nothing is proposed".to_owned(),
    }
}

/// Unit, period, range and resolution as the document will say them.
fn fields(
    onboarding: &Onboarding,
    column: &ColumnProposal,
    channel: Option<&Channel>,
) -> Vec<FieldView> {
    let own = column.target.as_ref().and_then(|target| {
        let id = target.value.channel.as_ref()?;
        let loaded = onboarding.twin.as_ref()?;
        loaded.twin.channels.iter().find(|one| one.id == *id)
    });
    let unit = column
        .unit
        .as_ref()
        .map(|one| one.value.clone())
        .or_else(|| channel.map(|one| one.unit.clone()));
    let unit_field = FieldView {
        field: ColumnField::Unit,
        text: unit.as_ref().map(Unit::symbol).unwrap_or_default(),
        reason: match &column.unit {
            None if unit.is_some() => {
                "The header says none; the numbers are taken for the channel's".to_owned()
            }
            proposed => reason_of(proposed, false),
        },
    };
    let period = channel
        .and_then(|one| one.period)
        .or_else(|| column.period.as_ref().map(|one| one.value));
    let period_field = FieldView {
        field: ColumnField::Period,
        text: period.map(|one| one.to_string()).unwrap_or_default(),
        reason: reason_of(&column.period, own.is_some_and(|one| one.period.is_some())),
    };
    let stated = channel.and_then(|one| one.contract.operational.as_ref());
    let range = match (stated, &unit) {
        (Some((low, high)), Some(unit)) => {
            Some((tidy(unit.from_si(low.si())), tidy(unit.from_si(high.si()))))
        }
        _ => column.operational.as_ref().map(|one| one.value),
    };
    let range_field = FieldView {
        field: ColumnField::Range,
        text: range.map_or_else(String::new, |(low, high)| {
            format!("{} to {}", number_text(low), number_text(high))
        }),
        reason: reason_of(
            &column.operational,
            own.is_some_and(|one| one.contract.operational.is_some()),
        ),
    };
    let stated = own.and_then(|one| one.contract.resolution.as_ref());
    let step = match (stated, &unit, &column.resolution) {
        (_, _, Some(one)) if one.is_chosen => Some(one.value),
        (Some(step), Some(unit), _) => Some(tidy(unit.difference_from_si(step.si()))),
        (_, _, proposed) => proposed.as_ref().map(|one| one.value),
    };
    let resolution_field = FieldView {
        field: ColumnField::Resolution,
        text: step.map(number_text).unwrap_or_default(),
        reason: reason_of(&column.resolution, stated.is_some()),
    };
    vec![unit_field, period_field, range_field, resolution_field]
}

/// Without the digits that a conversion leaves behind.
fn tidy(value: f64) -> f64 {
    format!("{value:.9e}").parse().unwrap_or(value)
}

/// What else was found in a column, and what the channel's contract makes of it.
fn findings(column: &ColumnProposal, channel: Option<&Channel>) -> Vec<FindingView> {
    let unit = column
        .unit
        .as_ref()
        .map(|one| &one.value)
        .or_else(|| channel.map(|one| &one.unit));
    let mut found = Vec::new();
    let mut add = |name, text: String, reason: &str| {
        found.push(FindingView {
            name,
            text,
            reason: sentence(reason),
        });
    };
    if let Some((low, high)) = column.seen {
        let text = format!("{} to {}", number_text(low), with_unit(high, unit));
        add(
            "seen",
            text,
            "lowest and highest sample, wild ones left out",
        );
    }
    if column.longest_still > SimDuration::ZERO {
        let text = column.longest_still.to_string();
        add("longest rest", text, "the longest time at one value");
    }
    let contract = channel.map(|one| &one.contract);
    let by_contract = "what the channel's contract will say";
    if let Some(jitter) = contract.and_then(|one| one.jitter) {
        add("jitter allowed", jitter.to_string(), by_contract);
    }
    if let Some(stuck) = contract.and_then(|one| one.stuck) {
        add("stuck after", stuck.to_string(), by_contract);
    }
    if let Some(rate) = contract.and_then(|one| one.rate.as_ref()) {
        let text = with_unit(rate.value(), Some(rate.unit()));
        add("fastest change allowed", text, by_contract);
    }
    if let Some(one) = &column.counter {
        let text = one.value.map_or_else(
            || "yes".to_owned(),
            |value| format!("again from 0 at {}", with_unit(value, unit)),
        );
        add("counter", text, &one.reason);
    }
    found
}

/// The course of a column: lowest and highest of each stretch of samples, from 0 to 1.
fn spark(values: &[f64]) -> Vec<[f32; 2]> {
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    if values.is_empty() || !(low.is_finite() && high.is_finite()) {
        return Vec::new();
    }
    let span = if high > low { high - low } else { 1.0 };
    let part = |value: f64| {
        // A column that stands still is a line in the middle.
        if high > low {
            ((value - low) / span) as f32
        } else {
            0.5
        }
    };
    values
        .chunks(values.len().div_ceil(SPARK_POINTS))
        .map(|stretch| {
            stretch
                .iter()
                .fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| {
                    [low.min(part(*value)), high.max(part(*value))]
                })
        })
        .collect()
}
