//! The status bar: where what is on the screen comes from.

use super::Workbench;
use crate::live::ForecastInputs;
use crate::quantity::SimTime;

/// What the program measures of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Performance {
    /// Frames drawn per second, over the last moments; zero while nothing moves.
    pub frames_per_second: f64,
    /// Name of the rendering preset, where it is worth telling: `light preset (software renderer)`.
    pub preset: String,
}

/// One part of the status bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusPart {
    /// What it says.
    pub text: String,
    /// What it means.
    pub tooltip: String,
}

/// The status bar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusView {
    /// Provenance, from left to right.
    pub parts: Vec<StatusPart>,
    /// Number of warnings and errors in the log.
    pub warnings: usize,
}

/// The seed of the forecasts shown.
#[must_use]
pub fn seed(workbench: &Workbench) -> Option<u64> {
    let document = workbench.document.as_ref()?;
    Some(
        workbench
            .record
            .forecast()
            .map_or(document.twin().forecast.seed, |forecast| forecast.seed),
    )
}

/// Name of the parameter set, with a mark when the user has changed it.
#[must_use]
pub fn parameters(workbench: &Workbench) -> Option<String> {
    let document = workbench.document.as_ref()?;
    let name = &document.twin().provenance.parameters;
    let name = if name.is_empty() {
        "as in the document"
    } else {
        name
    };
    Some(if document.is_changed() {
        format!("{name}, edited")
    } else {
        name.to_owned()
    })
}

/// A simulation time as a clock time of day and date in the twin's epoch, in UTC.
#[must_use]
pub fn clock_text(workbench: &Workbench, time: SimTime) -> Option<String> {
    let epoch = workbench.document.as_ref()?.twin().epoch;
    Some(
        epoch
            .instant(time)
            .strftime("%Y-%m-%d %H:%M:%S UTC")
            .to_string(),
    )
}

/// Makes the status bar.
#[must_use]
pub fn view(workbench: &Workbench) -> StatusView {
    let mut parts = Vec::new();
    let mut add = |text: String, tooltip: &str| {
        parts.push(StatusPart {
            text,
            tooltip: tooltip.to_owned(),
        });
    };
    if let Some(document) = &workbench.document {
        let twin = document.twin();
        add(
            format!("{} {}", twin.id, twin.version),
            "The twin and the version of its document",
        );
        if let Some(parameters) = parameters(workbench) {
            add(
                format!("parameters {parameters}"),
                "Where the parameter values come from",
            );
        }
        if let Some(seed) = seed(workbench) {
            add(
                format!("seed {seed}"),
                "What the draws of the forecasts start from; the same seed gives the same forecast",
            );
        }
        match workbench.record.forecast().map(|forecast| forecast.inputs) {
            Some(ForecastInputs::Planned) => add(
                "commands as recorded".to_owned(),
                "The forecast takes the recorded commands after now as a plan that is known; Shift+N holds those of now instead",
            ),
            Some(ForecastInputs::Held) => add(
                "commands held".to_owned(),
                "The forecast holds the commands of now, whatever was recorded later; Shift+N takes them as a plan instead",
            ),
            None => {}
        }
        match workbench
            .record
            .data_until()
            .and_then(|time| clock_text(workbench, time))
        {
            Some(until) => {
                add(
                    format!("data to {until}"),
                    "The last measurement that has been taken in",
                );
            }
            None => add("no data yet".to_owned(), "No measurement has been taken in"),
        }
        let rejected = workbench.record.rejected();
        if rejected > 0 {
            add(
                format!("{rejected} rejected"),
                "Samples that were not believed; the plots show them hollow, with the reason",
            );
        }
    }
    if workbench.performance.frames_per_second > 0.0 {
        add(
            format!("{:.0} fps", workbench.performance.frames_per_second),
            "Frames drawn per second",
        );
    }
    if !workbench.performance.preset.is_empty() {
        add(
            workbench.performance.preset.clone(),
            "How the scene is drawn on this machine",
        );
    }
    StatusView {
        parts,
        warnings: workbench.log.warnings(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::command::EditCommand;
    use super::super::test_support::running_workbench;
    use super::*;

    #[test]
    fn the_status_bar_tells_where_everything_comes_from() {
        let mut workbench = running_workbench();
        let texts = |workbench: &Workbench| -> Vec<String> {
            view(workbench)
                .parts
                .into_iter()
                .map(|part| part.text)
                .collect()
        };
        assert_eq!(
            texts(&workbench)[..5],
            [
                "tclab 1.0.0",
                "parameters nominal values",
                "seed 42",
                "commands as recorded",
                "data to 2024-01-01 00:00:20 UTC"
            ]
        );
        let capacity = workbench.variable("heater_1.heat_capacity");
        workbench.apply(
            EditCommand::SetParameter {
                variable: capacity,
                value: 7.0,
            }
            .into(),
        );
        assert!(texts(&workbench)[1].ends_with("edited"));
    }

    #[test]
    fn an_empty_program_claims_nothing() {
        assert!(view(&Workbench::default()).parts.is_empty());
    }
}
