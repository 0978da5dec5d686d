//! Repeated runs under stated uncertainty.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rand_distr::{Distribution as _, StandardNormal};
use rayon::prelude::*;

use super::Simulation;
use super::bands::Bands;
use super::input_plan::InputPlan;
use super::random::{self, Purpose};
use super::uncertainty::{CompiledUncertainty, MemberError, apply_draws};
use crate::quantity::{SimDuration, SimTime};
use crate::twin::VariableIndex;

/// Steps between two looks at whether the work was cancelled.
const STEPS_BETWEEN_LOOKS: u64 = 4096;

/// Most values an ensemble may hold: 16 GiB.
const MOST_VALUES: usize = 1 << 31;

/// What to run, from the state of a simulation onwards.
#[derive(Clone, Debug)]
pub struct EnsembleRequest {
    /// Number of members. Every member is drawn; the run with the document's
    /// own values is not one of them.
    pub members: u32,
    /// Run seed.
    pub seed: u64,
    /// Length of the run; what is beyond a whole number of strides is left out.
    pub horizon: SimDuration,
    /// Time between stored instants; a multiple of the timestep.
    pub stride: SimDuration,
    /// The variables to store.
    pub record: Vec<VariableIndex>,
    /// What drives every member.
    pub plan: InputPlan,
    /// What is drawn for each member.
    pub uncertainties: Vec<CompiledUncertainty>,
    /// Whether stored sensor readings carry their sensor's noise.
    pub observation_noise: bool,
}

/// How far a piece of work is, shared with who waits for it.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Nothing done yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Part of the work done, 0 to 1.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        let total = self.total.load(Ordering::Relaxed);
        if total == 0 {
            return 0.0;
        }
        let done = self.done.load(Ordering::Relaxed).min(total);
        #[expect(clippy::cast_precision_loss, reason = "for a progress bar")]
        let fraction = done as f64 / total as f64;
        fraction
    }

    /// Asks the work to stop soon.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the work was asked to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Begins a piece of work of `total` parts.
    pub fn start(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Notes that `parts` more are done.
    pub fn advance(&self, parts: u64) {
        self.done.fetch_add(parts, Ordering::Relaxed);
    }
}

/// A member that came to no end.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberFailure {
    /// Which one.
    pub member: u32,
    /// The run seed that makes it fail again.
    pub seed: u64,
    /// Why.
    pub error: MemberError,
}

/// Why there is no ensemble.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EnsembleError {
    /// It was cancelled.
    #[error("the ensemble was cancelled")]
    Cancelled,
    /// No members were asked for.
    #[error("an ensemble needs at least one member")]
    NoMembers,
    /// The stride is no multiple of the timestep.
    #[error(
        "the stride {stride} is not a whole number of timesteps of {timestep}; choose a multiple"
    )]
    Stride {
        /// The stride asked for.
        stride: SimDuration,
        /// The simulation's timestep.
        timestep: SimDuration,
    },
    /// The horizon is negative or beyond the end of time.
    #[error("the horizon {horizon} from {from} is not one to run over; give one of zero or more")]
    Horizon {
        /// The horizon asked for.
        horizon: SimDuration,
        /// Time at the start.
        from: SimTime,
    },
    /// It would not fit into memory.
    #[error(
        "{members} members of {instants} instants and {variables} variables do not fit into \
         memory; store fewer variables, or choose a longer stride"
    )]
    TooLarge {
        /// Members asked for.
        members: u32,
        /// Stored instants of each.
        instants: u64,
        /// Stored variables of each.
        variables: usize,
    },
    /// Every member failed.
    #[error("all {members} members failed; the first (seed {}): {}", first.seed, first.error)]
    AllFailed {
        /// Members asked for.
        members: u32,
        /// The first failure.
        first: Box<MemberFailure>,
    },
}

/// What the members of an ensemble did.
///
/// Members that failed are listed in [`Ensemble::failures`] and take no part in
/// bands.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    times: Vec<SimTime>,
    record: Vec<VariableIndex>,
    members: u32,
    seed: u64,
    failures: Vec<MemberFailure>,
    /// By member, then by recorded variable, then by time.
    values: Vec<f64>,
}

