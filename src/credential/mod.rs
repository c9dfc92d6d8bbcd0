//! Credential helpers: which profile's token goes to which URL, and the protocols in which programs ask for it, one file
//! each. The tokens come from a [`CredentialSource`]. A protocol's `answer` fails with a [`ProtocolError`], or as the
//! source does.
//!
//! A token goes to https alone, or to this machine; and only to a host that `[credentials]` names, or for the profile
//! that the command line names.

pub mod bazel;
pub mod cargo;
pub mod docker;
pub mod git;
pub mod goauth;
pub mod google;
pub mod keyring;
mod map;
mod pattern;
mod target;
pub mod terraform;

pub use map::{CredentialMap, Mapping, Scheme};
pub use pattern::UrlPattern;
pub use target::{Target, UrlError};

use std::collections::BTreeMap;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::host::Warning;
use crate::secret::Secret;
use crate::suggest::one_of;
use crate::text::quote_name;
use crate::time::UnixTime;

/// The default username for a token that is sent as a password, accepted by most servers.
pub const USERNAME: &str = "oauth2";

/// Reads standard input. A protocol calls it only for operations that have one.
pub type Input<'a> = dyn Fn() -> Result<Zeroizing<String>> + 'a;

/// What a program asks about.
#[derive(Clone, Copy, Default)]
pub struct Query<'a> {
    /// The URLs, in order of preference. If there are none, the program gets no token.
    pub targets: &'a [Target],
    /// A profile that the program names; it takes precedence over the map.
    pub profile: Option<&'a str>,
    /// A username that the program names; the map takes precedence.
    pub username: Option<&'a str>,
}

impl<'a> Query<'a> {
    fn about(targets: &'a [Target]) -> Self {
        Self {
            targets,
            ..Self::default()
        }
    }
}

/// Where the protocols get their credentials. Each method fails if the profiles file is wrong.
pub trait CredentialSource {
    /// The credential for a query; `None`: no profile is mapped to its URLs. Fails also if no token can be obtained.
    fn get(&self, query: Query<'_>) -> Result<Option<Credential>>;

    /// Whether a profile is mapped to a query.
    fn is_mapped(&self, query: Query<'_>) -> Result<bool>;

    /// Drops the cached token; `false`: there was none. Fails also if the cache cannot be written.
    fn forget(&self, query: Query<'_>) -> Result<bool>;

    /// Drops the cached token if it is still the one that a server has rejected.
    fn reject(&self, query: Query<'_>, token: &Secret<String>) -> Result<()>;

    /// The URLs of single hosts that are mapped with a username.
    fn usernames(&self) -> Result<BTreeMap<String, String>>;
}

/// A token, and how it is presented to a server.
pub struct Credential {
    pub token: Secret<String>,
    pub id_token: Option<Secret<String>>,
    pub expires_at: Option<UnixTime>,
    pub username: String,
    /// How the map says to send the token, if it does.
    pub scheme: Option<Scheme>,
    /// The URL below which everything gets this token.
    pub extent: String,
}

impl Credential {
    /// The username for a token: that of the map, that of the program, or the usual one.
    pub fn username(mapped: Option<&str>, requested: Option<&str>) -> String {
        mapped.or(requested).unwrap_or(USERNAME).to_owned()
    }

    /// The value of an `Authorization` header.
    fn authorization(&self) -> Secret<String> {
        match self.scheme {
            Some(Scheme::Basic) => Secret::new(format!("Basic {}", self.basic().expose())),
            Some(Scheme::None) => self.token.clone(),
            Some(Scheme::Bearer) | None => Secret::new(format!("Bearer {}", self.token.expose())),
        }
    }

    /// Username and token in base64 (RFC 7617 §2).
    pub fn basic(&self) -> Secret<String> {
        let pair = Secret::new(format!("{}:{}", self.username, self.token.expose()));
        Secret::new(STANDARD.encode(pair.expose()))
    }
}

/// What a program reads.
pub struct Reply {
    /// Standard output.
    pub text: Secret<String>,
    /// The exit code that the protocol wants.
    pub code: u8,
    /// For the user.
    pub warning: Option<Warning>,
}

impl Reply {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: Secret::new(text.into()),
            code: 0,
            warning: None,
        }
    }

    /// Nothing: the program asks its next helper, or goes on without.
    fn nothing() -> Self {
        Self::text("")
    }

    fn json(value: &impl serde::Serialize) -> Result<Self> {
        Ok(Self::text(serde_json::to_string(value)? + "\n"))
    }

    fn code(self, code: u8) -> Self {
        Self { code, ..self }
    }
}

/// Why a request cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProtocolError {
    pub kind: ProtocolErrorKind,
    /// Holds nothing of the request, which may be a token.
    pub message: String,
    pub hint: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtocolErrorKind {
    /// The request does not follow the protocol, or asks for what `tok` does not do.
    Request,
    /// The profile, or what it is mapped to, is wrong.
    Profile,
    /// The provider issued no token that the protocol could use.
    Token,
}

impl ProtocolError {
    fn new(kind: ProtocolErrorKind, message: impl Into<String>, hint: &str) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
        }
    }

    fn malformed(message: impl Into<String>) -> Self {
        let hint =
            "this command is run by the program that it serves: see docs/credential-helpers.md";
        Self::new(ProtocolErrorKind::Request, message, hint)
    }

    fn unknown_operation(operation: &str, known: &[&str]) -> Self {
        let message = format!("unknown operation {}", quote_name(operation));
        let hint = format!("use {}", one_of(known.iter().copied()));
        Self::new(ProtocolErrorKind::Request, message, &hint)
    }

    /// The program wants to store a credential.
    fn stores_nothing() -> Self {
        let hint =
            "tokens come from profiles: name the URL in `[credentials]` of the profiles file";
        let message = "`tok` does not store credentials for other programs";
        Self::new(ProtocolErrorKind::Request, message, hint)
    }
}
