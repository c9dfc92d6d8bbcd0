//! A validated profile. Values from secret sources are not read yet.

pub mod endpoint;
pub mod preset;
pub mod proxy_url;
mod strategy;

pub use strategy::Strategy;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::client_auth::ClientAuth;
use crate::expiry::{MinTtl, Windows};
use crate::grant::Grant;
use crate::names::names;
use crate::request::{BasicEncoding, RequestShape, StandardParam};
use crate::response::ReplyRules;
use crate::secret::SecretRef;
use crate::template::Template;

/// A named entry of the profiles file, with presets, `extends` and `[defaults]` merged in.
#[derive(Debug, Default, Clone)]
pub struct Profile {
    pub name: String,
    pub token_url: Template,
    pub strategy: Strategy,
    /// The strategy's, unless the profile overrides it; likewise method and place of the parameters in `shape`.
    pub client_auth: ClientAuth,
    pub basic_encoding: BasicEncoding,
    pub shape: RequestShape,
    pub grant: Grant,
    pub renew: Renew,
    pub client_id: Option<Value>,
    pub client_secret: Option<SecretRef>,
    pub username: Option<Value>,
    pub password: Option<SecretRef>,
    pub refresh_token: Option<SecretRef>,
    /// Each entry may hold several scopes, separated by spaces.
    pub scope: Vec<Template>,
    pub audience: Option<Template>,
    pub params: Vec<(String, ParamValue)>,
    pub headers: Vec<(String, Value)>,
    pub vars: BTreeMap<String, String>,
    pub reply: ReplyRules,
    pub timing: Timing,
    /// PEM file of certificate authorities, besides the platform's.
    pub ca_file: Option<Template>,
    /// A proxy for this profile, or `none`.
    pub proxy: Option<Template>,
    /// Where each key was written, by its path: `scope`, `params.tenant`.
    pub origins: BTreeMap<String, Origin>,
}

/// A value that is written in the profile or comes from a secret source.
#[derive(Debug, Clone)]
pub enum Value {
    Text(Template),
    Source(SecretRef),
}

/// The value of one of the profile's own parameters.
#[derive(Debug, Clone)]
pub struct ParamValue {
    pub scalars: Vec<ParamScalar>,
    /// A list: repeated in a form or a query, an array in JSON.
    pub is_list: bool,
}

/// One value of a parameter.
#[derive(Debug, Clone)]
pub struct ParamScalar {
    pub value: Value,
    /// A number or a boolean: JSON writes it without quotes.
    pub is_json_literal: bool,
}

/// How a token is renewed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Renew {
    /// By the profile's grant, each time.
    #[default]
    Grant,
    /// With the refresh token of the last reply, or by the profile's grant if the server refuses that.
    RefreshToken,
}

names!(Renew {
    Grant = "grant",
    RefreshToken = "refresh_token",
});

/// The profile's keys for timeouts, retries and freshness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The time limit for all network traffic: all attempts and the pauses between them.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    /// The number of attempts after the first.
    pub retries: u32,
    pub min_ttl: Duration,
    pub refresh_before: Duration,
    /// The lifetime to assume when the provider gives none.
    pub assume_expires_in: Option<Duration>,
    /// How long rejected credentials are not retried.
    pub cool_down: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            retries: 2,
            min_ttl: Duration::from_secs(30),
            refresh_before: Duration::from_secs(300),
            assume_expires_in: None,
            cool_down: Duration::from_secs(60),
        }
    }
}

impl Timing {
    /// The freshness windows; `demanded` is the caller's own `--min-ttl`.
    pub fn windows(&self, demanded: Option<Duration>) -> Windows {
        let min_ttl = demanded.map_or(MinTtl::AtMostATenth(self.min_ttl), MinTtl::Demanded);
        Windows {
            min_ttl,
            refresh_before: self.refresh_before,
        }
    }
}

/// Where a key of a profile was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A line of the profiles file.
    Line(u32),
    Preset(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Preset(name) => write!(f, "preset {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// The longest name of a profile, in characters.
const LONGEST_NAME: usize = 64;

/// Whether a text can be a profile's name: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
pub fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

impl Profile {
    /// A profile without keys, which is not valid yet.
    pub fn new(name: &str) -> Self {
        let mut profile = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        profile.set_strategy(Strategy::default());
        profile
    }

    /// Sets what a strategy stands for.
    pub fn set_strategy(&mut self, strategy: Strategy) {
        self.strategy = strategy;
        self.client_auth = strategy.client_auth();
        self.shape.method = strategy.method();
        self.shape.params_in = strategy.params_in();
    }

    /// The secret sources whose values decide which token is issued, besides the identity.
    pub fn secrets(&self) -> [(StandardParam, Option<&SecretRef>); 3] {
        [
            (StandardParam::ClientSecret, self.client_secret.as_ref()),
            (StandardParam::Password, self.password.as_ref()),
            (StandardParam::RefreshToken, self.refresh_token.as_ref()),
        ]
    }

    /// Every value that is written or comes from a source: identity, parameters, headers.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let identity = self.client_id.iter().chain(&self.username);
        let params = self.params.iter().flat_map(|(_, value)| &value.scalars);
        identity
            .chain(params.map(|scalar| &scalar.value))
            .chain(self.headers.iter().map(|(_, value)| value))
    }

    /// Every secret source of the profile.
    pub fn sources(&self) -> impl Iterator<Item = &SecretRef> {
        let sources = self.values().filter_map(|value| match value {
            Value::Source(source) => Some(source),
            Value::Text(_) => None,
        });
        sources.chain(self.secrets().into_iter().filter_map(|(_, source)| source))
    }

    /// Whether a refresh token that a reply brought is used for the next renewal.
    pub fn renews_by_refresh_token(&self) -> bool {
        self.renew == Renew::RefreshToken || self.grant == Grant::RefreshToken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "moov", "A.b_c-d", "0", &"x".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "-a",
            "_a",
            "a/b",
            "a:b",
            "a b",
            "ä",
            "../x",
            &"x".repeat(65),
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
