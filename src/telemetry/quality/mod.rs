//! What is thought of a sample: the rules of a channel's contract.
//!
//! Names and flags are those of QARTOD; where a test of the public `ioos_qc`
//! package has the same name, the flags are the same too. A [`Judge`] looks at
//! the samples of one channel in the order of their event times and gives each
//! a verdict. What concerns several samples or channels is an [`Incident`]:
//! [`balance`], [`drift`], [`unit_suspicion`]. [`statistics`] counts.

pub mod balance;
pub mod drift;
pub mod flat_line;
pub mod incident;
pub mod statistics;
pub mod unit_suspicion;

use flat_line::FlatLine;
pub use incident::{Break, Detail, Incident, Incidents};

use super::contract::ChannelContract;
use super::sample::{Disposition, Flag, Rule, Rules, Sample, Verdict};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{OnFailure, QualityMeaning};

/// Judges the samples of one channel, in the order of their event times.
#[derive(Clone, Debug)]
pub struct Judge {
    contract: ChannelContract,
    examines: bool,
    flat: Option<FlatLine>,
    /// The last sample that took part.
    taken: Option<(SimTime, f64)>,
    /// The last sample that did not fail.
    reference: Option<(SimTime, f64)>,
    /// Highest number of the source so far.
    numbered: Option<u64>,
    /// The last sample, whatever became of it.
    last: Option<SimTime>,
}

/// Samples that did not come between two that did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the first of them was due.
    pub begin: SimTime,
    /// When the next came, or until when is known that none came.
    pub end: SimTime,
    /// How many were due.
    pub missing: u64,
}

impl Judge {
    /// A judge by this contract.
    #[must_use]
    pub fn new(contract: ChannelContract) -> Self {
        Self {
            examines: contract.examines_values(),
            flat: contract.stuck.map(|_| FlatLine::new(contract.resolution)),
            taken: None,
            reference: None,
            numbered: None,
            last: None,
            contract,
        }
    }

    /// The contract.
    #[must_use]
    pub fn contract(&self) -> &ChannelContract {
        &self.contract
    }

    /// Judges the next sample, and says what is missing before it.
    pub fn judge(&mut self, sample: &Sample) -> (Verdict, Option<Gap>) {
        let gap = self
            .last
            .and_then(|last| self.gap_between(last, sample.time));
        self.last = Some(sample.time);
        let mut finding = Finding::default();
        if self.examines {
            finding.flag = Flag::Good;
        }
        match self.contract.quality.meaning(sample.quality) {
            None => {}
            Some(QualityMeaning::Good) => finding.flag = Flag::Good,
            Some(QualityMeaning::Uncertain) => finding.breaks(Rule::SourceQuality, Flag::Suspect),
            Some(QualityMeaning::Bad) => finding.breaks(Rule::SourceQuality, Flag::Fail),
        }
        self.gross_range(sample.value, &mut finding);
        self.out_of_order(sample, &mut finding);
        if let Some((time, value)) = self.taken
            && time == sample.time
            && finding.flag != Flag::Fail
        {
            let rule = if value.to_bits() == sample.value.to_bits() {
                Rule::Duplicate
            } else {
                Rule::Conflict
            };
            finding.breaks(rule, Flag::Fail);
            return (self.second_of_its_time(rule, &finding), gap);
        }
        if sample.value.is_finite() {
            self.rate_of_change(sample, &mut finding);
            self.flat_line(sample, &mut finding);
        }
        if finding.flag != Flag::Fail {
            self.reference = Some((sample.time, sample.value));
        }
        let verdict = Verdict {
            flag: finding.flag,
            rules: finding.rules,
            disposition: self.disposition(finding.flag, sample.value),
        };
        if verdict.disposition == Disposition::Accepted {
            self.taken = Some((sample.time, sample.value));
        }
        (verdict, gap)
    }

    /// The verdict on a sample that came too late to take part.
    #[must_use]
    pub fn too_late(&self, sample: &Sample, highest: Option<SimTime>) -> Verdict {
        let mut finding = Finding::default();
        finding.breaks(Rule::Late, Flag::Fail);
        self.gross_range(sample.value, &mut finding);
        if sample.time < highest.unwrap_or(sample.time) && self.contract.lateness.is_zero() {
            finding.breaks(Rule::OutOfOrder, Flag::Fail);
        }
        self.aside(&finding)
    }

    /// The verdict on a sample whose event time is of no use.
    #[must_use]
    pub fn beyond_the_clock(&self) -> Verdict {
        let mut finding = Finding::default();
        finding.breaks(Rule::ClockJump, Flag::Fail);
        self.aside(&finding)
    }

