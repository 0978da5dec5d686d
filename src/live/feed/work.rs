//! One turn after the other: receive, commit, judge, deliver.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender};

use super::FeedOptions;
use super::state;
use crate::live::channel_residuals::Arrivals;
use crate::live::error::LiveError;
use crate::live::live_command::{Delivery, FeedCommand, LiveCommand};
use crate::live::notice::{Notice, Place, Severity};
use crate::live::telemetry_state::{KeptAside, StoreState};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::decode::{Directory, Message};
use crate::telemetry::quality::Incident;
use crate::telemetry::source::{
    Acknowledgement, Batch, ReceiveClock, SourceContext, SourceHandle, spawn,
};
use crate::telemetry::store::{SealPolicy, Store, StoreDescription, StoreError};
use crate::telemetry::{
    Disposition, Flag, Intake, IntakeSettings, Judged, ReadPosition, Rule, Rules, Sample, Verdict,
};
use crate::twin::{LoadedTwin, Twin};

/// Wall time between two deliveries.
const DELIVERY_PERIOD: Duration = Duration::from_millis(100);
/// How long to rest when nothing came.
const REST: Duration = Duration::from_millis(15);
/// Batches taken from one source before the others have their turn.
const BATCHES_PER_TURN: usize = 16;
/// Samples kept aside that are listed for the screen; the store has all.
pub(super) const MOST_LISTED: usize = 1000;
/// Notices of one delivery.
const MOST_NOTICES: usize = 50;

