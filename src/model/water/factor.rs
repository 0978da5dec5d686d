//! Sparse factorisation `L D Lᵀ` of the matrix of a network, repeated many times
//! on one structure.
//!
//! The order is that of minimum degree: always the node with the fewest
//! neighbours next, who then all become neighbours of each other. Column by
//! column, each column's outer product is taken off the columns to its right;
//! where each product goes is written down once, so that a factorisation is a
//! walk over plain arrays in a fixed order. Networks are nearly trees: their
//! factors hardly fill, and the dense blocks that library kernels are made for do
//! not occur (`docs/adr/0014-water-hydraulics.md` has the measurements).

use serde::{Deserialize, Serialize};

use std::collections::BTreeSet;

/// The structure of the matrix and of its factor. Rows are in elimination order.
#[derive(Clone, Debug)]
pub(super) struct Symbolic {
    /// Where each column of the factor starts, and the end of the last.
    column_start: Vec<u32>,
    /// Rows of the entries below the diagonal, rising in each column.
    rows: Vec<u32>,
    /// For each pair of entries of a column, in order, the entry that their
    /// product is taken off.
    targets: Vec<u32>,
}

/// The matrix below its diagonal, then in the same place its factor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Numeric {
    /// Diagonal of the matrix by elimination order; may be longer.
    pub(super) diagonal: Vec<f64>,
    /// Entries below the diagonal, and one more place that takes what falls outside.
    pub(super) entries: Vec<f64>,
    /// Inverse of D.
    inverse: Vec<f64>,
}

/// The row, in elimination order, at which the matrix turned out not to be
/// positive definite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotDefinite(pub(super) usize);

impl Symbolic {
    /// Analyses a symmetric matrix with entries at `pairs` of unequal numbers
    /// below `size`, in either order, repeats allowed. Returns the structure and
    /// the position of each unknown in the elimination order.
    pub(super) fn new(size: usize, pairs: &[(usize, usize)]) -> (Self, Vec<u32>) {
        let (order, neighbours) = minimum_degree(size, pairs);
        let mut position = vec![0; size];
        for (place, &node) in order.iter().enumerate() {
            position[node as usize] = place as u32;
        }
        // What a node has left of neighbours when its turn comes is the pattern
        // of its column.
        let columns: Vec<Vec<u32>> = (order.iter())
            .map(|&node| {
                let ends = neighbours[node as usize].iter();
                let mut column: Vec<u32> = ends.map(|&end| position[end as usize]).collect();
                column.sort_unstable();
                column
            })
            .collect();
        let mut column_start = Vec::with_capacity(size + 1);
        let mut rows = Vec::new();
        column_start.push(0);
        for column in &columns {
            rows.extend_from_slice(column);
            column_start.push(rows.len() as u32);
        }
        let mut targets = Vec::new();
        for column in &columns {
            for (place, &inner) in column.iter().enumerate() {
                let start = column_start[inner as usize] as usize;
                let pattern = &rows[start..column_start[inner as usize + 1] as usize];
                let mut at = 0;
                for &outer in &column[place + 1..] {
                    at += pattern[at..].partition_point(|&row| row < outer);
                    targets.push((start + at) as u32);
                }
            }
        }
        let symbolic = Self {
            column_start,
            rows,
            targets,
        };
        (symbolic, position)
    }

    /// Number of entries below the diagonal of the factor.
    pub(super) fn entry_count(&self) -> usize {
        self.rows.len()
    }

    /// Where the entry of two rows, in elimination order, is stored.
    pub(super) fn slot(&self, a: u32, b: u32) -> u32 {
        let (column, row) = (a.min(b) as usize, a.max(b));
        let start = self.column_start[column] as usize;
        let pattern = &self.rows[start..self.column_start[column + 1] as usize];
        (start + pattern.partition_point(|&found| found < row)) as u32
    }

    /// Makes room for the numbers of a matrix with `rows` rows, of which those
    /// beyond this structure are not solved for.
    pub(super) fn numeric(&self, rows: usize) -> Numeric {
        Numeric {
            diagonal: vec![0.0; rows],
            entries: vec![0.0; self.rows.len() + 1],
            inverse: vec![0.0; self.column_start.len() - 1],
        }
    }

    /// Factorises in place and solves for `right`, in elimination order.
    ///
    /// # Errors
    /// Where a pivot is not above zero; nothing of the numbers is usable then.
    pub(super) fn solve(&self, matrix: &mut Numeric, right: &mut [f64]) -> Result<(), NotDefinite> {
        self.factorise(matrix, right)?;
        self.substitute_back(matrix, right);
        Ok(())
    }

    /// Solves for another right side with the factor that
    /// [`solve`](Self::solve) left.
    pub(super) fn solve_again(&self, factor: &Numeric, right: &mut [f64]) {
        let mut start = 0;
        for (column, end) in self.column_ends().enumerate() {
            let known = right[column];
            for (&row, value) in self.rows[start..end]
                .iter()
                .zip(&factor.entries[start..end])
            {
                right[row as usize] -= value * known;
            }
            start = end;
        }
        self.substitute_back(factor, right);
    }

