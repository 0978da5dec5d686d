//! What can be done now, and why the rest cannot.

use super::Workbench;
use super::command::{
    AppCommand, Command, EditCommand, EventLogCommand, NetworkCommand, OnboardingCommand,
    PlotCommand, SelectCommand, TimeCommand, ViewCommand, WhatIfCommand,
};
use super::network::Part;
use super::time_control::{Region, Speed, TimeMode};
use crate::live::ForecastState;

/// Why a command cannot be done now, in words for a tooltip.
pub type WhyNot = String;

fn no(reason: &str) -> Result<(), WhyNot> {
    Err(reason.to_owned())
}

fn needs_document(workbench: &Workbench) -> Result<(), WhyNot> {
    if workbench.document.is_some() {
        Ok(())
    } else {
        no("Open a twin first")
    }
}

fn needs_selection(workbench: &Workbench) -> Result<(), WhyNot> {
    needs_document(workbench)?;
    match workbench.selection.selected().asset() {
        Some(_) => Ok(()),
        None => no("Select an asset first"),
    }
}

impl Command {
    /// Whether it can be done now.
    ///
    /// # Errors
    /// With the reason, when it cannot.
    pub fn enabled(&self, workbench: &Workbench) -> Result<(), WhyNot> {
        match self {
            Self::AppCommand(command) => app(command, workbench),
            Self::EditCommand(command) => edit(command, workbench),
            Self::TimeCommand(command) => time(command, workbench),
            Self::SelectCommand(command) => select(command, workbench),
            Self::WhatIfCommand(command) => what_if(command, workbench),
            Self::LayoutCommand(_) => Ok(()),
            Self::TelemetryCommand(_) => {
                needs_document(workbench)?;
                match workbench.record.telemetry() {
                    Some(state) if !state.sources.is_empty() => Ok(()),
                    _ => no("There are no live sources: a file is replayed"),
                }
            }
            Self::EventLogCommand(command) => event_log(command, workbench),
            Self::OnboardingCommand(command) => onboarding(command, workbench),
            Self::ViewCommand(command) => match command {
                ViewCommand::FrameSelection => needs_selection(workbench),
                _ => needs_document(workbench),
            },
            Self::NetworkCommand(command) => network(command, workbench),
            Self::PlotCommand(command) => match command {
                PlotCommand::ToggleSelected => {
                    needs_selection(workbench)?;
                    match workbench.variable_to_plot() {
                        Some(_) => Ok(()),
                        None => no("The selected asset has nothing that changes over time"),
                    }
                }
                _ => needs_document(workbench),
            },
        }
    }
}

fn network(command: &NetworkCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    needs_document(workbench)?;
    let state = &workbench.network;
    if state.network.is_none() {
        return no("This twin has no network of pipes");
    }
    match command {
        NetworkCommand::TraceUpstream
        | NetworkCommand::TraceDownstream
        | NetworkCommand::SectionFrom
        | NetworkCommand::SectionTo
            if workbench.selected_part() == Part::None =>
        {
            no("Select a pipe or a node first")
        }
        NetworkCommand::EndTrace if state.trace.is_none() => no("Nothing is traced"),
        NetworkCommand::EndZones if state.zones.is_none() => no("No zones are shown"),
        NetworkCommand::SwapSection
            if state.section_from.is_none() && state.section_to.is_none() =>
        {
            no("Choose where the long section begins and ends first")
        }
        NetworkCommand::AutomaticHeights if state.heights.is_none() => {
            no("Heights are automatic already")
        }
        _ => Ok(()),
    }
}

fn onboarding(command: &OnboardingCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    let wizard = workbench.onboarding.wizard.as_ref();
    match (command, wizard) {
        (OnboardingCommand::Begin, Some(_)) => no("It is open already"),
        (OnboardingCommand::Begin | OnboardingCommand::FileAt(_), _) => Ok(()),
        (_, None) => no("The wizard is not open"),
        (OnboardingCommand::Back, Some(wizard)) => wizard.can_go_back(),
        (OnboardingCommand::Close, Some(wizard)) => wizard.can_close(),
        // What keeps the first page from going on is told at its field.
        (_, Some(_)) => Ok(()),
    }
}

