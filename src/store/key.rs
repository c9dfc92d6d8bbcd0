//! The cache key: everything that decides which token a profile gets. If a field changes, another token is fetched.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// A value as part of the cache key.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyValue {
    /// The value itself: text, or read from the environment, a file or a `.properties` file.
    Value(String),
    /// A number or a boolean, which a JSON body does not quote.
    JsonLiteral(String),
    /// Where the value comes from, if it is a secret or the output of a command.
    Source(String),
    /// A list, which a JSON body writes as an array even if it has one member.
    List(Vec<KeyValue>),
}

/// Everything that decides which token is issued.
#[derive(Clone, Default, Serialize)]
pub struct CacheKey {
    pub profile: String,
    pub token_url: String,
    pub method: &'static str,
    pub client_auth: &'static str,
    pub params_in: &'static str,
    pub basic_encoding: &'static str,
    pub grant: &'static str,
    /// What the provider calls the standard parameters.
    pub names: BTreeMap<&'static str, String>,
    pub omit: Vec<&'static str>,
    /// By name; the values of a list in their order.
    pub params: BTreeMap<String, Vec<KeyValue>>,
    /// By name in lower case: header names are case-insensitive.
    pub headers: BTreeMap<String, KeyValue>,
    /// Sorted: the order has no meaning (RFC 6749 §3.3).
    pub scope: Vec<String>,
    pub audience: Option<String>,
    pub client_id: Option<KeyValue>,
    pub username: Option<KeyValue>,
    /// The sources of client secret, password and refresh token.
    pub secrets: BTreeMap<&'static str, KeyValue>,
    /// The JSON Pointers by which a reply is read.
    pub response: BTreeMap<&'static str, String>,
}

impl CacheKey {
    /// 32 hexadecimal digits: the name of the entry's file, the same on every machine.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(self)
    }

    /// 32 hexadecimal digits for the endpoint, the credentials, and how they are sent. Profiles with the same digest
    /// share remembered failures.
    #[must_use]
    pub fn credentials_digest(&self) -> String {
        let Self {
            profile: _,
            token_url,
            method,
            client_auth,
            params_in,
            basic_encoding,
            grant,
            names,
            omit,
            // A key in a parameter or a header is a credential too.
            params,
            headers,
            scope: _,
            audience: _,
            client_id,
            username,
            secrets,
            response: _,
        } = self;
        digest_of(&(
            (
                token_url,
                method,
                client_auth,
                params_in,
                basic_encoding,
                grant,
                names,
                omit,
            ),
            (params, headers, client_id, username, secrets),
        ))
    }
}

/// Salted hashes of the secrets that can be read without a command. They show whether a secret has changed and reveal
/// nothing else. Each entry has its own salt.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprints {
    salt: String,
    values: BTreeMap<String, String>,
}

impl Fingerprints {
    /// The fingerprints of these secrets, with a new salt.
    #[must_use]
    pub fn new(secrets: &BTreeMap<&'static str, Secret<String>>) -> Self {
        let salt = salt();
        let values = secrets
            .iter()
            .map(|(name, secret)| ((*name).to_owned(), fingerprint(&salt, secret)))
            .collect();
        Self { salt, values }
    }

    /// Whether one secret has the same value as when the fingerprint was taken; `true` also if either value is unknown.
    #[must_use]
    pub fn match_one(&self, name: &str, secrets: &BTreeMap<&'static str, Secret<String>>) -> bool {
        match (self.values.get(name), secrets.get(name)) {
            (Some(print), Some(secret)) => *print == fingerprint(&self.salt, secret),
            _ => true,
        }
    }

    /// Whether no known secret has changed. A secret that is unknown now, for example because its variable is not set,
    /// does not count as changed.
    #[must_use]
    pub fn match_known(&self, secrets: &BTreeMap<&'static str, Secret<String>>) -> bool {
        secrets.keys().all(|name| self.match_one(name, secrets))
    }
}

/// A new salt. It need not be secret, only different each time, as the random hash keys of the standard library are.
fn salt() -> String {
    let random = || RandomState::new().hash_one("tok");
    format!("{:016x}{:016x}", random(), random())
}

fn digest_of(value: &impl Serialize) -> String {
    hex(&Sha256::digest(
        serde_json::to_vec(value).unwrap_or_default(),
    ))
}

