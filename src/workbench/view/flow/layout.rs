//! Where the parts of a flow stand that say no place: in the order in which
//! items pass them, in a line that turns back before it gets too long to be
//! looked at.

use std::collections::BTreeMap;

use super::{FlowPlan, PartForm};
use crate::twin::{Twin, VariableTable};
use crate::workbench::view::geometry::{OrientedBox, Vector};

/// Room between two parts along the line \[m].
const GAP: f64 = 1.1;

/// Room between two rows of parts side by side \[m].
const ROW: f64 = 3.2;

/// How much wider than deep the whole may be.
const ASPECT: f64 = 2.3;

/// Length up to which a line need not turn back \[m].
const STRAIGHT: f64 = 24.0;

/// Width of a part along the line, height and depth \[m]. `places` is the
/// capacity of a buffer, `length` that of a conveyor \[m].
fn size_of(form: PartForm, places: f64, length: f64) -> Vector {
    match form {
        PartForm::Source | PartForm::Sink => [1.5, 1.3, 1.5],
        PartForm::Buffer => {
            let rows = if places > 0.0 {
                places.clamp(2.0, 10.0)
            } else {
                8.0
            };
            [0.6 * rows.max(2.5), 0.36, 0.9]
        }
        PartForm::Machine | PartForm::Assembly | PartForm::Split => [1.9, 1.7, 1.7],
        PartForm::ServerPool => [2.2, 1.5, 2.2],
        PartForm::Inspection => [1.3, 1.5, 1.5],
        PartForm::Router => [0.8, 0.24, 0.8],
        PartForm::Transport => [1.6, 0.3, 1.6],
        PartForm::Conveyor => [length.clamp(1.8, 7.0), 0.5, 0.8],
    }
}

/// Places for all parts, in their order, on the ground \[m]. `measure` gives
/// the capacity and the length of a part, zero where it has none.
#[must_use]
pub fn places(plan: &FlowPlan, measure: impl Fn(usize) -> (f64, f64)) -> Vec<OrientedBox> {
    let ranks = ranks(plan);
    let rows = rows(plan, &ranks);
    let sizes: Vec<Vector> = plan
        .parts
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let (places, length) = measure(index);
            size_of(part.form, places, length)
        })
        .collect();
    let count = ranks.iter().max().map_or(0, |last| last + 1);
    let mut widths = vec![0.0f64; count];
    for (rank, size) in ranks.iter().zip(&sizes) {
        widths[*rank] = widths[*rank].max(size[0]);
    }
    let (lowest, highest) = rows
        .iter()
        .fold((0, 0), |(low, high), row| (low.min(*row), high.max(*row)));
    let depth = f64::from(highest - lowest + 1) * ROW;
    let bands = bands(&widths, depth);
    let longest = bands
        .iter()
        .map(|band| length_of(&widths[band.clone()]))
        .fold(0.0, f64::max);
    let mut places = vec![OrientedBox::new([0.0; 3], [1.0; 3], [0.0; 3]); plan.parts.len()];
    for (number, band) in bands.iter().enumerate() {
        let mut along = 0.0;
        for rank in band.clone() {
            let middle = along + widths[rank] / 2.0;
            along += widths[rank] + GAP;
            // Every second band runs back.
            let x = if number % 2 == 0 {
                middle
            } else {
                longest - middle
            };
            for part in (0..plan.parts.len()).filter(|part| ranks[*part] == rank) {
                let size = sizes[part];
                let z = f64::from(rows[part] - lowest) * ROW + number as f64 * (depth + 0.6);
                places[part] = OrientedBox::new([x, size[1] / 2.0, z], size, [0.0; 3]);
            }
        }
    }
    places
}

/// Places for the parts of a flow by asset, where none of them says one.
#[must_use]
pub fn set_out(
    twin: &Twin,
    plan: &FlowPlan,
    variables: &VariableTable,
) -> BTreeMap<usize, OrientedBox> {
    let says_one = |asset: usize| twin.assets[asset].place.is_some();
    if plan.parts.iter().any(|part| says_one(part.asset)) {
        return BTreeMap::new();
    }
    let places = places(plan, |part| {
        let described = &plan.parts[part].variables;
        let value = |variable: Option<_>| variable.map_or(0.0, |one| variables.get(one).initial);
        (value(described.capacity), value(described.length))
    });
    let assets = plan.parts.iter().map(|part| part.asset);
    assets.zip(places).collect()
}

fn length_of(widths: &[f64]) -> f64 {
    widths.iter().map(|width| width + GAP).sum::<f64>() - GAP
}

/// The ranks of each band: as few bands as keep the whole near [`ASPECT`].
fn bands(widths: &[f64], depth: f64) -> Vec<std::ops::Range<usize>> {
    let whole = length_of(widths);
    let fits = |count: usize| {
        let parts = count as f64;
        whole <= STRAIGHT || whole / parts <= ASPECT * depth * parts
    };
    let count = (1..=widths.len().max(1))
        .find(|count| fits(*count))
        .unwrap_or(1);
    let wanted = whole / count as f64;
    let mut bands = Vec::new();
    let mut from = 0;
    for rank in 0..widths.len() {
        let is_last_band = bands.len() + 1 == count;
        if !is_last_band && length_of(&widths[from..=rank]) >= wanted - widths[rank] / 2.0 {
            bands.push(from..rank + 1);
            from = rank + 1;
        }
    }
    if from < widths.len() {
        bands.push(from..widths.len());
    }
    bands
}

