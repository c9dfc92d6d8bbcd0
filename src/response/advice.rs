//! Suggests keys of a profile for a reply that was not understood: where the token, its expiry or the error most likely
//! are. Shows only field names that are listed in this file, nothing else of the reply.

use super::error::DESCRIPTIONS;
use super::is_token;
use crate::json::{Json, JsonKind};
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

/// What they call a lifetime, or the time at which it ends.
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

/// Where they say whether a request succeeded, and how they say that it did not.
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

const WHOLE: &str = "if the whole reply is the token, write `response = { access_token = \"\" }`";
const ELSEWHERE: &str =
    "if the token is elsewhere, write where: `response = { access_token = \"/data/token\" }`";

/// For a body that is neither JSON nor a form.
pub(super) fn for_unreadable(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    // RFC 6750 §2.1.
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_of_token)).then(|| WHOLE.to_owned())
}

/// For a reply without an access token.
pub(super) fn for_missing_token(json: Json<'_>) -> String {
    if json.text().is_some_and(|text| is_token(&text)) {
        return WHOLE.to_owned();
    }
    let found = token(json).or_else(|| error(json));
    found.unwrap_or_else(|| ELSEWHERE.to_owned())
}

/// For a token response that does not say when its token expires: the entry of `response` that may do.
pub(super) fn for_missing_expiry(json: Json<'_>) -> Option<String> {
    let mut objects = objects(json).into_iter();
    objects.find_map(|(pointer, object)| expiry(&pointer, object))
}

/// Where fields of a token response may stand, each with its pointer.
fn objects(json: Json<'_>) -> Vec<(String, Json<'_>)> {
    if json.kind() == JsonKind::List {
        let first = json.items().into_iter().take(1);
        return first.map(|item| ("/0".to_owned(), item)).collect();
    }
    let mut objects = vec![(String::new(), json)];
    for (name, value) in json.members() {
        if rank(&name, &WRAPPERS).is_some() {
            objects.push((format!("/{}", *name), value));
        }
    }
    objects
}

/// The likeliest token, and its expiry beside it.
fn token(json: Json<'_>) -> Option<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (pointer, object) in objects(json) {
        let expiry = expiry(&pointer, object).map_or(String::new(), |expiry| format!(", {expiry}"));
        for (name, value) in object.members() {
            if let Some(rank) = rank(&name, &TOKENS)
                && value.text().is_some_and(|text| is_token(&text))
            {
                let map = format!("{{ access_token = \"{pointer}/{}\"{expiry} }}", *name);
                found.push((rank, map));
            }
        }
    }
    let (_, map) = found.into_iter().min_by_key(|(rank, _)| *rank)?;
    Some(format!("if this is the token, write `response = {map}`"))
}

/// The expiry in an object. A large number is a Unix time.
fn expiry(pointer: &str, object: Json<'_>) -> Option<String> {
    let members = object.members();
    members
        .filter(|(name, _)| rank(name, &LIFETIMES).is_some())
        .find_map(|(name, value)| {
            let text = match value.kind() {
                JsonKind::Number => value.as_written().to_owned(),
                _ => value.text()?.to_string(),
            };
            let key = match text.trim().parse::<f64>() {
                Ok(number) if number < 1e9 => "expires_in",
                Ok(_) => "expires_at",
                Err(_) => UnixTime::parse_date(&text).map(|_| "expires_at")?,
            };
            Some(format!("{key} = \"{pointer}/{}\"", *name))
        })
}

/// An error that is reported in a way of the provider's own.
fn error(json: Json<'_>) -> Option<String> {
    let is_text = |pointer: &&&str| json.last(pointer).and_then(Json::text).is_some();
    let message = DESCRIPTIONS.iter().find(is_text)?;
    let verdict = VERDICTS.iter().find_map(|pointer| {
        let found = json.last(pointer)?;
        if found.as_written() == "false" {
            return Some(format!("\"{pointer}\", equals = false"));
        }
        let text = found.text()?;
        let bad = BAD.iter().find(|bad| **bad == *text)?;
        Some(format!("\"{pointer}\", equals = \"{bad}\""))
    });
    let when = verdict.unwrap_or_else(|| format!("\"{message}\""));
    Some(format!(
        "if this is an error, write `error = {{ when = {when}, message = \"{message}\" }}`"
    ))
}

/// The place of a name among those that are known. It is one of them but for case and separators, and so fit to be shown.
fn rank(name: &str, known: &[&str]) -> Option<usize> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    let simple: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut known = known.iter();
    let rank = known.position(|known| simple.eq_ignore_ascii_case(known))?;
    (name.bytes().all(is_plain) && name.len() < 2 * simple.len() + 2).then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        for_missing_token(Json::parse(body).unwrap())
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
                format!("if this is the token, write `response = {map}`")
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
                format!("if this is an error, write `error = {rule}`")
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
        ] {
            assert_eq!(said(body), ELSEWHERE, "{body}");
        }
    }

    #[test]
    fn a_reply_that_is_a_token_may_be_one() {
        assert_eq!(said("\"tok-1\""), WHOLE);
        assert_eq!(said("\"two words\""), ELSEWHERE);
        let said = |body: &str| for_unreadable(body.as_bytes());
        for body in ["eyJhbGciOiJub25lIn0.e30.x", "tok-1 \n"] {
            assert_eq!(said(body).as_deref(), Some(WHOLE), "{body}");
        }
        for body in [
            "",
            "two words",
            "<html/>",
            "{broken",
            "[1]",
            "5x y",
            "cb({})",
        ] {
            assert_eq!(said(body), None, "{body}");
        }
    }

    #[test]
    fn an_expiry_under_another_name_is_pointed_at() {
        let said = |body: &str| for_missing_expiry(Json::parse(body).unwrap());
        let cases = [
            (
                r#"{"access_token":"t","expiresIn":60}"#,
                Some("expires_in = \"/expiresIn\""),
            ),
            (
                r#"{"access_token":"t","data":{"expires_on":"2030-01-01T00:00:00Z"}}"#,
                Some("expires_at = \"/data/expires_on\""),
            ),
            (
                r#"{"access_token":"t","expires_on":"1830000000"}"#,
                Some("expires_at = \"/expires_on\""),
            ),
            (r#"{"access_token":"t","expires":"soon"}"#, None),
            (r#"{"access_token":"t"}"#, None),
        ];
        for (body, expected) in cases {
            assert_eq!(said(body).as_deref(), expected, "{body}");
        }
    }
}
