//! A header as it travels: `Authorization: Bearer TOKEN`.

use anyhow::Result;

use super::{AUTHORIZATION, TokenOutput, bearer_value};

pub(super) fn format(token: &str, _output: &TokenOutput<'_>) -> Result<String> {
    Ok(format!("{AUTHORIZATION}: {}", bearer_value(token)))
}
