//! `tok expiry`: when the cached token, or a JWT on standard input, expires. Offline.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::Context;
use super::input::{Input, Until, token_in};
use crate::acquire::cached;
use crate::cli::{ExpiryArgs, ExpiryFormat};
use crate::expiry::ExpiryRule;
use crate::jwt::Jwt;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::render::report::Kind;
use crate::time::{UnixTime, whole_seconds};

/// Prints the expiry; `stdin` is read for `-` only.
///
/// # Errors
/// Nothing is cached, or standard input holds no JWT with an expiry.
pub fn run(args: &ExpiryArgs, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    let (expires_at, rule) = if args.profile == "-" {
        (expiry_of_jwt(&stdin(Until::End)?)?, ExpiryRule::JwtExp)
    } else {
        let profile = context.profile(&args.profile, &args.identity)?;
        let entry = cached(&profile, &context.services())
            .with_context(|| InProfile(profile.name.clone()))?;
        (entry.expires_at, entry.expiry_rule)
    };
    let now = (context.now)();
    let left = expires_at.since(now);
    let min_ttl = context.min_ttl(args.min_ttl)?.unwrap_or_default();
    let is_good = left > 0 && left >= whole_seconds(min_ttl);
    let format = if args.json {
        ExpiryFormat::Json
    } else {
        args.format
    };
    let text = match format {
        ExpiryFormat::Human => {
            format!("{} ({})", expires_at.rfc3339(), expires_at.relative_to(now))
        }
        ExpiryFormat::Seconds => left.to_string(),
        ExpiryFormat::Epoch => expires_at.0.to_string(),
        ExpiryFormat::Rfc3339 => expires_at.rfc3339(),
        ExpiryFormat::Json => serde_json::to_string(&Json {
            profile: Some(args.profile.as_str()).filter(|name| *name != "-"),
            expires_at: expires_at.0,
            expires_in: left,
            expires_at_rfc3339: expires_at.rfc3339(),
            rule,
            good: is_good,
        })?,
    };
    Ok(Answer {
        code: if is_good { 0 } else { Kind::Expired.code() },
        ..Answer::new(text + "\n")
    })
}

fn expiry_of_jwt(input: &str) -> Result<UnixTime, CommandError> {
    let jwt = token_in(input).and_then(Jwt::read).ok_or_else(|| {
        CommandError::usage(
            "standard input holds no JWT",
            "an opaque token does not say when it expires; name the profile",
        )
    })?;
    jwt.expires_at().ok_or_else(|| {
        CommandError::usage(
            "the JWT has no `exp`",
            "its issuer says elsewhere when it expires, or it never does",
        )
    })
}

#[derive(Serialize)]
struct Json<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'a str>,
    expires_at: i64,
    expires_in: i64,
    expires_at_rfc3339: String,
    rule: ExpiryRule,
    good: bool,
}
