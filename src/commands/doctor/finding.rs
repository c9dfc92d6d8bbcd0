//! What a check found, and how it is shown: one line for each finding, a hint below each problem.

use std::path::Path;

use anstyle::Style;
use anyhow::Error;
use serde::Serialize;

use crate::render::report::{Kind, classify};
use crate::render::shell::Shell;
use crate::render::style::{BAD, DIM, GOOD, NAME, WARN, paint};
use crate::render::table::{Cell, columns};
use crate::render::view;
use crate::text::single_line;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Ok,
    /// It costs no token.
    Warn,
    /// Tokens cannot be fetched, or not be cached.
    Fail,
}

impl State {
    fn shown(self) -> (&'static str, Style) {
        match self {
            Self::Ok => ("ok", GOOD),
            Self::Warn => ("warn", WARN),
            Self::Fail => ("fail", BAD),
        }
    }
}

/// The check whose findings say whether there is a token.
pub(super) const TOKEN: &str = "token";

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) state: State,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) profile: Option<String>,
    /// The exit code of `tok get`; 1 for a failure that costs the cache only.
    #[serde(skip)]
    code: u8,
}

impl Finding {
    fn new(check: &'static str, state: State, message: impl Into<String>) -> Self {
        Self {
            check,
            state,
            message: message.into(),
            hint: None,
            profile: None,
            code: 0,
        }
    }

    pub(super) fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, State::Ok, message)
    }

    pub(super) fn warn(check: &'static str, message: impl Into<String>) -> Self {
        Self::new(check, State::Warn, message)
    }

    /// A failure that costs no token.
    pub(super) fn fail(check: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: Kind::Unexpected.code(),
            ..Self::new(check, State::Fail, message)
        }
    }

    /// The error with which `tok get` would fail.
    pub(super) fn of_error(check: &'static str, error: impl Into<Error>) -> Self {
        let summary = classify(&error.into());
        Self {
            code: summary.code(),
            hint: summary.hint,
            ..Self::new(check, State::Fail, summary.message)
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn of(mut self, profile: &str) -> Self {
        self.profile = Some(profile.to_owned());
        self
    }

    pub(super) fn into_warning(mut self) -> Self {
        (self.state, self.code) = (State::Warn, 0);
        self
    }

    pub(super) fn is_problem(&self) -> bool {
        matches!(self.state, State::Warn | State::Fail)
    }

    fn row(&self) -> Vec<Cell> {
        let (state, style) = self.state.shown();
        let profile = self.profile.as_deref().map(|name| format!("{name}: "));
        let message = profile.unwrap_or_default() + &self.message;
        vec![
            Cell::new(style, format!("{state:4}")),
            Cell::new(DIM, self.check),
            Cell::plain(single_line(&message)),
        ]
    }
}

/// All findings, in order.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Adds findings, but no problem that is known already for all profiles or for the same one.
    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            let is_same = |known: &Finding| {
                known.message == finding.message
                    && (known.profile.is_none() || known.profile == finding.profile)
            };
            if !finding.is_problem() || !self.0.iter().any(is_same) {
                self.0.push(finding);
            }
        }
    }

    /// The exit code: that of the first failure that costs a token, else 1 for any other failure, else 0.
    pub(super) fn code(&self) -> u8 {
        let codes = || self.0.iter().map(|finding| finding.code);
        let first = codes().find(|code| *code > Kind::Unexpected.code());
        first.or_else(|| codes().max()).unwrap_or(0)
    }

    /// The findings as text. Unless the profile was named, only its problems and the state of its token are shown.
    pub(super) fn text(&self, is_named: bool) -> String {
        let is_shown = |found: &&Finding| {
            is_named || found.profile.is_none() || found.is_problem() || found.check == TOKEN
        };
        let shown: Vec<&Finding> = self.0.iter().filter(is_shown).collect();
        let rows: Vec<_> = shown.iter().map(|found| found.row()).collect();
        let mut text = String::new();
        for (line, found) in columns(&rows, usize::MAX).lines().zip(shown) {
            text.extend([line, "\n"]);
            if let Some(hint) = found.hint.as_ref().filter(|_| found.is_problem()) {
                let label = paint(NAME, "hint:");
                text.extend(["      ", &label, " ", &single_line(hint), "\n"]);
            }
        }
        text + "\n" + &self.summary() + "\n"
    }

    fn summary(&self) -> String {
        let count = |state| self.0.iter().filter(|found| found.state == state).count();
        let failures = view::counted(count(State::Fail), "failure");
        let warnings = view::counted(count(State::Warn), "warning");
        match (count(State::Fail), count(State::Warn)) {
            (0, 0) => "no problems found".to_owned(),
            (0, _) => warnings,
            (_, 0) => failures,
            _ => format!("{failures}, {warnings}"),
        }
    }
}

/// A path to paste into a shell.
pub(super) fn quoted(path: &Path) -> String {
    Shell::Sh.quote(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_is_that_of_the_first_failure_that_costs_a_token() {
        let fail = |code| Finding {
            code,
            ..Finding::fail("x", "y")
        };
        let cases: [(&[Finding], u8); 5] = [
            (&[], 0),
            (&[Finding::ok("x", "y"), Finding::warn("x", "y")], 0),
            (&[fail(1)], 1),
            (&[fail(1), fail(4), fail(3)], 4),
            (&[fail(5).into_warning(), fail(3)], 3),
        ];
        for (findings, expected) in cases {
            assert_eq!(Findings(findings.to_vec()).code(), expected, "{findings:?}");
        }
    }

    #[test]
    fn each_finding_is_a_line_and_each_hint_another() {
        let findings = Findings(vec![
            Finding::ok("clock", "right"),
            Finding::ok("secret", "there").of("a"),
            Finding::ok("token", "fresh").of("a"),
            Finding::fail("cache", "no\nplace").hint("type\u{1b} this"),
        ]);
        let plain = |is_named| anstream::adapter::strip_str(&findings.text(is_named)).to_string();
        assert_eq!(
            plain(false),
            "ok    clock  right\nok    token  a: fresh\nfail  cache  no\u{fffd}place\n      \
             hint: type\u{fffd} this\n\n1 failure\n"
        );
        assert!(plain(true).contains("ok    secret  a: there\n"));
    }
}
