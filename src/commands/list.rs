//! Not there yet.

use anyhow::Result;

use super::Context;
use crate::cli::ListArgs;
use crate::output::Answer;

/// Runs it.
pub fn run(_args: &ListArgs, _context: &Context<'_>) -> Result<Answer> {
    Err(anyhow::anyhow!("not there yet"))
}
