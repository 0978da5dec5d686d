//! Friction of pipes.

use std::f64::consts::PI;

use super::constants::{CUBIC_FOOT, FOOT, GRAVITY, MINOR_LOSS, SMALL_GRADIENT};
use super::network::Pipe;
use super::options::Formula;
use super::pump::Loss;
use crate::model::power::{BLOCK, Block, Powers};

/// Exponent of the flow in the Hazen–Williams formula.
const HAZEN_WILLIAMS: f64 = 1.852;

/// Friction coefficient of a pipe: the head loss is it times a power of the flow;
/// with Darcy–Weisbach times the friction factor and the square of the flow.
pub(super) fn resistance(formula: Formula, pipe: &Pipe, diameter: f64) -> f64 {
    let length = pipe.length;
    match formula {
        Formula::HazenWilliams => {
            4.727 * length * libm::pow(FOOT, 4.871)
                / libm::pow(CUBIC_FOOT * pipe.roughness, HAZEN_WILLIAMS)
                / libm::pow(diameter, 4.871)
        }
        Formula::DarcyWeisbach => {
            let area = PI * diameter * diameter / 4.0;
            length / (2.0 * GRAVITY * diameter * area * area)
        }
        Formula::ChezyManning => {
            let feet = diameter / FOOT;
            let root = 4.0 * pipe.roughness / (1.49 * PI * feet * feet);
            root * root * libm::pow(feet / 4.0, -1.333) * length / (CUBIC_FOOT * CUBIC_FOOT)
        }
    }
}

/// Minor loss of a link, m/(m³/s)².
pub(super) fn minor_loss(coefficient: f64, diameter: f64) -> f64 {
    if coefficient > 0.0 {
        MINOR_LOSS * coefficient / diameter.powi(4)
    } else {
        0.0
    }
}

/// What friction depends on besides the flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Friction {
    pub(super) formula: Formula,
    pub(super) powers: Powers,
    /// Kinematic viscosity, m²/s.
    pub(super) viscosity: f64,
}

impl Friction {
    /// Head loss of an open pipe. `roughness` is the height over the diameter and
    /// used by Darcy–Weisbach only, as is `diameter` \[m].
    #[inline]
    pub(super) fn loss(
        &self,
        flow: f64,
        resistance: f64,
        minor: f64,
        roughness: f64,
        diameter: f64,
    ) -> Loss {
        let size = flow.abs();
        match self.formula {
            Formula::HazenWilliams => {
                let power = self.powers.power(size, HAZEN_WILLIAMS - 1.0);
                along_power(flow, resistance * power, HAZEN_WILLIAMS, minor)
            }
            Formula::ChezyManning => along_power(flow, resistance * size, 2.0, minor),
            Formula::DarcyWeisbach => {
                let scale = self.viscosity * diameter;
                let mut turbulence = Turbulence {
                    height: roughness / 3.7,
                    reynolds: size / scale,
                    ..Turbulence::default()
                };
                if turbulence.is_laminar() {
                    return turbulence.loss(flow, resistance, minor, scale);
                }
                let fading = self.powers.power(turbulence.reynolds, -0.9);
                turbulence.rough = turbulence.roughened(fading);
                turbulence.logarithm = self.powers.ln(turbulence.rough);
                turbulence.loss(flow, resistance, minor, scale)
            }
        }
    }

    /// Head losses of a block of pipes, as [`loss`](Self::loss) gives them one by
    /// one.
    #[inline]
    pub(super) fn losses(&self, pipes: &[PipeFlow; BLOCK]) -> [Loss; BLOCK] {
        match self.formula {
            Formula::HazenWilliams => {
                let mut powers: Block = pipes.map(|pipe| pipe.flow.abs());
                self.powers.power_block(&mut powers, HAZEN_WILLIAMS - 1.0);
                std::array::from_fn(|place| {
                    let pipe = &pipes[place];
                    let factor = pipe.resistance * powers[place];
                    along_power(pipe.flow, factor, HAZEN_WILLIAMS, pipe.minor)
                })
            }
            Formula::ChezyManning => pipes.map(|pipe| {
                along_power(
                    pipe.flow,
                    pipe.resistance * pipe.flow.abs(),
                    2.0,
                    pipe.minor,
                )
            }),
            Formula::DarcyWeisbach => {
                let mut turbulence = pipes.map(|pipe| Turbulence {
                    height: pipe.roughness / 3.7,
                    reynolds: pipe.flow.abs() / (self.viscosity * pipe.diameter),
                    ..Turbulence::default()
                });
                let mut fading: Block = turbulence.map(|one| one.reynolds.max(1.0));
                self.powers.power_block(&mut fading, -0.9);
                for (one, fading) in turbulence.iter_mut().zip(fading) {
                    one.rough = one.roughened(fading);
                }
                for one in &mut turbulence {
                    one.logarithm = self.powers.ln(one.rough);
                }
                std::array::from_fn(|place| {
                    let pipe = &pipes[place];
                    let scale = self.viscosity * pipe.diameter;
                    turbulence[place].loss(pipe.flow, pipe.resistance, pipe.minor, scale)
                })
            }
        }
    }
}

