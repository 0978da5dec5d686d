//! A twin beside its measurements, stepped by hand.

mod forecasts;
mod receiving;
mod replay;
mod saved;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use self::replay::Replay;
pub(super) use self::saved::AskedFor;
use super::change_set::ChangeSet;
use super::channel_residuals::ChannelResiduals;
use super::error::LiveError;
use super::forecast::ForecastInputs;
use super::happenings::Happenings;
use super::history::History;
use super::notice::Notice;
use super::snapshot::{ChannelNews, Seen};
use super::telemetry_state::TelemetryState;
use crate::inference::{ParameterSet, ResidualStatistics};
use crate::model;
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::simulation::{
    CompiledUncertainty, InputCursor, InputPlan, InputSeries, ResolvedScenario, Simulation,
    SimulationError, compile_uncertainties,
};
use crate::telemetry::Telemetry;
use crate::telemetry::quality::Incident;
use crate::twin::{
    Causality, ChannelRole, ForecastSettings, Happening, LoadedTwin, Occurrence, Scenario, Twin,
    VariableIndex, VariableTable,
};

/// How a session is to be run, where it differs from what the twin says.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// Fitted values in place of the document's.
    pub parameters: Option<ParameterSet>,
    /// Id of a scenario that starts when the session does.
    pub scenario: Option<String>,
    /// What befalls assets besides, at times counted from the session's start.
    pub what_if: Vec<Occurrence>,
    /// Where to begin; the first sample of the telemetry when absent, or the epoch.
    pub begin: Option<SimTime>,
    /// Where to end; the last sample when absent. Without telemetry a session
    /// has no end unless one is given here.
    pub end: Option<SimTime>,
    /// How far, how densely and with which seed to look ahead.
    pub forecast: Option<ForecastSettings>,
    /// What a forecast takes for the inputs after now.
    pub forecast_inputs: ForecastInputs,
    /// Keep no rows but the first, where only residuals are asked for.
    pub without_history: bool,
}

/// Number of marks along the trail. A forecast has to step from a mark to its
/// start; a mark costs the memory of a fork.
const MARKS_OF_TRAIL: i64 = 4;

/// A twin in operation, without a thread and without a wall clock.
///
/// The session steps the simulation over the telemetry's inputs, keeps what it
/// did, and compares it with the measurements. The same calls give the same
/// bits.
#[derive(Debug)]
pub struct Session {
    twin: Arc<Twin>,
    variables: Arc<VariableTable>,
    twin_digest: Arc<str>,
    telemetry_digest: Option<String>,
    /// The file that is replayed, as far as it has been heard.
    replay: Option<Replay>,
    simulation: Simulation,
    /// The simulation at the beginning, before its first step.
    start: Simulation,
    /// The simulation as it was at times back to one horizon before now, for
    /// forecasts to start from; see [`ForecastJob`].
    trail: VecDeque<Simulation>,
    plan: InputPlan,
    cursor: InputCursor,
    channels: Vec<ChannelResiduals>,
    history: History,
    begin: SimTime,
    end: Option<SimTime>,
    /// Until when everything has come in, in a session beside live sources.
    known_until: Option<SimTime>,
    generation: u64,
    halted: Option<SimulationError>,
    parameters: BTreeMap<VariableIndex, f64>,
    initial_states: BTreeMap<VariableIndex, f64>,
    uncertainties: Arc<[CompiledUncertainty]>,
    measured: Arc<[VariableIndex]>,
    forecast_settings: ForecastSettings,
    forecast_inputs: ForecastInputs,
    change_set: ChangeSet,
    /// What happens, while someone wants to know.
    happenings: Option<Happenings>,
}

