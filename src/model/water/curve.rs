//! Curves given by points.

/// Points of rising x, joined by straight lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// The points (x, y), x strictly rising; at least one.
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// y at `x`; beyond the ends that of the end point.
    #[must_use]
    pub fn at(&self, x: f64) -> f64 {
        interpolate(&self.points, x, |point| point)
    }

    /// x at `y` of a curve that rises; beyond the ends that of the end point.
    #[must_use]
    pub fn inverse_at(&self, y: f64) -> f64 {
        interpolate(&self.points, y, |(x, y)| (y, x))
    }

    /// The straight line (y at zero, slope) of the segment that holds `x`,
    /// the first or last beyond the ends. Needs two points.
    #[must_use]
    pub fn line_at(&self, x: f64) -> (f64, f64) {
        let last = self.points.len() - 1;
        let upper = self
            .points
            .partition_point(|point| point.0 < x)
            .clamp(1, last);
        let ((x1, y1), (x2, y2)) = (self.points[upper - 1], self.points[upper]);
        let slope = (y2 - y1) / (x2 - x1);
        (y1 - slope * x1, slope)
    }
}

fn interpolate(points: &[(f64, f64)], x: f64, axes: impl Fn((f64, f64)) -> (f64, f64)) -> f64 {
    let mut before = match points.first() {
        Some(&first) => axes(first),
        None => return 0.0,
    };
    if x <= before.0 {
        return before.1;
    }
    for &point in &points[1..] {
        let here = axes(point);
        if here.0 >= x {
            let run = here.0 - before.0;
            return if run <= 0.0 {
                here.1
            } else {
                here.1 - (here.0 - x) * (here.1 - before.1) / run
            };
        }
        before = here;
    }
    before.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> Curve {
        Curve {
            points: vec![(0.0, 10.0), (2.0, 14.0), (3.0, 20.0)],
        }
    }

    #[test]
    fn values_lie_on_the_lines_and_end_at_the_ends() {
        let curve = curve();
        let cases = [
            (-1.0, 10.0),
            (0.0, 10.0),
            (1.0, 12.0),
            (2.5, 17.0),
            (9.0, 20.0),
        ];
        for (x, y) in cases {
            assert!((curve.at(x) - y).abs() < 1e-12);
        }
        assert!((curve.inverse_at(17.0) - 2.5).abs() < 1e-12);
    }

    #[test]
    fn the_line_of_a_segment_is_kept_beyond_the_ends() {
        let curve = curve();
        assert_eq!(curve.line_at(1.0), (10.0, 2.0));
        assert_eq!(curve.line_at(-5.0), (10.0, 2.0));
        assert_eq!(curve.line_at(50.0), (2.0, 6.0));
    }
}
