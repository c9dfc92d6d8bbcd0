//! From a reply to a token response or to the reason why there is none (RFC 6749 §5). Pure.

mod document;
mod refusal;

pub use refusal::{Refusal, RetryAfter, Words};

use std::collections::BTreeMap;

use serde_json::Value;

use crate::expiry::Stated;
use crate::secret::Secret;
use crate::time::UnixTime;
use document::Document;

/// What the token endpoint sent back, before anybody has understood it.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
    pub retry_after: Option<String>,
    /// Moov's `X-Retry-In`: milliseconds.
    pub retry_in: Option<String>,
    /// The host, and only the host, to which `Location` points.
    pub location: Option<String>,
    pub date: Option<String>,
    pub body: Secret<Vec<u8>>,
}

/// A successful token response (RFC 6749 §5.1).
#[derive(Debug)]
pub struct TokenResponse {
    pub access_token: Secret<String>,
    pub token_type: Option<String>,
    pub expires_in: Stated,
    pub expires_at: Stated,
    pub refresh_token: Option<Secret<String>>,
    /// OpenID Connect Core §3.1.3.3.
    pub id_token: Option<Secret<String>>,
    /// The granted scope, space-delimited; `None` where the reply names none.
    pub scope: Option<String>,
    /// The server's own clock (RFC 9110 §6.6.1), which explains and never decides.
    pub date: Option<UnixTime>,
}

/// Where the fields of a token response stand: JSON Pointers (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseMap {
    pub access_token: String,
    pub token_type: String,
    pub expires_in: String,
    /// No field of RFC 6749: there is none unless a profile names it.
    pub expires_at: Option<String>,
    pub refresh_token: String,
    pub scope: String,
}

impl Default for ResponseMap {
    fn default() -> Self {
        Self {
            access_token: "/access_token".to_owned(),
            token_type: "/token_type".to_owned(),
            expires_in: "/expires_in".to_owned(),
            expires_at: None,
            refresh_token: "/refresh_token".to_owned(),
            scope: "/scope".to_owned(),
        }
    }
}

/// How to find an error inside a reply whose status says that all is well.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorRule {
    /// Where to look.
    pub when: String,
    /// What makes it an error; `None`: that anything but null and false is there.
    pub equals: Option<Value>,
    /// Where the provider's own words stand.
    pub message: Option<String>,
}

/// What a profile says a status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusMeaning {
    Rejected,
    RateLimited,
    Server,
}

