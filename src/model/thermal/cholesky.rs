//! Sparse factorisation `L D Lᵀ` of the symmetric matrices of a network.
//!
//! Up-looking, row by row (Davis 2005, "Algorithm 849: A concise sparse Cholesky
//! factorization package"), on an approximate minimum degree order. The
//! symbolic part is made once for a network; the numeric part can be repeated
//! for any step size. Plain arithmetic in a fixed order, so that the bits do not
//! depend on the machine, which a library's vectorised kernels do not promise.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::sparse::SymbolicSparseColMat;
use faer::sparse::linalg::amd;

/// No parent in the elimination tree.
const ROOT: usize = usize::MAX;

/// The structure of the matrix and of its factor.
#[derive(Clone, Debug)]
pub(crate) struct Symbolic {
    size: usize,
    /// Position in the elimination order of each unknown.
    position: Vec<usize>,
    /// Upper triangle by column, in elimination order, without the diagonal.
    column_start: Vec<usize>,
    rows: Vec<usize>,
    /// Where each pair given to [`Symbolic::new`] is stored.
    slots: Vec<usize>,
    parent: Vec<usize>,
    /// Columns of the factor.
    factor_start: Vec<usize>,
}

/// The numeric factor for one set of values.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    rows: Vec<usize>,
    values: Vec<f64>,
    inverse_diagonal: Vec<f64>,
}

impl Symbolic {
    /// Analyses a symmetric matrix of `size` rows with entries on the diagonal
    /// and at `pairs` (each off the diagonal, in either order, repeats allowed).
    pub(crate) fn new(size: usize, pairs: &[(usize, usize)]) -> Self {
        let position = elimination_order(size, pairs);
        let ends = |&(a, b): &(usize, usize)| {
            let (a, b) = (position[a], position[b]);
            (a.max(b), a.min(b))
        };
        // (column, row), sorted, each once.
        let mut entries: Vec<(usize, usize)> = pairs.iter().map(ends).collect();
        entries.sort_unstable();
        entries.dedup();
        let slots = (pairs.iter())
            .map(|pair| entries.partition_point(|entry| *entry < ends(pair)))
            .collect();
        let mut column_start = vec![0; size + 1];
        for &(column, _) in &entries {
            column_start[column + 1] += 1;
        }
        for column in 0..size {
            column_start[column + 1] += column_start[column];
        }
        let rows: Vec<usize> = entries.iter().map(|&(_, row)| row).collect();

        // Elimination tree and column counts: row k of the factor holds the
        // nodes on the paths from the rows of column k towards the root.
        let mut parent = vec![ROOT; size];
        let mut mark = vec![ROOT; size];
        let mut counts = vec![0; size];
        for column in 0..size {
            mark[column] = column;
            for &row in &rows[column_start[column]..column_start[column + 1]] {
                let mut node = row;
                while mark[node] != column {
                    if parent[node] == ROOT {
                        parent[node] = column;
                    }
                    counts[node] += 1;
                    mark[node] = column;
                    node = parent[node];
                }
            }
        }
        let mut factor_start = vec![0; size + 1];
        for column in 0..size {
            factor_start[column + 1] = factor_start[column] + counts[column];
        }
        Self {
            size,
            position,
            column_start,
            rows,
            slots,
            parent,
            factor_start,
        }
    }

    /// Factorises the matrix with the given diagonal and, for each pair given to
    /// [`new`](Self::new), the value added at that pair.
    ///
    /// The matrix must be positive definite, as a network's is; otherwise the
    /// factor holds infinities or NaN, which the caller meets in the solution.
    pub(crate) fn factorise(&self, diagonal: &[f64], pair_values: &[f64]) -> Factor {
        let size = self.size;
        let mut upper = vec![0.0; self.rows.len()];
        for (&slot, value) in self.slots.iter().zip(pair_values) {
            upper[slot] += value;
        }
        let mut pivots = vec![0.0; size];
        for (&position, value) in self.position.iter().zip(diagonal) {
            pivots[position] = *value;
        }
        let total = self.factor_start[size];
        let mut factor = Factor {
            rows: vec![0; total],
            values: vec![0.0; total],
            inverse_diagonal: vec![0.0; size],
        };
        let mut filled = vec![0; size];
        let mut sparse_row = vec![0.0; size];
        let mut mark = vec![ROOT; size];
        let mut pattern = vec![0; size];
        let mut path = vec![0; size];
        for k in 0..size {
            // The pattern of row k, in an order in which each node comes before
            // its ancestors.
            let mut top = size;
            mark[k] = k;
            let range = self.column_start[k]..self.column_start[k + 1];
            for (&row, value) in self.rows[range.clone()].iter().zip(&upper[range]) {
                let mut node = row;
                sparse_row[node] += value;
                let mut length = 0;
                while mark[node] != k {
                    path[length] = node;
                    length += 1;
                    mark[node] = k;
                    node = self.parent[node];
                }
                while length > 0 {
                    length -= 1;
                    top -= 1;
                    pattern[top] = path[length];
                }
            }
            for &node in &pattern[top..] {
                let value = std::mem::take(&mut sparse_row[node]);
                let start = self.factor_start[node];
                let end = start + filled[node];
                for entry in start..end {
                    sparse_row[factor.rows[entry]] -= factor.values[entry] * value;
                }
                let scaled = value * factor.inverse_diagonal[node];
                pivots[k] -= scaled * value;
                factor.rows[end] = k;
                factor.values[end] = scaled;
                filled[node] += 1;
            }
            factor.inverse_diagonal[k] = 1.0 / pivots[k];
        }
        factor
    }

