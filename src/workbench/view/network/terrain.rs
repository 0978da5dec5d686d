//! The ground under a network, from nothing but the heights of its nodes.
//!
//! Values known at scattered places are spread over a regular grid by
//! pull–push: means are taken on ever coarser grids until every cell is
//! covered, then the gaps of each grid are filled from the next coarser one
//! (S. Gortler, R. Grzeszczuk, R. Szeliski and M. Cohen, "The Lumigraph", 1996,
//! section 3.4.1). The work grows with the number of places, not with its
//! square, and what was measured is kept.

use super::super::geometry::Extent;

/// Cells along the longer side.
pub const CELLS: usize = 112;

/// Rounds of smoothing, which take the steps of the coarse grids away.
const SMOOTHING: usize = 3;

/// Free space around what is known, in shares of the longer side.
const MARGIN: f64 = 0.06;

/// A field on a regular grid over the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// x and z of the first value [scene units].
    pub origin: [f64; 2],
    /// Distance of neighbouring values [scene units].
    pub cell: f64,
    /// Values along x.
    pub columns: usize,
    /// Values along z.
    pub rows: usize,
    /// The values, row by row.
    pub values: Vec<f64>,
    /// How well each is founded: 1 at a known place, falling towards 0 away from all of them.
    pub support: Vec<f64>,
}

impl Field {
    /// The field through `places` (x, z [scene units], value) over `extent`;
    /// `None` when there is nothing to go by.
    #[must_use]
    pub fn through(extent: &Extent, places: impl Iterator<Item = ([f64; 2], f64)>) -> Option<Self> {
        let span = [
            extent.high[0] - extent.low[0],
            extent.high[2] - extent.low[2],
        ];
        let side = span[0].max(span[1]);
        if side.is_nan() || side <= 0.0 {
            return None;
        }
        let margin = side * MARGIN;
        let cell = (side + 2.0 * margin) / CELLS as f64;
        let count = |span: f64| ((span + 2.0 * margin) / cell).ceil() as usize + 1;
        let (columns, rows) = (count(span[0]), count(span[1]));
        let origin = [extent.low[0] - margin, extent.low[2] - margin];
        let mut level = Level::empty(columns, rows);
        for (place, value) in places {
            if !value.is_finite() || place.iter().any(|part| !part.is_finite()) {
                continue;
            }
            let column = ((place[0] - origin[0]) / cell).round();
            let row = ((place[1] - origin[1]) / cell).round();
            if column < 0.0 || row < 0.0 || column as usize >= columns || row as usize >= rows {
                continue;
            }
            level.add(row as usize * columns + column as usize, value, 1.0);
        }
        if level.weights.iter().all(|weight| *weight == 0.0) {
            return None;
        }
        let known: Vec<bool> = level.weights.iter().map(|weight| *weight > 0.0).collect();
        let mut support = support(&known, columns, rows);
        let mut values = pull_push(level);
        for _ in 0..SMOOTHING {
            values = smoothed(&values, columns, rows);
            support = smoothed(&support, columns, rows);
        }
        Some(Self {
            origin,
            cell,
            columns,
            rows,
            values,
            support,
        })
    }

    /// x and z of the value at this column and row [scene units].
    #[must_use]
    pub fn place(&self, column: usize, row: usize) -> [f64; 2] {
        [
            self.origin[0] + column as f64 * self.cell,
            self.origin[1] + row as f64 * self.cell,
        ]
    }

    /// The value at a column and a row.
    #[must_use]
    pub fn value(&self, column: usize, row: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// The value at a place, linear between the grid's; that of the edge outside.
    #[must_use]
    pub fn at(&self, place: [f64; 2]) -> f64 {
        let along = |axis: usize, count: usize| {
            let position =
                ((place[axis] - self.origin[axis]) / self.cell).clamp(0.0, count as f64 - 1.0);
            let low = (position.floor() as usize).min(count.saturating_sub(2));
            (low, (position - low as f64).clamp(0.0, 1.0))
        };
        let (column, x) = along(0, self.columns);
        let (row, z) = along(1, self.rows);
        let next_column = (column + 1).min(self.columns - 1);
        let next_row = (row + 1).min(self.rows - 1);
        let upper = self.value(column, row) * (1.0 - x) + self.value(next_column, row) * x;
        let lower =
            self.value(column, next_row) * (1.0 - x) + self.value(next_column, next_row) * x;
        upper * (1.0 - z) + lower * z
    }

    /// How bright each place of a ground with these heights is, from 0 to 1,
    /// lit from the north-west as on printed maps; level ground has 0.5.
    /// Heights are multiplied by `steepness`.
    #[must_use]
    pub fn hill_shade(&self, steepness: f64) -> Vec<f64> {
        let mut shades = Vec::with_capacity(self.values.len());
        for row in 0..self.rows {
            for column in 0..self.columns {
                let west = self.value(column.saturating_sub(1), row);
                let east = self.value((column + 1).min(self.columns - 1), row);
                let north = self.value(column, row.saturating_sub(1));
                let south = self.value(column, (row + 1).min(self.rows - 1));
                let slope = |a: f64, b: f64| (b - a) / (2.0 * self.cell) * steepness;
                // Light comes from low x and low z: ground that rises against it is bright.
                let against = (slope(west, east) + slope(north, south)) / std::f64::consts::SQRT_2;
                shades.push(0.5 + 0.5 * against / (1.0 + against * against).sqrt());
            }
        }
        shades
    }
}

/// One grid of the pyramid.
#[derive(Clone)]
struct Level {
    columns: usize,
    rows: usize,
    sums: Vec<f64>,
    weights: Vec<f64>,
}

impl Level {
    fn empty(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows,
            sums: vec![0.0; columns * rows],
            weights: vec![0.0; columns * rows],
        }
    }

