//! What is likely to come, from now on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::change_set::ChangeSet;
use super::error::LiveError;
use crate::quantity::{SimDuration, SimTime};
use crate::simulation::{
    Bands, CompiledUncertainty, EnsembleRequest, InputPlan, Progress, Simulation, run_ensemble,
};
use crate::twin::{Causality, Variable, VariableIndex, VariableTable};

/// Most values an ensemble keeps for its bands: 128 MiB.
const MOST_VALUES: usize = 16 << 20;

/// What a forecast takes for the inputs after now.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum ForecastInputs {
    /// What the telemetry goes on to say: the programme of commands is known
    /// beforehand, as it is in a replay.
    #[default]
    Planned,
    /// What they are now: nothing is known of what comes.
    Held,
}

/// An ensemble of the twin's future, summarised.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Where it starts.
    pub made_at: SimTime,
    /// Last measurement that went into it; `made_at` without telemetry.
    pub data_until: SimTime,
    /// Run seed. The same for A and B, so that both see the same draws.
    pub seed: u64,
    /// Members that came to their end.
    pub members: u32,
    /// Members that failed and take no part.
    pub failures: u32,
    /// What was taken for the inputs.
    pub inputs: ForecastInputs,
    /// Quantiles over the members, of readings with their sensor's noise.
    pub bands: BTreeMap<VariableIndex, Bands>,
    /// What is done at `made_at`; empty for the base.
    pub change_set: ChangeSet,
    /// Digest of everything but the state that the forecast follows from:
    /// parameters, telemetry, uncertainties, settings. A forecast whose digest
    /// is not the session's is older than its inputs.
    pub inputs_digest: u64,
    /// Wall time it took, where someone measured it.
    pub duration_of_computation: Option<Duration>,
}

/// A forecast about to be made: everything it needs, apart from the session,
/// so that it can be computed elsewhere while the session goes on.
///
/// Members start one horizon before now, at the session's own state of then,
/// and come to now under their own parameters and the inputs that were: so the
/// error of a member's state at now belongs to its parameters, as it does in
/// the twin. Drawing both for themselves at now would make the bands too
/// narrow some time constants later. What was before now is not kept.
#[derive(Debug)]
pub struct ForecastJob {
    /// At or before `from`.
    pub(super) simulation: Simulation,
    /// Where the members start; a whole number of strides before `now`.
    pub(super) from: SimTime,
    pub(super) now: SimTime,
    pub(super) plan: InputPlan,
    pub(super) uncertainties: Arc<[CompiledUncertainty]>,
    pub(super) measured: Arc<[VariableIndex]>,
    pub(super) horizon: SimDuration,
    pub(super) stride: SimDuration,
    pub(super) members: u32,
    pub(super) seed: u64,
    pub(super) inputs: ForecastInputs,
    pub(super) data_until: SimTime,
    pub(super) change_set: ChangeSet,
    pub(super) inputs_digest: u64,
}

impl ForecastJob {
    /// What is done at now; empty for the base.
    #[must_use]
    pub fn change_set(&self) -> &ChangeSet {
        &self.change_set
    }

    /// Computes it. The result depends on the job only, not on the thread or
    /// their number.
    ///
    /// # Errors
    /// When it was cancelled through `progress`, no member came to its end, or
    /// the twin's forecast settings cannot be run.
    pub fn run(&self, progress: &Progress) -> Result<Forecast, LiveError> {
        let whole = |duration: SimDuration| duration.whole_steps(self.stride).unwrap_or(0).max(0);
        let before = self.now - self.from;
        let strides = whole(self.horizon).saturating_add(whole(before));
        let instants = usize::try_from(strides)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        let record = recorded(
            self.simulation.variables(),
            &self.measured,
            instants.saturating_mul(self.members as usize),
        );
        let request = EnsembleRequest {
            members: self.members,
            seed: self.seed,
            horizon: before + self.horizon,
            stride: self.stride,
            record: record.clone(),
            plan: self.plan.clone(),
            uncertainties: self.uncertainties.to_vec(),
            observation_noise: true,
        };
        let mut start = self.simulation.fork();
        let mut cursor = self.plan.cursor();
        while start.time() < self.from {
            cursor.apply(&mut start);
            start.step().map_err(|source| LiveError::Simulation {
                at: start.time(),
                source,
            })?;
        }
        let ensemble = run_ensemble(&start, &request, progress)?;
        let past = usize::try_from(whole(before)).unwrap_or(usize::MAX);
        let bands = record
            .into_iter()
            .filter_map(|variable| Some((variable, since(ensemble.bands(variable)?, past))))
            .collect();
        let failures = u32::try_from(ensemble.failures().len()).unwrap_or(u32::MAX);
        Ok(Forecast {
            made_at: self.now,
            data_until: self.data_until,
            seed: self.seed,
            members: ensemble.members().saturating_sub(failures),
            failures,
            inputs: self.inputs,
            bands,
            change_set: self.change_set.clone(),
            inputs_digest: self.inputs_digest,
            duration_of_computation: None,
        })
    }
}

