//! `{"Authorization":"Bearer TOKEN"}`, for programs that ask a command for the headers of their requests.

use anyhow::Result;

use super::{AUTHORIZATION, TokenFormat, TokenOutput, bearer_value};

pub(super) struct Headers;

impl TokenFormat for Headers {
    fn format(&self, token: &str, _output: &TokenOutput<'_>) -> Result<String> {
        let headers = serde_json::json!({ AUTHORIZATION: bearer_value(token) });
        Ok(headers.to_string())
    }
}
