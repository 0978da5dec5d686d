//! What is in a file that nobody has described: proposals, each with how sure it
//! is and why.
//!
//! [`infer`] looks at a table of unknown columns: its encoding and separators,
//! the time column, and for every other column unit, period, ranges, resolution,
//! rate and rest. [`propose_channels`] then says which column is which channel or
//! variable of a twin, by name, unit and, where the caller can simulate the twin,
//! by likeness to the simulation. Nothing is applied here: a person accepts or
//! edits, [`channels`] makes channels of it, and [`convert`] writes a file that
//! the reader reads where the original is none.

mod accept;
mod assignment;
mod convert;
mod encoding;
mod header_unit;
mod layout;
mod matching;
mod names;
mod number_style;
mod parquet_table;
mod proposed;
mod statistics;
mod table;
#[cfg(test)]
mod tests;
mod time_column;

pub use accept::{channels, fragment, is_readable_as_it_is, proposed_epoch};
pub use convert::{Converted, convert};
pub use encoding::Encoding;
pub use layout::TableLayout;
pub use matching::{
    DrivenInput, MOST_SIMULATIONS, SimulatedSeries, Target, fits, propose_channels, target_named,
    targets,
};
pub use number_style::NumberStyle;
pub use parquet_table::{is_parquet, write_parquet_as_csv};
pub use proposed::Proposed;
pub use table::{ColumnProposal, InferError, InferOptions, Inference, infer, infer_from};
pub use time_column::{TimeColumn, TimeFormat};
