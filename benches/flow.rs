//! How fast flows run: an M/M/3 queue with a million customers, and a saturated
//! line of ten stations with five places between them, failures and repairs, until
//! a hundred thousand parts are through. Each beside a loop that can do nothing
//! but this model, on the same random streams and the heap of the standard
//! library: what the generality costs.
//!
//! ```text
//! cargo bench --no-default-features --bench flow
//! python benches/peers/flow_simpy.py      # the same in SimPy
//! ```
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measures"
)]

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use counterpart::model::flow::{
    Buffer, Discipline, Failure, FailureClock, FlowRun, Network, Outlet, Part, Seed, Source,
    Station, Times,
};
use counterpart::quantity::{Purpose, Stream, unit_interval};

#[path = "support/measure.rs"]
mod measure;

use measure::processor_time;

const CUSTOMERS: u64 = 1_000_000;
const PARTS: u64 = 100_000;
const STATIONS: usize = 10;
const PLACES: usize = 5;
/// The fastest of so many rounds is shown: others on the machine only slow it down.
const ROUNDS: usize = 10;
/// Runs of a round: the system counts processor time in ticks of some milliseconds.
const RUNS: usize = 5;

/// Time of a run in the fastest of several rounds, and what the last one found.
fn fastest<T>(mut run: impl FnMut() -> T) -> (f64, Option<T>) {
    let mut best = f64::INFINITY;
    let mut found = None;
    for _ in 0..ROUNDS {
        let start = processor_time();
        for _ in 0..RUNS {
            found = Some(run());
        }
        best = best.min((processor_time() - start) / RUNS as f64);
    }
    (best, found)
}

fn buffer(capacity: u32, station: u32) -> Buffer {
    Buffer {
        capacity,
        discipline: Discipline::FirstInFirstOut,
        outlet: Outlet::to(Part::Station(station)),
    }
}

fn queue() -> Network {
    Network {
        sources: vec![Source {
            limit: Some(CUSTOMERS),
            ..Source::new(Times::exponential(1.0 / 2.7), Outlet::to(Part::Buffer(0)))
        }],
        buffers: vec![buffer(u32::MAX, 0)],
        stations: vec![Station {
            servers: 3,
            ..Station::new(Times::exponential(1.0), Outlet::to(Part::Sink(0)))
        }],
        sinks: 1,
        ..Network::default()
    }
}

fn line() -> Network {
    let station = |index: usize| {
        let next = if index + 1 == STATIONS {
            Part::Sink(0)
        } else {
            Part::Buffer(index as u32)
        };
        Station {
            failure: Some(Failure {
                clock: FailureClock::Operating,
                time_to_failure: Times::exponential(100.0),
                repair: Times::exponential(10.0),
                crew: None,
            }),
            ..Station::new(Times::exponential(1.0), Outlet::to(next))
        }
    };
    Network {
        sources: vec![Source {
            limit: Some(PARTS),
            ..Source::new(Times::constant(0.0), Outlet::to(Part::Station(0)))
        }],
        buffers: (1..STATIONS as u32)
            .map(|index| buffer(PLACES as u32, index))
            .collect(),
        stations: (0..STATIONS).map(station).collect(),
        sinks: 1,
        ..Network::default()
    }
}

fn run(network: &Arc<Network>, statistics: bool) -> FlowRun {
    let mut run = FlowRun::new(Arc::clone(network), Seed::default());
    if !statistics {
        run.without_statistics();
    }
    if let Err(error) = run.run_to_end() {
        eprintln!("{error}");
    }
    run
}

fn exponential(mean: f64, stream: &mut Stream) -> i64 {
    (-unit_interval(stream).ln() * mean * 1e9 + 0.5) as i64
}

/// The queue as a loop of its own. Returns the mean wait, s.
fn bare_queue() -> f64 {
    let mut arrivals = Stream::new(0, 0, "source 0", Purpose::Arrival);
    let mut services = Stream::new(0, 0, "station 0", Purpose::Service);
    let mut heap = BinaryHeap::new();
    let mut waiting: VecDeque<i64> = VecDeque::new();
    let (mut sequence, mut busy, mut made, mut wait) = (0_u64, 0, 0, 0.0);
    heap.push(Reverse((exponential(1.0 / 2.7, &mut arrivals), 0, true)));
    while let Some(Reverse((now, _, arrives))) = heap.pop() {
        sequence += 1;
        if arrives {
            made += 1;
            if made < CUSTOMERS {
                let next = now + exponential(1.0 / 2.7, &mut arrivals);
                heap.push(Reverse((next, 2 * sequence, true)));
            }
            if busy < 3 {
                busy += 1;
            } else {
                waiting.push_back(now);
                continue;
            }
        } else if let Some(came) = waiting.pop_front() {
            wait += (now - came) as f64;
        } else {
            busy -= 1;
            continue;
        }
        let end = now + exponential(1.0, &mut services);
        heap.push(Reverse((end, 2 * sequence + 1, false)));
    }
    wait * 1e-9 / CUSTOMERS as f64
}

