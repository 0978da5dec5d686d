//! Where all samples come in, from a file or live: put in order, judged, aligned.
//!
//! Samples go in by [`Intake::push`] in order of reception; the receiver's clock
//! by [`Intake::advance`]. Out come verdicts, observations and incidents. The
//! same samples give the same observations, in whatever order they arrive
//! within their channels' lateness; the receiver's clock only decides how soon,
//! and what is said of silence.

use super::align::{Aligned, ChannelAligner};
use super::contract::ChannelContract;
use super::event_time::clock::{ClockEstimate, ClockTracker, Reading};
use super::event_time::sequence::{Seen, SequenceGap, SequenceTracker};
use super::event_time::{Arrival, Reorder};
use super::problem::TelemetryProblem;
use super::quality::balance::BalanceCheck;
use super::quality::drift::{DriftDetector, DriftNews};
use super::quality::statistics::ChannelStatistics;
use super::quality::unit_suspicion::UnitWatch;
use super::quality::{Break, Detail, Gap, Incident, Incidents, Judge};
use super::sample::{Flag, Judged, Rule, Rules, Sample, Verdict};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{Twin, VariableTable};

/// What an intake does beyond the contracts.
#[derive(Clone, Debug, PartialEq)]
pub struct IntakeSettings {
    /// Most samples of one channel that wait for their turn; when there are more
    /// the oldest goes before its turn and is counted.
    pub buffer: usize,
    /// How far a sample may be from the future of the receiver's clock before
    /// its event time is not believed. `None` where the receiver's clock is no
    /// clock, as when a recording is played faster than it was made.
    pub ahead: Option<SimDuration>,
    /// How long a channel may be silent before the others no longer wait for it;
    /// three of its periods, or as long as its contract allows it to be, if that
    /// is longer.
    pub idle: SimDuration,
    /// For each channel of the document the number sequence it belongs to:
    /// channels of one group share their source's numbers. Empty: each its own.
    pub sequence_groups: Vec<u32>,
    /// Whether observations are made; without them only verdicts come out, and
    /// balances are not looked at.
    pub align: bool,
}

impl Default for IntakeSettings {
    fn default() -> Self {
        Self {
            buffer: 65_536,
            ahead: Some(SimDuration::from_whole_seconds(300)),
            idle: SimDuration::from_whole_seconds(10),
            sequence_groups: Vec::new(),
            align: true,
        }
    }
}

/// One channel on its way through.
#[derive(Clone, Debug)]
struct Lane {
    channel: u32,
    group: usize,
    reorder: Reorder,
    clock: ClockTracker,
    judge: Judge,
    aligner: ChannelAligner,
    statistics: ChannelStatistics,
    /// Rules that are broken at present.
    open: Rules,
    /// Whether the last sample took longer than the lateness to arrive.
    delayed: bool,
    drift: Option<DriftDetector>,
    unit: UnitWatch,
    /// The last time that was compared with a reference.
    compared: Option<SimTime>,
    /// How often anything that is counted of the channel has changed.
    revision: u64,
}

/// What has come out and waits to be fetched.
#[derive(Clone, Debug, Default)]
struct Out {
    judged: Vec<Judged>,
    aligned: Vec<Aligned>,
    incidents: Incidents,
    balances: Vec<BalanceCheck>,
    align: bool,
}

/// Puts samples in order, judges and aligns them.
#[derive(Clone, Debug)]
pub struct Intake {
    lanes: Vec<Lane>,
    sequences: Vec<SequenceTracker>,
    out: Out,
    idle: SimDuration,
    /// The receiver's clock, as far as it is known.
    now: Option<SimTime>,
    unknown: u64,
}