pub(super) struct Work {
    twin: Arc<Twin>,
    intake: Intake,
    store: Option<(Store, String)>,
    sources: Vec<SourceHandle>,
    kinds: Vec<String>,
    inlet: Sender<LiveCommand>,
    commands: Receiver<FeedCommand>,
    clock: ReceiveClock,
    /// The sequence of the next sample, without a store.
    next: u64,
    arrivals: BTreeMap<usize, Arrivals>,
    /// By source what the disk had no room for, of sources that cannot send it
    /// again: it is tried again before more is taken from them.
    held: Vec<Option<Group>>,
    kept_aside: VecDeque<(KeptAside, Sample)>,
    notices: Vec<Notice>,
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
        let mut intake = Intake::new(&twin, &loaded.variables, &settings)
            .map_err(|problem| LiveError::Request(problem.to_string()))?;
        let store = match &options.store {
            Some(folder) => {
                let store = Store::open(folder, &StoreDescription::from(twin.as_ref()))
                    .map_err(|error| LiveError::Request(error.to_string()))?;
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
            positions = store
                .positions()
                .map_err(|error| LiveError::Request(error.to_string()))?;
            // Received before the last run ended, and judged now.
            for sample in store.unjudged() {
                intake.push(sample);
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
            kinds.push(state::kind(&settings.connection));
        }
        let held = sources.iter().map(|_| None).collect();
        Ok(Self {
            twin,
            intake,
            store,
            sources,
            kinds,
            inlet,
            commands,
            clock: options.clock,
            next: 1,
            arrivals: BTreeMap::new(),
            held,
            kept_aside: VecDeque::new(),
            notices: Vec::new(),
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
        self.intake.advance((self.clock)());
        self.judge();
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
                for one in compared {
                    let Ok(channel) = u32::try_from(one.channel) else {
                        continue;
                    };
                    self.intake
                        .compare(channel, one.time, one.observed, one.simulated);
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
            self.intake.push(sample);
        }
        true
    }

    /// What could not be stored is asked for again, or held where the source
    /// cannot send it again and the disk may have room later.
    fn refuse(&mut self, group: Group, source: usize, again: bool, error: &StoreError) {
        let count = group.samples.len();
        let holds = group.acknowledgements.is_empty() && error.may_pass();
        let what = match (group.acknowledgements.is_empty(), holds) {
            (false, _) => "are asked for again",
            (true, true) => "are held until they can be",
            (true, false) => "are left out",
        };
        let message = format!(
            "{count} samples of source `{}` could not be stored and {what}: {error}",
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

    /// Fetches what the intake has decided.
    fn judge(&mut self) {
        let judged = self.intake.judged();
        if !judged.is_empty() {
            self.keep_verdicts(&judged);
        }
        for one in self.intake.aligned() {
            let arrivals = self.arrivals_of(one.channel);
            arrivals.times.push(one.time);
            arrivals.values.push(one.value);
        }
        for incident in self.intake.incidents() {
            let (severity, message) = incident_text(&incident, &self.twin);
            self.say(severity, Place::Channel(incident.channel as usize), message);
        }
    }

    fn arrivals_of(&mut self, channel: u32) -> &mut Arrivals {
        let channel = channel as usize;
        self.arrivals.entry(channel).or_insert_with(|| Arrivals {
            channel,
            ..Arrivals::default()
        })
    }

    fn keep_verdicts(&mut self, judged: &[Judged]) {
        if let Some((store, _)) = &mut self.store {
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
        for one in judged {
            if one.verdict.disposition == Disposition::Accepted {
                continue;
            }
            self.arrivals_of(one.sample.channel)
                .rejected
                .push(one.sample.time);
            if self.kept_aside.len() == MOST_LISTED {
                self.kept_aside.pop_front();
            }
            let aside = KeptAside {
                sequence: one.sample.sequence,
                channel: one.sample.channel as usize,
                time: one.sample.time,
                value: one.sample.value,
                rules: one.verdict.rules,
                in_quarantine: one.verdict.disposition == Disposition::Quarantined,
            };
            self.kept_aside.push_back((aside, one.sample));
        }
    }

    /// Lets samples out of quarantine. The twin has gone on without them; they
    /// count as measured from here on, in the store and in every later replay.
    fn release(&mut self, sequences: &[u64]) {
        let mut verdicts = Vec::new();
        self.kept_aside.retain(|(aside, _)| {
            let released = aside.in_quarantine && sequences.contains(&aside.sequence);
            if released {
                verdicts.push((
                    aside.sequence,
                    Verdict {
                        flag: Flag::Suspect,
                        rules: aside.rules.with(Rule::Released),
                        disposition: Disposition::Accepted,
                    },
                ));
            }
            !released
        });
        let count = verdicts.len();
        if let Some((store, _)) = &mut self.store
            && let Err(error) = store.judge(&verdicts)
        {
            let message = format!("the release could not be stored: {error}");
            self.say(Severity::Error, Place::Telemetry, message);
            return;
        }
        let message = format!("{count} samples were released from quarantine");
        self.say(Severity::Information, Place::Telemetry, message);
    }

    fn say(&mut self, severity: Severity, place: Place, message: String) {
        if self.notices.len() < MOST_NOTICES {
            self.notices.push(Notice {
                severity,
                place,
                message,
                at: (self.clock)(),
            });
        }
    }

    fn delivery(&mut self) -> Delivery {
        let clock = (self.clock)();
        let timestep = self.twin.timestep;
        // The watermark itself is not complete yet.
        let known_until = self
            .intake
            .watermark()
            .and_then(|mark| mark.checked_sub(SimDuration::from_nanoseconds(1)))
            .and_then(|mark| mark.floor_to(timestep))
            .unwrap_or(SimTime::MIN);
        let store = self.store.as_ref().and_then(|(store, folder)| {
            let extent = store.reader().extent().ok()?;
            Some(StoreState {
                folder: folder.clone(),
                samples: extent.samples,
                bytes: extent.bytes,
            })
        });
        let state = state::telemetry_state(
            &self.twin,
            &self.intake,
            &self.sources,
            &self.kinds,
            self.kept_aside
                .iter()
                .map(|(aside, _)| aside.clone())
                .collect(),
            store,
            clock,
        );
        Delivery {
            arrivals: std::mem::take(&mut self.arrivals).into_values().collect(),
            known_until,
            clock,
            state: Arc::new(state),
            notices: std::mem::take(&mut self.notices),
        }
    }
}

/// What happened, to whom, since when.
fn incident_text(incident: &Incident, twin: &Twin) -> (Severity, String) {
    let clock = |time: SimTime| {
        twin.epoch
            .instant(time)
            .strftime("%Y-%m-%d %H:%M:%S UTC")
            .to_string()
    };
    let detail = state::detail_text(&incident.detail, twin, incident.channel);
    match incident.end {
        Some(end) => (
            Severity::Information,
            format!(
                "{} is over: it lasted from {} to {}",
                incident.rule,
                clock(incident.begin),
                clock(end)
            ),
        ),
        None => (
            if incident.flag == Flag::Fail || incident.flag == Flag::Missing {
                Severity::Error
            } else {
                Severity::Warning
            },
            format!("{} since {}{detail}", incident.rule, clock(incident.begin)),
        ),
    }
}

/// All rules of the incidents that last on a channel.
pub(super) fn lasting_rules(intake: &Intake, channel: u32) -> Rules {
    intake
        .lasting()
        .filter(|incident| incident.channel == channel)
        .map(|incident| incident.rule)
        .collect()
}

/// The wall clock, which decides when something is delivered, never what.
#[expect(
    clippy::disallowed_methods,
    reason = "deliveries are paced for people; no result depends on it"
)]
fn wall_clock() -> Instant {
    Instant::now()
}
