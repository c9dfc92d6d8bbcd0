//! Not there yet.

use anyhow::Result;

use super::Context;
use crate::cli::ForgetArgs;
use crate::output::Answer;

/// Runs it.
pub fn run(_args: &ForgetArgs, _context: &Context<'_>) -> Result<Answer> {
    Err(anyhow::anyhow!("not there yet"))
}
