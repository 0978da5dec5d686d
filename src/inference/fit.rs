//! Least squares of a twin's uncertain values against its measurements.

use rayon::prelude::*;

use super::least_squares::{
    Minimum, ResidualFunction, StoppingRules, jacobian, minimise, standard_deviations,
};
use super::parameter_set::{FittedValue, ParameterSet};
use super::residual::ResidualStatistics;
use crate::quantity::{Quantity, QuantityError, SimTime, Unit, standard_normal};
use crate::simulation::{
    CompileError, InputPlan, InputSeries, Purpose, Simulation, SimulationError, stream,
};
use crate::telemetry::Observations;
use crate::twin::{Causality, ChannelRole, LoadedTwin, VariableIndex};

/// What a fit may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FitScope {
    /// The uncertain parameters, the uncertain inputs without telemetry, and
    /// the uncertain initial states.
    #[default]
    All,
    /// The uncertain initial states only: how well do known parameters do on
    /// other data?
    InitialStates,
}

impl FitScope {
    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::InitialStates => "initial-states",
        }
    }

    /// The scope of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::All, Self::InitialStates]
            .into_iter()
            .find(|scope| scope.name() == name)
    }
}

/// How to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// What may change.
    pub scope: FitScope,
    /// Number of starting points: the document's values, then seeded draws
    /// around them.
    pub starts: u32,
    /// Seed of the draws.
    pub seed: u64,
    /// Only data up to this time is used; all when absent.
    pub until: Option<SimTime>,
    /// What the data are called in the name of the result; their digest when empty.
    pub data_name: String,
    /// When each start stops.
    pub stopping: StoppingRules,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            scope: FitScope::All,
            starts: 4,
            seed: 42,
            until: None,
            data_name: String::new(),
            stopping: StoppingRules::default(),
        }
    }
}

/// A fit's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The values, ready to be written or used.
    pub parameters: ParameterSet,
    /// Residual statistics over all measured channels together \[SI].
    pub pooled: ResidualStatistics,
    /// Residual statistics by position of the channel in the document \[SI].
    pub channels: Vec<(usize, ResidualStatistics)>,
    /// Whether the best start met a convergence test.
    pub converged: bool,
    /// Root mean square error \[SI] that each start ended at, in order; absent
    /// where the simulation could not run.
    pub starts: Vec<Option<f64>>,
}

