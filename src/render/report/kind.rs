//! From an error to what is said of it.

use anyhow::Error;
use serde::Serialize;

use crate::acquire::AcquireError;
use crate::config::ConfigError;
use crate::failure::{Failure, InProfile};
use crate::http::TransportError;
use crate::secret::source::SecretError;
use crate::store::{FailureKind, StoreError};

/// The kinds of failure; each has its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Unexpected,
    Usage,
    Config,
    Secret,
    Rejected,
    RateLimited,
    Network,
    Server,
    Expired,
    NotCached,
    Locked,
    /// A program of the user's that cannot be run; to the world it is [`Kind::Unexpected`] with a shell's code.
    #[serde(rename = "unexpected")]
    CannotRun,
    /// A program of the user's that is not there; see [`Kind::CannotRun`].
    #[serde(rename = "unexpected")]
    NotFound,
}

impl Kind {
    /// The exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Secret => 4,
            Self::Rejected => 5,
            Self::RateLimited => 6,
            Self::Network => 7,
            Self::Server => 8,
            Self::Expired => 10,
            Self::NotCached => 11,
            Self::Locked => 13,
            Self::CannotRun => 126,
            Self::NotFound => 127,
        }
    }
}

/// What is said of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: Kind,
    pub profile: Option<String>,
    /// Lower case, one line, no final period.
    pub message: String,
    pub hint: Option<String>,
    /// Seconds.
    pub retry_after: Option<u64>,
}

impl Report {
    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        self.kind.code()
    }

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
}

impl From<&Error> for Report {
    fn from(error: &Error) -> Self {
        let mut report = classify(error);
        if report.profile.is_none() {
            report.profile = error
                .downcast_ref::<InProfile>()
                .map(|frame| frame.0.clone());
        }
        // A command in a hint can be typed as it stands.
        if let Some(name) = &report.profile {
            let typed = |hint: String| {
                hint.replace("`tok get PROFILE`", &format!("`tok get {name}`"))
                    .replace("`tok get -f PROFILE`", &format!("`tok get -f {name}`"))
            };
            report.hint = report.hint.map(typed);
        }
        report
    }
}

fn classify(error: &Error) -> Report {
    if let Some(error) = error.downcast_ref::<AcquireError>() {
        return of_acquire(error);
    }
    if let Some(error) = error.downcast_ref::<ConfigError>() {
        let ConfigError { profile, hint, .. } = error.clone();
        return Report {
            profile,
            hint,
            ..Report::new(Kind::Config, error.to_string())
        };
    }
    if let Some(error) = error.downcast_ref::<SecretError>() {
        return of_secret(error);
    }
    if let Some(error) = error.downcast_ref::<StoreError>() {
        return Report::new(Kind::Unexpected, error.to_string());
    }
    match error.downcast_ref::<Failure>() {
        Some(Failure::Usage { message, hint }) => Report {
            hint: hint.clone(),
            ..Report::new(Kind::Usage, message)
        },
        Some(Failure::Nothing { message, hint }) => Report {
            hint: hint.clone(),
            ..Report::new(Kind::NotCached, message)
        },
        Some(Failure::Expired { message }) => Report::new(Kind::Expired, message),
        Some(Failure::Refused { message, hint }) => Report {
            hint: hint.clone(),
            ..Report::new(Kind::Unexpected, message)
        },
        Some(Failure::Run {
            program,
            is_missing: true,
            ..
        }) => Report {
            hint: Some(if program.contains(' ') {
                "it is taken for one name: leave out the quotes, or say `sh -c '…'`".to_owned()
            } else {
                "is it installed, and its directory in `PATH`?".to_owned()
            }),
            ..Report::new(Kind::NotFound, format!("`{program}` is not found"))
        },
        Some(failure @ Failure::Run { .. }) => Report::new(Kind::CannotRun, failure.to_string()),
        Some(failure @ Failure::Stream { .. }) => {
            Report::new(Kind::Unexpected, failure.to_string())
        }
        None => Report::new(Kind::Unexpected, error.to_string()),
    }
}

fn of_secret(error: &SecretError) -> Report {
    Report {
        hint: error.trouble.hint(),
        ..Report::new(Kind::Secret, error.to_string())
    }
}

fn of_acquire(error: &AcquireError) -> Report {
    let told = |kind| Report::new(kind, error.to_string());
    match error {
        AcquireError::Secret(error) => of_secret(error),
        AcquireError::Endpoint(problem) => {
            Report { hint: Some(problem.hint().to_owned()), ..told(Kind::Config) }
        }
        AcquireError::Build(problem) => {
            Report { hint: Some(problem.hint().to_owned()), ..told(Kind::Config) }
        }
        AcquireError::Transport(problem) => Report { hint: problem.hint(), ..told(of_transport(problem)) },
        AcquireError::Rejected { hint, .. } => Report { hint: hint.clone(), ..told(Kind::Rejected) },
        AcquireError::RateLimited { retry_after, .. } => Report {
            retry_after: *retry_after,
            hint: Some(wait_hint(*retry_after)),
            ..told(Kind::RateLimited)
        },
        AcquireError::ServerFailed { retry_after, .. } => Report {
            retry_after: *retry_after,
            hint: retry_after.map(|_| wait_hint(*retry_after)),
            ..told(Kind::Server)
        },
        AcquireError::InvalidResponse { hint, .. } => Report { hint: hint.clone(), ..told(Kind::Server) },
        AcquireError::Redirected { host, .. } => Report {
            hint: Some(host.as_ref().map_or_else(
                || "check `token_url`".to_owned(),
                |host| format!("it points to `{host}`: if that is the provider's new address, write it in `token_url`"),
            )),
            ..told(Kind::Server)
        },
        AcquireError::NotCached => Report {
            hint: Some("`tok get PROFILE` fetches one".to_owned()),
            ..told(Kind::NotCached)
        },
        AcquireError::Expired { .. } => {
            Report { hint: Some("without `--cached` a new one is fetched".to_owned()), ..told(Kind::Expired) }
        }
        AcquireError::TooShort { .. } => Report {
            hint: Some("the provider's tokens live no longer; ask for less with `--min-ttl`".to_owned()),
            ..told(Kind::Expired)
        },
        AcquireError::Remembered { kind, left, .. } => Report {
            retry_after: *left,
            hint: left.map(|_| {
                let first = if *kind == FailureKind::Rejected { "mend what is wrong" } else { "wait" };
                format!("{first}, or ask at once with `tok get -f PROFILE`")
            }),
            ..told(match kind {
                FailureKind::Rejected => Kind::Rejected,
                FailureKind::RateLimited => Kind::RateLimited,
                FailureKind::Server => Kind::Server,
                FailureKind::Network => Kind::Network,
            })
        },
        AcquireError::Locked { .. } => Report {
            hint: Some("look for a `tok` that hangs or was stopped, and end it".to_owned()),
            ..told(Kind::Locked)
        },
    }
}

fn wait_hint(retry_after: Option<u64>) -> String {
    retry_after.map_or_else(
        || "wait before the next try".to_owned(),
        |seconds| format!("wait {seconds}s before the next try"),
    )
}

fn of_transport(error: &TransportError) -> Kind {
    match error {
        TransportError::Connect { .. }
        | TransportError::TimedOut { .. }
        | TransportError::Broken { .. }
        | TransportError::Unavailable { .. } => Kind::Network,
        TransportError::TooLarge { .. } | TransportError::Undecodable { .. } => Kind::Server,
        TransportError::Proxy { .. }
        | TransportError::CaFile { .. }
        | TransportError::Header { .. }
        | TransportError::Url { .. } => Kind::Config,
    }
}
