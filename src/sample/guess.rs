//! What a value in a sample is likely to be: something to be replaced by one's own, or a real secret.

use crate::secret::looks_random;

/// Words that a placeholder begins with.
const BEGINNINGS: [&str; 12] = [
    "your", "my_", "my-", "replace", "insert", "enter", "example", "put_", "some_", "some-",
    "the_", "add_",
];

/// Names of credentials, which a page shows in place of the values.
const NAMES: [&str; 9] = [
    "clientid",
    "clientsecret",
    "apikey",
    "apisecret",
    "appid",
    "appsecret",
    "refreshtoken",
    "authtoken",
    "secretkey",
];

/// The same, where the value is one of a credential; else they may be values of their own.
const WORDS: [&str; 4] = ["secret", "username", "password", "token"];

/// Names whose values are secret.
const SECRETS: [&str; 14] = [
    "secret",
    "pass",
    "pwd",
    "bearer",
    "session",
    "authentication",
    "token",
    "apikey",
    "accesskey",
    "credential",
    "assertion",
    "signature",
    "authorization",
    "cookie",
];

/// Names that are secret as a whole, and mean nothing within others.
const SHORT: [&str; 14] = [
    "pw",
    "psw",
    "code",
    "pin",
    "otp",
    "sig",
    "hash",
    "jwt",
    "hmac",
    "devicecode",
    "usercode",
    "authcode",
    "mfacode",
    "codeverifier",
];

/// What a name ends with whose value only tells of a secret.
const KINDS: [&str; 9] = [
    "type", "format", "method", "ttl", "lifetime", "validity", "version", "seconds", "expiry",
];

/// Whether a text stands for something that the reader is to put there. `name`: what it is the value of.
#[must_use]
pub fn is_placeholder(text: &str, name: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let is_between = |open: &str, close: &str| {
        text.len() > open.len() + close.len() && text.starts_with(open) && text.ends_with(close)
    };
    let is_shouted = text.contains('_')
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .chars()
            .all(|character| character.is_ascii_uppercase() || character == '_');
    let (simple, simple_name) = (
        simplified(text),
        simplified(name.rsplit('.').next().unwrap_or_default()),
    );
    // `type=password` and `response_type=token` mean what they say.
    let is_credential = ["id", "user", "name", "login", "key"]
        .iter()
        .any(|end| simple_name.ends_with(end))
        || SECRETS.iter().any(|word| simple_name.contains(word)) && !is_kind(&simple_name);
    let is_name_of_it = simple == simplified(name)
        || NAMES.contains(&simple.as_str())
        || (is_credential && WORDS.contains(&simple.as_str()));
    text.is_empty()
        || is_between("<", ">")
        || is_between("{", "}")
        || is_between("[", "]")
        || is_between("%", "%")
        || is_between("__", "__")
        || is_name_of_it
        || is_shouted
        || has_filler(text)
        || BEGINNINGS.iter().any(|word| lower.starts_with(word))
        || ["_here", "-here", " here", "your_", "your-"]
            .iter()
            .any(|word| lower.contains(word))
        || in_single_quotes(text).is_some()
}

/// Whether a page has left something out.
pub(super) fn has_filler(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["...", "…", "***", "xxx", "•••"]
        .iter()
        .any(|filler| lower.contains(filler))
}

/// The variable, where a page shows `$NAME` in single quotes, in which a shell would leave it as it is; or `%NAME%`, which
/// only Windows fills in.
#[must_use]
pub fn in_single_quotes(text: &str) -> Option<&str> {
    let name = match text.strip_prefix('$') {
        Some(name) => name
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
            .unwrap_or(name),
        None => text.strip_prefix('%')?.strip_suffix('%')?,
    };
    crate::template::is_name(name).then_some(name)
}

/// Whether the value of a parameter or header must not stand in a file, by its name or by its looks.
#[must_use]
pub fn is_secret(name: &str, value: &str) -> bool {
    let simple = simplified(name);
    let is_address = value.contains("://") || value.contains(' ') || value.starts_with('/');
    let one = simple.strip_suffix('s').unwrap_or(&simple);
    let is_named_so = SECRETS.iter().any(|word| simple.contains(word))
        || SHORT.contains(&one)
        || (one == "user" && value.contains(':'))
        || one.ends_with("key")
        || one.ends_with("auth");
    (is_named_so && !is_kind(&simple))
        || (!is_address && looks_random(value))
        || has_secret_in_address(value)
        || has_scheme(value)
        || has_secret_word(value)
}

/// Whether a name says what kind of token is wanted, or for how long: that is no token.
fn is_kind(simple: &str) -> bool {
    KINDS.iter().any(|kind| simple.ends_with(kind))
}

