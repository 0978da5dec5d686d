//! A plant heard in the way of a live twin, without its threads and clocks.

use crate::live::error::LiveError;
use crate::live::forecast::ForecastInputs;
use crate::live::plant::{Emission, Faults, Transmission, TransmissionOptions, Truth};
use crate::live::reception::Reception;
use crate::live::session::{Session, SessionOptions};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::quality::Incident;
use crate::telemetry::{IntakeSettings, Sample};
use crate::twin::LoadedTwin;

/// An incident, and when it was told.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::live) struct Said {
    /// The receiver's clock.
    pub at: SimTime,
    /// What was told.
    pub incident: Incident,
}

/// Plays a plant with `faults` for `length` and gives what was done to it and
/// what was said, in order of the receiver's clock, which steps with the twin's
/// timestep.
pub(super) fn listen_to(
    loaded: &LoadedTwin,
    faults: &Faults,
    seed: u64,
    length: SimDuration,
) -> Result<(Truth, Vec<Said>), LiveError> {
    let options = TransmissionOptions {
        seed,
        begin: SimTime::ZERO,
        duration: Some(length),
        faults: faults.clone(),
    };
    let mut plant = Transmission::new(loaded, &options)?.peekable();
    let begin = SimTime::ZERO;
    let truth = Truth::new(&loaded.twin, faults, seed, begin, Some(length));
    let options = SessionOptions {
        forecast_inputs: ForecastInputs::Held,
        without_history: true,
        ..SessionOptions::default()
    };
    let mut listener = Listener::new(loaded, begin, options)?;
    let mut clock = begin;
    while clock <= begin + length {
        while let Some(emission) = plant.next_if(|next| match next {
            Ok(emission) => emission.received <= clock,
            Err(_) => true,
        }) {
            listener.hear(&emission?);
        }
        listener.advance(clock)?;
        clock += loaded.twin.timestep;
    }
    Ok((truth, listener.said))
}

/// Reception and session, stepped by hand.
pub(in crate::live) struct Listener {
    pub(in crate::live) reception: Reception,
    pub(in crate::live) session: Session,
    /// Samples heard.
    heard: u64,
    /// Residuals of each channel that the reception was told of.
    told: Vec<usize>,
    pub(in crate::live) said: Vec<Said>,
}

impl Listener {
    pub(in crate::live) fn new(
        loaded: &LoadedTwin,
        begin: SimTime,
        options: SessionOptions,
    ) -> Result<Self, LiveError> {
        let settings = IntakeSettings::default();
        Ok(Self {
            reception: Reception::new(&loaded.twin, &loaded.variables, &settings)?,
            session: Session::open_live(loaded, begin, options)?,
            heard: 0,
            told: vec![0; loaded.twin.channels.len()],
            said: Vec::new(),
        })
    }

    fn hear(&mut self, emission: &Emission) {
        self.heard += 1;
        self.reception.push(Sample {
            channel: u32::try_from(emission.channel).unwrap_or(u32::MAX),
            time: emission.time,
            received: emission.received,
            sequence: self.heard,
            source_sequence: Some(emission.source_sequence),
            value: emission.unit.to_si(emission.value),
            quality: emission.quality,
        });
    }

    /// What a feed and a worker do in a turn, at `clock`.
    pub(in crate::live) fn advance(&mut self, clock: SimTime) -> Result<(), LiveError> {
        self.reception.advance(clock);
        self.deliver(clock, self.reception.known_until())
    }

    /// Nothing more comes: lets everything out and goes to `end`.
    #[cfg(test)]
    pub(in crate::live) fn finish(&mut self, end: SimTime) -> Result<(), LiveError> {
        self.reception.finish();
        self.deliver(end, end)
    }

    fn deliver(&mut self, clock: SimTime, known_until: SimTime) -> Result<(), LiveError> {
        self.settle(clock);
        let arrivals = self.reception.take_arrivals();
        if self.session.receive(&arrivals, known_until)?.is_some() {
            // It went back; what is compared anew counts only where it is new.
            for (channel, told) in self.session.channels().iter().zip(&mut self.told) {
                *told = (*told).min(channel.residuals.len());
            }
        }
        self.session.advance_to(clock)?;
        for (channel, told) in self.session.channels().iter().zip(&mut self.told) {
            while let Some(compared) = channel.compared(*told) {
                self.reception.compare(&compared);
                *told += 1;
            }
        }
        self.settle(clock);
        Ok(())
    }

    fn settle(&mut self, clock: SimTime) {
        let decided = self.reception.settle(clock);
        // Nobody reads them here.
        self.reception.take_notices();
        self.said
            .extend(decided.incidents.into_iter().map(|incident| Said {
                at: clock,
                incident,
            }));
    }
}
