//! The one place where commands change the workbench.

use super::command::{
    AppCommand, Command, EditCommand, EventLogCommand, LayoutCommand, PlotCommand, SelectCommand,
    TelemetryCommand, TimeCommand, ViewCommand, WhatIfCommand,
};
use super::dock::Pane;
use super::palette::{self, Palette};
use super::plot::{self, Window};
use super::selection::Selected;
use super::time_control::Speed;
use super::undo::{Edit, Touched};
use super::what_if::Shown;
use super::{Effect, Pending, Workbench, contingency, export, live_request, tree};
use crate::live::{ChangeSet, ForecastInputs, LiveCommand, Severity};
use crate::quantity::Quantity;
use crate::twin::{Causality, ChannelRole, VariableIndex};

/// Factor of one zoom step.
const ZOOM: f64 = 1.5;

impl Workbench {
    /// Carries out a command. What cannot be done now is refused quietly: the
    /// button that would send it is dimmed and says why. An event log that is named
    /// or dropped has no button, so that it is said aloud. What has to happen outside
    /// is returned.
    pub fn apply(&mut self, command: Command) -> Vec<Effect> {
        if let Err(why) = command.enabled(self) {
            let said = match command {
                Command::EventLogCommand(EventLogCommand::OpenOwn) => Some(why),
                Command::EventLogCommand(
                    EventLogCommand::OpenAt(path) | EventLogCommand::Dropped(path),
                ) => Some(format!("{} was not opened: {why}", path.display())),
                _ => None,
            };
            if let Some(text) = said {
                self.log.say(Severity::Error, "Event log", &text, true);
            }
            return Vec::new();
        }
        match command {
            Command::AppCommand(command) => self.apply_app(command),
            Command::EditCommand(command) => self.apply_edit(command),
            Command::TimeCommand(command) => self.apply_time(command),
            Command::SelectCommand(command) => {
                self.apply_select(command);
                Vec::new()
            }
            Command::WhatIfCommand(command) => self.apply_what_if(command),
            Command::LayoutCommand(command) => self.apply_layout(command),
            Command::TelemetryCommand(command) => self.apply_telemetry(command),
            Command::EventLogCommand(command) => self.apply_event_log(command),
            Command::OnboardingCommand(command) => self.apply_onboarding(command),
            Command::ViewCommand(command) => self.apply_view(command),
            Command::NetworkCommand(command) => self.apply_network(command),
            Command::PlotCommand(command) => self.apply_plot(command),
        }
    }

    /// Does `pending` at once, or asks first when edits would be lost.
    fn ask_or(&mut self, pending: Pending) -> Vec<Effect> {
        let changed = self
            .document
            .as_ref()
            .is_some_and(super::Document::is_changed);
        self.pending = Some(pending);
        if changed {
            Vec::new()
        } else {
            self.go_on_with_pending().into_iter().collect()
        }
    }

    fn save_to_known_path(&self) -> Effect {
        match self.document.as_ref().and_then(super::Document::path) {
            Some(path) => Effect::Save(path.to_owned()),
            None => Effect::ChooseSavePath,
        }
    }