    fn column_ends(&self) -> impl Iterator<Item = usize> + '_ {
        self.column_start[1..].iter().map(|&end| end as usize)
    }

    fn factorise(&self, matrix: &mut Numeric, right: &mut [f64]) -> Result<(), NotDefinite> {
        let mut targets = self.targets.as_slice();
        let mut start = 0;
        for (column, end) in self.column_ends().enumerate() {
            let pivot = matrix.diagonal[column];
            if pivot.is_nan() || pivot <= 0.0 {
                return Err(NotDefinite(column));
            }
            let inverse = 1.0 / pivot;
            matrix.inverse[column] = inverse;
            let known = right[column];
            let (left, later) = matrix.entries.split_at_mut(end);
            let entries = &mut left[start..];
            let rows = &self.rows[start..end];
            for place in 0..entries.len() {
                let value = entries[place];
                let scaled = value * inverse;
                entries[place] = scaled;
                let row = rows[place] as usize;
                matrix.diagonal[row] -= scaled * value;
                right[row] -= scaled * known;
                let others = &entries[place + 1..];
                let (now, rest) = targets.split_at(others.len());
                targets = rest;
                for (&target, other) in now.iter().zip(others) {
                    later[target as usize - end] -= scaled * other;
                }
            }
            start = end;
        }
        Ok(())
    }

    fn substitute_back(&self, factor: &Numeric, right: &mut [f64]) {
        for column in (0..factor.inverse.len()).rev() {
            let range = self.column_start[column] as usize..self.column_start[column + 1] as usize;
            let mut value = right[column] * factor.inverse[column];
            for (&row, entry) in self.rows[range.clone()].iter().zip(&factor.entries[range]) {
                value -= entry * right[row as usize];
            }
            right[column] = value;
        }
    }
}

/// The nodes in the order in which they are eliminated, always one of fewest
/// neighbours, and of those of lowest number, and for each node the neighbours
/// it has left then.
fn minimum_degree(size: usize, pairs: &[(usize, usize)]) -> (Vec<u32>, Vec<Vec<u32>>) {
    let mut neighbours: Vec<Vec<u32>> = vec![Vec::new(); size];
    for &(a, b) in pairs {
        neighbours[a].push(b as u32);
        neighbours[b].push(a as u32);
    }
    for list in &mut neighbours {
        list.sort_unstable();
        list.dedup();
    }
    let degree = |list: &Vec<u32>| list.len() as u32;
    let mut waiting: BTreeSet<(u32, u32)> = (neighbours.iter().enumerate())
        .map(|(node, list)| (degree(list), node as u32))
        .collect();
    let mut order = Vec::with_capacity(size);
    let mut merged = Vec::new();
    while let Some((_, node)) = waiting.pop_first() {
        order.push(node);
        let around = std::mem::take(&mut neighbours[node as usize]);
        for &other in &around {
            let list = &mut neighbours[other as usize];
            let before = degree(list);
            merge_sorted(list, &around, &mut merged);
            merged.retain(|&member| member != node && member != other);
            list.clone_from(&merged);
            if degree(list) != before {
                waiting.remove(&(before, other));
                waiting.insert((degree(list), other));
            }
        }
        neighbours[node as usize] = around;
    }
    (order, neighbours)
}

/// The members of two rising lists, each once.
fn merge_sorted(a: &[u32], b: &[u32], merged: &mut Vec<u32>) {
    merged.clear();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        merged.push(a[i].min(b[j]));
        let (take_a, take_b) = (a[i] <= b[j], b[j] <= a[i]);
        i += usize::from(take_a);
        j += usize::from(take_b);
    }
    merged.extend_from_slice(&a[i..]);
    merged.extend_from_slice(&b[j..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_solution_satisfies_the_equations_and_so_does_a_second_one() {
        // A ring with chords: fill happens, pairs repeat, in both orders.
        let size = 40;
        let mut pairs: Vec<(usize, usize)> = (0..size).map(|i| (i, (i + 1) % size)).collect();
        pairs.extend((0..size).step_by(3).map(|i| ((i + 13) % size, i)));
        pairs.push((1, 0));
        let (symbolic, position) = Symbolic::new(size, &pairs);
        let mut matrix = symbolic.numeric(size);
        let mut diagonal = vec![0.5; size];
        for (index, &(a, b)) in pairs.iter().enumerate() {
            let weight = 1.0 + (index % 5) as f64;
            diagonal[position[a] as usize] += weight;
            diagonal[position[b] as usize] += weight;
            matrix.entries[symbolic.slot(position[a], position[b]) as usize] -= weight;
        }
        matrix.diagonal.clone_from(&diagonal);
        let product = |solution: &[f64]| {
            let mut product: Vec<f64> = diagonal.iter().zip(solution).map(|(d, x)| d * x).collect();
            for (index, &(a, b)) in pairs.iter().enumerate() {
                let (a, b) = (position[a] as usize, position[b] as usize);
                let weight = 1.0 + (index % 5) as f64;
                product[a] -= weight * solution[b];
                product[b] -= weight * solution[a];
            }
            product
        };
        let right: Vec<f64> = (0..size).map(|i| (i as f64).sin()).collect();
        let mut solution = right.clone();
        symbolic
            .solve(&mut matrix, &mut solution)
            .expect("definite");
        let mut again = right.clone();
        symbolic.solve_again(&matrix, &mut again);
        for found in [product(&solution), product(&again)] {
            for (found, expected) in found.iter().zip(&right) {
                assert!((found - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_chain_does_not_fill() {
        let pairs: Vec<_> = (1..1000).map(|i| (i - 1, i)).collect();
        let (symbolic, _) = Symbolic::new(1000, &pairs);
        assert_eq!(symbolic.entry_count(), 999);
    }

    #[test]
    fn a_node_that_hangs_on_nothing_is_named() {
        let (symbolic, position) = Symbolic::new(3, &[(0, 1)]);
        let mut matrix = symbolic.numeric(3);
        matrix.diagonal.fill(1.0);
        matrix.diagonal[position[2] as usize] = 0.0;
        let found = symbolic.solve(&mut matrix, &mut [0.0; 3]);
        assert_eq!(found, Err(NotDefinite(position[2] as usize)));
    }
}
