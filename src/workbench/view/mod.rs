//! What the desktop shows and what can be done to it, without any toolkit.
//!
//! [`Workbench`] holds the state, [`Command`]s are what people do, and
//! [`Workbench::apply`] is the one place where they change it. What has to
//! happen outside (a file to be read, a message to the running twin, the
//! camera to be moved) comes back as [`Effect`]s. Panels and scene read the
//! workbench through view-models ([`inspector::view`], [`plot::view`],
//! [`what_if::view`], [`tree::rows`], [`status::view`]) made anew whenever they
//! are drawn.

mod apply;
pub mod camera;
pub mod colour;
pub mod command;
pub mod contingency;
pub mod dock;
pub mod document;
mod enabled;
pub mod entry;
pub mod export;
pub mod flow;
pub mod geometry;
pub mod inspector;
pub mod label;
pub mod log;
pub mod network;
pub mod onboarding;
pub mod painting;
pub mod palette;
pub mod plot;
pub mod quality;
pub mod recent;
pub mod record;
pub mod scene;
mod scene_quantities;
pub mod selection;
pub mod settings;
pub mod shortcut;
pub mod start;
pub mod status;
pub mod store;
pub mod summary;
#[cfg(test)]
pub mod test_support;
pub mod time_control;
pub mod tree;
pub mod undo;
pub mod viewport;
pub mod what_if;

use std::path::PathBuf;

use jiff::tz::TimeZone;

use crate::live::{LiveCommand, Place, Snapshot};
use crate::quantity::format::{
    format_number, format_number_at, format_quantity, format_quantity_at,
};
use crate::quantity::{SimDuration, SimTime, Unit};
use crate::twin::{Causality, ChannelRole, VariableIndex};

use self::colour::ColourMap;
pub use self::command::Command;
use self::command::ViewCommand;
use self::dock::Layout;
pub use self::document::{DataSource, Document, RejectedSample};
use self::flow::state::FlowState;
use self::log::Log;
use self::network::state::NetworkState;
use self::onboarding::{OnboardingErrand, OnboardingState};
use self::palette::Palette;
use self::plot::PlotState;
use self::record::{Record, band_at};
use self::selection::Selection;
use self::settings::Settings;
use self::start::StartPage;
use self::status::Performance;
use self::time_control::{Region, Request, TimeControl};
use self::tree::TreeState;
use self::undo::UndoStack;
use self::viewport::ViewportView;
use self::what_if::{Shown, WhatIf};

/// Most measurements, and most inputs, that are plotted when a document is
/// opened: more lines could not be told apart.
const MOST_PLOTTED_AT_FIRST: usize = 5;

/// What has to happen outside because of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the running twin.
    Live(LiveCommand),
    /// Ask for a twin document, then open it.
    ChooseTwin,
    /// Ask for a telemetry file, then run the twin beside it.
    ChooseTelemetry,
    /// Ask for the folder of a telemetry store, then run the twin beside it.
    ChooseStore,
    /// Ask for a file of unknown telemetry, then tell the wizard.
    ChooseUnknownTelemetry,
    /// Ask for the twin that unknown telemetry belongs to, then tell the wizard.
    ChooseTwinOfTelemetry,
    /// Do the wizard's work, then call [`Workbench::onboarding_told`].
    Onboarding(OnboardingErrand),
    /// Ask where to save the document, then save it there.
    ChooseSavePath,
    /// Ask for an EPANET file, then open it.
    ChooseEpanet,
    /// Read this document and run it.
    Open(PathBuf),
    /// Let the running twin go: its document was closed.
    Closed,
    /// Read this telemetry file and run the twin beside it.
    OpenTelemetry(PathBuf),
    /// Ask for an event log, then read it.
    ChooseEventLog,
    /// Read an event log and hold the twin against it, then call [`Workbench::log_told`].
    ReadEventLog {
        /// The file; the one that the document names where it is absent.
        path: Option<PathBuf>,
        /// Whether it may be telemetry instead.
        or_telemetry: bool,
    },
    /// Give that up.
    CancelReading,
    /// Simulate from the end of the log, then call [`Workbench::ahead_told`].
    GoOnFromLog,
    /// Give that up.
    CancelGoOn,
    /// Run the open twin beside live sources.
    GoLive {
        /// Whether to play a plant in place of the document's sources.
        with_plant: bool,
    },
    /// Write the document here, then call [`Workbench::saved`].
    Save(PathBuf),
    /// Ask where to save this text, then write it.
    SaveText {
        /// File name to begin with.
        name: String,
        /// The content.
        text: String,
    },
    /// Ask where to save a picture of the window, then write it as PNG.
    SavePicture {
        /// File name to begin with.
        name: String,
        /// The part wanted [points: x, y, width, height]; all of it when absent.
        part: Option<[f32; 4]>,
    },
    /// Move the camera, or find what is at a point of the picture.
    View(ViewCommand),
    /// Write the settings.
    StoreSettings,
    /// Write the layout.
    StoreLayout,
    /// Put text on the clipboard.
    Copy(String),
    /// Compare the twin as it is with the what-if by replications, then call
    /// [`Workbench::trial_told`].
    Compare,
    /// Give up the comparison under way.
    CancelCompare,
    /// Close the program.
    Quit,
}

