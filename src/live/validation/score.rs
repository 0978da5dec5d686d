//! What was said, held against what was done.

use std::collections::{BTreeMap, BTreeSet};

use super::listening::Said;
use super::schedule::{LOOK_BACK, contract_period, contract_time};
use crate::live::plant::{FaultKind, Label, Truth};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::{ChannelContract, Rule};
use crate::twin::{ChannelRole, LoadedTwin};

/// Seconds in a week.
const WEEK: f64 = 604_800.0;

/// How the faults of one kind were found.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultFigures {
    /// A word for the fault: `drift`.
    pub fault: String,
    /// How many there were that could be found.
    pub injected: usize,
    /// How many more there were that nobody could find within their contract's
    /// time: residuals did not count, since the model did not know its inputs.
    pub hidden: usize,
    /// Those during which anything was said of their channel.
    pub found: usize,
    /// Those that were named rightly.
    pub named: usize,
    /// Those that were named rightly within their contract's time, of those that
    /// the contract has a time for.
    pub in_time: usize,
    /// Time from where a fault shows to where it was named, rising, one for each
    /// that was named.
    pub delays: Vec<SimDuration>,
    /// Shortest and longest time that the contracts allow; `None` where they
    /// say nothing of this kind.
    pub allowed: Option<(SimDuration, SimDuration)>,
    /// What was said first of those that were not named rightly, and how often.
    pub otherwise: BTreeMap<String, usize>,
    /// Those that were not named rightly, or not in time: channel, and when they
    /// began.
    pub missed: Vec<(String, SimTime)>,
}

/// What was said without a fault.
#[derive(Clone, Debug, PartialEq)]
pub struct FalseAlarm {
    /// Id of the channel.
    pub channel: String,
    /// The rule that was said to be broken.
    pub rule: Rule,
    /// How often.
    pub count: usize,
}

/// The figures of one plant.
pub(super) struct Score {
    pub figures: Vec<FaultFigures>,
    pub false_alarms: Vec<FalseAlarm>,
    /// Channel-time that no fault explains anything of, in weeks.
    pub quiet_weeks: f64,
}

/// The word for a fault in the figures; the plant has its own.
fn word(kind: &FaultKind) -> &'static str {
    match kind {
        FaultKind::Dropout { share } if *share >= 1.0 => "gap",
        FaultKind::Duplicate { .. } => "duplicates",
        other => other.name(),
    }
}

/// The rules by which a fault is named rightly.
fn right_rules(kind: &FaultKind) -> &'static [Rule] {
    match kind {
        FaultKind::Dropout { .. } => &[Rule::Missing],
        FaultKind::Stuck => &[Rule::FlatLine],
        // Without knowing the cause, a constant error is a drift that has been.
        FaultKind::Drift { .. } | FaultKind::Bias { .. } => &[Rule::Drift],
        FaultKind::LateBatch => &[Rule::Late],
        FaultKind::Delay { .. } => &[Rule::Late, Rule::OutOfOrder],
        FaultKind::Noise { .. } | FaultKind::Spikes { .. } => &[Rule::RateOfChange],
        FaultKind::Duplicate { .. } => &[Rule::Duplicate],
        FaultKind::UnitChange { .. } => &[Rule::UnitSuspicion],
        FaultKind::Clock { .. } => &[Rule::ClockJump],
        FaultKind::Quality { .. } => &[Rule::SourceQuality],
    }
}

/// One fault of one channel, with its contract.
struct Window<'truth> {
    label: &'truth Label,
    channel: u32,
    contract: ChannelContract,
    /// Until when what is said is said of it.
    until: SimTime,
}

pub(super) fn score(
    loaded: &LoadedTwin,
    truth: &Truth,
    said: &[Said],
    length: SimDuration,
) -> Score {
    let windows: Vec<Window<'_>> = truth
        .labels
        .iter()
        .filter_map(|label| {
            let twin = &loaded.twin;
            let position = twin
                .channels
                .iter()
                .position(|one| one.id == label.channel)?;
            let contract = ChannelContract::new(twin, &loaded.variables, position).ok()?;
            // A clock that is set right makes its error good first.
            let error = match &label.kind {
                FaultKind::Clock { offset, .. } => (*offset).max(SimDuration::ZERO - *offset),
                _ => SimDuration::ZERO,
            };
            let after = contract_period(&contract) * LOOK_BACK + error;
            Some(Window {
                label,
                channel: contract.channel,
                until: label.to + after,
                contract,
            })
        })
        .collect();
    // The first word on each incident.
    let mut known = BTreeSet::new();
    let first: Vec<&Said> = said
        .iter()
        .filter(|one| known.insert(one.incident.number))
        .collect();
    let unknown = unknown_inputs(loaded, &windows);
    // Inputs of a wrong time lead the model astray, and nothing shows it but residuals.
    let astray = |window: &Window<'_>, one: &Said| {
        matches!(window.label.kind, FaultKind::Clock { .. })
            && window.contract.role == ChannelRole::Input
            && matches!(one.incident.rule, Rule::Drift | Rule::UnitSuspicion)
            && (window.label.from..=window.until + loaded.twin.forecast.horizon).contains(&one.at)
    };
    let explains = |window: &Window<'_>, one: &Said| {
        window.channel == one.incident.channel
            && (window.label.from..=window.until).contains(&one.at)
    };
    let mut figures: BTreeMap<&str, FaultFigures> = BTreeMap::new();
    for window in &windows {
        let of_window = first.iter().filter(|one| explains(window, one));
        note(
            figures
                .entry(word(&window.label.kind))
                .or_insert_with(|| FaultFigures::of(word(&window.label.kind))),
            window,
            &unknown,
            of_window.copied(),
        );
    }
    let mut alarms: BTreeMap<(u32, Rule), usize> = BTreeMap::new();
    for one in &first {
        let is_explained = |window: &Window<'_>| explains(window, one) || astray(window, one);
        if !windows.iter().any(is_explained) {
            *alarms
                .entry((one.incident.channel, one.incident.rule))
                .or_default() += 1;
        }
    }
    let explained: f64 = windows
        .iter()
        .map(|window| (window.until - window.label.from).as_seconds())
        .sum();
    let all = length.as_seconds() * loaded.twin.channels.len() as f64;
    let mut figures: Vec<_> = figures.into_values().collect();
    for one in &mut figures {
        one.delays.sort_unstable();
    }
    // In the order of listing, for whoever compares two tables.
    let listed = super::LEADING.iter().chain(super::OTHERS).copied();
    let order: Vec<&str> = listed.collect();
    figures.sort_by_key(|one| order.iter().position(|word| one.fault == *word));
    Score {
        figures,
        false_alarms: alarms
            .into_iter()
            .map(|((channel, rule), count)| FalseAlarm {
                channel: loaded
                    .twin
                    .channels
                    .get(channel as usize)
                    .map_or_else(String::new, |channel| channel.id.clone()),
                rule,
                count,
            })
            .collect(),
        quiet_weeks: (all - explained).max(0.0) / WEEK,
    }
}

