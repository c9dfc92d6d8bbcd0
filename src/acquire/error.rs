//! Why there is no token.

use std::time::Duration;

use thiserror::Error;

use crate::http::TransportError;
use crate::profile::endpoint::EndpointError;
use crate::request::BuildError;
use crate::secret::source::SecretError;
use crate::store::FailureKind;

/// Why there is no token: one variant a situation. No variant holds a secret or a server's raw text.
#[derive(Debug, Error)]
pub enum AcquireError {
    /// A value of the profile cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What `token_url` becomes, filled in, is no token endpoint.
    #[error("`token_url` {0}")]
    Endpoint(EndpointError),
    /// A value does not fit where it must travel.
    #[error("{0}")]
    Build(#[from] BuildError),
    /// No reply.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// RFC 6749 §5.2, or its like.
    #[error("{told}")]
    Rejected {
        told: ErrorDetails,
        hint: Option<String>,
        /// It is about the credentials: asking again with the same ones is of no use.
        is_final: bool,
        /// `invalid_grant`: a refresh token that is spent, expired or revoked.
        is_spent: bool,
    },
    /// HTTP 429, or its like.
    #[error("{told}")]
    RateLimited {
        told: ErrorDetails,
        retry_after: Option<u64>,
    },
    /// HTTP 5xx, or its like.
    #[error("{told}")]
    ServerFailed {
        told: ErrorDetails,
        retry_after: Option<u64>,
    },
    /// The reply cannot be understood.
    #[error("the token endpoint answered {status}, and the reply cannot be used: {what}")]
    InvalidResponse {
        status: u16,
        what: String,
        hint: Option<String>,
    },
    /// A redirect. The host is where it points.
    #[error("the token endpoint answered {status}, a redirect, which is not followed")]
    Redirected { status: u16, host: Option<String> },
    /// Nothing cached, and the server was not to be asked.
    #[error("no token is cached")]
    NotCached,
    /// The cached token has less left than it must have, and the server was not to be asked.
    #[error("{}", expired(*left))]
    Expired { left: i64 },
    /// Even a fresh token has less left than the caller demands.
    #[error("{}", too_short(*left, *demanded))]
    TooShort { left: i64, demanded: Duration },
    /// It failed for another process a moment ago, and is not asked again yet.
    #[error("{message}{}", left.map(|left| format!("; not asked again for {left}s")).unwrap_or_default())]
    PreviousFailure {
        kind: FailureKind,
        message: String,
        left: Option<u64>,
    },
    /// Another process holds the lock, and waiting was no use.
    #[error("another `tok` has held the lock of this token for {}s", waited.as_secs())]
    Locked { waited: Duration },
}

fn too_short(left: i64, demanded: Duration) -> String {
    if left < 0 {
        return "the new token has expired already".to_owned();
    }
    format!(
        "the token is good for {left}s, which is less than the {}s demanded",
        demanded.as_secs()
    )
}

fn expired(left: i64) -> String {
    if left > 0 {
        format!("the cached token is good for {left}s only")
    } else {
        format!(
            "the cached token expired {} ago",
            crate::time::brief(left.saturating_neg())
        )
    }
}

/// A status and the server's words, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetails {
    pub status: u16,
    pub code: Option<String>,
    pub description: Option<String>,
}

impl std::fmt::Display for ErrorDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the token endpoint answered {}", self.status)?;
        match (&self.code, &self.description) {
            (Some(code), Some(description)) => write!(f, ": {code} ({description})"),
            (Some(text), None) | (None, Some(text)) => {
                write!(f, ": {}", text.trim_end_matches('.'))
            }
            (None, None) if self.status < 300 => {
                f.write_str(" with an error in its reply, and no word on it")
            }
            (None, None) => Ok(()),
        }
    }
}
