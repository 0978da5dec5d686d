//! Replications of one system, made as they are asked for.

use super::error::LiveError;
use crate::simulation::{EnsembleRequest, MemberFailure, Progress, Simulation, run_ensemble_from};
use crate::twin::VariableIndex;

/// The replications made so far of one system: the twin as it is, or one scenario.
///
/// A replication is known by its number: the same number means the same chance for
/// every system, however many were asked for at a time.
pub(super) struct Replications<'a> {
    simulation: &'a Simulation,
    request: EnsembleRequest,
    /// By number: the values at the end, in the order of `request.record`.
    ends: Vec<Result<Vec<f64>, MemberFailure>>,
}

impl<'a> Replications<'a> {
    /// None yet. Of `request` the number of members does not count.
    pub(super) const fn new(simulation: &'a Simulation, request: EnsembleRequest) -> Self {
        Self {
            simulation,
            request,
            ends: Vec::new(),
        }
    }

    /// Makes those that are missing, so that there are `count`.
    ///
    /// # Errors
    /// When the request cannot be run, was cancelled, or all that were missing failed.
    pub(super) fn extend_to(&mut self, count: u32, progress: &Progress) -> Result<(), LiveError> {
        let made = self.count();
        if count <= made {
            return Ok(());
        }
        self.request.members = count - made;
        let ensemble = run_ensemble_from(self.simulation, &self.request, made, progress)?;
        let mut failures = ensemble.failures().iter().peekable();
        for member in 0..ensemble.members() {
            if let Some(failure) = failures.next_if(|failure| failure.member == member) {
                let mut failure = failure.clone();
                failure.member = made + member;
                self.ends.push(Err(failure));
                continue;
            }
            let end =
                |&variable: &VariableIndex| ensemble.member(variable, member)?.last().copied();
            self.ends
                .push(Ok(self.request.record.iter().filter_map(end).collect()));
        }
        Ok(())
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.ends.len()).unwrap_or(u32::MAX)
    }

    /// The value of a recorded variable at the end of one replication; `None` where that
    /// failed or is not made yet.
    pub(super) fn end(&self, variable: VariableIndex, number: u32) -> Option<f64> {
        let place = (self.request.record.iter()).position(|one| *one == variable)?;
        let values = self.ends.get(number as usize)?.as_ref().ok()?;
        values.get(place).copied()
    }

    /// As [`Replications::end`], for who cannot do without one.
    ///
    /// # Errors
    /// That the replication failed, and why.
    pub(super) fn end_or_failure(
        &self,
        variable: VariableIndex,
        number: u32,
    ) -> Result<f64, LiveError> {
        if let Some(value) = self.end(variable, number) {
            return Ok(value);
        }
        let why = match self.ends.get(number as usize) {
            Some(Err(failure)) => failure.error.to_string(),
            _ => "it was not made".to_owned(),
        };
        Err(LiveError::Request(format!(
            "replication {number} (seed {}) failed: {why}; the answer needs all of them, so mend \
             the twin or ask for a fixed number with `--members`",
            self.request.seed
        )))
    }
}