fn note<'said>(
    figures: &mut FaultFigures,
    window: &Window<'_>,
    unknown: &[(SimTime, SimTime)],
    said: impl Iterator<Item = &'said Said>,
) {
    let label = window.label;
    let mut allowed = contract_time(&label.kind, label.to - label.from, &window.contract);
    if let (FaultKind::Drift { .. }, Some((_, time))) = (&label.kind, &mut allowed) {
        *time = with_pauses(label.from, *time, unknown);
        if label.from + *time > label.to {
            figures.hidden += 1;
            return;
        }
    }
    figures.injected += 1;
    if let Some((_, time)) = allowed {
        figures.allowed = Some(figures.allowed.map_or((time, time), |(least, most)| {
            (least.min(time), most.max(time))
        }));
    }
    let shows = label.from + allowed.map_or(SimDuration::ZERO, |(shows, _)| shows);
    let said: Vec<&Said> = said.collect();
    let right = right_rules(&label.kind);
    figures.found += usize::from(!said.is_empty());
    match said
        .iter()
        .find(|one| one.at >= shows && right.contains(&one.incident.rule))
    {
        Some(one) => {
            let delay = one.at - shows;
            figures.named += 1;
            match allowed {
                Some((_, time)) if delay > time => {
                    figures.missed.push((label.channel.clone(), label.from));
                }
                Some(_) => figures.in_time += 1,
                None => {}
            }
            figures.delays.push(delay);
        }
        None => {
            let word = said
                .first()
                .map_or_else(|| "nothing".to_owned(), |one| one.incident.rule.to_string());
            *figures.otherwise.entry(word).or_default() += 1;
            figures.missed.push((label.channel.clone(), label.from));
        }
    }
}

/// When the model did not know its inputs, what dies away afterwards included:
/// one span after the other.
fn unknown_inputs(loaded: &LoadedTwin, windows: &[Window<'_>]) -> Vec<(SimTime, SimTime)> {
    let mut spans: Vec<_> = windows
        .iter()
        .filter(|window| window.contract.role == ChannelRole::Input)
        .map(|window| {
            let until = window.label.to + window.contract.lateness;
            (window.label.from, until + loaded.twin.forecast.horizon)
        })
        .collect();
    spans.sort_unstable();
    let mut merged: Vec<(SimTime, SimTime)> = Vec::new();
    for (from, until) in spans {
        match merged.last_mut() {
            Some((_, last)) if from <= *last => *last = until.max(*last),
            _ => merged.push((from, until)),
        }
    }
    merged
}

/// How long it takes from `from` on until `time` has gone by without the pauses.
fn with_pauses(from: SimTime, time: SimDuration, pauses: &[(SimTime, SimTime)]) -> SimDuration {
    let mut end = from + time;
    for (begin, until) in pauses {
        if *begin < end && *until > from {
            end += *until - (*begin).max(from);
        }
    }
    end - from
}

impl FaultFigures {
    fn of(fault: &str) -> Self {
        Self {
            fault: fault.to_owned(),
            injected: 0,
            hidden: 0,
            found: 0,
            named: 0,
            in_time: 0,
            delays: Vec::new(),
            allowed: None,
            otherwise: BTreeMap::new(),
            missed: Vec::new(),
        }
    }

    /// The delay that half of the named ones do not exceed.
    #[must_use]
    pub fn median_delay(&self) -> Option<SimDuration> {
        self.delays
            .get(self.delays.len().saturating_sub(1) / 2)
            .copied()
    }

    /// The longest delay.
    #[must_use]
    pub fn worst_delay(&self) -> Option<SimDuration> {
        self.delays.last().copied()
    }
}
