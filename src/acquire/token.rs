//! A token: its expiry, and the cache entry made from it.

use super::Task;
use crate::expiry::{ExpiryInput, ExpiryRule, decide};
use crate::host::Warning;
use crate::jwt::Jwt;
use crate::response::TokenResponse;
use crate::secret::Secret;
use crate::store::{Entry, Fingerprints};
use crate::text::sanitize;
use crate::time::{UnixTime, brief};

/// A token, cached or new.
#[derive(Clone)]
#[expect(clippy::struct_field_names, reason = "the names are those of RFC 6749")]
pub struct Token {
    pub access_token: Secret<String>,
    /// As the server named it.
    pub token_type: Option<String>,
    /// The granted scope; if the reply has none, the requested one (RFC 6749 §5.1).
    pub scope: Option<String>,
    pub refresh_token: Option<Secret<String>>,
    /// The server replaced the refresh token that was sent, which is most likely invalid now.
    pub is_rotated: bool,
    pub id_token: Option<Secret<String>>,
    pub requested_at: UnixTime,
    /// When it expires, and which rule says so; `None`: unknown.
    pub expiry: Option<(UnixTime, ExpiryRule)>,
}

impl From<&Entry> for Token {
    fn from(entry: &Entry) -> Self {
        Self {
            access_token: entry.access_token.clone(),
            token_type: entry.token_type.clone(),
            scope: entry.scope.clone(),
            refresh_token: entry.refresh_token.clone(),
            is_rotated: false,
            id_token: entry.id_token.clone(),
            requested_at: entry.requested_at,
            expiry: Some((entry.expires_at, entry.expiry_rule)),
        }
    }
}

/// Whether two tokens are equal.
pub(super) fn is_same(one: &Secret<String>, other: &Secret<String>) -> bool {
    one.expose() == other.expose()
}

/// The refresh token before the request. It stays valid if the reply has no new one (RFC 6749 §6).
#[derive(Clone, Copy)]
pub(super) struct RefreshTokens<'a> {
    /// A refresh token that was sent in the request.
    pub(super) sent: Option<&'a Secret<String>>,
    /// A cached refresh token that was not sent.
    pub(super) kept: Option<&'a Secret<String>>,
}

impl Token {
    /// The token of a response, with its expiry. Warns if the expiry is in doubt.
    pub(super) fn new(
        task: &Task<'_>,
        response: TokenResponse,
        requested_at: UnixTime,
        refresh_tokens: RefreshTokens<'_>,
    ) -> Self {
        let expiry = expiry(task, &response, requested_at);
        let RefreshTokens { sent, kept } = refresh_tokens;
        let received = response.refresh_token;
        let is_rotated = match (&received, sent) {
            (Some(received), Some(sent)) => !is_same(received, sent),
            _ => false,
        };
        Self {
            access_token: response.access_token,
            token_type: response.token_type.as_deref().map(sanitize),
            scope: response
                .scope
                .as_deref()
                .map(sanitize_scope)
                .or_else(|| task.identity.scope.clone()),
            refresh_token: received.or_else(|| sent.or(kept).cloned()),
            is_rotated,
            id_token: response.id_token,
            requested_at,
            expiry,
        }
    }

