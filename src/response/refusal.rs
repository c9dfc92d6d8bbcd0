//! What a reply says instead of a token, in the server's own words.

use serde_json::Value;

use super::{ErrorRule, Reply, document};
use crate::time::UnixTime;

/// Why a reply holds no token. Its texts are the server's: see [`crate::server_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The credentials or the request were rejected (RFC 6749 §5.2).
    Rejected {
        status: u16,
        words: Words,
        /// The profile's `status` table says so.
        mapped: bool,
    },
    /// Too many requests (RFC 6585 §4).
    RateLimited { status: u16, words: Words, retry_after: Option<RetryAfter> },
    /// The server failed; asking again may help.
    ServerFailed { status: u16, words: Words, retry_after: Option<RetryAfter> },
    /// A redirect, which is not followed: it would hand the credentials to somebody else.
    Redirected { status: u16, host: Option<String> },
    /// The reply is whole and makes no sense.
    Unintelligible { status: u16, what: String },
    /// A token that is bound to a key (DPoP: RFC 9449; MAC).
    BoundToken { status: u16, kind: &'static str },
}

/// An error code and a description, as far as the reply has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// RFC 6749's `error`.
    pub code: Option<String>,
    /// RFC 6749's `error_description`, or whatever the provider has in its place.
    pub description: Option<String>,
}

/// Seconds to wait before the next request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RetryAfter(pub u64);

/// The longest wait that is believed: a day.
const LONGEST: u64 = 86_400;

/// What `Retry-After` (RFC 9110 §10.2.3: seconds or a date) or Moov's `X-Retry-In` (milliseconds) asks for.
pub(super) fn retry_after(reply: &Reply, now: UnixTime) -> Option<RetryAfter> {
    let standard = reply.retry_after.as_deref().map(str::trim).and_then(|text| {
        let seconds = text.parse::<u64>().ok();
        let date = || UnixTime::parse_date(text).map(|at| at.since(now).max(0).unsigned_abs());
        seconds.or_else(date)
    });
    let moov = || {
        let text = reply.retry_in.as_deref()?.trim();
        let milliseconds: u64 = text.strip_suffix("ms").unwrap_or(text).trim().parse().ok()?;
        Some(milliseconds.div_ceil(1000))
    };
    standard.or_else(moov).map(|seconds| RetryAfter(seconds.min(LONGEST)))
}

/// The words of a reply whose status says that something is wrong.
pub(super) fn from_reply(reply: &Reply, rule: Option<&ErrorRule>) -> Words {
    let content_type = reply.content_type.as_deref();
    match document::decode(reply.body.expose(), content_type) {
        Ok(document) => words(&document.root, rule),
        Err(_) => Words { code: None, description: plain_text(reply) },
    }
}

/// The words of an error inside a reply whose status says that all is well; `None` where there is no error.
pub(super) fn inside_success(root: &Value, rule: Option<&ErrorRule>) -> Option<Words> {
    let by_rule = rule.is_some_and(|rule| {
        let found = root.pointer(&rule.when).unwrap_or(&Value::Null);
        match &rule.equals {
            Some(wanted) => same(found, wanted),
            None => !matches!(found, Value::Null | Value::Bool(false)),
        }
    });
    let by_standard = match root.get("error") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(code)) => !code.is_empty(),
        Some(_) => true,
    };
    (by_rule || by_standard).then(|| words(root, rule))
}

/// Equal, also where one side wrote a number or a boolean as text: a form knows only text.
fn same(found: &Value, wanted: &Value) -> bool {
    let as_text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    found == wanted || (!found.is_null() && as_text(found) == as_text(wanted))
}

fn words(root: &Value, rule: Option<&ErrorRule>) -> Words {
    let own = rule.and_then(|rule| rule.message.as_deref()).and_then(|at| root.pointer(at)).and_then(text);
    let code = root.get("error").and_then(Value::as_str).filter(|code| !code.is_empty()).map(str::to_owned);
    // Where providers put their words, the standard place first.
    let places = [
        "/error_description",
        "/error/message",
        "/error/description",
        "/message",
        "/detail",
        "/errors/0/detail",
        "/errors/0/message",
        "/errors/0",
        "/title",
        "/reason",
        "/errorMessage",
    ];
    let found = || places.iter().find_map(|place| root.pointer(place).and_then(text));
    Words { code, description: own.or_else(found) }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A body that is neither JSON nor a form is shown only where it says that it is meant to be read.
fn plain_text(reply: &Reply) -> Option<String> {
    let media_type = reply.content_type.as_deref().map(document::media_type)?;
    // All of it: where it is cut before a secret is blotted out, half of the secret would remain.
    let text = String::from_utf8_lossy(reply.body.expose()).into_owned();
    (media_type == "text/plain" && !text.trim().is_empty()).then_some(text)
}
