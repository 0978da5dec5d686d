//! A session on a thread of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::change_set::ChangeSet;
use super::comparison::Comparison;
use super::error::LiveError;
use super::forecast::Forecast;
use super::live_command::{Compared, FeedCommand, LiveCommand};
use super::notice::{Notice, Place, Severity};
use super::publish::StateOutlet;
use super::session::Session;
use super::snapshot::{ChannelNews, ForecastState, Seen, Snapshot};
use super::telemetry_state::TelemetryState;
use crate::quantity::{SimDuration, SimTime};
use crate::simulation::Progress;

/// Shortest wall time between two snapshots.
const SNAPSHOT_PERIOD: Duration = Duration::from_millis(25);
/// Wall time stepped before commands are looked at again.
const SLICE: Duration = Duration::from_millis(8);
/// Steps between two looks at the wall clock.
const STEPS_PER_LOOK: u32 = 16;
/// How long the worker waits for a command while a forecast is being computed.
const PROGRESS_PERIOD: Duration = Duration::from_millis(100);
/// Commands that may wait.
const COMMANDS: usize = 256;
/// Snapshots that may wait; when they do, the next one carries more.
const SNAPSHOTS: usize = 4;
/// Notices kept until somebody takes a snapshot.
const MOST_NOTICES: usize = 1000;

/// Too many commands wait; try again next frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulation has not taken the last {COMMANDS} commands yet; try again")]
pub struct Busy;

/// How often the forecasts are made anew, at most, while the twin passes through one horizon.
const FORECASTS_IN_HORIZON: i64 = 20;

/// How a worker behaves.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// Least simulated time after which the forecasts are made anew, a twentieth
    /// of their horizon where that is longer; `None` makes them only when asked.
    pub refresh_forecast: Option<SimDuration>,
    /// Threads that compute forecasts; `None` leaves one processor to the rest.
    pub forecast_threads: Option<usize>,
    /// Takes what is asked of live sources.
    pub feed: Option<Sender<FeedCommand>>,
    /// Take what is to be published.
    pub outlets: Vec<StateOutlet>,
    /// Keeps everything that happens until a snapshot tells it, however much comes in
    /// at once.
    pub all_happenings: bool,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            refresh_forecast: Some(SimDuration::from_whole_seconds(30)),
            forecast_threads: None,
            feed: None,
            outlets: Vec::new(),
            all_happenings: false,
        }
    }
}

type Waker = Box<dyn Fn() + Send>;

/// The end of a running session that a face holds.
///
/// Dropping it ends the thread.
pub struct WorkerHandle {
    commands: Option<Sender<LiveCommand>>,
    snapshots: Receiver<Snapshot>,
    waker: Arc<Mutex<Option<Waker>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerHandle")
            .field("waiting", &self.snapshots.len())
            .finish_non_exhaustive()
    }
}

impl WorkerHandle {
    /// Asks something. Never waits.
    ///
    /// # Errors
    /// When too many commands wait already, or the thread has ended.
    pub fn send(&self, command: LiveCommand) -> Result<(), Busy> {
        let Some(commands) = &self.commands else {
            return Err(Busy);
        };
        commands.try_send(command).map_err(|_| Busy)
    }

    /// An end through which live sources bring what they have, with
    /// [`LiveCommand::Receive`]; sending waits while the session is busy. `None`
    /// once the thread has ended.
    #[must_use]
    pub fn inlet(&self) -> Option<Sender<LiveCommand>> {
        self.commands.clone()
    }

