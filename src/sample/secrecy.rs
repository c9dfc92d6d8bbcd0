//! Tells which values of a sample must not be written to a file.

use super::names::{is_secret_name, simplified};
use super::placeholder::{is_elided, is_placeholder};
use crate::secret::looks_random;

/// Values that switch something on or off, whatever their name.
const SWITCHES: [&str; 8] = ["true", "false", "0", "1", "yes", "no", "on", "off"];

/// Whether the value of a parameter or header is secret, by its name or by its looks.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    let name = simplified(name);
    let is_public_text = value.contains("://") || value.contains(' ') || value.starts_with('/');
    let is_pair = ["user", "users"].contains(&name.as_str()) && value.contains(':');
    !SWITCHES.contains(&value)
        && (is_secret_name(&name)
            || is_pair
            || has_scheme(value)
            || (!is_public_text && looks_random(value))
            || contains_secret(value))
}

/// Whether a value has the form of an `Authorization` header's (RFC 9110 §11.4).
fn has_scheme(value: &str) -> bool {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or_default();
    let schemes = ["basic", "bearer", "token", "apikey", "digest"];
    schemes.contains(&simplified(scheme).as_str()) && !rest.trim().is_empty()
}

/// Whether a public text (a URL, a list of scopes, a program's name) seems to have a secret in it. A UUID does not count: tenants and applications have such names.
#[must_use]
pub fn contains_secret(text: &str) -> bool {
    let ends_word = |c: char| !c.is_ascii_alphanumeric() && !"-_~+=".contains(c);
    let is_secret_word = |word: &str| match word.split_once('=') {
        Some((name, value)) if !value.trim_matches('=').is_empty() => {
            looks_generated(name)
                || looks_generated(value)
                || (is_secret_name(&simplified(name))
                    && !SWITCHES.contains(&value)
                    && !is_placeholder(value, name))
        }
        _ => looks_generated(word),
    };
    has_userinfo(text) || text.split(ends_word).any(is_secret_word)
}

/// Whether a URL has a user, and perhaps a password, before its host.
fn has_userinfo(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| {
        let authority = rest.split(['/', '?', '#']).next();
        authority.is_some_and(|authority| authority.contains('@'))
    })
}

/// Whether a text looks random and is neither a UUID nor made of words.
fn looks_generated(word: &str) -> bool {
    let parts = || word.split(['-', '_', '.', '~', '+', '=']);
    let has_long_part = parts()
        .any(|part| part.len() > 24 && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let is_of_words =
        parts().all(|part| is_word(part) || part.bytes().all(|byte| byte.is_ascii_digit()));
    ((looks_random(word) && !is_of_words && !is_uuid(word)) || has_long_part) && !is_elided(word)
}

/// `realm`, `Realm`, `v2`, `eu1`.
fn is_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let mut characters = letters.chars();
    part.len() - letters.len() <= 2
        && characters
            .next()
            .is_none_or(|first| first.is_ascii_alphabetic())
        && characters.all(|rest| rest.is_ascii_lowercase())
}

fn is_uuid(word: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && word.split('-').all(is_hex)
}

/// Whether a value is good for one request only: a time stamp or a nonce.
#[must_use]
pub fn is_timestamp(name: &str, value: &str) -> bool {
    let name = simplified(name);
    // Unix seconds or milliseconds.
    let is_unix =
        [10, 13].contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
    (is_unix && value.starts_with('1'))
        || value.parse::<jiff::Timestamp>().is_ok()
        || name.contains("timestamp")
        || name.contains("nonce")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_name_or_looks() {
        for (name, value) in [
            ("client_secret", "a"),
            ("X-Api-Key", "a"),
            ("password", "a"),
            ("Authorization", "a"),
            ("assertion", "a"),
            ("whatever", "8f14e45fceea167a5a36dedd4bea2543"),
            ("code", "a"),
            ("device_code", "a"),
            ("hmac", "a"),
            ("user", "me:a"),
            ("subject_token", "a"),
            ("pass", "a"),
            ("pw", "a"),
            ("keys", "a"),
            ("Authentication", "a"),
            ("pin", "4711"),
            ("referer", "https://a.example/?access_token=b"),
            ("referer", "https://me:b@a.example/"),
            ("user-agent", "acme/1.0 8f14e45fceea167a5a36dedd4bea2543"),
            ("user-agent", "acme/1.0 (key=b)"),
            ("x-forwarded", "Bearer b"),
            ("whatever", "acme:8f14e45fceea167a5a36dedd4bea2543"),
        ] {
            assert!(is_secret(name, value), "{name}");
        }
        for (name, value) in [
            ("tenant", "acme"),
            ("box_subject_type", "enterprise"),
            ("token", "true"),
            ("returnSecureToken", "1"),
            ("resource", "https://graph.microsoft.com/00000003-0000-0000"),
            ("account_id", "12"),
            ("subject_token_type", "urn:x"),
            ("X-Api-Version", "2"),
            ("cache-control", "no-cache"),
            ("token_ttl", "60"),
            ("country_code", "de"),
            ("user", "me"),
            ("redirect", "https://a.example/?tenant=b@c"),
            (
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.109",
            ),
            (
                "resource",
                "api://8f14e45f-ceea-167a-5a36-dedd4bea2543/.default",
            ),
            ("resource", "https://a.example/accounts-2024-production-eu1"),
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:saml2-bearer",
            ),
        ] {
            assert!(!is_secret(name, value), "{name} {value}");
        }
    }

    #[test]
    fn words_that_look_like_secrets_are_found_in_addresses_and_scopes() {
        for text in [
            "https://a.example/8f14e45fceea167a5a36dedd4bea2543/token",
            "https://8f14e45fceea167a5a36.a.example/token",
            "https://a.example/hooks/abcdefghijklmnopqrstuvwxyz",
            "https://a.example/t;key=b",
            "8f14e45fceea167a5a36dedd4bea2543=b",
            "read write:8f14e45fceea167a5a36dedd4bea2543",
            "AAAA-BBBB-CCCC-DDDD-1234",
        ] {
            assert!(contains_secret(text), "{text}");
        }
        for text in [
            "https://login.example.com/8f14e45f-ceea-167a-5a36-dedd4bea2543/oauth2/v2.0/token",
            "https://a1b2c3d4.execute-api.eu-west-1.amazonaws.example/prod",
            "https://a.example/realms/my-very-long-realm-2024/protocol/openid-connect/token",
            "https://www.googleapis.example/auth/cloud-platform.read-only",
            "https://a.example/t;key=<your key>",
            "read:accounts write:accounts.2024 offline_access",
        ] {
            assert!(!contains_secret(text), "{text}");
        }
    }

    #[test]
    fn values_for_one_request_are_told_from_others() {
        for (name, value) in [
            ("t", "1700000000"),
            ("t", "1700000000000"),
            ("t", "2026-11-30T10:00:00Z"),
            ("timestamp", "x"),
            ("oauth_nonce", "x"),
        ] {
            assert!(is_timestamp(name, value), "{value}");
        }
        for (name, value) in [
            ("t", "9"),
            ("account", "2700000000"),
            ("date", "2026-11-30"),
        ] {
            assert!(!is_timestamp(name, value), "{value}");
        }
    }
}
