//! The token with what the reply said about it, as JSON.

use anyhow::Result;
use serde::Serialize;

use super::{TokenOutput, TokenType};

#[derive(Serialize)]
struct Document<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    token_type: &'a str,
    expires_at: Option<i64>,
    expires_in: Option<i64>,
    scope: Option<&'a str>,
    profile: &'a str,
    cached: bool,
}

pub(super) fn format(token: &str, output: &TokenOutput<'_>) -> Result<String> {
    let expires_at = output.token.expiry.map(|(at, _)| at);
    let only = |wanted| (output.token_type == wanted).then_some(token);
    Ok(serde_json::to_string(&Document {
        access_token: only(TokenType::Access),
        id_token: only(TokenType::Id),
        refresh_token: only(TokenType::Refresh),
        token_type: output.token.token_type.as_deref().unwrap_or("Bearer"),
        expires_at: expires_at.map(|at| at.0),
        expires_in: expires_at.map(|at| at.since(output.now)),
        scope: output.token.scope.as_deref(),
        profile: output.profile,
        cached: output.cached,
    })?)
}
