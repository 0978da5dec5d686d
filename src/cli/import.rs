//! `counterpart import`: a foreign file as a twin.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, error_appearance, print, print_error};
use crate::live;

/// Make a twin of a file of another program.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// A water network of EPANET: every section of an INP file of version 2.0 to 2.3.
    Epanet {
        /// The INP file.
        file: PathBuf,
        /// Folder that the document `twin.ron` is written to.
        #[arg(short, long)]
        out: PathBuf,
    },
}

impl Import {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let Format::Epanet { file, out } = &self.format;
        let outcome = live::import_epanet(file, out)?;
        let report = &outcome.twin.warnings;
        if !report.is_empty() {
            print_error(&report.render(error_appearance()));
        }
        let twin = &outcome.twin.twin;
        print(&format!(
            "{}: {} assets, {} links, {} patterns, {} curves, {} controls, {} rules\n",
            outcome.document.display(),
            twin.assets.len(),
            twin.links.len(),
            twin.patterns.len(),
            twin.curves.len(),
            twin.controls.len(),
            twin.rules.len(),
        ))
    }
}
