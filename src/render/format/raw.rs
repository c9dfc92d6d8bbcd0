//! The token alone.

use anyhow::Result;

use super::TokenOutput;

pub(super) fn format(token: &str, _output: &TokenOutput<'_>) -> Result<String> {
    Ok(token.to_owned())
}
