//! `tok inspect`: what is known of a token. Asks no server, and never shows the token itself.

mod claims;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::{Context, base_of, override_identity};
use crate::acquire::cached;
use crate::cli::InspectArgs;
use crate::commands::input::InputText;
use crate::config::ProfilesFile;
use crate::expiry::{ExpiryRule, Freshness};
use crate::jwt::Jwt;
use crate::profile::is_name;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::render::view;
use crate::store::Entry;
use crate::text::sanitize;
use crate::time::{UnixTime, brief};

/// A word longer than this that names no profile is taken for a token: no mistake of a user's is that long.
const LONGEST_MISTAKE: usize = 24;

/// Tells what is known; `stdin` is read for `-` only.
///
/// # Errors
/// There is no such profile, it has no cached token, or standard input is empty.
pub fn run(args: &InspectArgs, context: &Context<'_>, stdin: &InputText<'_>) -> Result<Answer> {
    if args.target == "-" {
        return of_token(&stdin()?, args.json, context);
    }
    if !is_name(&args.target) {
        return of_token(&args.target, args.json, context);
    }
    let file = match context.file() {
        Ok(file) if file.names().contains(&args.target) => file,
        _ if is_token(&args.target) => return of_token(&args.target, args.json, context),
        // Says that there is no such profile, or what else is the matter with it.
        Ok(file) => file,
        Err(error) => return Err(error),
    };
    of_profile(&file, args, context)
}

fn is_token(text: &str) -> bool {
    text.len() > LONGEST_MISTAKE || Jwt::read(text).is_some()
}

/// What is known, for a program. `null` is what does not apply.
#[derive(Serialize)]
struct Json<'a> {
    profile: Option<&'a str>,
    state: Option<&'static str>,
    endpoint: Option<&'a str>,
    token_type: Option<&'a str>,
    format: &'static str,
    characters: usize,
    scope: Option<&'a str>,
    requested_at: Option<i64>,
    expires_at: Option<i64>,
    expires_in: Option<i64>,
    rule: Option<ExpiryRule>,
    refresh_token: Option<bool>,
    id_token: Option<bool>,
    file: Option<String>,
    /// Nobody has checked the signature.
    verified: bool,
    header: Option<&'a serde_json::Map<String, serde_json::Value>>,
    claims: Option<&'a serde_json::Map<String, serde_json::Value>>,
}

/// What kind of token it is, to people and to programs.
fn format_of(jwt: Option<&Jwt>) -> &'static str {
    if jwt.is_some() { "jwt" } else { "opaque" }
}

fn of_profile(file: &ProfilesFile, args: &InspectArgs, context: &Context<'_>) -> Result<Answer> {
    let mut profile = file.profile(&args.target)?;
    override_identity(&mut profile, &args.identity)?;
    let base = base_of(file);
    let services = context.services(&base);
    let entry = cached(&profile, &services).with_context(|| InProfile(profile.name.clone()))?;
    let now = (context.now)();
    let state = entry.freshness(profile.timing.windows(None), now);
    let token = entry.access_token.expose();
    let jwt = Jwt::read(token);
    let path = context
        .cache
        .as_ref()
        .map(|cache| cache.path(&entry.key).display().to_string());
    if args.json {
        let json = Json {
            profile: Some(&profile.name),
            state: Some(view::freshness(state).0),
            endpoint: Some(&entry.endpoint),
            token_type: entry.token_type.as_deref(),
            format: format_of(jwt.as_ref()),
            characters: token.chars().count(),
            scope: entry.scope.as_deref(),
            requested_at: Some(entry.requested_at.0),
            expires_at: Some(entry.expires_at.0),
            expires_in: Some(entry.expires_at.since(now)),
            rule: Some(entry.expiry_rule),
            refresh_token: Some(entry.refresh_token.is_some()),
            id_token: Some(entry.id_token.is_some()),
            file: path,
            verified: false,
            header: jwt.as_ref().map(|jwt| &jwt.header),
            claims: jwt.as_ref().map(|jwt| &jwt.claims),
        };
        return Ok(Answer::new(view::json(&json)?));
    }
    let mut text = entry_fields(&entry, state, jwt.as_ref(), path, context);
    if let Some(jwt) = &jwt {
        text.push_str(&claims::shown(jwt, now, context.is_terminal));
    }
    Ok(Answer::new(text))
}