impl Session {
    /// Opens a session on a twin, beside `telemetry` if there is any, at its
    /// beginning.
    ///
    /// # Errors
    /// When the twin does not make a simulation, or an option does not fit it.
    pub fn open(
        loaded: &LoadedTwin,
        telemetry: Option<Telemetry>,
        options: SessionOptions,
    ) -> Result<Self, LiveError> {
        let (twin, variables) = match &options.parameters {
            None => (Arc::clone(&loaded.twin), Arc::clone(&loaded.variables)),
            Some(set) => {
                let twin = Arc::new(set.applied_to(&loaded.twin, &loaded.variables)?);
                let variables = Arc::new(VariableTable::new(&twin, &model::registry()));
                (twin, variables)
            }
        };
        let mut simulation = Simulation::compile(&twin, &variables)?;
        let observations = telemetry
            .as_ref()
            .map(|telemetry| telemetry.align(twin.timestep));
        let telemetry_digest = telemetry.as_ref().map(|telemetry| telemetry.digest.clone());
        let begin = options
            .begin
            .or_else(|| observations.as_ref().map(|all| all.begin))
            .unwrap_or(SimTime::ZERO);
        let begin = begin.floor_to(twin.timestep).unwrap_or(begin);
        let end = options
            .end
            .or_else(|| observations.as_ref().map(|all| all.end));
        if let Some(end) = end
            && end < begin
        {
            return Err(LiveError::Request(format!(
                "the run would end at {end}, before it begins at {begin}; choose a later end"
            )));
        }
        simulation.place_at(begin);

        let mut channels = Vec::new();
        let mut series = Vec::new();
        for observed in observations.iter().flat_map(|all| &all.channels) {
            if observed.role == ChannelRole::Input {
                series.push(InputSeries {
                    variable: observed.variable,
                    times: observed.times.clone(),
                    values: observed.values.clone(),
                });
            }
            let mut rejected: Vec<SimTime> = telemetry
                .iter()
                .flat_map(|telemetry| &telemetry.rejected)
                .filter(|rejected| rejected.channel.is_none_or(|one| one == observed.channel))
                .filter_map(|rejected| rejected.time)
                .collect();
            rejected.sort_unstable();
            channels.push(ChannelResiduals {
                channel: observed.channel,
                id: twin.channels[observed.channel].id.clone(),
                variable: observed.variable,
                role: observed.role,
                residuals: Vec::new(),
                statistics: ResidualStatistics::new(),
                times: observed.times.clone(),
                values: observed.values.clone(),
                arrived: 0,
                rejected,
            });
        }
        let mut plan = InputPlan::new(&series);
        let mut uncertainties = twin.uncertainties.clone();
        if let Some(id) = &options.scenario {
            let scenario = scenario(&twin, &variables, id)?;
            uncertainties = ResolvedScenario::resolve(scenario, &twin, &variables)?.uncertainties;
            plan = plan.with_scenario(scenario, &twin, &variables, begin)?;
        }
        plan = plan.with_occurrences(&options.what_if, &variables, begin)?;
        let uncertainties = compile_uncertainties(&uncertainties, &variables)?.into();
        let mut measured: Vec<VariableIndex> = twin
            .channels
            .iter()
            .filter(|channel| channel.role == ChannelRole::Measurement)
            .filter_map(|channel| variables.find(&channel.variable))
            .collect();
        measured.sort_unstable();
        measured.dedup();
        let initial_states = match &options.parameters {
            Some(set) => set.initial_states_for(telemetry_digest.as_deref(), &variables)?,
            None => BTreeMap::new(),
        };
        let steps = end
            .and_then(|end| (end - begin).whole_steps(twin.timestep))
            .and_then(|steps| u64::try_from(steps).ok())
            // Without an end the history is thinned as it grows.
            .unwrap_or(0);
        let rows = if options.without_history {
            u64::MAX
        } else {
            steps + 1
        };
        let mut session = Self {
            history: History::new(variables.len(), rows),
            start: simulation.fork(),
            trail: VecDeque::new(),
            cursor: plan.cursor(),
            twin_digest: loaded.digest.as_str().into(),
            telemetry_digest,
            replay: telemetry
                .as_ref()
                .map(|telemetry| {
                    Replay::new(&twin, &variables, Arc::clone(&telemetry.recording), begin)
                })
                .transpose()?,
            simulation,
            plan,
            channels,
            begin,
            end,
            known_until: None,
            generation: 0,
            halted: None,
            parameters: BTreeMap::new(),
            initial_states,
            uncertainties,
            measured: measured.into(),
            forecast_settings: options.forecast.unwrap_or_else(|| twin.forecast.clone()),
            forecast_inputs: options.forecast_inputs,
            change_set: ChangeSet::default(),
            happenings: None,
            twin,
            variables,
        };
        session.prepare_start()?;
        session.rewind()?;
        Ok(session)
    }

