//! What belongs around a map: a bar that tells lengths, an arrow that tells
//! where north is, and how much heights are exaggerated.

use super::super::camera::OrbitCamera;
use super::super::colour::round_step;
use super::super::geometry::dot;
use super::layout::points_per_unit;

/// Longest scale bar [points].
const LONGEST_BAR: f64 = 140.0;

/// Frame of the map, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct MapFrame {
    /// Length of the scale bar [points].
    pub bar: f64,
    /// What it stands for: `500 m`.
    pub bar_text: String,
    /// Where north points on the picture, x to the right and y down; as long
    /// as the ground is foreshortened in that direction, at most 1.
    pub north: [f64; 2],
    /// Factor by which heights are exaggerated.
    pub heights: f64,
    /// Whether that factor was chosen by the program.
    pub automatic: bool,
}

/// The frame of a map seen by `camera` in a picture `height` points high. The
/// bar is true at the middle of the picture.
#[must_use]
pub fn frame(
    camera: &OrbitCamera,
    height: f64,
    metres_per_unit: f64,
    heights: f64,
    automatic: bool,
) -> MapFrame {
    let per_metre = points_per_unit(camera, height) / metres_per_unit.max(1e-12);
    let metres = round_step(LONGEST_BAR / per_metre.max(1e-12));
    let [right, up, _] = camera.axes();
    // North is against z.
    let north = [0.0, 0.0, -1.0];
    MapFrame {
        bar: metres * per_metre,
        bar_text: length_text(metres),
        north: [dot(north, right), -dot(north, up)],
        heights,
        automatic,
    }
}

/// A round length in words, in the unit one would say it in.
fn length_text(metres: f64) -> String {
    let (value, unit) = if metres >= 1_000.0 {
        (metres / 1_000.0, "km")
    } else if metres >= 1.0 {
        (metres, "m")
    } else if metres >= 0.01 {
        (metres * 100.0, "cm")
    } else {
        (metres * 1_000.0, "mm")
    };
    // Round lengths have one digit; more only come from arithmetic.
    let rounded = (value * 1e6).round() / 1e6;
    format!("{rounded}\u{202f}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(yaw: f64, pitch: f64, distance: f64) -> OrbitCamera {
        OrbitCamera {
            target: [0.0; 3],
            yaw,
            pitch,
            distance,
        }
    }

    #[test]
    fn the_bar_is_as_long_on_the_picture_as_what_it_stands_for() {
        for distance in [0.02, 0.4, 3.0] {
            let camera = camera(0.0, 1.5, distance);
            let frame = frame(&camera, 600.0, 5_000.0, 10.0, true);
            assert!(frame.bar <= LONGEST_BAR + 1e-9 && frame.bar > LONGEST_BAR / 2.6);
            let (number, unit) = frame.bar_text.split_once('\u{202f}').unwrap();
            let metres = number.parse::<f64>().unwrap() * if unit == "km" { 1e3 } else { 1.0 };
            let half = metres / 5_000.0 / 2.0;
            let size = [1_000.0, 600.0];
            let (left, _) = camera.project([-half, 0.0, 0.0], size).unwrap();
            let (right, _) = camera.project([half, 0.0, 0.0], size).unwrap();
            assert!((right[0] - left[0] - frame.bar).abs() < 0.5);
        }
    }

    #[test]
    fn north_is_up_when_one_looks_north_and_left_when_one_looks_east() {
        let north = frame(&camera(0.0, 1.5, 1.0), 600.0, 1.0, 1.0, true).north;
        assert!(north[0].abs() < 1e-9 && north[1] < -0.9);
        // Looking along +x: north is to the left.
        let yaw = -std::f64::consts::FRAC_PI_2;
        let east = frame(&camera(yaw, 1.5, 1.0), 600.0, 1.0, 1.0, true).north;
        assert!(east[0] < -0.9 && east[1].abs() < 1e-9, "{east:?}");
        let flat = frame(&camera(0.0, 0.1, 1.0), 600.0, 1.0, 1.0, true).north;
        assert!(flat[0].hypot(flat[1]) < 0.2, "foreshortened");
    }

    #[test]
    fn lengths_are_said_in_the_unit_one_would_use() {
        assert_eq!(length_text(2_000.0), "2\u{202f}km");
        assert_eq!(length_text(500.0), "500\u{202f}m");
        assert_eq!(length_text(0.05), "5\u{202f}cm");
        assert_eq!(length_text(0.002), "2\u{202f}mm");
    }
}
