//! From a reply to a token response or to the reason why there is none (RFC 6749 §5). Pure.

mod advice;
mod document;
mod refusal;

pub use refusal::{Refusal, RetryAfter, Words};

use std::collections::BTreeMap;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::expiry::Stated;
use crate::names::names;
use crate::secret::Secret;
use crate::text::sanitize;
use crate::time::UnixTime;
use document::{Document, Field};

/// What the token endpoint sent back, before anybody has understood it.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
    /// The codings (RFC 9110 §8.4.1) in which the body still is.
    pub content_encoding: Option<String>,
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

/// No profile renames it.
const ID_TOKEN: &str = "/id_token";

impl ResponseMap {
    /// Where something of a token response may stand.
    fn places(&self) -> impl Iterator<Item = &str> {
        let named = [
            &self.access_token,
            &self.token_type,
            &self.expires_in,
            &self.refresh_token,
            &self.scope,
        ];
        named
            .into_iter()
            .chain(&self.expires_at)
            .map(String::as_str)
            .chain([ID_TOKEN])
    }
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

names!(StatusMeaning {
    Rejected = "rejected",
    RateLimited = "rate_limited",
    Server = "server",
});

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
/// sanitized before they are shown.
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
        Some(StatusMeaning::Rejected) => Err(Refusal::Rejected {
            words: refused(),
            mapped: rules.status.contains_key(&status),
            status,
        }),
        Some(StatusMeaning::RateLimited) => Err(Refusal::RateLimited {
            words: refused(),
            retry_after: retry_after(),
            status,
        }),
        Some(StatusMeaning::Server) => Err(Refusal::ServerFailed {
            words: refused(),
            retry_after: retry_after(),
            status,
        }),
        None if is_success => success(reply, rules).map_err(|refusal| or_encoded(refusal, reply)),
        None if (300..400).contains(&status) => Err(Refusal::Redirected {
            status,
            host: reply.location.clone(),
        }),
        None => Err(unintelligible(
            status,
            "a status that no token endpoint should send",
        )),
    }
}

/// The tokens that a reply holds. An error may come with one, and repeat it in its message.
#[must_use]
pub fn tokens(reply: &Reply, rules: &ReplyRules) -> Vec<Secret<String>> {
    let (mapped, standard) = (&rules.response, ResponseMap::default());
    let pointers = [
        &*mapped.access_token,
        &mapped.refresh_token,
        &standard.access_token,
        &standard.refresh_token,
        ID_TOKEN,
    ];
    let content_type = reply.content_type.as_deref();
    let Ok(document) = document::decode(reply.body.expose(), content_type, &pointers) else {
        return Vec::new();
    };
    let named = pointers.iter().filter(|pointer| !pointer.is_empty());
    named
        .filter_map(|pointer| document.text(pointer))
        .map(secret)
        .collect()
}

fn unintelligible(status: u16, what: impl Into<String>) -> Refusal {
    Refusal::InvalidResponse {
        status,
        what: what.into(),
        advice: None,
    }
}

/// The codings that a server may know, but for the one that is asked for and undone.
const CODINGS: [&str; 7] = [
    "br",
    "zstd",
    "deflate",
    "compress",
    "x-compress",
    "dcb",
    "dcz",
];

/// What cannot be understood because it is packed is said to be so. A server that says so of a body that is not packed is
/// forgiven.
fn or_encoded(refusal: Refusal, reply: &Reply) -> Refusal {
    let codings = reply.content_encoding.as_deref().unwrap_or_default();
    let is_said = |known: &&&str| {
        codings
            .split(',')
            .any(|coding| coding.trim().eq_ignore_ascii_case(known))
    };
    match (refusal, CODINGS.iter().find(is_said)) {
        (Refusal::InvalidResponse { status, .. }, Some(coding))
            if !reply.body.expose().is_empty() =>
        {
            unintelligible(
                status,
                format!("it is encoded in `{coding}`, which was not asked for"),
            )
        }
        (other, _) => other,
    }
}

