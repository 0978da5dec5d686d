//! What of a network is under the pointer, found without looking at all of it.
//!
//! Nodes and the straight pieces of links are sorted into the cells of a square
//! grid on the map. A ray from the eye crosses the slab between the lowest and
//! the highest point on a short way; only what lies in the cells along that way
//! is looked at.

use super::super::geometry::{Ray, Vector, length, scale, subtract};
use super::{LinkForm, Network, NodeForm};

/// Most cells along one side of the grid.
const MOST_CELLS: usize = 512;

/// Share of the distance to a link at which a node beside it wins.
const NODE_BONUS: f64 = 0.75;

/// How near something has to be to the ray, by its distance from the eye.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Reach of a link or a junction for each unit of distance from the eye.
    pub slim: f64,
    /// Reach of a tank, a reservoir, a pump or a valve for each unit of distance.
    pub symbol: f64,
}

/// The grid.
#[derive(Clone, Debug, Default)]
pub struct PickIndex {
    low: [f64; 2],
    high: [f64; 2],
    heights: (f64, f64),
    cell: f64,
    columns: usize,
    rows: usize,
    /// What lies in the cells, one cell after another: nodes below
    /// `first_piece`, pieces of links above.
    entries: Vec<u32>,
    first_entry: Vec<u32>,
    /// Link and position of the first point of every piece.
    pieces: Vec<(u32, u32)>,
    nodes: usize,
}

impl PickIndex {
    /// Sorts a network into cells.
    #[must_use]
    pub fn new(network: &Network) -> Self {
        let Some(extent) = network.extent() else {
            return Self::default();
        };
        let span = [
            extent.high[0] - extent.low[0],
            extent.high[2] - extent.low[2],
        ];
        let parts = (network.nodes.len() + network.pieces()) as f64;
        let side = span[0].max(span[1]).max(1e-9);
        let cells = parts.sqrt().ceil().clamp(1.0, MOST_CELLS as f64);
        let cell = side / cells;
        let count = |span: f64| ((span / cell).ceil() as usize).clamp(1, MOST_CELLS + 1);
        let mut index = Self {
            low: [extent.low[0], extent.low[2]],
            high: [extent.high[0], extent.high[2]],
            heights: (extent.low[1], extent.high[1]),
            cell,
            columns: count(span[0]),
            rows: count(span[1]),
            nodes: network.nodes.len(),
            ..Self::default()
        };
        for link in 0..network.links.len() {
            for piece in 1..network.points(link).len() {
                index.pieces.push((link as u32, piece as u32 - 1));
            }
        }
        // Twice over everything: first to count, then to fill.
        let mut count = vec![0u32; index.columns * index.rows + 1];
        index.each_entry(network, |cell, _| count[cell + 1] += 1);
        for cell in 1..count.len() {
            count[cell] += count[cell - 1];
        }
        index.first_entry = count.clone();
        let total = count.last().copied().unwrap_or(0);
        let mut entries = vec![0u32; total as usize];
        index.each_entry(network, |cell, entry| {
            entries[count[cell] as usize] = entry;
            count[cell] += 1;
        });
        index.entries = entries;
        index
    }

    fn each_entry(&self, network: &Network, mut put: impl FnMut(usize, u32)) {
        for (node, description) in network.nodes.iter().enumerate() {
            if let Some((column, row)) = self.cell_of(description.position) {
                put(row * self.columns + column, node as u32);
            }
        }
        for (piece, (link, first)) in self.pieces.iter().enumerate() {
            let points = &network.points(*link as usize)[*first as usize..];
            let (Some(a), Some(b)) = (self.cell_of(points[0]), self.cell_of(points[1])) else {
                continue;
            };
            let (columns, rows) = (a.0.min(b.0)..=a.0.max(b.0), a.1.min(b.1)..=a.1.max(b.1));
            for row in rows {
                for column in columns.clone() {
                    if self.touches(points[0], points[1], column, row) {
                        let entry = (self.nodes + piece) as u32;
                        put(row * self.columns + column, entry);
                    }
                }
            }
        }
    }

    fn cell_of(&self, point: Vector) -> Option<(usize, usize)> {
        if !point.iter().all(|part| part.is_finite()) {
            return None;
        }
        let position = |value: f64, low: f64, count: usize| {
            (((value - low) / self.cell).floor().max(0.0) as usize).min(count - 1)
        };
        Some((
            position(point[0], self.low[0], self.columns),
            position(point[2], self.low[1], self.rows),
        ))
    }

