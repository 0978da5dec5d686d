//! What a pump delivers: head over flow at any speed.

use super::constants::{
    CLOSED_RESISTANCE, CUBIC_FOOT, HEAD_PER_POWER, OPEN_RESISTANCE, SMALL_GRADIENT,
};
use super::curve::Curve;

/// Head loss of a link and its derivative by the flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Loss {
    /// Head loss from start to end, m.
    pub(super) head: f64,
    /// Its derivative, m/(m³/s); above zero.
    pub(super) gradient: f64,
}

impl Loss {
    /// A loss that grows evenly with the flow.
    pub(super) fn linear(resistance: f64, flow: f64) -> Self {
        Self {
            head: resistance * flow,
            gradient: resistance,
        }
    }
}

/// What a pump delivers at full speed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PumpLaw {
    /// Always the same power: head times flow, m⁴/s.
    Power(f64),
    /// `shutoff - slope * flow ^ exponent`.
    PowerFunction {
        /// Head at no flow, m.
        shutoff: f64,
        /// Fall of the head, m/(m³/s)^exponent.
        slope: f64,
        /// Exponent of the flow.
        exponent: f64,
        /// Flow from which a trial starts, m³/s.
        design: f64,
    },
    /// Straight lines between points of falling head.
    Points(Curve),
}

impl PumpLaw {
    pub(super) fn of_power(power: f64) -> Self {
        Self::Power(HEAD_PER_POWER * power)
    }

    /// The law of a head curve: a power function through one or three points,
    /// straight lines through any other number. A curve that
    /// [`check`](super::check::check) refuses gives straight lines too.
    pub(super) fn of_curve(curve: &Curve) -> Self {
        power_function(curve).unwrap_or_else(|| Self::Points(curve.clone()))
    }

    /// Largest head at full speed, m; infinite where there is none.
    pub(super) fn shutoff(&self) -> f64 {
        match self {
            Self::Power(_) => f64::INFINITY,
            Self::PowerFunction { shutoff, .. } => *shutoff,
            Self::Points(curve) => curve.points.first().map_or(0.0, |point| point.1),
        }
    }

    /// Flow at full speed from which a trial starts, m³/s.
    pub(super) fn design_flow(&self) -> f64 {
        match self {
            Self::Power(_) => CUBIC_FOOT,
            Self::PowerFunction { design, .. } => *design,
            Self::Points(curve) => match (curve.points.first(), curve.points.last()) {
                (Some(first), Some(last)) => (first.0 + last.0) / 2.0,
                _ => 0.0,
            },
        }
    }

    /// Head loss, that is minus the head gained, of an open pump at a relative
    /// speed above zero.
    pub(super) fn loss(&self, flow: f64, speed: f64) -> Loss {
        let size = flow.abs();
        match self {
            Self::Power(product) => {
                let gradient = product / (size * size);
                // Where so little or so much flows that the curve says nothing,
                // the pump counts as a closed or as an open valve.
                if gradient.is_nan() || gradient > CLOSED_RESISTANCE {
                    Loss::linear(CLOSED_RESISTANCE, flow)
                } else if gradient < OPEN_RESISTANCE {
                    Loss::linear(OPEN_RESISTANCE, flow)
                } else {
                    Loss {
                        head: -product / flow,
                        gradient,
                    }
                }
            }
            Self::PowerFunction {
                shutoff,
                slope,
                exponent,
                ..
            } => {
                let shutoff = speed * speed * shutoff;
                let slope = slope * libm::pow(speed, 2.0 - exponent);
                if (exponent - 1.0).abs() < 1e-6 {
                    return Loss {
                        head: slope * flow - shutoff,
                        gradient: slope,
                    };
                }
                let gradient = exponent * slope * libm::pow(size, exponent - 1.0);
                if gradient < SMALL_GRADIENT {
                    Loss {
                        head: SMALL_GRADIENT * flow - shutoff,
                        gradient: SMALL_GRADIENT,
                    }
                } else {
                    Loss {
                        head: gradient * flow / exponent - shutoff,
                        gradient,
                    }
                }
            }
            Self::Points(curve) => {
                let (intercept, slope) = curve.line_at(size / speed);
                let gradient = -slope * speed;
                Loss {
                    head: gradient * flow - intercept * speed * speed,
                    gradient,
                }
            }
        }
    }
}

