//! One turn after the other: receive, commit, judge, deliver.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender};

use super::{FeedOptions, source_report};
use crate::live::error::LiveError;
use crate::live::live_command::{Delivery, FeedCommand, LiveCommand};
use crate::live::notice::{Place, Severity};
use crate::live::publish::{Publisher, alarm_of};
use crate::live::reception::{Reception, counted};
use crate::live::telemetry_state::{StoreState, TelemetryState};
use crate::telemetry::decode::{Directory, Message};
use crate::telemetry::quality::Incident;
use crate::telemetry::source::{
    Acknowledgement, Batch, ReceiveClock, SourceContext, SourceHandle, spawn,
};
use crate::telemetry::store::{SealPolicy, Store, StoreDescription, StoreError};
use crate::telemetry::{IntakeSettings, Judged, ReadPosition, Sample};
use crate::twin::LoadedTwin;

/// Wall time between two deliveries.
const DELIVERY_PERIOD: Duration = Duration::from_millis(100);
/// How long to rest when nothing came.
const REST: Duration = Duration::from_millis(15);
/// Batches taken from one source before the others have their turn.
const BATCHES_PER_TURN: usize = 16;
pub(super) struct Work {
    reception: Reception,
    store: Option<(Store, String)>,
    sources: Vec<SourceHandle>,
    kinds: Vec<String>,
    publishers: Vec<Publisher>,
    inlet: Sender<LiveCommand>,
    commands: Receiver<FeedCommand>,
    clock: ReceiveClock,
    /// The sequence of the next sample, without a store.
    next: u64,
    /// By source what the disk had no room for, of sources that cannot send it
    /// again: it is tried again before more is taken from them.
    held: Vec<Option<Group>>,
    delivered: Instant,
}

/// Batches of one source that are committed together: a commit costs the disk
/// the same, however much is in it.
#[derive(Default)]
struct Group {
    samples: Vec<Sample>,
    positions: Vec<ReadPosition>,
    acknowledgements: Vec<Acknowledgement>,
}

impl Group {
    fn add(&mut self, batch: Batch) {
        self.samples
            .extend(batch.messages.iter().filter_map(|message| match message {
                Message::Reading(reading) => Some(reading.sample(0)),
                // Counted, with examples, in the source's health.
                Message::Undecodable(_) => None,
            }));
        if let Some(position) = batch.position {
            self.positions.retain(|one| one.file != position.file);
            self.positions.push(position);
        }
        self.acknowledgements.extend(batch.acknowledge);
    }
}

impl Work {
    pub(super) fn new(
        loaded: &LoadedTwin,
        options: FeedOptions,
        inlet: Sender<LiveCommand>,
        commands: Receiver<FeedCommand>,
    ) -> Result<Self, LiveError> {
        if options.sources.is_empty() {
            return Err(LiveError::Request(
                "the twin names no live source; add one under `sources` in its document, or let a \
                 plant be played with `--plant`"
                    .to_owned(),
            ));
        }
        let twin = Arc::clone(&loaded.twin);
        let settings = IntakeSettings {
            ahead: options.ahead,
            ..IntakeSettings::default()
        };
        let mut reception = Reception::new(&twin, &loaded.variables, &settings)?;
        let store = match &options.store {
            Some(folder) => {
                let store = Store::open(folder, &StoreDescription::from(twin.as_ref()))?;
                Some((store, folder.display().to_string()))
            }
            None => None,
        };
        let directory = Arc::new(Directory::new(
            Arc::clone(&twin),
            Arc::clone(&loaded.variables),
        ));
        let mut positions = Vec::new();
        if let Some((store, _)) = &store {
            positions = store.positions()?;
            // Received before the last run ended, and judged now.
            for sample in store.unjudged() {
                reception.push(sample);
            }
        }
        let mut sources = Vec::new();
        let mut kinds = Vec::new();
        for settings in &options.sources {
            let mut context = SourceContext::new(
                Arc::clone(&directory),
                Arc::clone(&options.clock),
                loaded.folder().to_owned(),
            );
            context.positions = positions.clone();
            let source = spawn(settings, context).map_err(|error| {
                LiveError::Request(format!("source `{}`: {error}", settings.id))
            })?;
            sources.push(source);
            kinds.push(source_report::kind(&settings.connection));
        }
        let held = sources.iter().map(|_| None).collect();
        Ok(Self {
            reception,
            store,
            sources,
            kinds,
            publishers: options.publishers,
            inlet,
            commands,
            clock: options.clock,
            next: 1,
            held,
            delivered: wall_clock(),
        })
    }

    /// One turn; `false` when the session has ended.
    pub(super) fn turn(&mut self) -> bool {
        while let Ok(command) = self.commands.try_recv() {
            self.obey(command);
        }
        let mut any = false;
        for source in 0..self.sources.len() {
            any |= self.take(source);
        }
        let clock = (self.clock)();
        self.reception.advance(clock);
        let decided = self.reception.settle(clock);
        self.keep_verdicts(&decided.judged);
        self.publish_alarms(&decided.incidents);
        if self.delivered.elapsed() >= DELIVERY_PERIOD {
            self.delivered = wall_clock();
            let delivery = self.delivery();
            // Waits while the session is busy, and the sources wait with it.
            if self
                .inlet
                .send(LiveCommand::Receive(Box::new(delivery)))
                .is_err()
            {
                return false;
            }
        }
        if !any {
            std::thread::sleep(REST);
        }
        true
    }