    /// Puts the parameters and initial states that hold now into the start.
    fn prepare_start(&mut self) -> Result<(), LiveError> {
        let at = |source| LiveError::Simulation {
            at: self.begin,
            source,
        };
        for (parameter, value) in &self.parameters {
            match self.variables.get(*parameter).causality {
                Causality::Input => self.start.set_input(*parameter, *value),
                _ => self.start.set_parameter(*parameter, *value),
            }
        }
        self.start.restart().map_err(at)?;
        self.start.place_at(self.begin);
        for (state, value) in &self.initial_states {
            self.start.set_state(*state, *value);
        }
        Ok(())
    }

    /// Goes back to the beginning and takes its row.
    fn rewind(&mut self) -> Result<(), LiveError> {
        self.simulation = self.start.fork();
        self.watch_happenings();
        self.cursor = self.plan.cursor();
        self.history.clear();
        self.trail.clear();
        self.halted = None;
        for channel in &mut self.channels {
            channel.clear();
        }
        self.cursor.apply(&mut self.simulation);
        let outcome = self.simulation.refresh();
        self.settle(outcome)?;
        self.note();
        Ok(())
    }

    fn note(&mut self) {
        self.history
            .push(self.simulation.time(), self.simulation.values());
        for channel in &mut self.channels {
            channel.advance(&self.simulation);
        }
        self.keep_trail();
    }

    fn keep_trail(&mut self) {
        let now = self.now();
        let reach = self.reach_back();
        let timestep = self.simulation.timestep();
        let steps = reach.whole_steps(timestep).unwrap_or(0) / MARKS_OF_TRAIL;
        let interval = timestep * steps.max(1);
        if (now - self.begin).is_multiple_of(interval) {
            self.trail.push_back(self.simulation.fork());
        }
        while self
            .trail
            .get(1)
            .is_some_and(|next| next.time() <= now - reach)
        {
            self.trail.pop_front();
        }
    }

    /// How far before now the members of a forecast start.
    fn reach_back(&self) -> SimDuration {
        self.forecast_settings.horizon
    }

    fn settle(&mut self, outcome: Result<(), SimulationError>) -> Result<(), LiveError> {
        outcome.map_err(|source| {
            self.halted = Some(source.clone());
            LiveError::Simulation {
                at: self.simulation.time(),
                source,
            }
        })
    }

    /// Keeps what happens to assets from now on, or does not. Forecasts and other
    /// copies never do.
    pub fn record_happenings(&mut self, on: bool) {
        self.happenings = on.then(Happenings::default);
        self.watch_happenings();
    }

    /// As [`Session::record_happenings`], and drops none however many come in.
    pub(super) fn record_all_happenings(&mut self) {
        self.happenings = Some(Happenings::up_to(usize::MAX));
        self.watch_happenings();
    }

    /// What happened since the last call, in order of time, and how many happenings
    /// before that were dropped because too many had come in.
    pub fn take_happenings(&mut self) -> (Arc<[Happening]>, u64) {
        (self.happenings.as_mut()).map_or_else(|| (Arc::new([]), 0), Happenings::take)
    }

    /// Has the simulation tell what happens, from how things stand now on.
    fn watch_happenings(&mut self) {
        if let Some(happenings) = &mut self.happenings {
            happenings.clear();
        }
        let on = self.happenings.is_some();
        self.simulation.record_happenings(on);
    }

    /// Advances by one timestep. Does nothing at the end.
    ///
    /// # Errors
    /// When the simulation cannot go on; it stays where it is until a seek
    /// back, another parameter or a restart, and says so again on every call.
    pub fn step(&mut self) -> Result<(), LiveError> {
        if let Some(source) = &self.halted {
            return Err(LiveError::Simulation {
                at: self.simulation.time(),
                source: source.clone(),
            });
        }
        if self.at_end() || self.waits_for_samples() {
            return Ok(());
        }
        self.cursor.apply(&mut self.simulation);
        let outcome = self.simulation.step();
        if let Some(happenings) = &mut self.happenings {
            self.simulation.take_happenings(&mut happenings.step);
            happenings.keep_step();
        }
        self.settle(outcome)?;
        self.note();
        Ok(())
    }