/// What waits for an answer, because edits would be lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Pending {
    /// Closing the program.
    Quit,
    /// Choosing another document.
    ChooseTwin,
    /// Choosing an EPANET file.
    ChooseEpanet,
    /// Closing the twin.
    Close,
    /// Opening this document.
    Open(PathBuf),
}

/// How the scene is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SceneColours {
    /// Position of the quantity in the scene's list; the first when absent.
    pub quantity: Option<usize>,
    /// The map.
    pub map: ColourMap,
}

/// Everything the desktop shows.
#[derive(Clone, Debug)]
pub struct Workbench {
    /// The open document.
    pub document: Option<Document>,
    /// What the running twin has told.
    pub record: Record,
    /// How now moves and which instant is shown.
    pub time: TimeControl,
    /// What the panels are about.
    pub selection: Selection,
    /// Edits done and undone.
    pub undo: UndoStack,
    /// The what-if.
    pub what_if: WhatIf,
    /// Where the panels are.
    pub layout: Layout,
    /// The command palette, while it is open.
    pub palette: Option<Palette>,
    /// Whether the shortcut sheet is open.
    pub shortcut_sheet: bool,
    /// The wizard that takes unknown telemetry into a twin.
    pub onboarding: OnboardingState,
    /// What waits for an answer about unsaved edits.
    pub pending: Option<Pending>,
    /// The tree of assets.
    pub tree: TreeState,
    /// The plots.
    pub plots: PlotState,
    /// How the scene is coloured.
    pub colours: SceneColours,
    /// The start page.
    pub start: StartPage,
    /// What was asked of the network of pipes, where there is one.
    pub network: NetworkState,
    /// The flow of items, where there is one.
    pub flow: FlowState,
    /// What the user chose once.
    pub settings: Settings,
    /// What the program had to say.
    pub log: Log,
    /// What the program measures of itself; filled in by the app.
    pub performance: Performance,
    /// What is written over the picture of the scene; filled in by the scene.
    pub viewport: ViewportView,
    /// What is being done that takes longer, in words: `Opening tclab`.
    pub busy: Option<String>,
    /// The zone that times of day are shown in; the app sets that of the machine.
    pub zone: TimeZone,
}

impl Default for Workbench {
    fn default() -> Self {
        Self {
            document: None,
            record: Record::default(),
            time: TimeControl::new(
                SimDuration::from_whole_seconds(1),
                SimTime::ZERO,
                SimDuration::ZERO,
            ),
            selection: Selection::default(),
            undo: UndoStack::default(),
            what_if: WhatIf::default(),
            layout: Layout::default(),
            palette: None,
            shortcut_sheet: false,
            onboarding: OnboardingState::default(),
            pending: None,
            tree: TreeState::default(),
            plots: PlotState::default(),
            colours: SceneColours::default(),
            start: StartPage::default(),
            network: NetworkState::default(),
            flow: FlowState::default(),
            settings: Settings::default(),
            log: Log::default(),
            performance: Performance::default(),
            viewport: ViewportView::default(),
            busy: None,
            zone: TimeZone::UTC,
        }
    }
}

impl Workbench {
    /// A workbench with what was chosen in an earlier run of the program.
    #[must_use]
    pub fn with(settings: Settings, layout: Layout) -> Self {
        Self {
            settings,
            layout,
            ..Self::default()
        }
    }

