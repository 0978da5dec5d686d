//! Simulation time: whole nanoseconds since the twin's epoch.
//!
//! An `i64` of nanoseconds reaches 292 years either way. Whole numbers keep the clock exact:
//! a million steps of 0.1 s end at 100 000 s, not near it.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::duration_text::{self, DurationError};

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

/// A length of time in whole nanoseconds; may be negative.
///
/// Text is `15 min`, `1 h 30 min`, `250 ms` or ISO 8601 `PT15M`; it displays as the former,
/// and what it displays parses to the same value. `+`, `-` and `*` saturate at the ends of
/// the range (±292 years); use the `checked_` variants where that can matter.
///
/// ```
/// use counterpart::quantity::SimDuration;
///
/// let pause = SimDuration::parse("1.5 h")?;
/// assert_eq!(pause.as_seconds(), 5400.0);
/// assert_eq!(pause.to_string(), "1 h 30 min");
/// # Ok::<(), counterpart::quantity::DurationError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(i64);

/// An instant of simulation time in whole nanoseconds since the twin's epoch; negative
/// before it.
///
/// Text and arithmetic are those of the [`SimDuration`] since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(i64);

/// Seconds to the nearest nanosecond; `None` for NaN and out of range.
fn nanoseconds_from_seconds(seconds: f64) -> Option<i64> {
    // Whole and fractional parts apart: the product of the whole with 10⁹ would round above
    // 2⁵³ ns, which is 104 days.
    let whole = seconds.floor();
    let limit = (i64::MAX / NANOSECONDS_PER_SECOND) as f64;
    if !(whole >= -limit && whole < limit) {
        return None;
    }
    let fraction = ((seconds - whole) * NANOSECONDS_PER_SECOND as f64).round() as i64;
    (whole as i64)
        .checked_mul(NANOSECONDS_PER_SECOND)?
        .checked_add(fraction)
}

fn seconds_from_nanoseconds(nanoseconds: i64) -> f64 {
    let whole = nanoseconds.div_euclid(NANOSECONDS_PER_SECOND);
    let rest = nanoseconds.rem_euclid(NANOSECONDS_PER_SECOND);
    whole as f64 + rest as f64 / NANOSECONDS_PER_SECOND as f64
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration(0);
    /// The longest duration, about 292 years.
    pub const MAX: SimDuration = SimDuration(i64::MAX);

    /// A duration of this many nanoseconds.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        SimDuration(nanoseconds)
    }

    /// A duration in seconds, to the nearest nanosecond; `None` for a number that is not
    /// finite or beyond ±292 years.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        nanoseconds_from_seconds(seconds).map(SimDuration)
    }

    /// A duration of whole seconds; saturates beyond 292 years.
    pub const fn from_whole_seconds(seconds: i64) -> Self {
        SimDuration(seconds.saturating_mul(NANOSECONDS_PER_SECOND))
    }

    /// Reads `15 min`, `1 h 30 min`, `1.5 h`, `250 ms`, `-2 d`, `PT15M`.
    ///
    /// Units: `wk`, `d`, `h`, `min`, `s`, `ms`, `us` (or `µs`), `ns` and their English words.
    /// A leading minus negates the whole. Months and years have no fixed length and are
    /// refused.
    ///
    /// # Errors
    /// Text that is not a duration, with the column, or one beyond ±292 years.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        duration_text::parse(text).map(SimDuration)
    }

    /// The whole number of nanoseconds.
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// The duration in seconds, to the nearest `f64`: exact to the nanosecond up to 48 days, to two
    /// microseconds at the ends of the range.
    pub fn as_seconds(self) -> f64 {
        seconds_from_nanoseconds(self.0)
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is longer than zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum, or `None` beyond the range.
    pub const fn checked_add(self, other: SimDuration) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(SimDuration(sum)),
            None => None,
        }
    }

    /// The difference, or `None` beyond the range.
    pub const fn checked_sub(self, other: SimDuration) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(SimDuration(difference)),
            None => None,
        }
    }

    /// The multiple, or `None` beyond the range.
    pub const fn checked_mul(self, times: i64) -> Option<Self> {
        match self.0.checked_mul(times) {
            Some(product) => Some(SimDuration(product)),
            None => None,
        }
    }

    /// How many whole `step`s fit into this, rounded towards minus infinity; `None` where
    /// `step` is not positive.
    pub const fn whole_steps(self, step: SimDuration) -> Option<i64> {
        if step.0 > 0 {
            Some(self.0.div_euclid(step.0))
        } else {
            None
        }
    }

    /// Whether this is a whole number of `step`s; false where `step` is not positive.
    pub const fn is_multiple_of(self, step: SimDuration) -> bool {
        step.0 > 0 && self.0 % step.0 == 0
    }
}

