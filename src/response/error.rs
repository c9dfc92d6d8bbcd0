//! Reads the error that a reply reports. The texts are the server's, not sanitized yet.

use serde_json::Value;

use super::{ErrorRule, Reply, body};
use crate::json::{Json, JsonKind};
use crate::time::UnixTime;

/// Why a reply holds no token. Its texts are the server's: see [`crate::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponseError {
    /// The credentials or the request were rejected (RFC 6749 §5.2).
    Rejected {
        status: u16,
        details: ErrorDetails,
        /// The profile's `status` table says so.
        is_mapped: bool,
    },
    /// Too many requests (RFC 6585 §4). Seconds.
    RateLimited {
        status: u16,
        details: ErrorDetails,
        retry_after: Option<u64>,
    },
    /// The server failed; another try may succeed. Seconds.
    ServerFailed {
        status: u16,
        details: ErrorDetails,
        retry_after: Option<u64>,
    },
    /// A redirect. It is not followed: that would give the credentials to another host.
    Redirected { status: u16, host: Option<String> },
    /// The reply is complete but cannot be understood.
    Invalid {
        status: u16,
        reason: String,
        /// What the profile could say about such a reply. Holds nothing of it but names that are known here.
        advice: Option<String>,
    },
    /// A token that is bound to a key (DPoP: RFC 9449; MAC).
    BoundToken { status: u16, kind: &'static str },
}

/// An error code and a description, as far as the reply has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorDetails {
    /// RFC 6749's `error`.
    pub code: Option<String>,
    /// RFC 6749's `error_description`, or what the provider has in its place.
    pub description: Option<String>,
}

/// The longest wait that is accepted, in seconds: a day.
const LONGEST_WAIT: u64 = 86_400;

/// Seconds that `Retry-After` (RFC 9110 §10.2.3: seconds or a date) or Moov's `X-Retry-In` (milliseconds) asks for.
pub(super) fn retry_after(reply: &Reply, now: UnixTime) -> Option<u64> {
    let standard = || {
        let text = reply.retry_after.as_deref()?.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(text.parse().unwrap_or(u64::MAX));
        }
        let at = UnixTime::parse_date(text)?;
        Some(at.since(now).max(0).unsigned_abs())
    };
    let moov = || {
        let text = reply.retry_in.as_deref()?.trim();
        let number = text.strip_suffix("ms").unwrap_or(text).trim();
        Some(number.parse::<u64>().ok()?.div_ceil(1000))
    };
    let seconds = standard().or_else(moov)?;
    Some(seconds.min(LONGEST_WAIT))
}

/// RFC 6749's error code.
const ERROR: &str = "/error";

/// Where providers put their descriptions, the standard place first.
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

/// The error of a reply whose status says that something is wrong.
pub(super) fn from_reply(reply: &Reply, rule: Option<&ErrorRule>) -> ErrorDetails {
    let body = reply.body.expose();
    let json = body::to_json(body, reply.content_type.as_deref());
    if let Some(json) = json.as_ref().ok().and_then(|json| Json::parse(json).ok()) {
        let mut details = details(json, rule);
        if details.description.is_none() && reply.status >= 400 {
            details.description = description(json);
        }
        return details;
    }
    let is_plain = body::media_type(reply.content_type.as_deref()) == "text/plain";
    // A body that is neither JSON nor a form is shown only where it says that it is meant to be read, and where the
    // status itself says that it is not a token. All of it: cut here, half of a secret would not be recognised.
    let is_message = is_plain && reply.status >= 400;
    let text = is_message.then(|| String::from_utf8_lossy(body).into_owned());
    ErrorDetails {
        code: None,
        description: text.filter(|text| !text.trim().is_empty()),
    }
}