impl StatusMeaning {
    /// Every meaning by its name in a profile.
    pub const ALL: [(&'static str, Self); 3] =
        [("rejected", Self::Rejected), ("rate_limited", Self::RateLimited), ("server", Self::Server)];
}

/// All that a profile says of its provider's replies.
#[derive(Debug, Clone, Default)]
pub struct ReplyRules {
    pub response: ResponseMap,
    pub error: Option<ErrorRule>,
    pub status: BTreeMap<u16, StatusMeaning>,
}

/// Understands a reply. `now` turns a Retry-After that is a date into seconds.
///
/// # Errors
/// [`Refusal`]: what the reply says instead of a token, as the server wrote it. Its texts are to be made
/// presentable before anybody sees them.
pub fn parse(reply: &Reply, rules: &ReplyRules, now: UnixTime) -> Result<TokenResponse, Refusal> {
    let status = reply.status;
    let is_success = (200..300).contains(&status);
    let refused = || refusal::from_reply(reply, rules.error.as_ref());
    let retry_after = || refusal::retry_after(reply, now);
    let meaning = rules.status.get(&status).copied().or(match status {
        429 => Some(StatusMeaning::RateLimited),
        400..=499 => Some(StatusMeaning::Rejected),
        500..=599 => Some(StatusMeaning::Server),
        _ => None,
    });
    match meaning {
        Some(StatusMeaning::Rejected) => {
            Err(Refusal::Rejected { words: refused(), mapped: rules.status.contains_key(&status), status })
        }
        Some(StatusMeaning::RateLimited) => {
            Err(Refusal::RateLimited { words: refused(), retry_after: retry_after(), status })
        }
        Some(StatusMeaning::Server) => {
            Err(Refusal::ServerFailed { words: refused(), retry_after: retry_after(), status })
        }
        None if is_success => success(reply, rules),
        None if (300..400).contains(&status) => {
            Err(Refusal::Redirected { status, host: reply.location.clone() })
        }
        None => Err(unintelligible(status, "a status that no token endpoint should send")),
    }
}

fn unintelligible(status: u16, what: impl Into<String>) -> Refusal {
    Refusal::Unintelligible { status, what: what.into() }
}

fn success(reply: &Reply, rules: &ReplyRules) -> Result<TokenResponse, Refusal> {
    let status = reply.status;
    let document = document::decode(reply.body.expose(), reply.content_type.as_deref())
        .map_err(|what| unintelligible(status, what))?;
    let (root, map) = (&document.root, &rules.response);
    if let Some(words) = refusal::inside_success(root, rules.error.as_ref()) {
        return Err(Refusal::Rejected { status, words, mapped: false });
    }
    for pointer in [&map.access_token, &map.token_type, &map.expires_in, &map.refresh_token, &map.scope]
        .into_iter()
        .chain(&map.expires_at)
    {
        if document.has_twice(pointer) {
            return Err(unintelligible(status, format!("`{}` is there twice", field_name(pointer))));
        }
    }
    let access_token = access_token(root, &map.access_token, status)?;
    let token_type = text_at(root, &map.token_type).map(str::to_owned);
    if let Some(kind) = token_type.as_deref().and_then(bound_type) {
        return Err(Refusal::BoundToken { status, kind });
    }
    Ok(TokenResponse {
        access_token,
        token_type,
        expires_in: stated(root.pointer(&map.expires_in)),
        expires_at: map.expires_at.as_deref().map_or(Stated::Absent, |at| stated(root.pointer(at))),
        refresh_token: credential_at(root, &map.refresh_token),
        id_token: credential_at(root, "/id_token"),
        scope: scope(root.pointer(&map.scope)),
        date: reply.date.as_deref().and_then(UnixTime::parse_date),
    })
}

/// What people call the field to which a pointer leads: the standard ones by their bare name.
fn field_name(pointer: &str) -> &str {
    match pointer.strip_prefix('/') {
        Some(name) if !name.contains('/') => name,
        _ => pointer,
    }
}

fn access_token(root: &Value, pointer: &str, status: u16) -> Result<Secret<String>, Refusal> {
    let name = field_name(pointer);
    let failed = |what: String| Err(unintelligible(status, what));
    match root.pointer(pointer) {
        None | Some(Value::Null) => failed(format!("there is no `{name}` in it")),
        Some(Value::String(token)) if token.is_empty() => failed(format!("its `{name}` is empty")),
        Some(Value::String(token)) if is_token(token) => Ok(Secret::from(token.as_str())),
        Some(Value::String(_)) => {
            failed(format!("its `{name}` contains a character that no access token can hold"))
        }
        Some(_) => failed(format!("its `{name}` is not a string")),
    }
}

/// Whether a text can travel in an `Authorization` header: 0x21 to 0x7E (RFC 6750 §2.1, taken widely).
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Token types that are useless without a key that `tok` does not have.
fn bound_type(token_type: &str) -> Option<&'static str> {
    ["DPoP", "MAC"].into_iter().find(|bound| token_type.eq_ignore_ascii_case(bound))
}

fn text_at<'a>(root: &'a Value, pointer: &str) -> Option<&'a str> {
    root.pointer(pointer).and_then(Value::as_str)
}

/// A refresh or id token; one that could not be sent again is none.
fn credential_at(root: &Value, pointer: &str) -> Option<Secret<String>> {
    text_at(root, pointer).filter(|text| is_token(text)).map(Secret::from)
}

/// Space-delimited text, or a list of words, which some servers send.
fn scope(value: Option<&Value>) -> Option<String> {
    let words: Vec<&str> = match value? {
        Value::String(text) => text.split_whitespace().collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    Some(words.join(" "))
}

fn stated(value: Option<&Value>) -> Stated {
    match value {
        None | Some(Value::Null) => Stated::Absent,
        Some(Value::Number(number)) => number
            .as_i64()
            .map(Stated::Number)
            .or_else(|| number.as_f64().and_then(whole))
            .unwrap_or(Stated::Unreadable),
        Some(Value::String(text)) => {
            let text = text.trim();
            let number = text.parse().map(Stated::Number).ok();
            let decimal = || text.parse().ok().and_then(whole);
            let date = || UnixTime::parse_date(text).map(Stated::Instant);
            number.or_else(decimal).or_else(date).unwrap_or(Stated::Unreadable)
        }
        Some(_) => Stated::Unreadable,
    }
}

/// A fraction of a second is dropped; a number beyond all dates stays beyond all dates.
fn whole(number: f64) -> Option<Stated> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, which is what is wanted")]
    number.is_finite().then(|| Stated::Number(number.floor() as i64))
}

impl Document {
    fn has_twice(&self, pointer: &str) -> bool {
        self.twice.iter().any(|twice| twice == pointer)
    }
}

#[cfg(test)]
mod tests;