fn fingerprint(salt: &str, secret: &Secret<String>) -> String {
    let mut hash = Sha256::new();
    hash.update((salt.len() as u64).to_le_bytes());
    hash.update(salt);
    hash.update(secret.expose());
    hex(&hash.finalize())
}

/// The first half of a hash in hexadecimal digits.
fn hex(hash: &[u8]) -> String {
    let mut text = String::with_capacity(32);
    for byte in hash.iter().take(16) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> CacheKey {
        CacheKey {
            profile: "p".to_owned(),
            token_url: "https://as.example/token".to_owned(),
            method: "POST",
            client_auth: "client_secret_basic",
            params_in: "form",
            basic_encoding: "raw",
            grant: "client_credentials",
            names: BTreeMap::new(),
            omit: Vec::new(),
            params: BTreeMap::new(),
            headers: BTreeMap::new(),
            scope: vec!["a".to_owned()],
            audience: None,
            client_id: Some(KeyValue::Value("id".to_owned())),
            username: None,
            secrets: [("client_secret", KeyValue::Source("env:X".to_owned()))].into(),
            response: BTreeMap::new(),
        }
    }

    /// One row for each field of the struct: a field that is added and not listed here does not compile.
    #[test]
    fn every_field_changes_it() {
        let CacheKey {
            profile: _,
            token_url: _,
            method: _,
            client_auth: _,
            params_in: _,
            basic_encoding: _,
            grant: _,
            names: _,
            omit: _,
            params: _,
            headers: _,
            scope: _,
            audience: _,
            client_id: _,
            username: _,
            secrets: _,
            response: _,
        } = key();
        let changes: [fn(&mut CacheKey); 21] = [
            |key| key.profile = "q".to_owned(),
            |key| key.token_url.push('/'),
            |key| key.method = "GET",
            |key| key.client_auth = "client_secret_post",
            |key| key.params_in = "json",
            |key| key.basic_encoding = "form",
            |key| key.grant = "password",
            |key| _ = key.names.insert("client_id", "clientId".to_owned()),
            |key| key.omit.push("scope"),
            |key| {
                _ = key
                    .params
                    .insert("x".to_owned(), vec![KeyValue::Value("1".to_owned())]);
            },
            |key| {
                _ = key
                    .params
                    .insert("x".to_owned(), vec![KeyValue::JsonLiteral("1".to_owned())]);
            },
            |key| {
                _ = key
                    .params
                    .insert("x".to_owned(), vec![KeyValue::Source("1".to_owned())]);
            },
            |key| {
                let list = KeyValue::List(vec![KeyValue::Value("1".to_owned())]);
                _ = key.params.insert("x".to_owned(), vec![list]);
            },
            |key| {
                _ = key
                    .headers
                    .insert("x".to_owned(), KeyValue::Value("1".to_owned()));
            },
            |key| key.scope.push("b".to_owned()),
            |key| key.audience = Some(String::new()),
            |key| key.client_id = Some(KeyValue::Value("other".to_owned())),
            |key| key.client_id = None,
            |key| key.username = Some(KeyValue::Value("robot".to_owned())),
            |key| {
                _ = key
                    .secrets
                    .insert("client_secret", KeyValue::Source("env:Y".to_owned()));
            },
            |key| _ = key.response.insert("access_token", "/data".to_owned()),
        ];
        let mut seen = std::collections::BTreeSet::from([key().digest()]);
        for (index, change) in changes.into_iter().enumerate() {
            let mut other = key();
            change(&mut other);
            assert!(
                seen.insert(other.digest()),
                "change {index} does not change the key"
            );
        }
        assert_eq!(key().digest(), key().digest());
    }

    #[test]
    fn fingerprints_tell_a_changed_secret_and_only_that() {
        let with = |value: &str| BTreeMap::from([("client_secret", Secret::from(value))]);
        let taken = Fingerprints::new(&with("one"));
        assert!(taken.match_known(&with("one")));
        assert!(!taken.match_known(&with("two")));
        assert!(
            taken.match_known(&BTreeMap::new()),
            "an unset variable does not count as a change"
        );
        assert!(!serde_json::to_string(&taken).unwrap().contains("one"));
        assert!(taken != Fingerprints::new(&with("one")));
    }
}
