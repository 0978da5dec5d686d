//! `counterpart reference`: what may stand in a twin document?

use clap::Args;

use super::{Failure, print};
use crate::{model, twin};

/// Print the reference page of the document format and of all kinds, in Markdown.
#[derive(Debug, Args)]
pub(super) struct Reference {}

impl Reference {
    pub(super) fn run(&self) -> Result<(), Failure> {
        print(&twin::reference_markdown(&model::registry()))
    }
}
