//! Whether the model knew what drives it.

use std::collections::{BTreeMap, VecDeque};

use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::Flag;
use crate::telemetry::quality::Incident;
use crate::twin::{ChannelRole, Twin};

/// Gaps that are remembered; residuals come in order of time and soon.
const MOST_GAPS: usize = 64;

/// When the model has known its inputs.
///
/// An input that is missing or has failed holds its last value, and the model
/// goes where the system does not. That says nothing of the sensors: residuals
/// count for drift and units again when the input has been back for as long as
/// the twin looks ahead, by when what it missed has died away.
#[derive(Clone, Debug)]
pub(super) struct KnownInputs {
    /// By channel, whether it drives the model.
    drives: Vec<bool>,
    /// How long it takes until what an input missed has died away.
    memory: SimDuration,
    /// Since when inputs are not known, by the numbers of their incidents.
    unknown: BTreeMap<u64, SimTime>,
    /// From when to when they were not, what died away afterwards included.
    gaps: VecDeque<(SimTime, SimTime)>,
}

impl KnownInputs {
    pub(super) fn new(twin: &Twin) -> Self {
        Self {
            drives: twin
                .channels
                .iter()
                .map(|channel| channel.role == ChannelRole::Input)
                .collect(),
            memory: twin.forecast.horizon,
            unknown: BTreeMap::new(),
            gaps: VecDeque::new(),
        }
    }

    /// Takes note of what is new of an incident.
    pub(super) fn note(&mut self, incident: &Incident) {
        let drives = self.drives.get(incident.channel as usize);
        if drives != Some(&true) || !matches!(incident.flag, Flag::Fail | Flag::Missing) {
            return;
        }
        match incident.end {
            None => {
                self.unknown.insert(incident.number, incident.begin);
            }
            Some(end) => {
                self.unknown.remove(&incident.number);
                let again = end.checked_add(self.memory).unwrap_or(SimTime::MAX);
                match self.gaps.back_mut() {
                    Some((begin, until)) if incident.begin <= *until && again >= *begin => {
                        *begin = incident.begin.min(*begin);
                        *until = again.max(*until);
                    }
                    _ => self.gaps.push_back((incident.begin, again)),
                }
                if self.gaps.len() > MOST_GAPS {
                    self.gaps.pop_front();
                }
            }
        }
    }

    /// Whether all inputs were known at a time, and for long enough before it.
    pub(super) fn were_known_at(&self, time: SimTime) -> bool {
        let in_gap = |(begin, until): &(SimTime, SimTime)| (*begin..*until).contains(&time);
        self.unknown.values().all(|since| time < *since) && !self.gaps.iter().any(in_gap)
    }
}
