//! The little three-dimensional geometry that the view needs: vectors, oriented
//! boxes, rays. Right-handed, y up.

/// A point or a direction.
pub type Vector = [f64; 3];

/// The sum of two vectors.
#[must_use]
pub fn add(a: Vector, b: Vector) -> Vector {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

/// `a` minus `b`.
#[must_use]
pub fn subtract(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// `a` times `factor`.
#[must_use]
pub fn scale(a: Vector, factor: f64) -> Vector {
    a.map(|part| part * factor)
}

/// The dot product.
#[must_use]
pub fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The cross product.
#[must_use]
pub fn cross(a: Vector, b: Vector) -> Vector {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// The length.
#[must_use]
pub fn length(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// The vector of length one in the direction of `a`, or `otherwise` where `a` is too short to have one.
#[must_use]
pub fn direction_or(a: Vector, otherwise: Vector) -> Vector {
    let length = length(a);
    if length > 1e-12 && length.is_finite() {
        scale(a, 1.0 / length)
    } else {
        otherwise
    }
}

/// The point a `fraction` of the way from `a` to `b`.
#[must_use]
pub fn mix(a: Vector, b: Vector, fraction: f64) -> Vector {
    add(scale(a, 1.0 - fraction), scale(b, fraction))
}

/// A half-line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// Where it starts.
    pub origin: Vector,
    /// Where it goes; of length one.
    pub direction: Vector,
}

impl Ray {
    /// The point at `distance` along the ray.
    #[must_use]
    pub fn at(&self, distance: f64) -> Vector {
        add(self.origin, scale(self.direction, distance))
    }

    /// Closest approach to the segment from `a` to `b`: (distance along the ray, gap between the two).
    #[must_use]
    pub fn approach(&self, a: Vector, b: Vector) -> (f64, f64) {
        let along = subtract(b, a);
        let from_a = subtract(self.origin, a);
        let length_squared = dot(along, along);
        let lean = dot(self.direction, along);
        let on_ray = dot(self.direction, from_a);
        let on_segment = dot(along, from_a);
        let denominator = length_squared - lean * lean;
        let fraction = if length_squared < 1e-24 {
            0.0
        } else if denominator.abs() < 1e-12 * length_squared {
            (on_segment / length_squared).clamp(0.0, 1.0)
        } else {
            ((on_segment - lean * on_ray) / denominator).clamp(0.0, 1.0)
        };
        let point = add(a, scale(along, fraction));
        let distance = dot(subtract(point, self.origin), self.direction).max(0.0);
        (distance, length(subtract(self.at(distance), point)))
    }
}

/// A box that may be turned: where an asset is and how large it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrientedBox {
    /// Its middle.
    pub centre: Vector,
    /// Half of its extent along its own axes; never below zero.
    pub half_size: Vector,
    /// Its own x, y and z axes, each of length one.
    pub axes: [Vector; 3],
}

impl OrientedBox {
    /// A box turned about x, then y, then z by angles in degrees.
    #[must_use]
    pub fn new(centre: Vector, size: Vector, rotation_degrees: Vector) -> Self {
        let turn = |point: Vector| {
            let [x, y, z] = rotation_degrees.map(f64::to_radians);
            let about_x = [
                point[0],
                point[1] * x.cos() - point[2] * x.sin(),
                point[1] * x.sin() + point[2] * x.cos(),
            ];
            let about_y = [
                about_x[0] * y.cos() + about_x[2] * y.sin(),
                about_x[1],
                about_x[2] * y.cos() - about_x[0] * y.sin(),
            ];
            [
                about_y[0] * z.cos() - about_y[1] * z.sin(),
                about_y[0] * z.sin() + about_y[1] * z.cos(),
                about_y[2],
            ]
        };
        Self {
            centre,
            half_size: size.map(|extent| extent.abs() / 2.0),
            axes: [
                turn([1.0, 0.0, 0.0]),
                turn([0.0, 1.0, 0.0]),
                turn([0.0, 0.0, 1.0]),
            ],
        }
    }

    /// The eight corners.
    #[must_use]
    pub fn corners(&self) -> [Vector; 8] {
        std::array::from_fn(|corner| {
            (0..3).fold(self.centre, |point, axis| {
                let side = if corner >> axis & 1 == 1 { 1.0 } else { -1.0 };
                add(point, scale(self.axes[axis], side * self.half_size[axis]))
            })
        })
    }

    /// Where along `ray` the box is first met (0 when the ray starts inside), by the slab method.
    #[must_use]
    pub fn hit(&self, ray: &Ray) -> Option<f64> {
        let to_centre = subtract(self.centre, ray.origin);
        let (mut enter, mut leave) = (0.0f64, f64::INFINITY);
        for axis in 0..3 {
            let offset = dot(self.axes[axis], to_centre);
            let speed = dot(self.axes[axis], ray.direction);
            let half = self.half_size[axis];
            if speed.abs() < 1e-12 {
                if offset.abs() > half {
                    return None;
                }
                continue;
            }
            let first = (offset - half) / speed;
            let second = (offset + half) / speed;
            enter = enter.max(first.min(second));
            leave = leave.min(first.max(second));
            if enter > leave {
                return None;
            }
        }
        Some(enter)
    }

    /// The point where the line from the centre towards `target` leaves the box.
    #[must_use]
    pub fn exit_towards(&self, target: Vector) -> Vector {
        let way = subtract(target, self.centre);
        let mut fraction = 1.0f64;
        for axis in 0..3 {
            let reach = dot(self.axes[axis], way).abs();
            if reach > self.half_size[axis] && reach > 1e-12 {
                fraction = fraction.min(self.half_size[axis] / reach);
            }
        }
        add(self.centre, scale(way, fraction))
    }
}

/// An axis-parallel box around things.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Smallest coordinates.
    pub low: Vector,
    /// Largest coordinates.
    pub high: Vector,
}

impl Extent {
    /// The smallest box around all finite `points`; `None` when there are none.
    #[must_use]
    pub fn around(points: impl IntoIterator<Item = Vector>) -> Option<Self> {
        points
            .into_iter()
            .filter(|point| point.iter().all(|part| part.is_finite()))
            .fold(None, |found, point| {
                Some(match found {
                    None => Self {
                        low: point,
                        high: point,
                    },
                    Some(Self { low, high }) => Self {
                        low: std::array::from_fn(|axis| low[axis].min(point[axis])),
                        high: std::array::from_fn(|axis| high[axis].max(point[axis])),
                    },
                })
            })
    }

    /// Its middle.
    #[must_use]
    pub fn centre(&self) -> Vector {
        mix(self.low, self.high, 0.5)
    }

    /// Radius of the sphere around it.
    #[must_use]
    pub fn radius(&self) -> f64 {
        length(subtract(self.high, self.low)) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AHEAD: Ray = Ray {
        origin: [0.0, 0.0, 5.0],
        direction: [0.0, 0.0, -1.0],
    };

    #[test]
    fn a_ray_meets_a_box_where_its_near_face_is() {
        let cube = OrientedBox::new([0.0; 3], [2.0; 3], [0.0; 3]);
        assert_eq!(cube.hit(&AHEAD), Some(4.0));
        let aside = OrientedBox::new([1.5, 0.0, 0.0], [2.0; 3], [0.0; 3]);
        assert_eq!(aside.hit(&AHEAD), None);
        let behind = OrientedBox::new([0.0, 0.0, 9.0], [2.0; 3], [0.0; 3]);
        assert_eq!(behind.hit(&AHEAD), None);
    }

    #[test]
    fn turning_a_box_turns_what_a_ray_meets() {
        // Seen along z, a square turned by 45 degrees about y shows its edge first.
        let turned = OrientedBox::new([0.0; 3], [2.0; 3], [0.0, 45.0, 0.0]);
        let distance = turned.hit(&AHEAD).unwrap();
        assert!((distance - (5.0 - 2f64.sqrt())).abs() < 1e-9);
        // x about z by 90 degrees is y.
        let upright = OrientedBox::new([0.0; 3], [1.0; 3], [0.0, 0.0, 90.0]);
        assert!(length(subtract(upright.axes[0], [0.0, 1.0, 0.0])) < 1e-12);
    }

    #[test]
    fn the_way_out_of_a_box_ends_on_its_surface() {
        let slab = OrientedBox::new([0.0; 3], [4.0, 1.0, 4.0], [0.0; 3]);
        assert_eq!(slab.exit_towards([0.0, 10.0, 0.0]), [0.0, 0.5, 0.0]);
        assert_eq!(slab.exit_towards([0.1, 0.1, 0.0]), [0.1, 0.1, 0.0]);
    }

    #[test]
    fn closest_approach_is_found_inside_and_past_the_ends_of_a_segment() {
        let (distance, gap) = AHEAD.approach([-1.0, 0.5, 0.0], [1.0, 0.5, 0.0]);
        assert!((distance - 5.0).abs() < 1e-9 && (gap - 0.5).abs() < 1e-9);
        let (_, gap) = AHEAD.approach([3.0, 0.0, 0.0], [4.0, 0.0, 0.0]);
        assert!((gap - 3.0).abs() < 1e-9);
        let (_, gap) = AHEAD.approach([1.0, 0.0, 0.0], [1.0, 0.0, 4.0]);
        assert!((gap - 1.0).abs() < 1e-9);
    }

    #[test]
    fn extents_ignore_what_is_not_finite() {
        let extent = Extent::around([[0.0; 3], [f64::NAN; 3], [2.0, 0.0, 0.0]]).unwrap();
        assert_eq!(extent.centre(), [1.0, 0.0, 0.0]);
        assert_eq!(extent.radius(), 1.0);
        assert!(Extent::around([]).is_none());
    }
}