    /// Solves in place; `scratch` has the matrix's size.
    pub(crate) fn solve(&self, factor: &Factor, values: &mut [f64], scratch: &mut [f64]) {
        for (&position, value) in self.position.iter().zip(values.iter()) {
            scratch[position] = *value;
        }
        let column = |k: usize| {
            let range = self.factor_start[k]..self.factor_start[k + 1];
            (factor.rows[range.clone()].iter()).zip(&factor.values[range])
        };
        for k in 0..self.size {
            let known = scratch[k];
            for (&row, value) in column(k) {
                scratch[row] -= value * known;
            }
        }
        for k in (0..self.size).rev() {
            let mut unknown = scratch[k] * factor.inverse_diagonal[k];
            for (&row, value) in column(k) {
                unknown -= value * scratch[row];
            }
            scratch[k] = unknown;
        }
        for (&position, value) in self.position.iter().zip(values.iter_mut()) {
            *value = scratch[position];
        }
    }
}

/// An elimination order with little fill: position of each unknown.
fn elimination_order(size: usize, pairs: &[(usize, usize)]) -> Vec<usize> {
    let natural: Vec<usize> = (0..size).collect();
    let entries: Vec<faer::sparse::Pair<usize, usize>> = (pairs.iter())
        .map(|&(a, b)| faer::sparse::Pair {
            row: a.min(b),
            col: a.max(b),
        })
        .collect();
    let Ok((upper, _)) = SymbolicSparseColMat::try_new_from_indices(size, size, &entries) else {
        return natural;
    };
    let stored = upper.compute_nnz();
    let Ok(mut memory) =
        MemBuffer::try_new(amd::order_maybe_unsorted_scratch::<usize>(size, stored))
    else {
        return natural;
    };
    let mut order = natural.clone();
    let mut position = natural.clone();
    let outcome = amd::order_maybe_unsorted(
        &mut order,
        &mut position,
        upper.as_ref(),
        amd::Control::default(),
        MemStack::new(&mut memory),
    );
    // Without an ordering the factorisation is still right, only slower.
    if outcome.is_ok() { position } else { natural }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution_satisfies_the_equations() {
        // A ring with chords: fill-in happens, pairs repeat, in both orders.
        let size = 40;
        let mut pairs = Vec::new();
        for index in 0..size {
            pairs.push((index, (index + 1) % size));
            if index % 3 == 0 {
                pairs.push(((index + 13) % size, index));
            }
        }
        pairs.push((1, 0));
        let values: Vec<f64> = (0..pairs.len()).map(|i| -1.0 - (i % 5) as f64).collect();
        let mut diagonal = vec![0.5; size];
        for (&(a, b), value) in pairs.iter().zip(&values) {
            diagonal[a] -= value;
            diagonal[b] -= value;
        }
        let symbolic = Symbolic::new(size, &pairs);
        let factor = symbolic.factorise(&diagonal, &values);
        let right: Vec<f64> = (0..size).map(|i| (i as f64).sin()).collect();
        let mut solution = right.clone();
        symbolic.solve(&factor, &mut solution, &mut vec![0.0; size]);

        let mut product: Vec<f64> = (0..size).map(|i| diagonal[i] * solution[i]).collect();
        for (&(a, b), value) in pairs.iter().zip(&values) {
            product[a] += value * solution[b];
            product[b] += value * solution[a];
        }
        for (found, expected) in product.iter().zip(&right) {
            assert!((found - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_chain_factorises_without_fill() {
        let size = 1000;
        let pairs: Vec<_> = (1..size).map(|i| (i - 1, i)).collect();
        let symbolic = Symbolic::new(size, &pairs);
        assert_eq!(symbolic.factor_start[size], size - 1);
    }
}
