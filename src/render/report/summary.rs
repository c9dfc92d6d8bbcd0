//! The only classification of errors: from an error to its kind, message and hint.

use anyhow::Error;

use super::Kind;
use crate::acquire::AcquireError;
use crate::config::ConfigError;
use crate::credential::{ProtocolError, ProtocolErrorKind};
use crate::http::TransportError;
use crate::render::error::{CommandError, InProfile};
use crate::secret::source::SecretError;
use crate::store::{FailureKind, StoreError};

/// What is reported of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorSummary {
    pub kind: Kind,
    pub profile: Option<String>,
    /// Lower case, one line, no final period; without the profile's name.
    pub message: String,
    pub hint: Option<String>,
    /// Seconds before which another attempt is pointless.
    pub retry_after: Option<u64>,
}

impl ErrorSummary {
    /// An error of this kind without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            profile: None,
            message: message.into(),
            hint: None,
            retry_after: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, hint: Option<impl Into<String>>) -> Self {
        Self {
            hint: hint.map(Into::into),
            ..self
        }
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        self.kind.code()
    }
}

/// Classifies an error by the outermost error of ours in its chain.
#[must_use]
pub fn classify(error: &Error) -> ErrorSummary {
    let mut summary = by_type(error);
    if summary.profile.is_none() {
        summary.profile = error
            .downcast_ref::<InProfile>()
            .map(|context| context.0.clone());
    }
    // A command in a hint can be typed as it stands.
    if let Some(name) = &summary.profile {
        summary.hint = summary.hint.map(|hint| {
            hint.replace("`tok get PROFILE`", &format!("`tok get {name}`"))
                .replace("`tok get -f PROFILE`", &format!("`tok get -f {name}`"))
        });
    }
    summary
}

fn by_type(error: &Error) -> ErrorSummary {
    if let Some(error) = error.downcast_ref::<AcquireError>() {
        acquire_error(error)
    } else if let Some(error) = error.downcast_ref::<ConfigError>() {
        ErrorSummary {
            profile: error.profile.clone(),
            ..ErrorSummary::new(Kind::Config, error.to_string()).hint(error.hint.clone())
        }
    } else if let Some(error) = error.downcast_ref::<SecretError>() {
        secret_error(error)
    } else if let Some(error) = error.downcast_ref::<StoreError>() {
        ErrorSummary::new(Kind::Unexpected, error.to_string())
    } else if let Some(error) = error.downcast_ref::<CommandError>() {
        command_error(error)
    } else if let Some(error) = error.downcast_ref::<ProtocolError>() {
        protocol_error(error)
    } else {
        ErrorSummary::new(Kind::Unexpected, error.to_string())
    }
}

fn command_error(error: &CommandError) -> ErrorSummary {
    let (kind, hint) = match error {
        CommandError::Usage { hint, .. } => (Kind::Usage, hint.clone()),
        CommandError::NotCached { hint, .. } => (Kind::NotCached, hint.clone()),
        CommandError::Expired { .. } => (Kind::Expired, None),
        CommandError::NotWritten { hint, .. } => (Kind::Unexpected, hint.clone()),
        CommandError::Io { .. } => (Kind::Unexpected, None),
        CommandError::CannotRun {
            program,
            is_missing: true,
            ..
        } => {
            let hint = if program.contains(' ') {
                "remove the quotes, so that the arguments are separate, or use `sh -c '…'`"
            } else {
                "is it installed, and is its directory in `PATH`?"
            };
            return ErrorSummary::new(Kind::NotFound, format!("`{program}` is not found"))
                .hint(Some(hint));
        }
        CommandError::CannotRun { .. } => (Kind::CannotRun, None),
    };
    ErrorSummary::new(kind, error.to_string()).hint(hint)
}

fn protocol_error(error: &ProtocolError) -> ErrorSummary {
    let kind = match error.kind {
        ProtocolErrorKind::Request => Kind::Usage,
        ProtocolErrorKind::Profile => Kind::Config,
        ProtocolErrorKind::Token => Kind::NotCached,
    };
    ErrorSummary::new(kind, error.to_string()).hint(error.hint.clone())
}