/// The power function through one point, with a shutoff head of four thirds and
/// no head at twice the flow, or through three points from zero flow on.
fn power_function(curve: &Curve) -> Option<PumpLaw> {
    let (shutoff, (q1, h1), (q2, h2)) = match *curve.points.as_slice() {
        [(flow, head)] => (1.33334 * head, (flow, head), (2.0 * flow, 0.0)),
        [(zero, shutoff), first, second] if zero.abs() < f64::MIN_POSITIVE => {
            (shutoff, first, second)
        }
        _ => return None,
    };
    if !(shutoff > h1 && h1 > h2 && q1 > 0.0 && q2 > q1) {
        return None;
    }
    let exponent = libm::log((shutoff - h2) / (shutoff - h1)) / libm::log(q2 / q1);
    let slope = (shutoff - h1) / libm::pow(q1, exponent);
    (exponent > 0.0 && exponent <= 20.0 && slope > 0.0).then_some(PumpLaw::PowerFunction {
        shutoff,
        slope,
        exponent,
        design: q1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law(points: &[(f64, f64)]) -> PumpLaw {
        PumpLaw::of_curve(&Curve {
            points: points.to_vec(),
        })
    }

    #[test]
    fn a_power_function_goes_through_its_points() {
        let points = [(0.0, 80.0), (0.1, 60.0), (0.2, 10.0)];
        for (flow, head) in points {
            assert!((law(&points).loss(flow, 1.0).head + head).abs() < 1e-6);
        }
    }

    #[test]
    fn one_point_gives_a_third_more_head_at_no_flow_and_none_at_twice_the_flow() {
        let law = law(&[(0.1, 30.0)]);
        assert!((law.shutoff() - 40.0).abs() < 0.001);
        assert!(law.loss(0.2, 1.0).head.abs() < 1e-9);
    }

    #[test]
    fn speed_scales_flow_and_the_square_of_head() {
        let curves: [&[(f64, f64)]; 2] = [
            &[(0.0, 80.0), (0.1, 60.0), (0.2, 10.0)],
            &[(0.0, 80.0), (0.05, 70.0), (0.1, 55.0), (0.2, 10.0)],
        ];
        for points in curves {
            let law = law(points);
            let full = law.loss(0.08, 1.0).head;
            let slow = law.loss(0.08 * 0.7, 0.7).head;
            assert!((slow - 0.49 * full).abs() < 1e-9);
        }
    }

    #[test]
    fn the_gradient_is_the_derivative() {
        let laws = [
            law(&[(0.0, 80.0), (0.1, 60.0), (0.2, 10.0)]),
            law(&[(0.0, 80.0), (0.05, 70.0), (0.1, 55.0), (0.2, 10.0)]),
            PumpLaw::of_power(20_000.0),
        ];
        for law in laws {
            let (flow, step) = (0.07, 1e-6);
            let loss = law.loss(flow, 0.9);
            let rise = law.loss(flow + step, 0.9).head - law.loss(flow - step, 0.9).head;
            assert!((rise / (2.0 * step) / loss.gradient - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn constant_power_lifts_less_the_more_flows() {
        // 10 kW lift 1 m³/s by about 1 m: power over weight of water.
        let law = PumpLaw::of_power(10_000.0);
        let head = -law.loss(1.0, 1.0).head;
        assert!((head - 10_000.0 / 9_810.0).abs() < 2e-3);
        assert!((law.loss(0.5, 1.0).head + 2.0 * head).abs() < 1e-9);
    }
}