    fn add(&mut self, index: usize, value: f64, weight: f64) {
        self.sums[index] += value * weight;
        self.weights[index] += weight;
    }

    fn mean(&self, index: usize) -> f64 {
        if self.weights[index] > 0.0 {
            self.sums[index] / self.weights[index]
        } else {
            0.0
        }
    }
}

fn pull_push(finest: Level) -> Vec<f64> {
    let mut levels = vec![finest];
    while let Some(fine) = levels.last() {
        if fine.columns <= 1 && fine.rows <= 1 {
            break;
        }
        let mut coarse = Level::empty(fine.columns.div_ceil(2), fine.rows.div_ceil(2));
        for row in 0..fine.rows {
            for column in 0..fine.columns {
                let index = row * fine.columns + column;
                let weight = fine.weights[index].min(1.0);
                if weight > 0.0 {
                    let into = row / 2 * coarse.columns + column / 2;
                    coarse.add(into, fine.mean(index), weight);
                }
            }
        }
        levels.push(coarse);
    }
    let mut above: Option<(usize, usize, Vec<f64>)> = None;
    while let Some(level) = levels.pop() {
        let mut values = vec![0.0; level.columns * level.rows];
        for row in 0..level.rows {
            for column in 0..level.columns {
                let index = row * level.columns + column;
                let weight = level.weights[index].min(1.0);
                let filled = match &above {
                    Some((columns, rows, coarse)) => {
                        interpolated(coarse, *columns, *rows, column, row)
                    }
                    None => level.mean(index),
                };
                values[index] = weight * level.mean(index) + (1.0 - weight) * filled;
            }
        }
        above = Some((level.columns, level.rows, values));
    }
    above.map(|(_, _, values)| values).unwrap_or_default()
}

/// The value of a coarse grid at the middle of a cell of the next finer one.
fn interpolated(coarse: &[f64], columns: usize, rows: usize, column: usize, row: usize) -> f64 {
    let along = |position: usize, count: usize| {
        let place = ((position as f64 - 0.5) / 2.0).clamp(0.0, count as f64 - 1.0);
        let low = place.floor() as usize;
        (low, (low + 1).min(count - 1), place - place.floor())
    };
    let (west, east, x) = along(column, columns);
    let (north, south, z) = along(row, rows);
    let at = |column: usize, row: usize| coarse[row * columns + column];
    (at(west, north) * (1.0 - x) + at(east, north) * x) * (1.0 - z)
        + (at(west, south) * (1.0 - x) + at(east, south) * x) * z
}

/// One round of a binomial filter in both directions.
fn smoothed(values: &[f64], columns: usize, rows: usize) -> Vec<f64> {
    let pass = |from: &[f64], of: &dyn Fn(usize, usize) -> [usize; 3]| -> Vec<f64> {
        (0..rows * columns)
            .map(|index| {
                let [a, b, c] = of(index % columns, index / columns);
                0.25 * from[a] + 0.5 * from[b] + 0.25 * from[c]
            })
            .collect()
    };
    let at = |column: usize, row: usize| row * columns + column;
    let across = pass(values, &|column, row| {
        [
            at(column.saturating_sub(1), row),
            at(column, row),
            at((column + 1).min(columns - 1), row),
        ]
    });
    pass(&across, &|column, row| {
        [
            at(column, row.saturating_sub(1)),
            at(column, row),
            at(column, (row + 1).min(rows - 1)),
        ]
    })
}

