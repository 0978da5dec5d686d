//! What runs of a model with chance say, and how sure it is.
//!
//! A steady figure (a throughput, a mean wait) is asked of one long run without
//! its warm-up ([`mser`]), cut into [`batch_means`], or of independent replications
//! ([`interval_of_mean`]). [`replicate_until`] makes as many replications as a
//! wanted half-width needs. What a change brings is the [`paired_difference`] of
//! runs with common random numbers, and [`select_best`] finds the best of several
//! with a stated probability.

mod batch;
mod interval;
mod selection;
mod sequential;
mod warm_up;

pub use batch::{BatchMeans, batch_means};
pub use interval::{ConfidenceInterval, StatisticsError, interval_of_mean, paired_difference};
pub use selection::{Selection, SelectionOptions, select_best};
pub use sequential::{Precision, Replicated, StoppingRule, replicate_until};
pub use warm_up::mser;
