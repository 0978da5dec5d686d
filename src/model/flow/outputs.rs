//! What a run says of itself, written into the values of the flow assets.

use serde::{Deserialize, Serialize};

use super::agents::RoadOutputs;
use super::build::{Layout, Member};
use super::network::Part;
use super::run::FlowRun;
use super::service::ServiceOutputs;
use super::statistics::{Activity, Effectiveness};

/// Names of the outputs of each sort of part, in the order in which they are
/// written.
const PASSING: [&str; 3] = ["passed", "throughput", "mean_throughput"];
const SOURCE: [&str; 2] = ["lost", "waiting"];
const CONTENT: [&str; 3] = ["content", "mean_content", "mean_stay"];
const BUFFER: [&str; 1] = ["fill"];
const CONVEYOR: [&str; 1] = ["blocked"];
const SINK: [&str; 2] = ["mean_stay", "late"];
const STATION: [&str; 13] = [
    "state",
    "working",
    "setting_up",
    "starved",
    "blocked",
    "down",
    "awaiting_operator",
    "off",
    "active_period",
    "failures",
    "effectiveness",
    "bad",
    "rejected_share",
];
const SETTINGS: [&str; 7] = [
    "population",
    "mean_population",
    "mean_stay",
    "throughput",
    "mean_throughput",
    "passed",
    "littles_law_mismatch",
];
const POOL: [&str; 5] = ["busy", "mean_busy", "waiting", "walking", "mean_walking"];
const CALENDAR: [&str; 1] = ["open"];

/// Where the outputs of one asset stand; a group that its kind does not declare
/// stands nowhere.
#[derive(Clone, Debug)]
pub(super) struct Places<const N: usize>([Option<usize>; N]);

impl<const N: usize> Places<N> {
    pub(super) fn new(member: &Member, names: [&str; N]) -> Self {
        Self(names.map(|name| member.slots.find(name)))
    }

    fn holds(&self, slot: usize) -> bool {
        self.0.contains(&Some(slot))
    }

    pub(super) fn write(&self, values: &mut [f64], outputs: [f64; N]) {
        for (place, output) in self.0.iter().zip(outputs) {
            if let Some(place) = *place {
                values[place] = output;
            }
        }
    }
}

/// The rate at which something happened of late.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct RecentRate {
    count: u64,
    rate: f64,
}

impl RecentRate {
    /// Takes note of the count after a step of `seconds`; `weight` is that of the
    /// step.
    fn advance(&mut self, count: u64, seconds: f64, weight: f64) {
        // Counts begin anew at the end of the warm-up.
        let happened = count.checked_sub(self.count).unwrap_or(count);
        self.count = count;
        self.rate += weight * (happened as f64 / seconds - self.rate);
    }
}

/// One part of the flow with the places of its outputs.
#[derive(Clone, Debug)]
struct PartOutputs {
    part: Part,
    passing: Places<3>,
    rate: RecentRate,
    content: Places<3>,
    own: Own,
}

impl PartOutputs {
    /// Whether an output of it stands there.
    fn holds(&self, slot: usize) -> bool {
        self.passing.holds(slot)
            || self.content.holds(slot)
            || match &self.own {
                Own::Source(places) => places.holds(slot),
                Own::Buffer(places) | Own::Conveyor(places) => places.holds(slot),
                Own::Station(places) => places.holds(slot),
                Own::Sink(places) => places.holds(slot),
                Own::None => false,
            }
    }
}

#[derive(Clone, Debug)]
enum Own {
    Source(Places<2>),
    Buffer(Places<1>),
    Station(Places<13>),
    /// Has none, or they are written with others.
    None,
    Conveyor(Places<1>),
    Sink(Places<2>),
}

/// An output that a control looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Watched {
    /// The content of the part at this place, and where it stands.
    Content(usize, usize),
    /// Another output of the part at this place.
    Part(usize),
}

/// The outputs of all flow assets.
#[derive(Clone, Debug)]
pub(super) struct Outputs {
    parts: Vec<PartOutputs>,
    settings: [Option<usize>; 7],
    rate: RecentRate,
    pools: Vec<Places<5>>,
    calendars: Vec<Places<1>>,
    roads: RoadOutputs,
    services: ServiceOutputs,
}

impl Outputs {
    pub(super) fn new(layout: &Layout, run: &FlowRun) -> Self {
        let parts = run.network().parts().map(|part| {
            let member = layout.member(part);
            PartOutputs {
                part,
                passing: Places::new(member, PASSING),
                rate: RecentRate::default(),
                content: match part {
                    Part::Sink(_) => Places([None; 3]),
                    _ => Places::new(member, CONTENT),
                },
                own: match part {
                    Part::Source(_) => Own::Source(Places::new(member, SOURCE)),
                    Part::Buffer(_) => Own::Buffer(Places::new(member, BUFFER)),
                    Part::Station(_) => Own::Station(Places::new(member, STATION)),
                    Part::Router(_) | Part::Transport(_) | Part::Service(_) => Own::None,
                    Part::Conveyor(_) => Own::Conveyor(Places::new(member, CONVEYOR)),
                    Part::Sink(_) => Own::Sink(Places::new(member, SINK)),
                },
            }
        });
        let settings = layout.settings.as_ref();
        Self {
            parts: parts.collect(),
            settings: SETTINGS.map(|name| settings.and_then(|slots| slots.find(name))),
            rate: RecentRate::default(),
            pools: (layout.pools.iter())
                .map(|member| Places::new(member, POOL))
                .collect(),
            calendars: (layout.calendars.iter())
                .map(|member| Places::new(member, CALENDAR))
                .collect(),
            roads: RoadOutputs::new(&layout.roads),
            services: ServiceOutputs::new(&layout.it),
        }
    }