/// Why nothing was fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// The twin does not make a simulation.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The twin names no uncertain value of the kind asked for.
    #[error(
        "the twin states no uncertain {0} to fit; list them under `uncertainties` in the document"
    )]
    NothingToFit(&'static str),
    /// The telemetry has no measurement.
    #[error("the telemetry has no samples of a measured channel to fit to")]
    NoMeasurements,
    /// There are fewer measurements than values.
    #[error("{samples} samples cannot determine {values} values; give more telemetry")]
    TooFewSamples {
        /// Residuals.
        samples: usize,
        /// Values to fit.
        values: usize,
    },
    /// A fitted value cannot be written down.
    #[error(transparent)]
    Value(#[from] QuantityError),
    /// No start gave a result.
    #[error("the simulation failed at every starting point; the first reason: {0}")]
    AllStartsFailed(String),
}

/// Half-width, in scaled units, of the box that the further starts are drawn
/// from: wide enough to leave the neighbourhood of the document's values.
const SPREAD_OF_STARTS: f64 = 3.0;

/// Fits the twin's uncertain values to the measurements by bounded
/// least squares from several starts, and keeps the best.
///
/// The residuals are observed minus simulated at every observation of every
/// measured channel \[SI]; channels count by their number of samples. A
/// parameter is bounded by its kind. Standard deviations take into account
/// that neighbouring residuals resemble each other (see
/// [`standard_deviations`]). The result does not depend on the number of threads.
///
/// # Errors
/// When there is nothing to fit or to fit to, or the simulation fails
/// everywhere.
pub fn fit_least_squares(
    loaded: &LoadedTwin,
    observations: &Observations,
    data_digest: &str,
    options: &FitOptions,
) -> Result<Fit, FitError> {
    let problem = FitProblem::new(loaded, observations, options)?;
    let unknowns = problem.unknowns.len();
    if problem.residual_count() == 0 {
        return Err(FitError::NoMeasurements);
    }
    if problem.residual_count() <= unknowns {
        return Err(FitError::TooFewSamples {
            samples: problem.residual_count(),
            values: unknowns,
        });
    }
    let (low, high) = problem.bounds();
    let minima: Vec<Option<Minimum>> = (0..options.starts.max(1))
        .into_par_iter()
        .map(|which| {
            let start = problem.start(which, options.seed);
            minimise(&problem, &start, &low, &high, options.stopping)
        })
        .collect();
    let samples = problem.residual_count() as f64;
    let starts = minima
        .iter()
        .map(|minimum| {
            minimum
                .as_ref()
                .map(|minimum| (2.0 * minimum.cost / samples).sqrt())
        })
        .collect();
    // The first of equals: the order of the starts decides, not the threads.
    let best = minima
        .into_iter()
        .flatten()
        .reduce(|best, next| if next.cost < best.cost { next } else { best });
    let Some(best) = best else {
        return Err(FitError::AllStartsFailed(problem.failure_at_document()));
    };
    let residuals = problem.residuals(&best.point).unwrap_or_default();
    let mut pooled = ResidualStatistics::new();
    let mut channels = Vec::new();
    let mut rest = residuals.as_slice();
    for measured in &problem.measured {
        let (own, others) = rest.split_at(measured.values.len().min(rest.len()));
        rest = others;
        let statistics: ResidualStatistics = own.iter().copied().collect();
        pooled = pooled.pooled_with(&statistics);
        channels.push((measured.channel, statistics));
    }
    let lengths: Vec<usize> = problem
        .measured
        .iter()
        .map(|measured| measured.values.len())
        .collect();
    let columns = jacobian(&problem, &best.point, &low, &high);
    let deviations = standard_deviations(&columns, &residuals, &lengths);
    let parameters =
        problem.parameter_set(&best, deviations.as_deref(), data_digest, &pooled, options)?;
    Ok(Fit {
        parameters,
        pooled,
        channels,
        converged: best.converged,
        starts,
    })
}

/// A value that the fit may change.
#[derive(Clone, Debug)]
struct Unknown {
    variable: VariableIndex,
    /// The document's value [SI], where the scaled value is zero.
    centre: f64,
    /// What the scaled value one stands for [SI].
    scale: f64,
    low: f64,
    high: f64,
    causality: Causality,
}

/// One measured channel, in the order of the residual vector.
#[derive(Clone, Debug)]
struct Measured {
    channel: usize,
    variable: VariableIndex,
    times: Vec<SimTime>,
    values: Vec<f64>,
}

struct FitProblem<'a> {
    loaded: &'a LoadedTwin,
    /// At the beginning of the data, before any step.
    start: Simulation,
    plan: InputPlan,
    unknowns: Vec<Unknown>,
    measured: Vec<Measured>,
    begin: SimTime,
}