    fn apply_app(&mut self, command: AppCommand) -> Vec<Effect> {
        match command {
            AppCommand::StartPage => {
                self.start.asked = !self.start.asked;
                Vec::new()
            }
            AppCommand::ImportEpanet => self.ask_or(Pending::ChooseEpanet),
            AppCommand::CloseTwin => self.ask_or(Pending::Close),
            AppCommand::OpenTwin => self.ask_or(Pending::ChooseTwin),
            AppCommand::OpenPath(path) => self.ask_or(Pending::Open(path)),
            AppCommand::GoLive => vec![Effect::GoLive { with_plant: false }],
            AppCommand::PlayPlant => vec![Effect::GoLive { with_plant: true }],
            AppCommand::Quit => self.ask_or(Pending::Quit),
            AppCommand::OpenTelemetry => vec![Effect::ChooseTelemetry],
            AppCommand::OpenStore => vec![Effect::ChooseStore],
            AppCommand::OpenTelemetryAt(path) => vec![Effect::OpenTelemetry(path)],
            AppCommand::Save => vec![self.save_to_known_path()],
            AppCommand::SaveAs => vec![Effect::ChooseSavePath],
            AppCommand::SaveTo(path) => vec![Effect::Save(path)],
            AppCommand::SaveFirst => vec![self.save_to_known_path()],
            AppCommand::DiscardEdits => self.go_on_with_pending().into_iter().collect(),
            AppCommand::KeepEditing => {
                self.pending = None;
                Vec::new()
            }
            AppCommand::SavePicture => vec![Effect::SavePicture {
                name: export::file_name(self, "workbench", "png"),
                part: None,
            }],
            AppCommand::ForgetRecent(path) => {
                self.settings.recent.forget(&path);
                vec![Effect::StoreSettings]
            }
            AppCommand::ToggleTheme => {
                self.settings.theme = self.settings.theme.other();
                vec![Effect::StoreSettings]
            }
            AppCommand::SetTheme(theme) => {
                self.settings.theme = theme;
                vec![Effect::StoreSettings]
            }
            AppCommand::SetUnit(choice) => {
                match choice.unit {
                    Some(unit) => self.settings.units.insert(choice.dimension, unit),
                    None => self.settings.units.remove(&choice.dimension),
                };
                vec![Effect::StoreSettings]
            }
            AppCommand::DismissToast(number) => {
                self.log.dismiss(number);
                Vec::new()
            }
            AppCommand::ToggleShortcutSheet => {
                self.shortcut_sheet = !self.shortcut_sheet;
                self.palette = None;
                Vec::new()
            }
            AppCommand::TogglePalette => {
                self.palette = match self.palette {
                    Some(_) => None,
                    None => Some(Palette::default()),
                };
                self.shortcut_sheet = false;
                Vec::new()
            }
            AppCommand::PaletteQuery(query) => {
                if let Some(palette) = &mut self.palette {
                    palette.query = query;
                    palette.selected = 0;
                }
                Vec::new()
            }
            AppCommand::PaletteMove(by) => {
                let count = palette::entries(self).len();
                if let Some(palette) = &mut self.palette
                    && count > 0
                {
                    let position = palette.selected.min(count - 1) as isize + by;
                    palette.selected = position.rem_euclid(count as isize) as usize;
                }
                Vec::new()
            }
            AppCommand::PaletteRun(position) => {
                let entry = palette::entries(self).into_iter().nth(position);
                match entry {
                    Some(entry) if entry.refusal.is_none() => {
                        self.palette = None;
                        self.apply(entry.command)
                    }
                    _ => Vec::new(),
                }
            }
            AppCommand::Copy(text) => vec![Effect::Copy(text)],
            AppCommand::Tell(text) => {
                self.log.say(Severity::Warning, "Entry", &text, true);
                Vec::new()
            }
            AppCommand::Back => {
                self.go_back();
                Vec::new()
            }
        }
    }

    /// One step back: what lies on top goes first.
    fn go_back(&mut self) {
        if self.palette.take().is_some() || self.pending.take().is_some() {
            return;
        }
        if std::mem::take(&mut self.shortcut_sheet) || self.go_back_onboarding() {
            return;
        }
        if self.document.is_some() && std::mem::take(&mut self.start.asked) {
            return;
        }
        if self.log.dismiss_newest() {
            return;
        }
        if !self.tree.filter.is_empty() {
            self.tree.filter.clear();
            return;
        }
        if self.network.trace.take().is_some() || self.network.zones.take().is_some() {
            return;
        }
        self.selection.back();
    }

