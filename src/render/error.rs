//! Errors of the commands themselves, and the context that names the profile in which an error happened.
//! [`super::report`] turns these, and the errors of other modules, into message, hint and exit code.

use thiserror::Error;

/// Context of an error: the profile in which it happened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("profile `{0}`")]
pub struct InProfile(pub String);

/// What goes wrong outside of the profiles file and the token request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommandError {
    /// The command line, or a variable that stands for a flag, is wrong.
    #[error("{message}")]
    Usage {
        message: String,
        hint: Option<String>,
    },
    /// The requested kind of token does not exist.
    #[error("{message}")]
    NotCached {
        message: String,
        hint: Option<String>,
    },
    /// The token has expired.
    #[error("{message}")]
    Expired { message: String },
    /// A file or stream cannot be read or written.
    #[error("cannot {action}: {reason}")]
    Io { action: String, reason: String },
    /// A program that the user named cannot be run.
    #[error("`{program}` cannot be run: {reason}")]
    CannotRun {
        program: String,
        is_missing: bool,
        reason: String,
    },
    /// A file of the user's is left as it is.
    #[error("{message}")]
    NotWritten {
        message: String,
        hint: Option<String>,
    },
}

impl CommandError {
    /// A usage error with a hint.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }
}
