//! What was found: one line a check, and what to type where something is wrong.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::Style;
use anyhow::Error;
use serde::Serialize;

use crate::render::report::classify;
use crate::render::style::{BAD, DIM, GOOD, NAME, WARN, paint};
use crate::render::table::{Cell, columns};
use crate::render::view;

/// How it stands with what was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Ok,
    /// Tokens can be had, but something is not as it should be.
    Warn,
    /// Tokens cannot be had, or cannot be cached.
    Fail,
    /// Not checked, for a reason that is told.
    Skip,
}

impl State {
    fn shown(self) -> (&'static str, Style) {
        match self {
            Self::Ok => ("ok", GOOD),
            Self::Warn => ("warn", WARN),
            Self::Fail => ("fail", BAD),
            Self::Skip => ("skip", DIM),
        }
    }
}

/// The exit code of trouble that costs no token.
pub(super) const NO_TOKEN_LOST: u8 = 1;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) state: State,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) profile: Option<String>,
    /// The exit code with which `tok get` would fail of it.
    #[serde(skip)]
    code: u8,
}

impl Finding {
    fn new(check: &'static str, state: State, message: impl Into<String>, code: u8) -> Self {
        Self {
            check,
            state,
            message: message.into(),
            hint: None,
            profile: None,
            code,
        }
    }

    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, State::Ok, message, 0)
    }

    pub(super) fn warn(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, State::Warn, message, 0)
    }

    pub(super) fn fail(check: &'static str, message: impl Into<String>, code: u8) -> Self {
        Self::new(check, State::Fail, message, code)
    }

    /// A failure of `tok get`, with its exit code.
    pub(super) fn of_error(check: &'static str, error: impl Into<Error>) -> Self {
        let summary = classify(&error.into());
        Self {
            hint: summary.hint.clone(),
            ..Self::fail(check, summary.message.clone(), summary.code())
        }
    }

    pub(super) fn skip(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, State::Skip, message, 0)
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn of(mut self, profile: &str) -> Self {
        self.profile = Some(profile.to_owned());
        self
    }

    /// What would be a failure costs nothing yet.
    pub(super) fn only_a_warning(mut self) -> Self {
        (self.state, self.code) = (State::Warn, 0);
        self
    }

    pub(super) fn is_trouble(&self) -> bool {
        matches!(self.state, State::Warn | State::Fail)
    }
}

/// The exit code: 0 where nothing failed, else that of the first failure that costs a token, else 1.
pub(super) fn code(findings: &[Finding]) -> u8 {
    let mut failed = findings
        .iter()
        .filter(|finding| finding.state == State::Fail)
        .map(|found| found.code);
    failed
        .clone()
        .find(|code| *code > NO_TOKEN_LOST)
        .or_else(|| failed.next())
        .unwrap_or(0)
}

/// The findings as text. Of a profile that nobody named only its token is told, and what is wrong.
pub(super) fn text(findings: &[Finding], is_named: bool) -> String {
    let is_told = |finding: &&Finding| {
        is_named || finding.profile.is_none() || finding.is_trouble() || finding.check == "token"
    };
    let told: Vec<&Finding> = findings.iter().filter(is_told).collect();
    let mut text = String::new();
    let rows: Vec<Vec<Cell>> = told.iter().map(|finding| row(finding)).collect();
    let lines = columns(&rows, usize::MAX);
    for (line, finding) in lines.lines().zip(&told) {
        text.push_str(line);
        text.push('\n');
        if let Some(hint) = finding.hint.as_ref().filter(|_| finding.is_trouble()) {
            let label = paint(NAME, "hint:");
            // Writing to a String cannot fail.
            let _ = writeln!(text, "      {label} {}", one_line(hint));
        }
    }
    text + "\n" + &summary(findings) + "\n"
}

fn row(finding: &Finding) -> Vec<Cell> {
    let (word, style) = finding.state.shown();
    let profile = finding
        .profile
        .as_deref()
        .map(|name| paint(NAME, &one_line(name)) + ": ");
    let message = profile.unwrap_or_default() + &one_line(&finding.message);
    // The hint of a row stands under its second column, whatever is in the first.
    vec![
        Cell::new(style, format!("{word:4}")),
        Cell::new(DIM, finding.check),
        Cell::plain(message),
    ]
}

/// A path as a shell reads it: what is shown to be typed must be what is meant.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+:@%".contains(character);
    if !text.is_empty() && text.chars().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Paths may hold anything, a line break too.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect()
}

fn summary(findings: &[Finding]) -> String {
    let count = |state| {
        findings
            .iter()
            .filter(|finding| finding.state == state)
            .count()
    };
    let (failed, warnings) = (count(State::Fail), count(State::Warn));
    match (failed, warnings) {
        (0, 0) => "nothing is wrong".to_owned(),
        (0, _) => view::counted(warnings, "warning"),
        (_, 0) => view::counted(failed, "failure"),
        _ => format!(
            "{}, {}",
            view::counted(failed, "failure"),
            view::counted(warnings, "warning")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_that_of_the_first_failure_that_costs_a_token() {
        let fail = |code| Finding::fail("x", "y", code);
        let cases: [(&[Finding], u8); 5] = [
            (&[], 0),
            (
                &[
                    Finding::ok("x", "y"),
                    Finding::warn("x", "y"),
                    Finding::skip("x", "y"),
                ],
                0,
            ),
            (&[fail(1)], 1),
            (&[fail(1), fail(4), fail(3)], 4),
            (&[fail(5).only_a_warning(), fail(3)], 3),
        ];
        for (findings, expected) in cases {
            assert_eq!(code(findings), expected, "{findings:?}");
        }
    }

    #[test]
    fn one_line_a_check_and_one_for_what_to_do() {
        let findings = [
            Finding::ok("clock", "right"),
            Finding::ok("secret", "there").of("a"),
            Finding::ok("token", "fresh").of("a"),
            Finding::fail("cache", "no\nplace", 1).hint("type\u{1b} this"),
        ];
        let plain = |is_named| anstream::adapter::strip_str(&text(&findings, is_named)).to_string();
        assert_eq!(
            plain(false),
            "ok    clock  right\nok    token  a: fresh\nfail  cache  no place\n      hint: type  this\n\n1 failure\n"
        );
        assert!(plain(true).contains("ok    secret  a: there\n"));
    }

    #[test]
    fn paths_are_quoted_where_a_shell_would_read_them_otherwise() {
        let cases = [
            ("/a/b-c.d", "/a/b-c.d"),
            ("/a b", "'/a b'"),
            ("/it's", r"'/it'\''s'"),
            ("/$(x)", "'/$(x)'"),
        ];
        for (path, expected) in cases {
            assert_eq!(quoted(Path::new(path)), expected);
        }
    }

    #[test]
    fn json_has_every_field_and_no_code() {
        let line = serde_json::to_string(&[Finding::warn("clock", "slow").hint("set it")]).unwrap();
        assert_eq!(
            line,
            r#"[{"check":"clock","state":"warn","message":"slow","hint":"set it","profile":null}]"#
        );
    }
}