fn app(command: &AppCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    match command {
        AppCommand::Save => {
            needs_document(workbench)?;
            if workbench
                .document
                .as_ref()
                .is_some_and(super::Document::is_changed)
            {
                Ok(())
            } else {
                no("Nothing was changed since it was saved")
            }
        }
        AppCommand::StartPage if workbench.document.is_none() && workbench.busy.is_none() => {
            no("It is shown already")
        }
        AppCommand::CloseTwin => needs_document(workbench),
        AppCommand::SaveAs
        | AppCommand::OpenTelemetry
        | AppCommand::OpenStore
        | AppCommand::OpenTelemetryAt(_) => needs_document(workbench),
        AppCommand::GoLive | AppCommand::PlayPlant => {
            needs_document(workbench)?;
            let Some(document) = &workbench.document else {
                return Ok(());
            };
            if document.path().is_none() {
                no("Save the twin first: its samples are kept beside it")
            } else if *command == AppCommand::GoLive && document.twin().sources.is_empty() {
                no("The document names no live sources")
            } else {
                Ok(())
            }
        }
        AppCommand::Back => {
            if workbench.can_go_back() {
                Ok(())
            } else {
                no("There is nothing to go back to")
            }
        }
        _ => Ok(()),
    }
}

fn edit(command: &EditCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    match command {
        EditCommand::Undo if !workbench.undo.can_undo() => no("Nothing was edited"),
        EditCommand::Redo if !workbench.undo.can_redo() => no("Nothing was taken back"),
        EditCommand::Undo | EditCommand::Redo => Ok(()),
        _ => needs_document(workbench),
    }
}

fn time(command: &TimeCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    needs_document(workbench)?;
    let time = &workbench.time;
    match command {
        TimeCommand::PlayPause | TimeCommand::StepForward => match workbench.record.halted() {
            Some(reason) => Err(format!("The simulation stopped: {reason}")),
            None if *command == TimeCommand::StepForward && time.mode() == TimeMode::AtEnd => {
                no("The telemetry ends here")
            }
            None => Ok(()),
        },
        TimeCommand::StepBack | TimeCommand::ToStart if time.cursor() <= time.begin() => {
            no("This is the first instant")
        }
        TimeCommand::FollowNow if time.is_at_now() => no("Now is shown already"),
        TimeCommand::Faster | TimeCommand::Slower | TimeCommand::SetSpeed(_)
            if time.follows_sources() =>
        {
            no("Live sources set the pace")
        }
        TimeCommand::Faster if time.speed() == Speed::Maximum => no("It runs as fast as it can"),
        TimeCommand::Slower if time.speed().slower() == time.speed() => {
            no("This is the slowest speed")
        }
        TimeCommand::RealTime if time.speed() == Speed::REAL_TIME => {
            no("It runs in real time already")
        }
        TimeCommand::RunFromCursor => match time.region(time.cursor()) {
            Region::Observed => Ok(()),
            Region::Now => no("Now is at the cursor already; move the cursor into the past"),
            Region::Forecast => no("The cursor is in the forecast; move it into the past"),
        },
        _ => Ok(()),
    }
}

fn select(command: &SelectCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    needs_document(workbench)?;
    match command {
        SelectCommand::Clear => needs_selection(workbench),
        SelectCommand::Parent => {
            needs_selection(workbench)?;
            match workbench.parent_of_selection() {
                Some(_) => Ok(()),
                None => no("The selected asset is not a part of another"),
            }
        }
        _ => Ok(()),
    }
}