    fn apply_edit(&mut self, command: EditCommand) -> Vec<Effect> {
        match command {
            EditCommand::Undo => {
                let edit = self.undo.undo();
                edit.map(|edit| self.carry_out(edit)).unwrap_or_default()
            }
            EditCommand::Redo => {
                let edit = self.undo.redo();
                edit.map(|edit| self.carry_out(edit)).unwrap_or_default()
            }
            EditCommand::EndScrub => {
                self.undo.end_scrub();
                Vec::new()
            }
            EditCommand::SetParameter { variable, value } => {
                self.set_parameter(variable, Some(value))
            }
            EditCommand::ResetParameter(variable) => self.set_parameter(variable, None),
            EditCommand::Rename { asset, name } => {
                let Some(before) = self
                    .document
                    .as_ref()
                    .and_then(|document| document.asset(asset))
                    .map(|one| one.name.clone())
                else {
                    return Vec::new();
                };
                self.undo.end_scrub();
                self.edit(Edit::Name {
                    asset,
                    before,
                    after: name.trim().to_owned(),
                })
            }
        }
    }

    fn set_parameter(&mut self, variable: VariableIndex, value: Option<f64>) -> Vec<Effect> {
        let Some(document) = &self.document else {
            return Vec::new();
        };
        let Some(description) = document.variable(variable) else {
            return Vec::new();
        };
        let before = document.stated(variable).cloned();
        let after = match value {
            Some(value) => {
                let shown = self.settings.unit(&description.unit);
                if let Some(refusal) = document.refusal(variable, value, &shown) {
                    self.log.say(Severity::Warning, "Edit", &refusal, true);
                    return Vec::new();
                }
                // The document keeps the unit in which its author wrote it.
                let unit = before
                    .as_ref()
                    .map_or(&description.unit, Quantity::unit)
                    .clone();
                let number = rounded(unit.from_si(value));
                match Quantity::new(number, unit) {
                    Ok(quantity) => Some(quantity),
                    Err(error) => {
                        self.log
                            .say(Severity::Warning, "Edit", &error.to_string(), true);
                        return Vec::new();
                    }
                }
            }
            None => None,
        };
        self.edit(Edit::Parameter {
            variable,
            before,
            after,
        })
    }

    /// Makes an edit and remembers it.
    fn edit(&mut self, edit: Edit) -> Vec<Effect> {
        self.undo.push(edit.clone());
        self.carry_out(edit)
    }

    fn carry_out(&mut self, edit: Edit) -> Vec<Effect> {
        if edit.is_nothing() {
            return Vec::new();
        }
        match edit {
            Edit::Parameter {
                variable, after, ..
            } => {
                let Some(document) = &mut self.document else {
                    return Vec::new();
                };
                document.set_stated(variable, after);
                // The running twin falls back to the document that it was
                // compiled from, so a value taken out is told as a number too.
                let value = document.parameter(variable);
                vec![Effect::Live(LiveCommand::SetParameter { variable, value })]
            }
            Edit::Name { asset, after, .. } => {
                if let Some(document) = &mut self.document {
                    document.rename(asset, &after);
                }
                Vec::new()
            }
            Edit::ChangeSet { after, .. } => {
                self.what_if.change_set = after.clone();
                if after.is_empty() {
                    self.what_if.shown = Shown::Base;
                }
                vec![Effect::Live(LiveCommand::SetChangeSet(after))]
            }
            Edit::Scenarios { after, .. } => {
                if let Some(document) = &mut self.document {
                    document.set_scenarios(after.clone());
                }
                vec![Effect::Live(LiveCommand::SetScenarios(after))]
            }
        }
    }

