//! The camera that turns around the scene: pure arithmetic, no renderer.
//!
//! Every movement takes effect at once and in proportion to the hand, without
//! inertia: what is exact feels calm. Limits made from the scene's extent keep
//! the system on the screen whatever is done.

use super::geometry::{Extent, Ray, Vector, add, cross, direction_or, dot, scale, subtract};

/// Vertical field of view [rad]. Narrow, as a long lens: little distortion at the edges.
pub const FIELD_OF_VIEW: f64 = 0.55;

/// Share of the picture that a framed thing fills.
const FRAME_FILL: f64 = 0.82;

/// Where a scene is looked at from at first [rad].
const HOME_YAW: f64 = 0.62;

/// How far from above a scene is looked at at first [rad].
const HOME_PITCH: f64 = 0.40;

/// How far from above a map is looked at at first [rad].
const MAP_PITCH: f64 = 0.92;

/// Highest and lowest elevation [rad]: straight up and down have no left and right.
const MAX_PITCH: f64 = 1.54;

/// How far the camera may go, made from the extent of the scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraLimits {
    /// The point around which the system lies.
    pub centre: Vector,
    /// Radius of the system; above zero.
    pub radius: f64,
    /// How near one may come, as a share of the radius.
    pub nearest: f64,
}

impl CameraLimits {
    /// Limits for a scene of this extent.
    #[must_use]
    pub fn new(extent: &Extent) -> Self {
        Self {
            centre: extent.centre(),
            radius: extent.radius().max(1e-6),
            nearest: 0.05,
        }
    }

    /// Limits that let one come so near that something of size `detail` fills the picture.
    #[must_use]
    pub fn with_detail(extent: &Extent, detail: f64) -> Self {
        let limits = Self::new(extent);
        Self {
            nearest: (detail / limits.radius).clamp(5e-4, limits.nearest),
            ..limits
        }
    }

    fn nearest(&self) -> f64 {
        self.radius * self.nearest
    }

    fn farthest(&self) -> f64 {
        self.radius * 12.0
    }
}

/// A camera that looks at a target from a distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrbitCamera {
    /// The point looked at.
    pub target: Vector,
    /// Turn about the vertical axis [rad]; 0 looks along -z.
    pub yaw: f64,
    /// Elevation above the horizontal [rad].
    pub pitch: f64,
    /// Distance of the eye from the target.
    pub distance: f64,
}

impl OrbitCamera {
    /// The camera that shows all `points` from slightly above, in a picture of this aspect (width over height).
    #[must_use]
    pub fn home(points: &[Vector], aspect: f64) -> Self {
        let mut camera = Self {
            target: [0.0; 3],
            yaw: HOME_YAW,
            pitch: HOME_PITCH,
            distance: 3.0,
        };
        camera.frame_points(points, aspect);
        camera
    }

    /// The camera that shows all `points` as a map: from well above, north at the top.
    #[must_use]
    pub fn over_map(points: &[Vector], aspect: f64) -> Self {
        let mut camera = Self {
            target: [0.0; 3],
            yaw: 0.0,
            pitch: MAP_PITCH,
            distance: 3.0,
        };
        camera.frame_points(points, aspect);
        camera
    }

    /// The camera that shows a whole box from slightly above, in a picture of this aspect (width over height).
    #[must_use]
    pub fn framing(extent: &Extent, aspect: f64) -> Self {
        let mut camera = Self {
            target: extent.centre(),
            yaw: HOME_YAW,
            pitch: HOME_PITCH,
            distance: 1.0,
        };
        camera.frame(extent, aspect);
        camera
    }

    /// Unit vectors to the right, upwards and towards the eye.
    #[must_use]
    pub fn axes(&self) -> [Vector; 3] {
        let backward = [
            self.pitch.cos() * self.yaw.sin(),
            self.pitch.sin(),
            self.pitch.cos() * self.yaw.cos(),
        ];
        let right = direction_or(cross([0.0, 1.0, 0.0], backward), [1.0, 0.0, 0.0]);
        [right, cross(backward, right), backward]
    }

