//! Labels of the scene: projected by the camera and set so that none covers another.

use super::camera::OrbitCamera;
use super::geometry::Vector;

/// A label that would like to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelRequest {
    /// Position of the asset in the document.
    pub asset: usize,
    /// What it points at [scene units].
    pub anchor: Vector,
    /// Name of the asset.
    pub title: String,
    /// Simulated value with its unit; empty where there is none.
    pub simulated: String,
    /// Measured value with its unit; empty where there is none.
    pub measured: String,
    /// Selected labels are set first and never fade.
    pub selected: bool,
    /// So are hovered ones, next.
    pub hovered: bool,
    /// Whether the asset recedes behind the selection.
    pub receded: bool,
    /// Labels of lower rank are set before others.
    pub rank: u8,
    /// Whether name and value stand in one line, to cover less.
    pub one_line: bool,
}

/// A label with its place on the picture, in points from the picture's upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// Position of the asset in the document.
    pub asset: usize,
    /// Name of the asset.
    pub title: String,
    /// Simulated value with its unit; empty where there is none.
    pub simulated: String,
    /// Measured value with its unit; empty where there is none.
    pub measured: String,
    /// The point it belongs to; a hairline joins the two.
    pub anchor: [f64; 2],
    /// Upper left corner of its rectangle.
    pub position: [f64; 2],
    /// Width and height of its rectangle.
    pub size: [f64; 2],
    /// From 0 (not to be seen) to 1.
    pub opacity: f64,
    /// Whether its asset is selected.
    pub selected: bool,
    /// Whether the pointer is over its asset.
    pub hovered: bool,
    /// Whether name and value stand in one line.
    pub one_line: bool,
}

impl Label {
    fn overlaps(&self, position: [f64; 2], size: [f64; 2]) -> bool {
        (0..2).all(|axis| {
            position[axis] < self.position[axis] + self.size[axis] + GAP
                && self.position[axis] < position[axis] + size[axis] + GAP
        })
    }
}

/// Least space between two labels [points].
const GAP: f64 = 4.0;

/// Distance between an anchor and its label [points].
const STANDOFF: f64 = 12.0;

/// More labels than this are noise.
const AT_MOST: usize = 48;

/// Sets labels on a picture of `size` points. `measure` gives the width and
/// height that a request needs when drawn.
///
/// No label lies on a part of the picture that is `reserved` for what is written in its corners.
/// Each label tries a few places around its anchor and takes, among those free,
/// the one that covers least of the `obstacles` (rectangles from upper left to
/// lower right corner); one that finds none free is left out. Selected and hovered assets choose first, then
/// the order is that of the document, so that labels do not change places
/// while the camera turns.
pub fn lay_out(
    requests: &[LabelRequest],
    camera: &OrbitCamera,
    size: [f64; 2],
    obstacles: &[[[f64; 2]; 2]],
    reserved: &[[[f64; 2]; 2]],
    mut measure: impl FnMut(&LabelRequest) -> [f64; 2],
) -> Vec<Label> {
    let mut order: Vec<&LabelRequest> = requests.iter().collect();
    order.sort_by_key(|one| {
        (
            !one.selected,
            !one.hovered,
            one.rank,
            one.receded,
            one.asset,
        )
    });
    let mut labels: Vec<Label> = Vec::new();
    for request in order {
        if labels.len() >= AT_MOST {
            break;
        }
        let Some((anchor, depth)) = camera.project(request.anchor, size) else {
            continue;
        };
        let on_picture = (0..2).all(|axis| (0.0..=size[axis]).contains(&anchor[axis]));
        if !on_picture {
            continue;
        }
        let pinned = request.selected || request.hovered;
        let opacity = if pinned {
            1.0
        } else {
            fade(depth, camera.distance) * if request.receded { 0.6 } else { 1.0 }
        };
        if opacity < 0.05 {
            continue;
        }
        let extent = measure(request);
        // A place further out costs as much as covering a thirtieth of the label.
        let area = extent[0] * extent[1];
        let free = places(anchor, extent)
            .into_iter()
            .enumerate()
            .filter(|(_, place)| {
                (0..2).all(|axis| {
                    place[axis] >= GAP && place[axis] + extent[axis] <= size[axis] - GAP
                }) && !labels.iter().any(|label| label.overlaps(*place, extent))
                    && reserved
                        .iter()
                        .all(|one| overlap(*place, extent, one) <= 0.0)
            })
            .map(|(rank, place)| {
                let covered: f64 = obstacles
                    .iter()
                    .map(|one| overlap(place, extent, one))
                    .sum();
                (covered / area + 0.03 * rank as f64, place)
            })
            .min_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, place)| place);
        if let Some(position) = free {
            labels.push(Label {
                asset: request.asset,
                title: request.title.clone(),
                simulated: request.simulated.clone(),
                measured: request.measured.clone(),
                anchor,
                position,
                size: extent,
                opacity,
                selected: request.selected,
                hovered: request.hovered,
                one_line: request.one_line,
            });
        }
    }
    labels
}

/// Area that a rectangle shares with another [square points].
fn overlap(position: [f64; 2], size: [f64; 2], other: &[[f64; 2]; 2]) -> f64 {
    (0..2)
        .map(|axis| {
            let low = position[axis].max(other[0][axis]);
            let high = (position[axis] + size[axis]).min(other[1][axis]);
            (high - low).max(0.0)
        })
        .product()
}

