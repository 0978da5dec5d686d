//! Lines of equal value on a field: marching squares.

use super::super::colour::round_step;
use super::terrain::Field;

/// Most levels drawn at once.
const MOST_LEVELS: f64 = 14.0;

/// Least support of a place for a line to be drawn there.
const LEAST_SUPPORT: f64 = 0.45;

/// Lines of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// The value.
    pub level: f64,
    /// Its pieces, each from x, z to x, z [scene units].
    pub pieces: Vec<[[f64; 2]; 2]>,
}

/// Round values between `low` and `high`, about ten of them.
#[must_use]
pub fn levels(low: f64, high: f64) -> Vec<f64> {
    let span = high - low;
    if span.is_nan() || span <= 0.0 || !span.is_finite() {
        return Vec::new();
    }
    let mut step = round_step(span / 6.0);
    while span / step > MOST_LEVELS {
        step *= 2.0;
    }
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|count| count as f64 * step).collect()
}

/// The lines of a field at these values, where the field is founded on something.
#[must_use]
pub fn contours(field: &Field, levels: &[f64]) -> Vec<Contour> {
    levels
        .iter()
        .map(|level| Contour {
            level: *level,
            pieces: pieces(field, *level),
        })
        .collect()
}

fn pieces(field: &Field, level: f64) -> Vec<[[f64; 2]; 2]> {
    let mut found = Vec::new();
    for row in 0..field.rows.saturating_sub(1) {
        for column in 0..field.columns.saturating_sub(1) {
            // Corners around the cell, and the edges between one and the next.
            let corners = [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, z)| (column + x, row + z));
            let founded = corners
                .iter()
                .all(|(column, row)| field.support[row * field.columns + column] >= LEAST_SUPPORT);
            if !founded {
                continue;
            }
            let values = corners.map(|(column, row)| field.value(column, row));
            let mut crossings: Vec<[f64; 2]> = Vec::with_capacity(4);
            for edge in 0..4 {
                let next = (edge + 1) % 4;
                let (a, b) = (values[edge], values[next]);
                // A value on the line counts as above, so that no line ends in a corner.
                if (a >= level) == (b >= level) {
                    continue;
                }
                let fraction = (level - a) / (b - a);
                let (from, to) = (
                    field.place(corners[edge].0, corners[edge].1),
                    field.place(corners[next].0, corners[next].1),
                );
                crossings.push([
                    from[0] + (to[0] - from[0]) * fraction,
                    from[1] + (to[1] - from[1]) * fraction,
                ]);
            }
            match crossings.as_slice() {
                [a, b] => found.push([*a, *b]),
                // A saddle: the middle says which corners belong together.
                [a, b, c, d] => {
                    let middle = values.iter().sum::<f64>() / 4.0;
                    if (middle >= level) == (values[0] >= level) {
                        found.push([*a, *b]);
                        found.push([*c, *d]);
                    } else {
                        found.push([*d, *a]);
                        found.push([*b, *c]);
                    }
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(value: impl Fn(f64, f64) -> f64) -> Field {
        let (columns, rows, cell) = (41, 41, 0.05);
        let mut field = Field {
            origin: [-1.0, -1.0],
            cell,
            columns,
            rows,
            values: Vec::new(),
            support: vec![1.0; columns * rows],
        };
        for row in 0..rows {
            for column in 0..columns {
                let [x, z] = field.place(column, row);
                field.values.push(value(x, z));
            }
        }
        field
    }

    #[test]
    fn the_line_of_a_round_hill_is_a_circle() {
        let hill = field(|x, z| 1.0 - x * x - z * z);
        let found = contours(&hill, &[0.75]);
        let mut length = 0.0;
        for [a, b] in &found[0].pieces {
            for point in [a, b] {
                // On the circle of radius one half, within what a cell bends.
                assert!((point[0].hypot(point[1]) - 0.5).abs() < 0.002);
            }
            length += (b[0] - a[0]).hypot(b[1] - a[1]);
        }
        assert!((length - std::f64::consts::PI).abs() < 0.02, "{length}");
    }

    #[test]
    fn every_end_of_a_piece_meets_another_inside_the_field() {
        let waves = field(|x, z| (5.0 * x).sin() + (4.0 * z).cos());
        for contour in contours(&waves, &[-0.5, 0.0, 0.5]) {
            let ends: Vec<[f64; 2]> = contour.pieces.iter().flatten().copied().collect();
            for end in &ends {
                let at_edge = end.iter().any(|part| (part.abs() - 1.0).abs() < 1e-9);
                let meeting = ends
                    .iter()
                    .filter(|other| (other[0] - end[0]).hypot(other[1] - end[1]) < 1e-9)
                    .count();
                assert!(at_edge || meeting == 2, "{end:?} meets {meeting}");
            }
        }
    }

    #[test]
    fn levels_are_round_inside_and_not_too_many() {
        assert_eq!(
            levels(21.0, 78.0),
            vec![
                25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0, 65.0, 70.0, 75.0
            ]
        );
        for (low, high) in [(0.0, 1.0), (-3.0, 97.0), (0.001, 0.0099)] {
            let found = levels(low, high);
            assert!((2..=15).contains(&found.len()), "{found:?}");
            assert!(found.iter().all(|one| (low..=high).contains(one)));
        }
        assert!(levels(1.0, 1.0).is_empty());
        assert!(levels(f64::NAN, 1.0).is_empty());
    }

    #[test]
    fn no_line_is_drawn_where_nothing_is_known() {
        let mut slope = field(|x, _| x);
        slope.support.fill(0.0);
        assert!(contours(&slope, &[0.0])[0].pieces.is_empty());
    }
}