    /// Where the eye is.
    #[must_use]
    pub fn eye(&self) -> Vector {
        add(self.target, scale(self.axes()[2], self.distance))
    }

    /// Turns around the target by a drag of this many pixels. A drag across
    /// `height`, the height of the picture, turns by half a circle.
    pub fn orbit(&mut self, dx: f64, dy: f64, height: f64) {
        let per_pixel = std::f64::consts::PI / height.max(1.0);
        self.yaw = (self.yaw - dx * per_pixel).rem_euclid(std::f64::consts::TAU);
        self.pitch = (self.pitch + dy * per_pixel).clamp(-MAX_PITCH, MAX_PITCH);
    }

    /// Moves sideways so that the target plane follows the pointer, by a drag
    /// of this many pixels in a picture of this height.
    pub fn pan(&mut self, dx: f64, dy: f64, height: f64, limits: &CameraLimits) {
        let per_pixel = 2.0 * self.distance * (FIELD_OF_VIEW / 2.0).tan() / height.max(1.0);
        let [right, up, _] = self.axes();
        self.target = add(
            self.target,
            add(scale(right, -dx * per_pixel), scale(up, dy * per_pixel)),
        );
        self.limit(limits);
    }

    /// Comes nearer (`notches` above zero) or goes away, keeping what is under
    /// the pointer where it is. `pointer` is in pixels of a picture of `size`.
    pub fn zoom(&mut self, notches: f64, pointer: [f64; 2], size: [f64; 2], limits: &CameraLimits) {
        let before = self.on_target_plane(pointer, size);
        self.distance *= 0.88f64.powf(notches.clamp(-20.0, 20.0));
        self.distance = self.distance.clamp(limits.nearest(), limits.farthest());
        let after = self.on_target_plane(pointer, size);
        self.target = add(self.target, subtract(before, after));
        self.limit(limits);
    }

    /// Looks at `extent` from the present side, near enough to fill the picture.
    pub fn frame(&mut self, extent: &Extent, aspect: f64) {
        let corners: Vec<Vector> = (0..8)
            .map(|corner| {
                std::array::from_fn(|axis| {
                    if corner >> axis & 1 == 1 {
                        extent.high[axis]
                    } else {
                        extent.low[axis]
                    }
                })
            })
            .collect();
        self.frame_points(&corners, aspect);
    }

    /// Looks at `points` from the present side, so that they fill the picture
    /// and lie in its middle. Without points nothing changes.
    pub fn frame_points(&mut self, points: &[Vector], aspect: f64) {
        let Some(extent) = Extent::around(points.iter().copied()) else {
            return;
        };
        let aspect = if aspect.is_finite() {
            aspect.clamp(0.1, 10.0)
        } else {
            1.0
        };
        let half_height = (FIELD_OF_VIEW / 2.0).tan() * FRAME_FILL;
        let half_width = half_height * aspect;
        let [right, up, backward] = self.axes();
        self.target = extent.centre();
        // Perspective moves the middle of what is seen; a few rounds of
        // shifting the target to that middle come to rest.
        for _ in 0..8 {
            let mut distance = 1e-6f64;
            for point in points {
                let offset = subtract(*point, self.target);
                let needed = (dot(offset, up).abs() / half_height)
                    .max(dot(offset, right).abs() / half_width);
                distance = distance.max(needed + dot(offset, backward));
            }
            self.distance = distance;
            let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
            for point in points {
                let offset = subtract(*point, self.target);
                let depth = (distance - dot(offset, backward)).max(1e-9);
                for (axis, along) in [right, up].into_iter().enumerate() {
                    let seen = dot(offset, along) / depth;
                    low[axis] = low[axis].min(seen);
                    high[axis] = high[axis].max(seen);
                }
            }
            let shift = |axis: usize| f64::midpoint(low[axis], high[axis]) * distance;
            self.target = add(
                self.target,
                add(scale(right, shift(0)), scale(up, shift(1))),
            );
        }
    }

