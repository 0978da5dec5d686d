//! How much alike two names are.

use std::collections::BTreeSet;

/// Other words for the same, by their small letters.
const SYNONYMS: [(&str, &str); 24] = [
    ("temp", "temperature"),
    ("tmp", "temperature"),
    ("temperatur", "temperature"),
    ("press", "pressure"),
    ("druck", "pressure"),
    ("pwr", "power"),
    ("leistung", "power"),
    ("cmd", "command"),
    ("sp", "setpoint"),
    ("durchfluss", "flow"),
    ("flowrate", "flow"),
    ("lvl", "level"),
    ("fuellstand", "level"),
    ("füllstand", "level"),
    ("pos", "position"),
    ("spd", "speed"),
    ("drehzahl", "speed"),
    ("heizung", "heater"),
    ("heating", "heater"),
    ("heat", "heater"),
    ("sens", "sensor"),
    ("fühler", "sensor"),
    ("raum", "room"),
    ("ambient", "room"),
];

/// The words of a name in small letters, and its numbers.
fn words(name: &str) -> (Vec<String>, BTreeSet<String>) {
    let mut parts: Vec<String> = Vec::new();
    let mut last = ' ';
    for character in name.chars() {
        let starts = (character.is_ascii_digit() != last.is_ascii_digit())
            || (character.is_uppercase() && last.is_lowercase());
        if character.is_alphanumeric() {
            match parts.last_mut() {
                Some(part) if !starts && last.is_alphanumeric() => {
                    part.extend(character.to_lowercase());
                }
                _ => parts.push(character.to_lowercase().collect()),
            }
        }
        last = character;
    }
    let (numbers, words): (Vec<String>, Vec<String>) = parts
        .into_iter()
        .partition(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    let words = words
        .into_iter()
        .map(|word| {
            let known = SYNONYMS.iter().find(|(other, _)| *other == word);
            known.map_or(word, |(_, meant)| (*meant).to_owned())
        })
        .collect();
    let numbers = numbers
        .into_iter()
        .map(|number| number.trim_start_matches('0').to_owned())
        .collect();
    (words, numbers)
}

/// How much `name` is like `known`, from 0 to 1. Numbers weigh most: `T1` and
/// `T2` are alike to the eye and are two things.
pub(super) fn similarity(name: &str, known: &str) -> f64 {
    if name.trim().eq_ignore_ascii_case(known.trim()) {
        return 1.0;
    }
    let (words_a, numbers_a) = words(name);
    let (words_b, numbers_b) = words(known);
    if words_a.is_empty() || words_b.is_empty() {
        return 0.0;
    }
    if (&words_a, &numbers_a) == (&words_b, &numbers_b) {
        return 0.95;
    }
    // Each word of one with the word of the other that is most like it.
    let covered = |from: &[String], to: &[String]| {
        let weight = |word: &String| (word.chars().count() as f64).min(6.0);
        let all: f64 = from.iter().map(weight).sum();
        let found: f64 = from
            .iter()
            .map(|word| {
                let best = to
                    .iter()
                    .map(|other| likeness(word, other))
                    .fold(0.0, f64::max);
                weight(word) * best
            })
            .sum();
        found / all
    };
    let (a, b) = (covered(&words_a, &words_b), covered(&words_b, &words_a));
    // Mostly what the shorter one says: a header leaves out what goes without saying.
    let alike = 0.7 * a.max(b) + 0.3 * a.min(b);
    let numbers = match (numbers_a.is_empty(), numbers_b.is_empty()) {
        (true, true) => 1.0,
        (false, false) if numbers_a == numbers_b => 1.0,
        (false, false) if numbers_a.intersection(&numbers_b).next().is_some() => 0.8,
        (false, false) => 0.25,
        _ => 0.7,
    };
    (0.92 * alike * numbers).min(0.92)
}

fn likeness(word: &str, other: &str) -> f64 {
    if word == other {
        return 1.0;
    }
    let shorter = word.chars().count().min(other.chars().count());
    // Two letters are alike by chance.
    if shorter < 3 {
        let starts = word.starts_with(other) || other.starts_with(word);
        return if starts { 0.4 } else { 0.0 };
    }
    let likeness = strsim::jaro_winkler(word, other);
    if likeness < 0.8 { 0.0 } else { likeness }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_number_beats_the_right_letters() {
        let right = similarity("temp_sensor_2", "sensor_2.reading");
        let wrong = similarity("temp_sensor_2", "sensor_1.reading");
        assert!(right > 2.0 * wrong, "{right} {wrong}");
        assert!(similarity("T1", "T2") < 0.3);
        assert_eq!(similarity("t1", "T1"), 1.0);
    }

    #[test]
    fn other_ways_to_write_a_name_are_the_same_name() {
        for (name, known) in [
            ("Sensor 1", "sensor_1"),
            ("sensor01", "Sensor 1"),
            ("roomTemp", "room.temperature"),
            ("Raum-Temperatur", "room temperature"),
        ] {
            assert!(similarity(name, known) > 0.9, "{name} {known}");
        }
        assert!(similarity("flow", "temperature") < 0.2);
        assert_eq!(similarity("", "T1"), 0.0);
    }
}
