//! Small dense linear algebra for the exponential integrator.
//!
//! Everything here is plain IEEE arithmetic in a fixed order: no fused
//! multiply-add, no dispatch on the processor's vector width. The same network
//! then gives the same bits on every machine, which a run that is sharded over
//! several machines relies on.

/// A square matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Square {
    size: usize,
    entries: Vec<f64>,
}

impl Square {
    /// A matrix of `size` rows and columns filled with zeros.
    pub(crate) fn zeros(size: usize) -> Self {
        Self {
            size,
            entries: vec![0.0; size * size],
        }
    }

    /// The identity matrix.
    pub(crate) fn identity(size: usize) -> Self {
        let mut matrix = Self::zeros(size);
        for index in 0..size {
            matrix.entries[index * size + index] = 1.0;
        }
        matrix
    }

    /// Number of rows, which is also the number of columns.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The entry in `row` and `column`.
    pub(crate) fn at(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.size + column]
    }

    /// Adds `value` to the entry in `row` and `column`.
    pub(crate) fn add_at(&mut self, row: usize, column: usize, value: f64) {
        self.entries[row * self.size + column] += value;
    }

    /// One row.
    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.entries[row * self.size..(row + 1) * self.size]
    }

    /// One row, to change.
    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.entries[row * self.size..(row + 1) * self.size]
    }

    /// Adds `factor * other` to this matrix.
    pub(crate) fn add_scaled(&mut self, factor: f64, other: &Self) {
        for (entry, value) in self.entries.iter_mut().zip(&other.entries) {
            *entry += factor * value;
        }
    }

    /// The product `self * other`.
    ///
    /// Works in tiles of four by four so that the running sums stay in
    /// registers; the order of each sum is that of the inner index.
    pub(crate) fn times(&self, other: &Self) -> Self {
        const TILE: usize = 4;
        let size = self.size;
        let mut product = Self::zeros(size);
        let tiled = size - size % TILE;
        for top in (0..tiled).step_by(TILE) {
            for left in (0..tiled).step_by(TILE) {
                let mut sums = [[0.0_f64; TILE]; TILE];
                for inner in 0..size {
                    let start = inner * size + left;
                    let right = &other.entries[start..start + TILE];
                    for (offset, sum) in sums.iter_mut().enumerate() {
                        let factor = self.entries[(top + offset) * size + inner];
                        for (target, value) in sum.iter_mut().zip(right) {
                            *target += factor * value;
                        }
                    }
                }
                for (offset, sum) in sums.iter().enumerate() {
                    let start = (top + offset) * size + left;
                    product.entries[start..start + TILE].copy_from_slice(sum);
                }
            }
        }
        // The rows and columns that do not fill a tile.
        for row in 0..size {
            let first = if row < tiled { tiled } else { 0 };
            for column in first..size {
                let mut sum = 0.0;
                for inner in 0..size {
                    sum += self.entries[row * size + inner] * other.entries[inner * size + column];
                }
                product.entries[row * size + column] = sum;
            }
        }
        product
    }
}

/// A rectangular matrix laid out for fast products with a vector.
///
/// The rows are padded with zeros to a multiple of four and cut into strips of
/// eight (the last may be four); inside a strip the entries run column by
/// column. A product then keeps a strip's sums in vector registers while it
/// streams once through the memory.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    rows: usize,
    columns: usize,
    entries: Vec<f64>,
}

const STRIP: usize = 8;
const HALF_STRIP: usize = 4;

impl Operator {
    /// Builds the operator from a function that gives each entry.
    pub(crate) fn from_fn(
        rows: usize,
        columns: usize,
        entry: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let mut entries = Vec::with_capacity(Self::padded(rows) * columns);
        let mut top = 0;
        while top < Self::padded(rows) {
            let height = strip_height(Self::padded(rows) - top);
            for column in 0..columns {
                for row in top..top + height {
                    entries.push(if row < rows { entry(row, column) } else { 0.0 });
                }
            }
            top += height;
        }
        Self {
            rows,
            columns,
            entries,
        }
    }

    /// How long the output vector of an operator with `rows` rows must be.
    pub(crate) fn padded(rows: usize) -> usize {
        rows.next_multiple_of(HALF_STRIP)
    }

    /// Writes `self * input` to `output`, whose length is
    /// [`padded`](Self::padded)`(rows)`; the padding becomes zero.
    #[inline]
    pub(crate) fn apply(&self, input: &[f64], output: &mut [f64]) {
        let input = &input[..self.columns];
        let padded = Self::padded(self.rows);
        let output = &mut output[..padded];
        let split = padded - padded % STRIP;
        let (full, rest) = output.split_at_mut(split);
        let (full_entries, rest_entries) = self.entries.split_at(split * self.columns);
        let length = STRIP * self.columns;
        for (index, target) in full.chunks_exact_mut(STRIP).enumerate() {
            let start = index * length;
            strip_product::<STRIP>(&full_entries[start..start + length], input, target);
        }
        if !rest.is_empty() {
            strip_product::<HALF_STRIP>(rest_entries, input, rest);
        }
    }
}

fn strip_height(rows_left: usize) -> usize {
    if rows_left >= STRIP {
        STRIP
    } else {
        HALF_STRIP
    }
}

/// Product of one strip of `H` rows with `input`.
#[inline(always)]
fn strip_product<const H: usize>(entries: &[f64], input: &[f64], output: &mut [f64]) {
    let mut sums = [0.0_f64; H];
    for (column, &factor) in entries.chunks_exact(H).zip(input) {
        for (sum, &entry) in sums.iter_mut().zip(column) {
            *sum += entry * factor;
        }
    }
    output.copy_from_slice(&sums);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(size: usize, seed: usize) -> Square {
        let mut matrix = Square::zeros(size);
        for row in 0..size {
            for column in 0..size {
                matrix.add_at(
                    row,
                    column,
                    ((row * 7 + column * 3 + seed) % 11) as f64 - 5.0,
                );
            }
        }
        matrix
    }

    #[test]
    fn product_matches_the_definition_for_every_remainder_of_the_tile() {
        for size in 1..10 {
            let (left, right) = (numbered(size, 1), numbered(size, 4));
            let product = left.times(&right);
            for row in 0..size {
                for column in 0..size {
                    let expected: f64 = (0..size)
                        .map(|inner| left.at(row, inner) * right.at(inner, column))
                        .sum();
                    assert_eq!(product.at(row, column), expected);
                }
            }
        }
    }

    #[test]
    fn operator_matches_the_definition_for_every_height() {
        for rows in 1..26 {
            for columns in [0, 1, 5] {
                let entry = |row: usize, column: usize| (row * 3 + column * 5) as f64 - 7.0;
                let operator = Operator::from_fn(rows, columns, entry);
                let input: Vec<f64> = (0..columns).map(|column| column as f64 + 0.5).collect();
                let mut output = vec![f64::NAN; Operator::padded(rows)];
                operator.apply(&input, &mut output);
                for (row, value) in output.iter().enumerate() {
                    let expected: f64 = if row < rows {
                        (0..columns)
                            .map(|column| entry(row, column) * input[column])
                            .sum()
                    } else {
                        0.0
                    };
                    assert_eq!(*value, expected, "row {row} of {rows}");
                }
            }
        }
    }
}