    /// Brings the camera back inside its limits.
    pub fn limit(&mut self, limits: &CameraLimits) {
        if !self.distance.is_finite() || self.target.iter().any(|part| !part.is_finite()) {
            self.target = limits.centre;
            self.distance = limits.radius * 3.0;
        }
        self.distance = self.distance.clamp(limits.nearest(), limits.farthest());
        let offset = subtract(self.target, limits.centre);
        let strayed = super::geometry::length(offset);
        if strayed > limits.radius {
            self.target = add(limits.centre, scale(offset, limits.radius / strayed));
        }
    }

    /// Distances of the nearest and the farthest plane that must be drawn.
    #[must_use]
    pub fn depth_range(&self, limits: &CameraLimits) -> (f64, f64) {
        let to_centre = super::geometry::length(subtract(self.eye(), limits.centre));
        let far = to_centre + limits.radius * 30.0;
        let near = limits.radius * 1e-3f64.min(limits.nearest * 0.02);
        ((self.distance * 0.02).max(near), far)
    }

    /// The ray through a pixel of a picture of `size`.
    #[must_use]
    pub fn ray(&self, pixel: [f64; 2], size: [f64; 2]) -> Ray {
        let [right, up, backward] = self.axes();
        let tangent = (FIELD_OF_VIEW / 2.0).tan();
        let height = size[1].max(1.0);
        let x = (pixel[0] - size[0] / 2.0) / (height / 2.0) * tangent;
        let y = (size[1] / 2.0 - pixel[1]) / (height / 2.0) * tangent;
        let ahead = add(scale(right, x), add(scale(up, y), scale(backward, -1.0)));
        Ray {
            origin: self.eye(),
            direction: direction_or(ahead, scale(backward, -1.0)),
        }
    }

    /// The pixel of a picture of `size` on which `point` falls, and its
    /// distance in front of the eye; `None` for points behind the eye.
    #[must_use]
    pub fn project(&self, point: Vector, size: [f64; 2]) -> Option<([f64; 2], f64)> {
        let [right, up, backward] = self.axes();
        let offset = subtract(point, self.eye());
        let depth = -dot(offset, backward);
        if depth <= self.distance * 1e-3 {
            return None;
        }
        let per_unit = size[1] / 2.0 / ((FIELD_OF_VIEW / 2.0).tan() * depth);
        Some((
            [
                size[0] / 2.0 + dot(offset, right) * per_unit,
                size[1] / 2.0 - dot(offset, up) * per_unit,
            ],
            depth,
        ))
    }

    /// The point of the plane through the target, square to the view, under a pixel.
    fn on_target_plane(&self, pixel: [f64; 2], size: [f64; 2]) -> Vector {
        let ray = self.ray(pixel, size);
        let ahead = scale(self.axes()[2], -1.0);
        let lean = dot(ray.direction, ahead).max(1e-6);
        ray.at(self.distance / lean)
    }
}

#[cfg(test)]
mod tests {
    use super::super::geometry::length;
    use super::*;

    const SIZE: [f64; 2] = [1280.0, 720.0];

    fn extent() -> Extent {
        Extent {
            low: [-1.0, 0.0, -0.5],
            high: [1.0, 0.4, 0.5],
        }
    }

    fn camera() -> (OrbitCamera, CameraLimits) {
        (
            OrbitCamera::framing(&extent(), SIZE[0] / SIZE[1]),
            CameraLimits::new(&extent()),
        )
    }

