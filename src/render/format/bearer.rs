//! The value of the header: `Bearer TOKEN`.

use anyhow::Result;

use super::{TokenOutput, bearer_value};

pub(super) fn format(token: &str, _output: &TokenOutput<'_>) -> Result<String> {
    Ok(bearer_value(token))
}
