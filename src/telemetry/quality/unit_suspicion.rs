//! Whether readings look as if they were in another unit.
//!
//! Readings are compared with what they should be near: a simulation, or the
//! channel's own past. If the same numbers in another unit come much nearer to
//! it, that unit is proposed. It is never applied: a person decides.

use std::collections::VecDeque;

use crate::quantity::Unit;

/// Pairs below which nothing is said.
pub const FEWEST: usize = 30;

/// Pairs that are looked at together, and how many come before the next look.
const REMEMBERED: usize = 120;
const BETWEEN_LOOKS: usize = 30;

/// A unit is proposed when it brings the readings at least this many times nearer.
const LEAST_RATIO: f64 = 4.0;

/// Below this confidence nothing is proposed.
const LEAST_CONFIDENCE: f64 = 0.5;

/// Pressure of a metre of water, Pa: 1000 kg/m³ under standard gravity.
const METRE_OF_WATER: f64 = 9806.65;

/// Units that are mistaken for each other, by what they measure.
const CODES: &[&str] = &[
    "K",
    "Cel",
    "[degF]",
    "Pa",
    "hPa",
    "kPa",
    "MPa",
    "bar",
    "[psi]",
    "atm",
    "m[H2O]",
    "mm[Hg]",
    "m3/s",
    "m3/h",
    "m3/min",
    "L/s",
    "L/min",
    "L/h",
    "[gal_us]/min",
    "kg/s",
    "kg/h",
    "t/h",
    "W",
    "kW",
    "MW",
    "[HP]",
    "J",
    "kJ",
    "MJ",
    "kW.h",
    "MW.h",
    "m",
    "cm",
    "mm",
    "km",
    "[in_i]",
    "[ft_i]",
    "m/s",
    "km/h",
    "[mi_i]/h",
    "[kn_i]",
    "[ft_i]/s",
    "1",
    "%",
    "[ppth]",
    "s",
    "min",
    "h",
    "ms",
    "V",
    "mV",
    "kV",
    "A",
    "mA",
    "rad",
    "deg",
    "Hz",
    "/min",
    "m3",
    "L",
    "[gal_us]",
];

/// Another unit that readings would fit in.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitProposal {
    /// The unit.
    pub unit: Unit,
    /// From zero to one: how clear it is that the numbers are in this unit.
    pub confidence: f64,
    /// How many times nearer to the reference the readings come.
    pub ratio: f64,
    /// Pairs that were compared.
    pub pairs: usize,
}

/// A unit and what its numbers are in SI of the channel.
struct Candidate {
    unit: Unit,
    scale: f64,
    offset: f64,
}

fn candidates(unit: &Unit) -> Vec<Candidate> {
    let metre = Unit::known("m");
    let pascal = Unit::known("Pa");
    CODES
        .iter()
        .filter_map(|code| {
            let other = Unit::parse(code).ok()?;
            let (scale, offset) = if other.is_commensurable(unit) {
                (other.scale(), other.offset())
            } else if unit.is_commensurable(&metre) && other.is_commensurable(&pascal) {
                // A level or a head that was read as the pressure below it.
                (other.scale() / METRE_OF_WATER, 0.0)
            } else {
                return None;
            };
            let differs =
                (scale / unit.scale() - 1.0).abs() > 1e-3 || (offset - unit.offset()).abs() > 1e-9;
            differs.then_some(Candidate {
                unit: other,
                scale,
                offset,
            })
        })
        .collect()
}

/// The unit that readings of a channel are in if they are not in `unit`.
///
/// `observed` are the readings \[SI], as they come out when the numbers are taken
/// to be in `unit`; `reference` what each should be near \[SI]. The distance of a
/// unit is the median over the pairs, so that outliers do not matter. A unit
/// is proposed when it is four times nearer than `unit`, and four times nearer than zero
/// is. The confidence is
/// the product of three shares: of the pairs that are nearer (the lower end of
/// Wilson's 95 % interval), of the distance that goes away, and of how much the
/// next best unit is further off.
#[must_use]
pub fn propose_unit(unit: &Unit, observed: &[f64], reference: &[f64]) -> Option<UnitProposal> {
    let pairs: Vec<(f64, f64)> = observed
        .iter()
        .zip(reference)
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .map(|(a, b)| (unit.from_si(*a), *b))
        .collect();
    if pairs.len() < FEWEST {
        return None;
    }
    let distance = |scale: f64, offset: f64| {
        let mut distances: Vec<f64> = pairs
            .iter()
            .map(|(number, reference)| (number * scale + offset - reference).abs())
            .collect();
        distances.sort_unstable_by(f64::total_cmp);
        distances[distances.len() / 2]
    };
    let now = distance(unit.scale(), unit.offset());
    let mut ranked: Vec<(f64, Candidate)> = candidates(unit)
        .into_iter()
        .map(|one| (distance(one.scale, one.offset), one))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranked = ranked.into_iter();
    let (best, candidate) = ranked.next()?;
    if best * LEAST_RATIO > now {
        return None;
    }
    // Noise about zero, as of a pump that stands, comes nearer to zero in any smaller unit:
    // that says nothing of the unit.
    let mut sizes: Vec<f64> = pairs.iter().map(|(_, reference)| reference.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    if best * LEAST_RATIO > sizes[sizes.len() / 2] {
        return None;
    }
    // Units that are the same but for the name do not compete.
    let second = ranked
        .find(|(_, other)| (other.scale / candidate.scale - 1.0).abs() > 1e-3)
        .map_or(now, |(distance, _)| distance.min(now));
    let nearer = pairs.iter().filter(|(number, reference)| {
        (number * candidate.scale + candidate.offset - reference).abs()
            < (unit.to_si(*number) - reference).abs()
    });
    let share = wilson_low(nearer.count(), pairs.len());
    let clear = |other: f64| if other > 0.0 { 1.0 - best / other } else { 0.0 };
    let confidence = share * clear(now) * clear(second);
    (confidence >= LEAST_CONFIDENCE).then_some(UnitProposal {
        unit: candidate.unit,
        confidence,
        ratio: now / best.max(f64::MIN_POSITIVE),
        pairs: pairs.len(),
    })
}

/// Lower end of Wilson's 95 % interval of a share (J. Am. Stat. Assoc. 22, 1927).
fn wilson_low(count: usize, total: usize) -> f64 {
    let (n, z) = (total as f64, 1.959_964);
    let share = count as f64 / n;
    let centre = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre - half) / (1.0 + z * z / n)).max(0.0)
}

