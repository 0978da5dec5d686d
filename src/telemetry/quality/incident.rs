//! What went wrong, from when to when.

use std::collections::BTreeMap;

use super::unit_suspicion::UnitProposal;
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::event_time::sequence::SequenceGap;
use crate::telemetry::sample::{Flag, Rule};

/// Changes of incidents that are kept until they are fetched; what comes beyond
/// is counted only.
const MOST_NEWS: usize = 65_536;

/// A rule that was broken for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its number. Said again, with the same number, when it gets worse and when
    /// it is over.
    pub number: u64,
    /// Position of the channel in the document; of a balance, that of its first term.
    pub channel: u32,
    /// The rule.
    pub rule: Rule,
    /// The worst of what was said while it lasted.
    pub flag: Flag,
    /// Since when: the event time of the first sample concerned.
    pub begin: SimTime,
    /// Until when: the event time of the first sample that is well again. `None`
    /// while it lasts.
    pub end: Option<SimTime>,
    /// When it was noticed, in event time.
    pub found: SimTime,
    /// Number of samples concerned.
    pub samples: u64,
    /// What else is known.
    pub detail: Detail,
}

/// What else is known of an incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// Samples that did not come, by the agreed period.
    Missing {
        /// How many, up to now.
        count: u64,
    },
    /// Samples that took longer to arrive than the contract allows.
    Late {
        /// From event to reception, beyond the least that was ever seen, of the
        /// latest of them.
        by: SimDuration,
    },
    /// Numbers of the source that did not come.
    Sequence(SequenceGap),
    /// How far the source's clock is off; above zero ahead of the receiver's.
    Clock {
        /// By how much.
        by: SimDuration,
    },
    /// A sum that is not zero.
    Balance {
        /// Id of the balance.
        id: String,
        /// The sum, furthest from zero \[SI].
        sum: f64,
    },
    /// A lasting distance from the model.
    Drift {
        /// Observed less simulated \[SI].
        by: f64,
    },
    /// Another unit that would fit.
    Unit(UnitProposal),
}

/// What is known of a break of a rule.
#[derive(Clone, Debug)]
pub struct Break {
    /// The channel.
    pub channel: u32,
    /// The rule.
    pub rule: Rule,
    /// How bad it is.
    pub flag: Flag,
    /// Since when.
    pub begin: SimTime,
    /// When it is noticed.
    pub now: SimTime,
    /// Samples concerned.
    pub samples: u64,
    /// What else is known.
    pub detail: Detail,
}

/// The incidents that last, and what is new about any.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    open: BTreeMap<(u32, Rule, usize), Incident>,
    news: Vec<Incident>,
    unsaid: u64,
    next: u64,
    /// By channel, how often its incidents have changed.
    revisions: BTreeMap<u32, u64>,
}

impl Incidents {
    /// A rule is broken. `which` tells apart what may go wrong with one rule at
    /// the same time on one channel; zero where there is only one.
    pub fn breaks(&mut self, which: usize, broken: Break) {
        let key = (broken.channel, broken.rule, which);
        self.changes(broken.channel);
        if let Some(incident) = self.open.get_mut(&key) {
            incident.samples += broken.samples;
            incident.detail = broken.detail;
            if worse(broken.flag, incident.flag) {
                incident.flag = broken.flag;
                let news = incident.clone();
                self.say(news);
            }
            return;
        }
        self.next += 1;
        let incident = Incident {
            number: self.next,
            channel: broken.channel,
            rule: broken.rule,
            flag: broken.flag,
            begin: broken.begin,
            end: None,
            found: broken.now,
            samples: broken.samples,
            detail: broken.detail,
        };
        self.open.insert(key, incident.clone());
        self.say(incident);
    }

    /// A rule is kept again, as of `now`.
    pub fn passes(&mut self, which: usize, channel: u32, rule: Rule, now: SimTime) {
        if let Some(mut incident) = self.open.remove(&(channel, rule, which)) {
            incident.end = Some(now);
            self.changes(channel);
            self.say(incident);
        }
    }

    fn changes(&mut self, channel: u32) {
        *self.revisions.entry(channel).or_default() += 1;
    }

    /// How often the incidents of a channel have changed.
    #[must_use]
    pub fn revision(&self, channel: u32) -> u64 {
        self.revisions.get(&channel).copied().unwrap_or(0)
    }

    /// The incident that lasts, if there is one.
    #[must_use]
    pub fn open(&self, which: usize, channel: u32, rule: Rule) -> Option<&Incident> {
        self.open.get(&(channel, rule, which))
    }

    /// All incidents that last, in order of channel.
    pub fn lasting(&self) -> impl Iterator<Item = &Incident> {
        self.open.values()
    }

    /// The incidents of one channel that last, in order of their rules.
    pub fn lasting_of(&self, channel: u32) -> impl Iterator<Item = &Incident> {
        let first = (channel, Rule::ALL[0], 0);
        self.open
            .range(first..)
            .take_while(move |((one, _, _), _)| *one == channel)
            .map(|(_, incident)| incident)
    }

    /// What is new since the last call: begun, worse, or over.
    pub fn news(&mut self) -> Vec<Incident> {
        std::mem::take(&mut self.news)
    }

    /// How many changes were not kept because too many waited to be fetched.
    #[must_use]
    pub fn unsaid(&self) -> u64 {
        self.unsaid
    }

    fn say(&mut self, incident: Incident) {
        // The last word on an incident goes before older ones of the same.
        if let Some(last) = self.news.last_mut()
            && last.number == incident.number
        {
            *last = incident;
        } else if self.news.len() < MOST_NEWS {
            self.news.push(incident);
        } else {
            self.unsaid += 1;
        }
    }
}

/// Whether one flag is worse than another. What is missing is as bad as a failure.
#[must_use]
pub fn worse(one: Flag, other: Flag) -> bool {
    let rank = |flag| match flag {
        Flag::NotEvaluated => 0,
        Flag::Good => 1,
        Flag::Suspect => 2,
        Flag::Fail | Flag::Missing => 3,
    };
    rank(one) > rank(other)
}