fn success(reply: &Reply, rules: &ReplyRules) -> Result<TokenResponse, Refusal> {
    let status = reply.status;
    let map = &rules.response;
    let wanted: Vec<&str> = refusal::places(rules.error.as_ref())
        .chain(map.places())
        .collect();
    let (body, content_type) = (reply.body.expose(), reply.content_type.as_deref());
    let whole = if map.access_token.is_empty() {
        document::whole(body, content_type)
    } else {
        None
    };
    let document = whole.map_or_else(|| document::decode(body, content_type, &wanted), Ok);
    let document = document.map_err(|what| Refusal::InvalidResponse {
        status,
        what,
        advice: advice::unread(body),
    })?;
    if let Some(words) = refusal::inside_success(&document, rules.error.as_ref()) {
        return Err(Refusal::Rejected {
            status,
            words,
            mapped: false,
        });
    }
    let access_token =
        access_token(&document, &map.access_token).map_err(|(what, is_missing)| {
            let advice = is_missing.then(|| advice::missing(body));
            Refusal::InvalidResponse {
                status,
                what,
                advice,
            }
        })?;
    let token_type = document.text(&map.token_type).map(|text| text.to_string());
    if let Some(kind) = token_type.as_deref().and_then(bound_type) {
        return Err(Refusal::BoundToken { status, kind });
    }
    Ok(TokenResponse {
        access_token,
        token_type,
        expires_in: stated_at(&document, &map.expires_in),
        expires_at: map
            .expires_at
            .as_deref()
            .map_or(Stated::Absent, |at| stated_at(&document, at)),
        refresh_token: credential_at(&document, &map.refresh_token),
        id_token: credential_at(&document, ID_TOKEN),
        scope: scope(document.field(&map.scope)),
        date: reply.date.as_deref().and_then(UnixTime::parse_date),
    })
}

/// What people call the field to which a pointer leads: the standard ones by their bare name.
fn field_name(pointer: &str) -> &str {
    match pointer.strip_prefix('/') {
        Some(name) if !name.contains('/') => name,
        // The whole reply, which has no name.
        None => "access_token",
        _ => pointer,
    }
}

/// The token, or what is wrong with it, and whether that is that it is not there.
fn access_token(document: &Document<'_>, pointer: &str) -> Result<Secret<String>, (String, bool)> {
    let name = field_name(pointer);
    let failed = |what: String| Err((what, false));
    // Of two access tokens nobody can say which one counts. Of anything else the last does.
    if document.count(pointer) > 1 {
        return failed(format!("`{name}` is there twice"));
    }
    match document.field(pointer) {
        None | Some(Field::Null) => Err((format!("there is no `{name}` in it"), true)),
        Some(Field::Text(token)) if token.is_empty() => failed(format!("its `{name}` is empty")),
        Some(Field::Text(token)) if is_token(&token) => Ok(secret(token)),
        Some(Field::Text(_) | Field::Broken) => failed(format!(
            "its `{name}` contains a character that no access token can hold"
        )),
        Some(_) => failed(format!("its `{name}` is not a string")),
    }
}

fn secret(mut text: Zeroizing<String>) -> Secret<String> {
    Secret::new(std::mem::take(&mut *text))
}

/// Whether a text can travel in an `Authorization` header: 0x21 to 0x7E (RFC 6750 §2.1, taken widely).
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Token types that are useless without a key that `tok` does not have. What is around the word is not seen when it is
/// shown, and does not make it another.
fn bound_type(token_type: &str) -> Option<&'static str> {
    let word = sanitize(token_type);
    ["DPoP", "MAC"]
        .into_iter()
        .find(|bound| word.eq_ignore_ascii_case(bound))
}

/// A refresh or id token; one that could not be sent again is none.
fn credential_at(document: &Document<'_>, pointer: &str) -> Option<Secret<String>> {
    document
        .text(pointer)
        .filter(|text| is_token(text))
        .map(secret)
}

/// Space-delimited text, or a list of words, which some servers send.
fn scope(field: Option<Field<'_>>) -> Option<String> {
    match field? {
        Field::Text(text) => Some(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Field::List(list) => {
            let mut words = Vec::new();
            list.items(&mut |item| words.extend(item.text().map(|word| word.to_string())));
            Some(words.join(" "))
        }
        _ => None,
    }
}

/// A lifetime. Of two that differ in one reply neither can be believed.
fn stated_at(document: &Document<'_>, pointer: &str) -> Stated {
    match document.field(pointer) {
        Some(_) if document.count(pointer) > 1 => Stated::Unreadable,
        None | Some(Field::Null) => Stated::Absent,
        Some(Field::Number(text)) => number(text).unwrap_or(Stated::Unreadable),
        Some(Field::Text(text)) => {
            let text = text.trim();
            let date = || UnixTime::parse_date(text).map(Stated::Instant);
            number(text).or_else(date).unwrap_or(Stated::Unreadable)
        }
        Some(_) => Stated::Unreadable,
    }
}

fn number(text: &str) -> Option<Stated> {
    let decimal = || text.parse().ok().and_then(whole);
    text.parse().ok().map(Stated::Number).or_else(decimal)
}

/// A fraction of a second is dropped; a number beyond all dates stays beyond all dates.
fn whole(number: f64) -> Option<Stated> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, which is what is wanted"
    )]
    number
        .is_finite()
        .then(|| Stated::Number(number.floor() as i64))
}

#[cfg(test)]
mod tests;
