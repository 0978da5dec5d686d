//! Why few items come out of a line, or none: what of it is closed, held, down or
//! switched off.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::flow::kinds::{is_inlet, name};
use crate::model::flow::{Closing, working_hours};
use crate::quantity::{SimDuration, SimTime};
use crate::simulation::Simulation;
use crate::twin::LoadedTwin;

/// Part of the time from which on a stop counts as long.
const LONG: f64 = 0.25;

/// Most that are told of one end of the line.
const MOST: usize = 3;

/// Something that keeps items from coming out.
#[derive(Clone, Debug, PartialEq)]
pub struct Hindrance {
    /// Position in the document of what hinders.
    pub asset: usize,
    /// What it does.
    pub what: Hindering,
    /// For what part of the time, 0 to 1.
    pub share: f64,
}

/// How something keeps items from coming out.
#[derive(Clone, Debug, PartialEq)]
pub enum Hindering {
    /// A calendar is out of its working hours in these stretches of time.
    Closed(Vec<Closing>),
    /// A station is held from outside.
    Held,
    /// A station is down.
    Down,
    /// A source makes nothing, because its rate of arrivals is multiplied by zero.
    SwitchedOff,
    /// A sink takes nothing.
    Shut,
}

impl Hindrance {
    /// In words; `name` gives the name of an asset, `time` that of an instant.
    #[must_use]
    pub fn words(
        &self,
        name: impl Fn(usize) -> String,
        time: impl Fn(SimTime) -> String,
    ) -> String {
        let asset = name(self.asset);
        let while_so = || match self.share {
            share if share > 0.995 => "all the time".to_owned(),
            share => format!("{:.0} % of the time", share * 100.0),
        };
        match &self.what {
            Hindering::Closed(closings) => {
                let one = |closing: &Closing| match (closing.from, closing.to) {
                    (Some(from), Some(to)) => format!("from {} to {}", time(from), time(to)),
                    _ => "all the time".to_owned(),
                };
                let length = |closing: &&Closing| match (closing.from, closing.to) {
                    (Some(from), Some(to)) => to - from,
                    _ => SimDuration::MAX,
                };
                let longest = closings
                    .iter()
                    .max_by_key(length)
                    .map_or_else(while_so, one);
                let more = match closings.len() {
                    0 | 1 => String::new(),
                    2 => ", and once more".to_owned(),
                    count => format!(", and {} times more", count - 1),
                };
                format!("{asset}: closed {longest}{more}")
            }
            Hindering::Held => format!("{asset} is held {}", while_so()),
            Hindering::Down => format!("{asset} is down {}", while_so()),
            Hindering::SwitchedOff => format!("{asset} is switched off: nothing arrives"),
            Hindering::Shut => format!("{asset} is shut {}", while_so()),
        }
    }
}

/// What stood still in several runs.
pub(super) struct Stops<'twin> {
    loaded: &'twin LoadedTwin,
    from: SimTime,
    to: SimTime,
    /// By asset the sums over the runs of what `LOOKED_AT` names.
    sums: BTreeMap<usize, [f64; LOOKED_AT.len()]>,
    /// The hours of each calendar that stations go by.
    closings: BTreeMap<usize, Vec<Closing>>,
    runs: f64,
}

/// Variables that say whether something stands still: shares of the time, then inputs.
const LOOKED_AT: [&str; 4] = ["off", "down", "rate_factor", "shut"];

impl<'twin> Stops<'twin> {
    /// Nothing so far, in runs from one time to another.
    pub(super) fn between(loaded: &'twin LoadedTwin, from: SimTime, to: SimTime) -> Self {
        Self {
            loaded,
            from,
            to,
            sums: BTreeMap::new(),
            closings: BTreeMap::new(),
            runs: 0.0,
        }
    }