/// Runs the members of an ensemble in parallel, each from a fork of
/// `simulation` as it stands.
///
/// The result depends on the simulation and the request only: it has the same
/// bits on one thread and on many. Where the models allow it, a member goes from
/// one stored instant to the next at once while its inputs are held; what it
/// stores then is that of single steps within the models' tolerance.
///
/// # Errors
/// When the request cannot be run, was cancelled through `progress`, or every
/// member failed. Single failures are part of the result.
pub fn run_ensemble(
    simulation: &Simulation,
    request: &EnsembleRequest,
    progress: &Progress,
) -> Result<Ensemble, EnsembleError> {
    run_ensemble_from(simulation, request, 0, progress)
}

/// As [`run_ensemble`], with the members from number `first` on: to go on with an
/// ensemble where an earlier one ended. What a member does depends on its number
/// only, not on the request that it was part of. In the result the members count
/// from zero.
///
/// # Errors
/// As [`run_ensemble`].
pub fn run_ensemble_from(
    simulation: &Simulation,
    request: &EnsembleRequest,
    first: u32,
    progress: &Progress,
) -> Result<Ensemble, EnsembleError> {
    let shape = Shape::new(simulation, request)?;
    progress.start(u64::from(request.members).saturating_mul(shape.steps()));
    let mut values = vec![0.0; shape.values_per_member * shape.members];
    let run = |member: u32, storage: &mut [f64]| {
        let number = first.saturating_add(member);
        run_member(simulation, request, &shape, number, storage, progress).err()
    };
    let mut failures = Vec::new();
    if shape.values_per_member == 0 {
        // Nothing to store and so nothing to divide; members can still fail.
        let outcomes: Vec<_> = (0..request.members)
            .into_par_iter()
            .map(|member| (member, run(member, &mut [])))
            .collect();
        failures.extend(outcomes);
    } else {
        values
            .par_chunks_mut(shape.values_per_member)
            .enumerate()
            .map(|(member, storage)| {
                // The number of chunks is that of the members, a u32.
                let member = u32::try_from(member).unwrap_or(u32::MAX);
                (member, run(member, storage))
            })
            .collect_into_vec(&mut failures);
    }
    if progress.is_cancelled() {
        return Err(EnsembleError::Cancelled);
    }
    let failures: Vec<_> = failures
        .into_iter()
        .filter_map(|(member, error)| {
            error.map(|error| MemberFailure {
                member,
                seed: request.seed,
                error,
            })
        })
        .collect();
    if failures.len() == shape.members
        && let Some(failure) = failures.first()
    {
        return Err(EnsembleError::AllFailed {
            members: request.members,
            first: Box::new(failure.clone()),
        });
    }
    Ok(Ensemble {
        times: shape.times,
        record: request.record.clone(),
        members: request.members,
        seed: request.seed,
        failures,
        values,
    })
}

/// The request in numbers.
struct Shape {
    times: Vec<SimTime>,
    members: usize,
    values_per_member: usize,
    steps_per_stride: u64,
}

