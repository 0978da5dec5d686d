//! What a what-if changes, in numbers: two forecasts of one now held against
//! each other.

use std::collections::BTreeMap;

use super::forecast::Forecast;
use crate::quantity::{SimTime, Unit};
use crate::simulation::Bands;
use crate::twin::{Causality, Measure, VariableIndex, VariableTable};

/// Part of the spread of a quantity below which a change of it is not counted.
const COUNTED: f64 = 1e-3;

/// Part of the unit of a quantity below which a difference is the solver's and not the
/// what-if's: nobody asks for a millilitre a second.
const TOLD: f64 = 1e-3;

/// The base forecast and that under a what-if, held against each other. All
/// values are medians over the members.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The indicators of the twin's kinds, in the order of the kinds' first assets.
    pub indicators: Vec<IndicatorOutcome>,
    /// The largest difference of each quantity that changes: first those that indicators are made
    /// from, the most changed first.
    pub differences: Vec<Difference>,
}

/// One indicator in both forecasts.
#[derive(Clone, Debug, PartialEq)]
pub struct IndicatorOutcome {
    /// Name on the screen.
    pub title: &'static str,
    /// The unit of the numbers.
    pub unit: Unit,
    /// As things stand \[SI].
    pub base: f64,
    /// Under the what-if \[SI].
    pub what_if: f64,
    /// Where and when the number under the what-if is reached, for an extreme.
    pub at: Option<(VariableIndex, SimTime)>,
    /// Assets that the forecasts hold values of, and all assets of the kind: of a
    /// network too large to be kept, the forecasts hold a part.
    pub assets: (usize, usize),
}

/// The largest difference of one quantity over all assets of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where it is largest.
    pub variable: VariableIndex,
    /// When.
    pub at: SimTime,
    /// The value there as things stand \[SI].
    pub base: f64,
    /// The value there under the what-if \[SI].
    pub what_if: f64,
    /// Number of assets at which the quantity changes by more than a thousandth of
    /// its spread and of its unit.
    pub changed: usize,
    /// Largest difference as a part of the spread of all values: 0 to 1.
    pub share: f64,
}

/// One variable in both forecasts.
struct Pair<'f> {
    variable: VariableIndex,
    base: &'f Bands,
    what_if: &'f Bands,
}

impl Comparison {
    /// Compares two forecasts of the same now; `None` when they are not.
    #[must_use]
    pub fn of(base: &Forecast, what_if: &Forecast, variables: &VariableTable) -> Option<Self> {
        if base.made_at != what_if.made_at {
            return None;
        }
        // By kind and quantity, in the order of the document.
        let mut groups: BTreeMap<(usize, &str), Vec<Pair<'_>>> = BTreeMap::new();
        let mut kinds: Vec<(&str, usize)> = Vec::new();
        let mut kind_positions: BTreeMap<&str, usize> = BTreeMap::new();
        for asset in 0..variables.assets() {
            let Some(kind) = variables.kind_of(asset) else {
                continue;
            };
            let position = *kind_positions.entry(kind.name).or_insert_with(|| {
                kinds.push((kind.name, asset));
                kinds.len() - 1
            });
            for variable in variables.indices_of_asset(asset) {
                let described = variables.get(variable);
                let follows = matches!(described.causality, Causality::State | Causality::Output);
                let (Some(base), Some(what_if)) =
                    (base.bands.get(&variable), what_if.bands.get(&variable))
                else {
                    continue;
                };
                if follows && base.times == what_if.times && !base.times.is_empty() {
                    groups
                        .entry((position, described.quantity))
                        .or_default()
                        .push(Pair {
                            variable,
                            base,
                            what_if,
                        });
                }
            }
        }
        let mut differences: Vec<Difference> = groups
            .values()
            .filter_map(|pairs| {
                let unit = &variables.get(pairs.first()?.variable).unit;
                largest_difference(pairs, unit.difference_to_si(TOLD))
            })
            .collect();
        let is_indicated = |one: &Difference| variables.get(one.variable).indicated;
        differences.sort_by(|a, b| {
            is_indicated(b)
                .cmp(&is_indicated(a))
                .then(b.share.total_cmp(&a.share))
                .then(a.variable.cmp(&b.variable))
        });
        let mut indicators = Vec::new();
        for (position, (name, first)) in kinds.iter().enumerate() {
            let Some(kind) = variables.kind_of(*first) else {
                continue;
            };
            if kind.indicators.is_empty() {
                continue;
            }
            let of_kind = |asset: &usize| {
                variables
                    .kind_of(*asset)
                    .is_some_and(|one| one.name == *name)
            };
            for indicator in &kind.indicators {
                let Some(pairs) = groups.get(&(position, indicator.quantity)) else {
                    continue;
                };
                let counts = |asset: usize| {
                    indicator.among.is_none_or(|parameter| {
                        let parameter = variables.of_asset(asset, parameter);
                        parameter.is_some_and(|index| variables.get(index).initial > 0.0)
                    })
                };
                let pairs: Vec<&Pair<'_>> = pairs
                    .iter()
                    .filter(|pair| counts(variables.get(pair.variable).asset))
                    .collect();
                if pairs.is_empty() {
                    continue;
                }
                let (base, _) = measured(indicator.measure, &pairs, |pair| pair.base);
                let (changed, at) = measured(indicator.measure, &pairs, |pair| pair.what_if);
                let all = (0..variables.assets()).filter(|asset| of_kind(asset) && counts(*asset));
                indicators.push(IndicatorOutcome {
                    title: indicator.title,
                    unit: indicator.unit.clone(),
                    base,
                    what_if: changed,
                    at,
                    assets: (pairs.len(), all.count()),
                });
            }
        }
        Some(Self {
            indicators,
            differences,
        })
    }
}

