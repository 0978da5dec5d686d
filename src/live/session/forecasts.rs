//! Looking ahead from where a session stands.

use std::sync::Arc;

use super::{Session, scenario};
use crate::live::change_set::ChangeSet;
use crate::live::error::LiveError;
use crate::live::forecast::{Forecast, ForecastInputs, ForecastJob};
use crate::simulation::{Change, Progress, ResolvedScenario, compile_uncertainties};
use crate::twin::Scenario;

impl Session {
    /// States the what-if that [`Session::forecast`] and the worker compute
    /// beside the base.
    ///
    /// # Errors
    /// When it cannot be done; the old one stays.
    pub fn set_change_set(&mut self, change_set: ChangeSet) -> Result<(), LiveError> {
        if let Some(problem) = change_set.problem(&self.variables) {
            return Err(LiveError::ChangeSet(problem));
        }
        if let Some(id) = &change_set.scenario {
            scenario(&self.twin, &self.variables, id)?;
        }
        self.change_set = change_set;
        Ok(())
    }

    /// Knows these prepared what-ifs in place of the document's.
    pub fn set_scenarios(&mut self, scenarios: Vec<Scenario>) {
        Arc::make_mut(&mut self.twin).scenarios = scenarios;
    }

    /// Says what a forecast takes for the inputs after now.
    pub fn set_forecast_inputs(&mut self, inputs: ForecastInputs) {
        self.forecast_inputs = inputs;
    }

    /// The what-if.
    #[must_use]
    pub fn change_set(&self) -> &ChangeSet {
        &self.change_set
    }

    /// Computes the forecast from now under `change_set`: an empty one gives
    /// the base, A. Same seed, same draws: what differs between two forecasts
    /// of one session at one now is the change set alone.
    ///
    /// # Errors
    /// As [`ForecastJob::run`] and [`Session::prepare_forecast`].
    pub fn forecast(
        &self,
        change_set: &ChangeSet,
        progress: &Progress,
    ) -> Result<Forecast, LiveError> {
        self.prepare_forecast(change_set)?.run(progress)
    }

    /// Everything a forecast from now needs, to be computed elsewhere.
    ///
    /// # Errors
    /// When the simulation is halted or the change set cannot be done.
    pub fn prepare_forecast(&self, change_set: &ChangeSet) -> Result<ForecastJob, LiveError> {
        if let Some(source) = &self.halted {
            return Err(LiveError::Simulation {
                at: self.now(),
                source: source.clone(),
            });
        }
        if let Some(problem) = change_set.problem(&self.variables) {
            return Err(LiveError::ChangeSet(problem));
        }
        let now = self.now();
        let stride = self.forecast_settings.stride;
        let strides = self
            .reach_back()
            .min(now - self.begin)
            .whole_steps(stride)
            .unwrap_or(0);
        let from = now - stride * strides;
        let mark = self
            .trail
            .iter()
            .rev()
            .find(|mark| mark.time() <= from)
            .unwrap_or(&self.start);
        let mut plan = self.plan.clone();
        if self.forecast_inputs == ForecastInputs::Held {
            plan = plan.known_until(now);
        }
        let mut uncertainties = Arc::clone(&self.uncertainties);
        if let Some(id) = &change_set.scenario {
            let scenario = scenario(&self.twin, &self.variables, id)?;
            plan = plan.with_scenario(scenario, &self.twin, &self.variables, now)?;
            if !scenario.uncertainties.is_empty() {
                let resolved = ResolvedScenario::resolve(scenario, &self.twin, &self.variables)?;
                uncertainties =
                    compile_uncertainties(&resolved.uncertainties, &self.variables)?.into();
            }
        }
        plan = plan.with_occurrences(&change_set.contingencies, &self.variables, now)?;
        for (variable, value) in &change_set.changes {
            plan = plan.with_change(*variable, now, Change::Set(*value));
        }
        Ok(ForecastJob {
            simulation: mark.fork(),
            from,
            now,
            plan,
            uncertainties,
            measured: Arc::clone(&self.measured),
            horizon: self.forecast_settings.horizon,
            stride: self.forecast_settings.stride,
            members: self.forecast_settings.members,
            seed: self.forecast_settings.seed,
            inputs: self.forecast_inputs,
            data_until: self.data_until(),
            change_set: change_set.clone(),
            inputs_digest: self.inputs_digest(change_set),
        })
    }

    /// Digest of everything but the state that a forecast under `change_set`
    /// follows from; compared with [`Forecast::inputs_digest`] it tells a
    /// forecast that is older than its inputs.
    #[must_use]
    pub fn inputs_digest(&self, change_set: &ChangeSet) -> u64 {
        let mut hasher = blake3::Hasher::new();
        let mut text = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        text(&self.twin_digest);
        text(self.telemetry_digest.as_deref().unwrap_or_default());
        text(change_set.scenario.as_deref().unwrap_or_default());
        let known = |id: &String| self.twin.scenarios.iter().find(|one| one.id == *id);
        if let Some(scenario) = change_set.scenario.as_ref().and_then(known) {
            // Scenarios can be exchanged while the session runs.
            text(&format!("{scenario:?}"));
        }
        for occurrence in &change_set.contingencies {
            text(&occurrence.to_string());
        }
        let settings = &self.forecast_settings;
        text(&format!(
            "{} {} {} {} {:?}",
            settings.horizon,
            settings.stride,
            settings.members,
            settings.seed,
            self.forecast_inputs
        ));
        // The start holds every parameter and initial state in force.
        for value in self.start.values() {
            hasher.update(&value.to_bits().to_le_bytes());
        }
        for (variable, value) in &change_set.changes {
            hasher.update(&variable.0.to_le_bytes());
            hasher.update(&value.to_bits().to_le_bytes());
        }
        let mut first = [0; 8];
        first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}
