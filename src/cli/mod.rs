//! The command line: one face of the program.
//!
//! Each subcommand has a file of its own with its arguments and a `run` that
//! calls the floors below; adding one takes its `mod` line, its variant of
//! `Command` and its arm in `Command::run`. The other faces cannot be seen
//! from here: `main` hands in what opens the window (see [`Faces`]).

mod check;
mod export;
mod import;
mod live;
mod log;
mod plant;
mod progress;
mod reference;
mod render;
mod replicate;
mod run;
mod synthesize;
mod telemetry;
mod telemetry_store;
mod verify;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use live::LiveArguments;
use progress::with_progress;
pub use render::{PicturePreset, PictureTheme, RenderArguments};

use crate::live::LiveError;
use crate::twin::{Appearance, Report};

const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  the twin or its data is wrong, or a check failed
  2  wrong usage, or something the program needs is missing";

/// A workbench for digital twins: run, judge and show the working model beside a real system.
#[derive(Debug, Parser)]
#[command(name = "counterpart", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    window: WindowArguments,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What the window begins with.
#[derive(Clone, Debug, Args)]
pub struct WindowArguments {
    /// Twin to open in the window: a document, or the folder that holds its `twin.ron`, or an
    /// EPANET network (`.inp`); a bundled one where it is not given.
    pub twin: Option<PathBuf>,
    /// How much the renderer is asked to do; chosen by the graphics adapter where it is not given.
    #[arg(long, value_enum)]
    pub preset: Option<PicturePreset>,
    /// Run beside the document's live sources rather than beside a recorded file.
    #[arg(long)]
    pub live: bool,
    /// Hold the twin against an event log of the real line in the window: the file LOG, or the one
    /// that comes with the document.
    #[arg(long, value_name = "LOG")]
    pub beside: Option<Option<PathBuf>>,
    /// What the twin beside live sources is told.
    #[command(flatten)]
    pub sources: LiveArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Export(export::Export),
    Import(import::Import),
    Live(live::Live),
    Log(log::Log),
    Plant(plant::Plant),
    Reference(reference::Reference),
    Render(render::RenderArguments),
    Replicate(replicate::Replicate),
    Run(run::Run),
    Synthesize(synthesize::Synthesize),
    Telemetry(telemetry::Telemetry),
    Verify(verify::Verify),
}

impl Command {
    fn run(&self, faces: &Faces) -> Result<(), Failure> {
        match self {
            Self::Check(check) => check.run(),
            Self::Export(export) => export.run(),
            Self::Import(import) => import.run(),
            Self::Live(live) => live.run(),
            Self::Log(log) => log.run(),
            Self::Plant(plant) => plant.run(),
            Self::Reference(reference) => reference.run(),
            Self::Render(render) => render.run(faces),
            Self::Replicate(replicate) => replicate.run(),
            Self::Run(run) => run.run(),
            Self::Synthesize(synthesize) => synthesize.run(),
            Self::Telemetry(telemetry) => telemetry.run(),
            Self::Verify(verify) => verify.run(),
        }
    }
}

/// What the other faces offer to the command line; `None` where they were left out of the build.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faces {
    /// Opens the window and returns when it is closed.
    pub window: Option<fn(&WindowArguments) -> Result<(), Failure>>,
    /// Draws a picture without a window.
    pub render: Option<fn(&RenderArguments) -> Result<(), Failure>>,
}

/// Why a command did not succeed; decides the exit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The twin or its data is wrong, or a check failed: exit code 1.
    #[error("{0}")]
    Wrong(String),
    /// Wrong usage, or something the program needs is missing: exit code 2.
    #[error("{0}")]
    Environment(String),
}

impl Failure {
    /// The exit code of the program.
    #[must_use]
    pub const fn code(&self) -> u8 {
        match self {
            Self::Wrong(_) => 1,
            Self::Environment(_) => 2,
        }
    }
}

impl From<LiveError> for Failure {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Document(report) => report.into(),
            other => Self::Wrong(other.to_string()),
        }
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Wrong(report.render(error_appearance()))
    }
}

/// Reads the arguments of the process, does what they ask and returns its exit code.
#[must_use]
pub fn main(faces: &Faces) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version arrive here too, as errors with exit code 0.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            return match error.print() {
                Ok(()) => ExitCode::from(code),
                Err(_) => ExitCode::from(2),
            };
        }
    };
    let result = match (&arguments.command, faces.window) {
        (Some(command), _) => command.run(faces),
        (None, Some(open)) => open(&arguments.window),
        (None, None) => Err(Failure::Environment(
            "this program was built without its window (feature `desktop`); \
             `counterpart --help` lists what it can do"
                .to_owned(),
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            print_error(&failure.to_string());
            ExitCode::from(failure.code())
        }
    }
}

/// Writes `text` to the standard output.
///
/// # Errors
/// When it cannot be written. A reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Environment(
            format!("the standard output cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Writes a message for the person at the terminal to the standard error.
#[expect(
    clippy::print_stderr,
    reason = "the one place where the command line talks to the terminal"
)]
fn print_error(text: &str) {
    eprintln!("{}", text.trim_end());
}

/// How reports are drawn on the standard error.
fn error_appearance() -> Appearance {
    if io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        Appearance::Coloured
    } else {
        Appearance::Plain
    }
}
