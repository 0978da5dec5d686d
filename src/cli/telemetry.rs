//! `counterpart telemetry`: what is in a file, and what it owes its twin.

use clap::{Args, Subcommand};

use super::Failure;

/// Look at telemetry: propose contracts for a file, bring contracts in and out.
#[derive(Debug, Args)]
pub(super) struct Telemetry {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {}

impl Telemetry {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match self.command {}
    }
}