impl Shape {
    fn new(simulation: &Simulation, request: &EnsembleRequest) -> Result<Self, EnsembleError> {
        let timestep = simulation.timestep();
        if request.members == 0 {
            return Err(EnsembleError::NoMembers);
        }
        let steps_per_stride = Some(request.stride)
            .filter(|stride| stride.is_positive() && stride.is_multiple_of(timestep))
            .and_then(|stride| stride.whole_steps(timestep))
            .and_then(|steps| u64::try_from(steps).ok())
            .ok_or(EnsembleError::Stride {
                stride: request.stride,
                timestep,
            })?;
        let from = simulation.time();
        let horizon = || EnsembleError::Horizon {
            horizon: request.horizon,
            from,
        };
        let strides = request
            .horizon
            .whole_steps(request.stride)
            .filter(|strides| *strides >= 0)
            .ok_or_else(horizon)?;
        let large = || EnsembleError::TooLarge {
            members: request.members,
            instants: strides.unsigned_abs() + 1,
            variables: request.record.len(),
        };
        let instants = usize::try_from(strides)
            .ok()
            .filter(|strides| *strides < MOST_VALUES)
            .ok_or_else(large)?
            + 1;
        let members = usize::try_from(request.members).map_err(|_| large())?;
        let values_per_member = instants
            .checked_mul(request.record.len())
            .filter(|per_member| {
                per_member
                    .checked_mul(members)
                    .is_some_and(|all| all <= MOST_VALUES)
            })
            .ok_or_else(large)?;
        let times = (0..=strides)
            .map(|stride| {
                request
                    .stride
                    .checked_mul(stride)
                    .and_then(|after| from.checked_add(after))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(horizon)?;
        Ok(Self {
            times,
            members,
            values_per_member,
            steps_per_stride,
        })
    }

    fn steps(&self) -> u64 {
        (self.times.len() as u64 - 1).saturating_mul(self.steps_per_stride)
    }
}

fn run_member(
    simulation: &Simulation,
    request: &EnsembleRequest,
    shape: &Shape,
    member: u32,
    storage: &mut [f64],
    progress: &Progress,
) -> Result<(), MemberError> {
    if progress.is_cancelled() {
        return Ok(());
    }
    let mut simulation = simulation.fork();
    simulation.reseed(request.seed, u64::from(member));
    let mut cursor = request.plan.cursor();
    apply_draws(
        &request.uncertainties,
        request.seed,
        u64::from(member),
        &mut simulation,
        &mut cursor,
    )?;
    cursor.apply(&mut simulation);
    simulation.refresh()?;
    // Nobody looks between the stored instants.
    simulation.hold_back_outputs(true);
    let instants = shape.times.len();
    let may_stride = simulation.may_stride();
    let mut since_look = 0;
    for instant in 0..instants {
        if instant > 0 {
            cursor.apply(&mut simulation);
            if may_stride && cursor.is_quiet_until(shape.times[instant]) {
                simulation.stride(request.stride)?;
            } else {
                for _ in 0..shape.steps_per_stride {
                    cursor.apply(&mut simulation);
                    simulation.step()?;
                }
            }
            since_look += shape.steps_per_stride;
            if since_look >= STEPS_BETWEEN_LOOKS {
                if progress.is_cancelled() {
                    return Ok(());
                }
                progress.advance(since_look);
                since_look = 0;
            }
        }
        simulation.write_outputs();
        for (which, variable) in request.record.iter().enumerate() {
            storage[which * instants + instant] = simulation.value(*variable);
        }
    }
    progress.advance(since_look);
    if request.observation_noise {
        add_noise(&simulation, request, u64::from(member), instants, storage);
    }
    Ok(())
}

/// Adds their sensor's noise to the stored readings of one member.
///
/// The standard deviation is the one held at the end of the run.
fn add_noise(
    simulation: &Simulation,
    request: &EnsembleRequest,
    member: u64,
    instants: usize,
    storage: &mut [f64],
) {
    for (which, variable) in request.record.iter().enumerate() {
        let noise = simulation
            .observation_noise()
            .iter()
            .find(|noise| noise.variable == *variable);
        let Some(noise) = noise else { continue };
        let deviation = simulation.value(noise.standard_deviation);
        let path = &simulation.variables().get(*variable).path;
        let mut stream = random::stream(request.seed, member, path, Purpose::Observation);
        for value in &mut storage[which * instants..(which + 1) * instants] {
            // The ziggurat method: millions are drawn, and no stream is shared
            // whose draws would have to stay aligned.
            let draw: f64 = StandardNormal.sample(&mut stream);
            *value += deviation * draw;
        }
    }
}

impl Ensemble {
    /// The stored instants, the first of them the start.
    #[must_use]
    pub fn times(&self) -> &[SimTime] {
        &self.times
    }

    /// The stored variables.
    #[must_use]
    pub fn record(&self) -> &[VariableIndex] {
        &self.record
    }

    /// Number of members that were run, failed ones included.
    #[must_use]
    pub const fn members(&self) -> u32 {
        self.members
    }

    /// The run seed.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Members that failed, in order.
    #[must_use]
    pub fn failures(&self) -> &[MemberFailure] {
        &self.failures
    }

    /// Whether this member came to its end.
    #[must_use]
    pub fn succeeded(&self, member: u32) -> bool {
        member < self.members
            && self
                .failures
                .binary_search_by_key(&member, |failure| failure.member)
                .is_err()
    }

    /// The values \[SI] of a stored variable in one member, one per time; `None`
    /// when the variable is not stored or the member failed.
    #[must_use]
    pub fn member(&self, variable: VariableIndex, member: u32) -> Option<&[f64]> {
        let which = self.record.iter().position(|one| *one == variable)?;
        if !self.succeeded(member) {
            return None;
        }
        let instants = self.times.len();
        let start = (usize::try_from(member).ok()? * self.record.len() + which) * instants;
        self.values.get(start..start + instants)
    }

    /// The quantile bands of a stored variable over the members that came to
    /// their end; `None` when the variable is not stored.
    #[must_use]
    pub fn bands(&self, variable: VariableIndex) -> Option<Bands> {
        if !self.record.contains(&variable) {
            return None;
        }
        let members: Vec<_> = (0..self.members)
            .filter_map(|member| self.member(variable, member))
            .collect();
        Some(Bands::over(&self.times, &members))
    }
}

#[cfg(test)]
mod tests {
    use super::super::input_plan::Change;
    use super::super::test_models::{at, index, lag_simulation, lag_twin};
    use super::super::uncertainty::compile_uncertainties;
    use super::*;
    use crate::quantity::{Distribution, Unit};
    use crate::twin::Uncertainty;

    fn seconds(value: i64) -> SimDuration {
        SimDuration::from_whole_seconds(value)
    }

    fn gain_of(mean: f64, standard_deviation: f64) -> Uncertainty {
        Uncertainty {
            variable: "lag_1.gain".to_owned(),
            unit: Unit::known("K"),
            distribution: Distribution::Normal {
                mean,
                standard_deviation,
            },
        }
    }

    fn request(simulation: &Simulation, uncertainties: &[Uncertainty]) -> EnsembleRequest {
        EnsembleRequest {
            members: 101,
            seed: 5,
            horizon: seconds(60),
            stride: seconds(5),
            record: vec![
                index(simulation, "lag_1.reading"),
                index(simulation, "lag_2.reading"),
            ],
            plan: InputPlan::default().with_change(
                index(simulation, "lag_1.command"),
                at(10),
                Change::Set(1.0),
            ),
            uncertainties: compile_uncertainties(uncertainties, simulation.variables())
                .expect("they fit"),
            observation_noise: false,
        }
    }

    fn bits(ensemble: &Ensemble) -> Vec<u64> {
        ensemble
            .values
            .iter()
            .map(|value| value.to_bits())
            .collect()
    }

    #[test]
    fn the_same_bits_on_any_number_of_threads() {
        let simulation = lag_simulation(&lag_twin(2));
        let mut request = request(&simulation, &[gain_of(20.0, 2.0)]);
        request.observation_noise = true;
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            pool.install(|| {
                let ensemble =
                    run_ensemble(&simulation, &request, &Progress::new()).expect("an ensemble");
                let bands = ensemble.bands(request.record[0]).expect("recorded");
                (bits(&ensemble), bands)
            })
        };
        let one = run(1);
        for threads in [2, 5] {
            assert!(run(threads) == one, "{threads} threads");
        }
    }

    #[test]
    fn members_differ_as_their_draws_do() {
        let simulation = lag_simulation(&lag_twin(2));
        let request = request(&simulation, &[gain_of(20.0, 2.0)]);
        let ensemble = run_ensemble(&simulation, &request, &Progress::new()).expect("an ensemble");
        assert_eq!(ensemble.times().len(), 13);
        assert_eq!(ensemble.times()[12], at(60));
        for member in 0..request.members {
            let gain = request.uncertainties[0]
                .draw(5, u64::from(member), 20.0)
                .expect("a draw");
            let readings = ensemble
                .member(request.record[0], member)
                .expect("a member");
            assert_eq!(readings[2], 0.0);
            // Fifty seconds after the command, the time constant being ten.
            let expected = gain * (1.0 - (-5.0_f64).exp());
            assert!((readings[12] - expected).abs() < 1e-9);
        }
        let bands = ensemble.bands(request.record[0]).expect("recorded");
        assert!(bands.p05[12] < bands.p25[12] && bands.p75[12] < bands.p95[12]);
        let nothing_drawn = ensemble.bands(request.record[1]).expect("recorded");
        assert_eq!(nothing_drawn.p05, nothing_drawn.p95);
    }

    #[test]
    fn two_runs_of_a_seed_share_their_draws_whatever_is_decided() {
        let simulation = lag_simulation(&lag_twin(2));
        let base = request(&simulation, &[gain_of(20.0, 2.0)]);
        let mut what_if = base.clone();
        let command = index(&simulation, "lag_1.command");
        what_if.plan = what_if.plan.with_change(command, at(10), Change::Set(0.5));
        let run = |request| run_ensemble(&simulation, request, &Progress::new()).expect("ensemble");
        let (a, b) = (run(&base), run(&what_if));
        for member in 0..base.members {
            let a = a.member(base.record[0], member).expect("a member");
            let b = b.member(base.record[0], member).expect("a member");
            for (a, b) in a.iter().zip(b) {
                assert!((a - 2.0 * b).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn readings_carry_noise_of_the_sensors_deviation_when_asked() {
        let simulation = lag_simulation(&lag_twin(2));
        let mut request = request(&simulation, &[]);
        request.members = 400;
        request.observation_noise = true;
        let ensemble = run_ensemble(&simulation, &request, &Progress::new()).expect("an ensemble");
        // The second lag has no command: its readings are noise alone, 0.25 K.
        let readings: Vec<f64> = (0..400)
            .flat_map(|member| {
                ensemble
                    .member(request.record[1], member)
                    .expect("a member")
            })
            .copied()
            .collect();
        let count = readings.len() as f64;
        let square = readings.iter().map(|one| one * one).sum::<f64>() / count;
        assert!((square.sqrt() - 0.25).abs() < 5.0 * 0.25 / (2.0 * count).sqrt());
    }

    #[test]
    fn a_failed_member_is_listed_and_takes_no_part_in_bands() {
        let simulation = lag_simulation(&lag_twin(2));
        // Four in ten have a gain that takes the model out of its range.
        let mut request = request(&simulation, &[gain_of(9e5, 4e5)]);
        request.stride = seconds(10);
        let ensemble = run_ensemble(&simulation, &request, &Progress::new()).expect("an ensemble");
        let failed: Vec<_> = ensemble.failures().iter().map(|one| one.member).collect();
        assert!(!failed.is_empty() && failed.len() < 101);
        assert!(ensemble.failures().iter().all(|one| one.seed == 5));
        for member in 0..101 {
            let is_failed = failed.contains(&member);
            assert_eq!(
                ensemble.member(request.record[0], member).is_none(),
                is_failed
            );
        }
        let bands = ensemble.bands(request.record[0]).expect("recorded");
        assert!(bands.p95[6] < 1e6);
    }

    #[test]
    fn when_all_fail_there_is_no_ensemble() {
        let simulation = lag_simulation(&lag_twin(2));
        let request = request(&simulation, &[gain_of(9e8, 1.0)]);
        let error = run_ensemble(&simulation, &request, &Progress::new()).expect_err("all fail");
        assert!(
            matches!(error, EnsembleError::AllFailed { members: 101, .. }),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        let simulation = lag_simulation(&lag_twin(2));
        let good = request(&simulation, &[]);
        let refused = |change: &dyn Fn(&mut EnsembleRequest)| {
            let mut request = good.clone();
            change(&mut request);
            run_ensemble(&simulation, &request, &Progress::new()).expect_err("refused")
        };
        let error = refused(&|one| one.members = 0);
        assert_eq!(error, EnsembleError::NoMembers);
        let half = SimDuration::from_nanoseconds(1_500_000_000);
        let error = refused(&|one| one.stride = half);
        assert!(matches!(error, EnsembleError::Stride { .. }));
        let error = refused(&|one| one.stride = SimDuration::ZERO);
        assert!(matches!(error, EnsembleError::Stride { .. }));
        let error = refused(&|one| one.horizon = seconds(-10));
        assert!(matches!(error, EnsembleError::Horizon { .. }));
        let error = refused(&|one| {
            one.members = u32::MAX;
            one.horizon = SimDuration::MAX;
        });
        assert!(matches!(error, EnsembleError::TooLarge { .. }));
    }

    #[test]
    fn cancelling_ends_the_work() {
        let simulation = lag_simulation(&lag_twin(2));
        let mut request = request(&simulation, &[]);
        request.horizon = seconds(100_000_000);
        request.stride = seconds(100_000_000);
        let progress = Progress::new();
        std::thread::scope(|scope| {
            let work = scope.spawn(|| run_ensemble(&simulation, &request, &progress));
            while progress.fraction() <= 0.0 {
                std::thread::yield_now();
            }
            progress.cancel();
            let error = work.join().expect("no panic").expect_err("cancelled");
            assert_eq!(error, EnsembleError::Cancelled);
        });
    }

    #[test]
    fn progress_ends_at_one() {
        let simulation = lag_simulation(&lag_twin(2));
        let progress = Progress::new();
        assert_eq!(progress.fraction(), 0.0);
        run_ensemble(&simulation, &request(&simulation, &[]), &progress).expect("an ensemble");
        assert_eq!(progress.fraction(), 1.0);
    }
}
