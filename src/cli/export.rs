//! `counterpart export`: a twin as a file of another program.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, print, print_error};
use crate::live;

/// Write a twin as a file of another program.
#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(subcommand)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Format {
    /// A water network as an INP file of EPANET 2.2 and 2.3.
    Epanet {
        /// The document, or the folder that holds its `twin.ron`.
        twin: PathBuf,
        /// The INP file to write.
        #[arg(short, long)]
        out: PathBuf,
    },
}

impl Export {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let Format::Epanet { twin, out } = &self.format;
        let outcome = live::export_epanet(twin, out)?;
        for sentence in &outcome.left_out {
            print_error(&format!("warning: {sentence}"));
        }
        print(&format!("{}\n", outcome.file.display()))
    }
}