/// A pipe as its head loss sees it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PipeFlow {
    pub(super) flow: f64,
    pub(super) resistance: f64,
    pub(super) minor: f64,
    /// Roughness height over the diameter; used by Darcy–Weisbach only.
    pub(super) roughness: f64,
    /// Diameter, m; used by Darcy–Weisbach only.
    pub(super) diameter: f64,
}

/// Head loss that is `factor` times the flow, where the factor goes with the flow
/// to the power of `exponent - 1`; a straight line where it is very flat.
#[inline]
fn along_power(flow: f64, factor: f64, exponent: f64, minor: f64) -> Loss {
    let size = flow.abs();
    let gradient = exponent * factor;
    let (factor, gradient) = if gradient < SMALL_GRADIENT {
        (SMALL_GRADIENT / exponent, SMALL_GRADIENT / exponent)
    } else {
        (factor, gradient)
    };
    Loss {
        head: flow * (factor + minor * size),
        gradient: gradient + 2.0 * minor * size,
    }
}

/// The friction factor on its way: Swamee and Jain (1976) above a Reynolds number
/// of 4000, Dunlop's (1991) cubic down to 2000.
#[derive(Clone, Copy, Debug, Default)]
struct Turbulence {
    /// Roughness height over the diameter, over 3.7.
    height: f64,
    /// Reynolds number times π/4.
    reynolds: f64,
    /// What the logarithm is taken of.
    rough: f64,
    /// Its logarithm.
    logarithm: f64,
}

impl Turbulence {
    /// `5.74 (π/4)^0.9`.
    const FADING: f64 = 4.618_413_198_590_667;
    /// `5.74 / 4000^0.9`.
    const AT_4000: f64 = 3.288_954_763_453_990_4e-3;
    /// `-2 / ln 10`.
    const DECIMAL: f64 = -0.868_588_963_806_503_7;

    fn is_laminar(&self) -> bool {
        self.reynolds <= 500.0 * PI
    }

    fn is_full(&self) -> bool {
        self.reynolds >= 1000.0 * PI
    }

    /// What the logarithm is taken of; `fading` is the Reynolds number to the
    /// power of -0.9.
    #[inline]
    fn roughened(&self, fading: f64) -> f64 {
        self.height
            + if self.is_full() {
                Self::FADING * fading
            } else {
                Self::AT_4000
            }
    }

    /// The head loss. `scale` is viscosity times diameter, m³/s.
    #[inline]
    fn loss(&self, flow: f64, resistance: f64, minor: f64, scale: f64) -> Loss {
        let size = flow.abs();
        if self.is_laminar() {
            // Hagen–Poiseuille.
            let laminar = 16.0 * PI * scale * resistance;
            return Loss {
                head: flow * (laminar + minor * size),
                gradient: laminar + 2.0 * minor * size,
            };
        }
        let (factor, slope) = self.factor(size, scale);
        let total = factor * resistance + minor;
        Loss {
            head: total * size * flow,
            gradient: 2.0 * total * size + slope * resistance * size * size,
        }
    }

