//! Volume and level of tanks.

use std::f64::consts::PI;

use super::curve::Curve;
use super::network::Tank;

/// The shape of a tank, with its limits. Heads count from the datum.
#[derive(Clone, Debug)]
pub(super) struct TankShape {
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) least_volume: f64,
    pub(super) most_volume: f64,
    pub(super) overflow: bool,
    elevation: f64,
    area: f64,
    curve: Option<Curve>,
}

impl TankShape {
    pub(super) fn new(tank: &Tank, curves: &[Curve]) -> Self {
        let area = PI * tank.diameter * tank.diameter / 4.0;
        let least_volume = if tank.minimum_volume > 0.0 {
            tank.minimum_volume
        } else {
            area * tank.minimum_level
        };
        let mut shape = Self {
            lowest: tank.elevation + tank.minimum_level,
            highest: tank.elevation + tank.maximum_level,
            least_volume,
            most_volume: 0.0,
            overflow: tank.overflow,
            elevation: tank.elevation,
            area,
            curve: tank.volume_curve.map(|curve| curves[curve].clone()),
        };
        if shape.curve.is_some() {
            shape.least_volume = shape.volume(shape.lowest);
        }
        shape.most_volume = shape.volume(shape.highest);
        shape
    }

    /// Volume at a head, m³.
    pub(super) fn volume(&self, head: f64) -> f64 {
        match &self.curve {
            Some(curve) => curve.at(head - self.elevation),
            None => self.least_volume + (head - self.lowest) * self.area,
        }
    }

    /// Head at a volume, m.
    pub(super) fn head(&self, volume: f64) -> f64 {
        match &self.curve {
            Some(curve) => self.elevation + curve.inverse_at(volume),
            None => self.lowest + (volume - self.least_volume) / self.area,
        }
    }

    /// Volume after `seconds` of an inflow: held at a limit that is reached within
    /// one further second.
    pub(super) fn filled(&self, volume: f64, inflow: f64, seconds: f64) -> f64 {
        let volume = volume + inflow * seconds;
        if volume + inflow >= self.most_volume {
            self.most_volume
        } else if volume - inflow <= self.least_volume {
            self.least_volume
        } else {
            volume
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tank() -> Tank {
        Tank {
            elevation: 50.0,
            initial_level: 2.0,
            minimum_level: 1.0,
            maximum_level: 5.0,
            diameter: 10.0,
            minimum_volume: 0.0,
            volume_curve: None,
            overflow: false,
        }
    }

    #[test]
    fn a_cylinder_holds_area_times_level_above_its_least_volume() {
        let shape = TankShape::new(&tank(), &[]);
        let area = PI * 25.0;
        assert!((shape.volume(53.0) - 3.0 * area).abs() < 1e-9);
        assert!((shape.head(2.0 * area) - 52.0).abs() < 1e-9);
        let with_least = Tank {
            minimum_volume: 10.0,
            ..tank()
        };
        let shape = TankShape::new(&with_least, &[]);
        assert!((shape.volume(52.0) - (10.0 + area)).abs() < 1e-9);
    }

    #[test]
    fn head_and_volume_of_a_curve_are_inverse() {
        let curve = Curve {
            points: vec![(0.0, 0.0), (2.0, 30.0), (6.0, 250.0)],
        };
        let with_curve = Tank {
            volume_curve: Some(0),
            ..tank()
        };
        let shape = TankShape::new(&with_curve, &[curve]);
        for head in [51.0, 51.5, 52.0, 53.7, 55.0] {
            assert!((shape.head(shape.volume(head)) - head).abs() < 1e-9);
        }
    }

    #[test]
    fn a_limit_within_a_second_is_taken_as_reached() {
        let shape = TankShape::new(&tank(), &[]);
        let full = shape.most_volume;
        assert!((shape.filled(full - 10.0, 1.0, 9.5) - full).abs() < 1e-12);
        assert!((shape.filled(full - 10.0, 1.0, 5.0) - (full - 5.0)).abs() < 1e-9);
    }
}
