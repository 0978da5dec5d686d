//! Counterpart: a workbench for digital twins.
//!
//! A twin is a document; everything else is a way to run it, judge it or show
//! it. Each module here is a floor of the house, and a floor uses only the
//! floors above it: `ARCHITECTURE.md` draws them, `tests/house.rs` holds them.
//!
//! Inside, every number is in SI units and simulation time is an integer count
//! of nanoseconds since the twin's epoch.
#![cfg_attr(
    test,
    allow(
        clippy::float_cmp,
        reason = "tests state exact values and compare runs bit for bit"
    )
)]

pub mod cli;
pub mod import;
pub mod inference;
pub mod live;
pub mod model;
pub mod quantity;
pub mod simulation;
pub mod telemetry;
pub mod twin;
#[cfg(feature = "panels")]
pub mod workbench;