impl Intake {
    /// An intake for the channels of a twin.
    ///
    /// # Errors
    /// When a channel's variable does not exist, which loading a document rules
    /// out.
    pub fn new(
        twin: &Twin,
        variables: &VariableTable,
        settings: &IntakeSettings,
    ) -> Result<Self, TelemetryProblem> {
        let contracts = ChannelContract::all(twin, variables)?;
        let group_of = |position: usize| {
            let own = u32::try_from(position).unwrap_or(u32::MAX);
            let group = settings.sequence_groups.get(position).copied();
            group.unwrap_or(own)
        };
        let mut groups: Vec<u32> = (0..contracts.len()).map(group_of).collect();
        groups.sort_unstable();
        groups.dedup();
        let lanes = contracts
            .into_iter()
            .enumerate()
            .map(|(position, contract)| Lane {
                channel: contract.channel,
                group: groups.binary_search(&group_of(position)).unwrap_or(0),
                reorder: Reorder::new(contract.lateness, settings.buffer),
                clock: ClockTracker::new(settings.ahead),
                aligner: ChannelAligner::new(&contract, twin.timestep),
                statistics: ChannelStatistics::default(),
                open: Rules::NONE,
                delayed: false,
                compared: None,
                revision: 0,
                drift: contract.drift.map(DriftDetector::new),
                unit: UnitWatch::new(contract.unit.clone()),
                judge: Judge::new(contract),
            })
            .collect();
        Ok(Self {
            lanes,
            sequences: vec![SequenceTracker::default(); groups.len()],
            out: Out {
                balances: BalanceCheck::all(twin),
                align: settings.align,
                ..Out::default()
            },
            idle: settings.idle,
            now: None,
            unknown: 0,
        })
    }

    /// Takes a sample in, in order of reception. One of a channel that the twin
    /// does not have is counted and goes no further.
    pub fn push(&mut self, sample: Sample) {
        let Some(lane) = self.lanes.get_mut(sample.channel as usize) else {
            self.unknown += 1;
            return;
        };
        self.now = self.now.max(Some(sample.received));
        lane.statistics.receives(&sample);
        if let Some(number) = sample.source_sequence
            && let Some(tracker) = self.sequences.get_mut(lane.group)
        {
            if tracker.take(number, sample.time, sample.received) == Seen::Again {
                lane.statistics.repeated += 1;
            }
            let patience = lane.judge.contract().lateness.max(self.idle);
            for gap in tracker.overdue(sample.received, patience) {
                lane.lost(gap, sample.time, &mut self.out);
            }
        }
        lane.push(sample, &mut self.out);
    }