impl<'a> FitProblem<'a> {
    fn new(
        loaded: &'a LoadedTwin,
        observations: &Observations,
        options: &FitOptions,
    ) -> Result<Self, FitError> {
        let mut start = Simulation::compile(&loaded.twin, &loaded.variables)?;
        let begin = observations
            .begin
            .floor_to(start.timestep())
            .unwrap_or(observations.begin);
        start.place_at(begin);
        let until = options.until.unwrap_or(SimTime::MAX);
        let mut series = Vec::new();
        let mut measured = Vec::new();
        for channel in &observations.channels {
            match channel.role {
                ChannelRole::Input => series.push(InputSeries {
                    variable: channel.variable,
                    times: channel.times.clone(),
                    values: channel.values.clone(),
                }),
                ChannelRole::Measurement => {
                    let (times, values) = channel
                        .times
                        .iter()
                        .zip(&channel.values)
                        .filter(|(time, _)| **time >= begin && **time <= until)
                        .map(|(time, value)| (*time, *value))
                        .unzip();
                    measured.push(Measured {
                        channel: channel.channel,
                        variable: channel.variable,
                        times,
                        values,
                    });
                }
            }
        }
        let driven: Vec<VariableIndex> = series.iter().map(|one| one.variable).collect();
        let unknowns = unknowns(loaded, &start, &driven, options.scope);
        if unknowns.is_empty() {
            return Err(FitError::NothingToFit(match options.scope {
                FitScope::All => "parameter, input or state",
                FitScope::InitialStates => "state",
            }));
        }
        Ok(Self {
            loaded,
            start,
            plan: InputPlan::new(&series),
            unknowns,
            measured,
            begin,
        })
    }

    /// Bounds of the scaled values.
    fn bounds(&self) -> (Vec<f64>, Vec<f64>) {
        self.unknowns
            .iter()
            .map(|unknown| {
                let scaled = |value: f64| (value - unknown.centre) / unknown.scale;
                (scaled(unknown.low), scaled(unknown.high))
            })
            .unzip()
    }

    /// The scaled starting point number `which`; the first is the document's.
    fn start(&self, which: u32, seed: u64) -> Vec<f64> {
        self.unknowns
            .iter()
            .map(|unknown| {
                if which == 0 {
                    return 0.0;
                }
                let path = &self.loaded.variables.get(unknown.variable).path;
                let mut draws = stream(seed, u64::from(which), path, Purpose::Estimation);
                SPREAD_OF_STARTS * standard_normal(&mut draws)
            })
            .collect()
    }

    fn value(&self, which: usize, point: &[f64]) -> f64 {
        let unknown = &self.unknowns[which];
        unknown
            .scale
            .mul_add(point[which], unknown.centre)
            .clamp(unknown.low, unknown.high)
    }

    fn simulate(&self, point: &[f64]) -> Result<Vec<f64>, SimulationError> {
        let mut simulation = self.start.fork();
        for (which, unknown) in self.unknowns.iter().enumerate() {
            let value = self.value(which, point);
            match unknown.causality {
                Causality::Parameter => simulation.set_parameter(unknown.variable, value),
                Causality::Input => simulation.set_input(unknown.variable, value),
                Causality::State | Causality::Output => {}
            }
        }
        simulation.restart()?;
        simulation.place_at(self.begin);
        for (which, unknown) in self.unknowns.iter().enumerate() {
            if unknown.causality == Causality::State {
                simulation.set_state(unknown.variable, self.value(which, point));
            }
        }
        let mut cursor = self.plan.cursor();
        cursor.apply(&mut simulation);
        simulation.refresh()?;
        let mut next = vec![0_usize; self.measured.len()];
        let mut columns: Vec<Vec<f64>> = self
            .measured
            .iter()
            .map(|measured| Vec::with_capacity(measured.values.len()))
            .collect();
        let last = self
            .measured
            .iter()
            .filter_map(|measured| measured.times.last().copied())
            .max()
            .unwrap_or(self.begin);
        loop {
            let now = simulation.time();
            for ((measured, next), column) in self.measured.iter().zip(&mut next).zip(&mut columns)
            {
                while let Some(time) = measured.times.get(*next)
                    && *time <= now
                {
                    column.push(measured.values[*next] - simulation.value(measured.variable));
                    *next += 1;
                }
            }
            if now >= last {
                break;
            }
            cursor.apply(&mut simulation);
            simulation.step()?;
        }
        Ok(columns.concat())
    }

    fn failure_at_document(&self) -> String {
        match self.simulate(&vec![0.0; self.unknowns.len()]) {
            Err(error) => error.to_string(),
            Ok(_) => "the minimiser made no step".to_owned(),
        }
    }

