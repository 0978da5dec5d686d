//! The words by which a document and an EPANET file say the same: names of
//! kinds, and the choices of attributes. One table serves both directions.

use super::inp::{HeadLoss, Mixing, SourceKind, Statistic, ValveKind};
use super::units::PressureUnit;

pub(super) const NETWORK: &str = "water.Network";
pub(super) const JUNCTION: &str = "water.Junction";
pub(super) const DEMAND: &str = "water.Demand";
pub(super) const RESERVOIR: &str = "water.Reservoir";
pub(super) const TANK: &str = "water.Tank";
pub(super) const PIPE: &str = "water.Pipe";
pub(super) const PUMP: &str = "water.Pump";

pub(super) const VALVES: [(ValveKind, &str); 7] = [
    (ValveKind::Prv, "water.PressureReducingValve"),
    (ValveKind::Psv, "water.PressureSustainingValve"),
    (ValveKind::Pbv, "water.PressureBreakerValve"),
    (ValveKind::Fcv, "water.FlowControlValve"),
    (ValveKind::Tcv, "water.ThrottleValve"),
    (ValveKind::Gpv, "water.GeneralPurposeValve"),
    (ValveKind::Pcv, "water.PositionalValve"),
];

pub(super) const HEADLOSS: [(HeadLoss, &str); 3] = [
    (HeadLoss::HazenWilliams, "HazenWilliams"),
    (HeadLoss::DarcyWeisbach, "DarcyWeisbach"),
    (HeadLoss::ChezyManning, "ChezyManning"),
];

pub(super) const PRESSURE: [(PressureUnit, &str); 5] = [
    (PressureUnit::Meters, "Meters"),
    (PressureUnit::Psi, "PSI"),
    (PressureUnit::Kpa, "kPa"),
    (PressureUnit::Feet, "Feet"),
    (PressureUnit::Bar, "Bar"),
];

pub(super) const MIXING: [(Mixing, &str); 4] = [
    (Mixing::Mixed, "Mixed"),
    (Mixing::TwoCompartment, "TwoCompartment"),
    (Mixing::FirstInFirstOut, "FirstInFirstOut"),
    (Mixing::LastInFirstOut, "LastInFirstOut"),
];

pub(super) const SOURCES: [(SourceKind, &str); 4] = [
    (SourceKind::Concentration, "Concentration"),
    (SourceKind::Mass, "Mass"),
    (SourceKind::FlowPaced, "FlowPaced"),
    (SourceKind::Setpoint, "Setpoint"),
];

pub(super) const STATISTICS: [(Statistic, &str); 5] = [
    (Statistic::None, "None"),
    (Statistic::Average, "Average"),
    (Statistic::Minimum, "Minimum"),
    (Statistic::Maximum, "Maximum"),
    (Statistic::Range, "Range"),
];

/// The word for a value of a table.
pub(super) fn word_of<T: PartialEq + Copy>(table: &[(T, &'static str)], value: T) -> &'static str {
    table
        .iter()
        .find(|(one, _)| *one == value)
        .map_or("", |(_, word)| word)
}

/// The value of a word of a table.
pub(super) fn value_of<T: Copy>(table: &[(T, &'static str)], word: &str) -> Option<T> {
    table
        .iter()
        .find(|(_, one)| *one == word)
        .map(|(value, _)| *value)
}