/// How many parts an item passes before each: the longest way there, without
/// the ways that lead back.
fn ranks(plan: &FlowPlan) -> Vec<usize> {
    let count = plan.parts.len();
    let leads_back = backward_ways(plan);
    let mut ranks = vec![0usize; count];
    // Ways that lead back left out, no way is longer than there are parts.
    for _ in 0..count {
        let mut moved = false;
        for (index, way) in plan.ways.iter().enumerate() {
            if !leads_back[index] && ranks[way.to] < ranks[way.from] + 1 {
                ranks[way.to] = ranks[way.from] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    ranks
}

/// Which ways close a ring, found by walking from the sources on.
fn backward_ways(plan: &FlowPlan) -> Vec<bool> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        Not,
        Open,
        Done,
    }
    let mut visits = vec![Visit::Not; plan.parts.len()];
    let mut leads_back = vec![false; plan.ways.len()];
    let sources = (0..plan.parts.len()).filter(|part| plan.before(*part).next().is_none());
    for start in sources.chain(0..plan.parts.len()).collect::<Vec<_>>() {
        if visits[start] != Visit::Not {
            continue;
        }
        visits[start] = Visit::Open;
        // (part, position of the next way to look at)
        let mut walk = vec![(start, 0usize)];
        while let Some((part, next)) = walk.last_mut() {
            let found = plan.ways[*next..].iter().position(|way| way.from == *part);
            let Some(found) = found else {
                visits[*part] = Visit::Done;
                walk.pop();
                continue;
            };
            let way = *next + found;
            *next = way + 1;
            let to = plan.ways[way].to;
            match visits[to] {
                Visit::Open => leads_back[way] = true,
                Visit::Done => {}
                Visit::Not => {
                    visits[to] = Visit::Open;
                    walk.push((to, 0));
                }
            }
        }
    }
    leads_back
}

/// Which row each part stands in: that of the first part before it where that
/// is free, else the nearest free one.
fn rows(plan: &FlowPlan, ranks: &[usize]) -> Vec<i32> {
    let mut order: Vec<usize> = (0..plan.parts.len()).collect();
    order.sort_by_key(|part| ranks[*part]);
    let mut rows: Vec<Option<i32>> = vec![None; plan.parts.len()];
    for part in order {
        let wanted = plan
            .before(part)
            .filter(|before| ranks[*before] < ranks[part])
            .find_map(|before| rows[before])
            .unwrap_or(0);
        let taken = |row: i32| {
            (0..plan.parts.len())
                .any(|other| ranks[other] == ranks[part] && rows[other] == Some(row))
        };
        let near = (0..i32::MAX).find_map(|away| {
            [wanted + away, wanted - away]
                .into_iter()
                .find(|row| !taken(*row))
        });
        rows[part] = Some(near.unwrap_or(wanted));
    }
    rows.into_iter().map(Option::unwrap_or_default).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_support::plan;
    use super::*;
    use PartForm::{Buffer, Inspection, Machine, Sink, Source};

    fn x(places: &[OrientedBox], part: usize) -> f64 {
        places[part].centre[0]
    }

    #[test]
    fn parts_stand_in_the_order_in_which_items_pass_them() {
        let plan = plan(&[Sink, Machine, Buffer, Source], &[(3, 2), (2, 1), (1, 0)]);
        let places = places(&plan, |_| (4.0, 0.0));
        assert!(x(&places, 3) < x(&places, 2));
        assert!(x(&places, 2) < x(&places, 1));
        assert!(x(&places, 1) < x(&places, 0));
    }

    #[test]
    fn no_two_parts_stand_in_one_place_even_with_rework_and_many_stations() {
        let mut forms = vec![Source];
        let mut ways = Vec::new();
        for station in 0..12 {
            forms.extend([Buffer, Machine]);
            ways.push((2 * station, 2 * station + 1));
            ways.push((2 * station + 1, 2 * station + 2));
        }
        let last = forms.len() - 1;
        forms.extend([Inspection, Sink, Sink]);
        ways.extend([(last, last + 1), (last + 1, last + 2), (last + 1, last + 3)]);
        // Rework leads back into the line.
        ways.push((last + 1, 5));
        let plan = plan(&forms, &ways);
        let places = places(&plan, |_| (5.0, 0.0));
        for one in 0..places.len() {
            for other in 0..one {
                let apart = (0..3).any(|axis| {
                    let gap = (places[one].centre[axis] - places[other].centre[axis]).abs();
                    gap >= places[one].half_size[axis] + places[other].half_size[axis]
                });
                assert!(apart, "{one} and {other} overlap");
            }
        }
        let reach = |axis: usize| {
            let all = places.iter().map(|place| place.centre[axis]);
            all.clone().fold(f64::MIN, f64::max) - all.fold(f64::MAX, f64::min)
        };
        assert!(
            reach(0) < 5.0 * reach(2),
            "a long line turns back: {} by {}",
            reach(0),
            reach(2)
        );
    }
}
