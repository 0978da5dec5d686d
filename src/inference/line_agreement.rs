//! How far a simulated line is from the log of the real one: what passes, what is
//! inside, and what machines do.

use super::statistics::{ConfidenceInterval, paired_difference};
use crate::quantity::{SimTime, Unit};
use crate::telemetry::event_log::{AssetTimeline, Span, Timeline};
use crate::twin::{RequestStep, UnitState};

/// Pieces that the time is cut into for the intervals of differences. Few enough that
/// each is long beside what items take, as means of batches want it.
const PIECES: usize = 10;

/// A number of the log and of the simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SideBySide {
    /// What the log says.
    pub logged: f64,
    /// What the simulation says.
    pub simulated: f64,
    /// Simulated minus logged, with an interval of 95 % from ten pieces of the time.
    /// `None` where all pieces are alike, there is no time, or pieces do not make up
    /// the whole.
    pub difference: Option<ConfidenceInterval>,
}

/// What servers of one asset do.
#[derive(Clone, Debug, PartialEq)]
pub struct StateAgreement {
    /// Share of the time that both tell of in which both say the same.
    pub agreement: f64,
    /// Shares of the states in the log, by their numbers.
    pub logged: [f64; UnitState::ALL.len()],
    /// Shares of the states in the simulation, by their numbers.
    pub simulated: [f64; UnitState::ALL.len()],
    /// Utilisation: the share of the time in which servers work.
    pub working: SideBySide,
    /// Whether the log says nothing of states, and items had to say them.
    pub from_items: bool,
}

/// One asset, in the log and simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct AssetAgreement {
    /// Position of the asset in the document.
    pub asset: u32,
    /// Items that leave, 1/s.
    pub throughput: SideBySide,
    /// Items inside on average.
    pub content: SideBySide,
    /// How long an item is inside on average, s: waiting, where it is a buffer. Items
    /// inside per items that leave in a second, by Little's law; `None` where on one
    /// side none leave.
    pub stay: Option<SideBySide>,
    /// What its servers do; `None` of an asset that has none.
    pub states: Option<StateAgreement>,
    /// What became of its requests; `None` of an asset without any.
    pub requests: Option<RequestAgreement>,
}

/// Requests of a service, or attempts at a dependency, in the log and simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestAgreement {
    /// Shares of all that ended, by how they did; ways that neither side knows are left
    /// out.
    pub ends: Vec<(RequestStep, SideBySide)>,
    /// Times that a half, 95 and 99 of 100 answered ones did not exceed, s.
    pub latency: [SideBySide; LATENCIES.len()],
}

impl RequestAgreement {
    /// Every number with its name and its unit: the shares of the ways to end, and then
    /// the times.
    pub fn numbers(&self) -> impl Iterator<Item = (String, Unit, &SideBySide)> {
        let ends = self.ends.iter();
        let ends = ends.map(|(step, side)| (step.word().to_owned(), Unit::known("%"), side));
        let times = LATENCIES.iter().zip(&self.latency).map(|(share, side)| {
            let name = format!("{:.0} % within", 100.0 * share);
            (name, Unit::known("s"), side)
        });
        ends.chain(times)
    }
}

/// Shares of the answered requests whose longest time is compared.
const LATENCIES: [f64; 3] = [0.5, 0.95, 0.99];

fn requests(
    log: &AssetTimeline,
    run: &AssetTimeline,
    begin: SimTime,
    end: SimTime,
) -> RequestAgreement {
    let ends = RequestStep::ENDS.map(|step| {
        let share = |one: &AssetTimeline, from: SimTime, to: SimTime| one.ended_so(step, from, to);
        (step, side_by_side(log, run, begin, end, share))
    });
    RequestAgreement {
        ends: (ends.into_iter())
            .filter(|(_, side)| side.logged.max(side.simulated) > 0.0)
            .collect(),
        latency: LATENCIES.map(|share| {
            let latency =
                |one: &AssetTimeline, from: SimTime, to: SimTime| one.latency(share, from, to);
            side_by_side(log, run, begin, end, latency)
        }),
    }
}

/// Holds a simulated line against a log, asset by asset, over the time that both
/// cover. Assets that the log does not tell of are left out.
///
/// Two runs with chance in them do not agree all the time, however right the twin
/// is: what agreement to expect is that of two simulations with different seeds.
#[must_use]
pub fn line_agreement(logged: &Timeline, simulated: &Timeline) -> Vec<AssetAgreement> {
    let begin = logged.begin.max(simulated.begin);
    let end = logged.end.min(simulated.end);
    if begin >= end {
        return Vec::new();
    }
    let nothing = AssetTimeline::default();
    let told = logged.assets.iter();
    told.map(|(asset, log)| {
        let run = simulated.assets.get(asset).unwrap_or(&nothing);
        let rate = |one: &AssetTimeline, from: SimTime, to: SimTime| {
            one.passed(from, to) as f64 / (to - from).as_seconds()
        };
        let stay = |one: &AssetTimeline, from: SimTime, to: SimTime| {
            one.mean_content(from, to) / rate(one, from, to)
        };
        let stay = SideBySide {
            logged: stay(log, begin, end),
            simulated: stay(run, begin, end),
            // Means of quotients of few items are not that of all of them.
            difference: None,
        };
        let has_stay = stay.logged.is_finite() && stay.simulated.is_finite();
        // Nothing is ever inside a place where items end.
        let has_stay = has_stay && stay.logged.max(stay.simulated) > 0.0;
        AssetAgreement {
            asset: *asset,
            throughput: side_by_side(log, run, begin, end, rate),
            content: side_by_side(log, run, begin, end, AssetTimeline::mean_content),
            stay: has_stay.then_some(stay),
            states: (!run.servers.is_empty()).then(|| states(log, run, begin, end)),
            requests: (!log.ended.is_empty()).then(|| requests(log, run, begin, end)),
        }
    })
    .collect()
}

