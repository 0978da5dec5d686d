//! Everything a person can do, as data.
//!
//! One enum per family, wrapped in [`Command`]. Panels push commands,
//! [`Workbench::apply`](super::Workbench::apply) carries them out, nothing else
//! changes anything. A command without values is declared once, with name,
//! tooltip and shortcut; menus, the palette, the shortcut sheet, key handling
//! and tooltips are all made from that declaration, so none can be forgotten.

use std::path::PathBuf;

use super::colour::ColourMap;
use super::dock::{Dock, Pane};
use super::flow::event_log::LogPage;
use super::onboarding::{FormField, Origin};
use super::settings::{Theme, UnitChoice};
use super::shortcut::{Key, Shortcut};
use super::time_control::Speed;
use crate::live::onboarding::ColumnField;
use crate::quantity::SimTime;
use crate::twin::{Occurrence, VariableIndex};

/// What a command says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description {
    /// Name in menus and the palette, in sentence case. A trailing `…` tells
    /// that it asks for more.
    pub name: &'static str,
    /// One sentence for the tooltip.
    pub tooltip: &'static str,
    /// Its keys, if it has some.
    pub shortcut: Option<Shortcut>,
    /// The family, as a heading.
    pub category: &'static str,
}

/// Declares a family: first the commands without values, each with its name,
/// tooltip and perhaps a shortcut, then those with values.
macro_rules! family {
    (
        $(#[$family_doc:meta])*
        $family:ident, $category:literal,
        { $( $plain:ident : $name:literal, $tooltip:literal $(, $shortcut:expr)? ; )* }
        { $( $(#[$valued_doc:meta])* $valued:ident $( ( $value:ty ) )? $( { $( $(#[$field_doc:meta])* $field:ident : $field_type:ty ),+ } )? ; )* }
    ) => {
        $(#[$family_doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub enum $family {
            $( #[doc = $tooltip] $plain, )*
            $( $(#[$valued_doc])* $valued $( ( $value ) )? $( { $( $(#[$field_doc])* $field : $field_type ),+ } )?, )*
        }

        impl $family {
            /// The commands of this family that need no value, in menu order.
            pub const PLAIN: &'static [Self] = &[ $( Self::$plain, )* ];

            /// What the command says about itself; `None` for those with values.
            #[must_use]
            pub fn description(&self) -> Option<Description> {
                match self {
                    $( Self::$plain => {
                        let mut shortcut: Option<Shortcut> = None;
                        $( shortcut = shortcut.or(Some($shortcut)); )?
                        let _ = &mut shortcut;
                        Some(Description { name: $name, tooltip: $tooltip, shortcut, category: $category })
                    } )*
                    #[allow(unreachable_patterns, reason = "a family may have no commands with values")]
                    _ => None,
                }
            }
        }

        impl From<$family> for Command {
            fn from(command: $family) -> Self {
                Self::$family(command)
            }
        }
    };
}

family! {
    /// The program, its files and its windows.
    AppCommand, "Program",
    {
        StartPage: "Start page", "Show the twins that come with the program and those opened before", Shortcut::alt(Key::Home);
        OpenTwin: "Open twin…", "Open a twin document", Shortcut::control(Key::Letter('O'));
        ImportEpanet: "Import EPANET…", "Open a water network in an EPANET file (.inp) as a twin", Shortcut::control(Key::Letter('I'));
        CloseTwin: "Close twin", "Close the twin and show the start page", Shortcut::control(Key::Letter('W'));
        OpenTelemetry: "Open telemetry…", "Replay another telemetry file beside the twin", Shortcut::control_shift(Key::Letter('O'));
        OpenStore: "Open telemetry store…", "Replay what live sessions have kept in a telemetry store";
        GoLive: "Run live", "Run the twin beside the live sources of its document", Shortcut::control(Key::Letter('L'));
        PlayPlant: "Run live beside a plant", "Play a plant with hidden parameters, noise and disturbances, and run the twin beside it";
        Save: "Save", "Save the twin document", Shortcut::control(Key::Letter('S'));
        SaveAs: "Save as…", "Save the twin document under another name", Shortcut::control_shift(Key::Letter('S'));
        SavePicture: "Save picture…", "Save what the window shows as a PNG picture", Shortcut::control(Key::Letter('P'));
        TogglePalette: "Command palette", "Find and run any command or go to any asset", Shortcut::control(Key::Letter('K'));
        ToggleShortcutSheet: "Keyboard shortcuts", "Show every shortcut", Shortcut::plain(Key::Function(1));
        ToggleTheme: "Light or dark theme", "Switch between the light and the dark theme", Shortcut::control_shift(Key::Letter('L'));
        Back: "Back", "Go back one step: close what is open, then clear the selection", Shortcut::plain(Key::Escape);
        Quit: "Quit", "Close the program", Shortcut::control(Key::Letter('Q'));
    }
    {
        /// Opens the twin document at this path.
        OpenPath(PathBuf);
        /// Replays the telemetry file at this path beside the twin.
        OpenTelemetryAt(PathBuf);
        /// Saves the twin document at this path.
        SaveTo(PathBuf);
        /// Takes this path off the list of recent documents.
        ForgetRecent(PathBuf);
        /// Uses this theme.
        SetTheme(Theme);
        /// Shows quantities of a dimension in another unit.
        SetUnit(UnitChoice);
        /// Takes the toast with this number away.
        DismissToast(u64);
        /// Looks for this text in the palette.
        PaletteQuery(String);
        /// Moves the palette's selection by so many entries.
        PaletteMove(isize);
        /// Runs the palette's entry at this position in the list of matches.
        PaletteRun(usize);
        /// Puts text on the clipboard.
        Copy(String);
        /// Tells the user something about what they just did.
        Tell(String);
        /// Saves the document, then goes on with what waits for it.
        SaveFirst;
        /// Gives up the edits and goes on with what waits.
        DiscardEdits;
        /// Does not go on with what waits.
        KeepEditing;
    }
}

family! {
    /// Changes of the document.
    EditCommand, "Edit",
    {
        Undo: "Undo", "Take back the last edit", Shortcut::control(Key::Letter('Z'));
        Redo: "Redo", "Do again what was taken back", Shortcut::control_shift(Key::Letter('Z'));
    }
    {
        /// Gives a parameter another value.
        SetParameter {
            /// The parameter, or the default of an input.
            variable: VariableIndex,
            /// The new value [SI].
            value: f64
        };
        /// Gives a parameter its kind's default.
        ResetParameter(VariableIndex);
        /// Renames an asset on the screen; its id stays.
        Rename {
            /// Position of the asset in the document.
            asset: usize,
            /// The new name; the id is shown when it is empty.
            name: String
        };
        /// Ends a drag, so that the next change is an edit of its own.
        EndScrub;
    }
}

family! {
    /// Time: how now moves and which instant is shown.
    TimeCommand, "Time",
    {
        PlayPause: "Play or pause", "Let time run, or stop it", Shortcut::plain(Key::Space);
        StepForward: "Step forward", "Advance by one timestep", Shortcut::plain(Key::Right);
        StepBack: "Step back", "Look one timestep further back", Shortcut::plain(Key::Left);
        ToStart: "Go to the start", "Look at the first instant", Shortcut::plain(Key::Home);
        FollowNow: "Follow now", "Show the present of the twin and keep up with it", Shortcut::plain(Key::End);
        Faster: "Faster", "Let time run faster", Shortcut::plain(Key::Period);
        Slower: "Slower", "Let time run slower", Shortcut::plain(Key::Comma);
        RealTime: "Real time", "Let time run as fast as outside", Shortcut::alt(Key::Digit(1));
        Restart: "Restart the run", "Begin again at the start of the telemetry", Shortcut::control(Key::Letter('R'));
        RunFromCursor: "Run from the cursor", "Put now at the cursor and go on from there", Shortcut::control(Key::Enter);
    }
    {
        /// Shows this instant.
        MoveCursor(SimTime);
        /// Starts dragging the cursor.
        BeginScrub;
        /// Ends dragging the cursor.
        EndScrub;
        /// Uses this speed.
        SetSpeed(Speed);
        /// Simulates again so that now is this instant.
        Seek(SimTime);
    }
}

family! {
    /// What the panels are about.
    SelectCommand, "Selection",
    {
        FocusFilter: "Find asset", "Type to filter the tree", Shortcut::control(Key::Letter('F'));
        Next: "Next asset", "Select the next asset of the tree", Shortcut::plain(Key::Down);
        Previous: "Previous asset", "Select the asset before in the tree", Shortcut::plain(Key::Up);
        Parent: "Containing asset", "Select what the selected asset is a part of", Shortcut::alt(Key::Up);
        Clear: "Clear the selection", "Select nothing";
    }
    {
        /// Selects the asset at this position in the document.
        Asset(usize);
        /// Selects a variable and its asset.
        Variable(VariableIndex);
        /// The pointer is over this asset, or over none.
        Hover(Option<usize>);
        /// Shows only assets that match this text.
        Filter(String);
        /// Opens or closes the parts of an asset in the tree.
        ToggleBranch(usize);
        /// The filter field took the focus that was asked for.
        FilterFocused;
    }
}

family! {
    /// What would be if.
    WhatIfCommand, "What-if",
    {
        Toggle: "Switch between A and B", "Show the forecast as things stand (A) or under the what-if (B)", Shortcut::plain(Key::Letter('B'));
        Discard: "Discard the what-if", "Take back every change of the what-if";
        Forecast: "Forecast again", "Compute the forecast from now", Shortcut::plain(Key::Letter('N'));
        CancelForecast: "Cancel the forecast", "Give up the forecast that is being computed; the one shown stays";
        SaveScenario: "Keep the what-if as a scenario", "Put the what-if into the document as a prepared scenario";
        Compare: "Compare by replications", "Run the twin as it is and under the what-if many times with the same random numbers, and show the difference with its interval", Shortcut::control_shift(Key::Enter);
        CancelCompare: "Give up the comparison", "Stop the replications under way";
        ToggleHeldInputs: "Commands as recorded or held", "Let the forecast take commands after now as they were recorded, or hold those of now", Shortcut::shift(Key::Letter('N'));
    }
    {
        /// Shows A (`false`) or B (`true`).
        Show(bool);
        /// What if this input or parameter had this value?
        Change {
            /// An input or a parameter.
            variable: VariableIndex,
            /// Its value in the what-if [SI].
            value: f64
        };
        /// Asks by replications what this value alone would bring.
        Try {
            /// An input or a parameter.
            variable: VariableIndex,
            /// Its value in the what-if [SI].
            value: f64
        };
        /// Replications of each that a comparison takes.
        Replications(u32);
        /// Leaves this variable as it is.
        Reset(VariableIndex);
        /// What if this befell an asset?
        Befall(Occurrence);
        /// Sizes or times a contingency of the what-if anew.
        SetOccurrence {
            /// Its position in the what-if.
            position: usize,
            /// As it is to be.
            occurrence: Occurrence
        };
        /// Takes the contingency at this position out of the what-if.
        Withdraw(usize);
        /// Starts a prepared scenario at now, or none.
        Scenario(Option<String>);
        /// Ends a drag, so that the next change is an edit of its own.
        EndScrub;
        /// Opens or closes the controls of an asset.
        ToggleAsset(usize);
    }
}

family! {
    /// Where the panels are.
    LayoutCommand, "Layout",
    {
        ToggleAssets: "Assets", "Show or hide the tree of assets", Shortcut::alt(Key::Letter('A'));
        ToggleInspector: "Inspector", "Show or hide the inspector", Shortcut::alt(Key::Letter('I'));
        ToggleWhatIf: "What-if", "Show or hide the what-if panel", Shortcut::alt(Key::Letter('W'));
        TogglePlots: "Plots", "Show or hide timeline and plots", Shortcut::alt(Key::Letter('P'));
        ToggleLog: "Log", "Show or hide the log", Shortcut::alt(Key::Letter('L'));
        ToggleQuality: "Data quality", "Show or hide what was thought of the samples", Shortcut::alt(Key::Letter('Q'));
        ToggleSection: "Long section", "Show or hide the long section", Shortcut::alt(Key::Letter('H'));
        ToggleZones: "Zones", "Show or hide the list of zones", Shortcut::alt(Key::Letter('Z'));
        ToggleFlow: "Flow", "Show or hide stations, bottleneck and comparison", Shortcut::alt(Key::Letter('F'));
        ToggleStates: "States", "Show or hide what stations did over time", Shortcut::alt(Key::Letter('G'));
        ToggleEventLog: "Event log", "Show or hide the event log beside the twin", Shortcut::alt(Key::Letter('E'));
        ToggleSources: "Sources", "Show or hide where samples come from", Shortcut::alt(Key::Letter('S'));
        Reset: "Reset layout", "Put every panel back to its first place";
    }
    {
        /// Uses this arrangement, made by dragging panels.
        Arrange(Dock);
        /// Brings a panel to the front, and shows it if it was hidden.
        Reveal(Pane);
    }
}

family! {
    /// The telemetry of a twin in operation.
    TelemetryCommand, "Telemetry",
    {
        PauseAll: "Pause or connect all sources", "Receive nothing from any source, or receive again";
    }
    {
        /// Stops or connects one source.
        PauseSource {
            /// Its id in the document.
            id: String,
            /// Whether to stop it.
            paused: bool
        };
        /// Lets samples in quarantine take part, by their place in the order of reception.
        Release(Vec<u64>);
    }
}

family! {
    /// The event log of a line beside its twin.
    EventLogCommand, "Event log",
    {
        Open: "Open event log…", "Hold the twin against what the machines and items of the line did", Shortcut::control(Key::Letter('B'));
        OpenOwn: "Open the twin's event log", "Hold the twin against the event log that its document names";
        CancelReading: "Give up reading the log", "Keep what was read before, if anything was";
        GoOn: "Look ahead from the log", "Set the twin's state from the end of the log and simulate what comes after";
        CancelGoOn: "Give up looking ahead", "Stop the simulations from the end of the log";
        ShowAll: "Show all of the log", "Show the states over all of the log's time";
    }
    {
        /// Reads the log at this path.
        OpenAt(PathBuf);
        /// Reads the file at this path as a log, or as telemetry where it is none.
        Dropped(PathBuf);
        /// Looks ahead from this instant [s].
        GoOnAt(f64);
        /// Shows this page of the panel.
        Page(LogPage);
        /// Shows the states over this stretch of time.
        Range {
            /// First instant [s].
            from: f64,
            /// Last instant [s].
            to: f64
        };
    }
}

family! {
    /// The wizard that takes unknown telemetry into a twin.
    OnboardingCommand, "Telemetry",
    {
        Begin: "Add telemetry…", "Take an unknown file or a broker into the twin, step by step", Shortcut::control(Key::Letter('T'));
    }
    {
        /// Goes on to the next step, or stops what can be stopped early.
        Next;
        /// Goes back a step.
        Back;
        /// Closes the wizard; what is under way is given up.
        Close;
        /// Asks for the file.
        ChooseFile;
        /// Asks for the twin's document.
        ChooseTwin;
        /// Says where samples come from.
        From(Origin);
        /// Types into a field of the first page.
        Fill {
            /// The field.
            field: FormField,
            /// What it says now.
            text: String
        };
        /// Looks at this file, which was chosen or dropped.
        FileAt(PathBuf);
        /// Takes a place where a broker sends numbers, or leaves it out.
        TakePlace {
            /// Its position.
            place: usize,
            /// Whether it is taken.
            taken: bool
        };
        /// Makes a column a channel, or leaves it out.
        Take {
            /// Position of the column.
            column: usize,
            /// Whether it is taken.
            taken: bool
        };
        /// Says what a column is.
        Assign {
            /// Position of the column.
            column: usize,
            /// Id of a channel, or a variable; nothing where it is none.
            target: String
        };
        /// Types what is proposed for a column anew.
        EditColumn {
            /// Position of the column.
            column: usize,
            /// What of it.
            field: ColumnField,
            /// What it says now.
            text: String
        };
        /// Shows or hides the details of a column.
        Expand(usize);
    }
}

family! {
    /// How the scene is seen.
    ViewCommand, "View",
    {
        FrameAll: "Frame the system", "Move the camera so that the whole system is seen", Shortcut::plain(Key::Letter('F'));
        FrameSelection: "Frame the selection", "Move the camera to the selected asset", Shortcut::shift(Key::Letter('F'));
        ViewHome: "Home view", "Look at the system from where it was opened", Shortcut::plain(Key::Letter('H'));
        ViewFront: "View from the front", "Look along the depth of the system", Shortcut::plain(Key::Digit(1));
        ViewSide: "View from the side", "Look along the width of the system", Shortcut::plain(Key::Digit(3));
        ViewTop: "View from above", "Look down on the system", Shortcut::plain(Key::Digit(7));
        ToggleLabels: "Labels", "Show or hide the labels in the scene", Shortcut::shift(Key::Letter('L'));
        ToggleFlows: "Flows", "Show or hide what flows through the links", Shortcut::shift(Key::Letter('W'));
        ToggleGrid: "Ground grid", "Show or hide the grid on the ground", Shortcut::shift(Key::Letter('G'));
        NextMap: "Next colour map", "Colour the scene with the next map", Shortcut::plain(Key::Letter('M'));
        NextQuantity: "Next coloured quantity", "Colour the scene by the next quantity", Shortcut::plain(Key::Letter('C'));
    }
    {
        /// Turns the camera about its target.
        Orbit {
            /// To the right [points].
            dx: f32,
            /// Down [points].
            dy: f32
        };
        /// Moves the camera sideways.
        Pan {
            /// To the right [points].
            dx: f32,
            /// Down [points].
            dy: f32
        };
        /// Moves the camera nearer or farther.
        Zoom {
            /// Above zero is nearer; 1 is one notch of a wheel.
            notches: f32,
            /// Where the pointer is in the picture [points from its upper left corner].
            at: [f32; 2]
        };
        /// The pointer is here in the picture [points], or has left it.
        Pointer(Option<[f32; 2]>);
        /// Selects what is seen here in the picture [points].
        Pick([f32; 2]);
        /// Frames what is seen here in the picture [points].
        FrameAt([f32; 2]);
        /// The picture has another size.
        Resize {
            /// Width [points].
            width: f32,
            /// Height [points].
            height: f32,
            /// Pixels in a point.
            pixels_per_point: f32
        };
        /// Colours the scene by the quantity at this position of the scene's list.
        ColourBy(usize);
        /// Colours with this map.
        Map(ColourMap);
    }
}

family! {
    /// Questions to a network of pipes.
    NetworkCommand, "Network",
    {
        TraceUpstream: "Trace upstream", "Show what feeds the selected asset by the flow of now", Shortcut::plain(Key::Letter('U'));
        TraceDownstream: "Trace downstream", "Show what the selected asset feeds by the flow of now", Shortcut::plain(Key::Letter('D'));
        EndTrace: "End the trace", "Show the whole network again";
        SectionFrom: "Long section from here", "Begin the long section at the selected asset", Shortcut::shift(Key::Letter('S'));
        SectionTo: "Long section to here", "End the long section at the selected asset", Shortcut::plain(Key::Letter('S'));
        SwapSection: "Turn the long section round", "Look along the long section from its other end";
        PressureZones: "Pressure zones", "Colour what is left in one piece when closed links, pumps and pressure valves are cut", Shortcut::plain(Key::Letter('Z'));
        MeteredAreas: "Metered areas", "Colour what is left in one piece when closed and metered links are cut", Shortcut::shift(Key::Letter('Z'));
        EndZones: "End the zones", "Colour the network by a quantity again";
        ToggleTerrain: "Terrain", "Show or hide the ground between the heights of the nodes", Shortcut::plain(Key::Letter('T'));
        ToggleContours: "Contours", "Show or hide lines of equal value of the coloured quantity", Shortcut::shift(Key::Letter('T'));
        AutomaticHeights: "Automatic heights", "Let the program choose how much heights are exaggerated";
    }
    {
        /// Exaggerates heights by this factor.
        Heights(f64);
        /// Selects an asset of a zone.
        GoToZone(usize);
    }
}

family! {
    /// What the plots show.
    PlotCommand, "Plots",
    {
        Fit: "Fit the plots", "Show all of the past that is kept and the forecast", Shortcut::plain(Key::Letter('R'));
        FollowWindow: "Follow the last minutes", "Show a window that moves along with now", Shortcut::plain(Key::Letter('W'));
        ZoomIn: "Zoom in on time", "Show a shorter time", Shortcut::plain(Key::Plus);
        ZoomOut: "Zoom out of time", "Show a longer time", Shortcut::plain(Key::Minus);
        ToggleResiduals: "Residual strip", "Show or hide measured minus twin below the plots", Shortcut::shift(Key::Letter('R'));
        ToggleSelected: "Plot the selected variable", "Add the selected variable to the plots, or take it off", Shortcut::plain(Key::Letter('P'));
        ExportCsv: "Export what is seen as CSV…", "Save the plotted values of the time shown as a table", Shortcut::control(Key::Letter('E'));
        ExportPng: "Export the plots as PNG…", "Save a picture of the plots", Shortcut::control_shift(Key::Letter('E'));
    }
    {
        /// Shows this stretch of time in all plots.
        Range {
            /// First instant [s].
            from: f64,
            /// Last instant [s].
            to: f64
        };
        /// Adds a variable to the plots, or takes it off.
        ToggleVariable(VariableIndex);
        /// The plots lie here in the window [points: x, y, width, height]; where a picture of them is cut out.
        Placed([f32; 4]);
    }
}

/// Anything a person can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The program, its files and its windows.
    AppCommand(AppCommand),
    /// Changes of the document.
    EditCommand(EditCommand),
    /// Time.
    TimeCommand(TimeCommand),
    /// The selection.
    SelectCommand(SelectCommand),
    /// What would be if.
    WhatIfCommand(WhatIfCommand),
    /// Where the panels are.
    LayoutCommand(LayoutCommand),
    /// The telemetry of a twin in operation.
    TelemetryCommand(TelemetryCommand),
    /// The event log of a line beside its twin.
    EventLogCommand(EventLogCommand),
    /// The wizard that takes unknown telemetry into a twin.
    OnboardingCommand(OnboardingCommand),
    /// How the scene is seen.
    ViewCommand(ViewCommand),
    /// Questions to a network of pipes.
    NetworkCommand(NetworkCommand),
    /// What the plots show.
    PlotCommand(PlotCommand),
}

impl Command {
    /// Every command that needs no value, in the order menus and the shortcut sheet list them.
    #[must_use]
    pub fn catalogue() -> Vec<Self> {
        fn of<T: Clone + Into<Command>>(family: &[T]) -> impl Iterator<Item = Command> + '_ {
            family.iter().cloned().map(Into::into)
        }
        of(AppCommand::PLAIN)
            .chain(of(EditCommand::PLAIN))
            .chain(of(TimeCommand::PLAIN))
            .chain(of(SelectCommand::PLAIN))
            .chain(of(WhatIfCommand::PLAIN))
            .chain(of(LayoutCommand::PLAIN))
            .chain(of(TelemetryCommand::PLAIN))
            .chain(of(EventLogCommand::PLAIN))
            .chain(of(OnboardingCommand::PLAIN))
            .chain(of(ViewCommand::PLAIN))
            .chain(of(NetworkCommand::PLAIN))
            .chain(of(PlotCommand::PLAIN))
            .collect()
    }

    /// What the command says about itself; `None` for those with values.
    #[must_use]
    pub fn description(&self) -> Option<Description> {
        match self {
            Self::AppCommand(command) => command.description(),
            Self::EditCommand(command) => command.description(),
            Self::TimeCommand(command) => command.description(),
            Self::SelectCommand(command) => command.description(),
            Self::WhatIfCommand(command) => command.description(),
            Self::LayoutCommand(command) => command.description(),
            Self::TelemetryCommand(command) => command.description(),
            Self::EventLogCommand(command) => command.description(),
            Self::OnboardingCommand(command) => command.description(),
            Self::ViewCommand(command) => command.description(),
            Self::NetworkCommand(command) => command.description(),
            Self::PlotCommand(command) => command.description(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_command_of_the_catalogue_describes_itself_in_the_house_style() {
        for command in Command::catalogue() {
            let description = command.description().expect("a plain command");
            assert!(!description.name.ends_with(['.', ':']), "{description:?}");
            assert!(
                !description.tooltip.ends_with(['.', ':']),
                "{description:?}"
            );
            let first = description.name.chars().next().expect("a name");
            assert!(first.is_uppercase(), "{description:?}");
        }
    }

    #[test]
    fn no_two_commands_share_a_shortcut_or_a_name() {
        let mut shortcuts = BTreeMap::new();
        let mut names = BTreeMap::new();
        for command in Command::catalogue() {
            let description = command.description().expect("a plain command");
            let key = (description.category, description.name);
            if let Some(other) = names.insert(key, command.clone()) {
                panic!("{other:?} and {command:?} have the same name");
            }
            if let Some(shortcut) = description.shortcut
                && let Some(other) = shortcuts.insert(shortcut, command.clone())
            {
                panic!("{other:?} and {command:?} share {shortcut}");
            }
        }
    }
}