    /// Shows a document that was just read, from its beginning, in the place of
    /// the one before. What follows is returned.
    pub fn open(&mut self, document: Document) -> Vec<Effect> {
        let twin = document.twin();
        self.time = TimeControl::new(twin.timestep, SimTime::ZERO, twin.forecast.horizon);
        let mut shown = document.channel_variables(ChannelRole::Measurement);
        shown.truncate(MOST_PLOTTED_AT_FIRST);
        let horizon = twin.forecast.horizon;
        let mut inputs = document.channel_variables(ChannelRole::Input);
        inputs.truncate(MOST_PLOTTED_AT_FIRST);
        shown.extend(inputs);
        self.plots = PlotState::showing(shown, horizon);
        self.record = Record::default();
        self.selection = Selection::default();
        self.undo.clear();
        self.what_if = WhatIf::default();
        self.tree = TreeState::default();
        self.colours.quantity = None;
        self.network = NetworkState::default();
        self.flow = FlowState::default();
        self.viewport = ViewportView::default();
        self.busy = None;
        self.pending = None;
        self.start.asked = false;
        self.start.refusal = None;
        // What comes with the program is on the start page anyway.
        let origin = document
            .origin()
            .filter(|path| !self.start.is_bundled(path))
            .map(std::path::Path::to_owned);
        self.document = Some(document);
        let mut effects = vec![Effect::View(ViewCommand::ViewHome)];
        if let Some(path) = origin {
            self.settings.recent.add(path);
            effects.push(Effect::StoreSettings);
        }
        effects
    }

    /// Learns that the document was written to `path`.
    pub fn saved(&mut self, path: PathBuf) -> Vec<Effect> {
        let message = format!("Saved {}", path.display());
        self.log.say(
            crate::live::Severity::Information,
            "Document",
            &message,
            true,
        );
        if let Some(document) = &mut self.document {
            document.saved_at(path.clone());
        }
        self.settings.recent.add(path);
        let mut effects = vec![Effect::StoreSettings];
        effects.extend(self.go_on_with_pending());
        effects
    }

    /// Does what waited for the document to be saved or given up.
    fn go_on_with_pending(&mut self) -> Option<Effect> {
        Some(match self.pending.take()? {
            Pending::Quit => Effect::Quit,
            Pending::ChooseTwin => Effect::ChooseTwin,
            Pending::ChooseEpanet => Effect::ChooseEpanet,
            Pending::Close => self.close(),
            Pending::Open(path) => Effect::Open(path),
        })
    }

    /// Takes in what the running twin told.
    pub fn receive(&mut self, snapshot: &Snapshot) {
        self.record.receive(snapshot);
        self.flow.receive(snapshot);
        self.time
            .reached(snapshot.now, snapshot.begin, snapshot.end, snapshot.at_end);
        if snapshot.is_live {
            self.time.follow_sources(snapshot.lag);
        }
        if snapshot.halted.is_some() && self.time.is_running() {
            self.time.pause();
        }
        for notice in &snapshot.notices {
            let source = self.place_name(&notice.place);
            self.log
                .say(notice.severity, &source, &notice.message, false);
        }
    }