    /// Takes in a run that has come to its end.
    pub(super) fn take_in(&mut self, run: &Simulation) {
        self.runs += 1.0;
        let LoadedTwin {
            twin, variables, ..
        } = self.loaded;
        for (asset, described) in twin.assets.iter().enumerate() {
            if described.kind == name::SHIFT_CALENDAR {
                self.closings.entry(asset).or_insert_with(|| {
                    let value = |variable| run.value(variable);
                    working_hours(twin, variables, asset, value)
                        .map_or_else(Vec::new, |hours| hours.closings(self.from, self.to))
                });
            }
            let sums = LOOKED_AT.map(|quantity| {
                let variable = variables.of_asset(asset, quantity)?;
                Some(run.value(variable))
            });
            if !described.kind.starts_with("flow.") || sums.iter().all(Option::is_none) {
                continue;
            }
            let before = self.sums.entry(asset).or_default();
            for (sum, value) in before.iter_mut().zip(sums) {
                *sum += value.unwrap_or(0.0);
            }
        }
    }

    /// What keeps items from coming out of a sink for long, what does most first.
    pub(super) fn before(&self, sink: usize) -> Vec<Hindrance> {
        let twin = &self.loaded.twin;
        let mut found = Vec::new();
        let mut calendars = BTreeSet::new();
        for asset in self.upstream(sink) {
            let Some(sums) = self.sums.get(&asset) else {
                continue;
            };
            let [off, down, rate, shut] = sums.map(|sum| sum / self.runs.max(1.0));
            let described = &twin.assets[asset];
            let mut add = |asset: usize, what: Hindering, share: f64| {
                if share >= LONG {
                    found.push(Hindrance { asset, what, share });
                }
            };
            match described.kind.as_str() {
                name::SOURCE => add(
                    asset,
                    Hindering::SwitchedOff,
                    f64::from(u8::from(rate <= 0.0)),
                ),
                name::SINK => {
                    if asset == sink {
                        add(asset, Hindering::Shut, shut);
                    }
                }
                _ => {
                    let calendar = described.attributes.get("calendar").and_then(|id| {
                        let mut assets = twin.assets.iter();
                        assets.position(|one| one.id == *id)
                    });
                    let closings = calendar.and_then(|one| self.closings.get(&one));
                    let closed = closings.map_or(0.0, |all| self.share(all));
                    if let (Some(calendar), Some(closings)) = (calendar, closings)
                        && calendars.insert(calendar)
                    {
                        add(calendar, Hindering::Closed(closings.clone()), closed);
                    }
                    // What is out of its hours is off as well.
                    add(asset, Hindering::Held, off - closed);
                    add(asset, Hindering::Down, down);
                }
            }
        }
        found.sort_by(|one, other| other.share.total_cmp(&one.share));
        found.truncate(MOST);
        found
    }

    /// What part of the time is closed.
    fn share(&self, closings: &[Closing]) -> f64 {
        let length = |closing: &Closing| {
            let from = closing.from.unwrap_or(self.from).max(self.from);
            let to = closing.to.unwrap_or(self.to).min(self.to);
            (to - from).max(SimDuration::ZERO).as_seconds()
        };
        let closed: f64 = closings.iter().map(length).sum();
        closed / (self.to - self.from).as_seconds().max(1e-9)
    }

    /// A sink and all assets that its items may come from, the nearest first.
    fn upstream(&self, sink: usize) -> Vec<usize> {
        let twin = &self.loaded.twin;
        let places: BTreeMap<&str, usize> = (twin.assets.iter().enumerate())
            .map(|(place, asset)| (asset.id.as_str(), place))
            .collect();
        let mut before: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for link in &twin.links {
            let (Some((from, port)), Some((to, other))) = (link.from.parts(), link.to.parts())
            else {
                continue;
            };
            let (Some(&from), Some(&to)) = (places.get(from), places.get(to)) else {
                continue;
            };
            // A link may be written either way round.
            match (is_inlet(port), is_inlet(other)) {
                (false, true) => before.entry(to).or_default().push(from),
                (true, false) => before.entry(from).or_default().push(to),
                _ => {}
            }
        }
        let mut found = vec![sink];
        let mut next = 0;
        while let Some(asset) = found.get(next).copied() {
            next += 1;
            for one in before.get(&asset).into_iter().flatten() {
                if !found.contains(one) {
                    found.push(*one);
                }
            }
        }
        found
    }
}