    /// Tells the receiver's clock: samples that need not wait longer leave, and
    /// channels that have been silent for too long are noticed.
    pub fn advance(&mut self, now: SimTime) {
        self.now = self.now.max(Some(now));
        for lane in &mut self.lanes {
            lane.advance(now, &mut self.out);
        }
        for (group, tracker) in self.sequences.iter_mut().enumerate() {
            if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.group == group) {
                let patience = lane.judge.contract().lateness.max(self.idle);
                for gap in tracker.overdue(now, patience) {
                    lane.lost(gap, now, &mut self.out);
                }
            }
        }
    }

    /// Lets everything out that waits: nothing more comes.
    pub fn finish(&mut self) {
        for lane in &mut self.lanes {
            lane.finish(&mut self.out);
        }
        for (group, tracker) in self.sequences.iter_mut().enumerate() {
            if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.group == group) {
                for gap in tracker.finish() {
                    lane.lost(gap, gap.before, &mut self.out);
                }
            }
        }
    }

    /// The verdicts since the last call: of each channel in the order of event
    /// times, but for samples that came too late.
    pub fn judged(&mut self) -> Vec<Judged> {
        std::mem::take(&mut self.out.judged)
    }

    /// As [`judged`](Self::judged), one after the other and without a new buffer.
    pub fn drain_judged(&mut self) -> impl Iterator<Item = Judged> {
        self.out.judged.drain(..)
    }

    /// The observations since the last call, of each channel in order of time.
    pub fn aligned(&mut self) -> Vec<Aligned> {
        std::mem::take(&mut self.out.aligned)
    }

    /// What is new about incidents since the last call: begun, worse, or over.
    pub fn incidents(&mut self) -> Vec<Incident> {
        self.out.incidents.news()
    }

    /// The incidents that last.
    pub fn lasting(&self) -> impl Iterator<Item = &Incident> {
        self.out.incidents.lasting()
    }

    /// Up to which event time, itself not included, samples are complete over
    /// all channels that are not silent. `None` before the first sample.
    #[must_use]
    pub fn watermark(&self) -> Option<SimTime> {
        let heard = |lane: &&Lane| lane.reorder.watermark().is_some();
        let marks = |lane: &Lane| lane.reorder.watermark();
        self.lanes
            .iter()
            .filter(heard)
            .filter(|lane| !self.is_silent(lane))
            .filter_map(marks)
            .min()
            // When all are silent the one that was heard last says how far it went.
            .or_else(|| self.lanes.iter().filter_map(marks).max())
    }

    fn is_silent(&self, lane: &Lane) -> bool {
        let contract = lane.judge.contract();
        let periods = contract.period.map(|period| period * 3);
        // Not before its silence is an incident: until then it keeps its contract.
        let agreed = contract
            .longest_pause()
            .map(|pause| pause + contract.lateness);
        let patience = periods.max(agreed).unwrap_or(SimDuration::ZERO);
        let patience = self.idle.max(patience);
        match (self.now, lane.statistics.last_received) {
            (Some(now), Some(last)) => now - last > patience,
            _ => true,
        }
    }

    /// The incidents of one channel that last.
    pub fn lasting_of(&self, channel: u32) -> impl Iterator<Item = &Incident> {
        self.out.incidents.lasting_of(channel)
    }

    /// How often anything that is known of a channel has changed: while it is
    /// the same, so are the channel's counts, clock and incidents.
    #[must_use]
    pub fn revision(&self, channel: u32) -> u64 {
        let lane = self.lane(channel).map_or(0, |lane| lane.revision);
        lane + self.out.incidents.revision(channel)
    }

    /// The watermark of one channel.
    #[must_use]
    pub fn channel_watermark(&self, channel: u32) -> Option<SimTime> {
        self.lane(channel)?.reorder.watermark()
    }

    /// The counts of one channel.
    #[must_use]
    pub fn statistics(&self, channel: u32) -> Option<&ChannelStatistics> {
        Some(&self.lane(channel)?.statistics)
    }

    /// What is known of the clock of a channel's source.
    #[must_use]
    pub fn clock(&self, channel: u32) -> Option<ClockEstimate> {
        self.lane(channel)?.clock.estimate()
    }

    /// The contract of one channel.
    #[must_use]
    pub fn contract(&self, channel: u32) -> Option<&ChannelContract> {
        Some(self.lane(channel)?.judge.contract())
    }

    /// Observations of a channel that took the place of another of the same step.
    #[must_use]
    pub fn superseded(&self, channel: u32) -> u64 {
        self.lane(channel)
            .map_or(0, |lane| lane.aligner.superseded())
    }

    /// Samples of channels that the twin does not have.
    #[must_use]
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    fn lane(&self, channel: u32) -> Option<&Lane> {
        self.lanes.get(channel as usize)
    }

    /// Tells what a model, or the channel's past, says of an observation, both in
    /// \[SI]: drift and wrong units are found by it. Each time counts once and in
    /// order; what comes again because the past was simulated anew is passed over.
    pub fn compare(&mut self, channel: u32, time: SimTime, observed: f64, reference: f64) {
        if let Some(lane) = self.lanes.get_mut(channel as usize) {
            lane.compare(time, observed, reference, &mut self.out.incidents);
        }
    }
}

impl Lane {
    fn push(&mut self, sample: Sample, out: &mut Out) {
        self.revision += 1;
        let (channel, time) = (self.channel, sample.time);
        match self.clock.take(time, sample.received) {
            Reading::Ahead { by } => {
                let verdict = self.judge.beyond_the_clock();
                self.open = self.open.with(Rule::ClockJump);
                out.incidents.breaks(
                    0,
                    Break {
                        channel,
                        rule: Rule::ClockJump,
                        flag: Flag::Fail,
                        // Its own time is of no use.
                        begin: sample.received,
                        now: sample.received,
                        samples: 1,
                        detail: Detail::Clock { by },
                    },
                );
                self.record(sample, verdict, out);
                return;
            }
            Reading::Back { by } => {
                self.open = self.open.with(Rule::ClockJump);
                out.incidents.breaks(
                    0,
                    Break {
                        channel,
                        rule: Rule::ClockJump,
                        flag: Flag::Suspect,
                        begin: time,
                        now: sample.received,
                        samples: 1,
                        detail: Detail::Clock {
                            by: SimDuration::ZERO - by,
                        },
                    },
                );
            }
            Reading::Steady => {}
        }
        let highest = self.reorder.highest();
        let Self {
            reorder,
            judge,
            aligner,
            statistics,
            open,
            ..
        } = self;
        let arrival = reorder.push(sample, |one| {
            leave(one, judge, aligner, statistics, open, out);
        });
        match arrival {
            Arrival::InOrder => self.delay(&sample, &mut out.incidents),
            Arrival::Reordered => {
                self.statistics.reordered += 1;
                self.delay(&sample, &mut out.incidents);
            }
            Arrival::Late => {
                let verdict = self.judge.too_late(&sample, highest);
                note(
                    &sample,
                    verdict,
                    LATE,
                    time,
                    &mut self.open,
                    &mut out.incidents,
                );
                self.record(sample, verdict, out);
            }
        }
        self.statistics.forced = self.reorder.forced();
    }