    fn apply_time(&mut self, command: TimeCommand) -> Vec<Effect> {
        let time = &mut self.time;
        let request = match command {
            TimeCommand::PlayPause => time.play_pause(),
            TimeCommand::StepForward => time.step_forward(),
            TimeCommand::StepBack => {
                time.step_back();
                None
            }
            TimeCommand::ToStart => {
                time.move_cursor(time.begin());
                None
            }
            TimeCommand::FollowNow => {
                time.follow_now();
                if let Window::Fixed { .. } = self.plots.window {
                    self.plots.follow();
                }
                None
            }
            TimeCommand::Faster => {
                time.set_speed(time.speed().faster());
                None
            }
            TimeCommand::Slower => {
                time.set_speed(time.speed().slower());
                None
            }
            TimeCommand::RealTime => {
                time.set_speed(Speed::REAL_TIME);
                None
            }
            TimeCommand::SetSpeed(speed) => {
                time.set_speed(speed);
                None
            }
            TimeCommand::Restart => Some(time.seek(time.begin())),
            TimeCommand::RunFromCursor => Some(time.seek(time.cursor())),
            TimeCommand::Seek(instant) => Some(time.seek(instant)),
            TimeCommand::MoveCursor(instant) => {
                time.move_cursor(instant);
                None
            }
            TimeCommand::BeginScrub => {
                time.begin_scrub();
                None
            }
            TimeCommand::EndScrub => {
                time.end_scrub();
                None
            }
        };
        request.map(live_request).into_iter().collect()
    }

    fn apply_select(&mut self, command: SelectCommand) {
        match command {
            SelectCommand::Asset(asset) => self.select_asset(asset),
            SelectCommand::Variable(variable) => {
                let asset = self
                    .document
                    .as_ref()
                    .and_then(|document| document.variable(variable))
                    .map(|one| one.asset);
                if let Some(asset) = asset {
                    self.selection
                        .select(Selected::Variable { asset, variable });
                }
            }
            SelectCommand::Clear => self.selection.select(Selected::Nothing),
            SelectCommand::Parent => {
                if let Some(parent) = self.parent_of_selection() {
                    self.select_asset(parent);
                }
            }
            SelectCommand::Next => self.select_neighbour(1),
            SelectCommand::Previous => self.select_neighbour(-1),
            SelectCommand::Hover(asset) => self.selection.hover(asset),
            SelectCommand::Filter(filter) => self.tree.filter = filter,
            SelectCommand::FocusFilter => {
                self.layout.reveal(Pane::Assets);
                self.tree.wants_focus = true;
            }
            SelectCommand::FilterFocused => self.tree.wants_focus = false,
            SelectCommand::ToggleBranch(asset) => {
                if !self.tree.closed.remove(&asset) {
                    self.tree.closed.insert(asset);
                }
            }
        }
    }

    fn select_asset(&mut self, asset: usize) {
        let Some(document) = &self.document else {
            return;
        };
        if document.asset(asset).is_none() {
            return;
        }
        // Its branch opens, so that the tree shows what was picked in the scene.
        let mut above = document.parent(asset);
        while let Some(parent) = above {
            self.tree.closed.remove(&parent);
            above = document.parent(parent);
        }
        self.selection.select(Selected::Asset(asset));
    }

    fn select_neighbour(&mut self, by: isize) {
        let lines = tree::lines(self);
        if lines.is_empty() {
            return;
        }
        let selected = self.selection.selected().asset();
        let count = lines.len() as isize;
        let position = match lines.iter().position(|line| Some(line.asset) == selected) {
            Some(position) => (position as isize + by).clamp(0, count - 1),
            None if by > 0 => 0,
            None => count - 1,
        };
        if let Some(line) = lines.get(position as usize) {
            self.select_asset(line.asset);
        }
    }

