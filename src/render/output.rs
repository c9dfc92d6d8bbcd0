//! The only file that writes standard output: the answer, in one piece.

use std::io::{self, Write};

use crate::os;
use crate::render::error::CommandError;
use crate::secret::Secret;

/// What a command answers.
pub struct Answer {
    /// The whole of standard output. Secret, as it may be a token.
    pub text: Secret<String>,
    /// The exit code; not 0 for the few answers that have a code of their own.
    pub code: u8,
    /// What a person at a terminal is told after it.
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
            next: None,
        }
    }
}

/// Writes the answer.
///
/// # Errors
/// Standard output cannot be written. That nobody reads any more (a closed pipe) is no error.
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