    /// Stops the sources; what was received is in the store.
    pub(super) fn close(mut self) {
        for source in &mut self.sources {
            source.stop();
        }
    }

    fn obey(&mut self, command: FeedCommand) {
        match command {
            FeedCommand::Pause { id, paused } => {
                for source in &self.sources {
                    if id.as_deref().is_none_or(|id| id == source.id()) {
                        if paused {
                            source.pause();
                        } else {
                            source.resume();
                        }
                    }
                }
            }
            FeedCommand::Release(sequences) => self.release(&sequences),
            FeedCommand::Compare(compared) => {
                for one in &compared {
                    self.reception.compare(one);
                }
            }
        }
    }

    /// Commits what a source has handed on and takes the samples in; whether
    /// there was anything.
    fn take(&mut self, source: usize) -> bool {
        let before = self.held[source].take();
        let again = before.is_some();
        let mut group = before.unwrap_or_default();
        let mut any = false;
        if !again {
            for _ in 0..BATCHES_PER_TURN {
                let Ok(batch) = self.sources[source].batches().try_recv() else {
                    break;
                };
                any = true;
                group.add(batch);
            }
        }
        if !any && !again {
            return false;
        }
        match &mut self.store {
            Some((store, _)) => {
                if let Err(error) = store.append_from(&mut group.samples, &group.positions) {
                    self.refuse(group, source, again, &error);
                    return false;
                }
            }
            None => {
                for sample in &mut group.samples {
                    sample.sequence = self.next;
                    self.next += 1;
                }
            }
        }
        for acknowledge in group.acknowledgements {
            // A source that cannot be told says so in its health, and sends again.
            let _ = acknowledge.commit();
        }
        for sample in group.samples {
            self.reception.push(sample);
        }
        true
    }

    /// What could not be stored is asked for again, or held where the source
    /// cannot send it again and the disk may have room later.
    fn refuse(&mut self, group: Group, source: usize, again: bool, error: &StoreError) {
        let count = group.samples.len() as u64;
        let holds = group.acknowledgements.is_empty() && error.may_pass();
        let what = match (group.acknowledgements.is_empty(), holds) {
            (false, _) => "are asked for again",
            (true, true) => "are held until they can be",
            (true, false) => "are left out",
        };
        let message = format!(
            "{} of source `{}` could not be stored and {what}: {error}",
            counted(count, "sample"),
            self.sources[source].id()
        );
        if !again {
            self.say(Severity::Error, Place::Telemetry, message.clone());
        }
        if holds {
            self.held[source] = Some(group);
        } else {
            for acknowledge in group.acknowledgements {
                acknowledge.refuse(&message);
            }
        }
    }

    fn keep_verdicts(&mut self, judged: &[Judged]) {
        let Some((store, _)) = &mut self.store else {
            return;
        };
        if judged.is_empty() {
            return;
        }
        let verdicts: Vec<_> = judged
            .iter()
            .map(|one| (one.sample.sequence, one.verdict))
            .collect();
        if let Err(error) = store.judge(&verdicts) {
            let message = format!("verdicts could not be stored: {error}");
            self.say(Severity::Error, Place::Telemetry, message);
        } else if let Err(error) = store.seal(&SealPolicy::default()) {
            let message = format!("samples could not be sealed, and stay as they are: {error}");
            self.say(Severity::Warning, Place::Telemetry, message);
        }
    }

    fn publish_alarms(&self, incidents: &[Incident]) {
        for incident in incidents {
            let (_, text) = self.reception.words_of(incident);
            let alarm = alarm_of(incident, self.reception.twin(), text);
            for publisher in &self.publishers {
                publisher.alarm(&alarm);
            }
        }
    }

    /// Lets samples out of quarantine, in the store and in the running session.
    fn release(&mut self, sequences: &[u64]) {
        let store = &mut self.store;
        let outcome = self
            .reception
            .release(sequences, (self.clock)(), |verdicts| match store {
                Some((store, _)) => match store.judge(verdicts) {
                    Ok(_) => Ok(()),
                    Err(error) => Err(error.to_string()),
                },
                None => Ok(()),
            });
        if let Err(error) = outcome {
            let message =
                format!("the release could not be stored, and nothing is released: {error}");
            self.say(Severity::Error, Place::Telemetry, message);
        }
    }

    fn say(&mut self, severity: Severity, place: Place, message: String) {
        self.reception.say(severity, place, message, (self.clock)());
    }

    fn delivery(&mut self) -> Delivery {
        let clock = (self.clock)();
        let store = self.store.as_ref().and_then(|(store, folder)| {
            let extent = store.reader().extent().ok()?;
            Some(StoreState {
                folder: folder.clone(),
                samples: extent.samples,
                bytes: extent.on_disk(),
            })
        });
        let state = TelemetryState {
            sources: self
                .sources
                .iter()
                .zip(&self.kinds)
                .map(|(source, kind)| source_report::of(source, kind))
                .collect(),
            store,
            publishers: self.publishers.iter().map(Publisher::report).collect(),
            ..self.reception.state(clock)
        };
        Delivery {
            arrivals: self.reception.take_arrivals(),
            amendments: self.reception.take_amendments(),
            known_until: self.reception.known_until(),
            clock,
            state: Arc::new(state),
            notices: self.reception.take_notices(),
        }
    }
}

/// The wall clock, which decides when something is delivered, never what.
#[expect(
    clippy::disallowed_methods,
    reason = "deliveries are paced for people; no result depends on it"
)]
fn wall_clock() -> Instant {
    Instant::now()
}
