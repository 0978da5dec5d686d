//! The solver of a thermal network: one call advances all temperatures.

use serde::{Deserialize, Serialize};

use super::audit::HeatAudit;
use super::implicit::{Implicit, ImplicitState};
use super::network::{Network, NetworkError};
use super::propagator::{Propagator, PropagatorState};

/// Largest number of states for which [`Method::Automatic`] uses dense
/// exponentials in a network without radiation.
///
/// A dense step costs the square of the number of states and its operators the
/// cube, once; a sparse implicit step costs little more than the number of
/// states, but several solutions each. `docs/adr/0005-thermal-integration.md`
/// has the measurements.
pub const DENSE_LIMIT: usize = 200;

/// As [`DENSE_LIMIT`], for networks with radiation, whose operators are made
/// anew when temperatures move far.
pub const DENSE_RADIATING_LIMIT: usize = 128;

/// How a network is integrated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Exponential up to [`DENSE_LIMIT`] states, implicit beyond.
    #[default]
    Automatic,
    /// Dense matrix exponentials: exact without radiation, third order with it.
    Exponential,
    /// Sparse singly diagonally implicit Runge-Kutta method of fourth order.
    Implicit,
}

/// How a network is integrated and how accurately.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolverOptions {
    /// The method.
    pub method: Method,
    /// Accepted estimate of the error of one substep, in K. Linear networks on
    /// the exponential method have no such error.
    pub tolerance: f64,
}

impl Default for SolverOptions {
    fn default() -> Self {
        Self {
            method: Method::Automatic,
            tolerance: 1e-7,
        }
    }
}

/// Why a step was not made. The temperatures are then as before it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StepError {
    /// The step is not a positive finite number of seconds.
    #[error("a step must be a positive number of seconds, not {step}")]
    BadStep {
        /// The step given.
        step: f64,
    },
    /// A slice does not have the network's length.
    #[error("{what}: expected {expected} values, found {found}")]
    WrongLength {
        /// Which slice.
        what: &'static str,
        /// Its length by the network.
        expected: usize,
        /// Its length as given.
        found: usize,
    },
    /// A given number is NaN or infinite.
    #[error("{what} {index} is {value}; every input must be a finite number")]
    NotFinite {
        /// Which slice.
        what: &'static str,
        /// Position in it.
        index: usize,
        /// The number.
        value: f64,
    },
    /// A temperature would leave the physical range.
    #[error(
        "temperature of state {state} would become {temperature} K, which is not above \
         absolute zero; check the heat flows drawn from it"
    )]
    NotPhysical {
        /// Index of the state.
        state: usize,
        /// What it would become, in K.
        temperature: f64,
    },
    /// The error stays above the tolerance however small the substep.
    #[error(
        "no substep down to {substep} s meets the tolerance (estimated error {error} K); \
         check the inputs for absurd values or raise the tolerance"
    )]
    Unresolved {
        /// The smallest substep tried, in s.
        substep: f64,
        /// The estimated error there, in K.
        error: f64,
    },
}

#[derive(Clone, Debug)]
enum Engine {
    Exponential(Box<Propagator>),
    Implicit(Box<Implicit>),
}

/// Advances the temperatures of a network.
///
/// Boundary temperatures and source heat flows are constant over a step. What
/// a step needs is prepared when a step size is first used and kept, so
/// repeating a step size allocates nothing. Cloning shares the prepared
/// operators.
///
/// With radiation, the state at which radiation was linearised last is part of
/// the solver: two solvers give the same bits when they went through the same
/// steps, and results within the tolerance otherwise.
///
/// ```
/// use counterpart::model::thermal::{Network, SolverOptions, ThermalSolver};
///
/// // 50 J/K tied to the room by 0.1 W/K and heated with 2 W.
/// let mut network = Network::new();
/// let body = network.add_body(50.0)?;
/// let room = network.add_boundary();
/// network.add_conductance(body, room, 0.1)?;
/// network.add_source(0)?;
/// let mut solver = ThermalSolver::new(network, SolverOptions::default())?;
///
/// let mut temperatures = [293.15];
/// solver.advance(500.0, &mut temperatures, &[293.15], &[2.0])?;
/// // One time constant: 1 - 1/e of the way to 20 K above the room.
/// let expected = 293.15 + 20.0 * (1.0 - (-1.0_f64).exp());
/// assert!((temperatures[0] - expected).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ThermalSolver {
    network: Network,
    options: SolverOptions,
    engine: Engine,
}

/// What a solver has come to on its way, beside the temperatures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum SolverState {
    /// Of the exponential method.
    Exponential(PropagatorState),
    /// Of the implicit method.
    Implicit(ImplicitState),
}

impl ThermalSolver {
    /// Prepares a solver for `network`.
    ///
    /// # Errors
    /// When the network is [incomplete](Network::check).
    pub fn new(network: Network, options: SolverOptions) -> Result<Self, NetworkError> {
        network.check()?;
        let engine = Self::engine(&network, options);
        Ok(Self {
            network,
            options,
            engine,
        })
    }

