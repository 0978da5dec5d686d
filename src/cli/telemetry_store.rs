//! `counterpart telemetry store` and `counterpart telemetry export`: what is in
//! the store beside a twin.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, print};
use crate::live::{Moment, StoreContents, TableRequest, store_contents, write_stored};

/// Say what is in a twin's telemetry store: channels, times, how many samples take part, and
/// what it takes on the disk.
#[derive(Debug, Args)]
pub(super) struct Store {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// The store, where it is not the one beside the document.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
}

impl Store {
    pub(super) fn run(&self) -> Result<(), Failure> {
        print(&text_of(&store_contents(
            &self.twin,
            self.store.as_deref(),
        )?))
    }
}

fn text_of(contents: &StoreContents) -> String {
    let extent = &contents.extent;
    let mut text = format!(
        "{}: {} samples, {} of them not sealed, {} segments, {:.1} MB on the disk\n",
        contents.folder.display(),
        extent.samples,
        extent.hot,
        extent.segments,
        extent.on_disk() as f64 / 1e6
    );
    // Writing into a string does not fail.
    if contents.dropped() > 0 {
        let _ = writeln!(
            text,
            "{} older samples were dropped by retention",
            contents.dropped()
        );
    }
    let _ = writeln!(
        text,
        "{:<16} {:>10} {:>10} {:>8}  {:<24} to",
        "channel", "samples", "aside", "passed", "from"
    );
    for channel in &contents.channels {
        let passed = channel
            .pass_rate()
            .map_or_else(|| "-".to_owned(), |part| format!("{:.1} %", part * 100.0));
        let (from, to) = channel.span.map_or_else(
            || ("-".to_owned(), "-".to_owned()),
            |(first, last)| {
                let instant = |time| contents.epoch.instant(time).to_string();
                (instant(first), instant(last))
            },
        );
        let _ = writeln!(
            text,
            "{:<16} {:>10} {:>10} {:>8}  {from:<24} {to}",
            channel.id,
            channel.samples,
            channel.samples - channel.accepted,
            passed
        );
    }
    text
}

/// Write samples of a twin's telemetry store into a table that other programs read, in order of
/// time, each channel in its unit.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The document, or the folder that holds its `twin.ron`.
    twin: PathBuf,
    /// The store, where it is not the one beside the document.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// A channel to write; all of them where none is named. Can be given several times.
    #[arg(long = "channel", value_name = "ID")]
    channels: Vec<String>,
    /// First event time: an instant such as `2024-01-01T02:00:00Z`, or the time since the twin's
    /// epoch, such as `2 h`.
    #[arg(long, value_name = "T", value_parser = Moment::parse)]
    from: Option<Moment>,
    /// Last event time, as `--from`.
    #[arg(long, value_name = "T", value_parser = Moment::parse)]
    to: Option<Moment>,
    /// Samples that are kept aside as well.
    #[arg(long)]
    kept_aside: bool,
    /// The file to write, `.csv` or `.parquet`.
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

impl Export {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (written, left_out) = write_stored(&TableRequest {
            twin: self.twin.clone(),
            store: self.store.clone(),
            channels: self.channels.clone(),
            from: self.from,
            to: self.to,
            kept_aside: self.kept_aside,
            out: self.out.clone(),
        })?;
        let aside = match left_out {
            0 => String::new(),
            _ => format!(", {left_out} that are kept aside were left out"),
        };
        print(&format!(
            "wrote {}: {written} samples{aside}\n",
            self.out.display()
        ))
    }
}