    fn parameter_set(
        &self,
        best: &Minimum,
        deviations: Option<&[f64]>,
        data_digest: &str,
        pooled: &ResidualStatistics,
        options: &FitOptions,
    ) -> Result<ParameterSet, FitError> {
        let twin = &self.loaded.twin;
        let mut set = ParameterSet {
            format: ParameterSet::FORMAT,
            name: format!(
                "fitted to {}",
                match options.data_name.as_str() {
                    "" => data_digest.get(..8).unwrap_or(data_digest),
                    name => name,
                }
            ),
            twin: twin.id.clone(),
            twin_digest: self.loaded.digest.clone(),
            data_digest: data_digest.to_owned(),
            method: format!(
                "bounded least squares (trust-region reflective), best of {} starts, seed {}",
                options.starts.max(1),
                options.seed
            ),
            samples: pooled.count(),
            root_mean_square_error: pooled.root_mean_square(),
            values: std::collections::BTreeMap::new(),
            initial_states: std::collections::BTreeMap::new(),
        };
        for (which, unknown) in self.unknowns.iter().enumerate() {
            let variable = self.loaded.variables.get(unknown.variable);
            let unit = &variable.unit;
            let value = self.value(which, &best.point);
            let fitted = FittedValue {
                value: Quantity::new(unit.from_si(value), unit.clone())?,
                standard_deviation: deviations
                    .map(|deviations| {
                        let deviation = deviations[which] * unknown.scale;
                        let unit = difference_unit(unit);
                        Quantity::new(unit.difference_from_si(deviation), unit)
                    })
                    .transpose()?,
            };
            let map = match unknown.causality {
                Causality::State => &mut set.initial_states,
                _ => &mut set.values,
            };
            map.insert(variable.path.clone(), fitted);
        }
        Ok(set)
    }
}

impl ResidualFunction for FitProblem<'_> {
    fn residual_count(&self) -> usize {
        self.measured
            .iter()
            .map(|measured| measured.values.len())
            .sum()
    }

    fn residuals(&self, point: &[f64]) -> Option<Vec<f64>> {
        self.simulate(point)
            .ok()
            .filter(|residuals| residuals.len() == self.residual_count())
    }
}

/// The uncertain values that the fit may change, in the document's order.
fn unknowns(
    loaded: &LoadedTwin,
    start: &Simulation,
    driven: &[VariableIndex],
    scope: FitScope,
) -> Vec<Unknown> {
    let mut unknowns: Vec<Unknown> = Vec::new();
    for uncertainty in &loaded.twin.uncertainties {
        let Some(index) = loaded.variables.find(&uncertainty.variable) else {
            continue;
        };
        let variable = loaded.variables.get(index);
        let wanted = match variable.causality {
            Causality::State => true,
            Causality::Parameter => scope == FitScope::All,
            Causality::Input => scope == FitScope::All && !driven.contains(&index),
            Causality::Output => false,
        };
        if !wanted || unknowns.iter().any(|one| one.variable == index) {
            continue;
        }
        let centre = start.value(index);
        let spread = uncertainty
            .unit
            .difference_to_si(uncertainty.distribution.standard_deviation());
        let scale = if spread.is_finite() && spread > 0.0 {
            spread
        } else {
            (1e-2 * centre.abs()).max(1e-6)
        };
        // An open end is approached, never reached.
        let low = if variable.bounds.low_inclusive {
            variable.bounds.low
        } else {
            variable.bounds.low + 1e-3 * (centre - variable.bounds.low).abs().min(scale)
        };
        unknowns.push(Unknown {
            variable: index,
            centre,
            scale,
            low,
            high: variable.bounds.high,
            causality: variable.causality,
        });
    }
    unknowns
}

/// The unit for differences of values in `unit`: its own, or the kelvin of an
/// offset scale such as the degree Celsius.
fn difference_unit(unit: &Unit) -> Unit {
    if unit.has_offset() {
        Unit::si(unit.dimension()).unwrap_or_else(|_| unit.clone())
    } else {
        unit.clone()
    }
}
