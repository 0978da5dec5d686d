//! Contracts in the language of others: the Open Data Contract Standard (ODCS)
//! of Bitol, version 3.1.0.
//!
//! [`to_odcs`] writes a twin's channels with their contracts as YAML; [`from_odcs`]
//! reads such a file back into channels. What the standard has a place for stands
//! there: names, types, bounds, the period (`frequency`) and the allowed lateness
//! (`latency`) as service levels. The rest are `customProperties` of the column,
//! with quantities as this program writes them. A part that is not understood is
//! told, never dropped without a word.

mod export;
mod import;
#[cfg(test)]
mod tests;

pub use export::to_odcs;
pub use import::{ImportedContract, from_odcs};

/// Version of the standard that is written.
pub const ODCS_VERSION: &str = "v3.1.0";

/// Name of the table that the channels are columns of.
const TABLE: &str = "telemetry";
/// Name of the time column.
const TIME: &str = "t";

/// Why a contract cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum OdcsError {
    /// The twin has nothing to make a contract of.
    #[error("the twin `{0}` has no channels, so there is nothing to agree on; declare some first")]
    NoChannels(String),
    /// It cannot be written.
    #[error("the contract cannot be written as YAML: {0}")]
    Write(String),
    /// It is no YAML.
    #[error("it is not YAML that can be read: {0}")]
    Yaml(String),
    /// It is YAML and no contract.
    #[error("it is not an Open Data Contract: {0}")]
    NotAContract(String),
    /// It is a contract of a version that is not known.
    #[error(
        "it is an Open Data Contract of version `{0}`; versions 3.0 and 3.1 are read, convert it \
         first"
    )]
    Version(String),
}
