//! The last page of the wizard: how far the twin is from its measurements.

use crate::live::onboarding::{ChannelLook, FirstLook, Welcome};
use crate::quantity::SimTime;
use crate::quantity::format::format_difference;
use crate::twin::ChannelRole;
use crate::workbench::view::counted;

/// Bars of the picture of residuals.
const BARS: usize = 120;
/// How far the picture reaches beyond the later root mean square.
const REACH: f64 = 4.0;
/// How much smaller later residuals have to be to be worth telling apart.
const SETTLED: f64 = 0.6;

/// One channel beside the twin.
#[derive(Clone, Debug, PartialEq)]
pub struct LookRow {
    /// Its id.
    pub id: String,
    /// What it measures or drives.
    pub role: &'static str,
    /// Root mean square of measured minus twin, with its unit; empty for an input.
    pub root_mean_square: String,
    /// The same of the second half of the time.
    pub later: String,
    /// Whether the second half is much better: the twin had to forget its beginning.
    pub is_settled: bool,
    /// Mean of measured minus twin, with its sign and unit.
    pub bias: String,
    /// Mean residuals of equal stretches of time, from −1 to 1.
    pub bars: Vec<f32>,
    /// What a bar of full height stands for, in words.
    pub scale: String,
    /// What was thought of the samples: count and word, without those that are none.
    pub verdicts: Vec<(u64, &'static str)>,
    /// How far the source's clock is off, where it can be told.
    pub clock: String,
}

/// The page.
#[derive(Clone, Debug, PartialEq)]
pub struct LookView {
    /// The channels.
    pub rows: Vec<LookRow>,
    /// What was done, and what to know, in words.
    pub notes: Vec<String>,
}

/// Makes the page.
#[must_use]
pub fn view(welcome: &Welcome) -> LookView {
    let mut notes = vec![format!(
        "{} read from {}; {}",
        counted(welcome.rows, "row", "rows"),
        welcome
            .telemetry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy(),
        match welcome.kept_aside {
            0 => "no sample was kept aside".to_owned(),
            1 => "1 sample was kept aside, with its reason".to_owned(),
            count => format!(
                "{} were kept aside, each with its reason",
                counted(count, "sample", "samples")
            ),
        }
    )];
    if let Some(epoch) = welcome.epoch {
        notes.push(format!("The twin's epoch is {epoch} now"));
    }
    let Some(look) = &welcome.look else {
        notes.push("The first look was skipped; the workbench shows the same".to_owned());
        return LookView {
            rows: Vec::new(),
            notes,
        };
    };
    if let Some(why) = &look.stopped {
        notes.push(format!("The twin stopped on its way: {why}"));
    }
    let rows: Vec<LookRow> = look
        .channels
        .iter()
        .map(|channel| row(channel, look))
        .collect();
    if rows.iter().any(|row| row.is_settled) {
        notes.push(
            "The twin begins with the initial state of its document, not with that of the plant: \
             the second half tells more"
                .to_owned(),
        );
    }
    LookView { rows, notes }
}

fn row(channel: &ChannelLook, look: &FirstLook) -> LookRow {
    let is_input = channel.role == ChannelRole::Input;
    let unit = &channel.unit;
    let whole = &channel.statistics;
    let means = means(&channel.residuals, look.begin, look.end);
    let largest = means.iter().fold(0.0_f64, |most, one| most.max(one.abs()));
    let has_some = whole.count() > 0;
    let is_settled = channel.later.count() > 0
        && channel.later.root_mean_square() < SETTLED * whole.root_mean_square();
    let told = |value: f64| format_difference(value, unit, 2);
    // What the twin began with would leave nothing to see of all the rest.
    let reach = if is_settled {
        largest.min(REACH * channel.later.root_mean_square())
    } else {
        largest
    };
    let part = |mean: &f64| (mean / reach.max(f64::MIN_POSITIVE)).clamp(-1.0, 1.0) as f32;
    let words = ["good", "not checked", "suspect", "failed", "missing"];
    LookRow {
        id: channel.id.clone(),
        role: if is_input {
            "drives the twin"
        } else {
            "compared with it"
        },
        root_mean_square: if has_some {
            told(whole.root_mean_square())
        } else {
            String::new()
        },
        is_settled,
        later: if channel.later.count() > 0 {
            told(channel.later.root_mean_square())
        } else {
            String::new()
        },
        bias: if has_some {
            let sign = if whole.bias() > 0.0 { "+" } else { "" };
            format!("{sign}{}", told(whole.bias()))
        } else {
            String::new()
        },
        bars: means.iter().map(part).collect(),
        scale: match has_some {
            false => String::new(),
            true if reach < largest => format!(
                "The picture ends at ±{}; the largest is {}",
                told(reach),
                told(largest)
            ),
            true => format!("At most {} either way", told(largest)),
        },
        verdicts: channel
            .by_flag
            .iter()
            .copied()
            .zip(words)
            .filter(|(count, _)| *count > 0)
            .collect(),
        clock: channel
            .clock_offset
            .filter(|offset| offset.as_seconds().abs() >= 0.5)
            .map(|offset| format!("the source's clock is off by {offset}"))
            .unwrap_or_default(),
    }
}

/// Mean residuals of equal stretches of time [SI, as a difference].
fn means(residuals: &[(SimTime, f64)], begin: SimTime, end: SimTime) -> Vec<f64> {
    let span = (end - begin).as_seconds();
    if residuals.is_empty() || span <= 0.0 {
        return Vec::new();
    }
    let mut sums = vec![(0.0_f64, 0_u32); BARS];
    for (time, value) in residuals {
        let place = (*time - begin).as_seconds() / span * BARS as f64;
        let (sum, count) = &mut sums[(place as usize).min(BARS - 1)];
        *sum += value;
        *count += 1;
    }
    sums.iter()
        .map(|(sum, count)| match count {
            0 => 0.0,
            count => sum / f64::from(*count),
        })
        .collect()
}
