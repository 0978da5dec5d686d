//! From the map of a file to places in metres.
//!
//! An EPANET map has no unit of its own: metres, feet, degrees or the pixels of
//! a sketch. The backdrop may say which; otherwise the lengths of the pipes
//! tell: where they are what the map shows in metres or feet, that is its unit;
//! where they are not, the map is a sketch and is drawn as large as its pipes
//! are long. Degrees of longitude and latitude are recognised by their range
//! and projected by the equirectangular projection about the middle of the
//! network. A map far from its own zero is moved beside it. What was done is
//! kept as numbers, so that an export gives the map back.
//!
//! In a document x points east, y up and z south.

use super::inp::{Inp, LinkKind, NodeKind};
use super::layout;
use super::text::begins;
use super::units::{METRES_PER_FOOT, rounded};

/// Metres of a degree of latitude, on a sphere of 6 371 008.8 m.
const METRES_PER_DEGREE: f64 = 111_195.08;

/// What the numbers of a map mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    /// The point of the map at the document's origin.
    pub origin: (f64, f64),
    /// Metres of one unit of the map; of latitude for degrees.
    pub scale: f64,
    /// Whether the map is in degrees.
    pub is_degrees: bool,
}

/// Metres east and north to which places are rounded: a micrometre.
const PLACE_STEP: f64 = 1e-6;

impl Frame {
    /// Metres of one unit of the map to the east.
    fn scale_east(&self) -> f64 {
        if self.is_degrees {
            self.scale * self.origin.1.to_radians().cos()
        } else {
            self.scale
        }
    }

    /// Metres east and north of the origin.
    pub fn metres(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (
            tidy((x - self.origin.0) * self.scale_east()),
            tidy((y - self.origin.1) * self.scale),
        )
    }

    /// The inverse of [`metres`](Self::metres).
    pub fn on_map(&self, (east, north): (f64, f64)) -> (f64, f64) {
        (
            self.origin.0 + east / self.scale_east(),
            self.origin.1 + north / self.scale,
        )
    }
}

/// Metres to the micrometre, without the noise of the last digits and without a negative zero.
fn tidy(metres: f64) -> f64 {
    rounded((metres / PLACE_STEP).round() * PLACE_STEP) + 0.0
}

/// The places of all nodes, and how they came about.
#[derive(Debug)]
pub(super) struct Map {
    pub frame: Frame,
    /// Metres east and north of the origin, by node.
    pub places: Vec<(f64, f64)>,
    /// The nodes that had no coordinates.
    pub laid_out: Vec<usize>,
    /// What to tell of the unit, if anything.
    pub remark: Option<String>,
    /// The larger side of what the nodes cover \[m].
    pub extent: f64,
}

/// Finds places for all nodes of a file.
pub(super) fn map(inp: &Inp) -> Map {
    let (frame, remark) = frame(inp, declared_unit(inp));
    let given: Vec<Option<(f64, f64)>> = inp
        .nodes
        .iter()
        .map(|node| node.coordinates.map(|point| frame.metres(point)))
        .collect();
    let laid_out: Vec<usize> = (0..given.len())
        .filter(|one| given[*one].is_none())
        .collect();
    let places: Vec<(f64, f64)> = layout::places(inp, given)
        .into_iter()
        .map(|(x, y)| (tidy(x), tidy(y)))
        .collect();
    let (low, high) = bounds(places.iter().copied());
    Map {
        frame,
        laid_out,
        remark,
        extent: (high.0 - low.0).max(high.1 - low.1).max(1.0),
        places,
    }
}

fn bounds(points: impl Iterator<Item = (f64, f64)>) -> ((f64, f64), (f64, f64)) {
    let start = (
        (f64::INFINITY, f64::INFINITY),
        (f64::NEG_INFINITY, f64::NEG_INFINITY),
    );
    let (low, high) = points.fold(start, |(low, high), (x, y)| {
        ((low.0.min(x), low.1.min(y)), (high.0.max(x), high.1.max(y)))
    });
    if low.0 <= high.0 {
        (low, high)
    } else {
        ((0.0, 0.0), (0.0, 0.0))
    }
}