/// The error inside a reply whose status says that all is well.
pub(super) fn inside_success(json: Json<'_>, rule: Option<&ErrorRule>) -> Option<ErrorDetails> {
    let by_rule = rule.is_some_and(|rule| match (json.last(&rule.when), &rule.equals) {
        (None, _) => false,
        (Some(found), Some(wanted)) => is_same(found, wanted),
        (Some(found), None) => !is_falsy(found),
    });
    let by_standard = json.last(ERROR).is_some_and(|error| {
        matches!(error.kind(), JsonKind::Text | JsonKind::Object) && !is_falsy(error)
    });
    (by_rule || by_standard).then(|| details(json, rule))
}

/// Whether a value means "no error".
fn is_falsy(value: Json<'_>) -> bool {
    match value.value() {
        Value::Null => true,
        Value::Bool(is_error) => !is_error,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0",
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// Equal, also where one side is a number or a boolean written as text: a form knows only text.
fn is_same(found: Json<'_>, wanted: &Value) -> bool {
    let written = |value: Value| match value {
        Value::String(text) => text,
        // `7` and `7.0` are one number in JSON.
        Value::Number(number) => match number.as_f64() {
            Some(number) => number.to_string(),
            None => number.to_string(),
        },
        other => other.to_string(),
    };
    written(found.value()) == written(wanted.clone())
}

fn details(json: Json<'_>, rule: Option<&ErrorRule>) -> ErrorDetails {
    let at = |pointer: &str| json.last(pointer).and_then(description);
    let own = rule.and_then(|rule| rule.message.as_deref()).and_then(at);
    let code = json.last(ERROR).and_then(Json::text);
    let code = code.filter(|code| !code.is_empty());
    ErrorDetails {
        code: code.map(|code| code.to_string()),
        description: own.or_else(|| DESCRIPTIONS.iter().find_map(|pointer| at(pointer))),
    }
}

/// A text or a number as a description.
fn description(value: Json<'_>) -> Option<String> {
    if value.kind() == JsonKind::Number {
        return Some(value.as_written().to_owned());
    }
    let text = value.text()?;
    (!text.trim().is_empty()).then(|| text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_inside_a_200() {
        let rule = |when: &str, equals: Option<Value>| {
            Some(ErrorRule {
                when: when.to_owned(),
                equals,
                message: Some("/errors/0/detail".to_owned()),
            })
        };
        let success = || rule("/success", Some(false.into()));
        let locked = r#"{"success":false,"errors":[{"detail":"locked"}]}"#;
        let described = r#"{"error":"invalid_client","error_description":"no"}"#;
        let cases = [
            (None, described, Some("invalid_client: no")),
            (None, r#"{"error":"x"}"#, Some("x: ")),
            (None, r#"{"error":{"message":"bad"}}"#, Some(": bad")),
            (None, r#"{"success":false}"#, None),
            (None, r#"{"error":0}"#, None),
            (None, r#"{"error":"0"}"#, None),
            (None, r#"{"error":{}}"#, None),
            (success(), locked, Some(": locked")),
            (success(), r#"{"success":"false"}"#, Some(": ")),
            (success(), r#"{"success":true}"#, None),
            (success(), "{}", None),
            (rule("/code", Some(7.into())), r#"{"code":"7"}"#, Some(": ")),
            (rule("/code", Some(7.into())), r#"{"code":7.0}"#, Some(": ")),
            (rule("/fault", None), r#"{"fault":{"x":1}}"#, Some(": ")),
            (rule("/fault", None), r#"{"fault":7}"#, Some(": ")),
            (rule("/fault", None), r#"{"fault":false}"#, None),
            (rule("/fault", None), r#"{"fault":0}"#, None),
            (rule("/fault", None), r#"{"fault":"0"}"#, None),
            (rule("/fault", None), r#"{"fault":[]}"#, None),
        ];
        for (rule, body, expected) in cases {
            let found = inside_success(Json::parse(body).unwrap(), rule.as_ref());
            let found = found.map(|details| {
                let text = |part: Option<String>| part.unwrap_or_default();
                format!("{}: {}", text(details.code), text(details.description))
            });
            assert_eq!(found.as_deref(), expected, "{body}");
        }
    }
}
