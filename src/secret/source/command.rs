//! `{ command = ["argv", …] }`: the one line that a program prints. No shell reads it.

use std::io::ErrorKind;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Trouble;
use crate::os::{self, CommandOutput, RunError};
use crate::secret::Secret;

/// The most that a program may print, in bytes.
const LARGEST: usize = 1 << 20;

/// What is said of a program that printed no more than a newline: it is a source that is empty, like any other.
const NOTHING: &str = "printed nothing";

/// The time that all commands of a profile have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    /// As it was set.
    pub whole: Duration,
    /// When it is over.
    pub deadline: Instant,
}

impl TimeLimit {
    /// A time that begins now.
    #[must_use]
    pub fn begin(whole: Duration) -> Self {
        let now = Instant::now();
        // A time that no clock can hold is one that never ends.
        Self {
            whole,
            deadline: now
                .checked_add(whole)
                .unwrap_or(now + Duration::from_hours(24 * 365)),
        }
    }
}

/// Runs the program.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the secret source that starts a process"
)]
pub(super) fn read(argv: &[String], limit: TimeLimit) -> Result<Secret<String>, Trouble> {
    let (program, arguments) = argv
        .split_first()
        .map_or(("", argv), |(first, rest)| (first.as_str(), rest));
    let mut command = Command::new(program);
    command.args(arguments);
    let failed = |what: String, is_missing| Trouble::Command {
        program: program.to_owned(),
        what,
        is_missing,
    };
    let what = match os::run_with_timeout(&mut command, LARGEST, limit.deadline) {
        Ok(CommandOutput { printed, status }) if status.success() => match one_line(&printed) {
            Ok(secret) => return Ok(secret),
            Err(NOTHING) => {
                return Err(Trouble::Empty(format!("what command `{program}` printed")));
            }
            Err(what) => what.to_owned(),
        },
        Ok(CommandOutput { status, .. }) => status.code().map_or_else(
            || "was ended by a signal".to_owned(),
            |code| format!("failed with exit code {code}"),
        ),
        Err(RunError::NotStarted(error)) => {
            let is_missing = error.kind() == ErrorKind::NotFound;
            return Err(failed(
                format!("cannot be run: {}", os::describe(&error)),
                is_missing,
            ));
        }
        Err(RunError::Failed(error)) => format!("cannot be listened to: {}", os::describe(&error)),
        Err(RunError::TooMuch) => "printed more than 1 MiB".to_owned(),
        Err(RunError::TimedOut) => {
            let seconds = limit.whole.as_secs_f32();
            format!(
                "did not finish within {seconds}s, the time of all commands of a profile together"
            )
        }
    };
    Err(failed(what, false))
}

/// What was printed, where it is one line.
fn one_line(printed: &[u8]) -> Result<Secret<String>, &'static str> {
    let text =
        std::str::from_utf8(printed).map_err(|_| "printed something that is not valid UTF-8")?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err(NOTHING);
    }
    if line.contains('\n') {
        return Err("printed more than one line");
    }
    Ok(Secret::from(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_no_more() {
        let of = |text: &[u8]| one_line(text).map(|secret| secret.expose().clone());
        assert_eq!(of(b"s3cret\n").as_deref(), Ok("s3cret"));
        assert_eq!(of(b"s3cret").as_deref(), Ok("s3cret"));
        assert_eq!(of(b" s \r\n").as_deref(), Ok(" s "));
        assert_eq!(of(b""), Err(NOTHING));
        assert_eq!(of(b"\n"), Err(NOTHING));
        assert_eq!(of(b"a\nb\n"), Err("printed more than one line"));
        assert_eq!(of(b"a\n\n"), Err("printed more than one line"));
        assert_eq!(
            of(b"\xff"),
            Err("printed something that is not valid UTF-8")
        );
    }
}
