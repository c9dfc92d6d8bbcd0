//! What a reply says instead of a token, in the server's own words.

use serde_json::Value;

use super::document::{Document, Field};
use super::{ErrorRule, Reply, document};
use crate::json::Json;
use crate::time::UnixTime;

/// Why a reply holds no token. Its texts are the server's: see [`crate::text`].
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
    RateLimited {
        status: u16,
        words: Words,
        retry_after: Option<RetryAfter>,
    },
    /// The server failed; asking again may help.
    ServerFailed {
        status: u16,
        words: Words,
        retry_after: Option<RetryAfter>,
    },
    /// A redirect, which is not followed: it would hand the credentials to somebody else.
    Redirected { status: u16, host: Option<String> },
    /// The reply is whole and makes no sense.
    InvalidResponse {
        status: u16,
        what: String,
        /// What the profile could say of such a reply. Holds nothing of it but names that are known here.
        advice: Option<String>,
    },
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
    let standard = reply
        .retry_after
        .as_deref()
        .map(str::trim)
        .and_then(|text| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let seconds = is_number.then(|| text.parse().unwrap_or(u64::MAX));
            let date = || UnixTime::parse_date(text).map(|at| at.since(now).max(0).unsigned_abs());
            seconds.or_else(date)
        });
    let moov = || {
        let text = reply.retry_in.as_deref()?.trim();
        let milliseconds: u64 = text
            .strip_suffix("ms")
            .unwrap_or(text)
            .trim()
            .parse()
            .ok()?;
        Some(milliseconds.div_ceil(1000))
    };
    standard
        .or_else(moov)
        .map(|seconds| RetryAfter(seconds.min(LONGEST)))
}

/// RFC 6749's error code.
const ERROR: &str = "/error";

/// Where providers put their words, the standard place first.
pub(super) const DESCRIPTIONS: [&str; 18] = [
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
    "/error_message",
    "/errorSummary",
    "/fault/faultstring",
    "/Message",
    "/msg",
    "/errmsg",
    "/0/message",
];

/// Where something of an error may stand.
pub(super) fn places(rule: Option<&ErrorRule>) -> impl Iterator<Item = &str> {
    let own = rule
        .into_iter()
        .flat_map(|rule| rule.message.iter().chain([&rule.when]));
    own.map(String::as_str).chain([ERROR]).chain(DESCRIPTIONS)
}

/// The words of a reply whose status says that something is wrong.
pub(super) fn from_reply(reply: &Reply, rule: Option<&ErrorRule>) -> Words {
    let content_type = reply.content_type.as_deref();
    let wanted: Vec<&str> = places(rule).collect();
    match document::decode(reply.body.expose(), content_type, &wanted) {
        Ok(document) => words(&document, rule),
        // All of a body is words where the status itself says that something is wrong; else it may be the token.
        Err(_) if reply.status < 400 => Words::default(),
        Err(_) => Words {
            code: None,
            description: json_text(reply).or_else(|| plain_text(reply)),
        },
    }
}

/// The words of an error inside a reply whose status says that all is well; `None` where there is no error.
pub(super) fn inside_success(document: &Document<'_>, rule: Option<&ErrorRule>) -> Option<Words> {
    let by_rule = rule.is_some_and(|rule| {
        let found = document.field(&rule.when).unwrap_or(Field::Null);
        match &rule.equals {
            Some(wanted) => same(found, wanted),
            None => !matches!(found, Field::Null | Field::Boolean(false)),
        }
    });
    let by_standard = match document.field(ERROR) {
        None | Some(Field::Null | Field::Boolean(false)) => false,
        Some(Field::Text(code)) => !code.is_empty(),
        Some(_) => true,
    };
    (by_rule || by_standard).then(|| words(document, rule))
}

/// Equal, also where one side wrote a number or a boolean as text: a form knows only text.
fn same(found: Field<'_>, wanted: &Value) -> bool {
    let wanted = wanted
        .as_str()
        .map_or_else(|| wanted.to_string(), str::to_owned);
    match found {
        Field::Boolean(found) => found.to_string() == wanted,
        Field::Number(found) => found == wanted || is_same_number(found, &wanted),
        Field::Text(found) => *found == wanted,
        Field::Null | Field::Broken | Field::List(_) | Field::Object => false,
    }
}

/// `7` and `7.0` are one number in JSON.
fn is_same_number(one: &str, other: &str) -> bool {
    let number = |text: &str| {
        text.parse::<f64>()
            .ok()
            .filter(|number| number.abs() < 9e15)
    };
    number(one).is_some_and(|one| number(other) == Some(one))
}

fn words(document: &Document<'_>, rule: Option<&ErrorRule>) -> Words {
    let said = |place: &str| document.field(place).and_then(text);
    let own = rule.and_then(|rule| rule.message.as_deref()).and_then(said);
    let code = document
        .text(ERROR)
        .filter(|code| !code.is_empty())
        .map(|code| code.to_string());
    let found = || DESCRIPTIONS.iter().find_map(|place| said(place));
    Words {
        code,
        description: own.or_else(found),
    }
}

fn text(field: Field<'_>) -> Option<String> {
    match field {
        Field::Text(text) if !text.trim().is_empty() => Some(text.to_string()),
        Field::Number(number) => Some(number.to_owned()),
        _ => None,
    }
}

/// A body that is one text of JSON.
fn json_text(reply: &Reply) -> Option<String> {
    let text = std::str::from_utf8(reply.body.expose()).ok()?;
    Field::of(Json::parse(text).ok()?)
        .text()
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.to_string())
}

/// A body that is neither JSON nor a form is shown only where it says that it is meant to be read.
fn plain_text(reply: &Reply) -> Option<String> {
    let media_type = reply.content_type.as_deref().map(document::media_type)?;
    // All of it: where it is cut before a secret is blotted out, half of the secret would remain.
    let text = String::from_utf8_lossy(reply.body.expose()).into_owned();
    (media_type == "text/plain" && !text.trim().is_empty()).then_some(text)
}
