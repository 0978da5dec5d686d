//! What a twin hears, from whatever it comes.
//!
//! A [`Reception`] takes samples in, in order of reception, and what the model
//! says of their observations. Out come observations for the session, what is
//! known of the telemetry, and what a person should know. It has no source, no
//! store, no thread and no clock of its own: a feed brings it what live sources
//! send, a replay what a file holds, a validation what a plant plays. All three
//! are judged by it, so that they are judged alike.

mod aside;
mod inputs;
mod log;
mod state;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::aside::Aside;
use self::inputs::KnownInputs;
use self::state::StateKeeper;
pub(super) use self::words::counted;
use super::channel_residuals::Arrivals;
use super::error::LiveError;
use super::live_command::Compared;
use super::notice::{Notice, Place, Severity};
use super::telemetry_state::{KeptAside, TelemetryState};
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::telemetry::quality::Incident;
use crate::telemetry::{Disposition, Intake, IntakeSettings, Judged, Sample, Verdict};
use crate::twin::{Twin, VariableTable};

/// Notices that wait to be fetched.
const MOST_NOTICES: usize = 50;

/// Samples on their way from reception to observation, for one twin.
#[derive(Clone, Debug)]
pub(super) struct Reception {
    twin: Arc<Twin>,
    /// Units of the channels' observations.
    units: Arc<[Unit]>,
    intake: Intake,
    arrivals: BTreeMap<usize, Arrivals>,
    amendments: Vec<Amendment>,
    aside: Aside,
    inputs: KnownInputs,
    notices: Vec<Notice>,
    state: StateKeeper,
}

/// The observations of one channel over a while, in place of those that were
/// there.
#[derive(Clone, Debug, PartialEq)]
pub struct Amendment {
    /// Position of the channel in the document.
    pub channel: usize,
    /// First time that is replaced.
    pub from: SimTime,
    /// Last time that is replaced.
    pub until: SimTime,
    /// Times on the grid of timesteps, rising.
    pub times: Vec<SimTime>,
    /// Values \[SI], one per time.
    pub values: Vec<f64>,
    /// Times of the samples that were kept aside and take part now.
    pub released: Vec<SimTime>,
}

/// What has been decided since the last time.
#[derive(Debug, Default)]
pub(super) struct Decided {
    /// Samples with their verdicts.
    pub judged: Vec<Judged>,
    /// What is new of incidents: begun, worse, or over.
    pub incidents: Vec<Incident>,
}

impl Reception {
    pub(super) fn new(
        twin: &Arc<Twin>,
        variables: &VariableTable,
        settings: &IntakeSettings,
    ) -> Result<Self, LiveError> {
        let intake = Intake::new(twin, variables, settings)
            .map_err(|problem| LiveError::Request(problem.to_string()))?;
        let contracts = (0..twin.channels.len())
            .filter_map(|channel| intake.contract(u32::try_from(channel).ok()?));
        let units = twin
            .channels
            .iter()
            .map(|channel| match variables.find(&channel.variable) {
                Some(variable) => channel.observation_unit(&variables.get(variable).unit),
                None => &channel.unit,
            })
            .cloned()
            .collect();
        Ok(Self {
            twin: Arc::clone(twin),
            units,
            inputs: KnownInputs::new(twin),
            aside: Aside::new(contracts, twin.timestep),
            intake,
            arrivals: BTreeMap::new(),
            amendments: Vec::new(),
            notices: Vec::new(),
            state: StateKeeper::default(),
        })
    }

    /// Takes a sample in, in order of reception.
    pub(super) fn push(&mut self, sample: Sample) {
        self.intake.push(sample);
    }

    /// Tells the receiver's clock.
    pub(super) fn advance(&mut self, clock: SimTime) {
        self.intake.advance(clock);
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self) {
        self.intake.finish();
    }

    /// Takes in what the model says of an observation. Where the model did not
    /// know its inputs, it says nothing of the sensor, and is not asked.
    pub(super) fn compare(&mut self, compared: &Compared) {
        if !self.inputs.were_known_at(compared.time) {
            return;
        }
        if let Ok(channel) = u32::try_from(compared.channel) {
            let Compared {
                time,
                observed,
                simulated,
                ..
            } = *compared;
            self.intake.compare(channel, time, observed, simulated);
        }
    }

    /// Fetches what has been decided at `clock`, and prepares it for delivery.
    pub(super) fn settle(&mut self, clock: SimTime) -> Decided {
        let mut judged = self.intake.judged();
        for one in &mut judged {
            self.aside.take(one);
            if one.verdict.disposition != Disposition::Accepted {
                self.arrivals_of(one.sample.channel)
                    .rejected
                    .push(one.sample.time);
            }
        }
        for one in self.intake.aligned() {
            let arrivals = self.arrivals_of(one.channel);
            arrivals.times.push(one.time);
            arrivals.values.push(one.value);
        }
        let incidents = self.intake.incidents();
        for incident in &incidents {
            self.inputs.note(incident);
            let (severity, message) = self.words_of(incident);
            let place = Place::Channel(incident.channel as usize);
            self.say(severity, place, message, clock);
        }
        Decided { judged, incidents }
    }

