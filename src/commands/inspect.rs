//! Not there yet.

use anyhow::Result;

use super::Context;
use crate::cli::InspectArgs;
use crate::output::Answer;

/// Runs it.
pub fn run(
    _args: &InspectArgs,
    _context: &Context<'_>,
    _stdin: &dyn Fn() -> Result<String>,
) -> Result<Answer> {
    Err(anyhow::anyhow!("not there yet"))
}
