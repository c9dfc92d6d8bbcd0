//! What goes wrong with the command itself, and the frame that says in which profile something went wrong.
//! [`crate::render::report`] turns these, and the errors of the other modules, into message, hint and exit code.

use thiserror::Error;

/// The frame around an error: it happened for this profile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("profile `{0}`")]
pub struct InProfile(pub String);

/// What goes wrong outside of all profiles.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The words on the command line, or in a variable that stands for one, make no sense.
    #[error("{message}")]
    Usage {
        message: String,
        hint: Option<String>,
    },
    /// There is nothing to answer with: no token of that sort.
    #[error("{message}")]
    Nothing {
        message: String,
        hint: Option<String>,
    },
    /// The token is of no use any more.
    #[error("{message}")]
    Expired { message: String },
    /// A file or stream of the user's cannot be written or read.
    #[error("cannot {doing}: {why}")]
    Stream { doing: String, why: String },
    /// A program that the user named cannot be run, or is not there.
    #[error("`{program}` cannot be run: {why}")]
    Run {
        program: String,
        is_missing: bool,
        why: String,
    },
    /// The user's own file would be lost.
    #[error("{message}")]
    Refused {
        message: String,
        hint: Option<String>,
    },
}

impl Failure {
    /// Words that make no sense.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }
}
