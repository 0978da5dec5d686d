//! The `counterpart` program.

use std::process::ExitCode;

use counterpart::cli::{self, Faces};

fn main() -> ExitCode {
    cli::main(&Faces { window: None })
}