    /// Notes a sample that took longer to arrive than the lateness, also where
    /// no younger one of its channel had come before it, as when a source was
    /// cut off and sends everything afterwards. It is in order and takes part;
    /// that it was late is an incident and no verdict.
    fn delay(&mut self, sample: &Sample, incidents: &mut Incidents) {
        let lateness = self.judge.contract().lateness;
        if lateness.is_zero() {
            // Nothing is agreed of how long a sample may take.
            return;
        }
        let by = sample.received - sample.time - self.clock.floor();
        if by > lateness {
            self.delayed = true;
            incidents.breaks(
                DELAYED,
                Break {
                    channel: self.channel,
                    rule: Rule::Late,
                    flag: Flag::Suspect,
                    begin: sample.time,
                    now: sample.received,
                    samples: 1,
                    detail: Detail::Late { by },
                },
            );
        } else if self.delayed {
            self.delayed = false;
            incidents.passes(DELAYED, self.channel, Rule::Late, sample.time);
        }
    }

    fn record(&mut self, sample: Sample, verdict: Verdict, out: &mut Out) {
        self.statistics.judges(&sample, verdict);
        out.judged.push(Judged { sample, verdict });
    }

    fn advance(&mut self, now: SimTime, out: &mut Out) {
        let judged = out.judged.len();
        let Self {
            reorder,
            judge,
            aligner,
            statistics,
            open,
            ..
        } = self;
        reorder.advance(now, |one| leave(one, judge, aligner, statistics, open, out));
        if out.align
            && let Some(mark) = reorder.watermark()
        {
            let from = out.aligned.len();
            aligner.advance(mark, |one| out.aligned.push(one));
            out.check_balances(from);
        }
        self.revision += u64::from(out.judged.len() > judged);
        let judge = &self.judge;
        if judge.contract().period.is_some() && self.reorder.waiting() == 0 {
            let contract = judge.contract();
            let event_now = now - self.clock.floor() - contract.lateness;
            if let Some(gap) = self.judge.overdue(event_now) {
                self.open = self.open.with(Rule::Missing);
                out.incidents
                    .breaks(0, missing(self.channel, gap, gap.missing));
            }
        }
    }

    fn finish(&mut self, out: &mut Out) {
        self.revision += 1;
        let Self {
            reorder,
            judge,
            aligner,
            statistics,
            open,
            ..
        } = self;
        reorder.finish(|one| leave(one, judge, aligner, statistics, open, out));
        if out.align {
            let from = out.aligned.len();
            aligner.finish(|one| out.aligned.push(one));
            out.check_balances(from);
        }
    }

    fn lost(&mut self, gap: SequenceGap, now: SimTime, out: &mut Out) {
        self.revision += 1;
        self.statistics.lost = self.statistics.lost.saturating_add(gap.count());
        // Each gap in the numbers is an incident of its own, over when it is found.
        let which = usize::try_from(gap.first).unwrap_or(usize::MAX).max(1);
        out.incidents.breaks(
            which,
            Break {
                channel: self.channel,
                rule: Rule::Missing,
                flag: Flag::Missing,
                begin: gap.after,
                now,
                samples: 0,
                detail: Detail::Sequence(gap),
            },
        );
        out.incidents
            .passes(which, self.channel, Rule::Missing, gap.before);
    }

