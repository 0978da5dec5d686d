//! How many events a stretch of simulated time may hold.

use serde::{Deserialize, Serialize};

use crate::quantity::{SimDuration, SimTime};

/// Counts events per stretch of simulated time, so that a model whose events
/// call each other without time passing ends with a message and not never.
///
/// The stretches follow each other without gaps from the first event counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBudget {
    most: u64,
    stretch: i64,
    /// End of the present stretch, ns.
    end: i64,
    left: u64,
}

/// A stretch of simulated time held more events than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {most} events within {stretch} of simulated time, at {time}")]
pub struct BudgetExceeded {
    /// Most events a stretch may hold.
    pub most: u64,
    /// The stretch.
    pub stretch: SimDuration,
    /// Time of the event that was one too many.
    pub time: SimTime,
}

impl EventBudget {
    /// A budget of `most` events in any of the stretches that simulated time is
    /// cut into.
    #[must_use]
    pub const fn new(most: u64, stretch: SimDuration) -> Self {
        Self {
            most,
            stretch: stretch.nanoseconds(),
            end: i64::MIN,
            left: most,
        }
    }

    /// Counts one event.
    ///
    /// # Errors
    /// When it is one too many.
    #[inline]
    pub fn count(&mut self, time: SimTime) -> Result<(), BudgetExceeded> {
        if time.nanoseconds() >= self.end {
            self.end = time.nanoseconds().saturating_add(self.stretch.max(1));
            self.left = self.most;
        }
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(BudgetExceeded {
                most: self.most,
                stretch: SimDuration::from_nanoseconds(self.stretch),
                time,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_holds_as_many_events_as_it_may_and_no_more() {
        let mut budget = EventBudget::new(3, SimDuration::from_nanoseconds(10));
        let at = SimTime::from_nanoseconds;
        for time in [0, 5, 9, 10, 11, 12] {
            assert_eq!(budget.count(at(time)), Ok(()));
        }
        let exceeded = budget.count(at(19)).expect_err("one too many");
        assert_eq!(exceeded.time, at(19));
        assert_eq!(budget.count(at(20)), Ok(()));
    }
}
