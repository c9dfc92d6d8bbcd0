//! Header and claims of a JWT: the well-known ones first, times as times.

use serde_json::{Map, Value};

use crate::jwt::Jwt;
use crate::render::style::{WARN, paint};
use crate::render::view;
use crate::text::sanitize;
use crate::time::UnixTime;

/// RFC 7515 §4.1.
const HEADER: [&str; 3] = ["typ", "alg", "kid"];
/// RFC 7519 §4.1, OpenID Connect's `azp` and `auth_time`, RFC 9068's `client_id` and `scope`.
const CLAIMS: [&str; 11] = [
    "iss",
    "sub",
    "aud",
    "azp",
    "client_id",
    "scope",
    "iat",
    "nbf",
    "exp",
    "auth_time",
    "jti",
];
const TIMES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// Header and claims, below an empty line each.
pub(super) fn shown(jwt: &Jwt, now: UnixTime, is_terminal: bool) -> String {
    let header = in_order(&jwt.header, &HEADER)
        .map(|(name, value)| (sanitize(name), view::json_as_text(value)));
    let claims = in_order(&jwt.claims, &CLAIMS).map(|(name, value)| {
        let time = jwt.time(name).filter(|_| TIMES.contains(&name));
        let shown = time.map_or_else(
            || view::json_as_text(value),
            |at| view::when(at, now, is_terminal),
        );
        (sanitize(name), shown)
    });
    let caution = paint(WARN, "the signature is not verified");
    [
        (!jwt.header.is_empty()).then(|| view::fields("header", header)),
        (!jwt.claims.is_empty()).then(|| view::fields(&format!("claims, {caution}"), claims)),
    ]
    .into_iter()
    .flatten()
    .flat_map(|section| ["\n".to_owned(), section])
    .collect()
}

/// The members with these names first, then all others by name.
fn in_order<'a>(
    map: &'a Map<String, Value>,
    first: &'a [&'a str],
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let known = first.iter().filter_map(|name| map.get_key_value(*name));
    let others = map
        .iter()
        .filter(|(name, _)| !first.contains(&name.as_str()));
    known
        .chain(others)
        .map(|(name, value)| (name.as_str(), value))
}