/// A station of the line as a loop of its own.
struct BareStation {
    service: Stream,
    failure: Stream,
    repair: Stream,
    to_failure: i64,
    left: i64,
    busy: bool,
    blocked: bool,
    down: bool,
}

struct BareLine {
    stations: Vec<BareStation>,
    /// Parts in front of each station.
    buffers: [usize; STATIONS],
    heap: BinaryHeap<Reverse<(i64, u64, usize)>>,
    sequence: u64,
    entered: u64,
}

impl BareLine {
    fn new() -> Self {
        let station = |index: usize| {
            let name = format!("station {index}");
            let mut failure = Stream::new(0, 0, &name, Purpose::Failure);
            BareStation {
                service: Stream::new(0, 0, &name, Purpose::Service),
                to_failure: exponential(100.0, &mut failure),
                failure,
                repair: Stream::new(0, 0, &name, Purpose::Repair),
                left: 0,
                busy: false,
                blocked: false,
                down: false,
            }
        };
        Self {
            stations: (0..STATIONS).map(station).collect(),
            buffers: [0; STATIONS],
            heap: BinaryHeap::new(),
            sequence: 0,
            entered: 0,
        }
    }

    fn start(&mut self, now: i64, index: usize) {
        let station = &mut self.stations[index];
        let ahead = station.left.min(station.to_failure);
        station.down = station.to_failure < station.left;
        self.sequence += 1;
        self.heap.push(Reverse((now + ahead, self.sequence, index)));
    }

    /// Lets a station without work take a part, and those before it move up.
    fn pull(&mut self, now: i64, mut index: usize) {
        loop {
            if self.stations[index].busy {
                return;
            }
            if index == 0 {
                if self.entered == PARTS {
                    return;
                }
                self.entered += 1;
            } else if self.buffers[index] == 0 {
                return;
            } else {
                self.buffers[index] -= 1;
            }
            let station = &mut self.stations[index];
            station.busy = true;
            station.left = exponential(1.0, &mut station.service);
            self.start(now, index);
            if index == 0 || !self.stations[index - 1].blocked {
                return;
            }
            // The one before hands over what it holds.
            self.buffers[index] += 1;
            self.stations[index - 1].blocked = false;
            self.stations[index - 1].busy = false;
            index -= 1;
        }
    }

    fn run(mut self) -> f64 {
        let mut last = 0;
        self.pull(0, 0);
        while let Some(Reverse((now, _, index))) = self.heap.pop() {
            last = now;
            let station = &mut self.stations[index];
            if station.down {
                // The failure, or else the end of the repair.
                if station.to_failure > 0 {
                    station.left -= station.to_failure;
                    station.to_failure = 0;
                    let repair = exponential(10.0, &mut station.repair);
                    self.sequence += 1;
                    self.heap
                        .push(Reverse((now + repair, self.sequence, index)));
                } else {
                    station.to_failure = exponential(100.0, &mut station.failure).max(1);
                    self.start(now, index);
                }
                continue;
            }
            station.to_failure -= station.left;
            if index + 1 < STATIONS {
                if self.buffers[index + 1] == PLACES {
                    station.blocked = true;
                    continue;
                }
                station.busy = false;
                self.buffers[index + 1] += 1;
                self.pull(now, index + 1);
            } else {
                station.busy = false;
            }
            self.pull(now, index);
        }
        PARTS as f64 / (last as f64 * 1e-9)
    }
}

fn main() {
    let network = Arc::new(queue());
    let (bare, wait) = fastest(bare_queue);
    println!("M/M/3, {CUSTOMERS} customers, {} events", 2 * CUSTOMERS);
    report("a loop of its own", bare, bare, 2 * CUSTOMERS);
    for statistics in [false, true] {
        let (time, found) = fastest(|| run(&network, statistics));
        let events = found.as_ref().map_or(0, FlowRun::events);
        report(label(statistics), time, bare, events);
        if let (true, Some(run), Some(wait)) = (statistics, found, wait) {
            let found = run.stay(Part::Buffer(0)).mean();
            println!("  mean wait {found:.6} s, {wait:.6} s in the loop");
        }
    }
    let network = Arc::new(line());
    let (bare, throughput) = fastest(|| BareLine::new().run());
    println!("line of {STATIONS}, {PARTS} parts");
    let events = run(&network, false).events();
    report("a loop of its own", bare, bare, events);
    for statistics in [false, true] {
        let (time, found) = fastest(|| run(&network, statistics));
        report(label(statistics), time, bare, events);
        if let (true, Some(run), Some(throughput)) = (statistics, found, throughput) {
            let found = PARTS as f64 / run.time().as_seconds();
            println!("  throughput {found:.6}/s, {throughput:.6}/s in the loop");
        }
    }
}

const fn label(statistics: bool) -> &'static str {
    if statistics {
        "with statistics"
    } else {
        "without statistics"
    }
}

fn report(what: &str, time: f64, bare: f64, events: u64) {
    println!(
        "  {what}: {time:.4} s, {:.1} million events a second, {:.2} times the loop",
        events as f64 / time * 1e-6,
        time / bare
    );
}
