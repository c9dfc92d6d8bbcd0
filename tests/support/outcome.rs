//! What a run of `tok` said, and the ways to hold it to that. Each looks at all of it: a stray line fails.

use std::process::Output;

use super::normalised;

/// The outcome of a run. `StandardParam` error is looked at with home directory, services and times replaced by words.
#[must_use]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    command: String,
}

impl Outcome {
    pub fn new(command: &str, output: Output, home: &str) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: normalised(&String::from_utf8(output.stderr).unwrap(), home),
            code: output.status.code().unwrap_or(-1),
            command: command.to_owned(),
        }
    }

    /// Exit code 0, this standard output, and no word on standard error.
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

    /// This exit code, nothing on standard output, and on standard error one error that keeps to the grammar,
    /// has these words in it, and is followed by a hint with those (none: `""`).
    #[track_caller]
    pub fn fails_with(&self, code: i32, words: &str, hint: &str) {
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
        assert!(message.contains(words), "`{words}` is not said: {}", all());
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
