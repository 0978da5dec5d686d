//! The figures of a validation as text, in Markdown.

use std::fmt::Write;

use super::{FalseAlarm, FaultFigures, Validation};
use crate::quantity::SimDuration;

impl Validation {
    /// Tables in Markdown: what was found of the faults, and what was said
    /// without one.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = self.write_to(&mut text);
        text
    }

    fn write_to(&self, out: &mut String) -> std::fmt::Result {
        writeln!(
            out,
            "{}: {} channels, {} a plant, seed {}\n",
            self.twin, self.channels, self.length, self.seed
        )?;
        if !self.leading.is_empty() {
            write_figures(out, &self.leading)?;
        }
        if !self.others.is_empty() {
            writeln!(out)?;
            write_figures(out, &self.others)?;
        }
        writeln!(out)?;
        write_alarms(
            out,
            "of a plant without faults",
            &self.without_faults,
            self.without_weeks,
        )?;
        write_alarms(
            out,
            "between the faults of the first table",
            &self.between_faults,
            self.between_weeks,
        )
    }

    /// False alarms of a plant without faults, per channel and week.
    #[must_use]
    pub fn false_alarms_per_channel_week(&self) -> f64 {
        let count: usize = self.without_faults.iter().map(|alarm| alarm.count).sum();
        count as f64 / self.without_weeks.max(f64::MIN_POSITIVE)
    }
}

fn write_figures(out: &mut String, figures: &[FaultFigures]) -> std::fmt::Result {
    writeln!(
        out,
        "| fault | injected | found | named rightly | median delay | worst delay | contract's time \
         | within it | otherwise said first |"
    )?;
    writeln!(out, "|---|---|---|---|---|---|---|---|---|")?;
    for one in figures {
        let shown = |delay: Option<SimDuration>| delay.map_or("–".to_owned(), shortly);
        let (allowed, in_time) = match one.allowed {
            Some((least, most)) if least == most => (shortly(least), one.in_time.to_string()),
            Some((least, most)) => (
                format!("{} to {}", shortly(least), shortly(most)),
                one.in_time.to_string(),
            ),
            None => ("–".to_owned(), "–".to_owned()),
        };
        let otherwise: Vec<String> = one
            .otherwise
            .iter()
            .map(|(rule, count)| format!("{rule} {count}"))
            .collect();
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {allowed} | {in_time} | {} |",
            one.fault,
            one.injected,
            one.found,
            one.named,
            shown(one.median_delay()),
            shown(one.worst_delay()),
            otherwise.join(", ")
        )?;
    }
    for one in figures.iter().filter(|one| one.allowed.is_some()) {
        if !one.missed.is_empty() {
            let missed: Vec<String> = one
                .missed
                .iter()
                .map(|(channel, from)| format!("{channel} from {} s", from.as_seconds()))
                .collect();
            let missed = missed.join(", ");
            writeln!(
                out,
                "\nNot named, or not in time, of {}: {missed}.",
                one.fault
            )?;
        }
    }
    for one in figures.iter().filter(|one| one.hidden > 0) {
        writeln!(
            out,
            "\n{} more of {} were not counted: an input of the model was missing for so long that \
             its residuals said nothing of the sensor.",
            one.hidden, one.fault
        )?;
    }
    Ok(())
}

/// Seconds up to ten minutes, then minutes.
fn shortly(duration: SimDuration) -> String {
    let seconds = duration.as_seconds();
    if seconds < 600.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{:.1} min", seconds / 60.0)
    }
}

fn write_alarms(
    out: &mut String,
    when: &str,
    alarms: &[FalseAlarm],
    weeks: f64,
) -> std::fmt::Result {
    let count: usize = alarms.iter().map(|alarm| alarm.count).sum();
    write!(
        out,
        "False alarms {when}: {count} in {weeks:.1} channel-weeks, {:.2} each",
        count as f64 / weeks.max(f64::MIN_POSITIVE)
    )?;
    for (position, alarm) in alarms.iter().enumerate() {
        let before = if position == 0 { ": " } else { ", " };
        write!(
            out,
            "{before}{} {} {}",
            alarm.channel, alarm.rule, alarm.count
        )?;
    }
    writeln!(out)
}
