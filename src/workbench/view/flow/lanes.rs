//! The lanes that items take between parts, and where they enter and leave a part.

use super::{FlowPlan, PartForm};
use crate::workbench::view::geometry::{
    OrientedBox, Vector, add, cross, direction_or, dot, length, mix, scale, subtract,
};

/// A lane as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Index of its way in the plan.
    pub way: usize,
    /// From where items leave one part to where they enter the next [scene units].
    pub points: Vec<Vector>,
}

/// Pieces of a lane that swings aside.
const PIECES: usize = 14;

/// How far aside a lane may swing, relative to its length; the first that meets
/// no part is taken.
const SWINGS: [f64; 9] = [0.0, 0.22, -0.22, 0.38, -0.38, 0.55, -0.55, 0.8, -0.8];

/// Where items enter and leave every part [scene units]; the line between the
/// two is the way through it.
#[must_use]
pub fn ends(plan: &FlowPlan, places: &[OrientedBox]) -> Vec<[Vector; 2]> {
    (0..plan.parts.len())
        .map(|part| {
            let place = &places[part];
            let middle = |parts: &mut dyn Iterator<Item = usize>| {
                parts.next().map(|other| places[other].centre)
            };
            let before = middle(&mut plan.before(part));
            let after = middle(&mut plan.after(part));
            let axis = long_axis(place);
            let way = scale(place.axes[axis], place.half_size[axis]);
            let forwards = match (before, after) {
                (_, Some(after)) => {
                    // What it gives to is nearer to its end than what it takes from.
                    let gives = dot(subtract(after, place.centre), way);
                    let takes = before
                        .map_or(0.0, |before| dot(subtract(before, place.centre), way));
                    gives >= takes
                }
                (Some(before), None) => dot(subtract(before, place.centre), way) <= 0.0,
                (None, None) => true,
            };
            let way = if forwards { way } else { scale(way, -1.0) };
            [subtract(place.centre, way), add(place.centre, way)]
        })
        .collect()
}

/// The longer of the two axes of a box that lie flat.
fn long_axis(place: &OrientedBox) -> usize {
    if place.half_size[2] > place.half_size[0] * 1.001 {
        2
    } else {
        0
    }
}

/// The lanes of all ways, at the height `ground` [scene units].
#[must_use]
pub fn lanes(plan: &FlowPlan, places: &[OrientedBox], ground: f64) -> Vec<Lane> {
    let ends = ends(plan, places);
    plan.ways
        .iter()
        .enumerate()
        .map(|(way, joined)| {
            let (from, to) = (joined.from, joined.to);
            let start = leaves(plan, places, &ends, from, places[to].centre);
            let end = enters(plan, places, &ends, to, places[from].centre);
            let flat = |point: Vector| [point[0], ground, point[2]];
            let (start, end) = (flat(start), flat(end));
            let best = SWINGS
                .iter()
                .map(|swing| curve(start, end, *swing))
                .min_by_key(|points| met(points, places, from, to));
            Lane {
                way,
                points: best.unwrap_or_else(|| vec![start, end]),
            }
        })
        .collect()
}

/// Where the items of a part leave it on their way to `target`.
fn leaves(
    plan: &FlowPlan,
    places: &[OrientedBox],
    ends: &[[Vector; 2]],
    part: usize,
    target: Vector,
) -> Vector {
    if plan.parts[part].form.is_long() {
        ends[part][1]
    } else {
        edge(&places[part], target)
    }
}

/// Where items from `target` enter a part.
fn enters(
    plan: &FlowPlan,
    places: &[OrientedBox],
    ends: &[[Vector; 2]],
    part: usize,
    target: Vector,
) -> Vector {
    if plan.parts[part].form.is_long() {
        ends[part][0]
    } else {
        edge(&places[part], target)
    }
}

/// Where the level line from the middle of a box towards `target` leaves it.
fn edge(place: &OrientedBox, target: Vector) -> Vector {
    let level = [target[0], place.centre[1], target[2]];
    place.exit_towards(level)
}

/// The points from `start` to `end`, `swing` of their distance to the side.
fn curve(start: Vector, end: Vector, swing: f64) -> Vec<Vector> {
    if swing.abs() < 1e-9 {
        return vec![start, end];
    }
    let way = subtract(end, start);
    let side = direction_or(cross(way, [0.0, 1.0, 0.0]), [0.0, 0.0, 1.0]);
    // A curve of this kind reaches half as far as its middle control point.
    let aside = scale(side, 2.0 * swing * length(way));
    let bend = add(mix(start, end, 0.5), aside);
    (0..=PIECES)
        .map(|piece| {
            let fraction = piece as f64 / PIECES as f64;
            mix(
                mix(start, bend, fraction),
                mix(bend, end, fraction),
                fraction,
            )
        })
        .collect()
}