/// An indicator over the medians, and where it is reached if it is an extreme.
fn measured<'f>(
    measure: Measure,
    pairs: &[&Pair<'f>],
    side: impl Fn(&Pair<'f>) -> &'f Bands,
) -> (f64, Option<(VariableIndex, SimTime)>) {
    let extreme = |better: fn(f64, f64) -> bool| {
        let mut found: Option<(f64, VariableIndex, SimTime)> = None;
        for pair in pairs {
            let bands = side(pair);
            for (time, value) in bands.times.iter().zip(&bands.p50) {
                if value.is_finite() && found.is_none_or(|(best, ..)| better(*value, best)) {
                    found = Some((*value, pair.variable, *time));
                }
            }
        }
        found.map_or((f64::NAN, None), |(value, variable, time)| {
            (value, Some((variable, time)))
        })
    };
    match measure {
        Measure::Lowest => extreme(|value, best| value < best),
        Measure::Highest => extreme(|value, best| value > best),
        Measure::Below(limit) => {
            let below = |pair: &&&Pair<'f>| side(pair).p50.iter().any(|value| *value < limit);
            (pairs.iter().filter(below).count() as f64, None)
        }
        Measure::Loses(by) => {
            let loses = |pair: &&&Pair<'f>| lowest(pair.base) - lowest(side(pair)) > by;
            (pairs.iter().filter(loses).count() as f64, None)
        }
        Measure::Total => {
            let total = pairs.iter().map(|pair| integral(side(pair))).sum();
            (total, None)
        }
        Measure::Growth => {
            let growth = |pair: &&Pair<'f>| {
                let values = &side(pair).p50;
                match (values.first(), values.last()) {
                    (Some(first), Some(last)) => last - first,
                    _ => 0.0,
                }
            };
            (pairs.iter().map(growth).sum(), None)
        }
    }
}

