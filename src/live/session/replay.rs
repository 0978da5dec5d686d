//! A file heard again, sample by sample.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::live::channel_residuals::ChannelResiduals;
use crate::live::error::LiveError;
use crate::live::notice::{Notice, Place, Severity};
use crate::live::reception::{Amendment, Reception};
use crate::live::telemetry_state::TelemetryState;
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::quality::Incident;
use crate::telemetry::{IntakeSettings, Recording};
use crate::twin::{Twin, VariableTable};

/// Notices that wait to be fetched.
const MOST_NOTICES: usize = 50;

/// Incidents kept with their details.
const MOST_INCIDENTS: usize = 10_000;

/// A recording on its way through the same reception that live samples take.
///
/// It is heard up to the session's now and no further: what is known of it is
/// what somebody would have known who listened then. It is heard when somebody
/// asks, step by step, so that it does not matter how often they do.
#[derive(Debug)]
pub(super) struct Replay {
    recording: Arc<Recording>,
    reception: Reception,
    /// The reception before the first sample.
    fresh: Reception,
    timestep: SimDuration,
    begin: SimTime,
    /// Samples that have been heard.
    heard: usize,
    /// Until when it has been heard, and in which generation of the session.
    until: Option<SimTime>,
    generation: u64,
    /// Residuals of each channel of the session that have been told.
    told: Vec<usize>,
    finished: bool,
    /// What waits to be told, and until when all has been: what is heard again
    /// after a way back is not told again.
    notices: Vec<Notice>,
    told_until: Option<SimTime>,
    /// The last word on each incident, by its number.
    incidents: BTreeMap<u64, Incident>,
}

impl Replay {
    pub(super) fn new(
        twin: &Arc<Twin>,
        variables: &VariableTable,
        recording: Arc<Recording>,
        begin: SimTime,
    ) -> Result<Self, LiveError> {
        let settings = IntakeSettings {
            // The file was read before the replay began: no time in it is from
            // the future.
            ahead: None,
            align: !twin.balances.is_empty(),
            ..IntakeSettings::default()
        };
        let fresh = Reception::new(twin, variables, &settings)?;
        Ok(Self {
            recording,
            reception: fresh.clone(),
            fresh,
            timestep: twin.timestep,
            begin,
            heard: 0,
            until: None,
            generation: 0,
            told: Vec::new(),
            finished: false,
            notices: Vec::new(),
            told_until: None,
            incidents: BTreeMap::new(),
        })
    }

    /// Hears everything again from the beginning, with what has been released.
    fn begin_anew(&mut self) {
        let released = self.reception.released().clone();
        self.reception = self.fresh.clone();
        self.reception.begin_with_released(released);
        self.heard = 0;
        self.until = None;
        self.told.clear();
        self.finished = false;
        self.incidents.clear();
    }

    /// Hears everything up to `now`, step by step, and tells after each what the
    /// model says of it. After the last sample, `at_end` lets out what waits. In
    /// another generation of the session the past was another one, and all is
    /// heard again.
    pub(super) fn follow(
        &mut self,
        now: SimTime,
        at_end: bool,
        generation: u64,
        channels: &[ChannelResiduals],
    ) {
        if self.generation != generation {
            self.generation = generation;
            self.begin_anew();
        }
        self.told.resize(channels.len(), 0);
        let mut clock = match self.until {
            Some(until) => until + self.timestep,
            None => self.begin,
        };
        while clock <= now {
            self.hear(clock, channels);
            clock += self.timestep;
        }
        if at_end && !self.finished && self.heard == self.recording.len() {
            self.finished = true;
            self.reception.finish();
            self.settle(now);
            self.compare(now, channels);
            self.settle(now);
        }
    }

    fn hear(&mut self, clock: SimTime, channels: &[ChannelResiduals]) {
        while let Some(sample) = self.recording.get(self.heard)
            && sample.received <= clock
        {
            self.reception.push(sample);
            self.heard += 1;
        }
        self.reception.advance(clock);
        self.settle(clock);
        // Live, the twin goes no further than to where everything has come in.
        self.compare(clock.min(self.reception.known_until()), channels);
        self.settle(clock);
        self.until = Some(clock);
    }

    /// Tells what the model says of the observations up to a time.
    fn compare(&mut self, until: SimTime, channels: &[ChannelResiduals]) {
        for (channel, told) in channels.iter().zip(&mut self.told) {
            while let Some(compared) = channel.compared(*told)
                && compared.time <= until
            {
                self.reception.compare(&compared);
                *told += 1;
            }
        }
    }

    fn settle(&mut self, clock: SimTime) {
        for incident in self.reception.settle(clock).incidents {
            if self.incidents.len() < MOST_INCIDENTS
                || self.incidents.contains_key(&incident.number)
            {
                self.incidents.insert(incident.number, incident);
            }
        }
        // Observations of a file are known beforehand.
        self.reception.take_arrivals();
        let notices = self.reception.take_notices();
        if self.told_until <= Some(clock) {
            self.told_until = Some(clock);
            let room = MOST_NOTICES.saturating_sub(self.notices.len());
            self.notices.extend(notices.into_iter().take(room));
        }
    }

    /// The last word on each incident so far, in order of finding; the first ten
    /// thousand.
    pub(super) fn incidents(&self) -> Vec<Incident> {
        self.incidents.values().cloned().collect()
    }

    /// Lets samples out of quarantine: what replaces the observations around
    /// them, and what is to be said.
    pub(super) fn release(
        &mut self,
        sequences: &[u64],
        now: SimTime,
    ) -> (Vec<Amendment>, Vec<Notice>) {
        // There is no store that could fail.
        let outcome = self.reception.release(sequences, now, |_| Ok(()));
        if let Err(error) = outcome {
            self.reception
                .say(Severity::Error, Place::Telemetry, error, now);
        }
        let notices = self.reception.take_notices();
        (self.reception.take_amendments(), notices)
    }

    pub(super) fn state(&mut self, now: SimTime) -> TelemetryState {
        self.reception.state(now)
    }

    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }
}
