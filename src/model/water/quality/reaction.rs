//! How a constituent decays or grows in the bulk of the water and at walls.
//!
//! The laws and their numbers are those of EPANET 2.3. A step is explicit: the
//! rate at its start holds throughout.

use super::super::constants::FOOT;
use super::definition::{PipeReaction, Reactions, WallOrder};
use super::parcels::{Load, Parcels};

/// Diffusivity of chlorine at 20 °C that a relative diffusivity refers to, m²/s.
pub(in super::super) const CHLORINE_DIFFUSIVITY: f64 = 1.3e-8 * FOOT * FOOT;
/// Least distance to a pole of the law of Michaelis and Menten, in units of
/// concentration.
const POLE: f64 = 1e-6;
/// Reynolds number above which flow is turbulent.
const TURBULENT: f64 = 2300.0;

fn sign(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

/// The pipe around the water, as far as its wall matters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wall {
    /// Diameter, m.
    pub(super) diameter: f64,
    /// Length, m.
    pub(super) length: f64,
    /// Flow, m³/s.
    pub(super) flow: f64,
    /// Kinematic viscosity, m²/s.
    pub(super) viscosity: f64,
}

impl Wall {
    /// How fast the constituent gets to the wall, m/s (Rossman, Clark and Grayman
    /// 1994): Notter and Sleicher for turbulent flow, Graetz for laminar flow.
    fn transfer(&self, diffusivity: f64) -> f64 {
        let schmidt = self.viscosity / diffusivity;
        let area = std::f64::consts::PI * self.diameter * self.diameter / 4.0;
        let reynolds = self.flow.abs() / area * self.diameter / self.viscosity;
        let sherwood = if reynolds < 1.0 {
            2.0
        } else if reynolds >= TURBULENT {
            0.0149 * libm::pow(reynolds, 0.88) * libm::pow(schmidt, 0.333)
        } else {
            let way = self.diameter / self.length * reynolds * schmidt;
            3.65 + 0.0668 * way / (1.0 + 0.04 * libm::pow(way, 0.667))
        };
        sherwood * diffusivity / self.diameter
    }
}

impl Reactions {
    /// What the flow makes of a wall coefficient: the apparent coefficient 1/s at
    /// the order one, the speed of the way to the wall m/s at nought.
    pub(super) fn at_wall(&self, coefficient: f64, wall: &Wall) -> f64 {
        let spread = 4.0 / wall.diameter;
        match self.wall_order {
            WallOrder::Zero if self.diffusivity <= 0.0 => f64::INFINITY,
            WallOrder::Zero => wall.transfer(self.diffusivity),
            WallOrder::First if self.diffusivity <= 0.0 => coefficient * spread,
            WallOrder::First => {
                let transfer = wall.transfer(self.diffusivity);
                spread * coefficient * transfer / (transfer + coefficient.abs())
            }
        }
    }

    /// Whether all reactions are proportional to the concentration.
    fn is_linear(&self, order: f64) -> bool {
        order.to_bits() == 1.0_f64.to_bits() && self.limit <= 0.0
    }

    /// Rate of the bulk, kg/(m³ s).
    fn bulk(&self, coefficient: f64, order: f64, concentration: f64) -> f64 {
        let (c, limit) = (concentration / self.unit, self.limit / self.unit);
        let potential = if order == 0.0 {
            1.0
        } else if order < 0.0 {
            let pole = limit + sign(coefficient) * c;
            c / if pole.abs() < POLE {
                sign(pole) * POLE
            } else {
                pole
            }
        } else {
            let near = if self.limit > 0.0 {
                (sign(coefficient) * (limit - c)).max(0.0)
            } else {
                c
            };
            match order {
                1.0 => near,
                2.0 => near * c,
                _ => near * libm::pow(c.max(0.0), order - 1.0),
            }
        };
        coefficient * potential.max(0.0) * self.unit
    }

    /// Rate at the wall, kg/(m³ s); `apparent` as [`at_wall`](Self::at_wall) says.
    fn wall(&self, coefficient: f64, apparent: f64, diameter: f64, concentration: f64) -> f64 {
        match self.wall_order {
            WallOrder::First => concentration * apparent,
            WallOrder::Zero => {
                let arriving = sign(coefficient) * concentration * apparent;
                let rate = if arriving.abs() < coefficient.abs() {
                    arriving
                } else {
                    coefficient
                };
                rate * 4.0 / diameter
            }
        }
    }

    /// Lets the water in a pipe react; returns the mass that decayed, kg.
    pub(super) fn react_pipe(
        &self,
        parcels: &mut Parcels,
        chain: usize,
        pipe: &PipeReaction,
        (apparent, diameter): (f64, f64),
        seconds: f64,
    ) -> f64 {
        let has_wall = pipe.wall.abs() > 0.0;
        if pipe.bulk.abs() <= 0.0 && !has_wall {
            return 0.0;
        }
        if self.is_linear(self.bulk_order) && (!has_wall || self.wall_order == WallOrder::First) {
            let wall = if has_wall { apparent } else { 0.0 };
            return scale(parcels, chain, 1.0 + (pipe.bulk + wall) * seconds);
        }
        let mut decayed = 0.0;
        parcels.change(chain, |parcel| {
            let before = parcel.quality;
            let mut rate = self.bulk(pipe.bulk, self.bulk_order, before);
            if has_wall {
                rate += self.wall(pipe.wall, apparent, diameter, before);
            }
            parcel.quality = (before + rate * seconds).max(0.0);
            decayed += (before - parcel.quality) * parcel.volume;
        });
        decayed
    }

    /// Lets the water in a tank react; returns the mass that decayed, kg.
    pub(super) fn react_tank(
        &self,
        parcels: &mut Parcels,
        chain: usize,
        coefficient: f64,
        seconds: f64,
    ) -> f64 {
        if coefficient.abs() <= 0.0 {
            return 0.0;
        }
        if self.is_linear(self.tank_order) {
            return scale(parcels, chain, 1.0 + coefficient * seconds);
        }
        let mut decayed = 0.0;
        parcels.change(chain, |parcel| {
            let before = parcel.quality;
            let rate = self.bulk(coefficient, self.tank_order, before);
            parcel.quality = (before + rate * seconds).max(0.0);
            decayed += (before - parcel.quality) * parcel.volume;
        });
        decayed
    }
}

/// Multiplies all concentrations of a chain; returns the mass that went.
fn scale(parcels: &mut Parcels, chain: usize, factor: f64) -> f64 {
    let factor = factor.max(0.0);
    let Load { mass, .. } = parcels.load(chain);
    parcels.change(chain, |parcel| parcel.quality *= factor);
    mass * (1.0 - factor)
}