    fn corners(extent: &Extent) -> impl Iterator<Item = Vector> + '_ {
        (0..8).map(move |corner| {
            std::array::from_fn(|axis| {
                if corner >> axis & 1 == 1 {
                    extent.high[axis]
                } else {
                    extent.low[axis]
                }
            })
        })
    }

    #[test]
    fn framing_shows_every_corner_and_fills_the_picture() {
        for aspect in [0.5, 1.0, 16.0 / 9.0, 3.0] {
            let size = [720.0 * aspect, 720.0];
            let camera = OrbitCamera::framing(&extent(), aspect);
            let mut reach = 0.0f64;
            for corner in corners(&extent()) {
                let ([x, y], _) = camera.project(corner, size).unwrap();
                assert!((0.0..=size[0]).contains(&x) && (0.0..=size[1]).contains(&y));
                reach = reach
                    .max((x / size[0] - 0.5).abs() * 2.0)
                    .max((y / size[1] - 0.5).abs() * 2.0);
            }
            assert!(reach > 0.75, "aspect {aspect} fills only {reach}");
        }
    }

    #[test]
    fn a_camera_at_home_has_its_points_in_the_middle() {
        let points = [
            [-1.0, 0.0, 0.0],
            [1.0, 0.0, 0.0],
            [0.0, 1.5, -0.4],
            [0.0, 0.0, 1.0],
        ];
        let camera = OrbitCamera::home(&points, SIZE[0] / SIZE[1]);
        let seen: Vec<[f64; 2]> = points
            .iter()
            .map(|point| camera.project(*point, SIZE).unwrap().0)
            .collect();
        for axis in 0..2 {
            let low = seen
                .iter()
                .map(|one| one[axis])
                .fold(f64::INFINITY, f64::min);
            let high = seen
                .iter()
                .map(|one| one[axis])
                .fold(f64::NEG_INFINITY, f64::max);
            assert!(low >= 0.0 && high <= SIZE[axis]);
            assert!((f64::midpoint(low, high) - SIZE[axis] / 2.0).abs() < 2.0);
        }
    }

    #[test]
    fn a_projected_point_lies_on_the_ray_through_its_pixel() {
        let (camera, _) = camera();
        let point = [0.3, 0.2, -0.4];
        let (pixel, depth) = camera.project(point, SIZE).unwrap();
        let ray = camera.ray(pixel, SIZE);
        let (along, gap) = ray.approach(point, point);
        assert!(gap < 1e-9);
        assert!(along >= depth);
        let behind = add(camera.eye(), scale(camera.axes()[2], 1.0));
        assert!(camera.project(behind, SIZE).is_none());
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let (mut camera, limits) = camera();
        let pointer = [800.0, 300.0];
        let before = camera.on_target_plane(pointer, SIZE);
        camera.zoom(2.0, pointer, SIZE, &limits);
        let (pixel, _) = camera.project(before, SIZE).unwrap();
        assert!((pixel[0] - pointer[0]).abs() < 1e-6 && (pixel[1] - pointer[1]).abs() < 1e-6);
    }

    #[test]
    fn panning_moves_the_scene_with_the_pointer() {
        let (mut camera, limits) = camera();
        let point = camera.target;
        let ([x, y], _) = camera.project(point, SIZE).unwrap();
        camera.pan(30.0, -12.0, SIZE[1], &limits);
        let ([x2, y2], _) = camera.project(point, SIZE).unwrap();
        assert!((x2 - x - 30.0).abs() < 1e-6 && (y2 - y + 12.0).abs() < 1e-6);
    }

    #[test]
    fn whatever_is_done_the_system_stays_in_reach() {
        let (mut camera, limits) = camera();
        // A fixed pseudo-random walk of rough handling.
        let mut seed = 17u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(seed >> 8) / f64::from(1u32 << 24) * 2.0 - 1.0
        };
        for _ in 0..2000 {
            camera.orbit(next() * 900.0, next() * 900.0, SIZE[1]);
            camera.pan(next() * 3000.0, next() * 3000.0, SIZE[1], &limits);
            camera.zoom(
                next() * 15.0,
                [next() * 1280.0, next() * 720.0],
                SIZE,
                &limits,
            );
            assert!(camera.pitch.abs() <= MAX_PITCH);
            assert!(length(subtract(camera.target, limits.centre)) <= limits.radius * 1.0001);
            assert!(camera.distance <= limits.radius * 12.001);
            let (near, far) = camera.depth_range(&limits);
            assert!(near > 0.0 && far > near);
        }
        camera.frame(&extent(), SIZE[0] / SIZE[1]);
        assert!(corners(&extent()).all(|corner| camera.project(corner, SIZE).is_some()));
    }

    #[test]
    fn a_camera_that_is_not_a_number_recovers() {
        let (mut camera, limits) = camera();
        camera.distance = f64::NAN;
        camera.limit(&limits);
        assert_eq!(camera.target, limits.centre);
        assert!(camera.distance.is_finite());
    }
}
