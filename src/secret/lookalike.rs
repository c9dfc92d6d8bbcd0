//! Guesses whether a text that should be a name is a secret, pasted in the wrong place. Such a text is not shown.

/// Whether a text looks like a random string: long, letters mixed with digits, and no characters of a URL.
pub fn looks_random(value: &str) -> bool {
    let has = |kind: fn(&char) -> bool| value.chars().any(|character| kind(&character));
    value.len() >= 20
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(&byte))
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
}

/// Whether the name of a variable looks like a secret: it contains white space, or looks random with lower-case letters.
pub fn looks_like_secret(name: &str) -> bool {
    let is_small = name.contains(|character: char| character.is_ascii_lowercase());
    (looks_random(name) && is_small) || name.contains(char::is_whitespace)
}

/// Whether a path looks like a secret: it looks random, and has neither a directory nor a file extension.
pub fn looks_like_secret_path(path: &str) -> bool {
    let has_extension = path
        .rsplit_once('.')
        .is_some_and(|(_, extension)| extension.len() <= 5);
    let digits = path.bytes().filter(u8::is_ascii_digit).count();
    // Base64 padding.
    let is_padded = path.ends_with('=');
    looks_random(path) && digits >= 4 && (is_padded || !has_extension && !path.contains(['/', '~']))
}

/// Whether the name of a program or key, or an argument, looks like a secret: it looks random, and one of its parts has
/// letters after digits, unlike keys such as `spring.security.oauth2.client-secret`.
pub fn looks_like_secret_word(word: &str) -> bool {
    let is_mixed = |part: &str| {
        let from_digit = part.trim_start_matches(|c: char| !c.is_ascii_digit());
        part.len() >= 8 && from_digit.contains(|c: char| c.is_ascii_alphabetic())
    };
    looks_random(word)
        && word
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(is_mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_place_of_a_variable() {
        for name in [
            "X",
            "COMPANY_STAGING_CLIENT_SECRET_2",
            "company_staging_client_secret",
            "short1",
        ] {
            assert!(!looks_like_secret(name), "{name}");
        }
        for secret in [
            "made_up_3f9a8b7c6d5e4f3a2b1c",
            "sk-madeUp/0123456789abc==",
            "Bearer made.up",
        ] {
            assert!(looks_like_secret(secret), "{secret}");
        }
    }

    #[test]
    fn in_place_of_a_path() {
        for secret in [
            "made_up_3f9a8b7c6d5e4f3a2b1c",
            "madeUp/0123456789abc==",
            "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDB9.c2lnbmF0dXJl",
        ] {
            assert!(looks_like_secret_path(secret), "{secret}");
        }
        for path in [
            "client-secret-of-staging-2",
            "secrets-2024-01-02-staging.txt",
            "./3f9a8b7c6d5e4f3a2b1c0d",
            "/run/secrets/3f9a8b7c6d5e4f3a2b1c0d",
            "secret",
        ] {
            assert!(!looks_like_secret_path(path), "{path}");
        }
    }

    #[test]
    fn in_place_of_a_key_or_a_program() {
        for secret in [
            "made_up_3f9a8b7c6d5e4f3a2b1c",
            "wqe7dfbA1s9KdkZx20Lp",
            "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDB9.c2lnbmF0dXJl",
            "3f9a8b7c-6d5e-4f3a-2b1c-0123456789ab",
        ] {
            assert!(looks_like_secret_word(secret), "{secret}");
        }
        for word in [
            "spring.security.oauth2.client-secret",
            "docker-credential-helper2",
            "/usr/lib/x86_64-linux-gnu/helper",
            "op://ci/example/client-secret",
            "api.key.2024-01-02",
        ] {
            assert!(!looks_like_secret_word(word), "{word}");
        }
    }
}
