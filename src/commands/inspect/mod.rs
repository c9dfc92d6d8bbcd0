//! `tok inspect`: the claims, times, scope and cache entry of a token. Offline; never shows the token itself.

mod claims;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Context;
use super::input::{Input, Until, token_in};
use crate::acquire::cached;
use crate::cli::InspectArgs;
use crate::expiry::{ExpiryRule, Freshness};
use crate::jwt::Jwt;
use crate::profile::is_name;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::render::style::paint;
use crate::render::table::NONE;
use crate::render::view;
use crate::store::Entry;
use crate::text::{may_be_token, sanitize};
use crate::time::{UnixTime, brief};

/// Describes a token; `stdin` is read for `-` only.
///
/// # Errors
/// The profile is unknown, it has no cached token, or standard input holds no token.
pub fn run(args: &InspectArgs, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    let target = args.target.as_str();
    if target == "-" {
        return of_token(&stdin(Until::End)?, args.json, context);
    }
    if !is_name(target) {
        return of_token(target, args.json, context);
    }
    match context.file() {
        Ok(file) if file.names().iter().any(|name| name == target) => of_profile(args, context),
        _ if may_be_token(target) || Jwt::read(target).is_some() => {
            of_token(target, args.json, context)
        }
        // Reports an unknown profile with a suggestion.
        _ => of_profile(args, context),
    }
}

fn of_profile(args: &InspectArgs, context: &Context<'_>) -> Result<Answer> {
    let profile = context.profile(&args.target, &args.identity)?;
    let services = context.services();
    let entry = cached(&profile, &services).with_context(|| InProfile(profile.name.clone()))?;
    let now = (context.now)();
    let token = entry.access_token.expose();
    let jwt = Jwt::read(token);
    let file = context
        .cache
        .as_ref()
        .map(|cache| cache.path(&entry.key).display().to_string());
    let freshness = entry.freshness(profile.timing.windows(None), now);
    Facts {
        profile: Some(&profile.name),
        endpoint: Some(&entry.endpoint),
        token_type: entry.token_type.as_deref(),
        scope: entry.scope.as_deref(),
        requested_at: Some(entry.requested_at.0),
        rule: Some(entry.expiry_rule),
        refresh_token: Some(entry.refresh_token.is_some()),
        id_token: Some(entry.id_token.is_some()),
        file,
        ..Facts::new(
            token,
            jwt.as_ref(),
            Some((entry.expires_at, freshness)),
            now,
        )
    }
    .answer(args.json, Some(&entry), jwt.as_ref(), context)
}

/// A token that is not from the cache.
fn of_token(input: &str, json: bool, context: &Context<'_>) -> Result<Answer> {
    let token = token_in(input).ok_or_else(|| {
        CommandError::usage(
            "the token to inspect is missing",
            "name a profile, or write a token to standard input: `… | tok inspect -`",
        )
    })?;
    let now = (context.now)();
    let jwt = Jwt::read(token);
    let expires_at = jwt.as_ref().and_then(Jwt::expires_at);
    let expiry = expires_at.map(|at| {
        let freshness = if at > now {
            Freshness::Fresh
        } else {
            Freshness::Expired
        };
        (at, freshness)
    });
    Facts {
        scope: jwt
            .as_ref()
            .and_then(|jwt| jwt.claims.get("scope")?.as_str()),
        requested_at: jwt.as_ref().and_then(|jwt| jwt.time("iat")).map(|at| at.0),
        rule: expires_at.map(|_| ExpiryRule::JwtExp),
        ..Facts::new(token, jwt.as_ref(), expiry, now)
    }
    .answer(json, None, jwt.as_ref(), context)
}

/// What is known of a token, as `--json` prints it; `null` is what does not apply.
#[derive(Serialize)]
struct Facts<'a> {
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
    /// Whether the signature was checked.
    verified: bool,
    header: Option<&'a Map<String, Value>>,
    claims: Option<&'a Map<String, Value>>,
    #[serde(skip)]
    freshness: Option<Freshness>,
}

impl<'a> Facts<'a> {
    fn new(
        token: &str,
        jwt: Option<&'a Jwt>,
        expiry: Option<(UnixTime, Freshness)>,
        now: UnixTime,
    ) -> Self {
        let (expires_at, freshness) = expiry.unzip();
        Self {
            profile: None,
            state: freshness.map(|freshness| view::freshness(freshness).0),
            endpoint: None,
            token_type: None,
            format: if jwt.is_some() { "jwt" } else { "opaque" },
            characters: token.chars().count(),
            scope: None,
            requested_at: None,
            expires_at: expires_at.map(|at| at.0),
            expires_in: expires_at.map(|at| at.since(now)),
            rule: None,
            refresh_token: None,
            id_token: None,
            file: None,
            verified: false,
            header: jwt.map(|jwt| &jwt.header),
            claims: jwt.map(|jwt| &jwt.claims),
            freshness,
        }
    }

    fn answer(
        &self,
        json: bool,
        entry: Option<&Entry>,
        jwt: Option<&Jwt>,
        context: &Context<'_>,
    ) -> Result<Answer> {
        if json {
            return Ok(Answer::new(view::json(self)?));
        }
        let (now, is_terminal) = ((context.now)(), context.width.is_some());
        let when = |at| view::when(UnixTime(at), now, is_terminal);
        let yes_or_no = |is_there| if is_there { "yes" } else { "no" }.to_owned();
        let text = |text: Option<&str>| match text.map(sanitize) {
            Some(text) if !text.is_empty() => Some(text),
            _ => self.profile.map(|_| NONE.to_owned()),
        };
        let format = format!(
            "{}, {}",
            if jwt.is_some() { "JWT" } else { self.format },
            view::counted(self.characters, "character")
        );
        let no_expiry = if jwt.is_some() {
            "unknown: the JWT has no `exp`"
        } else {
            "unknown: the token is opaque"
        };
        let state = self.freshness.map(|freshness| {
            let (state, style) = view::freshness(freshness);
            paint(style, state)
        });
        let expires = self.expires_at.map_or_else(|| no_expiry.to_owned(), when);
        let rows = [
            ("state", state),
            ("expires", Some(expires)),
            ("set by", self.rule.map(|rule| rule.as_str().to_owned())),
            (
                "lifetime",
                entry
                    .filter(|_| is_terminal)
                    .map(|entry| lifetime(entry, self.freshness, now)),
            ),
            ("requested", self.requested_at.map(when)),
            ("scope", text(self.scope)),
            ("token type", text(self.token_type)),
            ("format", Some(format)),
            ("refresh token", self.refresh_token.map(yes_or_no)),
            ("ID token", self.id_token.map(yes_or_no)),
            ("endpoint", self.endpoint.map(sanitize)),
            ("file", self.file.clone()),
        ];
        let known = rows
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let mut shown = view::fields(self.profile.unwrap_or("token"), known);
        if let Some(jwt) = jwt {
            shown.push_str(&claims::shown(jwt, now, is_terminal));
        }
        Ok(Answer::new(shown))
    }
}

/// The bar of a cached token's lifetime, and the part that is used up.
fn lifetime(entry: &Entry, freshness: Option<Freshness>, now: UnixTime) -> String {
    let (from, to) = (entry.requested_at, entry.expires_at);
    let style = freshness.map(|freshness| view::freshness(freshness).1);
    let bar = paint(style.unwrap_or_default(), &view::bar(from, to, now));
    let used = view::used(from, to, now);
    format!("{bar} {used} % of {} used", brief(to.since(from)))
}