    fn engine(network: &Network, options: SolverOptions) -> Engine {
        let limit = if network.radiations().is_empty() {
            DENSE_LIMIT
        } else {
            DENSE_RADIATING_LIMIT
        };
        let dense = match options.method {
            Method::Automatic => network.state_count() <= limit,
            Method::Exponential => true,
            Method::Implicit => false,
        };
        if dense {
            Engine::Exponential(Box::new(Propagator::new(network, options.tolerance)))
        } else {
            Engine::Implicit(Box::new(Implicit::new(network, options.tolerance)))
        }
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Changes the network; what was prepared for the old one is dropped.
    ///
    /// # Errors
    /// When `change` fails or leaves the network incomplete; the solver then
    /// keeps the old one.
    pub fn change(
        &mut self,
        change: impl FnOnce(&mut Network) -> Result<(), NetworkError>,
    ) -> Result<(), NetworkError> {
        let mut network = self.network.clone();
        change(&mut network)?;
        network.check()?;
        if network != self.network {
            self.engine = Self::engine(&network, self.options);
            self.network = network;
        }
        Ok(())
    }

    /// What the method has come to on its way, beside the temperatures: a solver of
    /// the same network that goes on from it gives the same bits.
    pub(super) fn state(&self) -> SolverState {
        match &self.engine {
            Engine::Exponential(engine) => SolverState::Exponential(engine.state()),
            Engine::Implicit(engine) => SolverState::Implicit(engine.state()),
        }
    }

    /// Goes on from what another solver of the same network had come to; says whether
    /// it can be of the same network. Where it cannot, this one is of no use any more.
    pub(super) fn go_on_from(&mut self, state: SolverState) -> bool {
        self.engine = Self::engine(&self.network, self.options);
        match (&mut self.engine, state) {
            (Engine::Exponential(engine), SolverState::Exponential(state)) => {
                engine.go_on_from(&self.network, state)
            }
            (Engine::Implicit(engine), SolverState::Implicit(state)) => engine.go_on_from(state),
            _ => false,
        }
    }

    /// Uses another tolerance \[K] from here on; what is prepared stays.
    pub fn set_tolerance(&mut self, tolerance: f64) {
        self.options.tolerance = tolerance;
        match &mut self.engine {
            Engine::Exponential(engine) => engine.set_tolerance(tolerance),
            Engine::Implicit(engine) => engine.set_tolerance(tolerance),
        }
    }

    /// Advances all temperatures by `step` seconds.
    ///
    /// - `states`: temperature of each body, then of each lag, in K; changed.
    /// - `boundaries`: temperature of each boundary over the step, in K.
    /// - `heat`: heat flow of each source over the step, in W.
    ///
    /// # Errors
    /// When an input is not as described, or no accurate step can be made; the
    /// states are then as before.
    #[inline]
    pub fn advance(
        &mut self,
        step: f64,
        states: &mut [f64],
        boundaries: &[f64],
        heat: &[f64],
    ) -> Result<(), StepError> {
        self.advance_inner(step, states, boundaries, heat, None)
    }

    /// As [`advance`](Self::advance), and adds the heat carried by every link to
    /// `audit`, which was made for this network. Costs about twice as much.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub fn advance_audited(
        &mut self,
        step: f64,
        states: &mut [f64],
        boundaries: &[f64],
        heat: &[f64],
        audit: &mut HeatAudit,
    ) -> Result<(), StepError> {
        let network = &self.network;
        check_length(
            "audited conductances",
            audit.conductances.len(),
            network.conductances().len(),
        )?;
        check_length(
            "audited radiation links",
            audit.radiations.len(),
            network.radiations().len(),
        )?;
        check_length(
            "audited sources",
            audit.sources.len(),
            network.sources().len(),
        )?;
        self.advance_inner(step, states, boundaries, heat, Some(audit))
    }

    #[inline]
    fn advance_inner(
        &mut self,
        step: f64,
        states: &mut [f64],
        boundaries: &[f64],
        heat: &[f64],
        audit: Option<&mut HeatAudit>,
    ) -> Result<(), StepError> {
        if !(step > 0.0 && step < f64::INFINITY) {
            return Err(StepError::BadStep { step });
        }
        let network = &self.network;
        check_length("states", states.len(), network.state_count())?;
        check_length(
            "boundary temperatures",
            boundaries.len(),
            network.boundary_count(),
        )?;
        check_length("source heat flows", heat.len(), network.sources().len())?;
        match &mut self.engine {
            Engine::Exponential(propagator) => {
                propagator.advance(network, step, states, boundaries, heat, audit)
            }
            Engine::Implicit(implicit) => {
                check_finite(states, boundaries, heat)?;
                implicit.advance(network, step, states, boundaries, heat, audit)
            }
        }
    }
}

fn check_length(what: &'static str, found: usize, expected: usize) -> Result<(), StepError> {
    if found == expected {
        Ok(())
    } else {
        Err(StepError::WrongLength {
            what,
            expected,
            found,
        })
    }
}

/// Refuses arguments of a step that are NaN or infinite.
pub(crate) fn check_finite(
    states: &[f64],
    boundaries: &[f64],
    heat: &[f64],
) -> Result<(), StepError> {
    for (what, values) in [
        ("state", states),
        ("boundary temperature", boundaries),
        ("source heat flow", heat),
    ] {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(StepError::NotFinite {
                what,
                index,
                value: values[index],
            });
        }
    }
    Ok(())
}

/// Refuses temperatures that are NaN, infinite or below absolute zero.
#[inline(always)]
pub(crate) fn check_states(states: &[f64]) -> Result<(), StepError> {
    // Without an early exit, because there is hardly ever one.
    let mut fine = true;
    for &temperature in states {
        fine &= is_physical(temperature);
    }
    if fine { Ok(()) } else { refuse_states(states) }
}

fn is_physical(temperature: f64) -> bool {
    (0.0..f64::INFINITY).contains(&temperature)
}

#[cold]
fn refuse_states(states: &[f64]) -> Result<(), StepError> {
    match states
        .iter()
        .position(|&temperature| !is_physical(temperature))
    {
        None => Ok(()),
        Some(state) => Err(StepError::NotPhysical {
            state,
            temperature: states[state],
        }),
    }
}