fn side_by_side<Side: ?Sized>(
    log: &Side,
    run: &Side,
    begin: SimTime,
    end: SimTime,
    measure: impl Fn(&Side, SimTime, SimTime) -> f64,
) -> SideBySide {
    let length = (end - begin).nanoseconds() / PIECES as i64;
    let piece = |place: usize| {
        let at =
            |place: usize| SimTime::from_nanoseconds(begin.nanoseconds() + length * place as i64);
        (at(place), at(place + 1))
    };
    let of = |one: &Side| -> Vec<f64> {
        let pieces = (0..PIECES).map(piece);
        pieces.map(|(from, to)| measure(one, from, to)).collect()
    };
    let (logged, simulated) = (measure(log, begin, end), measure(run, begin, end));
    // What rounding makes is no difference.
    let rounding = 1e-9 * (logged.abs() + simulated.abs());
    let difference = (length > 0).then(|| paired_difference(&of(log), &of(run), 0.95));
    SideBySide {
        logged,
        simulated,
        difference: difference
            .and_then(Result::ok)
            .filter(|interval| interval.half_width > rounding),
    }
}

fn states(
    log: &AssetTimeline,
    run: &AssetTimeline,
    begin: SimTime,
    end: SimTime,
) -> StateAgreement {
    let (logged, simulated) = (log.states(begin, end), run.states(begin, end));
    let mut agreeing = 0;
    let mut together = 0;
    for (one, other) in logged.iter().zip(simulated.iter()) {
        for (state, other, length) in overlaps(one, other) {
            together += length;
            agreeing += if state == other { length } else { 0 };
        }
    }
    StateAgreement {
        agreement: if together > 0 {
            agreeing as f64 / together as f64
        } else {
            0.0
        },
        logged: shares(&logged, begin, end),
        simulated: shares(&simulated, begin, end),
        working: side_by_side(&*logged, &*simulated, begin, end, |one, from, to| {
            shares(one, from, to)[UnitState::Working.number()]
        }),
        from_items: log.servers.is_empty(),
    }
}

/// What two servers do at the same time, and for how long, ns.
fn overlaps(one: &[Span], other: &[Span]) -> Vec<(UnitState, UnitState, i64)> {
    let (mut left, mut right) = (0, 0);
    let mut found = Vec::new();
    while let (Some(first), Some(second)) = (one.get(left), other.get(right)) {
        let length = (first.to.min(second.to) - first.from.max(second.from)).nanoseconds();
        if length > 0 {
            found.push((first.state, second.state, length));
        }
        if first.to <= second.to {
            left += 1;
        } else {
            right += 1;
        }
    }
    found
}

fn shares(servers: &[Vec<Span>], begin: SimTime, end: SimTime) -> [f64; UnitState::ALL.len()] {
    let mut times = [0.0; UnitState::ALL.len()];
    for span in servers.iter().flatten() {
        let length = span.to.min(end) - span.from.max(begin);
        times[span.state.number()] += length.as_seconds().max(0.0);
    }
    let all: f64 = times.iter().sum();
    times.map(|time| if all > 0.0 { time / all } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::event_log::EventLog;
    use crate::twin::{Happening, What};

    fn at(seconds: f64) -> SimTime {
        SimTime::from_seconds(seconds).expect("a time")
    }

    /// A machine that works for `work` of every ten seconds, an item each time.
    fn line(work: f64) -> Timeline {
        let mut happenings = Vec::new();
        for cycle in 0..100_u64 {
            let start = cycle as f64 * 10.0;
            let mut add = |time: f64, what| {
                happenings.push(Happening {
                    time: at(time),
                    asset: 3,
                    what,
                });
            };
            let state = |state| What::State { server: 0, state };
            add(
                start,
                What::Entered {
                    item: cycle,
                    class: 0,
                },
            );
            add(start, state(UnitState::Working));
            add(start + work, What::Left { item: cycle });
            add(start + work, state(UnitState::Starved));
        }
        Timeline::between(&EventLog::from_happenings(&happenings), at(0.0), at(1000.0))
    }

    #[test]
    fn a_line_agrees_with_itself() {
        let found = line_agreement(&line(4.0), &line(4.0));
        let states = found[0].states.as_ref().expect("states");
        assert!((states.agreement - 1.0).abs() < 1e-12);
        assert_eq!(states.logged, states.simulated);
        assert!((found[0].throughput.logged - 0.1).abs() < 1e-12);
        assert!((found[0].content.simulated - 0.4).abs() < 1e-12);
    }

    #[test]
    fn shares_and_the_time_in_agreement_are_those_counted_on_paper() {
        // One works for 4 s of 10, the other for 7: they differ for 3.
        let found = line_agreement(&line(4.0), &line(7.0));
        let states = found[0].states.as_ref().expect("states");
        assert!((states.agreement - 0.7).abs() < 1e-12);
        let working = UnitState::Working.number();
        assert!((states.logged[working] - 0.4).abs() < 1e-12);
        assert!((states.simulated[working] - 0.7).abs() < 1e-12);
        assert!((found[0].content.simulated - found[0].content.logged - 0.3).abs() < 1e-12);
        // An item is inside while it is worked on.
        let stay = found[0].stay.as_ref().expect("items leave");
        assert!((stay.logged - 4.0).abs() < 1e-9 && (stay.simulated - 7.0).abs() < 1e-9);
        assert!((states.working.logged - 0.4).abs() < 1e-12);
        assert!((states.working.simulated - 0.7).abs() < 1e-12);
    }
}
