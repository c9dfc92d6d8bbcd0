//! The only file that writes standard output: the answer, in one piece.

use std::io::{self, Write};

use super::report::ErrorSummary;
use crate::os;
use crate::render::error::CommandError;
use crate::secret::Secret;

/// What a command answers.
pub struct Answer {
    /// The whole of standard output. It may be a token.
    pub text: Secret<String>,
    /// The exit code.
    pub code: u8,
    /// Errors that are reported after it.
    pub errors: Vec<ErrorSummary>,
    /// What to do next, for a person at a terminal.
    pub next: Option<String>,
}

impl Answer {
    /// An answer with exit code 0.
    pub fn new(text: impl Into<String>) -> Self {
        Self::secret(Secret::new(text.into()))
    }

    /// A secret answer with exit code 0.
    #[must_use]
    pub fn secret(text: Secret<String>) -> Self {
        Self {
            text,
            code: 0,
            errors: Vec::new(),
            next: None,
        }
    }
}

/// Writes the answer, without colours unless `colour`.
///
/// # Errors
/// Standard output cannot be written. A closed pipe is not an error.
pub fn write(answer: &Answer, colour: bool, stdout: &mut dyn Write) -> Result<(), CommandError> {
    let text = answer.text.expose();
    let outcome = if colour || !text.contains('\u{1b}') {
        stdout.write_all(text.as_bytes())
    } else {
        stdout.write_all(anstream::adapter::strip_str(text).to_string().as_bytes())
    };
    match outcome.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::Io {
            action: "write to standard output".to_owned(),
            reason: os::describe(&error),
        }),
        _ => Ok(()),
    }
}