/// Whether a value is one of an `Authorization` header, whatever header it is in (RFC 9110, section 11.4).
fn has_scheme(value: &str) -> bool {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or_default();
    let is_scheme =
        ["basic", "bearer", "token", "apikey", "digest"].contains(&simplified(scheme).as_str());
    is_scheme && !rest.trim().is_empty()
}

/// Whether a text that is public for the most part, an address, a list of scopes, a program's name, has a secret in it by
/// the looks of its words. A UUID is none there: tenants and applications have such names.
#[must_use]
pub fn has_secret_word(text: &str) -> bool {
    let ends_word = |c: char| !c.is_ascii_alphanumeric() && !"-_~+=".contains(c);
    text.split(ends_word)
        .any(|word| match word.split_once('=') {
            Some((name, value)) if !value.trim_matches('=').is_empty() => {
                looks_made(name)
                    || looks_made(value)
                    || (!is_placeholder(value, name) && !value.is_empty() && is_secret(name, ""))
            }
            _ => looks_made(word),
        })
}

/// Whether a word looks random and is neither a UUID nor made of words.
fn looks_made(word: &str) -> bool {
    let pieces = || word.split(['-', '_', '.', '~', '+', '=']);
    let is_run = || {
        pieces()
            .any(|piece| piece.len() > 24 && piece.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    let is_of_words =
        || pieces().all(|piece| is_word(piece) || piece.bytes().all(|byte| byte.is_ascii_digit()));
    ((looks_random(word) && !is_of_words() && !is_uuid(word)) || is_run()) && !has_filler(word)
}

/// `realm`, `Realm`, `v2`, `eu1`.
fn is_word(piece: &str) -> bool {
    let letters = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_lower = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase());
    piece.len() - letters.len() <= 2
        && letters.split_at_checked(1).is_none_or(|(first, rest)| {
            first.bytes().all(|byte| byte.is_ascii_alphabetic()) && is_lower(rest)
        })
}

fn is_uuid(word: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && word.split('-').all(is_hex)
}

/// Whether a URL has a user or a secret parameter in it.
#[must_use]
pub fn has_secret_in_address(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let has_user = place
        .split('/')
        .next()
        .is_some_and(|authority| authority.contains('@'));
    let is_pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        !value.is_empty() && !value.contains("://") && is_secret(name, value)
    };
    has_user || query.split('&').any(is_pair)
}

/// Letters and digits alone, in lower case: `client_id`, `clientId` and `Client-ID` are the same name.
#[must_use]
pub fn simplified(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for text in [
            "<client_id>",
            "<<client_id>>",
            "{client_id}",
            "{{clientId}}",
            "YOUR_CLIENT_ID",
            "your-client-id",
            "REPLACE_BASIC_AUTH",
            "CLIENT_ID",
            "client_secret",
            "Df......Ye",
            "xxxxxxxx",
            "***",
            "my-client-id",
            "$TOKEN",
            "${TOKEN}",
            "insert_secret_here",
            "[CLIENT_ID]",
            "",
        ] {
            assert!(is_placeholder(text, "x"), "{text}");
        }
        assert!(is_placeholder("tenant-id", "tenant_id"));
        for (text, name) in [
            ("password", "client_secret"),
            ("token", "params.api_token"),
            ("username", "params.user"),
        ] {
            assert!(is_placeholder(text, name), "{name}");
        }
        for (text, name) in [
            ("password", "params.type"),
            ("token", "params.response_type"),
            ("code", "params.response_type"),
            ("token", "params.token_type"),
        ] {
            assert!(!is_placeholder(text, name), "{name}");
        }
        for text in [
            "5clTR_MdVrrkgxw2",
            "wqe34tyyh7679jokkDa$7df46",
            "0oa1b2c3d4",
            "A1B2C3",
            "acme",
            "robot@example",
        ] {
            assert!(!is_placeholder(text, "x"), "{text}");
        }
    }

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
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.109 Safari/537.36",
            ),
            (
                "sec-ch-ua",
                "\"Not_A Brand\";v=\"8\", \"Chromium\";v=\"120\"",
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
            assert!(has_secret_word(text), "{text}");
        }
        for text in [
            "https://login.example.com/8f14e45f-ceea-167a-5a36-dedd4bea2543/oauth2/v2.0/token",
            "https://a1b2c3d4.execute-api.eu-west-1.amazonaws.example/prod",
            "https://a.example/realms/my-very-long-realm-2024/protocol/openid-connect/token",
            "https://www.googleapis.example/auth/cloud-platform.read-only",
            "https://a.example/t;key=<your key>",
            "read:accounts write:accounts.2024 offline_access",
        ] {
            assert!(!has_secret_word(text), "{text}");
        }
    }
}
