//! The value of the header: `Bearer TOKEN`.

use anyhow::Result;

use super::{TokenFormat, TokenOutput, bearer_value};

pub(super) struct Bearer;

impl TokenFormat for Bearer {
    fn format(&self, token: &str, _output: &TokenOutput<'_>) -> Result<String> {
        Ok(bearer_value(token))
    }
}