    /// The friction factor and its derivative by the flow.
    #[inline]
    fn factor(&self, flow: f64, scale: f64) -> (f64, f64) {
        let y3 = Self::DECIMAL * self.logarithm;
        let root = 1.0 / y3;
        let fa = root * root;
        if self.is_full() {
            // What was roughened less the height is the part that fades.
            let fading = self.rough - self.height;
            let slope = 1.8 * fa * fading * Self::DECIMAL * root / (self.rough * flow);
            (fa, slope)
        } else {
            let y2 = self.height + Self::AT_4000;
            let slope = 1.8 * Self::DECIMAL * Self::AT_4000;
            let fb = (2.0 + slope * root / y2) * fa;
            let r = self.reynolds / (500.0 * PI);
            let x1 = 7.0 * fa - fb;
            let x2 = 0.128 - 17.0 * fa + 2.5 * fb;
            let x3 = -0.128 + 13.0 * fa - 2.0 * fb;
            let x4 = 0.032 - 3.0 * fa + 0.5 * fb;
            let factor = x1 + r * (x2 + r * (x3 + r * x4));
            let slope = (x2 + r * (2.0 * x3 + r * 3.0 * x4)) / (scale * 500.0 * PI);
            (factor, slope)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe(roughness: f64) -> Pipe {
        Pipe {
            length: 1000.0,
            roughness,
            check_valve: false,
            leak_area: 0.0,
            leak_expansion: 0.0,
        }
    }

    fn friction(formula: Formula) -> Friction {
        Friction {
            formula,
            powers: Powers::new(),
            viscosity: 1e-6,
        }
    }

    #[test]
    fn hazen_williams_agrees_with_its_metric_form() {
        // h = 10.67 L q^1.852 / (C^1.852 d^4.871) (Williams and Hazen 1905, SI).
        let resistance = resistance(Formula::HazenWilliams, &pipe(130.0), 0.3);
        let loss = friction(Formula::HazenWilliams).loss(0.1, resistance, 0.0, 0.0, 0.3);
        let metric =
            10.67 * 1000.0 * 0.1_f64.powf(1.852) / 130_f64.powf(1.852) / 0.3_f64.powf(4.871);
        assert!((loss.head / metric - 1.0).abs() < 1e-3);
    }

    #[test]
    fn manning_agrees_with_its_metric_form() {
        // h = 10.29 n² L q² / d^(16/3).
        let resistance = resistance(Formula::ChezyManning, &pipe(0.012), 0.3);
        let loss = friction(Formula::ChezyManning).loss(0.1, resistance, 0.0, 0.0, 0.3);
        let metric = 10.29 * 0.012_f64.powi(2) * 1000.0 * 0.01 / 0.3_f64.powf(16.0 / 3.0);
        // EPANET rounds 1.486 to 1.49 and 4/3 to 1.333.
        assert!((loss.head / metric - 1.0).abs() < 0.01);
    }

    #[test]
    fn turbulent_friction_is_near_colebrook_and_white() {
        let (flow, diameter, height) = (0.1, 0.3, 0.0002);
        let resistance = resistance(Formula::DarcyWeisbach, &pipe(height), diameter);
        let loss = friction(Formula::DarcyWeisbach).loss(
            flow,
            resistance,
            0.0,
            height / diameter,
            diameter,
        );
        let reynolds = 4.0 * flow / (PI * diameter * 1e-6);
        let mut factor = 0.02_f64;
        for _ in 0..50 {
            let term = height / diameter / 3.7 + 2.51 / (reynolds * factor.sqrt());
            factor = 1.0 / (2.0 * term.log10()).powi(2);
        }
        // Swamee and Jain state an error below one per cent.
        assert!((loss.head / (factor * resistance * flow * flow) - 1.0).abs() < 0.01);
    }

    #[test]
    fn laminar_loss_is_that_of_hagen_and_poiseuille() {
        let (flow, diameter) = (1e-4, 0.2);
        let resistance = resistance(Formula::DarcyWeisbach, &pipe(0.0002), diameter);
        let loss = friction(Formula::DarcyWeisbach).loss(flow, resistance, 0.0, 0.001, diameter);
        let expected = 128.0 * 1e-6 * 1000.0 * flow / (PI * GRAVITY * diameter.powi(4));
        assert!((loss.head / expected - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_gradient_is_the_derivative_in_every_regime() {
        let formulas = [
            (Formula::HazenWilliams, 110.0),
            (Formula::ChezyManning, 0.011),
            (Formula::DarcyWeisbach, 0.0003),
        ];
        for (formula, roughness) in formulas {
            let diameter = 0.25;
            let resistance = resistance(formula, &pipe(roughness), diameter);
            let minor = minor_loss(2.0, diameter);
            let friction = friction(formula);
            let at = |flow| friction.loss(flow, resistance, minor, roughness / diameter, diameter);
            // With Darcy–Weisbach: laminar, between, turbulent.
            for flow in [1e-4, 5e-4, -6e-4, 0.02, -0.3] {
                let step = 1e-6 * flow;
                let slope = (at(flow + step).head - at(flow - step).head) / (2.0 * step);
                assert!(
                    (slope / at(flow).gradient - 1.0).abs() < 1e-5,
                    "{formula:?} {flow}"
                );
            }
        }
    }
}