    fn apply_what_if(&mut self, command: WhatIfCommand) -> Vec<Effect> {
        let before = self.what_if.change_set.clone();
        match command {
            WhatIfCommand::Toggle => {
                self.what_if.shown = match self.what_if.shown {
                    Shown::Base => Shown::WhatIf,
                    Shown::WhatIf => Shown::Base,
                };
                Vec::new()
            }
            WhatIfCommand::Show(what_if) => {
                self.what_if.shown = if what_if { Shown::WhatIf } else { Shown::Base };
                Vec::new()
            }
            WhatIfCommand::Discard => {
                self.undo.end_scrub();
                self.edit(Edit::ChangeSet {
                    before,
                    after: ChangeSet::default(),
                    touched: Touched::Whole,
                })
            }
            WhatIfCommand::Forecast => vec![Effect::Live(LiveCommand::Forecast)],
            WhatIfCommand::CancelForecast => vec![Effect::Live(LiveCommand::CancelForecast)],
            WhatIfCommand::ToggleHeldInputs => {
                self.settings.forecast_inputs = match self.settings.forecast_inputs {
                    ForecastInputs::Planned => ForecastInputs::Held,
                    ForecastInputs::Held => ForecastInputs::Planned,
                };
                vec![
                    Effect::Live(LiveCommand::SetForecastInputs(
                        self.settings.forecast_inputs,
                    )),
                    Effect::StoreSettings,
                ]
            }
            WhatIfCommand::Change { variable, value } => self.change(variable, value),
            WhatIfCommand::Compare => vec![self.compare()],
            WhatIfCommand::CancelCompare => vec![Effect::CancelCompare],
            WhatIfCommand::Replications(members) => {
                self.flow.trial.members = members.clamp(2, 10_000);
                Vec::new()
            }
            WhatIfCommand::Try { variable, value } => {
                self.undo.end_scrub();
                let mut effects = self.change(variable, value);
                self.undo.end_scrub();
                self.layout.reveal(Pane::Flow);
                effects.extend([Effect::StoreLayout, self.compare()]);
                effects
            }
            WhatIfCommand::Reset(variable) => {
                self.undo.end_scrub();
                let after = self.what_if.with_change(variable, None);
                self.edit(Edit::ChangeSet {
                    before,
                    after,
                    touched: Touched::Variable(variable),
                })
            }
            WhatIfCommand::Befall(occurrence) => {
                self.undo.end_scrub();
                let after = contingency::with_occurrence(&before, occurrence);
                let mut effects = self.set_contingencies(before, after, Touched::Whole);
                self.undo.end_scrub();
                self.layout.reveal(Pane::WhatIf);
                effects.push(Effect::StoreLayout);
                effects
            }
            WhatIfCommand::SetOccurrence {
                position,
                occurrence,
            } => {
                let mut after = before.clone();
                let Some(one) = after.contingencies.get_mut(position) else {
                    return Vec::new();
                };
                *one = occurrence;
                self.set_contingencies(before, after, Touched::Contingency(position))
            }
            WhatIfCommand::Withdraw(position) => {
                self.undo.end_scrub();
                let mut after = before.clone();
                if position < after.contingencies.len() {
                    after.contingencies.remove(position);
                }
                self.set_contingencies(before, after, Touched::Whole)
            }
            WhatIfCommand::SaveScenario => {
                let (Some(scenario), Some(document)) =
                    (contingency::as_scenario(self), &self.document)
                else {
                    return Vec::new();
                };
                self.undo.end_scrub();
                let before = document.twin().scenarios.clone();
                let mut after = before.clone();
                let text = format!("Kept as scenario “{}”", scenario.name);
                after.push(scenario);
                self.log.say(Severity::Information, "What-if", &text, true);
                self.edit(Edit::Scenarios { before, after })
            }
            WhatIfCommand::Scenario(scenario) => {
                self.undo.end_scrub();
                let mut after = before.clone();
                after.scenario = scenario;
                self.lead_with_what_if(&before, &after);
                self.edit(Edit::ChangeSet {
                    before,
                    after,
                    touched: Touched::Whole,
                })
            }
            WhatIfCommand::EndScrub => {
                self.undo.end_scrub();
                Vec::new()
            }
            WhatIfCommand::ToggleAsset(asset) => {
                if !self.what_if.open.remove(&asset) {
                    self.what_if.open.insert(asset);
                }
                Vec::new()
            }
        }
    }

