//! A short, even movement of the camera from one place to another.

use crate::workbench::view::camera::OrbitCamera;
use crate::workbench::view::geometry::mix;

/// Time a flight takes [s]: long enough to see where one goes, too short to wait for.
const DURATION: f64 = 0.28;

/// A movement under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraFlight {
    from: OrbitCamera,
    to: OrbitCamera,
    elapsed: f64,
}

impl CameraFlight {
    /// A flight that begins now.
    #[must_use]
    pub fn new(from: OrbitCamera, mut to: OrbitCamera) -> Self {
        // The shorter way round.
        let turn = (to.yaw - from.yaw + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU)
            - std::f64::consts::PI;
        to.yaw = from.yaw + turn;
        Self {
            from,
            to,
            elapsed: 0.0,
        }
    }

    /// The camera after so many more seconds.
    pub fn advance(&mut self, seconds: f64) -> OrbitCamera {
        self.elapsed += seconds.max(0.0);
        let part = (self.elapsed / DURATION).clamp(0.0, 1.0);
        let eased = part * part * (3.0 - 2.0 * part);
        let between = |a: f64, b: f64| a + (b - a) * eased;
        OrbitCamera {
            target: mix(self.from.target, self.to.target, eased),
            yaw: between(self.from.yaw, self.to.yaw),
            pitch: between(self.from.pitch, self.to.pitch),
            // Distances are compared as ratios.
            distance: self.from.distance
                * (self.to.distance / self.from.distance.max(1e-9)).powf(eased),
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn has_arrived(&self) -> bool {
        self.elapsed >= DURATION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(yaw: f64, distance: f64) -> OrbitCamera {
        OrbitCamera {
            target: [0.0; 3],
            yaw,
            pitch: 0.3,
            distance,
        }
    }

    #[test]
    fn a_flight_ends_where_it_was_to_go_and_takes_the_shorter_way() {
        let mut flight = CameraFlight::new(camera(0.2, 1.0), camera(6.2, 4.0));
        let middle = flight.advance(DURATION / 2.0);
        assert!(middle.yaw < 0.2, "over zero, not all the way round");
        assert!((middle.distance - 2.0).abs() < 1e-9);
        assert!(!flight.has_arrived());
        let last = flight.advance(1.0);
        assert!(flight.has_arrived());
        assert!((last.yaw - (6.2 - std::f64::consts::TAU)).abs() < 1e-9);
        assert!((last.distance - 4.0).abs() < 1e-9);
    }
}
