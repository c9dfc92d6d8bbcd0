//! What a profile could say of a reply in which nothing was found: where the token, or the error, most likely stands. Of
//! the reply no more is shown than names that are known here.

use super::document::Field;
use super::is_token;
use super::refusal::DESCRIPTIONS;
use crate::json::{Json, Sort};
use crate::time::UnixTime;

/// What providers call an access token, without case and separators; the likeliest first.
const TOKENS: [&str; 11] = [
    "accesstoken",
    "token",
    "bearertoken",
    "authtoken",
    "authorizationtoken",
    "authenticationtoken",
    "apitoken",
    "sessiontoken",
    "jwttoken",
    "jwt",
    "idtoken",
];

/// What they put it into.
const WRAPPERS: [&str; 12] = [
    "data", "result", "results", "response", "payload", "body", "content", "auth", "token",
    "tokens", "d", "value",
];

/// What they call a lifetime, or the instant at which it ends.
const LIFETIMES: [&str; 10] = [
    "expiresin",
    "expiresinseconds",
    "ttl",
    "expiresat",
    "expireson",
    "expires",
    "expiry",
    "expirydate",
    "expiration",
    "expirationdate",
];

/// By what they say whether all is well, and how they say that it is not.
const VERDICTS: [&str; 7] = [
    "/success",
    "/ok",
    "/succeeded",
    "/isSuccess",
    "/Success",
    "/status",
    "/result",
];
const BAD: [&str; 6] = ["error", "ERROR", "fail", "failed", "failure", "FAILURE"];

const WHOLE: &str = "if all of it is the token, say so: `response = { access_token = \"\" }`";
const ELSEWHERE: &str =
    "if the provider puts it elsewhere, say so: `response = { access_token = \"/data/token\" }`";

/// Where nothing can be read at all.
pub(super) fn unread(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    // RFC 6750 §2.1.
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let is_whole = if let Ok(json) = Json::parse(text) {
        json.sort() == Sort::Text && json.text().is_some_and(|text| is_token(&text))
    } else {
        !text.is_empty() && text.bytes().all(is_of_one)
    };
    is_whole.then(|| WHOLE.to_owned())
}

/// Where it was read, and there is no access token.
pub(super) fn missing(body: &[u8]) -> String {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let json = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Json::parse(text).ok());
    let found = json.and_then(|json| token(json).or_else(|| error(json)));
    found.unwrap_or_else(|| ELSEWHERE.to_owned())
}

/// The place of the likeliest token.
fn token(json: Json<'_>) -> Option<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut look = |before: &str, object: Json<'_>| {
        let mut more = String::new();
        object.members(&mut |name, value| {
            // A number may be either, and is understood as such.
            let key = match value.sort() {
                Sort::Number => "expires_in",
                Sort::Text if UnixTime::parse_date(&value.text().unwrap_or_default()).is_some() => {
                    "expires_at"
                }
                _ => return,
            };
            if rank(name, &LIFETIMES).is_some() && more.is_empty() {
                more = format!(", {key} = \"{before}/{name}\"");
            }
        });
        object.members(&mut |name, value| {
            let is_one =
                value.sort() == Sort::Text && value.text().is_some_and(|text| is_token(&text));
            if let Some(rank) = rank(name, &TOKENS).filter(|_| is_one) {
                found.push((
                    rank,
                    format!("{{ access_token = \"{before}/{name}\"{more} }}"),
                ));
            }
        });
    };
    if json.sort() == Sort::List {
        let mut first = None;
        json.items(&mut |item| _ = first.get_or_insert(item));
        if let Some(item) = first {
            look("/0", item);
        }
    } else {
        look("", json);
        json.members(&mut |name, value| {
            if rank(name, &WRAPPERS).is_some() {
                look(&format!("/{name}"), value);
            }
        });
    }
    let (_, map) = found.into_iter().min_by_key(|(rank, _)| *rank)?;
    Some(format!("if this is the token, say so: `response = {map}`"))
}

