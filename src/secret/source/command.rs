//! `{ command = ["argv", …] }`: the one line that a program prints. No shell reads it.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::Command;
use std::time::{Duration, Instant};

use super::file::without_line_end;
use super::{SourceError, non_empty};
use crate::os::{self, CommandOutput, RunError};
use crate::secret::{Secret, looks_like_secret_word};

/// The most that a program may print, in bytes.
const LARGEST: usize = 1 << 20;

/// The time that all commands of a profile have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    /// As it was set.
    whole: Duration,
    deadline: Instant,
}

impl TimeLimit {
    pub fn begin(whole: Duration) -> Self {
        let now = Instant::now();
        // A limit that the clock cannot hold is as good as none.
        let never = now + Duration::from_hours(24 * 365);
        Self {
            whole,
            deadline: now.checked_add(whole).unwrap_or(never),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the secret source that starts a process"
)]
pub(super) fn read(argv: &[String], limit: TimeLimit) -> Result<Secret<String>, SourceError> {
    let program = argv.first().map_or("", String::as_str);
    let failed = |reason: String, is_missing| SourceError::Command {
        command: show_argv(argv),
        reason,
        is_missing,
    };
    let mut command = Command::new(os::resolve_program(OsStr::new(program)));
    command.args(argv.iter().skip(1));
    let outcome = os::run_with_timeout(&mut command, LARGEST, limit.deadline);
    let CommandOutput { printed, status } = outcome.map_err(|error| match error {
        RunError::NotStarted(error) => failed(
            format!("cannot be run: {}", os::describe(&error)),
            error.kind() == ErrorKind::NotFound,
        ),
        RunError::Failed(error) => failed(
            format!("cannot be waited for: {}", os::describe(&error)),
            false,
        ),
        RunError::TooMuch => failed("printed more than 1 MiB".to_owned(), false),
        RunError::TimedOut => {
            let seconds = limit.whole.as_secs_f32();
            let reason = format!(
                "did not finish within {seconds}s, which all commands of a profile have together"
            );
            failed(reason, false)
        }
    })?;
    if !status.success() {
        let reason = match status.code() {
            Some(code) => format!("failed with exit code {code}"),
            None => "was killed by a signal".to_owned(),
        };
        return Err(failed(reason, false));
    }
    let line = one_line(&printed).map_err(|reason| failed(reason.to_owned(), false))?;
    non_empty(line, || {
        format!("the output of command `{}`", show_argv(argv))
    })
}

/// What was printed, where it is one line.
fn one_line(printed: &[u8]) -> Result<&str, &'static str> {
    let text = std::str::from_utf8(printed).map_err(|_| "printed text that is not valid UTF-8")?;
    let line = without_line_end(text);
    if line.contains('\n') {
        return Err("printed more than one line");
    }
    Ok(line)
}

/// A command as it may be shown. Left out are arguments that may hold a secret: one that looks like it, a script, what
/// belongs to an option such as `--password`, and credentials such as `user:password`.
pub fn show_argv(argv: &[String]) -> String {
    let mut is_secret_next = false;
    let shown = argv.iter().map(|argument| {
        let is_secret = is_secret_next;
        let (option, value) = argument.split_once('=').unwrap_or((argument, ""));
        let lower = option.to_ascii_lowercase();
        is_secret_next = option.starts_with('-')
            && value.is_empty()
            && ["pass", "secret", "token", "key"]
                .iter()
                .any(|word| lower.contains(word));
        if is_secret
            || looks_like_secret_word(option)
            || has_credentials(option)
            || option.contains(char::is_whitespace)
        {
            "…".to_owned()
        } else if value.is_empty() {
            argument.clone()
        } else {
            format!("{option}=…")
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Whether this is `user:password`, or a URL with userinfo. The colon of a drive (`C:\\`) separates nothing.
fn has_credentials(argument: &str) -> bool {
    let Some((_, rest)) = argument.split_once(':') else {
        return false;
    };
    match rest.strip_prefix("//") {
        Some(address) => address
            .split('/')
            .next()
            .is_some_and(|host| host.contains('@')),
        None => !rest.starts_with('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_no_more() {
        assert_eq!(one_line(b"s3cret\n"), Ok("s3cret"));
        assert_eq!(one_line(b"s3cret"), Ok("s3cret"));
        assert_eq!(one_line(b" s \r\n"), Ok(" s "));
        assert_eq!(one_line(b"\n"), Ok(""));
        assert_eq!(one_line(b"a\nb\n"), Err("printed more than one line"));
        assert_eq!(one_line(b"a\n\n"), Err("printed more than one line"));
        assert_eq!(
            one_line(b"\xff"),
            Err("printed text that is not valid UTF-8")
        );
    }

    #[test]
    fn arguments_that_may_hold_a_secret_are_not_shown() {
        let show = |argv: &[&str]| {
            let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
            show_argv(&argv)
        };
        let cases: [(&[&str], &str); 10] = [
            (
                &["op", "read", "op://ci/example/secret"],
                "op read op://ci/example/secret",
            ),
            (
                &["security", "find-generic-password", "-w", "-s", "acme"],
                "security find-generic-password -w -s acme",
            ),
            (&["sh", "-c", "echo hunter2"], "sh -c …"),
            (
                &["vault", "--token", "hunter2", "read"],
                "vault --token … read",
            ),
            (&["x", "--password=hunter2", "A=b"], "x --password=… A=…"),
            (&["curl", "-u", "user:hunter2"], "curl -u …"),
            (&["x", "https://user:hunter2@h.example/x"], "x …"),
            (
                &["C:\\op.exe", "https://h.example/@x"],
                "C:\\op.exe https://h.example/@x",
            ),
            (&["x", "3f9a8b7c6d5e4f3a2b1c0d"], "x …"),
            (&["3f9a8b7c6d5e4f3a2b1c0d"], "…"),
        ];
        for (argv, expected) in cases {
            assert_eq!(show(argv), expected);
        }
    }
}
