//! How a network is laid out as a map: how much heights are exaggerated, how
//! wide pipes are drawn, how large symbols are and how far apart flow marks lie.
//!
//! A pipe of 150 mm in a town of 10 km is a hundred-thousandth of the picture.
//! As on a printed map, what is drawn is therefore as wide as it has to be to
//! be seen, and only its order is true: the wider pipe is drawn wider.

use super::super::camera::{FIELD_OF_VIEW, OrbitCamera};
use super::super::geometry::Extent;
use super::{Network, drawn_length};

/// Share of the horizontal extent that heights fill at the automatic exaggeration.
const RELIEF: f64 = 0.06;

/// Strongest exaggeration, chosen by hand or not.
pub const MOST_EXAGGERATED: f64 = 100.0;

/// The exaggerations on offer to the automatic choice: numbers one can say. More
/// would make curtains of the centimetres of a plain.
const ROUND: [f64; 6] = [1.0, 2.0, 3.0, 5.0, 10.0, 20.0];

/// Thinnest and widest pipe in a picture of the whole network [points].
const PIPE_WIDTH: (f64, f64) = (1.3, 5.5);

/// Distance of flow marks [points], within a factor of two.
const MARK_SPACING: f64 = 54.0;

/// The exaggeration of heights that makes hills visible and a mountain none of a hill.
#[must_use]
pub fn automatic_exaggeration(extent: &Extent) -> f64 {
    let span = |axis: usize| (extent.high[axis] - extent.low[axis]).max(0.0);
    let across = span(0).hypot(span(2));
    let up = span(1);
    if up <= 0.0 || across <= 0.0 || !up.is_finite() || !across.is_finite() {
        return 1.0;
    }
    let wanted = RELIEF * across / up;
    ROUND
        .into_iter()
        .rev()
        .find(|one| *one <= wanted * 1.0001)
        .unwrap_or(1.0)
}

/// How wide a link is drawn, from 0 (thinnest) to 1, by the diameter of the widest.
#[must_use]
pub fn width_weight(diameter: f64, widest: f64) -> f64 {
    if !diameter.is_finite() || !widest.is_finite() || diameter <= 0.0 || widest <= 0.0 {
        return 0.0;
    }
    (diameter / widest).clamp(0.0, 1.0)
}

/// What the renderer has to know of the distance to the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MapScale {
    /// Width of the thinnest pipe [points].
    pub thinnest: f64,
    /// Width of the widest pipe [points].
    pub widest: f64,
    /// Radius of a junction [points]; zero where they would only be noise.
    pub junction: f64,
    /// Height of a symbol [points].
    pub symbol: f64,
    /// Size of the symbols of valves where a network has many, beside that of others.
    pub minor: f64,
    /// Distance between two flow marks [scene units].
    pub mark_spacing: f64,
}

impl Network {
    /// Diameter of the widest pipe [m].
    #[must_use]
    pub fn widest(&self) -> f64 {
        self.links
            .iter()
            .map(|link| link.diameter)
            .filter(|one| one.is_finite())
            .fold(0.0, f64::max)
    }

    /// A usual length of a link as drawn [scene units].
    #[must_use]
    pub fn usual_length(&self) -> f64 {
        if self.links.is_empty() {
            return 0.0;
        }
        let total: f64 = (0..self.links.len())
            .map(|link| drawn_length(self.points(link)))
            .sum();
        total / self.links.len() as f64
    }
}

/// Points of the picture that one scene unit at the target of the camera covers.
#[must_use]
pub fn points_per_unit(camera: &OrbitCamera, height: f64) -> f64 {
    height / (2.0 * camera.distance.max(1e-9) * (FIELD_OF_VIEW / 2.0).tan())
}

/// The scale of the map as `camera` sees it in a picture `height` points high.
///
/// `usual_length` is that of a link [scene units]. Coming nearer makes pipes
/// wider, but slower than the picture grows, so that there is ever more room
/// between them.
#[must_use]
pub fn map_scale(camera: &OrbitCamera, height: f64, usual_length: f64) -> MapScale {
    let per_unit = points_per_unit(camera, height);
    let street = per_unit * usual_length;
    // 1 where a link is 24 points long on the picture.
    let nearness = (street / 24.0).clamp(0.3, 60.0).powf(0.42).clamp(0.75, 3.2);
    let radius = 0.085 * street;
    let spacing = MARK_SPACING / per_unit.max(1e-9);
    MapScale {
        thinnest: PIPE_WIDTH.0 * nearness.max(0.9),
        widest: PIPE_WIDTH.1 * nearness,
        junction: if radius < 1.0 {
            0.0
        } else {
            radius.min(2.1 + 0.9 * nearness)
        },
        symbol: (17.0 * nearness).clamp(14.0, 44.0),
        minor: (street / 24.0).clamp(0.15, 1.0),
        // A power of two: marks keep their place while one comes nearer, and
        // now and then another appears between two.
        mark_spacing: 2f64.powf(spacing.max(1e-12).log2().round()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::grid;
    use super::*;

    fn extent(across: f64, up: f64) -> Extent {
        Extent {
            low: [0.0; 3],
            high: [across, up, across],
        }
    }

    #[test]
    fn a_flat_town_is_exaggerated_and_a_mountain_village_is_not() {
        let town = automatic_exaggeration(&extent(10_000.0, 50.0));
        assert!((5.0..=20.0).contains(&town), "{town}");
        assert_eq!(automatic_exaggeration(&extent(300.0, 200.0)), 1.0);
        assert_eq!(automatic_exaggeration(&extent(300.0, 0.0)), 1.0, "a plain");
        assert_eq!(automatic_exaggeration(&extent(f64::NAN, 1.0)), 1.0);
        // Never more than the relief that was asked for.
        for up in [1.0, 7.0, 40.0, 900.0] {
            let factor = automatic_exaggeration(&extent(8_000.0, up));
            assert!(factor == 1.0 || factor * up <= RELIEF * 8_000.0 * 2f64.sqrt() * 1.001);
        }
    }

    #[test]
    fn a_wider_pipe_is_never_drawn_thinner() {
        let mut before = -1.0;
        for diameter in [0.0, 0.05, 0.1, 0.3, 0.6, 1.2] {
            let weight = width_weight(diameter, 1.2);
            assert!(weight >= before && (0.0..=1.0).contains(&weight));
            before = weight;
        }
        assert_eq!(width_weight(f64::NAN, 1.0), 0.0);
        assert_eq!(width_weight(0.3, 0.0), 0.0);
    }

    #[test]
    fn coming_nearer_shows_junctions_and_widens_pipes_slower_than_the_picture_grows() {
        let mut network = grid(100, 100);
        network.rescale([5_000.0, 0.0, 5_000.0], 7_000.0);
        let street = network.usual_length();
        let camera = |distance: f64| OrbitCamera {
            target: [0.0; 3],
            yaw: 0.0,
            pitch: 1.0,
            distance,
        };
        let far = map_scale(&camera(4.0), 600.0, street);
        let near = map_scale(&camera(0.1), 600.0, street);
        assert_eq!(far.junction, 0.0, "a junction a point wide is noise");
        assert!(near.junction > 1.0);
        assert!(far.thinnest >= 1.0, "thin pipes stay visible");
        assert!(near.widest > far.widest);
        assert!(near.widest / far.widest < 40.0 / 4.0);
        let marks = near.mark_spacing * points_per_unit(&camera(0.1), 600.0);
        assert!((MARK_SPACING / 2.0..=MARK_SPACING * 2.0).contains(&marks));
    }
}