    /// Every rate that remembers the past, in order of the parts, then that of all.
    pub(super) fn rates(&self) -> Vec<RecentRate> {
        let parts = self.parts.iter().map(|part| part.rate);
        parts.chain([self.rate]).collect()
    }

    /// Goes on with the rates that other outputs of the same parts had come to.
    pub(super) fn set_rates(&mut self, rates: &[RecentRate]) {
        let parts = self.parts.iter_mut().map(|part| &mut part.rate);
        for (held, rate) in parts.chain([&mut self.rate]).zip(rates) {
            *held = *rate;
        }
    }

    /// Takes note of what happened in a step of `seconds`, for rates that forget
    /// the past over `window` \[s].
    pub(super) fn advance(&mut self, run: &FlowRun, seconds: f64, window: f64) {
        let weight = -(-seconds / window).exp_m1();
        for outputs in &mut self.parts {
            let count = run.passed(outputs.part);
            outputs.rate.advance(count, seconds, weight);
        }
        self.rate.advance(left(run), seconds, weight);
    }

    /// What is to be written where only the outputs in `slots` are looked at; `None`
    /// where one is none of a part's.
    pub(super) fn watched(&self, slots: impl Iterator<Item = usize>) -> Option<Vec<Watched>> {
        let watched = |slot| {
            let place = self.parts.iter().position(|part| part.holds(slot))?;
            Some(if self.parts[place].content.0[0] == Some(slot) {
                Watched::Content(place, slot)
            } else {
                Watched::Part(place)
            })
        };
        slots.map(watched).collect()
    }

    /// Writes what holds now of what is looked at.
    pub(super) fn write_watched(&self, run: &FlowRun, values: &mut [f64], watched: &[Watched]) {
        for one in watched {
            match *one {
                Watched::Content(place, slot) => {
                    values[slot] = run.content(self.parts[place].part) as f64;
                }
                Watched::Part(place) => self.write_these(run, values, [&self.parts[place]]),
            }
        }
    }

    fn write_these<'a>(
        &self,
        run: &FlowRun,
        values: &mut [f64],
        parts: impl IntoIterator<Item = &'a PartOutputs>,
    ) {
        // A nanosecond where nothing has been counted yet: nothing has passed then.
        let counted = run.counted_time().max(1e-9);
        for outputs in parts {
            let part = outputs.part;
            let passed = run.passed(part) as f64;
            let rates = [passed, outputs.rate.rate, passed / counted];
            outputs.passing.write(values, rates);
            let content = run.content(part) as f64;
            let stay = run.stay(part).mean();
            let contents = [content, run.mean_content(part), stay];
            outputs.content.write(values, contents);
            match (&outputs.own, part) {
                (Own::Source(places), Part::Source(source)) => {
                    places.write(values, [run.lost(source) as f64, content]);
                }
                (Own::Buffer(places), Part::Buffer(buffer)) => {
                    let capacity = run.network().buffers[buffer as usize].capacity;
                    let fill = if capacity == u32::MAX {
                        0.0
                    } else {
                        content / f64::from(capacity)
                    };
                    places.write(values, [fill]);
                }
                (Own::Station(places), Part::Station(station)) => {
                    places.write(values, station_outputs(run, station));
                }
                (Own::Conveyor(places), Part::Conveyor(conveyor)) => {
                    places.write(values, [run.blocked_share(conveyor)]);
                }
                (Own::Sink(places), Part::Sink(sink)) => {
                    places.write(values, [stay, run.late(sink) as f64]);
                }
                _ => {}
            }
        }
    }

    /// Writes what holds now.
    pub(super) fn write(&self, run: &FlowRun, values: &mut [f64]) {
        self.write_these(run, values, &self.parts);
        let law = run.littles_law();
        let outputs = [
            run.population() as f64,
            law.content,
            law.stay,
            self.rate.rate,
            law.rate,
            left(run) as f64,
            law.mismatch(),
        ];
        Places(self.settings).write(values, outputs);
        for (pool, places) in (0..).zip(&self.pools) {
            let (busy, mean) = run.pool_use(pool);
            let (walking, mean_walking) = run.walking(pool);
            let line = run.pool_line(pool) as f64;
            places.write(values, [busy, mean, line, walking, mean_walking]);
        }
        for (calendar, places) in run.network().calendars.iter().zip(&self.calendars) {
            let open = calendar.at(run.time().nanoseconds()) >= 0.5;
            places.write(values, [f64::from(u8::from(open))]);
        }
        self.roads.write(run, values);
        self.services.write(run, values);
    }
}

/// Items that have left the flow.
fn left(run: &FlowRun) -> u64 {
    (0..run.network().sinks)
        .map(|sink| run.passed(Part::Sink(sink)))
        .sum()
}

fn station_outputs(run: &FlowRun, station: u32) -> [f64; 13] {
    let tally = run.tally(station);
    let split = tally.utilisation();
    let finished = run.passed(Part::Station(station));
    let bad = run.bad(station);
    let ideal = run.network().stations[station as usize].service.mean();
    let effectiveness = Effectiveness::new(&tally, ideal, finished, bad);
    let ratio = |part: u64| {
        if finished == 0 {
            0.0
        } else {
            part as f64 / finished as f64
        }
    };
    [
        run.activity(station, 0).number() as f64,
        split.share(Activity::Working),
        split.share(Activity::SettingUp),
        split.share(Activity::Starved),
        split.share(Activity::Blocked),
        split.share(Activity::Down),
        split.share(Activity::AwaitingOperator),
        split.share(Activity::Off),
        tally.mean_active_period(),
        run.failures(station) as f64,
        effectiveness.overall(),
        bad as f64,
        ratio(bad),
    ]
}
