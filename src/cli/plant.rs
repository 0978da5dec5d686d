//! `counterpart plant`: a real system to listen to, with its faults.

use std::fmt::Write;
use std::io::stdout;
use std::path::PathBuf;

use clap::Args;

use super::run::duration;
use super::{Failure, print};
use crate::live::plant::{OutletError, Pace, PlantOutlet, PlantRequest, run_plant};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::sink::{CsvSink, MqttSink, MqttSinkSettings};
use crate::twin::Twin;

/// Length of a file where nobody says how long it is to be.
const USUAL_DURATION: SimDuration = SimDuration::from_whole_seconds(4 * 3600);

/// Play a real system: the twin with parameters hidden from it, disturbances, sensor noise and
/// faults. The same seed and faults play the same plant.
#[derive(Debug, Args)]
pub(super) struct Plant {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// CSV file to write as the plant plays; the standard output where neither this nor a broker
    /// is given. What was hidden and what went wrong go beside it, to files that end in
    /// `.hidden.ron` and `.faults.ron`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Event log to write when the plant has ended: what happened to items and machines, as `.csv`,
    /// `.parquet` or `.xes`.
    #[arg(long, value_name = "FILE")]
    event_log: Option<PathBuf>,
    /// Broker to publish to, `mqtt://host:1883`: JSON on `counterpart/TWIN/CHANNEL`.
    #[arg(long, value_name = "URL", conflicts_with = "out")]
    mqtt: Option<String>,
    /// Seconds of the plant in one of the wall clock, or `max`.
    #[arg(long, default_value = "max", value_parser = pace)]
    speed: Pace,
    /// How long it plays, such as `2 h`; 4 h where it is not given and the speed is `max`, else
    /// until it is stopped.
    #[arg(long, value_parser = duration)]
    duration: Option<SimDuration>,
    /// When it starts, since the twin's epoch.
    #[arg(long, default_value = "0 s", value_parser = begin)]
    begin: SimTime,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What goes wrong, a RON file of faults.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

impl Plant {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let request = PlantRequest {
            twin: self.twin.clone(),
            faults: self.faults.clone(),
            seed: self.seed,
            begin: self.begin,
            duration: self
                .duration
                .or((self.speed == Pace::Free).then_some(USUAL_DURATION)),
            pace: self.speed,
            out: self.out.clone(),
            event_log: self.event_log.clone(),
        };
        let outcome = run_plant(&request, |twin| match &self.mqtt {
            Some(url) => broker(url, twin, self.seed),
            None => {
                let sink = CsvSink::new(stdout(), "the standard output", twin.epoch);
                Ok(PlantOutlet::new(sink))
            }
        })?;
        // The standard output is the telemetry's then.
        if self.out.is_none() && self.mqtt.is_none() {
            return Ok(());
        }
        let mut text = format!(
            "{} readings, {} labelled faults\n",
            outcome.emissions,
            outcome.truth.labels.len()
        );
        for file in &outcome.files {
            // Writing into a string does not fail.
            let _ = writeln!(text, "wrote {}", file.display());
        }
        print(&text)
    }
}

fn broker(url: &str, twin: &Twin, seed: u64) -> Result<PlantOutlet, OutletError> {
    let prefix = format!("counterpart/{}", twin.id);
    // Two plants of one twin are told apart by their seeds.
    let client = format!("counterpart-plant-{}-{seed}", twin.id);
    let settings = MqttSinkSettings::new(url, &prefix, &client);
    Ok(PlantOutlet::new(MqttSink::connect(settings, twin.epoch)?))
}

fn pace(text: &str) -> Result<Pace, String> {
    if text == "max" {
        return Ok(Pace::Free);
    }
    match text.parse::<f64>() {
        Ok(0.0) => Ok(Pace::Free),
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(Pace::Times(speed)),
        _ => Err("expected a number above zero, such as `60`, or `max`".to_owned()),
    }
}

fn begin(text: &str) -> Result<SimTime, String> {
    SimTime::parse(text).map_err(|error| error.to_string())
}
