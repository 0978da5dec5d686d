//! Numbers of the hydraulic equations.
//!
//! EPANET's empirical formulas and tolerances are stated in feet and cubic feet
//! per second. Results are held against EPANET, so its numbers are taken as
//! they stand and converted exactly, rather than replaced by rounder ones.

/// One foot, m.
pub(super) const FOOT: f64 = 0.3048;
/// One cubic foot, m³.
pub(super) const CUBIC_FOOT: f64 = FOOT * FOOT * FOOT;
/// One foot of head per cubic foot per second, m/(m³/s).
pub(super) const FOOT_PER_CUBIC_FOOT: f64 = FOOT / CUBIC_FOOT;

/// Acceleration of gravity that EPANET uses, m/s².
pub(super) const GRAVITY: f64 = 32.2 * FOOT;

/// Two heads closer than this are taken as equal by status rules, m.
pub(super) const HEAD_TOLERANCE: f64 = 0.0005 * FOOT;
/// Flows smaller than this have no direction for status rules, m³/s.
pub(super) const FLOW_TOLERANCE: f64 = 1e-4 * CUBIC_FOOT;
/// What stands for no flow, m³/s.
pub(super) const ZERO_FLOW: f64 = 1e-6 * CUBIC_FOOT;
/// Gradients of a head loss below this are replaced by a straight line, m/(m³/s).
pub(super) const SMALL_GRADIENT: f64 = 1e-7 * FOOT_PER_CUBIC_FOOT;

/// Resistance of a closed link, m/(m³/s): it lets a little through, so that a
/// part of the network without a source keeps a head.
pub(super) const CLOSED_RESISTANCE: f64 = 1e8 * FOOT_PER_CUBIC_FOOT;
/// Resistance of an open valve without a minor loss, m/(m³/s).
pub(super) const OPEN_RESISTANCE: f64 = 1e-6 * FOOT_PER_CUBIC_FOOT;
/// Conductance of a valve that holds a head difference, (m³/s)/m.
pub(super) const HELD_CONDUCTANCE: f64 = 1e8 / FOOT_PER_CUBIC_FOOT;
/// Weight of an equation that holds the head of a node, (m³/s)/m: so large that
/// what else is in the row vanishes in rounding.
pub(super) const HELD_HEAD_WEIGHT: f64 = 1e20;

/// Minor loss: head loss m of `K = 1` at 1 m³/s through 1 m diameter, s²/m.
pub(super) const MINOR_LOSS: f64 = 0.02517 / FOOT;
/// Steepness of the barriers that keep an outflow in its range, m/(m³/s).
pub(super) const BARRIER_SLOPE: f64 = 1e9 * FOOT_PER_CUBIC_FOOT;
/// Square of the rounding of a barrier's corner, m².
pub(super) const BARRIER_ROUNDING: f64 = 1e-6 * FOOT * FOOT;
/// `0.6 √(2 g)`: outflow of a leak per area and root of head, m^½/s.
pub(super) const ORIFICE: f64 = 2.658_285_743_844_2;

/// Head m that 1 W lifts at 1 m³/s: EPANET's horsepower and weight of water.
pub(super) const HEAD_PER_POWER: f64 = FOOT * 8.814 * CUBIC_FOOT / 745.7;

/// Seconds in a day.
pub(super) const DAY: i64 = 86_400;
