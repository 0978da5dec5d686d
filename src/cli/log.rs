//! `counterpart log`: event logs beside a twin.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::run::duration;
use super::{Failure, print, with_progress};
use crate::live::event_log::{
    LogForecastRequest, LogRequest, TimesFitRequest, beside_log, fit_log, forecast_opened,
    open_log, way_of, way_text,
};
use crate::quantity::{SimDuration, SimTime};
use crate::telemetry::event_log::LogOptions;

/// Look at the event log of a line: check it, hold a twin against it, fit times to it, follow an
/// item, and go on from where it ends.
#[derive(Debug, Args)]
pub(super) struct Log {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    Compare(Compare),
    Fit(Fit),
    Forecast(Forecast),
    Item(Item),
}

impl Log {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::Check(check) => check.run(),
            Command::Compare(compare) => compare.run(),
            Command::Fit(fit) => fit.run(),
            Command::Forecast(forecast) => forecast.run(),
            Command::Item(item) => item.run(),
        }
    }
}

/// A log and how it names things.
#[derive(Debug, Args)]
struct LogArguments {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// The event log: `.csv`, `.parquet` or `.xes`; the one that comes with the document where it
    /// is not given.
    log: Option<PathBuf>,
    /// Say which column holds what: `time`, `item`, `asset`, `event`, `server`, `class` or `end`.
    /// Can be given several times.
    #[arg(long, value_name = "WHAT=COLUMN")]
    column: Vec<String>,
    /// Say which asset a name of the log means. Can be given several times.
    #[arg(long, value_name = "NAME=ASSET")]
    asset: Vec<String>,
    /// Say what a word of the log means: `enter`, `leave` or a state such as `working`. Can be
    /// given several times.
    #[arg(long, value_name = "WORD=MEANING")]
    word: Vec<String>,
}

impl LogArguments {
    fn request(&self) -> Result<LogRequest, Failure> {
        let mut options = LogOptions::default();
        let wrong = |error: crate::telemetry::event_log::OptionProblem| {
            Failure::Environment(error.to_string())
        };
        for text in &self.column {
            options.set_column(text).map_err(wrong)?;
        }
        for text in &self.asset {
            options.set_asset(text).map_err(wrong)?;
        }
        for text in &self.word {
            options.set_word(text).map_err(wrong)?;
        }
        let log = self.log.as_deref();
        Ok(LogRequest::find(&self.twin, log, options)?)
    }
}

/// Check an event log: everything that cannot be read or contradicts itself, with its line.
#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    log: LogArguments,
}

impl Check {
    fn run(&self) -> Result<(), Failure> {
        let opened = open_log(&self.log.request()?)?;
        print(&opened.to_text())?;
        match opened.log.problem_count {
            0 => Ok(()),
            count => Err(Failure::Wrong(format!("{count} problems in the log"))),
        }
    }
}

/// Simulate the twin over the time of a log and hold it against the log: throughput, items inside
/// and what machines do, side by side.
#[derive(Debug, Args)]
struct Compare {
    #[command(flatten)]
    log: LogArguments,
}

impl Compare {
    fn run(&self) -> Result<(), Failure> {
        print(&beside_log(&self.log.request()?)?.to_text())
    }
}

/// Follow one item of a log on its way through the line.
#[derive(Debug, Args)]
struct Item {
    #[command(flatten)]
    log: LogArguments,
    /// Its name in the log.
    #[arg(long, value_name = "NAME")]
    item: String,
}

impl Item {
    fn run(&self) -> Result<(), Failure> {
        let opened = open_log(&self.log.request()?)?;
        let way = way_of(&opened, &self.item)?;
        print(&way_text(&opened, &self.item, &way))
    }
}

/// Fit distributions to the times of work, of set-ups, to failures and of repairs, and say how well
/// they fit. Nothing is changed unless `--accept` says so.
#[derive(Debug, Args)]
struct Fit {
    #[command(flatten)]
    log: LogArguments,
    /// Seed of the samples that goodness of fit is judged by.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the best distributions into the document.
    #[arg(long)]
    accept: bool,
}

impl Fit {
    fn run(&self) -> Result<(), Failure> {
        let outcome = fit_log(&TimesFitRequest {
            log: self.log.request()?,
            seed: self.seed,
        })?;
        print(&outcome.to_text())?;
        if self.accept {
            let path = outcome.accept()?;
            print(&format!("wrote {}\n", path.display()))?;
        }
        Ok(())
    }
}

/// Set the twin's state from the log up to an instant and look ahead from there: what comes out of
/// the line, with its interval.
#[derive(Debug, Args)]
struct Forecast {
    #[command(flatten)]
    log: LogArguments,
    /// The instant to go on from, since the twin's epoch, such as `12 h`; the end of the log where
    /// it is not given.
    #[arg(long, value_name = "T", value_parser = instant)]
    at: Option<SimTime>,
    /// How far to look ahead; the document's horizon where it is not given.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    horizon: Option<SimDuration>,
    /// Number of runs, each with chances of its own.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(2..))]
    members: u32,
    /// Seed of the runs; the document's where it is not given.
    #[arg(long)]
    seed: Option<u64>,
}

impl Forecast {
    fn run(&self) -> Result<(), Failure> {
        let opened = open_log(&self.log.request()?)?;
        let request = LogForecastRequest {
            at: self.at,
            horizon: self.horizon,
            members: self.members,
            seed: self.seed,
        };
        let forecast = with_progress("looking ahead", None, |progress| {
            forecast_opened(&opened, &request, progress)
        })??;
        print(&forecast.to_text(&opened.loaded.twin))
    }
}

fn instant(text: &str) -> Result<SimTime, String> {
    SimTime::parse(text).map_err(|error| error.to_string())
}
