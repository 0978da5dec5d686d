//! The two models of `benches/flow.rs` in nexosim, for comparison.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/flow_nexosim/Cargo.toml
//! ```
//!
//! An M/M/3 queue with a million customers, and a saturated line of ten stations
//! with five places between them, failures while working and repairs, until a
//! hundred thousand parts are through. Processor time of one thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

const CUSTOMERS: u64 = 1_000_000;
const PARTS: u64 = 100_000;
const STATIONS: usize = 10;
const PLACES: usize = 5;
/// The fastest of so many runs is shown: others on the machine only slow it down.
const RUNS: usize = 5;

/// What a model found, as the bits of a number; read once its run is over.
static FOUND: AtomicU64 = AtomicU64::new(0);

/// An exponential time with a mean in seconds; at least a nanosecond, for events
/// cannot be scheduled at the present time.
fn exponential(mean: f64, chance: &mut ChaCha8Rng) -> Duration {
    let cell = 1.0 / (1_u64 << 52) as f64;
    let uniform = ((chance.next_u64() >> 12) as f64 + 0.5) * cell;
    Duration::from_nanos(((-uniform.ln() * mean * 1e9) as u64).max(1))
}

/// Where customers come from.
#[derive(Serialize, Deserialize)]
struct Source {
    customers: Output<()>,
    made: u64,
    chance: ChaCha8Rng,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.wait(cx);
    }

    fn wait(&mut self, cx: &Context<Self>) {
        let interval = exponential(1.0 / 2.7, &mut self.chance);
        let _ = cx.schedule_event(interval, schedulable!(Self::arrive), ());
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, _: (), cx: &Context<Self>) {
        self.made += 1;
        if self.made < CUSTOMERS {
            self.wait(cx);
        }
        self.customers.send(()).await;
    }
}

/// Three servers and the line before them.
#[derive(Serialize, Deserialize)]
struct Servers {
    waiting: VecDeque<MonotonicTime>,
    busy: u32,
    /// Sum of the waits, s.
    waited: f64,
    chance: ChaCha8Rng,
}

#[Model]
impl Servers {
    async fn take(&mut self, _: (), cx: &Context<Self>) {
        if self.busy < 3 {
            self.busy += 1;
            self.serve(cx);
        } else {
            self.waiting.push_back(cx.time());
        }
    }

    fn serve(&mut self, cx: &Context<Self>) {
        let service = exponential(1.0, &mut self.chance);
        let _ = cx.schedule_event(service, schedulable!(Self::finish), ());
    }

    #[nexosim(schedulable)]
    async fn finish(&mut self, _: (), cx: &Context<Self>) {
        if let Some(came) = self.waiting.pop_front() {
            self.waited += cx.time().duration_since(came).as_secs_f64();
            self.serve(cx);
        } else {
            self.busy -= 1;
        }
        FOUND.store((self.waited / CUSTOMERS as f64).to_bits(), Ordering::Relaxed);
    }
}

fn queue() -> Result<(), SimulationError> {
    let mut source = Source {
        customers: Output::default(),
        made: 0,
        chance: ChaCha8Rng::seed_from_u64(1),
    };
    let servers = Servers {
        waiting: VecDeque::new(),
        busy: 0,
        waited: 0.0,
        chance: ChaCha8Rng::seed_from_u64(2),
    };
    let (source_box, servers_box) = (Mailbox::new(), Mailbox::new());
    source.customers.connect(Servers::take, &servers_box);
    let mut simulation = SimInit::with_num_threads(1)
        .add_model(source, source_box, "source")
        .add_model(servers, servers_box, "servers")
        .init(MonotonicTime::EPOCH)?;
    simulation.run()?;
    Ok(())
}

/// A station and the places before it.
#[derive(Serialize, Deserialize)]
struct Station {
    /// A part for the station behind.
    part: Output<()>,
    /// A place before this station that got free.
    place: Output<()>,
    first: bool,
    last: bool,
    /// Parts before it; of the first, those that are still to be made.
    waiting: u64,
    /// Free places behind it.
    places: usize,
    busy: bool,
    blocked: bool,
    finished: u64,
    left: Duration,
    to_failure: Duration,
    chance: ChaCha8Rng,
}

