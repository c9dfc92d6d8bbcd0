//! Why an acquisition fails.

use std::time::Duration;

use thiserror::Error;

use crate::http::TransportError;
use crate::profile::endpoint::EndpointError;
use crate::request::BuildError;
use crate::secret::source::SecretError;
use crate::store::FailureKind;

/// Why an acquisition fails. No variant holds a secret or unsanitized text from a server.
#[derive(Debug, Error)]
pub enum AcquireError {
    /// A value of the profile cannot be resolved.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The filled-in `token_url` is not a token endpoint.
    #[error("`token_url` {0}")]
    Endpoint(EndpointError),
    /// A value cannot be sent where the profile puts it.
    #[error("{0}")]
    Build(#[from] BuildError),
    /// No complete reply arrived.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An error response as in RFC 6749 §5.2, or an equivalent.
    #[error("{details}")]
    Rejected {
        details: ErrorDetails,
        hint: Option<String>,
        /// The server rejected the credentials: sending the same ones again is useless.
        is_final: bool,
        /// `invalid_grant`: the refresh token was used already, has expired or was revoked.
        is_spent: bool,
    },
    /// HTTP 429, or an equivalent.
    #[error("{details}")]
    RateLimited {
        details: ErrorDetails,
        retry_after: Option<u64>,
    },
    /// HTTP 5xx, or an equivalent.
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
    /// A redirect, to `host` if the reply says where.
    #[error("the token endpoint answered {status}, a redirect, which is not followed")]
    Redirected { status: u16, host: Option<String> },
    /// No token is cached, and the caller wants no request.
    #[error("no token is cached")]
    NotCached,
    /// The cached token expires too soon, and the caller wants no request. `left` is in seconds.
    #[error("{}", expired(*left))]
    Expired { left: i64 },
    /// Even a new token expires sooner than `--min-ttl` allows. `left` is in seconds.
    #[error("{}", too_short(*left, *demanded))]
    TooShort { left: i64, demanded: Duration },
    /// The same request failed a moment ago in another process. `tok` does not retry for `retry_after` seconds.
    #[error("{message}{}", retry_after.map(|left| format!("; not retrying for another {left}s")).unwrap_or_default())]
    PreviousFailure {
        kind: FailureKind,
        message: String,
        retry_after: Option<u64>,
    },
    /// Another process still holds the lock after the lock timeout.
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

/// The status and error fields of a reply, sanitized for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetails {
    pub status: u16,
    pub code: Option<String>,
    pub description: Option<String>,
}

impl AcquireError {
    /// The kind of failure to remember for other processes; `None`: the failure concerns this process only.
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
