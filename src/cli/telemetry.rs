//! `counterpart telemetry`: what is in a file, and what it owes its twin.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::run::duration;
use super::telemetry_store::{Export, Store};
use super::{Failure, print, print_error};
use crate::live::contracts::{export_contract, import_contract};
use crate::live::onboarding::{
    BrokerRequest, ColumnEdit, Onboarding, OnboardingRequest, Welcome, examine_file, overhear,
};
use crate::live::validation::{ValidationRequest, validate_telemetry};
use crate::quantity::SimDuration;
use crate::quantity::format::format_difference;
use crate::simulation::Progress;
use crate::telemetry::infer::{ColumnProposal, Proposed, Target, fragment};
use crate::twin::write_atomically;

/// Look at telemetry: propose contracts for a file, bring contracts in and out, see and export what
/// is stored, validate what looks for faults.
#[derive(Debug, Args)]
pub(super) struct Telemetry {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Infer(Infer),
    ExportContract(ExportContract),
    ImportContract(ImportContract),
    Store(Store),
    Export(Export),
    Validate(Validate),
}

impl Telemetry {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::Infer(infer) => infer.run(),
            Command::ExportContract(export) => export.run(),
            Command::ImportContract(import) => import.run(),
            Command::Store(store) => store.run(),
            Command::Export(export) => export.run(),
            Command::Validate(validate) => validate.run(),
        }
    }
}

/// Propose what is in a file of unknown columns, or what a broker sends: time, units, periods,
/// ranges, and which column is which channel of a twin. Nothing is changed unless `--accept` says
/// so.
#[derive(Debug, Args)]
struct Infer {
    /// The file (CSV of any encoding and separators, or Parquet), or a broker: `mqtt://host:1883`.
    file: PathBuf,
    /// The document it belongs to, or the folder that holds its `twin.ron`.
    #[arg(long, value_name = "TWIN")]
    twin: Option<PathBuf>,
    /// Zone of the clock, where the times have no offset from UTC: `Europe/Berlin`.
    #[arg(long)]
    zone: Option<String>,
    /// Assign a column to a channel or variable, whatever is proposed; `COLUMN=` to none. Can be
    /// given several times.
    #[arg(long, value_name = "COLUMN=CHANNEL")]
    map: Vec<String>,
    /// Say what is proposed for a column anew: `T1.unit=degC`, `T1.period=1 s`,
    /// `T1.range=20 to 60`, `T1.resolution=0.1`. Can be given several times.
    #[arg(long, value_name = "COLUMN.FIELD=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    broker: Broker,
    /// Write the proposed channels as a part of a document, in RON.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Work the accepted channels into the document, and make the file its telemetry.
    #[arg(long, requires = "twin")]
    accept: bool,
}

/// How a broker is listened to.
#[derive(Debug, Args)]
struct Broker {
    /// Topic filter of the broker: `plant/#`. Can be given several times; all topics otherwise.
    #[arg(long, value_name = "FILTER")]
    topic: Vec<String>,
    /// How long to listen to the broker.
    #[arg(long, value_name = "DURATION", default_value = "20 s")]
    listen: String,
    /// Speak MQTT 5 to the broker rather than 3.1.1.
    #[arg(long)]
    mqtt_5: bool,
    /// User at the broker.
    #[arg(long)]
    user: Option<String>,
    /// Environment variable that holds the password at the broker.
    #[arg(long, value_name = "VARIABLE")]
    password_variable: Option<String>,
    /// Certificate of the authority that vouches for the broker.
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
}

impl Infer {
    /// Looks at the file, or listens to the broker and looks at what came.
    fn examine(&self) -> Result<Onboarding, Failure> {
        let Some(url) = self.file.to_str().filter(|text| text.contains("://")) else {
            return Ok(examine_file(&OnboardingRequest {
                file: self.file.clone(),
                twin: self.twin.clone(),
                zone: self.zone.clone(),
            })?);
        };
        let broker = &self.broker;
        let duration = SimDuration::parse(&broker.listen)
            .map_err(|error| Failure::Environment(error.to_string()))?;
        let request = BrokerRequest {
            url: url.to_owned(),
            topics: match broker.topic.is_empty() {
                true => vec!["#".to_owned()],
                false => broker.topic.clone(),
            },
            seconds: duration.as_seconds(),
            version_5: broker.mqtt_5,
            user: broker.user.clone(),
            password_variable: broker.password_variable.clone(),
            authority: broker.authority.clone(),
            twin: self.twin.clone(),
        };
        print_error(&format!("listening to {url} for {duration}"));
        let overheard = Arc::new(overhear(&request, &Progress::new(), &mut |_| {})?);
        let heard = &overheard.capture.heard;
        if heard.not_understood > 0 {
            print_error(&format!(
                "note: {} of {} messages are neither JSON nor a number, first on {}",
                heard.not_understood, heard.messages, heard.not_understood_topic
            ));
        }
        Ok(overheard.examine(&BTreeSet::new(), &Progress::new())?)
    }

