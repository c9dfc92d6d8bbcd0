//! The token alone.

use anyhow::Result;

use super::{TokenFormat, TokenOutput};

pub(super) struct Raw;

impl TokenFormat for Raw {
    fn format(&self, token: &str, _output: &TokenOutput<'_>) -> Result<String> {
        Ok(token.to_owned())
    }
}
