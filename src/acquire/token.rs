//! What becomes of a token response: a token with its expiry, and the entry that is cached of it.

use super::TokenIdentity;
use crate::expiry::{Evidence, ExpiryRule, Verdict, decide};
use crate::host::{Log, Warning};
use crate::jwt::Jwt;
use crate::profile::Profile;
use crate::response::TokenResponse;
use crate::secret::Secret;
use crate::store::{Entry, Fingerprints};
use crate::text::sanitize;
use crate::time::{UnixTime, brief};

/// A token as it is handed over.
#[derive(Clone)]
#[expect(clippy::struct_field_names, reason = "the names are those of RFC 6749")]
pub struct Token {
    pub access_token: Secret<String>,
    /// As the server named it.
    pub token_type: Option<String>,
    /// The granted scope; where the reply named none, the one that was asked for.
    pub scope: Option<String>,
    pub refresh_token: Option<Secret<String>>,
    /// The refresh token is another than the one that was sent, which is most likely good for nothing now.
    pub is_rotated: bool,
    pub id_token: Option<Secret<String>>,
    pub requested_at: UnixTime,
    /// When it expires and which rule says so; `None`: nothing says when.
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

/// Whether two tokens are one.
pub(super) fn is_same(one: &Secret<String>, other: &Secret<String>) -> bool {
    one.expose() == other.expose()
}

/// The refresh token that there was. It stays good if the reply brings no new one (RFC 6749 §6).
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    /// It was sent in this request.
    pub(super) sent: Option<&'a Secret<String>>,
    /// It was not.
    pub(super) kept: Option<&'a Secret<String>>,
}

/// Judges a token response.
pub(super) fn token(
    profile: &Profile,
    identity: &TokenIdentity<'_>,
    response: TokenResponse,
    requested_at: UnixTime,
    before: Before<'_>,
    log: &dyn Log,
) -> Token {
    let evidence = Evidence {
        requested_at,
        expires_in: response.expires_in,
        expires_at: response.expires_at,
        jwt_exp: Jwt::read(response.access_token.expose()).and_then(|jwt| jwt.expires_at()),
        assumed: profile.timing.assume_expires_in,
    };
    let hint = "write `assume_expires_in` in the profile if you know how long its tokens live";
    let expiry = match decide(&evidence) {
        Verdict::At {
            at,
            rule,
            wrong_clock,
        } => {
            if wrong_clock {
                log.warn(
                    Warning::new(format!(
                        "the new token's `exp` is past already; `{}` counts instead",
                        rule.as_str()
                    ))
                    .hint(clock_hint(response.date, requested_at)),
                );
            }
            Some((at, rule))
        }
        Verdict::Now { at, rule } => {
            // No issuer gives out a token that has expired: it is a clock that is wrong.
            if rule == ExpiryRule::JwtExp {
                log.warn(
                    Warning::new("the token is not cached: its `exp` is past already")
                        .hint(clock_hint(response.date, requested_at)),
                );
            }
            Some((at, rule))
        }
        Verdict::Unknown => {
            log.warn(
                Warning::new("the token is not cached: nothing in the reply says when it expires")
                    .hint(hint),
            );
            None
        }
        Verdict::Implausible { field } => {
            log.warn(
                Warning::new(format!(
                    "the token is not cached: its `{field}` cannot be believed"
                ))
                .hint(hint),
            );
            None
        }
    };
    let replaces = |sent| {
        response
            .refresh_token
            .as_ref()
            .is_some_and(|new| !is_same(new, sent))
    };
    Token {
        is_rotated: before.sent.is_some_and(replaces),
        access_token: response.access_token,
        token_type: response.token_type.as_deref().map(sanitize),
        scope: response
            .scope
            .as_deref()
            .map(presentable_scope)
            .or_else(|| identity.scope.clone()),
        refresh_token: response
            .refresh_token
            .or_else(|| before.sent.or(before.kept).cloned()),
        id_token: response.id_token,
        requested_at,
        expiry,
    }
}

/// What the server's clock says of ours.
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

/// A scope is kept whole, but no control character gets in: `scope` is shown and written to files.
fn presentable_scope(scope: &str) -> String {
    let mut clean = String::with_capacity(scope.len());
    for word in scope.split_whitespace() {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.chars().filter(|character| !character.is_control()));
    }
    clean
}

/// The entry to be cached; `None` where there is nothing that could be served again.
pub(super) fn entry(
    profile: &Profile,
    identity: &TokenIdentity<'_>,
    token: &Token,
    old: Option<&Entry>,
    log: &dyn Log,
) -> Option<Entry> {
    let keeps_refresh_token = token.refresh_token.is_some() && profile.renews_by_refresh_token();
    let (expires_at, expiry_rule) = match token.expiry {
        Some((at, rule)) if at > token.requested_at => (at, rule),
        // Never served, but the refresh token in it may be the only one that is still good.
        _ if keeps_refresh_token => (token.requested_at, ExpiryRule::ExpiresIn),
        Some(_) => {
            log.debug("the token is not cached: it is expired already");
            return None;
        }
        None => return None,
    };
    let mut entry = Entry {
        key: identity.digest.clone(),
        profile: profile.name.clone(),
        endpoint: identity.endpoint.shown(),
        access_token: token.access_token.clone(),
        token_type: token.token_type.clone(),
        scope: token.scope.clone(),
        refresh_token: token.refresh_token.clone(),
        id_token: token.id_token.clone(),
        requested_at: token.requested_at,
        expires_at,
        expiry_rule,
        secrets: fingerprints(identity),
        same_until: None,
        confirmed_at: None,
        generation: 0,
    };
    if let Some(old) = old
        && is_same(&old.access_token, &entry.access_token)
        && expiry_rule != ExpiryRule::AssumeExpiresIn
    {
        // The issuer hands out this token until it is nearly over. Its life began when it was first seen, and
        // asking again before its `min_ttl` would only bring it back once more.
        entry.confirmed_at = Some(entry.requested_at);
        entry.requested_at = entry.requested_at.min(old.requested_at);
        let min_ttl = profile
            .timing
            .windows(None)
            .min_ttl
            .seconds(expires_at.since(entry.requested_at));
        entry.same_until = Some(expires_at.plus(-min_ttl));
    }
    Some(entry)
}

/// The secrets that were sent, in a form that tells whether they have changed.
pub(super) fn fingerprints(identity: &TokenIdentity<'_>) -> Fingerprints {
    Fingerprints::take(salt(), &identity.secrets)
}

/// A new salt. It need not be secret, only another one each time: the standard library's random hash keys are.
fn salt() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let word = || RandomState::new().hash_one("tok");
    format!("{:016x}{:016x}", word(), word())
}
