//! A line of a curl config file, for `curl -K`: <https://curl.se/docs/manpage.html#-K>.

use anyhow::Result;

use super::{AUTHORIZATION, TokenFormat, TokenOutput, bearer_value};

pub(super) struct Curl;

impl TokenFormat for Curl {
    fn format(&self, token: &str, _output: &TokenOutput<'_>) -> Result<String> {
        let value = quote(&bearer_value(token));
        Ok(format!("header = \"{AUTHORIZATION}: {value}\""))
    }
}

/// Escapes text for a quoted value of a curl config file. A token is escaped alike in JSON.
#[must_use]
pub fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