/// How much of a lane runs through other parts.
fn met(points: &[Vector], places: &[OrientedBox], from: usize, to: usize) -> usize {
    let whole = length_of(points);
    (1..40)
        .filter(|step| {
            let point = along(points, whole * f64::from(*step) / 40.0).0;
            places.iter().enumerate().any(|(part, place)| {
                // Half of its own box belongs to a part whose lane begins at its middle.
                part != from && part != to && covers(place, point)
            })
        })
        .count()
}

/// Whether a box stands over a point of the ground.
fn covers(place: &OrientedBox, point: Vector) -> bool {
    let away = subtract(point, place.centre);
    [0, 2].into_iter().all(|axis| {
        dot([away[0], 0.0, away[2]], place.axes[axis]).abs() <= place.half_size[axis] * 1.15
    })
}

/// The length of a line through `points`.
#[must_use]
pub fn length_of(points: &[Vector]) -> f64 {
    points
        .windows(2)
        .map(|pair| length(subtract(pair[1], pair[0])))
        .sum()
}

/// The point `distance` along a line through `points`, and the direction there.
#[must_use]
pub fn along(points: &[Vector], distance: f64) -> (Vector, Vector) {
    let mut left = distance.max(0.0);
    let mut last = ([0.0; 3], [1.0, 0.0, 0.0]);
    for pair in points.windows(2) {
        let way = subtract(pair[1], pair[0]);
        let reach = length(way);
        let direction = direction_or(way, [1.0, 0.0, 0.0]);
        if left <= reach {
            return (add(pair[0], scale(direction, left)), direction);
        }
        left -= reach;
        last = (pair[1], direction);
    }
    match points {
        [only] => (*only, [1.0, 0.0, 0.0]),
        _ => last,
    }
}

/// Height at which items stand in a part, as a share of its height.
#[must_use]
pub const fn deck(form: PartForm) -> f64 {
    match form {
        PartForm::Conveyor => 1.0,
        PartForm::Buffer => 0.45,
        PartForm::Router => 1.0,
        PartForm::Source | PartForm::Sink => 0.3,
        PartForm::Machine
        | PartForm::ServerPool
        | PartForm::Assembly
        | PartForm::Split
        | PartForm::Inspection => 0.3,
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::plan;
    use super::*;
    use PartForm::{Buffer, Machine, Sink, Source};

    fn at(x: f64) -> OrientedBox {
        OrientedBox::new([x, 0.5, 0.0], [1.0, 1.0, 1.0], [0.0; 3])
    }

    #[test]
    fn a_lane_joins_neighbours_straight_and_swings_around_what_stands_between() {
        let plan = plan(
            &[Source, Buffer, Machine, Sink],
            &[(0, 1), (1, 2), (2, 3), (2, 0)],
        );
        let places = [at(0.0), at(3.0), at(6.0), at(9.0)];
        let lanes = lanes(&plan, &places, 0.0);
        assert_eq!(lanes[0].points.len(), 2, "straight");
        assert_eq!(met(&lanes[3].points, &places, 2, 0), 0, "around the buffer");
        let first = lanes[0].points[0];
        assert!((first[0] - 0.5).abs() < 1e-9, "from the edge of the source");
    }

    #[test]
    fn items_go_through_a_part_from_what_gives_to_what_takes() {
        let plan = plan(&[Source, Buffer, Sink], &[(0, 1), (1, 2)]);
        for turned in [0.0, 180.0] {
            let places = [
                at(9.0),
                OrientedBox::new([5.0, 0.5, 0.0], [3.0, 1.0, 1.0], [0.0, turned, 0.0]),
                at(0.0),
            ];
            let [enter, leave] = ends(&plan, &places)[1];
            assert!(enter[0] > leave[0], "turned by {turned}: {enter:?} {leave:?}");
        }
    }

    #[test]
    fn a_point_along_a_bent_line_is_where_its_length_says() {
        let points = [[0.0; 3], [2.0, 0.0, 0.0], [2.0, 0.0, 3.0]];
        assert_eq!(length_of(&points), 5.0);
        assert_eq!(along(&points, 1.0).0, [1.0, 0.0, 0.0]);
        assert_eq!(along(&points, 4.0), ([2.0, 0.0, 2.0], [0.0, 0.0, 1.0]));
        assert_eq!(along(&points, 99.0).0, [2.0, 0.0, 3.0]);
    }
}