    /// Begins the comparison by replications.
    fn compare(&mut self) -> Effect {
        self.flow.trial.running = Some(0.0);
        self.flow.trial.failure = None;
        Effect::Compare
    }

    fn change(&mut self, variable: VariableIndex, value: f64) -> Vec<Effect> {
        let Some(document) = &self.document else {
            return Vec::new();
        };
        let Some(description) = document.variable(variable) else {
            return Vec::new();
        };
        let unit = self.settings.unit(&description.unit);
        if let Some(refusal) = document.refusal(variable, value, &unit) {
            self.log.say(Severity::Warning, "What-if", &refusal, true);
            return Vec::new();
        }
        let before = self.what_if.change_set.clone();
        let after = self.what_if.with_change(variable, Some(value));
        self.lead_with_what_if(&before, &after);
        self.edit(Edit::ChangeSet {
            before,
            after,
            touched: Touched::Variable(variable),
        })
    }

    /// Changes the contingencies of the what-if, or says why they cannot be.
    fn set_contingencies(
        &mut self,
        before: ChangeSet,
        after: ChangeSet,
        touched: Touched,
    ) -> Vec<Effect> {
        let refusal = self
            .document
            .as_ref()
            .and_then(|document| after.problem(document.variables()));
        if let Some(refusal) = refusal {
            self.log.say(Severity::Warning, "What-if", &refusal, true);
            return Vec::new();
        }
        self.lead_with_what_if(&before, &after);
        self.edit(Edit::ChangeSet {
            before,
            after,
            touched,
        })
    }

    /// Who begins a what-if wants to see it.
    fn lead_with_what_if(&mut self, before: &ChangeSet, after: &ChangeSet) {
        if before.is_empty() && !after.is_empty() {
            self.what_if.shown = Shown::WhatIf;
        }
    }

    fn apply_layout(&mut self, command: LayoutCommand) -> Vec<Effect> {
        match command {
            LayoutCommand::ToggleAssets => self.layout.toggle(Pane::Assets),
            LayoutCommand::ToggleInspector => self.layout.toggle(Pane::Inspector),
            LayoutCommand::ToggleWhatIf => self.layout.toggle(Pane::WhatIf),
            LayoutCommand::TogglePlots => self.layout.toggle(Pane::Plots),
            LayoutCommand::ToggleLog => self.layout.toggle(Pane::Log),
            LayoutCommand::ToggleQuality => self.layout.toggle(Pane::Quality),
            LayoutCommand::ToggleSources => self.layout.toggle(Pane::Sources),
            LayoutCommand::ToggleSection => self.layout.toggle(Pane::LongSection),
            LayoutCommand::ToggleFlow => self.layout.toggle(Pane::Flow),
            LayoutCommand::ToggleStates => self.layout.toggle(Pane::States),
            LayoutCommand::ToggleEventLog => self.layout.toggle(Pane::EventLog),
            LayoutCommand::ToggleZones => self.layout.toggle(Pane::Zones),
            LayoutCommand::Reset => self.layout.reset(),
            LayoutCommand::Reveal(pane) => self.layout.reveal(pane),
            LayoutCommand::Arrange(dock) => {
                if !self.layout.arrange(dock) {
                    return Vec::new();
                }
            }
        }
        vec![Effect::StoreLayout]
    }

    fn apply_telemetry(&mut self, command: TelemetryCommand) -> Vec<Effect> {
        vec![Effect::Live(match command {
            TelemetryCommand::PauseAll => {
                let any_runs = self
                    .record
                    .telemetry()
                    .is_some_and(|state| state.sources.iter().any(|source| !source.paused));
                LiveCommand::PauseSource {
                    id: None,
                    paused: any_runs,
                }
            }
            TelemetryCommand::PauseSource { id, paused } => LiveCommand::PauseSource {
                id: Some(id),
                paused,
            },
            TelemetryCommand::Release(sequences) => LiveCommand::ReleaseSamples(sequences),
        })]
    }

