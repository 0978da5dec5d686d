//! A log as functions of time: how many items are in each asset, and what each
//! server does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::EventLog;
use crate::quantity::{SimDuration, SimTime};
use crate::twin::{RequestStep, UnitState, What};

/// A stretch of time that a server spent in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub from: SimTime,
    /// Its end.
    pub to: SimTime,
    /// What the server did.
    pub state: UnitState,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn length(&self) -> SimDuration {
        self.to - self.from
    }
}

/// What a log says of one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssetTimeline {
    /// Items inside from each time on, in order of time; none before the first.
    pub content: Vec<(SimTime, u32)>,
    /// When items came in.
    pub entered: Vec<SimTime>,
    /// When items left.
    pub left: Vec<SimTime>,
    /// What each server did, in order of time and without overlap; where the log
    /// says nothing there is a gap.
    pub servers: Vec<Vec<Span>>,
    /// Requests and attempts that ended: when, how, and after what time inside; without
    /// that where the log does not tell when they came in.
    pub ended: Vec<(SimTime, RequestStep, Option<SimDuration>)>,
}

/// A log as functions of time, from a beginning to an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Its beginning.
    pub begin: SimTime,
    /// Its end.
    pub end: SimTime,
    /// The assets that the log tells of, by their positions in the document.
    pub assets: BTreeMap<u32, AssetTimeline>,
}

/// Most servers of one asset that are told apart.
const MOST_SERVERS: usize = 1 << 16;

impl Timeline {
    /// The log over all of its time.
    #[must_use]
    pub fn new(log: &EventLog) -> Self {
        let (begin, end) = log.span().unwrap_or((SimTime::ZERO, SimTime::ZERO));
        Self::between(log, begin, end)
    }

    /// The log from `begin` to `end`: states that hold at the beginning begin there,
    /// and those that hold at the end go on to it. What happened before the beginning
    /// counts towards what is inside, and no further.
    #[must_use]
    pub fn between(log: &EventLog, begin: SimTime, end: SimTime) -> Self {
        let mut timeline = Self {
            begin,
            end,
            assets: BTreeMap::new(),
        };
        // For each server the state that holds, since when, and until when at most.
        let mut states: BTreeMap<(u32, u16), (SimTime, SimTime, UnitState)> = BTreeMap::new();
        let mut asked = Asked::new(log);
        for record in &log.records {
            let happening = record.happening;
            let time = happening.time;
            if time > end {
                break;
            }
            if matches!(
                happening.what,
                What::Travels { .. }
                    | What::Loaded { .. }
                    | What::Unloaded { .. }
                    | What::Carries { .. }
            ) {
                // What is on its way is inside a transport all the time.
                continue;
            }
            let place = happening.asset;
            let asset = timeline.assets.entry(place).or_default();
            match happening.what {
                What::Entered { item, .. } => {
                    asked.enter(place, item, time);
                    asset.count(time, begin, 1);
                    if time >= begin {
                        asset.entered.push(time);
                    }
                }
                What::Request { item, step } => {
                    if step.is_end() && time >= begin {
                        asset
                            .ended
                            .push((time, step, asked.took(place, item, time)));
                    }
                }
                What::Left { item } => {
                    asked.leave(place, item);
                    asset.count(time, begin, -1);
                    if time >= begin {
                        asset.left.push(time);
                    }
                }
                What::State { server, state } => {
                    let until = record.until.unwrap_or(end);
                    let key = (happening.asset, server);
                    if let Some((from, to, before)) = states.insert(key, (time, until, state)) {
                        asset.spend(server, from.max(begin), to.min(time), before);
                    }
                }
                What::Travels { .. }
                | What::Loaded { .. }
                | What::Unloaded { .. }
                | What::Carries { .. } => {}
            }
        }
        for ((asset, server), (from, to, state)) in states {
            let asset = timeline.assets.entry(asset).or_default();
            asset.spend(server, from.max(begin), to.min(end), state);
        }
        timeline
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> SimDuration {
        self.end - self.begin
    }
}

/// When requests came in that are still inside; nothing is kept of a log without any.
struct Asked(Option<BTreeMap<(u32, u64), SimTime>>);

impl Asked {
    fn new(log: &EventLog) -> Self {
        let mut happenings = log.happenings();
        let has_requests = happenings.any(|one| matches!(one.what, What::Request { .. }));
        Self(has_requests.then(BTreeMap::new))
    }

    fn enter(&mut self, asset: u32, item: u64, time: SimTime) {
        if let Some(asked) = &mut self.0 {
            asked.insert((asset, item), time);
        }
    }

    fn leave(&mut self, asset: u32, item: u64) {
        if let Some(asked) = &mut self.0 {
            asked.remove(&(asset, item));
        }
    }

