//! What do we believe: residuals, and the least-squares fit of a twin's
//! uncertain parameters to its measurements, and what runs with chance say.
//!
//! - [`ResidualStatistics`]: how far the twin is from its measurements.
//! - [`fit_least_squares`]: parameters and initial states that bring them
//!   closest, with standard deviations.
//! - [`ParameterSet`]: the result as a file, with its provenance.
//! - [`line_agreement`]: how far a simulated line is from the log of the real one.
//! - [`statistics`]: what runs of a model with chance say, and how sure it is.
//! - [`times`]: distributions fitted to observed times, and whether they fit.
//! - [`least_squares`]: the minimisation itself, for any residual function.

mod fit;
pub mod least_squares;
mod line_agreement;
mod parameter_set;
mod residual;
pub mod statistics;
pub mod times;

pub use fit::{Fit, FitError, FitOptions, FitScope, fit_least_squares};
pub use line_agreement::{
    AssetAgreement, RequestAgreement, SideBySide, StateAgreement, line_agreement,
};
pub use parameter_set::{FittedValue, ParameterSet, ParameterSetError};
pub use residual::{Residual, ResidualStatistics};