    fn apply_view(&mut self, command: ViewCommand) -> Vec<Effect> {
        match command {
            ViewCommand::ToggleLabels => {
                self.settings.labels = !self.settings.labels;
                vec![Effect::StoreSettings]
            }
            ViewCommand::ToggleFlows => {
                self.settings.flows = !self.settings.flows;
                vec![Effect::StoreSettings]
            }
            ViewCommand::ToggleGrid => {
                self.settings.grid = !self.settings.grid;
                vec![Effect::StoreSettings]
            }
            ViewCommand::NextMap => {
                let maps = super::colour::ColourMap::ALL;
                let position = maps
                    .iter()
                    .position(|one| *one == self.colours.map)
                    .unwrap_or(0);
                self.colours.map = maps[(position + 1) % maps.len()];
                Vec::new()
            }
            ViewCommand::NextQuantity => {
                let count = self.viewport.quantities.len();
                if count > 0 {
                    let shown = self
                        .viewport
                        .coloured_by
                        .or(self.colours.quantity)
                        .unwrap_or(0);
                    self.colours.quantity = Some((shown + 1) % count);
                }
                Vec::new()
            }
            ViewCommand::ColourBy(quantity) => {
                self.colours.quantity = Some(quantity);
                Vec::new()
            }
            ViewCommand::Map(map) => {
                self.colours.map = map;
                Vec::new()
            }
            command => vec![Effect::View(command)],
        }
    }

    fn apply_plot(&mut self, command: PlotCommand) -> Vec<Effect> {
        let range = plot::range(self);
        // Zooming by key keeps now in its place while it is seen.
        let now = self.time.now().as_seconds();
        let centre = if (range.0..=range.1).contains(&now) {
            now
        } else {
            f64::midpoint(range.0, range.1)
        };
        match command {
            PlotCommand::Fit => self.plots.window = Window::All,
            PlotCommand::FollowWindow => self.plots.follow(),
            PlotCommand::ZoomIn => self.plots.window = plot::zoomed(range, centre, 1.0 / ZOOM),
            PlotCommand::ZoomOut => self.plots.window = plot::zoomed(range, centre, ZOOM),
            PlotCommand::Range { from, to } => {
                if from.is_finite() && to.is_finite() && to > from {
                    self.plots.window = Window::Fixed { from, to };
                }
            }
            PlotCommand::ToggleResiduals => {
                self.settings.residuals = !self.settings.residuals;
                return vec![Effect::StoreSettings];
            }
            PlotCommand::ToggleSelected => {
                if let Some(variable) = self.variable_to_plot() {
                    self.plots.toggle(variable);
                }
            }
            PlotCommand::ToggleVariable(variable) => self.plots.toggle(variable),
            PlotCommand::Placed(place) => self.plots.place = Some(place),
            PlotCommand::ExportCsv => {
                return vec![Effect::SaveText {
                    name: export::file_name(self, "plots", "csv"),
                    text: export::csv(self),
                }];
            }
            PlotCommand::ExportPng => {
                return vec![Effect::SavePicture {
                    name: export::file_name(self, "plots", "png"),
                    part: self.plots.place,
                }];
            }
        }
        Vec::new()
    }

    /// Whether a variable is an input that telemetry drives, so that its value
    /// in the document is only what holds before the first sample.
    #[must_use]
    pub fn is_driven(&self, variable: VariableIndex) -> bool {
        self.document.as_ref().is_some_and(|document| {
            document
                .variable(variable)
                .is_some_and(|one| one.causality == Causality::Input)
                && document
                    .channel_of(variable)
                    .is_some_and(|(_, channel)| channel.role == ChannelRole::Input)
        })
    }
}

/// A number with the noise of unit conversion taken off, as a person would
/// write it: 7.500000000000001 is 7.5.
fn rounded(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests;