    /// The cache entry; `None` if the token cannot be reused.
    pub(super) fn entry(&self, task: &Task<'_>, previous: Option<&Entry>) -> Option<Entry> {
        let (profile, identity) = (task.profile(), task.identity);
        let keeps_refresh_token = self.refresh_token.is_some() && profile.renews_by_refresh_token();
        let (expires_at, expiry_rule) = match self.expiry {
            Some((at, rule)) if at > self.requested_at => (at, rule),
            // The access token will not be used again, but the refresh token may be the only valid one.
            _ if keeps_refresh_token => (self.requested_at, ExpiryRule::ExpiresIn),
            Some(_) => {
                let message = "the token is not cached: it has expired already";
                task.log().debug(message);
                return None;
            }
            None => return None,
        };
        let mut entry = Entry {
            key: identity.digest.clone(),
            profile: profile.name.clone(),
            endpoint: identity.endpoint.shown(),
            access_token: self.access_token.clone(),
            token_type: self.token_type.clone(),
            scope: self.scope.clone(),
            refresh_token: self.refresh_token.clone(),
            id_token: self.id_token.clone(),
            requested_at: self.requested_at,
            expires_at,
            expiry_rule,
            secrets: Fingerprints::new(&identity.secrets),
            confirmed_at: None,
            generation: 0,
        };
        if let Some(previous) = previous
            && is_same(&previous.access_token, &entry.access_token)
            && expiry_rule != ExpiryRule::AssumeExpiresIn
        {
            // The issuer returns the same token until it is about to expire. Its lifetime began when it was first seen,
            // and another request before `min_ttl` would return it once more.
            entry.confirmed_at = Some(entry.requested_at);
            entry.requested_at = entry.requested_at.min(previous.requested_at);
        }
        Some(entry)
    }
}

/// When the token of a response expires, and which rule says so.
fn expiry(
    task: &Task<'_>,
    response: &TokenResponse,
    requested_at: UnixTime,
) -> Option<(UnixTime, ExpiryRule)> {
    const HINT: &str =
        "write `assume_expires_in` in the profile if you know how long its tokens live";
    let decision = decide(&ExpiryInput {
        requested_at,
        expires_in: response.expires_in,
        expires_at: response.expires_at,
        jwt_exp: Jwt::read(response.access_token.expose()).and_then(|jwt| jwt.expires_at()),
        assumed: task.profile().timing.assume_expires_in,
    });
    let log = task.log();
    let warn = |message: &str, hint: String| log.warn(Warning::new(message).hint(hint));
    let Some((at, rule)) = decision.expiry else {
        let message = match decision.implausible.first() {
            Some(rule) => {
                let rule = rule.as_str();
                format!("the token is not cached: its `{rule}` is implausible")
            }
            None => "the token is not cached: nothing in the reply says when it expires".into(),
        };
        let hint = match &response.expiry_advice {
            Some(entry) => {
                format!("if this is its expiry, write `response = {{ {entry} }}`; else {HINT}")
            }
            None => HINT.to_owned(),
        };
        warn(&message, hint);
        return None;
    };
    let counting = rule.as_str();
    for rule in &decision.implausible {
        let rule = rule.as_str();
        let message =
            format!("the new token's `{rule}` is implausible; using `{counting}` instead");
        log.warn(Warning::new(message));
    }
    if decision.wrong_clock {
        let message = format!("the new token's `exp` is in the past; using `{counting}` instead");
        warn(&message, clock_hint(response.date, requested_at));
    } else if at <= requested_at && rule == ExpiryRule::JwtExp {
        // No issuer issues an expired token: one of the clocks is wrong.
        let message = "the token is not cached: its `exp` is in the past";
        warn(message, clock_hint(response.date, requested_at));
    }
    decision.expiry
}

/// Compares the server's clock with this machine's.
fn clock_hint(server: Option<UnixTime>, ours: UnixTime) -> String {
    let advice = "compare `date -u` with a clock you trust";
    match server.map(|server| server.since(ours)) {
        Some(ahead) if ahead > 60 => {
            format!(
                "the server's clock is {} ahead of this machine's: {advice}",
                brief(ahead)
            )
        }
        Some(ahead) if ahead < -60 => {
            format!(
                "the server's clock is {} behind this machine's: {advice}",
                brief(ahead.saturating_neg())
            )
        }
        _ => format!("this machine's clock or the issuer's is wrong: {advice}"),
    }
}

/// Removes control characters from a scope, which is shown and written to files. Unlike other text it is not shortened.
fn sanitize_scope(scope: &str) -> String {
    let mut clean = String::with_capacity(scope.len());
    for word in scope.split_whitespace() {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.chars().filter(|character| !character.is_control()));
    }
    clean
}