/// The smallest value of the median.
fn lowest(bands: &Bands) -> f64 {
    bands.p50.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The integral of the median over time \[SI · s], by trapezia, of what is above zero:
/// what should be zero is often a rounding error below it.
fn integral(bands: &Bands) -> f64 {
    let steps = bands.times.windows(2).zip(bands.p50.windows(2));
    steps
        .map(|(times, values)| {
            (times[1] - times[0]).as_seconds()
                * f64::midpoint(values[0].max(0.0), values[1].max(0.0))
        })
        .sum()
}

/// Where one quantity differs most; `None` when it nowhere does by more than `least` \[SI].
fn largest_difference(pairs: &[Pair<'_>], least: f64) -> Option<Difference> {
    let values = pairs
        .iter()
        .flat_map(|pair| pair.base.p50.iter().chain(&pair.what_if.p50))
        .filter(|value| value.is_finite());
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    let spread = high - low;
    if !(spread > 0.0 && spread.is_finite()) {
        return None;
    }
    let mut largest: Option<Difference> = None;
    let mut changed = 0;
    for pair in pairs {
        let mut own = 0.0;
        let rows = pair
            .base
            .times
            .iter()
            .zip(&pair.base.p50)
            .zip(&pair.what_if.p50);
        for ((time, base), what_if) in rows {
            let difference = (what_if - base).abs();
            if !difference.is_finite() || difference <= own {
                continue;
            }
            own = difference;
            if largest
                .as_ref()
                .is_none_or(|one| difference > one.share * spread)
            {
                largest = Some(Difference {
                    variable: pair.variable,
                    at: *time,
                    base: *base,
                    what_if: *what_if,
                    changed: 0,
                    share: difference / spread,
                });
            }
        }
        changed += usize::from(own > least.max(COUNTED * spread));
    }
    largest
        .filter(|_| changed > 0)
        .map(|one| Difference { changed, ..one })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(values: &[f64]) -> Bands {
        let column = values.to_vec();
        let seconds = 0_i64..;
        Bands {
            times: values
                .iter()
                .zip(seconds)
                .map(|(_, second)| SimTime::from_nanoseconds(second * 1_000_000_000))
                .collect(),
            p05: column.clone(),
            p25: column.clone(),
            p50: column.clone(),
            p75: column.clone(),
            p95: column,
        }
    }

    fn both(pairs: &[([f64; 3], [f64; 3])]) -> Vec<(Bands, Bands)> {
        pairs.iter().map(|(a, b)| (bands(a), bands(b))).collect()
    }

    fn paired(both: &[(Bands, Bands)]) -> Vec<Pair<'_>> {
        (0_u32..)
            .zip(both)
            .map(|(position, (base, what_if))| Pair {
                variable: VariableIndex(position),
                base,
                what_if,
            })
            .collect()
    }

    #[test]
    fn indicators_are_extremes_counts_integrals_and_growth() {
        let both = both(&[
            ([5.0, 6.0, 7.0], [5.0, 1.0, 3.0]),
            ([9.0, 8.0, 8.0], [9.0, 4.0, 12.0]),
        ]);
        let pairs = paired(&both);
        let pairs: Vec<&Pair<'_>> = pairs.iter().collect();
        let a = |measure| measured(measure, &pairs, |pair| pair.base).0;
        let b = |measure| measured(measure, &pairs, |pair| pair.what_if);
        let at = |second: i64| SimTime::from_nanoseconds(second * 1_000_000_000);
        assert_eq!(a(Measure::Lowest), 5.0);
        assert_eq!(b(Measure::Lowest), (1.0, Some((VariableIndex(0), at(1)))));
        assert_eq!(b(Measure::Highest), (12.0, Some((VariableIndex(1), at(2)))));
        assert_eq!(a(Measure::Below(5.0)), 0.0);
        assert_eq!(b(Measure::Below(5.0)).0, 2.0);
        assert_eq!(a(Measure::Loses(4.0)), 0.0);
        assert_eq!(b(Measure::Loses(3.5)).0, 2.0, "from 5 to 1 and from 8 to 4");
        assert_eq!(b(Measure::Loses(4.0)).0, 0.0);
        // Trapezia: 5.5 + 6.5 and 8.5 + 8.
        assert_eq!(a(Measure::Total), 28.5);
        assert_eq!(a(Measure::Growth), 2.0 - 1.0);
    }

    #[test]
    fn a_rounding_error_below_zero_is_no_total() {
        assert_eq!(integral(&bands(&[-1e-9, -1e-9, 2.0])), 1.0);
    }

    #[test]
    fn the_largest_difference_is_found_with_its_place_time_and_share() {
        let both = both(&[
            ([0.0, 0.0, 0.0], [0.0, 1e-6, 0.0]),
            ([0.0, 4.0, 8.0], [0.0, 1.0, 10.0]),
            ([2.0, 2.0, 2.0], [2.0, 1.0, 2.0]),
        ]);
        let found = largest_difference(&paired(&both), 0.0).expect("it differs");
        assert_eq!(found.variable, VariableIndex(1));
        assert_eq!(found.at, SimTime::from_nanoseconds(1_000_000_000));
        assert_eq!((found.base, found.what_if), (4.0, 1.0));
        assert_eq!(found.changed, 2, "a millionth is no change");
        assert_eq!(found.share, 0.3);
        assert_eq!(
            largest_difference(&paired(&both), 4.0),
            None,
            "too little to tell"
        );
    }

    #[test]
    fn what_is_the_same_has_no_difference() {
        let same = both(&[([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])]);
        assert_eq!(largest_difference(&paired(&same), 0.0), None);
        let still = both(&[([1.0; 3], [1.0; 3])]);
        assert_eq!(largest_difference(&paired(&still), 0.0), None);
        let lost = both(&[([f64::NAN; 3], [1.0; 3])]);
        assert_eq!(largest_difference(&paired(&lost), 0.0), None);
    }
}
