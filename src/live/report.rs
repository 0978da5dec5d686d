//! A run's outcome in words.

use std::fmt::Write;

use super::run::RunOutcome;
use crate::inference::ResidualStatistics;
use crate::quantity::Unit;
use crate::quantity::format::{
    format_number, format_number_at, format_quantity, format_with_uncertainty,
};
use crate::twin::Metric;

/// Significant digits of residual figures.
const DIGITS: usize = 3;

impl RunOutcome {
    /// The outcome as text for a terminal: what ran, what was fitted, the
    /// residual table, the acceptance criteria and the files.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = self.write_to(&mut text);
        text
    }

    /// Whether every acceptance criterion is met.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.acceptance.iter().all(super::AcceptanceOutcome::is_met)
    }

    fn write_to(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{}", self.twin)?;
        if !self.parameters.is_empty() {
            writeln!(out, "parameters: {}", self.parameters)?;
        }
        writeln!(
            out,
            "{} to {}: {} steps in {:.3} s",
            self.begin,
            self.end,
            format_number_at(self.steps as f64, 1.0),
            self.duration.as_secs_f64()
        )?;
        if let Some((finished, failed)) = self.members {
            write!(out, "ensemble: {finished} members")?;
            if failed > 0 {
                write!(out, ", {failed} failed and left out")?;
            }
            writeln!(out)?;
        }
        for warning in &self.warnings {
            writeln!(out, "warning: {warning}")?;
        }
        self.write_fit(out)?;
        self.write_residuals(out)?;
        self.write_acceptance(out)?;
        if let Some(beside) = &self.beside {
            write!(out, "\nbeside the event log\n{}", beside.to_text())?;
        }
        if !self.files.is_empty() {
            writeln!(out)?;
            for file in &self.files {
                writeln!(out, "wrote {}", file.display())?;
            }
        }
        Ok(())
    }

    fn write_fit(&self, out: &mut String) -> std::fmt::Result {
        let Some(fit) = &self.fit else { return Ok(()) };
        let set = &fit.parameters;
        writeln!(out, "\nfitted: {}", set.method)?;
        let width = set
            .values
            .keys()
            .chain(set.initial_states.keys())
            .map(|path| path.chars().count())
            .max()
            .unwrap_or(0);
        for (path, fitted) in set.values.iter().chain(&set.initial_states) {
            let unit = fitted.value.unit();
            let deviation = fitted
                .standard_deviation
                .as_ref()
                .map(crate::quantity::Quantity::difference_si);
            match deviation {
                Some(deviation) => writeln!(
                    out,
                    "  {path:width$}  {}",
                    format_with_uncertainty(fitted.value.si(), deviation, unit)
                )?,
                None => writeln!(
                    out,
                    "  {path:width$}  {} (not determined by the data alone)",
                    format_quantity(fitted.value.si(), unit, 4)
                )?,
            }
        }
        Ok(())
    }

    fn write_residuals(&self, out: &mut String) -> std::fmt::Result {
        if self.channels.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\nresidual (observed − simulated)\n{:<12} {:>9} {:>10} {:>10} {:>10} {:>9}",
            "channel", "samples", "rms", "bias", "max", "rejected"
        )?;
        let line = |out: &mut String,
                    name: &str,
                    statistics: &ResidualStatistics,
                    unit: &Unit,
                    rejected: String| {
            let figure = |value: f64| format_number(unit.difference_from_si(value), DIGITS);
            writeln!(
                out,
                "{name:<12} {:>9} {:>10} {:>10} {:>10} {rejected:>9}  {}",
                statistics.count(),
                figure(statistics.root_mean_square()),
                figure(statistics.bias()),
                figure(statistics.maximum_absolute()),
                unit.difference_symbol()
            )
        };
        for channel in &self.channels {
            line(
                out,
                &channel.id,
                &channel.statistics,
                &channel.unit,
                channel.rejected.to_string(),
            )?;
        }
        if let (Some(pooled), true) = (&self.pooled, self.channels.len() > 1) {
            line(out, "pooled", pooled, &self.channels[0].unit, String::new())?;
        }
        Ok(())
    }

    fn write_acceptance(&self, out: &mut String) -> std::fmt::Result {
        if self.acceptance.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nacceptance")?;
        for criterion in &self.acceptance {
            let unit = &criterion.unit;
            let figure = |value: f64| format_number(unit.difference_from_si(value), DIGITS);
            let metric = match criterion.metric {
                Metric::RootMeanSquareError => "rms",
                Metric::Bias => "bias",
                Metric::MaximumAbsoluteError => "max",
            };
            let value = match criterion.value {
                Some(value) => figure(value),
                None => "no samples".to_owned(),
            };
            writeln!(
                out,
                "  {}  {} {metric} {value}, at most {} {}",
                if criterion.is_met() { "pass" } else { "FAIL" },
                criterion.channel,
                figure(criterion.at_most),
                unit.difference_symbol()
            )?;
        }
        Ok(())
    }
}
