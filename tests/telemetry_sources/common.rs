//! A twin with two channels, a source of it, and patience.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use counterpart::quantity::{SimDuration, SimTime};
use counterpart::telemetry::SourceQuality;
use counterpart::telemetry::decode::{Directory, Message, Reading};
use counterpart::telemetry::sink::{Publication, PublishedSample};
use counterpart::telemetry::source::{
    BackoffSettings, Batch, SourceContext, SourceHandle, SourceHealth, SourceState, spawn,
};
use counterpart::twin::{Connection, SourceSettings};

use crate::plate;

/// How often something is looked at, and how many times before a test fails.
const LOOK: Duration = Duration::from_millis(10);
const LOOKS: usize = 6000;

/// Looks until something holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..LOOKS {
        if holds() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("it did not come about: {what}");
}

/// Channels `Q` (0, in percent) and `T` (1, in degrees Celsius).
pub fn directory() -> Arc<Directory> {
    let loaded = plate::loaded(plate::GOOD);
    Arc::new(Directory::new(loaded.twin, loaded.variables))
}

/// The time that the receiver's clock of these tests always shows.
pub fn now() -> SimTime {
    SimTime::from_seconds(1000.0).expect("a time")
}

pub fn context(folder: &Path) -> SourceContext {
    let mut context = SourceContext::new(directory(), Arc::new(now), folder.to_owned());
    context.poll = SimDuration::from_nanoseconds(10_000_000);
    context.backoff = BackoffSettings {
        first: SimDuration::from_nanoseconds(20_000_000),
        longest: SimDuration::from_nanoseconds(200_000_000),
    };
    context.secrets = Arc::new(|name| (name == "TEST_SECRET").then(|| "open sesame".to_owned()));
    context
}

pub fn settings(connection: Connection) -> SourceSettings {
    SourceSettings {
        id: "test".to_owned(),
        connection,
        bindings: Vec::new(),
    }
}

pub fn start(connection: Connection, folder: &Path) -> SourceHandle {
    spawn(&settings(connection), context(folder)).expect("a source")
}

/// Takes batches, commits them, and keeps what they hold.
#[derive(Default)]
pub struct Taken {
    pub readings: Vec<Reading>,
    pub undecodable: usize,
    pub failed_commits: usize,
}

impl Taken {
    pub fn take(&mut self, batch: Batch) {
        for message in &batch.messages {
            match message {
                Message::Reading(reading) => self.readings.push(*reading),
                Message::Undecodable(_) => self.undecodable += 1,
            }
        }
        self.failed_commits += usize::from(batch.commit().is_err());
    }

    /// Takes what comes until something holds.
    pub fn until(&mut self, source: &SourceHandle, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..LOOKS {
            if holds(self) {
                return;
            }
            if let Ok(batch) = source.batches().recv_timeout(LOOK) {
                self.take(batch);
            }
        }
        panic!(
            "it did not come about: {what}; {} readings, health {:?}",
            self.readings.len(),
            source.health()
        );
    }

    /// The values \[SI] in order of arrival.
    pub fn values(&self) -> Vec<f64> {
        self.readings.iter().map(|reading| reading.value).collect()
    }

    /// The source's numbers, sorted, each once.
    pub fn numbers(&self) -> Vec<u64> {
        let mut numbers: Vec<_> = self
            .readings
            .iter()
            .filter_map(|reading| reading.source_sequence)
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// Waits until the source says that it is connected.
pub fn connected(source: &SourceHandle) {
    eventually("the source is connected", || {
        source.health().state == SourceState::Connected
    });
}

/// Waits until the source waits, and gives the reason.
pub fn waiting_because(source: &SourceHandle) -> String {
    let mut reason = String::new();
    eventually("the source waits", || match source.health() {
        SourceHealth {
            state: SourceState::Waiting { why, .. },
            ..
        } => {
            reason = why;
            true
        }
        _ => false,
    });
    reason
}

/// Sample `number` of channel `T`: its value follows from its number.
pub fn sample(number: u64) -> Publication {
    let time = SimTime::from_seconds(number as f64).expect("a time");
    Publication::Sample(PublishedSample {
        channel: "T".to_owned(),
        time,
        received: time,
        value: value(number),
        unit: "Cel".to_owned(),
        sequence: Some(number),
        quality: SourceQuality::OpcUa(0),
    })
}

fn value(number: u64) -> f64 {
    20.0 + (number as f64 * 0.37).sin()
}

/// Whether a reading is what [`sample`] of its number says.
pub fn is_as_sent(reading: &Reading) -> bool {
    let Some(number) = reading.source_sequence else {
        return false;
    };
    reading.channel == 1
        && reading.time == SimTime::from_seconds(number as f64)
        && (reading.value - (value(number) + 273.15)).abs() < 1e-9
        && reading.quality == SourceQuality::OpcUa(0)
}
