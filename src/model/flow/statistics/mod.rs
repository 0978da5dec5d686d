//! What is counted while a flow runs, and what the counts say of a line.
//!
//! [`TimeWeighted`] averages a number that changes at events over time,
//! [`Observations`] averages what is seen once per item, [`Quantiles`] says how it is
//! spread, [`StationTally`] splits
//! the time of a station. From them follow the [`Utilisation`], the bottleneck by
//! its active periods ([`bottleneck`]), Little's law ([`LittlesLaw`]) and the
//! overall equipment effectiveness ([`Effectiveness`]).
//!
//! How many runs are needed, and what two runs differ in, is asked of
//! `inference::statistics`.

mod effectiveness;
mod little;
mod observations;
mod quantiles;
mod station;
mod time_weighted;

pub use effectiveness::Effectiveness;
pub use little::LittlesLaw;
pub use observations::Observations;
pub use quantiles::Quantiles;
pub use station::{Activity, SHARE_QUANTITIES, StationTally, Utilisation, bottleneck};
pub use time_weighted::TimeWeighted;
