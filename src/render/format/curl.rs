//! A line of a curl config file, for `curl -K`: <https://curl.se/docs/manpage.html#-K>.

use anyhow::Result;

use super::{AUTHORIZATION, TokenOutput, bearer_value};

pub(super) fn format(token: &str, _output: &TokenOutput<'_>) -> Result<String> {
    let value = quote(&bearer_value(token));
    Ok(format!("header = \"{AUTHORIZATION}: {value}\""))
}

/// Escapes text for a quoted value of a curl config file.
#[must_use]
pub fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
