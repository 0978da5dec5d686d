//! `counterpart check`: is this document a twin?

use std::path::PathBuf;

use clap::Args;

use super::{Failure, error_appearance, print, print_error};
use crate::live;

/// Check a twin document and print every error in it with its place and a hint.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The document, the folder that holds its `twin.ron`, or an EPANET file (`.inp`).
    file: PathBuf,
}

impl Check {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let loaded = live::load_twin(&self.file)?;
        if !loaded.warnings.is_empty() {
            print_error(&loaded.warnings.render(error_appearance()));
        }
        let twin = &loaded.twin;
        print(&format!(
            "{} {}: {} assets, {} links, {} channels, {} scenarios, {} variables; no errors\n",
            twin.id,
            twin.version,
            twin.assets.len(),
            twin.links.len(),
            twin.channels.len(),
            twin.scenarios.len(),
            loaded.variables.len(),
        ))
    }
}
