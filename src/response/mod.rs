//! Reads a reply as a token response or as an error (RFC 6749 §5). Pure.

mod advice;
mod body;
mod error;
mod token;

pub use error::{ErrorDetails, ResponseError};
pub use token::{is_token, tokens};

use std::collections::BTreeMap;

use serde_json::Value;

use crate::expiry::Stated;
use crate::names::names;
use crate::secret::Secret;
use crate::time::UnixTime;

/// What the token endpoint sent back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
    /// The codings (RFC 9110 §8.4.1) that the body still has.
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
    /// If no expiry was found: an entry for the profile's `response` table that may find it.
    pub expiry_advice: Option<String>,
    pub refresh_token: Option<Secret<String>>,
    pub id_token: Option<Secret<String>>,
    /// The granted scope, space-delimited; `None` where the reply names none.
    pub scope: Option<String>,
    /// The server's clock (RFC 9110 §6.6.1), used in hints only.
    pub date: Option<UnixTime>,
}

/// The JSON Pointers (RFC 6901) to the fields of a token response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseMap {
    /// Empty: the whole reply is the token.
    pub access_token: String,
    pub token_type: String,
    pub expires_in: String,
    /// RFC 6749 has no such field: it is read only where a profile names it.
    pub expires_at: Option<String>,
    pub refresh_token: String,
    pub scope: String,
    /// OpenID Connect Core §3.1.3.3.
    pub id_token: String,
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
            id_token: "/id_token".to_owned(),
        }
    }
}

/// How to find an error in a reply whose status is 2xx.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorRule {
    /// Where to look.
    pub when: String,
    /// What makes it an error; `None`: any value that does not mean "no" (`false`, `0`, an empty one).
    pub equals: Option<Value>,
    /// Where the provider's description stands.
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

/// A profile's rules for reading replies.
#[derive(Debug, Clone, Default)]
pub struct ReplyRules {
    pub response: ResponseMap,
    pub error: Option<ErrorRule>,
    pub status: BTreeMap<u16, StatusMeaning>,
}

/// Reads a reply. `now` turns a Retry-After that is a date into seconds.
///
/// # Errors
/// [`ResponseError`], with texts as the server wrote them. Sanitize them before they are shown.
pub fn parse(
    reply: &Reply,
    rules: &ReplyRules,
    now: UnixTime,
) -> Result<TokenResponse, ResponseError> {
    let status = reply.status;
    let mapped = rules.status.get(&status).copied();
    let meaning = mapped.or(match status {
        429 => Some(StatusMeaning::RateLimited),
        400..=499 => Some(StatusMeaning::Rejected),
        500..=599 => Some(StatusMeaning::Server),
        _ => None,
    });
    let details = || error::from_reply(reply, rules.error.as_ref());
    Err(match meaning {
        Some(StatusMeaning::Rejected) => ResponseError::Rejected {
            details: details(),
            is_mapped: mapped.is_some(),
            status,
        },
        Some(StatusMeaning::RateLimited) => ResponseError::RateLimited {
            details: details(),
            retry_after: error::retry_after(reply, now),
            status,
        },
        Some(StatusMeaning::Server) => ResponseError::ServerFailed {
            details: details(),
            retry_after: error::retry_after(reply, now),
            status,
        },
        None if (200..300).contains(&status) => {
            return token::read(reply, rules).map_err(|error| or_encoded(error, reply));
        }
        None if (300..400).contains(&status) => ResponseError::Redirected {
            status,
            host: reply.location.clone(),
        },
        None => ResponseError::Invalid {
            status,
            reason: "a token endpoint should not send this status".to_owned(),
            advice: None,
        },
    })
}

/// Codings (RFC 9110 §8.4.1) that a server may use unasked; gzip is asked for and undone.
const CODINGS: [&str; 4] = ["br", "zstd", "deflate", "compress"];

/// A body that cannot be read because it is encoded is reported as such. A server that declares a coding and uses none
/// is forgiven.
fn or_encoded(error: ResponseError, reply: &Reply) -> ResponseError {
    let declared = reply.content_encoding.as_deref().unwrap_or_default();
    let declared = declared.to_ascii_lowercase();
    let mut codings = declared.split(',').map(str::trim);
    match (error, codings.find(|coding| CODINGS.contains(coding))) {
        (ResponseError::Invalid { status, .. }, Some(coding))
            if !reply.body.expose().is_empty() =>
        {
            ResponseError::Invalid {
                status,
                reason: format!("it is encoded in `{coding}`, which was not asked for"),
                advice: None,
            }
        }
        (other, _) => other,
    }
}

#[cfg(test)]
mod tests;