/// The place of an error that is told in a way of the provider's own.
fn error(json: Json<'_>) -> Option<String> {
    let at = |place: &str| {
        json.find(&[place])
            .into_iter()
            .find_map(|found| found.last)
            .map(Field::of)
    };
    let message = DESCRIPTIONS
        .iter()
        .find(|place| matches!(at(place), Some(Field::Text(_))))?;
    let verdict = VERDICTS.iter().find_map(|place| match at(place)? {
        Field::Boolean(false) => Some(format!("\"{place}\", equals = false")),
        Field::Text(text) => {
            let bad = BAD.iter().find(|bad| **bad == *text)?;
            Some(format!("\"{place}\", equals = \"{bad}\""))
        }
        _ => None,
    });
    let when = verdict.unwrap_or_else(|| format!("\"{message}\""));
    Some(format!(
        "if this is an error, say so: `error = {{ when = {when}, message = \"{message}\" }}`"
    ))
}

/// The place of a name among those that are known. It is one of them but for case and separators, and so fit to be shown.
fn rank(name: &str, known: &[&str]) -> Option<usize> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let simple: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let place = known
        .iter()
        .position(|word| simple.eq_ignore_ascii_case(word))?;
    (name.bytes().all(is_plain) && name.len() < 2 * simple.len() + 2).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        missing(body.as_bytes())
    }

    #[test]
    fn the_likeliest_token_is_pointed_at() {
        let cases = [
            (
                r#"{"token":"t","expires":60}"#,
                r#"{ access_token = "/token", expires_in = "/expires" }"#,
            ),
            (
                r#"{"token":"t","expires":"2030-01-01T00:00:00Z"}"#,
                r#"{ access_token = "/token", expires_at = "/expires" }"#,
            ),
            (
                r#"{"accessToken":"t","expiresIn":60}"#,
                r#"{ access_token = "/accessToken", expires_in = "/expiresIn" }"#,
            ),
            (
                r#"{"jwt":"a","Access-Token":"t"}"#,
                r#"{ access_token = "/Access-Token" }"#,
            ),
            (
                r#"{"ok":true,"data":{"ttl":6,"access_token":"t"}}"#,
                r#"{ access_token = "/data/access_token", expires_in = "/data/ttl" }"#,
            ),
            (r#"[{"token":"t"}]"#, r#"{ access_token = "/0/token" }"#),
            (
                r#"{"token":"no token","jwt":"a"}"#,
                r#"{ access_token = "/jwt" }"#,
            ),
        ];
        for (body, map) in cases {
            assert_eq!(
                said(body),
                format!("if this is the token, say so: `response = {map}`")
            );
        }
    }

    #[test]
    fn so_is_an_error_of_the_providers_own() {
        let cases = [
            (
                r#"{"success":false,"message":"x"}"#,
                r#"{ when = "/success", equals = false, message = "/message" }"#,
            ),
            (
                r#"{"errors":[{"detail":"x"}]}"#,
                r#"{ when = "/errors/0/detail", message = "/errors/0/detail" }"#,
            ),
        ];
        for (body, rule) in cases {
            assert_eq!(
                said(body),
                format!("if this is an error, say so: `error = {rule}`")
            );
        }
    }

    /// Whatever names a server makes up, only known ones are shown.
    #[test]
    fn of_anything_else_nothing_is_shown() {
        for body in [
            r#"{"made-up-secret":"t"}"#,
            r#"{"made-up-secret":{"token":"t"}}"#,
            r#"{"to-----------------ken":"t"}"#,
            r#"{"to\"ken":"t"}"#,
            r#"{"token":5}"#,
            "[]",
            "a=b",
        ] {
            assert_eq!(said(body), ELSEWHERE, "{body}");
        }
    }

    #[test]
    fn a_reply_that_is_a_token_may_be_one() {
        let said = |body: &str| unread(body.as_bytes());
        for body in ["eyJhbGciOiJub25lIn0.e30.x", "\"tok-1\"\n", "tok-1 \n"] {
            assert_eq!(said(body).as_deref(), Some(WHOLE), "{body}");
        }
        for body in [
            "",
            "two words",
            "\"two words\"",
            "<html/>",
            "{broken",
            "[1]",
            "5x y",
            "cb({})",
        ] {
            assert_eq!(said(body), None, "{body}");
        }
    }
}
