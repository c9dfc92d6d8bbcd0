//! How a run of `tok` ended, and the ways to hold it to that. Each looks at all of it: a stray line fails.

use std::process::Output;
use std::time::Duration;

use super::normalised;

/// The outcome of a run. In standard error home directory, servers and times are replaced by `[HOME]` and the like.
#[must_use]
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// -1 where a signal ended it.
    pub code: i32,
    pub signal: Option<i32>,
    pub took: Duration,
    /// Whether it had to be killed.
    pub is_late: bool,
    pub(super) command: String,
}

impl Outcome {
    pub fn new(command: &str, output: Output, home: &str) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: normalised(&String::from_utf8(output.stderr).unwrap(), home),
            code: output.status.code().unwrap_or(-1),
            signal: None,
            took: Duration::ZERO,
            is_late: false,
            command: command.to_owned(),
        }
    }

    /// The token, where this is a success as it should be.
    pub fn token(&self) -> Option<&str> {
        let token = self.stdout.strip_suffix('\n')?;
        (self.code == 0 && !token.contains('\n')).then_some(token)
    }

    /// Both streams in one text.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// In one line, for a report.
    pub fn summary(&self) -> String {
        let Self {
            code,
            stdout,
            took,
            signal,
            is_late,
            ..
        } = self;
        let stderr = self.stderr.lines().next().unwrap_or_default();
        format!(
            "code {code} signal {signal:?} late {is_late} {took:?} stdout {stdout:?} stderr {stderr:?}"
        )
    }

    /// Exit code 0, this standard output, and nothing on standard error.
    #[track_caller]
    pub fn prints(&self, stdout: &str) {
        self.is(0, stdout, "");
    }

    /// Exit code 0, this standard output, and this on standard error.
    #[track_caller]
    pub fn prints_and_warns(&self, stdout: &str, stderr: &str) {
        self.is(0, stdout, stderr);
    }

    /// This exit code, this on standard error, and nothing on standard output.
    #[track_caller]
    pub fn fails(&self, code: i32, stderr: &str) {
        self.is(code, "", stderr);
    }

    /// All three, to the byte.
    #[track_caller]
    pub fn is(&self, code: i32, stdout: &str, stderr: &str) {
        let found = (self.code, self.stdout.as_str(), self.stderr.as_str());
        assert!(
            found == (code, stdout, stderr),
            "`tok {}`\n--- expected: exit {code}\n{stdout}--- and on standard error\n{stderr}\
             --- found: exit {}\n{}--- and on standard error\n{}---",
            self.command,
            self.code,
            self.stdout,
            self.stderr
        );
    }

    /// Exit code 0, this standard output, and on standard error something with this in it.
    #[track_caller]
    pub fn prints_and_mentions(&self, stdout: &str, text: &str) {
        let is_right = self.code == 0 && self.stdout == stdout && self.stderr.contains(text);
        assert!(is_right, "`{text}` is not mentioned: {self:#?}");
    }

    /// The object or list on standard output, after a run that succeeds in silence.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert!(self.code == 0 && self.stderr.is_empty(), "{self:#?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error of a run with `--error-format json`, which prints nothing.
    #[track_caller]
    pub fn json_error(&self) -> serde_json::Value {
        assert!(self.code != 0 && self.stdout.is_empty(), "{self:#?}");
        let error: serde_json::Value = serde_json::from_str(&self.stderr).unwrap();
        assert_eq!(error["code"], self.code, "{self:#?}");
        error
    }

    /// Standard error has this in it.
    #[track_caller]
    pub fn mentions(&self, text: &str) {
        let is_there = self.stderr.contains(text);
        assert!(is_there, "`{text}` is not mentioned: {self:#?}");
    }

    /// Neither stream has this in it.
    #[track_caller]
    pub fn never_shows(&self, text: &str) {
        assert!(!self.all().contains(text), "{text} is shown: {self:#?}");
    }

    /// This exit code, nothing on standard output, and on standard error one error that keeps to the grammar,
    /// contains this text, and is followed by a hint that contains that one (none: `""`).
    #[track_caller]
    pub fn fails_with(&self, code: i32, text: &str, hint: &str) {
        let all = || {
            format!(
                "`tok {}`: exit {}\n{}\n{}",
                self.command, self.code, self.stdout, self.stderr
            )
        };
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", all());
        let (error, given) = match self.stderr.split_once("\n\nhint: ") {
            Some((error, hint)) => (error, hint.trim_end_matches('\n')),
            None => (self.stderr.trim_end_matches('\n'), ""),
        };
        let message = error
            .strip_prefix("error: ")
            .unwrap_or_else(|| panic!("no error: {}", all()));
        assert!(message.contains(text), "`{text}` is not in it: {}", all());
        assert!(
            given.contains(hint) && given.is_empty() == hint.is_empty(),
            "hint `{hint}`: {}",
            all()
        );
        for text in [message, given] {
            assert!(!text.contains('\n'), "more than a line: {}", all());
            assert!(!text.ends_with('.'), "a final period: {}", all());
            assert!(
                !text.starts_with(|c: char| c.is_uppercase()),
                "a capital: {}",
                all()
            );
        }
    }
}