/// The bands without their first `past` instants.
fn since(mut bands: Bands, past: usize) -> Bands {
    let past = past.min(bands.times.len());
    bands.times.drain(..past);
    for column in [
        &mut bands.p05,
        &mut bands.p25,
        &mut bands.p50,
        &mut bands.p75,
        &mut bands.p95,
    ] {
        column.drain(..past);
    }
    bands
}

/// The variables whose bands are kept, as far as memory allows: what is measured,
/// then states, outputs that indicators are made from, other outputs and inputs, and
/// of each those of rare kinds first: pumps and tanks before pipes. `each` is the
/// number of values that one variable takes.
fn recorded(
    variables: &VariableTable,
    measured: &[VariableIndex],
    each: usize,
) -> Vec<VariableIndex> {
    let room = (MOST_VALUES / each.max(1)).max(measured.len());
    let kind = |asset| variables.kind_of(asset).map_or("", |kind| kind.name);
    let mut of_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for asset in 0..variables.assets() {
        *of_kind.entry(kind(asset)).or_default() += 1;
    }
    // What people judge a future by comes before what else follows from it.
    let rank = |one: &Variable| match one.causality {
        Causality::State => Some(0),
        Causality::Output if one.indicated => Some(1),
        Causality::Output => Some(2),
        Causality::Input => Some(3),
        Causality::Parameter => None,
    };
    let mut others: Vec<((i32, usize), VariableIndex)> = (variables.iter())
        .filter(|(index, _)| measured.binary_search(index).is_err())
        .filter_map(|(index, one)| Some(((rank(one)?, of_kind[kind(one.asset)]), index)))
        .collect();
    others.sort();
    let others = others.into_iter().map(|(_, index)| index);
    let mut record: Vec<VariableIndex> = measured.iter().copied().chain(others).collect();
    record.truncate(room);
    record.sort_unstable();
    record.dedup();
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_of_rare_kinds_come_before_those_of_common_ones() {
        let text = r#"(format: 1, id: "d", name: "d", version: "1", epoch: "2024-01-01T00:00:00Z",
            timestep: "5 s", assets: [
                (id: "body", kind: "thermal.Body", parameters: { "heat_capacity": "1 J/K" }),
                (id: "room", kind: "thermal.Boundary"),
                (id: "wall_1", kind: "thermal.Conductance", parameters: { "conductance": "1 W/K" }),
                (id: "wall_2", kind: "thermal.Conductance", parameters: { "conductance": "1 W/K" }),
                (id: "heater", kind: "thermal.Heater", parameters: { "power_at_full": "1 W" }),
            ],
            links: [
                (from: "heater.heat", to: "body.heat"),
                (from: "wall_1.a", to: "body.heat"), (from: "wall_1.b", to: "room.heat"),
                (from: "wall_2.a", to: "body.heat"), (from: "wall_2.b", to: "room.heat"),
            ])"#;
        let registry = crate::model::registry();
        let loaded = crate::twin::parse(text, "d.ron", &registry).expect("a document");
        let variables = VariableTable::new(&loaded.twin, &registry);
        let kept = |room: usize| -> Vec<&str> {
            let record = recorded(&variables, &[], MOST_VALUES / room);
            let paths = record
                .iter()
                .map(|index| variables.get(*index).path.as_str());
            paths.collect()
        };
        assert_eq!(kept(2), ["body.temperature", "heater.power"]);
        assert_eq!(
            kept(4),
            [
                "body.temperature",
                "wall_1.heat_flow",
                "wall_2.heat_flow",
                "heater.power"
            ]
        );
    }
}