    /// Steps until the next step would go beyond `time`, or the end is reached.
    ///
    /// # Errors
    /// As [`Session::step`].
    pub fn advance_to(&mut self, time: SimTime) -> Result<(), LiveError> {
        while !self.at_end()
            && !self.waits_for_samples()
            && self.now() + self.simulation.timestep() <= time
        {
            self.step()?;
        }
        Ok(())
    }

    /// Goes to `time`: forward by stepping, back by simulating again from the
    /// beginning. What is there afterwards has the same bits as a straight run
    /// to `time`.
    ///
    /// # Errors
    /// As [`Session::step`].
    pub fn seek(&mut self, time: SimTime) -> Result<(), LiveError> {
        if time < self.now() {
            self.restart()?;
        }
        self.advance_to(time)
    }

    /// Goes back to the beginning.
    ///
    /// # Errors
    /// When the simulation cannot start.
    pub fn restart(&mut self) -> Result<(), LiveError> {
        self.generation += 1;
        self.rewind()
    }

    /// Gives a parameter, or an input without telemetry, another value \[SI]
    /// from the beginning on; `None` gives it back to the document. The past
    /// is not simulated again: seek or advance from the beginning, where the
    /// session stands afterwards.
    ///
    /// # Errors
    /// When the variable cannot be set, the value is out of its bounds, or the
    /// simulation cannot start with it.
    pub fn set_parameter(
        &mut self,
        variable: VariableIndex,
        value: Option<f64>,
    ) -> Result<(), LiveError> {
        let change = ChangeSet::of(
            variable,
            value.unwrap_or_else(|| self.document_value(variable)),
        );
        if let Some(problem) = change.problem(&self.variables) {
            return Err(LiveError::Request(problem));
        }
        let before = (self.start.fork(), self.parameters.clone());
        // The value itself is set even when it is the document's: the start may hold another.
        self.parameters.extend(change.changes);
        if let Err(error) = self.prepare_start() {
            (self.start, self.parameters) = before;
            return Err(error);
        }
        if value.is_none() {
            self.parameters.remove(&variable);
        }
        self.restart()
    }

    fn document_value(&self, variable: VariableIndex) -> f64 {
        if variable.position() < self.variables.len() {
            self.variables.get(variable).initial
        } else {
            f64::NAN
        }
    }

    /// Time of the last measurement taken in; now without telemetry.
    #[must_use]
    pub fn data_until(&self) -> SimTime {
        self.channels
            .iter()
            .filter_map(|channel| channel.times().last().copied())
            .max()
            .unwrap_or_else(|| self.now())
    }

