//! Giving each of some things one of others, so that the whole fits best.

/// For each row the column it is given, so that the sum of the scores is
/// largest; `None` where its score would not be above zero.
///
/// The method of H. W. Kuhn, "The Hungarian method for the assignment problem",
/// Naval Research Logistics Quarterly 2 (1955) 83–97, with potentials, in time of
/// the third power. `scores` is a table of rows of one length.
pub(super) fn best(scores: &[Vec<f64>]) -> Vec<Option<usize>> {
    let rows = scores.len();
    let columns = scores.first().map_or(0, Vec::len);
    if rows == 0 || columns == 0 {
        return vec![None; rows];
    }
    // Square it: what is given to nobody costs what a score of zero does.
    let size = rows.max(columns);
    let cost = |row: usize, column: usize| {
        let score = scores.get(row).and_then(|row| row.get(column));
        -score.copied().unwrap_or(0.0).max(0.0)
    };
    // Positions from 1; 0 stands for nothing.
    let mut row_potential = vec![0.0; size + 1];
    let mut column_potential = vec![0.0; size + 1];
    let mut row_of = vec![0_usize; size + 1];
    for row in 1..=size {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![f64::INFINITY; size + 1];
        let mut before = vec![0_usize; size + 1];
        let mut used = vec![false; size + 1];
        loop {
            used[column] = true;
            let current = row_of[column];
            let mut step = f64::INFINITY;
            let mut next = 0;
            for other in 1..=size {
                if used[other] {
                    continue;
                }
                let reduced =
                    cost(current - 1, other - 1) - row_potential[current] - column_potential[other];
                if reduced < least[other] {
                    least[other] = reduced;
                    before[other] = column;
                }
                if least[other] < step {
                    step = least[other];
                    next = other;
                }
            }
            for other in 0..=size {
                if used[other] {
                    row_potential[row_of[other]] += step;
                    column_potential[other] -= step;
                } else {
                    least[other] -= step;
                }
            }
            column = next;
            if row_of[column] == 0 {
                break;
            }
        }
        while column != 0 {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut given = vec![None; rows];
    for (column, row) in row_of.iter().enumerate().skip(1) {
        if let Some(place) = given.get_mut(row - 1)
            && column <= columns
            && scores[row - 1][column - 1] > 0.0
        {
            *place = Some(column - 1);
        }
    }
    given
}

/// The sum of the scores of an assignment.
pub(super) fn total(scores: &[Vec<f64>], given: &[Option<usize>]) -> f64 {
    scores
        .iter()
        .zip(given)
        .filter_map(|(row, column)| row.get((*column)?))
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The best sum by trying all.
    fn exhaustive(scores: &[Vec<f64>], row: usize, used: &mut Vec<bool>) -> f64 {
        let Some(values) = scores.get(row) else {
            return 0.0;
        };
        let mut best = exhaustive(scores, row + 1, used);
        for (column, value) in values.iter().enumerate() {
            if !used[column] {
                used[column] = true;
                best = best.max(value + exhaustive(scores, row + 1, used));
                used[column] = false;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_assignment_is_better(
            rows in 1_usize..5, columns in 1_usize..5, values in prop::collection::vec(-0.5..1.0_f64, 25),
        ) {
            let scores: Vec<Vec<f64>> =
                (0..rows).map(|row| values[row * 5..row * 5 + columns].to_vec()).collect();
            let given = best(&scores);
            let mut taken: Vec<usize> = given.iter().flatten().copied().collect();
            taken.sort_unstable();
            let count = taken.len();
            taken.dedup();
            prop_assert_eq!(count, taken.len(), "nothing is given twice");
            let reached = total(&scores, &given);
            let possible = exhaustive(&scores, 0, &mut vec![false; columns]);
            prop_assert!((reached - possible).abs() < 1e-9, "{} {}", reached, possible);
        }
    }
}