#[Model]
impl Station {
    fn new(number: usize) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(number as u64);
        Self {
            part: Output::default(),
            place: Output::default(),
            first: number == 0,
            last: number + 1 == STATIONS,
            waiting: if number == 0 { PARTS } else { 0 },
            places: PLACES,
            busy: false,
            blocked: false,
            finished: 0,
            left: Duration::ZERO,
            to_failure: exponential(100.0, &mut chance),
            chance,
        }
    }

    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>) {
        self.begin(cx).await;
    }

    async fn begin(&mut self, cx: &Context<Self>) {
        if self.busy || self.blocked || self.waiting == 0 {
            return;
        }
        self.waiting -= 1;
        self.busy = true;
        self.left = exponential(1.0, &mut self.chance);
        self.work(cx);
        if !self.first {
            self.place.send(()).await;
        }
    }

    fn work(&mut self, cx: &Context<Self>) {
        // Failures count the time of work: the next is known when it begins.
        let _ = if self.to_failure < self.left {
            cx.schedule_event(self.to_failure, schedulable!(Self::fail), ())
        } else {
            cx.schedule_event(self.left, schedulable!(Self::finish), ())
        };
    }

    #[nexosim(schedulable)]
    async fn fail(&mut self, _: (), cx: &Context<Self>) {
        self.left -= self.to_failure;
        let repair = exponential(10.0, &mut self.chance);
        let _ = cx.schedule_event(repair, schedulable!(Self::go_on), ());
    }

    #[nexosim(schedulable)]
    async fn go_on(&mut self, _: (), cx: &Context<Self>) {
        self.to_failure = exponential(100.0, &mut self.chance);
        self.left = self.left.max(Duration::from_nanos(1));
        self.work(cx);
    }

    #[nexosim(schedulable)]
    async fn finish(&mut self, _: (), cx: &Context<Self>) {
        self.to_failure = (self.to_failure - self.left).max(Duration::from_nanos(1));
        self.busy = false;
        if self.last {
            self.finished += 1;
            let elapsed = cx.time().duration_since(MonotonicTime::EPOCH).as_secs_f64();
            FOUND.store((self.finished as f64 / elapsed).to_bits(), Ordering::Relaxed);
        } else if self.places > 0 {
            self.places -= 1;
            self.part.send(()).await;
        } else {
            self.blocked = true;
        }
        self.begin(cx).await;
    }

    /// A part comes.
    async fn take(&mut self, _: (), cx: &Context<Self>) {
        self.waiting += 1;
        self.begin(cx).await;
    }

    /// A place behind it is free again.
    async fn has_place(&mut self, _: (), cx: &Context<Self>) {
        if self.blocked {
            self.blocked = false;
            self.part.send(()).await;
            self.begin(cx).await;
        } else {
            self.places += 1;
        }
    }
}

fn line() -> Result<(), SimulationError> {
    let mut stations: Vec<Station> = (0..STATIONS).map(Station::new).collect();
    let boxes: Vec<Mailbox<Station>> = (0..STATIONS).map(|_| Mailbox::new()).collect();
    for number in 0..STATIONS {
        if number + 1 < STATIONS {
            let behind = &boxes[number + 1];
            stations[number].part.connect(Station::take, behind);
        }
        if number > 0 {
            let before = &boxes[number - 1];
            stations[number].place.connect(Station::has_place, before);
        }
    }
    let mut bench = SimInit::with_num_threads(1);
    for (number, (station, mailbox)) in stations.into_iter().zip(boxes).enumerate() {
        bench = bench.add_model(station, mailbox, &format!("station {number}"));
    }
    bench.init(MonotonicTime::EPOCH)?.run()?;
    Ok(())
}

/// Processor time of this process, s.
fn processor_time() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let first = text.split(' ').next().and_then(|time| time.parse::<f64>().ok());
    first.unwrap_or(f64::NAN) * 1e-9
}

type Case = (&'static str, &'static str, fn() -> Result<(), SimulationError>);

fn main() -> Result<(), SimulationError> {
    let cases: [Case; 2] = [
        ("M/M/3", "mean wait", queue),
        ("line of ten", "throughput", line),
    ];
    for (name, what, model) in cases {
        let mut best = f64::INFINITY;
        for _ in 0..RUNS {
            let start = processor_time();
            model()?;
            best = best.min(processor_time() - start);
        }
        let found = f64::from_bits(FOUND.load(Ordering::Relaxed));
        println!("{name}: {best:.3} s, {what} {found:.4}");
    }
    Ok(())
}