    fn run(&self) -> Result<(), Failure> {
        let mut onboarding = self.examine()?;
        for mapping in &self.map {
            let Some((column, target)) = mapping.rsplit_once('=') else {
                return Err(Failure::Environment(format!(
                    "`{mapping}` assigns nothing; write `column=channel`"
                )));
            };
            onboarding.assign(column.trim(), target.trim())?;
        }
        for set in &self.set {
            onboarding.edit(&ColumnEdit::parse(set)?)?;
        }
        print(&table(&onboarding))?;
        for warning in &onboarding.inference.warnings {
            print_error(&format!("note: {warning}"));
        }
        if let Some(out) = &self.out {
            let text = fragment(&onboarding.channels()).map_err(Failure::Wrong)?;
            write_atomically(out, |file| std::io::Write::write_all(file, text.as_bytes()))
                .map_err(|error| Failure::Wrong(error.to_string()))?;
            print(&format!("wrote {}\n", out.display()))?;
        }
        if self.accept {
            let welcome = onboarding.accept_and_look(&Progress::new())?;
            print(&welcome_text(&welcome))?;
        }
        Ok(())
    }
}

/// What was written, and the first residuals.
fn welcome_text(welcome: &Welcome) -> String {
    let mut text = format!(
        "{}: channels {}\n",
        welcome.document.display(),
        welcome.channels.join(", ")
    );
    // Writing into a string does not fail.
    if let Some(converted) = welcome.converted {
        let _ = writeln!(
            text,
            "converted {} rows, {} cells of text, {} rows without a time",
            converted.rows, converted.texts, converted.without_time
        );
    }
    let _ = writeln!(
        text,
        "{}: {} rows read, {} samples kept aside",
        welcome.telemetry.display(),
        welcome.rows,
        welcome.kept_aside
    );
    let Some(look) = &welcome.look else {
        return text;
    };
    for channel in look
        .channels
        .iter()
        .filter(|one| one.statistics.count() > 0)
    {
        let told = |value| format_difference(value, &channel.unit, 3);
        let _ = writeln!(
            text,
            "{}: measured minus twin RMS {}, from the middle of the time on {}, bias {}",
            channel.id,
            told(channel.statistics.root_mean_square()),
            told(channel.later.root_mean_square()),
            told(channel.statistics.bias())
        );
    }
    if let Some(why) = &look.stopped {
        let _ = writeln!(text, "the twin stopped on its way: {why}");
    }
    text
}

fn percent(confidence: f64) -> String {
    format!("{:.0} %", 100.0 * confidence)
}

/// The proposals as text: the file first, then a block for every column.
fn table(onboarding: &Onboarding) -> String {
    let inference = &onboarding.inference;
    let mut text = String::new();
    let mut line = |what: &str, value: &str, confidence: f64, reason: &str| {
        // Writing into a string does not fail.
        let _ = writeln!(
            text,
            "  {what:<12} {value:<28} {:>5}  {reason}",
            percent(confidence)
        );
    };
    let encoding = &inference.encoding;
    line(
        "encoding",
        &encoding.value.to_string(),
        encoding.confidence,
        &encoding.reason,
    );
    let layout = &inference.layout;
    let separator = match layout.value.delimiter {
        '\t' => "tab".to_owned(),
        other => format!("`{other}`"),
    };
    line(
        "separators",
        &format!("{separator}, decimal `{}`", layout.value.numbers.decimal),
        layout.confidence,
        &layout.reason,
    );
    let time = &inference.time;
    line(
        "time",
        &inference.time_header,
        time.confidence,
        &time.reason,
    );
    if let Some(epoch) = &onboarding.epoch {
        line(
            "epoch",
            &epoch.value.to_string(),
            epoch.confidence,
            &epoch.reason,
        );
    }
    let mut text = format!(
        "{}: {} rows, {} columns\n{text}",
        inference.name,
        inference.rows,
        inference.columns.len() + 1
    );
    for column in &inference.columns {
        text.push_str(&block(column, onboarding.twin.is_some()));
    }
    if !onboarding.obstacles.is_empty() && onboarding.twin.is_some() {
        let _ = writeln!(
            text,
            "\nThe file cannot be read as it is ({}); accepting it writes a converted one.",
            onboarding.obstacles.join(", ")
        );
    }
    text
}