    /// Whether the piece from `a` to `b` may pass through a cell: its middle is
    /// no farther from the line than half the cell's diagonal.
    fn touches(&self, a: Vector, b: Vector, column: usize, row: usize) -> bool {
        let middle = [
            self.low[0] + (column as f64 + 0.5) * self.cell,
            self.low[1] + (row as f64 + 0.5) * self.cell,
        ];
        let along = [b[0] - a[0], b[2] - a[2]];
        let to = [middle[0] - a[0], middle[1] - a[2]];
        let reach = along[0].hypot(along[1]);
        if reach < 1e-12 {
            return true;
        }
        (along[0] * to[1] - along[1] * to[0]).abs() / reach <= self.cell * 0.7072
    }

    /// The stretch of the ray above which the network lies: distances along it.
    fn stretch(&self, ray: &Ray, exaggeration: f64, margin: f64) -> Option<(f64, f64)> {
        let low = [
            self.low[0] - margin,
            self.heights.0 * exaggeration - margin,
            self.low[1] - margin,
        ];
        let high = [
            self.high[0] + margin,
            self.heights.1 * exaggeration + margin,
            self.high[1] + margin,
        ];
        let (mut enter, mut leave) = (0.0f64, f64::INFINITY);
        for axis in 0..3 {
            let speed = ray.direction[axis];
            if speed.abs() < 1e-12 {
                if !(low[axis]..=high[axis]).contains(&ray.origin[axis]) {
                    return None;
                }
                continue;
            }
            let first = (low[axis] - ray.origin[axis]) / speed;
            let second = (high[axis] - ray.origin[axis]) / speed;
            enter = enter.max(first.min(second));
            leave = leave.min(first.max(second));
        }
        (enter <= leave && leave.is_finite()).then_some((enter, leave))
    }

    /// The asset nearest to the ray among those within `reach`; heights are
    /// stretched by `exaggeration`.
    #[must_use]
    pub fn pick(
        &self,
        network: &Network,
        ray: &Ray,
        exaggeration: f64,
        reach: Reach,
    ) -> Option<usize> {
        if self.first_entry.is_empty() {
            return None;
        }
        let widest = reach.slim.max(reach.symbol);
        // Once with the reach at the eye's distance from the middle, which is about right.
        let (near, far) = self.stretch(ray, exaggeration, widest * 4.0)?;
        let margin = widest * far;
        let rings = (margin / self.cell).ceil().clamp(1.0, 64.0) as isize;
        let stretched = |point: Vector| [point[0], point[1] * exaggeration, point[2]];
        let mut best: Option<(f64, usize)> = None;
        let mut offer = |score: f64, asset: usize| {
            if best.is_none_or(|(least, _)| score < least) {
                best = Some((score, asset));
            }
        };
        let mut seen = Vec::new();
        let step = self.cell.max(margin * 0.5);
        // The way on the map, not in space: a steep ray stays over one cell.
        let across = ray.direction[0].hypot(ray.direction[2]);
        let steps = ((far - near) * across / step).ceil().clamp(0.0, 4_096.0) as usize;
        for part in 0..=steps {
            let distance = near + (far - near) * part as f64 / steps.max(1) as f64;
            let point = ray.at(distance);
            let column = ((point[0] - self.low[0]) / self.cell).floor() as isize;
            let row = ((point[2] - self.low[1]) / self.cell).floor() as isize;
            for row in (row - rings).max(0)..=(row + rings).min(self.rows as isize - 1) {
                let first = (column - rings).max(0);
                let last = (column + rings).min(self.columns as isize - 1);
                for column in first..=last {
                    seen.push(row as usize * self.columns + column as usize);
                }
            }
        }
        seen.sort_unstable();
        seen.dedup();
        for cell in seen {
            let entries = self.first_entry[cell] as usize..self.first_entry[cell + 1] as usize;
            for entry in &self.entries[entries] {
                let entry = *entry as usize;
                if let Some(piece) = entry.checked_sub(self.nodes) {
                    let (link, first) = self.pieces[piece];
                    let points = &network.points(link as usize)[first as usize..];
                    let (distance, gap) = ray.approach(stretched(points[0]), stretched(points[1]));
                    if gap <= reach.slim * distance {
                        offer(
                            gap / distance.max(1e-12) / reach.slim,
                            network.links[link as usize].asset,
                        );
                    }
                } else {
                    let node = &network.nodes[entry];
                    let is_symbol = node.form != NodeForm::Junction;
                    offer_point(ray, stretched(node.position), is_symbol, reach, |score| {
                        offer(score, node.asset);
                    });
                }
            }
        }
        // Pumps and valves are few; their symbols stand in the middle of their links.
        for (index, link) in network.links.iter().enumerate() {
            if link.form != LinkForm::Pipe {
                let (middle, _) = network.middle(index);
                offer_point(ray, stretched(middle), true, reach, |score| {
                    offer(score, link.asset);
                });
            }
        }
        best.map(|(_, asset)| asset)
    }
}