fn what_if(command: &WhatIfCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    needs_document(workbench)?;
    match command {
        WhatIfCommand::Toggle
        | WhatIfCommand::Show(true)
        | WhatIfCommand::Discard
        | WhatIfCommand::SaveScenario
            if workbench.what_if.change_set.is_empty() =>
        {
            no("Change something in the what-if panel first")
        }
        WhatIfCommand::SaveScenario
            if workbench.what_if.change_set.changes.is_empty()
                && workbench.what_if.change_set.contingencies.is_empty() =>
        {
            no("The what-if is a scenario of the document already")
        }
        WhatIfCommand::CancelForecast
            if !matches!(
                workbench.record.forecast_state(),
                ForecastState::Computing(_)
            ) =>
        {
            no("No forecast is being computed")
        }
        WhatIfCommand::Compare | WhatIfCommand::Try { .. } | WhatIfCommand::Replications(_)
            if workbench.flow.trial.running.is_some() =>
        {
            no("A comparison is under way")
        }
        WhatIfCommand::Compare if workbench.trial_request().is_none() => {
            no("This twin has no flow whose throughput could be compared")
        }
        WhatIfCommand::CancelCompare if workbench.flow.trial.running.is_none() => {
            no("Nothing is being compared")
        }
        _ => Ok(()),
    }
}

fn event_log(command: &EventLogCommand, workbench: &Workbench) -> Result<(), WhyNot> {
    needs_document(workbench)?;
    if workbench.flow.plan.is_none() {
        return no("An event log tells of items and machines, and this twin has none");
    }
    let log = &workbench.flow.log;
    let names_none = || {
        let document = workbench.document.as_ref();
        document.is_none_or(|one| one.twin().event_log.is_none())
    };
    match command {
        EventLogCommand::Open
        | EventLogCommand::OpenOwn
        | EventLogCommand::OpenAt(_)
        | EventLogCommand::Dropped(_)
            if log.running.is_some() =>
        {
            no("A log is being read; wait until that is done, or cancel it in the panel Event log")
        }
        EventLogCommand::CancelReading if log.running.is_none() => no("No log is being read"),
        EventLogCommand::OpenOwn if names_none() => no(
            "The document names no event log; open one, or write `event_log: (file: \"log.csv\")` into it",
        ),
        EventLogCommand::GoOn | EventLogCommand::ShowAll | EventLogCommand::Range { .. }
            if log.reading.is_none() =>
        {
            no("Open an event log first")
        }
        EventLogCommand::GoOn if log.ahead.running.is_some() => {
            no("The twin is being simulated from the log already")
        }
        EventLogCommand::CancelGoOn if log.ahead.running.is_none() => {
            no("Nothing is being simulated from the log")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::running_workbench;
    use super::*;

    #[test]
    fn without_a_document_a_reason_says_what_to_do() {
        let workbench = Workbench::default();
        for command in Command::catalogue() {
            if let Err(reason) = command.enabled(&workbench) {
                assert!(
                    !reason.is_empty() && !reason.ends_with('.'),
                    "{command:?}: {reason}"
                );
            }
        }
        assert!(
            Command::from(TimeCommand::PlayPause)
                .enabled(&workbench)
                .is_err()
        );
        assert!(
            Command::from(AppCommand::OpenTwin)
                .enabled(&workbench)
                .is_ok()
        );
    }

    #[test]
    fn a_command_becomes_possible_when_its_reason_goes_away() {
        let mut workbench = running_workbench();
        let frame = Command::from(ViewCommand::FrameSelection);
        assert!(frame.enabled(&workbench).is_err());
        workbench.apply(SelectCommand::Asset(0).into());
        assert_eq!(frame.enabled(&workbench), Ok(()));
    }

    #[test]
    fn a_command_that_is_not_possible_changes_nothing() {
        let mut workbench = running_workbench();
        let before = workbench.time.clone();
        for command in Command::catalogue() {
            if command.enabled(&workbench).is_err() {
                assert!(workbench.apply(command.clone()).is_empty(), "{command:?}");
            }
        }
        assert_eq!(workbench.time, before);
        assert!(workbench.what_if.change_set.is_empty());
    }
}