    /// It cannot take part, so that neither holding nor flagging applies.
    fn aside(&self, finding: &Finding) -> Verdict {
        Verdict {
            flag: finding.flag,
            rules: finding.rules,
            disposition: match self.contract.on_failure {
                OnFailure::Quarantine => Disposition::Quarantined,
                OnFailure::Drop | OnFailure::Hold | OnFailure::Flag => Disposition::KeptAside,
            },
        }
    }

    fn second_of_its_time(&self, rule: Rule, finding: &Finding) -> Verdict {
        let mut verdict = self.aside(finding);
        if rule == Rule::Duplicate {
            // Nothing is lost with it, so there is nothing to decide.
            verdict.disposition = Disposition::KeptAside;
        }
        verdict
    }

    /// What is missing between a sample and the next one of the channel, by
    /// period and jitter.
    fn gap_between(&self, before: SimTime, after: SimTime) -> Option<Gap> {
        let (period, longest) = (self.contract.period?, self.contract.longest_pause()?);
        let pause = after - before;
        if pause <= longest {
            return None;
        }
        let half = SimDuration::from_nanoseconds(period.nanoseconds() / 2);
        let steps = (pause + half).whole_steps(period)?;
        Some(Gap {
            begin: before + period,
            end: after,
            missing: u64::try_from(steps - 1).unwrap_or(0).max(1),
        })
    }

    /// What is missing by `now`, in event time, if nothing has come since the
    /// last sample.
    #[must_use]
    pub fn overdue(&self, now: SimTime) -> Option<Gap> {
        self.gap_between(self.last?, now)
    }

    /// The event time of the last sample, whatever became of it.
    #[must_use]
    pub fn last(&self) -> Option<SimTime> {
        self.last
    }

    /// Since when the value has been the same, where that is looked at.
    #[must_use]
    pub fn same_since(&self) -> Option<SimTime> {
        self.flat.as_ref()?.since()
    }

    fn gross_range(&self, value: f64, finding: &mut Finding) {
        let within = |(low, high): (f64, f64)| value >= low && value <= high;
        if !value.is_finite() || !within(self.contract.physical) {
            finding.breaks(Rule::GrossRange, Flag::Fail);
        } else if !within(self.contract.operational) {
            finding.breaks(Rule::GrossRange, Flag::Suspect);
        }
    }

    /// The source numbered it before one that is older.
    fn out_of_order(&mut self, sample: &Sample, finding: &mut Finding) {
        let Some(number) = sample.source_sequence else {
            return;
        };
        if let Some(highest) = self.numbered
            && number < highest
            && self.taken.is_none_or(|(time, _)| time < sample.time)
            // A source that counts anew is in order again from there.
            && highest - number < 1000
            && number > 1
        {
            finding.breaks(Rule::OutOfOrder, Flag::Suspect);
        } else {
            self.numbered = Some(number);
        }
    }

    fn rate_of_change(&self, sample: &Sample, finding: &mut Finding) {
        if let (Some(rate), Some((time, value))) = (self.contract.rate, self.reference)
            && sample.time > time
            && (sample.value - value).abs() / (sample.time - time).as_seconds() > rate
        {
            finding.breaks(Rule::RateOfChange, Flag::Suspect);
        }
    }

    fn flat_line(&mut self, sample: &Sample, finding: &mut Finding) {
        if let (Some(flat), Some(stuck)) = (&mut self.flat, self.contract.stuck) {
            let run = flat.take(sample.time, sample.value);
            if run >= stuck {
                finding.breaks(Rule::FlatLine, Flag::Fail);
            } else if run.nanoseconds() >= stuck.nanoseconds() - stuck.nanoseconds() / 2 {
                finding.breaks(Rule::FlatLine, Flag::Suspect);
            }
        }
    }

    fn disposition(&self, flag: Flag, value: f64) -> Disposition {
        if flag != Flag::Fail {
            return Disposition::Accepted;
        }
        match self.contract.on_failure {
            OnFailure::Flag if value.is_finite() => Disposition::Accepted,
            OnFailure::Drop | OnFailure::Flag => Disposition::KeptAside,
            OnFailure::Hold => Disposition::Held,
            OnFailure::Quarantine => Disposition::Quarantined,
        }
    }
}

/// What the rules have said so far.
#[derive(Clone, Copy, Debug, Default)]
struct Finding {
    flag: Flag,
    rules: Rules,
}

impl Finding {
    fn breaks(&mut self, rule: Rule, flag: Flag) {
        self.rules = self.rules.with(rule);
        if incident::worse(flag, self.flag) {
            self.flag = flag;
        }
    }
}

#[cfg(test)]
pub(in crate::telemetry) mod tests;