/// Watches the readings of one channel beside what they should be near.
#[derive(Clone, Debug)]
pub struct UnitWatch {
    unit: Unit,
    observed: VecDeque<f64>,
    reference: VecDeque<f64>,
    until_look: usize,
}

impl UnitWatch {
    /// Watches readings that are taken to be in `unit`.
    #[must_use]
    pub fn new(unit: Unit) -> Self {
        Self {
            unit,
            observed: VecDeque::new(),
            reference: VecDeque::new(),
            until_look: BETWEEN_LOOKS,
        }
    }

    /// Takes a reading and what it should be near in \[SI]. `None` while there is
    /// nothing new to say, otherwise what the last readings look like.
    pub fn take(&mut self, observed: f64, reference: f64) -> Option<Option<UnitProposal>> {
        if self.observed.len() == REMEMBERED {
            self.observed.pop_front();
            self.reference.pop_front();
        }
        self.observed.push_back(observed);
        self.reference.push_back(reference);
        self.until_look -= 1;
        if self.until_look > 0 {
            return None;
        }
        self.until_look = BETWEEN_LOOKS;
        Some(propose_unit(
            &self.unit,
            self.observed.make_contiguous(),
            self.reference.make_contiguous(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::standard_normal;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn noise_about_zero_says_nothing_of_the_unit() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let unit = Unit::parse("kW").expect("a unit");
        let noise: Vec<f64> = (0..120)
            .map(|_| 300.0 * standard_normal(&mut random))
            .collect();
        assert_eq!(propose_unit(&unit, &noise, &[0.0; 120]), None);
    }

    /// Numbers of a quantity about `centre` in `truth`, taken to be in `taken`,
    /// with the true values, both in SI.
    fn readings(
        truth: &'static str,
        taken: &'static str,
        centre: f64,
        spread: f64,
        noise: f64,
    ) -> (Vec<f64>, Vec<f64>) {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let (truth, taken) = (Unit::known(truth), Unit::known(taken));
        let metres = taken.is_commensurable(&Unit::known("m"));
        (0..200)
            .map(|_| {
                let value = centre + spread * standard_normal(&mut random);
                let number = value + noise * standard_normal(&mut random);
                let si = if metres && truth.is_commensurable(&Unit::known("Pa")) {
                    truth.to_si(value) / METRE_OF_WATER
                } else {
                    truth.to_si(value)
                };
                (taken.to_si(number), si)
            })
            .unzip()
    }

    fn proposed(
        truth: &'static str,
        taken: &'static str,
        centre: f64,
        spread: f64,
    ) -> Option<String> {
        let (observed, reference) = readings(truth, taken, centre, spread, spread / 2.0);
        propose_unit(&Unit::known(taken), &observed, &reference)
            .map(|one| one.unit.code().to_owned())
    }

    #[test]
    fn units_that_are_often_mixed_up_are_told_apart() {
        for (truth, taken, centre, spread) in [
            ("[degF]", "Cel", 90.0, 5.0),
            ("Cel", "[degF]", 40.0, 3.0),
            ("K", "Cel", 300.0, 5.0),
            ("kPa", "m", 250.0, 20.0),
            ("m[H2O]", "kPa", 25.0, 2.0),
            ("[psi]", "bar", 40.0, 3.0),
            ("m3/h", "L/s", 30.0, 2.0),
            ("L/s", "m3/h", 8.0, 1.0),
            ("%", "1", 45.0, 5.0),
        ] {
            let found = proposed(truth, taken, centre, spread);
            assert_eq!(found.as_deref(), Some(truth), "{truth} taken for {taken}");
        }
    }

    #[test]
    fn readings_in_their_own_unit_are_not_suspected() {
        for (unit, centre, spread) in [
            ("Cel", 25.0, 5.0),
            ("kPa", 300.0, 100.0),
            ("L/s", 3.0, 3.0),
            ("%", 50.0, 50.0),
        ] {
            assert_eq!(proposed(unit, unit, centre, spread), None, "{unit}");
        }
    }

    #[test]
    fn a_sensor_that_is_wrong_but_in_no_unit_is_not_explained_by_one() {
        let (observed, reference) = readings("Cel", "Cel", 25.0, 3.0, 0.2);
        let biased: Vec<f64> = observed.iter().map(|one| one + 5.0).collect();
        assert_eq!(propose_unit(&Unit::known("Cel"), &biased, &reference), None);
        let few = propose_unit(&Unit::known("Cel"), &observed[..10], &reference[..10]);
        assert_eq!(few, None);
    }
}