/// What the unit of the map has to be called in the backdrop, where a reader of `inp`
/// would otherwise not find `meant`.
pub(super) fn unit_to_declare(inp: &Inp, meant: &Frame) -> Option<&'static str> {
    if is_same_unit(&frame(inp, declared_unit(inp)).0, meant) {
        return None;
    }
    let is_scale = |scale: f64| is_same_scale(meant.scale, scale);
    if meant.is_degrees {
        Some("Degrees")
    } else if is_scale(1.0) {
        Some("Meters")
    } else if is_scale(METRES_PER_FOOT) {
        Some("Feet")
    } else {
        None
    }
}

/// Whether the backdrop says nothing but the unit of the map, and the lengths of the
/// pipes would tell another: the frame of the document then says it all, and an export
/// declares it again.
pub(super) fn backdrop_only_says_unit(inp: &Inp) -> bool {
    let [line] = inp.backdrop.as_slice() else {
        return false;
    };
    let (declared, found) = (frame(inp, declared_unit(inp)).0, frame(inp, None).0);
    says_unit(line) && !is_same_unit(&declared, &found)
}

fn is_same_unit(one: &Frame, other: &Frame) -> bool {
    is_same_scale(one.scale, other.scale) && one.is_degrees == other.is_degrees
}

fn is_same_scale(one: f64, other: f64) -> bool {
    (one / other - 1.0).abs() < 1e-9
}

/// Whether a line of the backdrop says the unit of the map.
pub(super) fn says_unit(line: &str) -> bool {
    (line.split_whitespace().next()).is_some_and(|word| begins(word, "UNIT"))
}

fn frame(inp: &Inp, declared: Option<Declared>) -> (Frame, Option<String>) {
    let plain = |scale: f64| Frame {
        origin: (0.0, 0.0),
        scale,
        is_degrees: false,
    };
    let points = || inp.nodes.iter().filter_map(|node| node.coordinates);
    let (low, high) = bounds(points());
    let extent = (high.0 - low.0).max(high.1 - low.1);
    if extent <= 0.0 {
        return (plain(1.0), None);
    }
    let ratio = length_ratio(inp);
    let in_degrees_range = low.0 >= -180.0 && high.0 <= 180.0 && low.1 >= -90.0 && high.1 <= 90.0;
    // A pipe is at least as long as its line on the map; a degree is 111 km long or, to the
    // east, shorter.
    let degree_like = ratio.is_some_and(|ratio| (20_000.0..400_000.0).contains(&ratio));
    let is_degrees = in_degrees_range
        && match declared {
            Some(Declared::Degrees) => true,
            Some(_) => false,
            None => degree_like,
        };
    if is_degrees {
        let middle = |low: f64, high: f64| rounded_to(f64::midpoint(low, high), 1e-4);
        let frame = Frame {
            origin: (middle(low.0, high.0), middle(low.1, high.1)),
            scale: METRES_PER_DEGREE,
            is_degrees: true,
        };
        let remark = "the map is in degrees; it is projected by the equirectangular projection \
                      about its middle"
            .to_owned();
        return (frame, Some(remark));
    }
    let (scale, remark) = match (declared, ratio) {
        (Some(Declared::Metres), _) => (1.0, None),
        (Some(Declared::Feet), _) => (METRES_PER_FOOT, None),
        (_, None) => (1.0, None),
        (_, Some(ratio)) => scale_of_ratio(ratio),
    };
    let mut frame = plain(scale);
    // Far from its own zero a map loses digits where it is drawn in single precision.
    let furthest = [low.0, low.1, high.0, high.1]
        .into_iter()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    if furthest > 5.0 * extent {
        let step = 10.0_f64.powf(extent.log10().floor());
        frame.origin = ((low.0 / step).floor() * step, (low.1 / step).floor() * step);
    }
    (frame, remark)
}

fn rounded_to(value: f64, step: f64) -> f64 {
    rounded((value / step).round() * step)
}