/// How visible a label is at `depth` when the camera looks at something `distance` away.
fn fade(depth: f64, distance: f64) -> f64 {
    let far = depth / distance.max(1e-9);
    (1.0 - (far - 1.5) / 1.5).clamp(0.0, 1.0)
}

/// Places around an anchor, best first: above, then the upper sides, the lower
/// sides, straight beside and below; then the same further out.
fn places(anchor: [f64; 2], extent: [f64; 2]) -> Vec<[f64; 2]> {
    let [x, y] = anchor;
    let [width, height] = extent;
    let mut places = Vec::with_capacity(24);
    for ring in 0..3 {
        let out = STANDOFF + f64::from(ring) * (height + GAP) * 0.8;
        let (left, right) = (x - width - out, x + out);
        places.push([x - width / 2.0, y - height - out]);
        places.push([right, y - height - out * 0.4]);
        places.push([left, y - height - out * 0.4]);
        places.push([right, y + out * 0.4]);
        places.push([left, y + out * 0.4]);
        places.push([right + out, y - height / 2.0]);
        places.push([left - out, y - height / 2.0]);
        places.push([x - width / 2.0, y + out]);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::geometry::Extent;
    use super::*;

    const SIZE: [f64; 2] = [800.0, 500.0];

    fn camera() -> OrbitCamera {
        let extent = Extent {
            low: [-1.0; 3],
            high: [1.0; 3],
        };
        OrbitCamera::framing(&extent, SIZE[0] / SIZE[1])
    }

    fn request(asset: usize, anchor: Vector) -> LabelRequest {
        LabelRequest {
            asset,
            anchor,
            title: format!("Asset {asset}"),
            simulated: String::new(),
            measured: String::new(),
            selected: false,
            hovered: false,
            receded: false,
            rank: 0,
            one_line: false,
        }
    }

    fn place(requests: &[LabelRequest], camera: &OrbitCamera) -> Vec<Label> {
        lay_out(requests, camera, SIZE, &[], &[], |_| [90.0, 32.0])
    }

    #[test]
    fn no_two_labels_overlap_and_all_lie_on_the_picture() {
        let requests: Vec<LabelRequest> = (0..300)
            .map(|i| {
                let i = f64::from(i);
                let anchor = [(i * 0.37).sin(), (i * 0.73).cos() * 0.5, (i * 1.1).sin()];
                request(i as usize, anchor)
            })
            .collect();
        let labels = place(&requests, &camera());
        assert!(labels.len() > 10);
        for (index, one) in labels.iter().enumerate() {
            for (axis, limit) in SIZE.iter().enumerate() {
                assert!(one.position[axis] >= 0.0);
                assert!(one.position[axis] + one.size[axis] <= *limit);
            }
            for other in &labels[index + 1..] {
                let apart = (0..2).any(|axis| {
                    one.position[axis] + one.size[axis] <= other.position[axis]
                        || other.position[axis] + other.size[axis] <= one.position[axis]
                });
                assert!(apart, "{one:?} covers {other:?}");
            }
        }
    }

    #[test]
    fn the_selected_label_comes_first_and_does_not_fade() {
        let mut requests: Vec<LabelRequest> = (0..200).map(|i| request(i, [0.0; 3])).collect();
        requests[150].selected = true;
        requests[150].receded = true;
        let labels = place(&requests, &camera());
        assert_eq!(labels[0].asset, 150);
        assert_eq!(labels[0].opacity, 1.0);
        assert!(
            labels.len() < 30,
            "the same spot cannot carry {}",
            labels.len()
        );
    }

    #[test]
    fn a_label_keeps_off_what_it_would_cover() {
        let camera = camera();
        let plain = place(&[request(0, [0.0; 3])], &camera)[0].clone();
        let blocked = [
            plain.position,
            [
                plain.position[0] + plain.size[0],
                plain.position[1] + plain.size[1],
            ],
        ];
        let requests = [request(0, [0.0; 3])];
        let moved = lay_out(&requests, &camera, SIZE, &[blocked], &[], |_| [90.0, 32.0]);
        assert_ne!(moved[0].position, plain.position);
        assert!(overlap(moved[0].position, moved[0].size, &blocked) < 0.5 * 90.0 * 32.0);
    }

    #[test]
    fn a_reserved_corner_stays_free() {
        let requests: Vec<LabelRequest> = (0..40).map(|i| request(i, [0.0; 3])).collect();
        let everything = [[0.0, 0.0], SIZE];
        let measure = |_: &LabelRequest| [90.0, 32.0];
        let none = lay_out(&requests, &camera(), SIZE, &[], &[everything], measure);
        assert!(none.is_empty());
        let left = [[0.0, 0.0], [SIZE[0] / 2.0, SIZE[1]]];
        let right = lay_out(&requests, &camera(), SIZE, &[], &[left], measure);
        assert!(!right.is_empty());
        assert!(right.iter().all(|one| one.position[0] >= SIZE[0] / 2.0));
    }

    #[test]
    fn labels_fade_with_distance_until_they_are_gone() {
        let camera = camera();
        let [_, _, backward] = camera.axes();
        let at = |times: f64| {
            let away = super::super::geometry::scale(backward, -camera.distance * times);
            place(&[request(0, away)], &camera)
                .first()
                .map(|label| label.opacity)
        };
        assert_eq!(at(0.0), Some(1.0));
        let further = at(1.2).unwrap();
        assert!(further < 1.0 && further > 0.0);
        assert_eq!(at(3.0), None);
    }
}