    fn compare(&mut self, time: SimTime, observed: f64, reference: f64, incidents: &mut Incidents) {
        if self.compared >= Some(time) {
            return;
        }
        self.compared = Some(time);
        let channel = self.channel;
        let broken = |rule, begin, detail| Break {
            channel,
            rule,
            flag: Flag::Suspect,
            begin,
            now: time,
            samples: 1,
            detail,
        };
        if let Some(drift) = &mut self.drift {
            match drift.take(time, observed - reference) {
                DriftNews::None => {}
                DriftNews::Began { since, by } => {
                    incidents.breaks(0, broken(Rule::Drift, since, Detail::Drift { by }));
                }
                DriftNews::Lasts { by } => {
                    incidents.breaks(0, broken(Rule::Drift, time, Detail::Drift { by }));
                }
                DriftNews::Over => incidents.passes(0, channel, Rule::Drift, time),
            }
        }
        match self.unit.take(observed, reference) {
            None => {}
            Some(Some(proposal)) => {
                incidents.breaks(0, broken(Rule::UnitSuspicion, time, Detail::Unit(proposal)))
            }
            Some(None) => incidents.passes(0, channel, Rule::UnitSuspicion, time),
        }
    }
}

impl Out {
    /// Holds the observations from this position on against the balances.
    fn check_balances(&mut self, from: usize) {
        if self.balances.is_empty() {
            return;
        }
        for observation in self.aligned.iter().skip(from) {
            for balance in &mut self.balances {
                balance.take(observation, &mut self.incidents);
            }
        }
    }
}

/// Tells what arrives late but in order from what is too late to take part.
const DELAYED: usize = 1;

const LATE: Rules = Rules::NONE.with(Rule::Late);
const ALL: Rules = Rules::from_bits(u32::MAX);

fn missing(channel: u32, gap: Gap, count: u64) -> Break {
    Break {
        channel,
        rule: Rule::Missing,
        flag: Flag::Missing,
        begin: gap.begin,
        now: gap.end,
        samples: 0,
        detail: Detail::Missing { count },
    }
}

/// A sample whose turn has come is judged, counted and aligned.
fn leave(
    sample: Sample,
    judge: &mut Judge,
    aligner: &mut ChannelAligner,
    statistics: &mut ChannelStatistics,
    open: &mut Rules,
    out: &mut Out,
) {
    let (verdict, gap) = judge.judge(&sample);
    if let Some(gap) = gap {
        statistics.misses(gap.begin, gap.missing);
        out.incidents
            .breaks(0, missing(sample.channel, gap, gap.missing));
        *open = open.with(Rule::Missing);
    }
    if !verdict.rules.is_empty() || !open.is_empty() {
        let begin = judge.same_since().unwrap_or(sample.time);
        note(&sample, verdict, ALL, begin, open, &mut out.incidents);
    }
    statistics.judges(&sample, verdict);
    let judged = Judged { sample, verdict };
    if out.align {
        let from = out.aligned.len();
        aligner.take(&judged, |one| out.aligned.push(one));
        if out.aligned.len() > from {
            out.check_balances(from);
        }
    }
    out.judged.push(judged);
}

/// Notes which rules a sample breaks and which, of those in `scope`, it keeps
/// again. `same_since` is when a flat line began.
fn note(
    sample: &Sample,
    verdict: Verdict,
    scope: Rules,
    same_since: SimTime,
    open: &mut Rules,
    incidents: &mut Incidents,
) {
    let before = std::mem::take(open);
    for rule in Rule::ALL {
        if verdict.rules.contains(rule) {
            *open = open.with(rule);
            incidents.breaks(
                0,
                Break {
                    channel: sample.channel,
                    rule,
                    flag: verdict.flag,
                    begin: match rule {
                        Rule::FlatLine => same_since,
                        _ => sample.time,
                    },
                    now: sample.time,
                    samples: 1,
                    detail: Detail::None,
                },
            );
        } else if before.contains(rule) {
            if scope.contains(rule) {
                incidents.passes(0, sample.channel, rule, sample.time);
            } else {
                *open = open.with(rule);
            }
        }
    }
}

#[cfg(test)]
mod tests;
