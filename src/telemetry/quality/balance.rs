//! Channels that have to agree: a mass or energy balance, or two sensors of one
//! thing.

use std::collections::BTreeMap;

use super::incident::{Break, Detail, Incidents};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::align::Aligned;
use crate::telemetry::sample::{Flag, Rule};
use crate::twin::Twin;

/// Steps that wait for the last of their terms.
const MOST_WAITING: usize = 4096;

/// Holds the observations of a balance's channels against each other, step by
/// step. Where an observation is missing nothing is said of that step.
#[derive(Clone, Debug)]
pub struct BalanceCheck {
    which: usize,
    id: String,
    /// Channel and factor.
    terms: Vec<(u32, f64)>,
    /// Largest distance of the sum from zero \[SI].
    tolerance: f64,
    patience: SimDuration,
    waiting: BTreeMap<SimTime, Vec<Option<f64>>>,
    /// Since when the sum has been beyond the tolerance, and the furthest.
    beyond: Option<(SimTime, f64, u64)>,
}

impl BalanceCheck {
    /// The balances of a twin. Terms that name no channel, which loading a
    /// document rules out, are left out.
    #[must_use]
    pub fn all(twin: &Twin) -> Vec<Self> {
        twin.balances
            .iter()
            .enumerate()
            .map(|(which, balance)| Self {
                which,
                id: balance.id.clone(),
                terms: twin
                    .channels
                    .iter()
                    .enumerate()
                    .filter_map(|(position, channel)| {
                        let factor = balance.terms.get(&channel.id)?;
                        Some((u32::try_from(position).ok()?, *factor))
                    })
                    .collect(),
                tolerance: balance.tolerance.difference_si(),
                patience: balance.patience,
                waiting: BTreeMap::new(),
                beyond: None,
            })
            .collect()
    }

    /// Takes one observation in.
    pub fn take(&mut self, observation: &Aligned, incidents: &mut Incidents) {
        let Some(term) = self
            .terms
            .iter()
            .position(|(channel, _)| *channel == observation.channel)
        else {
            return;
        };
        let count = self.terms.len();
        let values = self
            .waiting
            .entry(observation.time)
            .or_insert_with(|| vec![None; count]);
        values[term] = Some(observation.value);
        if values.iter().all(Option::is_some) {
            // Each channel comes in order, so older steps will not be completed.
            let complete = observation.time;
            let later = self.waiting.split_off(&complete);
            self.waiting = later;
            if let Some(values) = self.waiting.remove(&complete) {
                let sum = self
                    .terms
                    .iter()
                    .zip(values)
                    .map(|((_, factor), value)| factor * value.unwrap_or(0.0))
                    .sum();
                self.judge(complete, sum, incidents);
            }
        }
        while self.waiting.len() > MOST_WAITING {
            self.waiting.pop_first();
        }
    }

    fn judge(&mut self, time: SimTime, sum: f64, incidents: &mut Incidents) {
        let Some((channel, _)) = self.terms.first().copied() else {
            return;
        };
        if sum.abs() <= self.tolerance {
            self.beyond = None;
            incidents.passes(self.which, channel, Rule::Balance, time);
            return;
        }
        let (begin, furthest, steps) = match self.beyond {
            Some((begin, furthest, steps)) if furthest.abs() >= sum.abs() => {
                (begin, furthest, steps + 1)
            }
            Some((begin, _, steps)) => (begin, sum, steps + 1),
            None => (time, sum, 1),
        };
        self.beyond = Some((begin, furthest, steps));
        if time - begin >= self.patience {
            let said = incidents.open(self.which, channel, Rule::Balance).is_some();
            incidents.breaks(
                self.which,
                Break {
                    channel,
                    rule: Rule::Balance,
                    flag: Flag::Suspect,
                    begin,
                    now: time,
                    samples: if said { 1 } else { steps },
                    detail: Detail::Balance {
                        id: self.id.clone(),
                        sum: furthest,
                    },
                },
            );
        }
    }
}
