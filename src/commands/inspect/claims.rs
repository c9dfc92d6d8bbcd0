//! What a JWT says of itself, for people: the claims that everybody knows first, times as times.

use crate::jwt::Jwt;
use crate::render::view;
use crate::text::sanitize;
use crate::time::UnixTime;

/// The parameters of the header that come first (RFC 7515 §4.1).
const HEADER: [&str; 3] = ["typ", "alg", "kid"];
/// The claims that come first: RFC 7519 §4.1, `azp` of OpenID Connect, `client_id` and `scope` of RFC 9068.
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
/// Claims that are times.
const TIMES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// Header and claims.
pub(super) fn shown(jwt: &Jwt, now: UnixTime, is_terminal: bool) -> String {
    let header =
        in_order(&jwt.header, &HEADER).map(|(name, value)| (sanitize(name), view::plain(value)));
    let claims = in_order(&jwt.claims, &CLAIMS).map(|(name, value)| {
        let at = TIMES.contains(&name).then(|| jwt.time(name)).flatten();
        let shown = at.map_or_else(|| view::plain(value), |at| view::when(at, now, is_terminal));
        (sanitize(name), shown)
    });
    let caution = view::paint(view::WARN, "unverified: nobody has checked the signature");
    let headings = ["header".to_owned(), format!("claims, {caution}")];
    let parts = headings
        .iter()
        .zip([header.collect::<Vec<_>>(), claims.collect()]);
    let mut text = String::new();
    for (heading, pairs) in parts.filter(|(_, pairs)| !pairs.is_empty()) {
        // They stand below other things.
        text.push('\n');
        text.push_str(&view::fields(heading, pairs));
    }
    text
}

/// Those that are named first, then all others by name.
fn in_order<'a>(
    map: &'a serde_json::Map<String, serde_json::Value>,
    first: &'a [&'a str],
) -> impl Iterator<Item = (&'a str, &'a serde_json::Value)> {
    let known = first.iter().filter_map(|name| map.get_key_value(*name));
    let others = map
        .iter()
        .filter(|(name, _)| !first.contains(&name.as_str()));
    known
        .chain(others)
        .map(|(name, value)| (name.as_str(), value))
}