fn secret_error(error: &SecretError) -> ErrorSummary {
    ErrorSummary::new(Kind::Secret, error.to_string()).hint(error.error.hint())
}

fn acquire_error(error: &AcquireError) -> ErrorSummary {
    let (kind, hint, retry_after) = match error {
        AcquireError::Secret(error) => return secret_error(error),
        AcquireError::Endpoint(error) => (Kind::Config, Some(error.hint().to_owned()), None),
        AcquireError::Build(error) => (Kind::Config, Some(error.hint().to_owned()), None),
        AcquireError::Transport(error) => (transport_kind(error), error.hint(), None),
        AcquireError::Rejected { hint, .. } => (Kind::Rejected, hint.clone(), None),
        AcquireError::RateLimited { retry_after, .. } => (
            Kind::RateLimited,
            Some(wait_hint(*retry_after)),
            *retry_after,
        ),
        AcquireError::ServerFailed { retry_after, .. } => (
            Kind::Server,
            retry_after.map(|_| wait_hint(*retry_after)),
            *retry_after,
        ),
        AcquireError::InvalidResponse { hint, .. } => (Kind::Server, hint.clone(), None),
        AcquireError::Redirected { host, .. } => {
            let hint = host.as_ref().map_or_else(
                || "check `token_url`".to_owned(),
                |host| format!("it points to `{host}`: if that is the provider's new address, write it in `token_url`"),
            );
            (Kind::Server, Some(hint), None)
        }
        AcquireError::NotCached => {
            let hint = "`tok get PROFILE` fetches one";
            (Kind::NotCached, Some(hint.to_owned()), None)
        }
        AcquireError::Expired { .. } => {
            let hint = "without `--cached`, tok fetches a new one";
            (Kind::Expired, Some(hint.to_owned()), None)
        }
        AcquireError::TooShort { .. } => {
            let hint = "the provider's tokens do not live longer; use a shorter `--min-ttl`";
            (Kind::Expired, Some(hint.to_owned()), None)
        }
        AcquireError::PreviousFailure {
            kind, retry_after, ..
        } => {
            let action = match kind {
                FailureKind::Rejected => "fix it",
                FailureKind::RateLimited | FailureKind::Server | FailureKind::Network => "wait",
            };
            let hint =
                retry_after.map(|_| format!("{action}, or retry now with `tok get -f PROFILE`"));
            (failure_kind(*kind), hint, *retry_after)
        }
        AcquireError::Locked { .. } => {
            let hint = "look for a `tok` that hangs or was stopped, and end it";
            (Kind::Locked, Some(hint.to_owned()), None)
        }
    };
    ErrorSummary {
        retry_after,
        ..ErrorSummary::new(kind, error.to_string()).hint(hint)
    }
}

fn failure_kind(kind: FailureKind) -> Kind {
    match kind {
        FailureKind::Rejected => Kind::Rejected,
        FailureKind::RateLimited => Kind::RateLimited,
        FailureKind::Server => Kind::Server,
        FailureKind::Network => Kind::Network,
    }
}

fn transport_kind(error: &TransportError) -> Kind {
    match error {
        TransportError::Connect { .. }
        | TransportError::TimedOut { .. }
        | TransportError::Broken { .. }
        | TransportError::CertificateVariable { .. }
        | TransportError::Unavailable { .. } => Kind::Network,
        TransportError::TooLarge { .. } | TransportError::Undecodable { .. } => Kind::Server,
        TransportError::Proxy { .. }
        | TransportError::CaFile { .. }
        | TransportError::Header { .. }
        | TransportError::Url { .. } => Kind::Config,
    }
}

fn wait_hint(retry_after: Option<u64>) -> String {
    retry_after.map_or_else(
        || "wait before the next try".to_owned(),
        |seconds| format!("wait {seconds}s before the next try"),
    )
}
