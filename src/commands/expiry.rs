//! `tok expiry`: when the cached token, or a JWT on standard input, expires. Asks no server.

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::Context;
use crate::acquire::cached;
use crate::cli::{ExpiryArgs, ExpiryFormat};
use crate::commands::input::InputText;
use crate::expiry::ExpiryRule;
use crate::jwt::Jwt;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::time::{UnixTime, whole_seconds};

/// The exit code of a token that is not good for as long as was asked.
const NOT_GOOD: u8 = 10;

/// Tells the expiry; `stdin` is read for `-` only.
///
/// # Errors
/// Nothing is cached, or what came on standard input is no JWT with an expiry.
pub fn run(args: &ExpiryArgs, context: &Context<'_>, stdin: &InputText<'_>) -> Result<Answer> {
    let (expires_at, rule) = if args.profile == "-" {
        (of_jwt(&stdin()?)?, ExpiryRule::JwtExp)
    } else {
        let (profile, base) = context.profile(&args.profile, &args.identity)?;
        let entry = cached(&profile, &context.services(&base))
            .with_context(|| InProfile(profile.name.clone()))?;
        (entry.expires_at, entry.expiry_rule)
    };
    let now = (context.now)();
    let left = expires_at.since(now);
    let wanted = context.min_ttl(args.min_ttl)?.unwrap_or_default();
    let is_good = left > 0 && left >= whole_seconds(wanted);
    let text = match args.format {
        ExpiryFormat::Human => format!(
            "{} ({})\n",
            expires_at.rfc3339(),
            expires_at.relative_to(now)
        ),
        ExpiryFormat::Seconds => format!("{left}\n"),
        ExpiryFormat::Epoch => format!("{}\n", expires_at.0),
        ExpiryFormat::Rfc3339 => format!("{}\n", expires_at.rfc3339()),
        ExpiryFormat::Json => json(args, expires_at, left, rule, is_good)?,
    };
    let code = if is_good { 0 } else { NOT_GOOD };
    Ok(Answer {
        code,
        ..Answer::new(text)
    })
}

fn of_jwt(text: &str) -> Result<UnixTime> {
    let token = text.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token).trim_start();
    let jwt = Jwt::read(token).ok_or_else(|| {
        CommandError::usage(
            "standard input holds no JWT",
            "an opaque token does not say when it expires; name the profile",
        )
    })?;
    let missing = || {
        CommandError::usage(
            "the JWT has no `exp`",
            "its issuer says elsewhere when it expires, or it never does",
        )
    };
    Ok(jwt.expires_at().ok_or_else(missing)?)
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

fn json(
    args: &ExpiryArgs,
    expires_at: UnixTime,
    left: i64,
    rule: ExpiryRule,
    good: bool,
) -> Result<String> {
    let profile = Some(args.profile.as_str()).filter(|name| *name != "-");
    let json = Json {
        profile,
        expires_at: expires_at.0,
        expires_in: left,
        expires_at_rfc3339: expires_at.rfc3339(),
        rule,
        good,
    };
    Ok(serde_json::to_string(&json)? + "\n")
}
