//! Why an acquisition fails.

use std::time::Duration;

use thiserror::Error;

use crate::http::TransportError;
use crate::profile::endpoint::EndpointError;
use crate::request::BuildError;
use crate::secret::source::SecretError;
use crate::store::FailureKind;

/// Why an acquisition fails: one variant a situation. None holds a secret or a server's raw text.
#[derive(Debug, Error)]
pub enum AcquireError {
    /// A value of the profile cannot be resolved.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The filled-in `token_url` is not a token endpoint.
    #[error("`token_url` {0}")]
    Endpoint(EndpointError),
    /// A value does not fit where it must travel.
    #[error("{0}")]
    Build(#[from] BuildError),
    /// No reply.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// RFC 6749 §5.2, or its like.
    #[error("{details}")]
    Rejected {
        details: ErrorDetails,
        hint: Option<String>,
        /// It is about the credentials: sending the same ones again is of no use.
        is_final: bool,
        /// `invalid_grant`: a refresh token that is spent, expired or revoked.
        is_spent: bool,
    },
    /// HTTP 429, or its like.
    #[error("{details}")]
    RateLimited {
        details: ErrorDetails,
        retry_after: Option<u64>,
    },
    /// HTTP 5xx, or its like.
    #[error("{details}")]
    ServerFailed {
        details: ErrorDetails,
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
    /// Nothing is cached, and the server is not to be asked.
    #[error("no token is cached")]
    NotCached,
    /// The cached token has less left than it must have, and the server is not to be asked.
    #[error("{}", expired(*left))]
    Expired { left: i64 },
    /// Even a fresh token has less left than the caller demands.
    #[error("{}", too_short(*left, *demanded))]
    TooShort { left: i64, demanded: Duration },
    /// It failed for another process a moment ago. `retry_after`: the seconds for which `tok` does not try again.
    #[error("{message}{}", retry_after.map(|left| format!("; not retrying for another {left}s")).unwrap_or_default())]
    PreviousFailure {
        kind: FailureKind,
        message: String,
        retry_after: Option<u64>,
    },
    /// Another process holds the lock, and waiting did not help.
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

/// A status and what the server said of it, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetails {
    pub status: u16,
    pub code: Option<String>,
    pub description: Option<String>,
}

impl AcquireError {
    /// What went wrong with the request, as other processes may be told; `None`: it is this process's own affair.
    #[must_use]
    pub fn failure_kind(&self) -> Option<FailureKind> {
        match self {
            Self::Rejected { .. } => Some(FailureKind::Rejected),
            Self::RateLimited { .. } => Some(FailureKind::RateLimited),
            Self::ServerFailed { .. }
            | Self::InvalidResponse { .. }
            | Self::Redirected { .. }
            | Self::Transport(
                TransportError::TooLarge { .. } | TransportError::Undecodable { .. },
            ) => Some(FailureKind::Server),
            Self::Transport(
                TransportError::Connect { .. }
                | TransportError::TimedOut { .. }
                | TransportError::Broken { .. },
            ) => Some(FailureKind::Network),
            _ => None,
        }
    }
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
                f.write_str(", but the reply says that it failed and gives no reason")
            }
            (None, None) => Ok(()),
        }
    }
}