fn block(column: &ColumnProposal, with_twin: bool) -> String {
    let mut text = format!("\n{} ({} samples", column.header, column.samples);
    for (count, what) in [
        (column.gaps, "gaps"),
        (column.outliers, "far outside"),
        (column.texts, "cells of text"),
    ] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    text.push_str(")\n");
    let mut line = |what: &str, value: String, confidence: f64, reason: &str| {
        let _ = writeln!(
            text,
            "  {what:<12} {value:<28} {:>5}  {reason}",
            percent(confidence)
        );
    };
    match &column.target {
        Some(target) => line(
            if column.is_accepted { "is" } else { "could be" },
            target_text(&target.value),
            target.confidence,
            &target.reason,
        ),
        None if with_twin => line(
            "is",
            "nothing of the twin".to_owned(),
            0.0,
            "no name, unit or course fits",
        ),
        None => {}
    }
    let symbol = column
        .unit
        .as_ref()
        .map(|unit| unit.value.code().to_owned())
        .unwrap_or_default();
    let number = |value: f64| format!("{value} {symbol}").trim_end().to_owned();
    if let Some(unit) = &column.unit {
        line(
            "unit",
            unit.value.code().to_owned(),
            unit.confidence,
            &unit.reason,
        );
    }
    shown(&mut line, "period", &column.period, ToString::to_string);
    shown(&mut line, "jitter", &column.jitter, ToString::to_string);
    shown(&mut line, "range", &column.operational, |(low, high)| {
        format!("{low} to {}", number(*high))
    });
    shown(&mut line, "resolution", &column.resolution, |value| {
        number(*value)
    });
    shown(&mut line, "rate", &column.rate, |value| {
        format!("{} /s", number(*value))
    });
    shown(&mut line, "stuck after", &column.stuck, ToString::to_string);
    shown(&mut line, "counter", &column.counter, |rollover| {
        rollover.map_or_else(
            || "yes".to_owned(),
            |value| format!("again from 0 at {}", number(value)),
        )
    });
    text
}

fn shown<T>(
    line: &mut impl FnMut(&str, String, f64, &str),
    what: &str,
    proposed: &Option<Proposed<T>>,
    text: impl Fn(&T) -> String,
) {
    if let Some(one) = proposed {
        line(what, text(&one.value), one.confidence, &one.reason);
    }
}

fn target_text(target: &Target) -> String {
    match &target.channel {
        Some(channel) => format!("channel {channel}"),
        None => target.variable.clone(),
    }
}

/// Write a twin's channels and their contracts as an Open Data Contract (ODCS 3.1).
#[derive(Debug, Args)]
struct ExportContract {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// The YAML file to write; the standard output where it is not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ExportContract {
    fn run(&self) -> Result<(), Failure> {
        let text = export_contract(&self.twin, self.out.as_deref())?;
        match &self.out {
            Some(out) => print(&format!("wrote {}\n", out.display())),
            None => print(&text),
        }
    }
}

/// Bring the contracts of an Open Data Contract (ODCS 3.1) into a twin's channels.
#[derive(Debug, Args)]
struct ImportContract {
    /// The YAML file.
    contract: PathBuf,
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// The document to write; the twin's own where it is not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl ImportContract {
    fn run(&self) -> Result<(), Failure> {
        let imported = import_contract(&self.contract, &self.twin, self.out.as_deref())?;
        for note in &imported.notes {
            print_error(&format!("note: {note}"));
        }
        print(&format!(
            "{}: {} channels changed, {} added, {} parts of the contract not understood\n",
            imported.document.display(),
            imported.changed.len(),
            imported.added.len(),
            imported.notes.len()
        ))
    }
}

/// Play plants with faults beside a twin and say how soon each is found, and how often there is
/// an alarm without one. No wall clock takes part: the same seed gives the same figures.
#[derive(Debug, Args)]
struct Validate {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// Play the faults of this RON file rather than drawn ones.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// How long each plant plays, in its own time.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration, default_value = "7 d")]
    length: SimDuration,
    /// Seed of the plants and of what goes wrong in them.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
}

impl Validate {
    fn run(&self) -> Result<(), Failure> {
        let validation = validate_telemetry(&ValidationRequest {
            twin: self.twin.clone(),
            faults: self.faults.clone(),
            length: self.length,
            seed: self.seed,
        })?;
        print(&validation.to_text())
    }
}