fn offer_point(ray: &Ray, point: Vector, is_symbol: bool, reach: Reach, offer: impl FnOnce(f64)) {
    // A symbol stands on its point: its middle is half its height above.
    let to = subtract(point, ray.origin);
    let distance = super::super::geometry::dot(to, ray.direction);
    if distance <= 0.0 {
        return;
    }
    let lift = if is_symbol {
        reach.symbol * distance * 0.7
    } else {
        0.0
    };
    let middle = [to[0], to[1] + lift, to[2]];
    let gap = length(subtract(middle, scale(ray.direction, distance)));
    let within = if is_symbol { reach.symbol } else { reach.slim };
    if gap <= within * distance {
        // The smaller of two things under the pointer is the harder to hit.
        offer(NODE_BONUS * gap / distance / within - if is_symbol { 0.0 } else { 0.05 });
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::camera::OrbitCamera;
    use super::super::test_support::grid;
    use super::*;

    const SIZE: [f64; 2] = [1_000.0, 600.0];
    const REACH: Reach = Reach {
        slim: 0.004,
        symbol: 0.01,
    };

    fn camera(distance: f64, pitch: f64) -> OrbitCamera {
        OrbitCamera {
            target: [0.0; 3],
            yaw: 0.4,
            pitch,
            distance,
        }
    }

    fn town(side: usize) -> Network {
        let mut network = grid(side, side);
        let middle = (side as f64 - 1.0) * 50.0;
        network.rescale([middle, 0.0, middle], middle * 1.5);
        network
    }

    /// What is nearest when everything is looked at.
    fn by_force(network: &Network, ray: &Ray, exaggeration: f64) -> Option<usize> {
        let stretched = |point: Vector| [point[0], point[1] * exaggeration, point[2]];
        let mut best: Option<(f64, usize)> = None;
        for (index, link) in network.links.iter().enumerate() {
            for pair in network.points(index).windows(2) {
                let (distance, gap) = ray.approach(stretched(pair[0]), stretched(pair[1]));
                let score = gap / distance / REACH.slim;
                if score <= 1.0 && best.is_none_or(|(least, _)| score < least) {
                    best = Some((score, link.asset));
                }
            }
        }
        for node in &network.nodes {
            offer_point(ray, stretched(node.position), false, REACH, |score| {
                if best.is_none_or(|(least, _)| score < least) {
                    best = Some((score, node.asset));
                }
            });
        }
        best.map(|(_, asset)| asset)
    }

    #[test]
    fn the_grid_finds_what_looking_at_everything_finds() {
        let network = town(24);
        let index = PickIndex::new(&network);
        let mut hits = 0;
        for distance in [3.0, 0.8, 0.1] {
            for pitch in [0.15, 0.6, 1.5] {
                let camera = camera(distance, pitch);
                for x in (20..1_000).step_by(97) {
                    for y in (20..600).step_by(83) {
                        let ray = camera.ray([f64::from(x), f64::from(y)], SIZE);
                        let found = index.pick(&network, &ray, 5.0, REACH);
                        assert_eq!(found, by_force(&network, &ray, 5.0));
                        hits += usize::from(found.is_some());
                    }
                }
            }
        }
        assert!(hits > 50, "{hits}");
    }

    #[test]
    fn a_node_is_picked_where_it_is_drawn_and_before_its_pipes() {
        let network = town(30);
        let index = PickIndex::new(&network);
        let camera = camera(1.0, 0.9);
        for node in [0, 17, 450, 899] {
            let [x, y, z] = network.nodes[node].position;
            let Some((pixel, _)) = camera.project([x, y * 8.0, z], SIZE) else {
                continue;
            };
            let ray = camera.ray(pixel, SIZE);
            let found = index.pick(&network, &ray, 8.0, REACH);
            assert_eq!(found, Some(network.nodes[node].asset));
        }
    }

    #[test]
    fn beside_everything_there_is_nothing() {
        let network = town(5);
        let index = PickIndex::new(&network);
        let away = Ray {
            origin: [0.0, 5.0, 0.0],
            direction: [0.0, 1.0, 0.0],
        };
        assert_eq!(index.pick(&network, &away, 1.0, REACH), None);
        let nothing = PickIndex::new(&Network::default());
        assert_eq!(nothing.pick(&Network::default(), &away, 1.0, REACH), None);
    }
}