fn entry_fields(
    entry: &Entry,
    state: Freshness,
    jwt: Option<&Jwt>,
    path: Option<String>,
    context: &Context<'_>,
) -> String {
    let now = (context.now)();
    let when = |at| view::when(at, now, context.is_terminal);
    let (word, style) = view::freshness(state);
    let yes_or_no = |is_there| if is_there { "yes" } else { "no" }.to_owned();
    let or_none = |text: Option<&str>| {
        text.map(sanitize)
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| view::NONE.to_owned())
    };
    let mut pairs = vec![
        ("state", view::paint(style, word)),
        ("expires", when(entry.expires_at)),
        ("by rule", entry.expiry_rule.as_str().to_owned()),
    ];
    if context.is_terminal {
        let Entry {
            requested_at: from,
            expires_at: to,
            ..
        } = *entry;
        let bar = view::paint(style, &view::bar(from, to, now));
        let used = view::used(from, to, now);
        pairs.push((
            "lifetime",
            format!("{bar} {used} % of {} used", brief(to.since(from))),
        ));
    }
    pairs.extend([
        ("requested", when(entry.requested_at)),
        ("scope", or_none(entry.scope.as_deref())),
        ("token type", or_none(entry.token_type.as_deref())),
        ("format", characters(entry.access_token.expose(), jwt)),
        ("refresh token", yes_or_no(entry.refresh_token.is_some())),
        ("id token", yes_or_no(entry.id_token.is_some())),
        ("endpoint", sanitize(&entry.endpoint)),
        ("file", path.unwrap_or_default()),
    ]);
    view::fields(&entry.profile, named(pairs))
}

fn named(pairs: Vec<(&str, String)>) -> Vec<(String, String)> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn characters(token: &str, jwt: Option<&Jwt>) -> String {
    let format = if jwt.is_some() { "JWT" } else { "opaque" };
    format!(
        "{format}, {}",
        view::counted(token.chars().count(), "character")
    )
}

/// A token that is not from the cache.
fn of_token(text: &str, json: bool, context: &Context<'_>) -> Result<Answer> {
    let token = bare(text);
    if token.is_empty() {
        return Err(CommandError::usage(
            "there is no token to inspect",
            "name a profile, or write a token to standard input: `… | tok inspect -`",
        )
        .into());
    }
    let now = (context.now)();
    let jwt = Jwt::read(token);
    let expires_at = jwt.as_ref().and_then(Jwt::expires_at);
    let state = expires_at.map(|at| {
        if at > now {
            Freshness::Fresh
        } else {
            Freshness::Expired
        }
    });
    let scope = jwt
        .as_ref()
        .and_then(|jwt| jwt.claims.get("scope")?.as_str());
    if json {
        let json = Json {
            profile: None,
            state: state.map(|state| view::freshness(state).0),
            endpoint: None,
            token_type: None,
            format: format_of(jwt.as_ref()),
            characters: token.chars().count(),
            scope,
            requested_at: jwt.as_ref().and_then(|jwt| jwt.time("iat")).map(|at| at.0),
            expires_at: expires_at.map(|at| at.0),
            expires_in: expires_at.map(|at: UnixTime| at.since(now)),
            rule: expires_at.map(|_| ExpiryRule::JwtExp),
            refresh_token: None,
            id_token: None,
            file: None,
            verified: false,
            header: jwt.as_ref().map(|jwt| &jwt.header),
            claims: jwt.as_ref().map(|jwt| &jwt.claims),
        };
        return Ok(Answer::new(view::json(&json)?));
    }
    let mut pairs = vec![("format", characters(token, jwt.as_ref()))];
    match (state, expires_at) {
        (Some(state), Some(at)) => {
            let (word, style) = view::freshness(state);
            pairs.push(("state", view::paint(style, word)));
            pairs.push(("expires", view::when(at, now, context.is_terminal)));
        }
        _ if jwt.is_some() => pairs.push(("expires", "it does not say when".to_owned())),
        _ => pairs.push((
            "claims",
            "none that can be read: only its issuer knows what it means".to_owned(),
        )),
    }
    let mut answer = view::fields("token", named(pairs));
    if let Some(jwt) = &jwt {
        answer.push_str(&claims::shown(jwt, now, context.is_terminal));
    }
    Ok(Answer::new(answer))
}

/// The token of what may be a whole header.
fn bare(text: &str) -> &str {
    let mut text = text.trim();
    for label in ["authorization:", "bearer "] {
        if text
            .get(..label.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(label))
        {
            text = text.get(label.len()..).unwrap_or_default().trim_start();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_token_and_what_a_mistake() {
        let cases = [
            ("moov", false),
            ("e30.e30.", true),
            ("a.b.c", false),
            (&"x".repeat(33), true),
        ];
        for (text, expected) in cases {
            assert_eq!(is_token(text), expected, "{text}");
        }
        for text in [
            "t",
            " t\n",
            "Bearer t",
            "authorization: bearer t\r\n",
            "Authorization:t",
        ] {
            assert_eq!(bare(text), "t", "{text:?}");
        }
    }
}