    /// Where the twin stands.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.simulation.time()
    }

    /// Where the session began.
    #[must_use]
    pub fn begin(&self) -> SimTime {
        self.begin
    }

    /// Where it ends; `None` when it goes on.
    #[must_use]
    pub fn end(&self) -> Option<SimTime> {
        self.end
    }

    /// Whether no whole step is left before the end.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.end
            .is_some_and(|end| self.now() + self.simulation.timestep() > end)
    }

    /// Why the simulation cannot go on, if it cannot.
    #[must_use]
    pub fn halted(&self) -> Option<&SimulationError> {
        self.halted.as_ref()
    }

    /// Everything the twin did so far.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The simulation as it stands.
    #[must_use]
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// What drives it.
    #[must_use]
    pub fn plan(&self) -> &InputPlan {
        &self.plan
    }

    /// The twin, with the parameter set in force.
    #[must_use]
    pub fn twin(&self) -> &Arc<Twin> {
        &self.twin
    }

    /// The numbering of its variables.
    #[must_use]
    pub fn variables(&self) -> &Arc<VariableTable> {
        &self.variables
    }

    /// Digest of the document as it was loaded.
    #[must_use]
    pub fn twin_digest(&self) -> &str {
        &self.twin_digest
    }

    /// Digest of the telemetry, if there is any.
    #[must_use]
    pub fn telemetry_digest(&self) -> Option<&str> {
        self.telemetry_digest.as_deref()
    }

    /// What is known at now of the quality of the file that is replayed; `None`
    /// without one, and beside live sources.
    pub fn telemetry_state(&mut self) -> Option<Arc<TelemetryState>> {
        self.follow_telemetry();
        let now = self.now();
        Some(Arc::new(self.replay.as_mut()?.state(now)))
    }

    /// What has gone wrong up to now with the file that is replayed: the last
    /// word on each incident, in order of finding, the first ten thousand.
    pub fn incidents(&mut self) -> Vec<Incident> {
        self.follow_telemetry();
        self.replay
            .as_ref()
            .map_or_else(Vec::new, Replay::incidents)
    }

    /// What has happened to the telemetry that is replayed since the last time.
    pub(super) fn telemetry_notices(&mut self) -> Vec<Notice> {
        self.follow_telemetry();
        self.replay
            .as_mut()
            .map_or_else(Vec::new, Replay::take_notices)
    }

    /// Lets the replay hear the file up to now.
    fn follow_telemetry(&mut self) {
        let at_end = self.at_end();
        if let Some(replay) = &mut self.replay {
            let now = self.simulation.time();
            replay.follow(now, at_end, self.generation, &self.channels);
        }
    }

    /// What is not known exactly, with a scenario's own beliefs in place of the twin's.
    #[must_use]
    pub fn uncertainties(&self) -> &Arc<[CompiledUncertainty]> {
        &self.uncertainties
    }

    /// The measured variables, in order.
    #[must_use]
    pub fn measured(&self) -> &[VariableIndex] {
        &self.measured
    }

    /// How far it looks ahead.
    #[must_use]
    pub fn forecast_settings(&self) -> &ForecastSettings {
        &self.forecast_settings
    }

    /// Raised whenever the past was simulated again.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Channels with telemetry, in the document's order.
    #[must_use]
    pub fn channels(&self) -> &[ChannelResiduals] {
        &self.channels
    }

    /// The unit that observations and residuals of the channel at this position
    /// in the document are shown in.
    ///
    /// # Panics
    /// When there is no channel at this position.
    #[must_use]
    pub fn observation_unit(&self, channel: usize) -> &Unit {
        let channel = &self.twin.channels[channel];
        match self.variables.find(&channel.variable) {
            Some(variable) => channel.observation_unit(&self.variables.get(variable).unit),
            None => &channel.unit,
        }
    }

    /// Observations and residuals of the channel at this position in the
    /// document; `None` when it has no telemetry.
    #[must_use]
    pub fn residuals(&self, channel: usize) -> Option<&ChannelResiduals> {
        self.channels.iter().find(|one| one.channel == channel)
    }

    /// What is new since `seen`, which is brought up to date.
    pub(super) fn news(&self, seen: &mut Seen) -> (super::history::Rows, Vec<ChannelNews>) {
        if seen.generation != Some(self.generation) {
            *seen = Seen {
                generation: Some(self.generation),
                rows: 0,
                thinnings: 0,
                channels: vec![(0, 0); self.channels.len()],
            };
        }
        if seen.thinnings != self.history.thinnings() {
            seen.thinnings = self.history.thinnings();
            seen.rows = 0;
        }
        let rows = self.history.rows_since(seen.rows);
        seen.rows = self.history.len();
        let channels = self
            .channels
            .iter()
            .zip(&mut seen.channels)
            .map(|(channel, (observed, compared))| {
                let new_residuals = &channel.residuals[*compared..];
                let news = ChannelNews {
                    channel: channel.channel,
                    first: *observed,
                    times: channel.times()[*observed..].to_vec(),
                    values: channel.values()[*observed..].to_vec(),
                    first_residual: *compared,
                    residual_times: new_residuals.iter().map(|one| one.time).collect(),
                    residuals: new_residuals.iter().map(|one| one.value).collect(),
                    statistics: channel.statistics,
                    rejected: channel.rejected_until(self.now()),
                };
                *observed = channel.arrived;
                *compared = channel.residuals.len();
                news
            })
            .collect();
        (rows, channels)
    }
}

/// The scenario called `id`, or an error that names those there are.
fn scenario<'twin>(
    twin: &'twin Twin,
    variables: &VariableTable,
    id: &str,
) -> Result<&'twin Scenario, LiveError> {
    ResolvedScenario::find(id, twin, variables)?;
    twin.scenarios
        .iter()
        .find(|one| one.id == id)
        .ok_or_else(|| LiveError::Request(format!("there is no scenario `{id}`")))
}
