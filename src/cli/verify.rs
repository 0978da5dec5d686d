//! `counterpart verify`: does a run come out the same again?

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, print, with_progress};
use crate::live;

/// Repeat a run and compare everything it wrote, bit for bit.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Folder of the run, or its `run.ron`.
    run: PathBuf,
    /// Number of threads; all processors where it is not given. The results do not depend on it.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
}

impl Verify {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let verification = with_progress("repeating", self.threads, |progress| {
            live::verify(&self.run, progress)
        })??;
        if verification.is_confirmed() {
            return print(&format!(
                "{}: {} files repeated bit for bit\n",
                self.run.display(),
                verification.record.outputs.len()
            ));
        }
        let mut text = format!("{}: the run is not confirmed\n", self.run.display());
        for mismatch in &verification.mismatches {
            // Writing into a string does not fail.
            let _ = writeln!(text, "  {mismatch}");
        }
        Err(Failure::Wrong(text))
    }
}