    fn took(&self, asset: u32, item: u64, time: SimTime) -> Option<SimDuration> {
        Some(time - *self.0.as_ref()?.get(&(asset, item))?)
    }
}

impl AssetTimeline {
    /// Of the requests that ended after `begin` and up to `end`, the share that ended
    /// so; zero where none ended.
    #[must_use]
    pub fn ended_so(&self, step: RequestStep, begin: SimTime, end: SimTime) -> f64 {
        let within = self.ended_within(begin, end);
        match within.len() {
            0 => 0.0,
            all => within.iter().filter(|one| one.1 == step).count() as f64 / all as f64,
        }
    }

    /// The requests that ended after `begin` and up to `end`; they stand in the order of
    /// time.
    fn ended_within(
        &self,
        begin: SimTime,
        end: SimTime,
    ) -> &[(SimTime, RequestStep, Option<SimDuration>)] {
        let up_to = |limit| self.ended.partition_point(|one| one.0 <= limit);
        &self.ended[up_to(begin)..up_to(end).max(up_to(begin))]
    }

    /// Time inside that a share of the requests answered after `begin` and up to `end`
    /// did not exceed, s; zero where none was answered.
    #[must_use]
    pub fn latency(&self, share: f64, begin: SimTime, end: SimTime) -> f64 {
        let within = self.ended_within(begin, end).iter();
        let answered = within.filter(|one| one.1 == RequestStep::Answered);
        let mut times: Vec<SimDuration> = answered.filter_map(|one| one.2).collect();
        times.sort_unstable();
        let place = (share * times.len() as f64).ceil() as usize;
        let found = times.get(place.saturating_sub(1));
        found.map_or(0.0, |time| time.as_seconds())
    }

    fn count(&mut self, time: SimTime, begin: SimTime, change: i32) {
        let time = time.max(begin);
        let inside = self.content.last().map_or(0, |last| last.1);
        let inside = inside.saturating_add_signed(change);
        match self.content.last_mut() {
            Some(last) if last.0 == time => last.1 = inside,
            _ => self.content.push((time, inside)),
        }
    }

    fn spend(&mut self, server: u16, from: SimTime, to: SimTime, state: UnitState) {
        let server = usize::from(server).min(MOST_SERVERS - 1);
        if server >= self.servers.len() {
            self.servers.resize_with(server + 1, Vec::new);
        }
        let spans = &mut self.servers[server];
        if from >= to {
            return;
        }
        match spans.last_mut() {
            Some(last) if last.state == state && last.to == from => last.to = to,
            _ => spans.push(Span { from, to, state }),
        }
    }

    /// Items inside at a time; what happened at the time itself counts.
    #[must_use]
    pub fn content_at(&self, time: SimTime) -> u32 {
        let after = self.content.partition_point(|(since, _)| *since <= time);
        after
            .checked_sub(1)
            .map_or(0, |place| self.content[place].1)
    }

    /// Items inside on average from `begin` to `end`.
    #[must_use]
    pub fn mean_content(&self, begin: SimTime, end: SimTime) -> f64 {
        let length = (end - begin).as_seconds();
        if length <= 0.0 {
            return f64::from(self.content_at(begin));
        }
        let mut sum = 0.0;
        let mut since = begin;
        let mut inside = self.content_at(begin);
        for (time, after) in &self.content {
            if *time > begin && *time < end {
                sum += f64::from(inside) * (*time - since).as_seconds();
                (since, inside) = (*time, *after);
            }
        }
        (sum + f64::from(inside) * (end - since).as_seconds()) / length
    }

    /// How many items left after `begin` and up to `end`.
    #[must_use]
    pub fn passed(&self, begin: SimTime, end: SimTime) -> usize {
        let up_to = |limit| self.left.partition_point(|time| *time <= limit);
        up_to(end) - up_to(begin)
    }

    /// Server time in a state, as a share of all server time that the log tells of.
    #[must_use]
    pub fn share(&self, state: UnitState) -> f64 {
        let spans = || self.servers.iter().flatten();
        let all: f64 = spans().map(|span| span.length().as_seconds()).sum();
        let inside = spans().filter(|span| span.state == state);
        let inside: f64 = inside.map(|span| span.length().as_seconds()).sum();
        if all > 0.0 { inside / all } else { 0.0 }
    }

    /// What servers do, where the log says it, or else what items let one believe:
    /// a single server that works while an item is inside.
    #[must_use]
    pub fn states(&self, begin: SimTime, end: SimTime) -> Cow<'_, [Vec<Span>]> {
        if !self.servers.is_empty() {
            return Cow::Borrowed(&self.servers);
        }
        let mut spans = Vec::new();
        let mut add = |from: SimTime, to: SimTime, inside: u32| {
            let state = if inside > 0 {
                UnitState::Working
            } else {
                UnitState::Starved
            };
            if from < to {
                spans.push(Span { from, to, state });
            }
        };
        let mut since = begin;
        let mut inside = self.content_at(begin);
        for (time, after) in &self.content {
            if *time > begin && *time < end && (*after > 0) != (inside > 0) {
                add(since, *time, inside);
                since = *time;
            }
            if *time > begin {
                inside = *after;
            }
        }
        add(since, end, inside);
        Cow::Owned(vec![spans])
    }
}
