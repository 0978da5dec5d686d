//! Circuit breakers: closed, open, half-open.

use serde::{Deserialize, Serialize};

use super::definition::Breaker;

/// What a circuit breaker does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BreakerState {
    /// Lets calls through.
    #[default]
    Closed,
    /// Fails calls at once.
    Open,
    /// Lets one call through, to find out whether the callee answers again.
    HalfOpen,
}

/// A breaker on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fuse {
    /// Failures in a row.
    failures: u32,
    /// Until when it is open, ns.
    open_until: Option<i64>,
    /// Whether an attempt is under way to find out.
    trying: bool,
    /// How often it opened.
    pub(super) opened: u64,
}

impl Fuse {
    pub(super) fn state(&self, now: i64) -> BreakerState {
        match self.open_until {
            None => BreakerState::Closed,
            Some(until) if now < until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// Whether an attempt may be made; one that may is the trial of a half-open one.
    pub(super) fn lets_through(&mut self, now: i64) -> bool {
        match self.state(now) {
            BreakerState::Closed => true,
            BreakerState::Open => false,
            BreakerState::HalfOpen => !std::mem::replace(&mut self.trying, true),
        }
    }

    /// Takes note of how an attempt ended. One that began before the breaker opened
    /// tells nothing new while it is open.
    pub(super) fn note(&mut self, breaker: &Breaker, now: i64, answered: bool) {
        let state = self.state(now);
        if state == BreakerState::Open {
            return;
        }
        let opened = self.opened;
        if answered {
            *self = Self {
                opened,
                ..Self::default()
            };
            return;
        }
        self.failures += 1;
        if state == BreakerState::HalfOpen || self.failures >= breaker.threshold {
            *self = Self {
                failures: 0,
                open_until: Some(now.saturating_add(breaker.reset)),
                trying: false,
                opened: opened + 1,
            };
        }
    }
}