/// Nearness to known cells: 1 on them, 0 from a seventh of the grid away.
fn support(known: &[bool], columns: usize, rows: usize) -> Vec<f64> {
    let far = columns.max(rows) as f64 / 7.0;
    // Distances by two sweeps, good to a few per cent (Borgefors, 1986).
    let mut distance: Vec<f64> = known
        .iter()
        .map(|known| if *known { 0.0 } else { f64::INFINITY })
        .collect();
    let relax = |distance: &mut Vec<f64>, column: usize, row: usize, sign: isize| {
        let mut best = distance[row * columns + column];
        for (dx, dz, step) in [(-1, 0, 1.0), (-1, -1, 1.414), (0, -1, 1.0), (1, -1, 1.414)] {
            let (x, z) = (column as isize + dx * sign, row as isize + dz * sign);
            if (0..columns as isize).contains(&x) && (0..rows as isize).contains(&z) {
                best = best.min(distance[z as usize * columns + x as usize] + step);
            }
        }
        distance[row * columns + column] = best;
    };
    for row in 0..rows {
        for column in 0..columns {
            relax(&mut distance, column, row, 1);
        }
    }
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            relax(&mut distance, column, row, -1);
        }
    }
    distance
        .into_iter()
        .map(|distance| {
            let near = (1.0 - distance / far).clamp(0.0, 1.0);
            near * near * (3.0 - 2.0 * near)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent() -> Extent {
        Extent {
            low: [-1.0, 0.0, -0.6],
            high: [1.0, 1.0, 0.6],
        }
    }

    fn scattered() -> impl Iterator<Item = [f64; 2]> {
        (0..400).map(|index| {
            let angle = f64::from(index) * 2.399_963;
            let radius = (f64::from(index) / 400.0).sqrt();
            [angle.cos() * radius, angle.sin() * radius * 0.6]
        })
    }

    #[test]
    fn a_level_place_stays_level_everywhere() {
        let field = Field::through(&extent(), scattered().map(|place| (place, 42.0))).unwrap();
        assert!(field.values.iter().all(|value| (value - 42.0).abs() < 1e-9));
        assert!(
            field
                .hill_shade(9.0)
                .iter()
                .all(|shade| (shade - 0.5).abs() < 1e-9)
        );
    }

    #[test]
    fn a_slope_is_found_between_the_places_and_nothing_goes_beyond_what_was_known() {
        let slope = |place: [f64; 2]| 3.0 * place[0] - 2.0 * place[1];
        let field =
            Field::through(&extent(), scattered().map(|place| (place, slope(place)))).unwrap();
        for place in [[0.0, 0.0], [0.4, 0.2], [-0.5, 0.1], [0.1, -0.4]] {
            let found = field.at(place);
            assert!((found - slope(place)).abs() < 0.25, "{place:?}: {found}");
        }
        let (low, high) = scattered()
            .map(slope)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let inside = low - 1e-9..=high + 1e-9;
        assert!(field.values.iter().all(|value| inside.contains(value)));
    }

    #[test]
    fn ground_that_faces_the_light_is_bright() {
        let hill = |place: [f64; 2]| (-8.0 * (place[0] * place[0] + place[1] * place[1])).exp();
        let field =
            Field::through(&extent(), scattered().map(|place| (place, hill(place)))).unwrap();
        let shades = field.hill_shade(2.0);
        let at = |place: [f64; 2]| {
            let column = ((place[0] - field.origin[0]) / field.cell).round() as usize;
            let row = ((place[1] - field.origin[1]) / field.cell).round() as usize;
            shades[row * field.columns + column]
        };
        assert!(at([-0.25, -0.25]) > 0.55);
        assert!(at([0.25, 0.25]) < 0.45);
        assert!(shades.iter().all(|shade| (0.0..=1.0).contains(shade)));
    }

    #[test]
    fn the_ground_ends_where_nothing_is_known() {
        let corner = (0..9).map(|index| ([-1.0 + 0.02 * f64::from(index), -0.6], 5.0));
        let field = Field::through(&extent(), corner).unwrap();
        let last = field.support.len() - 1;
        assert!(field.support[0] > 0.4);
        assert!(field.support[last] < 0.01);
        assert!(field.values.iter().all(|value| (value - 5.0).abs() < 1e-9));
    }

    #[test]
    fn without_places_there_is_no_ground() {
        assert!(Field::through(&extent(), std::iter::empty()).is_none());
        let nonsense = [([f64::NAN, 0.0], 1.0), ([0.0, 0.0], f64::NAN)];
        assert!(Field::through(&extent(), nonsense.into_iter()).is_none());
        let point = Extent {
            low: [0.0; 3],
            high: [0.0; 3],
        };
        assert!(Field::through(&point, [([0.0, 0.0], 1.0)].into_iter()).is_none());
    }
}