    /// Takes the snapshots that are there, oldest first. Never waits. Each
    /// carries what is new since the one before: take them all.
    pub fn receive(&self) -> impl Iterator<Item = Snapshot> + '_ {
        self.snapshots.try_iter()
    }

    /// Waits for the next snapshot, at most `timeout`. For tests and pictures;
    /// a window uses [`WorkerHandle::receive`].
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> Option<Snapshot> {
        self.snapshots.recv_timeout(timeout).ok()
    }

    /// Has `waker` called whenever a snapshot is ready, from the worker's
    /// thread: an idle window needs no polling. It must return at once.
    pub fn on_news(&self, waker: Box<dyn Fn() + Send>) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
    }
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(commands) = self.commands.take() {
            // Sources may hold the channel open. With no room the thread is awake anyway.
            let _ = commands.try_send(LiveCommand::Shutdown);
        }
        if let Some(thread) = self.thread.take() {
            // A worker that panicked was reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

/// A session on a thread of its own: commands in, snapshots out.
#[derive(Debug)]
pub struct Worker {
    session: Session,
    options: WorkerOptions,
    asked: SimTime,
    seen: Seen,
    notices: Vec<Notice>,
    forecast: Option<Arc<Forecast>>,
    what_if: Option<Arc<Forecast>>,
    comparison: Option<Arc<Comparison>>,
    failed: Option<String>,
    wanted: bool,
    running: Option<Running>,
    pool: Option<Arc<rayon::ThreadPool>>,
    halt_reported: bool,
    changed: bool,
    telemetry: Option<Arc<TelemetryState>>,
    feed: Option<Sender<FeedCommand>>,
}

/// A pair of forecasts being computed.
#[derive(Debug)]
struct Running {
    progress: [Arc<Progress>; 2],
    jobs: usize,
    inputs_digest: u64,
    results: Receiver<Result<Forecast, LiveError>>,
    /// Those that are there already; shown when both are, so that A and B
    /// always start at the same now.
    received: Vec<Forecast>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn fraction(&self) -> f64 {
        let done: f64 = self.progress[..self.jobs]
            .iter()
            .map(|progress| progress.fraction())
            .sum();
        done / self.jobs as f64
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for progress in &self.progress {
            progress.cancel();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Worker {
    /// Starts a thread that owns `session`.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn spawn(session: Session) -> Result<WorkerHandle, LiveError> {
        Self::spawn_with(session, WorkerOptions::default())
    }

    /// As [`Worker::spawn`], with options.
    ///
    /// # Errors
    /// As [`Worker::spawn`].
    pub fn spawn_with(
        mut session: Session,
        mut options: WorkerOptions,
    ) -> Result<WorkerHandle, LiveError> {
        // What looks a day ahead is not old after half a minute.
        let horizon = session.forecast_settings().horizon.nanoseconds();
        let share = SimDuration::from_nanoseconds(horizon / FORECASTS_IN_HORIZON);
        options.refresh_forecast = options.refresh_forecast.map(|least| least.max(share));
        let (command_sender, commands) = bounded(COMMANDS);
        let (snapshot_sender, snapshots) = bounded(SNAPSHOTS);
        let waker: Arc<Mutex<Option<Waker>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let threads = options.forecast_threads.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, |all| all.get().saturating_sub(1).max(1))
        });
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|which| format!("forecast {which}"))
            .build()
            .map_err(|error| LiveError::Request(format!("no threads for forecasts: {error}")))?;
        if options.all_happenings {
            session.record_all_happenings();
        } else {
            session.record_happenings(true);
        }
        let worker = Self {
            asked: session.now(),
            seen: Seen::default(),
            notices: Vec::new(),
            forecast: None,
            what_if: None,
            comparison: None,
            failed: None,
            wanted: options.refresh_forecast.is_some(),
            running: None,
            pool: Some(Arc::new(pool)),
            halt_reported: false,
            changed: true,
            telemetry: None,
            feed: options.feed.clone(),
            session,
            options,
        };
        let outlet = Outlet {
            snapshots: snapshot_sender,
            waker: Arc::clone(&waker),
        };
        let thread = std::thread::Builder::new()
            .name("live session".to_owned())
            .spawn({
                let stop = Arc::clone(&stop);
                move || worker.work(&commands, &outlet, &stop)
            })
            .map_err(|error| LiveError::Request(format!("no thread for the session: {error}")))?;
        Ok(WorkerHandle {
            commands: Some(command_sender),
            snapshots,
            waker,
            stop,
            thread: Some(thread),
        })
    }

    fn work(mut self, commands: &Receiver<LiveCommand>, outlet: &Outlet, stop: &AtomicBool) {
        let mut published = wall_clock();
        let mut first = true;
        while !stop.load(Ordering::Relaxed) {
            if first || (self.changed && published.elapsed() >= SNAPSHOT_PERIOD) {
                if self.publish(outlet) {
                    first = false;
                }
                published = wall_clock();
            }
            // A forecast that is wanted is started below, without a command.
            let busy = self.can_step()
                || (self.wanted && self.running.is_none() && self.session.halted().is_none());
            let wait = if busy {
                Duration::ZERO
            } else if self.changed {
                SNAPSHOT_PERIOD.saturating_sub(published.elapsed())
            } else if self.running.is_some() {
                PROGRESS_PERIOD
            } else {
                // Nothing to do until a command comes; look at `stop` now and then.
                Duration::from_secs(3600)
            };
            match self.next_command(commands, wait) {
                Received::Command(LiveCommand::Shutdown) | Received::Closed => break,
                Received::Command(command) => {
                    self.obey(command);
                    while let Ok(command) = commands.try_recv() {
                        if command == LiveCommand::Shutdown {
                            return;
                        }
                        self.obey(command);
                    }
                }
                Received::Nothing => {}
            }
            self.collect_forecasts();
            self.advance(stop);
            self.start_forecast_if_due();
        }
    }

    /// Waits for a command or for a forecast, whichever comes first.
    fn next_command(&self, commands: &Receiver<LiveCommand>, wait: Duration) -> Received {
        let never = crossbeam::channel::never();
        let results = self
            .running
            .as_ref()
            .map_or(&never, |running| &running.results);
        if wait.is_zero() {
            return match commands.try_recv() {
                Ok(command) => Received::Command(command),
                Err(crossbeam::channel::TryRecvError::Empty) => Received::Nothing,
                Err(crossbeam::channel::TryRecvError::Disconnected) => Received::Closed,
            };
        }
        if self.running.is_none() {
            return match commands.recv_timeout(wait) {
                Ok(command) => Received::Command(command),
                Err(RecvTimeoutError::Timeout) => Received::Nothing,
                Err(RecvTimeoutError::Disconnected) => Received::Closed,
            };
        }
        // Waits until a result is there, without taking it.
        let mut select = crossbeam::channel::Select::new();
        let of_commands = select.recv(commands);
        select.recv(results);
        match select.ready_timeout(wait) {
            Ok(ready) if ready == of_commands => match commands.try_recv() {
                Ok(command) => Received::Command(command),
                Err(crossbeam::channel::TryRecvError::Empty) => Received::Nothing,
                Err(crossbeam::channel::TryRecvError::Disconnected) => Received::Closed,
            },
            _ => Received::Nothing,
        }
    }

    fn obey(&mut self, command: LiveCommand) {
        self.changed = true;
        match command {
            LiveCommand::AdvanceTo(time) => self.asked = self.asked.max(time),
            LiveCommand::Seek(time) => {
                let outcome = self.session.seek(time);
                self.report(Place::Simulation, outcome);
                self.asked = self.session.now();
                self.moved();
            }
            LiveCommand::Restart => {
                let outcome = self.session.restart();
                self.report(Place::Simulation, outcome);
                self.asked = self.session.now();
                self.moved();
            }
            LiveCommand::SetScenarios(scenarios) => self.session.set_scenarios(scenarios),
            LiveCommand::SetChangeSet(change_set) => {
                if change_set == *self.session.change_set() {
                    return;
                }
                let outcome = self.session.set_change_set(change_set);
                if self.report(Place::WhatIf, outcome) {
                    self.failed = None;
                    if self.session.change_set().is_empty() {
                        self.what_if = None;
                        self.comparison = None;
                    }
                    if self.options.refresh_forecast.is_some() {
                        self.wanted = true;
                        self.running = None;
                    }
                }
            }
            LiveCommand::Forecast => {
                self.failed = None;
                self.wanted = true;
            }
            LiveCommand::CancelForecast => {
                self.wanted = false;
                if self.running.take().is_some() {
                    self.failed = Some("it was cancelled; ask for it again".to_owned());
                }
            }
            LiveCommand::SetForecastInputs(inputs) => {
                self.session.set_forecast_inputs(inputs);
                self.failed = None;
                self.running = None;
                self.wanted |= self.options.refresh_forecast.is_some();
            }
            LiveCommand::SetParameter { variable, value } => {
                let now = self.session.now();
                let outcome = self
                    .session
                    .set_parameter(variable, value)
                    .and_then(|()| self.session.advance_to(now));
                self.report(Place::Variable(variable), outcome);
                self.moved();
            }
            LiveCommand::Receive(received) => {
                let outcome = self
                    .session
                    .receive(&received.arrivals, received.known_until);
                match outcome {
                    Ok(None) => {}
                    Ok(Some(_)) => self.moved(),
                    Err(error) => self.fails(Place::Telemetry, &error),
                }
                match self.session.amend(&received.amendments) {
                    Ok(None) => {}
                    Ok(Some(_)) => self.moved(),
                    Err(error) => self.fails(Place::Telemetry, &error),
                }
                self.asked = self.asked.max(received.clock);
                self.telemetry = Some(received.state);
                for notice in received.notices {
                    self.notify(notice.severity, notice.place, notice.message);
                }
            }
            LiveCommand::PauseSource { id, paused } => {
                self.tell_feed(FeedCommand::Pause { id, paused });
            }
            LiveCommand::ReleaseSamples(sequences) => match self.session.release(&sequences) {
                // Beside live sources whoever listens to them knows the samples.
                Ok(None) => self.tell_feed(FeedCommand::Release(sequences)),
                Ok(Some(notices)) => {
                    for notice in notices {
                        self.notify(notice.severity, notice.place, notice.message);
                    }
                    self.moved();
                }
                Err(error) => self.fails(Place::Telemetry, &error),
            },
            // Handled by the caller.
            LiveCommand::Shutdown => {}
        }
    }

    /// Passes something on to the live sources.
    fn tell_feed(&mut self, command: FeedCommand) {
        let told = match &self.feed {
            Some(feed) => feed.try_send(command).is_ok(),
            None => false,
        };
        if !told {
            self.notify(
                Severity::Warning,
                Place::Telemetry,
                "the sources did not take that; try again".to_owned(),
            );
        }
    }

    /// After the past changed: what is computed for the old one is of no use.
    fn moved(&mut self) {
        self.halt_reported = false;
        self.failed = None;
        self.running = None;
        self.wanted |= self.options.refresh_forecast.is_some();
    }

    fn can_step(&self) -> bool {
        self.session.halted().is_none()
            && !self.session.at_end()
            && !self.session.waits_for_samples()
            && self.session.now() + self.session.simulation().timestep() <= self.asked
    }

    fn advance(&mut self, stop: &AtomicBool) {
        let started = wall_clock();
        while self.can_step() && !stop.load(Ordering::Relaxed) {
            for _ in 0..STEPS_PER_LOOK {
                if !self.can_step() {
                    break;
                }
                self.changed = true;
                let outcome = self.session.step();
                for outlet in &mut self.options.outlets {
                    outlet.look(&self.session);
                }
                if outcome.is_err() && !self.halt_reported {
                    self.halt_reported = true;
                    self.report(Place::Simulation, outcome);
                }
            }
            if started.elapsed() >= SLICE {
                break;
            }
        }
    }

    /// Turns an error into a notice; says whether it went well.
    fn report(&mut self, place: Place, outcome: Result<(), LiveError>) -> bool {
        let Err(error) = outcome else { return true };
        self.fails(place, &error);
        false
    }

    fn fails(&mut self, place: Place, error: &LiveError) {
        self.notify(Severity::Error, place, error.to_string());
    }

    fn notify(&mut self, severity: Severity, place: Place, message: String) {
        if self.notices.len() < MOST_NOTICES {
            self.notices.push(Notice {
                severity,
                place,
                message,
                at: self.session.now(),
            });
        }
        self.changed = true;
    }

    fn start_forecast_if_due(&mut self) {
        if self.running.is_some() || self.session.halted().is_some() {
            return;
        }
        if let (Some(every), Some(last), None) =
            (self.options.refresh_forecast, &self.forecast, &self.failed)
        {
            let age = self.session.now() - last.made_at;
            self.wanted |= age >= every || age.is_negative();
        }
        if !self.wanted {
            return;
        }
        self.wanted = false;
        self.changed = true;
        let mut jobs = Vec::new();
        let change_set = self.session.change_set().clone();
        let base = self.session.prepare_forecast(&ChangeSet::default());
        let what_if = (!change_set.is_empty()).then(|| self.session.prepare_forecast(&change_set));
        for job in std::iter::once(base).chain(what_if) {
            match job {
                Ok(job) => jobs.push(job),
                Err(error) => return self.forecast_failed(&error),
            }
        }
        let progress: [Arc<Progress>; 2] = Default::default();
        let (sender, results) = bounded(jobs.len());
        let count = jobs.len();
        let pool = self.pool.clone();
        let thread = std::thread::Builder::new()
            .name("forecast".to_owned())
            .spawn({
                let progress = progress.clone();
                move || {
                    for (job, progress) in jobs.iter().zip(&progress) {
                        let started = wall_clock();
                        let outcome = match &pool {
                            Some(pool) => pool.install(|| job.run(progress)),
                            None => job.run(progress),
                        };
                        let outcome = outcome.map(|forecast| Forecast {
                            duration_of_computation: Some(started.elapsed()),
                            ..forecast
                        });
                        if sender.send(outcome).is_err() {
                            return;
                        }
                    }
                }
            });
        match thread {
            Ok(thread) => {
                self.running = Some(Running {
                    progress,
                    jobs: count,
                    inputs_digest: self.session.inputs_digest(&change_set),
                    results,
                    received: Vec::new(),
                    thread: Some(thread),
                });
            }
            Err(error) => self.forecast_failed(&LiveError::Request(format!(
                "no thread for the forecast: {error}"
            ))),
        }
    }

    fn forecast_failed(&mut self, error: &LiveError) {
        self.failed = Some(error.to_string());
        self.notify(Severity::Error, Place::Forecast, error.to_string());
    }

    fn collect_forecasts(&mut self) {
        let Some(running) = &mut self.running else {
            return;
        };
        self.changed = true;
        let mut failure = None;
        let mut warnings = Vec::new();
        loop {
            match running.results.try_recv() {
                Ok(Ok(forecast)) => {
                    if forecast.failures > 0 {
                        warnings.push(format!(
                            "{} of {} forecast members failed and take no part in the bands; \
                             narrow the uncertainties that drive the model out of its range",
                            forecast.failures,
                            forecast.failures + forecast.members
                        ));
                    }
                    running.received.push(forecast);
                }
                Ok(Err(error)) => failure = Some(error),
                Err(_) => break,
            }
        }
        let complete = running.received.len() == running.jobs;
        if complete {
            let mut forecasts = running.received.drain(..).map(Arc::new);
            self.forecast = forecasts.next();
            self.what_if = forecasts.next();
            let both = self.forecast.as_ref().zip(self.what_if.as_ref());
            self.comparison = both
                .and_then(|(a, b)| Comparison::of(a, b, self.session.variables()))
                .map(Arc::new);
        }
        let done = complete || failure.is_some();
        // A thread that panicked closes the channel without a result.
        let lost = running
            .thread
            .as_ref()
            .is_some_and(std::thread::JoinHandle::is_finished)
            && running.results.is_empty()
            && !done;
        if done || lost {
            self.running = None;
        }
        for warning in warnings {
            self.notify(Severity::Warning, Place::Forecast, warning);
        }
        if let Some(error) = failure {
            self.forecast_failed(&error);
        } else if lost {
            self.forecast_failed(&LiveError::Request(
                "the forecast ended without a result; ask for it again".to_owned(),
            ));
        }
    }

    fn forecast_state(&self) -> ForecastState {
        if let Some(running) = &self.running {
            let current =
                running.inputs_digest == self.session.inputs_digest(self.session.change_set());
            // A refresh of what is still good enough need not make the screen blink.
            if !current || !self.is_fresh() {
                return ForecastState::Computing(running.fraction());
            }
        }
        if let Some(reason) = &self.failed {
            return ForecastState::Failed(reason.clone());
        }
        if self.is_fresh() {
            ForecastState::Fresh
        } else if self.forecast.is_some() || self.what_if.is_some() {
            ForecastState::Stale
        } else {
            ForecastState::Absent
        }
    }

    /// Whether what is shown belongs to the inputs and, within twice the
    /// refresh, to the now of the session.
    fn is_fresh(&self) -> bool {
        let change_set = self.session.change_set();
        let Some(base) = &self.forecast else {
            return false;
        };
        let base_digest = self.session.inputs_digest(&ChangeSet::default());
        let what_if_fresh = match &self.what_if {
            Some(what_if) => {
                what_if.inputs_digest == self.session.inputs_digest(change_set)
                    && what_if.made_at == base.made_at
            }
            None => change_set.is_empty(),
        };
        let age = self.session.now() - base.made_at;
        let tolerated = self
            .options
            .refresh_forecast
            .map_or(SimDuration::ZERO, |every| every * 2);
        base.inputs_digest == base_digest && what_if_fresh && !age.is_negative() && age <= tolerated
    }

    /// Sends a snapshot if there is room; says whether it did.
    fn publish(&mut self, outlet: &Outlet) -> bool {
        // Only this thread sends: room now is room in a moment.
        if outlet.snapshots.is_full() {
            return false;
        }
        let (rows, channels) = self.session.news(&mut self.seen);
        if let Some(state) = self.session.telemetry_state() {
            self.telemetry = Some(state);
            for notice in self.session.telemetry_notices() {
                self.notify(notice.severity, notice.place, notice.message);
            }
        }
        if let Some(feed) = &self.feed {
            let compared: Vec<Compared> = channels.iter().flat_map(ChannelNews::compared).collect();
            if !compared.is_empty() {
                // A feed that is behind does without: what it finds comes later then.
                let _ = feed.try_send(FeedCommand::Compare(compared));
            }
        }
        let at_end = self.session.at_end();
        let asked = match self.session.end() {
            Some(end) => self.asked.min(end),
            None => self.asked,
        };
        let lag = asked - self.session.now();
        let timestep = self.session.simulation().timestep();
        let (happenings, happenings_dropped) = self.session.take_happenings();
        let snapshot = Snapshot {
            generation: self.session.generation(),
            now: self.session.now(),
            begin: self.session.begin(),
            end: self.session.end(),
            lag: if lag < timestep || at_end {
                SimDuration::ZERO
            } else {
                lag
            },
            rows: Arc::new(rows),
            current: self.session.simulation().values().into(),
            channels: channels.into(),
            forecast: self.forecast.clone(),
            what_if: self.what_if.clone(),
            comparison: self.comparison.clone(),
            forecast_state: self.forecast_state(),
            telemetry: self.telemetry.clone(),
            is_live: self.session.known_until().is_some(),
            notices: std::mem::take(&mut self.notices),
            happenings,
            happenings_dropped,
            at_end,
            halted: self.session.halted().map(ToString::to_string),
        };
        self.changed = false;
        if outlet.snapshots.try_send(snapshot).is_err() {
            return false;
        }
        if let Some(waker) = &*outlet.waker.lock().unwrap_or_else(PoisonError::into_inner) {
            waker();
        }
        true
    }
}

/// Where snapshots go.
struct Outlet {
    snapshots: Sender<Snapshot>,
    waker: Arc<Mutex<Option<Waker>>>,
}

enum Received {
    Command(LiveCommand),
    Nothing,
    Closed,
}
/// The wall clock, which decides when something is told, never what.
#[expect(
    clippy::disallowed_methods,
    reason = "snapshots are paced and forecasts are timed for people; no result depends on it"
)]
fn wall_clock() -> Instant {
    Instant::now()
}