    /// What a person is told of an incident, and how much it matters.
    pub(super) fn words_of(&self, incident: &Incident) -> (Severity, String) {
        words::of_incident(
            incident,
            &self.twin,
            self.units.get(incident.channel as usize),
        )
    }

    /// The twin that hears.
    pub(super) fn twin(&self) -> &Twin {
        &self.twin
    }

    fn arrivals_of(&mut self, channel: u32) -> &mut Arrivals {
        let channel = channel as usize;
        self.arrivals.entry(channel).or_insert_with(|| Arrivals {
            channel,
            ..Arrivals::default()
        })
    }

    /// Lets samples out of quarantine, by their place in the order of reception:
    /// they become observations, and verdicts to be stored, where `stored` can.
    /// What is not in quarantine stays as it is.
    ///
    /// # Errors
    /// What `stored` says when it fails; then nothing is released.
    pub(super) fn release(
        &mut self,
        sequences: &[u64],
        clock: SimTime,
        stored: impl FnOnce(&[(u64, Verdict)]) -> Result<(), String>,
    ) -> Result<(), String> {
        let released = self.aside.releasable(sequences);
        let verdicts: Vec<_> = released
            .iter()
            .map(|one| (one.sequence, aside::released(one.rules)))
            .collect();
        stored(&verdicts)?;
        let watermark = |channel| self.intake.channel_watermark(channel);
        let amendments = self.aside.release(&released, watermark);
        for (place, message) in words::of_release(&released, &amendments, &self.twin) {
            self.say(Severity::Information, place, message, clock);
        }
        let unknown = sequences.len() - released.len();
        if unknown > 0 {
            let message = format!(
                "{} not in quarantine any more, and nothing was released for {}",
                match unknown {
                    1 => "a sample is".to_owned(),
                    many => format!("{many} samples are"),
                },
                if unknown == 1 { "it" } else { "them" }
            );
            self.say(Severity::Warning, Place::Telemetry, message, clock);
        }
        self.amendments.extend(amendments);
        Ok(())
    }

    /// Adds a notice; those beyond what may wait are dropped.
    pub(super) fn say(
        &mut self,
        severity: Severity,
        place: Place,
        message: String,
        clock: SimTime,
    ) {
        if self.notices.len() < MOST_NOTICES {
            self.notices.push(Notice {
                severity,
                place,
                message,
                at: clock,
            });
        }
    }

    /// Fetches the observations since the last time, by channel.
    pub(super) fn take_arrivals(&mut self) -> Vec<Arrivals> {
        std::mem::take(&mut self.arrivals).into_values().collect()
    }

    /// Fetches what is to be replaced among the observations.
    pub(super) fn take_amendments(&mut self) -> Vec<Amendment> {
        std::mem::take(&mut self.amendments)
    }

    /// Fetches what a person should know.
    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// The last step for which everything has come in.
    pub(super) fn known_until(&self) -> SimTime {
        // The watermark itself is not complete yet.
        self.intake
            .watermark()
            .and_then(|mark| mark.checked_sub(SimDuration::from_nanoseconds(1)))
            .and_then(|mark| mark.floor_to(self.twin.timestep))
            .unwrap_or(SimTime::MIN)
    }

    /// What is known of the telemetry at `clock`; sources and store are for who
    /// has them to add. Only what has changed since the last time is put
    /// together anew.
    pub(super) fn state(&mut self, clock: SimTime) -> TelemetryState {
        let channels = self.state.channels(&self.units, &self.intake);
        TelemetryState {
            channels,
            kept_aside: self.aside.listed(),
            sources: Vec::new(),
            publishers: Vec::new(),
            store: None,
            clock,
        }
    }

    /// As [`state`](Self::state), all of it put together anew.
    #[cfg(test)]
    pub(super) fn state_from_scratch(&self, clock: SimTime) -> TelemetryState {
        TelemetryState {
            channels: StateKeeper::default().channels(&self.units, &self.intake),
            kept_aside: self.aside.listed_anew().into(),
            sources: Vec::new(),
            publishers: Vec::new(),
            store: None,
            clock,
        }
    }

    /// The samples that have been released so far.
    pub(super) fn released(&self) -> &std::collections::BTreeSet<u64> {
        self.aside.released_so_far()
    }

    /// Takes samples for released from the beginning on.
    pub(super) fn begin_with_released(&mut self, released: std::collections::BTreeSet<u64>) {
        self.aside.begin_with_released(released);
    }
}

impl From<&Judged> for KeptAside {
    fn from(judged: &Judged) -> Self {
        let Judged { sample, verdict } = judged;
        Self {
            sequence: sample.sequence,
            channel: sample.channel as usize,
            time: sample.time,
            value: sample.value,
            rules: verdict.rules,
            in_quarantine: verdict.disposition == Disposition::Quarantined,
        }
    }
}
