//! The calendar instant that simulation time counts from.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::unit_error::shortened;
use super::{SimDuration, SimTime};

/// The instant of the calendar that is simulation time zero.
///
/// Text is ISO 8601 with an offset from UTC (`2024-03-01T00:00:00Z`, `…+01:00`); it displays
/// in UTC. Time is counted as POSIX does, without leap seconds.
///
/// ```
/// use counterpart::quantity::{Epoch, SimTime};
///
/// let epoch = Epoch::parse("2024-03-01T00:00:00Z")?;
/// let noon = SimTime::parse("12 h").unwrap();
/// assert_eq!(epoch.instant(noon).to_string(), "2024-03-01T12:00:00Z");
/// assert_eq!(epoch.sim_time_of(epoch.instant(noon)), Some(noon));
/// # Ok::<(), counterpart::quantity::EpochError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(Timestamp);

/// A text that is not an instant of the calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochError {
    /// The text that was read.
    pub text: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for EpochError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not an instant: {}; write it as `2024-03-01T00:00:00Z`, with `Z` or an \
             offset such as `+01:00`",
            shortened(&self.text),
            self.reason
        )
    }
}

impl std::error::Error for EpochError {}

impl Epoch {
    /// Reads an ISO 8601 instant.
    ///
    /// # Errors
    /// Text that is not one, or has no offset from UTC, without which it names no instant.
    pub fn parse(text: &str) -> Result<Self, EpochError> {
        let trimmed = text.trim();
        let fail = |reason: String| EpochError {
            text: text.to_owned(),
            reason,
        };
        if trimmed.len() > 100 {
            return Err(fail("it is longer than 100 characters".to_owned()));
        }
        match trimmed.parse::<Timestamp>() {
            Ok(instant) => Ok(Epoch(instant)),
            Err(_) if trimmed.parse::<jiff::civil::DateTime>().is_ok() => {
                Err(fail("its offset from UTC is missing".to_owned()))
            }
            Err(error) => Err(fail(error.to_string())),
        }
    }

    /// The epoch at this instant.
    pub const fn from_instant(instant: Timestamp) -> Self {
        Epoch(instant)
    }

    /// The instant of simulation time zero.
    pub const fn start(self) -> Timestamp {
        self.0
    }

    /// The calendar instant of a simulation time. Saturates at the ends of the calendar
    /// (years -9999 and 9999).
    pub fn instant(self, time: SimTime) -> Timestamp {
        let duration = SignedDuration::from_nanos(time.nanoseconds());
        self.0
            .checked_add(duration)
            .unwrap_or(if time < SimTime::ZERO {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            })
    }

    /// The simulation time of a calendar instant, or `None` further than 292 years away.
    pub fn sim_time_of(self, instant: Timestamp) -> Option<SimTime> {
        let nanoseconds = instant
            .as_nanosecond()
            .checked_sub(self.0.as_nanosecond())?;
        i64::try_from(nanoseconds)
            .ok()
            .map(SimTime::from_nanoseconds)
    }

    /// The time from this epoch to another, or `None` beyond ±292 years.
    pub fn until(self, other: Epoch) -> Option<SimDuration> {
        self.sim_time_of(other.0).map(SimTime::since_epoch)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Epoch {
    type Err = EpochError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Epoch::parse(text)
    }
}

impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Epoch::parse(&text).map_err(serde::de::Error::custom)
    }
}
