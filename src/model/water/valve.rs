//! Head losses of control valves that do not hold a head or a flow.

use super::constants::{CLOSED_RESISTANCE, HELD_CONDUCTANCE, OPEN_RESISTANCE, SMALL_GRADIENT};
use super::curve::Curve;
use super::network::ValveKind;
use super::pipe::minor_loss;
use super::pump::Loss;
use super::state::Status;

/// Smallest slope of a curve of head loss, m/(m³/s), and flow at which it is read.
const SMALLEST: f64 = 1e-6;

/// A valve as it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct ValveState<'a> {
    pub(super) kind: ValveKind,
    pub(super) status: Status,
    /// `None` where it is fixed open or closed.
    pub(super) setting: Option<f64>,
    pub(super) diameter: f64,
    /// Minor loss when fully open, m/(m³/s)².
    pub(super) minor: f64,
    pub(super) curves: &'a [Curve],
}

impl ValveState<'_> {
    /// Head loss where the valve acts as a resistance. Valves that are
    /// [holding](Self::is_holding) have none.
    pub(super) fn loss(&self, flow: f64) -> Loss {
        match (self.kind, self.setting) {
            (ValveKind::GeneralPurpose { curve }, _) if self.status != Status::Closed => {
                general_purpose(&self.curves[curve], flow)
            }
            (ValveKind::Throttle, Some(setting)) => {
                self.through(minor_loss(setting, self.diameter), flow)
            }
            (ValveKind::Positional { curve }, Some(opening)) => {
                let curve = curve.map(|curve| &self.curves[curve]);
                self.through(positional_loss(curve, opening, self.minor), flow)
            }
            (ValveKind::PressureBreaker, Some(setting))
                if setting.abs() > 0.0 && self.minor * flow * flow <= setting =>
            {
                Loss {
                    head: setting,
                    gradient: 1.0 / HELD_CONDUCTANCE,
                }
            }
            _ => self.through(self.minor, flow),
        }
    }

    /// Whether the valve holds the head of a node or the flow through itself.
    pub(super) fn is_holding(&self) -> bool {
        self.kind.regulates() && self.setting.is_some() && self.status == Status::Active
    }

    fn through(&self, minor: f64, flow: f64) -> Loss {
        if self.status.is_closed() {
            return Loss::linear(CLOSED_RESISTANCE, flow);
        }
        if minor <= 0.0 {
            return Loss::linear(OPEN_RESISTANCE, flow);
        }
        let gradient = 2.0 * minor * flow.abs();
        if gradient < SMALL_GRADIENT {
            Loss::linear(SMALL_GRADIENT / 2.0, flow)
        } else {
            Loss {
                head: gradient * flow / 2.0,
                gradient,
            }
        }
    }
}

fn general_purpose(curve: &Curve, flow: f64) -> Loss {
    let size = flow.abs().max(SMALLEST);
    let (intercept, slope) = curve.line_at(size);
    let slope = slope.max(SMALLEST);
    Loss {
        head: (intercept + slope * size).copysign(flow),
        gradient: slope,
    }
}

/// Minor loss of a positional valve: that of the open valve over the square of
/// the relative capacity. Beyond the curve's last point EPANET takes one per cent
/// for the end of the scale, and so does this.
fn positional_loss(curve: Option<&Curve>, opening: f64, open: f64) -> f64 {
    if opening >= 100.0 {
        return open;
    }
    if opening <= 0.0 {
        return CLOSED_RESISTANCE;
    }
    let capacity = match curve {
        None => opening,
        Some(curve) => match (curve.points.first(), curve.points.last()) {
            (Some(&(x, y)), _) if opening < x => opening / x * y,
            (_, Some(&(x, y))) if opening > x => (opening - x) / (1.0 - x) * (1.0 - y) + y,
            _ => curve.at(opening),
        },
    };
    let share = (capacity / 100.0).clamp(1e-6, 1.0);
    (open / (share * share)).min(CLOSED_RESISTANCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn valve(kind: ValveKind, setting: f64, curves: &[Curve]) -> ValveState<'_> {
        ValveState {
            kind,
            status: Status::Active,
            setting: Some(setting),
            diameter: 0.2,
            minor: minor_loss(0.5, 0.2),
            curves,
        }
    }

    #[test]
    fn a_throttle_valve_has_its_coefficient_of_the_velocity_head() {
        let flow = 0.05;
        let velocity = flow / (std::f64::consts::PI * 0.01);
        let expected = 30.0 * velocity * velocity / (2.0 * 9.81);
        let loss = valve(ValveKind::Throttle, 30.0, &[]).loss(flow);
        assert!((loss.head / expected - 1.0).abs() < 2e-3);
    }

    #[test]
    fn a_breaker_takes_its_setting_until_friction_takes_more() {
        let breaker = valve(ValveKind::PressureBreaker, 5.0, &[]);
        assert!((breaker.loss(0.02).head - 5.0).abs() < 1e-12);
        assert!(breaker.loss(1.0).head > 5.0);
    }

    #[test]
    fn half_the_capacity_is_four_times_the_loss() {
        let curves = [Curve {
            points: vec![(0.0, 0.0), (50.0, 50.0), (100.0, 100.0)],
        }];
        for curve in [None, Some(0)] {
            let kind = ValveKind::Positional { curve };
            let open = valve(kind, 100.0, &curves).loss(0.05).head;
            let half = valve(kind, 50.0, &curves).loss(0.05).head;
            assert!((half / open - 4.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_general_purpose_valve_follows_its_curve_both_ways() {
        let curves = [Curve {
            points: vec![(0.0, 0.0), (0.1, 3.0), (0.2, 10.0)],
        }];
        let valve = valve(ValveKind::GeneralPurpose { curve: 0 }, 0.0, &curves);
        assert!((valve.loss(0.15).head - 6.5).abs() < 1e-9);
        assert!((valve.loss(-0.05).head + 1.5).abs() < 1e-9);
    }
}
