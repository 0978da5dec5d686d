//! What is a value: unit, time, distribution.
//!
//! Every number that enters the program has a [`Unit`] or is declared dimensionless;
//! inside everything is SI; on the screen the unit is the reader's choice.
//!
//! - [`Unit`]: a unit of measurement by its UCUM code, with its [`Dimension`] and its
//!   conversion to SI.
//! - [`Quantity`]: a number with a unit, as a document writes it (`7.5 J/K`).
//! - [`SimTime`], [`SimDuration`], [`Epoch`]: simulation time in whole nanoseconds, and the
//!   calendar instant it counts from.
//! - [`Distribution`]: what is not known exactly, and how to draw from it reproducibly.
//! - [`random`]: one reproducible stream per (seed, member, asset, purpose).
//! - [`mod@format`]: numbers for people.
//!
//! This is the top floor of the house: it uses nothing else of the program.

mod dimension;
mod distribution;
mod duration_text;
mod epoch;
pub mod format;
mod lenient;
pub mod random;
mod scalar;
mod special;
mod symbol;
mod time;
mod unit;
mod unit_error;

pub use dimension::Dimension;
pub use distribution::{
    Distribution, DistributionError, EmpiricalValues, QuantileTable, standard_normal, unit_interval,
};
pub use duration_text::DurationError;
pub use epoch::{Epoch, EpochError};
pub use random::{Purpose, Stream, stream};
pub use scalar::{Quantity, QuantityError};
pub use time::{SimDuration, SimTime};
pub use unit::Unit;
pub use unit_error::UnitError;
