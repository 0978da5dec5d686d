//! Samples kept aside, and their way out of quarantine.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::Amendment;
use super::log::ChannelLog;
use crate::live::telemetry_state::KeptAside;
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::{ChannelContract, Disposition, Flag, Judged, Rule, Rules, Verdict};
use crate::twin::OnFailure;

/// Samples kept aside that are listed for the screen; the store has all.
pub(super) const MOST_LISTED: usize = 1000;

/// The samples that take no part, and of channels with a quarantine what their
/// observations can be made from anew.
#[derive(Clone, Debug)]
pub(super) struct Aside {
    listed: VecDeque<KeptAside>,
    /// The list as it was told last; `None` when it has changed since.
    told: Option<Arc<[KeptAside]>>,
    logs: BTreeMap<u32, ChannelLog>,
    released: BTreeSet<u64>,
}

/// The verdict on a sample that a person lets take part.
pub(super) fn released(rules: Rules) -> Verdict {
    Verdict {
        flag: Flag::Suspect,
        rules: rules.with(Rule::Released),
        disposition: Disposition::Accepted,
    }
}

impl Aside {
    pub(super) fn new<'contract>(
        contracts: impl Iterator<Item = &'contract ChannelContract>,
        timestep: SimDuration,
    ) -> Self {
        Self {
            listed: VecDeque::new(),
            told: None,
            logs: contracts
                .filter(|contract| contract.on_failure == OnFailure::Quarantine)
                .map(|contract| (contract.channel, ChannelLog::new(contract, timestep)))
                .collect(),
            released: BTreeSet::new(),
        }
    }

    /// Takes note of a judged sample. One that was released before, in another
    /// run over the same samples, is so again.
    pub(super) fn take(&mut self, judged: &mut Judged) {
        if judged.verdict.disposition == Disposition::Quarantined
            && self.released.contains(&judged.sample.sequence)
        {
            judged.verdict = released(judged.verdict.rules);
        }
        if let Some(log) = self.logs.get_mut(&judged.sample.channel) {
            log.take(judged);
        }
        if judged.verdict.disposition == Disposition::Accepted {
            return;
        }
        if self.listed.len() == MOST_LISTED
            && let Some(oldest) = self.listed.pop_front()
            && oldest.in_quarantine
            && let Ok(channel) = u32::try_from(oldest.channel)
            && let Some(log) = self.logs.get_mut(&channel)
        {
            log.forget(oldest.time, oldest.sequence);
        }
        self.listed.push_back(KeptAside::from(&*judged));
        self.told = None;
    }

    /// Those of the named samples that wait in quarantine, in order of reception.
    pub(super) fn releasable(&self, sequences: &[u64]) -> Vec<KeptAside> {
        self.listed
            .iter()
            .filter(|one| one.in_quarantine && sequences.contains(&one.sequence))
            .cloned()
            .collect()
    }

    /// Lets samples take part: their channels' observations around them are made
    /// anew, as far as `watermark` says that they are complete.
    pub(super) fn release(
        &mut self,
        samples: &[KeptAside],
        watermark: impl Fn(u32) -> Option<SimTime>,
    ) -> Vec<Amendment> {
        self.listed
            .retain(|one| !samples.iter().any(|other| other.sequence == one.sequence));
        self.told = None;
        self.released
            .extend(samples.iter().map(|sample| sample.sequence));
        let mut amendments = Vec::new();
        for (channel, log) in &mut self.logs {
            let of_channel: Vec<_> = samples
                .iter()
                .filter(|sample| sample.channel == *channel as usize)
                .map(|sample| (sample.time, sample.sequence))
                .collect();
            if !of_channel.is_empty() {
                amendments.extend(log.release(&of_channel, watermark(*channel)));
            }
        }
        amendments
    }

    pub(super) fn released_so_far(&self) -> &BTreeSet<u64> {
        &self.released
    }

    pub(super) fn begin_with_released(&mut self, released: BTreeSet<u64>) {
        self.released = released;
    }

    /// The list, oldest first; put together anew only when it has changed.
    pub(super) fn listed(&mut self) -> Arc<[KeptAside]> {
        match &self.told {
            Some(told) => Arc::clone(told),
            None => {
                let told: Arc<[KeptAside]> = self.listed.iter().cloned().collect();
                self.told = Some(Arc::clone(&told));
                told
            }
        }
    }

    #[cfg(test)]
    pub(super) fn listed_anew(&self) -> Vec<KeptAside> {
        self.listed.iter().cloned().collect()
    }
}
