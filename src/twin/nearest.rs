//! Which known name was probably meant.

/// Names listed in a hint before the rest is left out.
const MOST_LISTED: usize = 12;

/// The known names most like `word`, the nearest first; at most three, and none that is too far.
#[must_use]
pub fn nearest<'n>(word: &str, known: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let lower = word.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| {
            let other = name.to_lowercase();
            let likeness = strsim::normalized_damerau_levenshtein(&lower, &other);
            // `Body` for `thermal.Body`, `heat` for `heat_capacity`.
            let inside = lower.len() >= 3 && other.len() >= 3;
            let contained = inside && (other.contains(&lower) || lower.contains(&other));
            (
                if contained {
                    likeness.max(0.8)
                } else {
                    likeness
                },
                name,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.5)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// A hint for an unknown name: what was probably meant, else what there is.
///
/// `what` is the plural of what is named: `fields`, `kinds`.
pub(super) fn hint<'n>(
    word: &str,
    what: &str,
    known: impl IntoIterator<Item = &'n str, IntoIter: Clone>,
) -> String {
    let known = known.into_iter();
    let near = nearest(word, known.clone());
    if near.is_empty() {
        listed(what, known)
    } else {
        format!("did you mean {}?", quoted(&near, " or "))
    }
}

/// ``known kinds: `a`, `b` ``, cut after a dozen.
pub(super) fn listed<'n>(what: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let all: Vec<&str> = known.into_iter().collect();
    if all.is_empty() {
        return format!("there are no {what}");
    }
    let shown = quoted(&all[..all.len().min(MOST_LISTED)], ", ");
    match all.len().checked_sub(MOST_LISTED + 1) {
        None => format!("known {what}: {shown}"),
        Some(more) => format!("known {what}: {shown} and {} more", more + 1),
    }
}

/// The names in backquotes: `` `a`, `b` or `c` `` with `last` = ` or `.
pub(super) fn quoted(names: &[&str], last: &str) -> String {
    let mut text = String::new();
    for (position, name) in names.iter().enumerate() {
        if position > 0 {
            text.push_str(if position + 1 == names.len() {
                last
            } else {
                ", "
            });
        }
        text.push('`');
        text.push_str(name);
        text.push('`');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_the_name() {
        let known = ["heat_capacity", "initial_temperature", "area"];
        assert_eq!(nearest("heat_capcity", known), ["heat_capacity"]);
        assert_eq!(nearest("temperature", known), ["initial_temperature"]);
        assert_eq!(nearest("AREA", known), ["area"]);
        assert!(nearest("zzz", known).is_empty());
    }

    #[test]
    fn without_a_near_name_all_are_listed() {
        assert_eq!(hint("zzz", "ports", ["a", "b"]), "known ports: `a`, `b`");
        assert_eq!(hint("zzz", "ports", []), "there are no ports");
        assert_eq!(
            hint("bodi", "kinds", ["body", "bode"]),
            "did you mean `bode` or `body`?"
        );
    }
}
