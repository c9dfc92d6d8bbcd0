//! A header as it travels: `Authorization: Bearer TOKEN`.

use anyhow::Result;

use super::{AUTHORIZATION, TokenFormat, TokenOutput, bearer_value};

pub(super) struct Header;

impl TokenFormat for Header {
    fn format(&self, token: &str, _output: &TokenOutput<'_>) -> Result<String> {
        Ok(format!("{AUTHORIZATION}: {}", bearer_value(token)))
    }
}