/// Metres of a unit of the map, from how much longer pipes are than their lines.
fn scale_of_ratio(ratio: f64) -> (f64, Option<String>) {
    /// How much longer than its line a pipe usually is at most, where the map is to scale.
    const SLACK: std::ops::Range<f64> = 0.9..1.25;
    if SLACK.contains(&ratio) {
        return (1.0, None);
    }
    if SLACK.contains(&(ratio / METRES_PER_FOOT)) {
        return (
            METRES_PER_FOOT,
            Some("the map fits the lengths of the pipes in feet and is taken to be in feet".into()),
        );
    }
    let scale: f64 = format!("{ratio:.1e}").parse().unwrap_or(1.0);
    (
        scale,
        Some(format!(
            "the map is not to scale with the lengths of the pipes; a unit of it is drawn as {scale} m"
        )),
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Declared {
    Metres,
    Feet,
    Degrees,
}

fn declared_unit(inp: &Inp) -> Option<Declared> {
    inp.backdrop.iter().find_map(|line| {
        if !says_unit(line) {
            return None;
        }
        let unit = line.split_whitespace().nth(1)?;
        [
            ("METER", Declared::Metres),
            ("FEET", Declared::Feet),
            ("DEGREE", Declared::Degrees),
        ]
        .into_iter()
        .find_map(|(word, declared)| begins(unit, word).then_some(declared))
    })
}

/// The median of pipe length in metres over length on the map.
fn length_ratio(inp: &Inp) -> Option<f64> {
    let metres = if inp.options.flow_unit.is_metric() {
        1.0
    } else {
        METRES_PER_FOOT
    };
    let mut ratios: Vec<f64> = inp
        .links
        .iter()
        .filter_map(|link| {
            let LinkKind::Pipe(pipe) = &link.kind else {
                return None;
            };
            let from = inp.nodes.get(link.from)?.coordinates?;
            let to = inp.nodes.get(link.to)?.coordinates?;
            let mut drawn = 0.0;
            let mut last = from;
            for point in link.vertices.iter().copied().chain([to]) {
                drawn += (point.0 - last.0).hypot(point.1 - last.1);
                last = point;
            }
            let ratio = pipe.length * metres / drawn;
            (ratio.is_finite() && ratio > 0.0).then_some(ratio)
        })
        .collect();
    if ratios.is_empty() {
        return None;
    }
    let middle = ratios.len() / 2;
    let (_, median, _) = ratios.select_nth_unstable_by(middle, f64::total_cmp);
    Some(*median)
}

/// The height of a node above the datum, in the file's unit of length.
pub(super) fn elevation(kind: &NodeKind) -> f64 {
    match kind {
        NodeKind::Junction { elevation, .. } => *elevation,
        NodeKind::Reservoir { head, .. } => *head,
        NodeKind::Tank(tank) => tank.elevation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_to_metres_and_back() {
        let frames = [
            Frame {
                origin: (0.0, 0.0),
                scale: 1.0,
                is_degrees: false,
            },
            Frame {
                origin: (450_000.0, 730_000.0),
                scale: METRES_PER_FOOT,
                is_degrees: false,
            },
            Frame {
                origin: (4.9, 52.3),
                scale: METRES_PER_DEGREE,
                is_degrees: true,
            },
        ];
        for frame in frames {
            let point = (frame.origin.0 + 0.012_345, frame.origin.1 - 0.02);
            let back = frame.on_map(frame.metres(point));
            let error = (back.0 - point.0).hypot(back.1 - point.1);
            // A micrometre of place is far below that in degrees.
            assert!(error < 4e-6, "{frame:?}: {error}");
        }
    }

    #[test]
    fn a_sketch_takes_the_size_of_its_pipes() {
        assert_eq!(scale_of_ratio(1.0).0, 1.0);
        assert_eq!(scale_of_ratio(1.1).0, 1.0);
        assert_eq!(scale_of_ratio(0.31).0, METRES_PER_FOOT);
        assert_eq!(scale_of_ratio(80.4).0, 80.0);
    }
}