    fn place_name(&self, place: &Place) -> String {
        match place {
            Place::Simulation => "Simulation".to_owned(),
            Place::Forecast => "Forecast".to_owned(),
            Place::WhatIf => "What-if".to_owned(),
            Place::Telemetry => "Telemetry".to_owned(),
            Place::Channel(channel) => self
                .document
                .as_ref()
                .and_then(|document| document.twin().channels.get(*channel))
                .map_or_else(
                    || "Telemetry".to_owned(),
                    |one| format!("Channel {}", one.id),
                ),
            Place::Variable(variable) => self
                .document
                .as_ref()
                .map(|document| document.variable_name(*variable))
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "Simulation".to_owned()),
        }
    }

    /// Counts `elapsed` seconds of wall time: time moves on, toasts fade.
    pub fn tick(&mut self, elapsed: f64) -> Vec<Effect> {
        self.log.tick(elapsed);
        if self.document.is_none() {
            return Vec::new();
        }
        self.time
            .tick(elapsed)
            .map(live_request)
            .into_iter()
            .collect()
    }

    /// Whether something moves by itself, so that the window has to be drawn
    /// again without being touched.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        let wizard = self.onboarding.wizard.as_ref();
        self.time.is_running()
            || self.log.has_fading_toast()
            || self.busy.is_some()
            || self.flow.trial.running.is_some()
            || wizard.is_some_and(onboarding::Wizard::is_busy)
    }

    /// The value of a variable at the instant shown [SI]: simulated before now,
    /// the leading forecast's median after it.
    #[must_use]
    pub fn shown_value(&self, variable: VariableIndex) -> Option<f64> {
        let cursor = self.time.cursor();
        match self.time.region(cursor) {
            Region::Observed => self.record.simulated_at(variable, cursor),
            Region::Now => self
                .record
                .current(variable)
                .or_else(|| self.record.simulated_at(variable, cursor)),
            Region::Forecast => {
                let bands = self.leading_forecast()?.bands.get(&variable);
                match bands {
                    Some(bands) => band_at(bands, &bands.p50, cursor),
                    // What is not forecast stays as it is: parameters.
                    None => self.record.current(variable),
                }
            }
        }
    }

    /// The 5 and 95 % quantiles of a variable at the instant shown, which is in
    /// the forecast [SI].
    #[must_use]
    pub fn shown_range(&self, variable: VariableIndex) -> Option<(f64, f64)> {
        let cursor = self.time.cursor();
        let bands = self.leading_forecast()?.bands.get(&variable)?;
        Some((
            band_at(bands, &bands.p05, cursor)?,
            band_at(bands, &bands.p95, cursor)?,
        ))
    }

    /// The forecast that leads: B when it is shown and there is one, else A.
    #[must_use]
    pub fn leading_forecast(&self) -> Option<&crate::live::Forecast> {
        let base = self.record.forecast();
        match self.what_if.shown {
            Shown::WhatIf if !self.what_if.change_set.is_empty() => self
                .record
                .what_if()
                .or(base)
                .map(std::convert::AsRef::as_ref),
            Shown::Base | Shown::WhatIf => base.map(std::convert::AsRef::as_ref),
        }
    }

    /// A value of a variable in the shown unit, with as many digits as are
    /// worth reading.
    #[must_use]
    pub fn value_text(&self, variable: VariableIndex, value: f64) -> String {
        let Some(description) = self
            .document
            .as_ref()
            .and_then(|document| document.variable(variable))
        else {
            return String::new();
        };
        if let Some(word) = description.word(value) {
            return word.to_owned();
        }
        let unit = self.settings.unit(&description.unit);
        match resolution(&unit) {
            Some(resolution) => format_quantity_at(value, &unit, resolution),
            // What is counted has no decimals.
            None if unit.code() == "1" && value.fract().abs() < 1e-9 => {
                format_quantity_at(value, &unit, 1.0)
            }
            None => format_quantity(value, &unit, 4),
        }
    }

    /// The variable that `Plot the selected variable` means: the selected one,
    /// else the asset's measured one, else its first state, output or input.
    #[must_use]
    pub fn variable_to_plot(&self) -> Option<VariableIndex> {
        let document = self.document.as_ref()?;
        let varies = |index: &VariableIndex| {
            document
                .variable(*index)
                .is_some_and(|one| one.causality != Causality::Parameter)
        };
        if let Some(variable) = self.selection.selected().variable().filter(varies) {
            return Some(variable);
        }
        let asset = self.selection.selected().asset()?;
        let all = || document.variables().indices_of_asset(asset).filter(varies);
        all()
            .find(|index| document.channel_of(*index).is_some())
            .or_else(|| all().next())
    }

    /// Position of the asset that the selected one is a part of.
    #[must_use]
    pub fn parent_of_selection(&self) -> Option<usize> {
        let document = self.document.as_ref()?;
        document.parent(self.selection.selected().asset()?)
    }

    /// Whether [`AppCommand::Back`](command::AppCommand::Back) does something.
    #[must_use]
    pub fn can_go_back(&self) -> bool {
        self.palette.is_some()
            || self.shortcut_sheet
            || self.pending.is_some()
            || self.onboarding.wizard.is_some()
            || self.start.asked
            || !self.tree.filter.is_empty()
            || self.network.trace.is_some()
            || self.network.zones.is_some()
            || self.log.toasts().next().is_some()
            || self.selection.can_go_back()
    }
}

/// The step worth showing of values in a unit, where it does not depend on
/// their size: temperatures and percentages.
fn resolution(unit: &Unit) -> Option<f64> {
    match unit.code() {
        "Cel" | "K" | "[degF]" | "%" => Some(0.1),
        _ => None,
    }
}

/// A number with at most four significant digits and no zeros at the end: `100`, `7.5`.
#[must_use]
pub fn short_number(value: f64) -> String {
    let text = format_number(value, 4);
    if text.contains('.') && !text.contains('×') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// How many there are, with thin spaces between thousands: `1 sample`, `5 100 samples`.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    let number = format_number_at(count as f64, 1.0);
    format!("{number} {}", if count == 1 { one } else { many })
}

/// A value in SI in `unit`, as [`short_number`] writes numbers: `7.5 J/K`.
#[must_use]
pub fn short_quantity(value: f64, unit: &Unit) -> String {
    let number = short_number(unit.from_si(value));
    let symbol = unit.symbol();
    if symbol.is_empty() {
        number
    } else {
        format!("{number}\u{202f}{symbol}")
    }
}

/// What time control asks, as the running twin takes it.
fn live_request(request: Request) -> Effect {
    Effect::Live(match request {
        Request::AdvanceTo(time) => LiveCommand::AdvanceTo(time),
        Request::Seek(time) => LiveCommand::Seek(time),
    })
}