impl SimTime {
    /// The epoch itself.
    pub const ZERO: SimTime = SimTime(0);
    /// The last instant, about 292 years after the epoch.
    pub const MAX: SimTime = SimTime(i64::MAX);
    /// The first instant, about 292 years before the epoch.
    pub const MIN: SimTime = SimTime(i64::MIN);

    /// The instant this many nanoseconds after the epoch.
    pub const fn from_nanoseconds(nanoseconds: i64) -> Self {
        SimTime(nanoseconds)
    }

    /// The instant this many seconds after the epoch, to the nearest nanosecond; `None` for
    /// a number that is not finite or beyond ±292 years.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        nanoseconds_from_seconds(seconds).map(SimTime)
    }

    /// Reads the time since the epoch, as [`SimDuration::parse`].
    ///
    /// # Errors
    /// As [`SimDuration::parse`].
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        duration_text::parse(text).map(SimTime)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch, to the nearest `f64`, as [`SimDuration::as_seconds`].
    pub fn as_seconds(self) -> f64 {
        seconds_from_nanoseconds(self.0)
    }

    /// The time since the epoch.
    pub const fn since_epoch(self) -> SimDuration {
        SimDuration(self.0)
    }

    /// The instant later by `duration`, or `None` beyond the range.
    pub const fn checked_add(self, duration: SimDuration) -> Option<Self> {
        match self.0.checked_add(duration.0) {
            Some(sum) => Some(SimTime(sum)),
            None => None,
        }
    }

    /// The instant earlier by `duration`, or `None` beyond the range.
    pub const fn checked_sub(self, duration: SimDuration) -> Option<Self> {
        match self.0.checked_sub(duration.0) {
            Some(difference) => Some(SimTime(difference)),
            None => None,
        }
    }

    /// The time from `earlier` to this instant, or `None` beyond the range.
    pub const fn checked_since(self, earlier: SimTime) -> Option<SimDuration> {
        match self.0.checked_sub(earlier.0) {
            Some(difference) => Some(SimDuration(difference)),
            None => None,
        }
    }

    /// The last multiple of `step` since the epoch that is not after this instant; `None`
    /// where `step` is not positive.
    pub const fn floor_to(self, step: SimDuration) -> Option<Self> {
        if step.0 > 0 {
            Some(SimTime(self.0.saturating_sub(self.0.rem_euclid(step.0))))
        } else {
            None
        }
    }
}

impl Add<SimDuration> for SimTime {
    type Output = SimTime;
    /// Saturates at the ends of the range.
    fn add(self, duration: SimDuration) -> SimTime {
        SimTime(self.0.saturating_add(duration.0))
    }
}

impl Sub<SimDuration> for SimTime {
    type Output = SimTime;
    /// Saturates at the ends of the range.
    fn sub(self, duration: SimDuration) -> SimTime {
        SimTime(self.0.saturating_sub(duration.0))
    }
}

impl Sub<SimTime> for SimTime {
    type Output = SimDuration;
    /// The time from `earlier` to this instant; saturates at the ends of the range.
    fn sub(self, earlier: SimTime) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, duration: SimDuration) {
        *self = *self + duration;
    }
}

impl SubAssign<SimDuration> for SimTime {
    fn sub_assign(&mut self, duration: SimDuration) {
        *self = *self - duration;
    }
}

impl Add for SimDuration {
    type Output = SimDuration;
    /// Saturates at the ends of the range.
    fn add(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_add(other.0))
    }
}

impl Sub for SimDuration {
    type Output = SimDuration;
    /// Saturates at the ends of the range.
    fn sub(self, other: SimDuration) -> SimDuration {
        SimDuration(self.0.saturating_sub(other.0))
    }
}

impl Mul<i64> for SimDuration {
    type Output = SimDuration;
    /// Saturates at the ends of the range.
    fn mul(self, times: i64) -> SimDuration {
        SimDuration(self.0.saturating_mul(times))
    }
}

impl Neg for SimDuration {
    type Output = SimDuration;
    /// Saturates at the ends of the range.
    fn neg(self) -> SimDuration {
        SimDuration(self.0.saturating_neg())
    }
}

impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: SimDuration) {
        *self = *self + other;
    }
}

impl SubAssign for SimDuration {
    fn sub_assign(&mut self, other: SimDuration) {
        *self = *self - other;
    }
}

/// Text, serde and `FromStr` are the same for both types.
macro_rules! as_duration_text {
    ($type:ident) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&duration_text::print(self.0))
            }
        }

        impl FromStr for $type {
            type Err = DurationError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&duration_text::print(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

as_duration_text!(SimTime);
as_duration_text!(SimDuration);

#[cfg(test)]
mod tests;
