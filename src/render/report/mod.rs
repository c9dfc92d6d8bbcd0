//! The only file that writes standard error. Walks the chain of an error once and decides its message, its
//! hint and its exit code.

mod kind;
mod summary;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;

use crate::host::{Log, Warning};
use crate::secret::Secret;
use crate::text::single_line;
pub use kind::Kind;
pub use summary::{ErrorSummary, classify};

/// How errors and warnings are written, and how many.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub json: bool,
    /// Text in colour.
    pub colour: bool,
    /// No warnings.
    pub quiet: bool,
    /// Details too.
    pub verbose: bool,
    /// Somebody is looking: say what is waited for.
    pub progress: bool,
}

/// Writes standard error.
pub struct Reporter<'a> {
    stderr: RefCell<&'a mut dyn Write>,
    style: Style,
    /// What was warned of already: one trouble may be met more than once on the way.
    warned: RefCell<BTreeSet<String>>,
}

#[derive(Serialize)]
struct WrittenWarning<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

#[derive(Serialize)]
struct WrittenError<'a> {
    code: u8,
    kind: Kind,
    /// Always there, `null` where the error is of no profile.
    profile: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl<'a> Reporter<'a> {
    /// A reporter on this stream.
    pub fn new(stderr: &'a mut dyn Write, style: Style) -> Self {
        Self {
            stderr: RefCell::new(stderr),
            style,
            warned: RefCell::default(),
        }
    }

    /// Writes an error: the last thing that the program says.
    pub fn error(&self, report: &ErrorSummary) {
        let ErrorSummary {
            kind,
            profile,
            retry_after,
            ..
        } = report;
        let (message, hint) = (
            &single_line(&report.message),
            &report.hint.as_deref().map(single_line),
        );
        let text = if self.style.json {
            json(&WrittenError {
                code: report.code(),
                kind: *kind,
                profile: profile.as_deref(),
                message,
                hint: hint.as_deref(),
                retry_after: *retry_after,
            })
        } else {
            let label = self.label("error", "31");
            let frame = |name: &String| format!("profile `{name}`");
            let profile = profile
                .as_ref()
                .map(frame)
                .filter(|frame| !message.contains(frame.as_str()));
            let profile = profile.map(|frame| frame + ": ").unwrap_or_default();
            let hint = hint
                .as_ref()
                .map(|hint| format!("\n{} {hint}\n", self.label("hint", "36")))
                .unwrap_or_default();
            format!("{label} {profile}{message}\n{hint}")
        };
        self.write(&text);
    }

    /// Writes text that is ready, such as the help that goes with a wrong command line.
    pub fn plain(&self, text: &str) {
        self.write(text);
    }

    fn label(&self, word: &str, colour: &str) -> String {
        if self.style.colour {
            format!("\u{1b}[1;{colour}m{word}:\u{1b}[0m")
        } else {
            format!("{word}:")
        }
    }

    /// Nothing can be said of a standard error that cannot be written.
    fn write(&self, text: &str) {
        let mut stderr = self.stderr.borrow_mut();
        let _ = stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush());
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .map(|line| line + "\n")
        .unwrap_or_default()
}

impl Log for Reporter<'_> {
    fn warn(&self, warning: Warning) {
        if self.style.quiet || !self.warned.borrow_mut().insert(warning.message.clone()) {
            return;
        }
        let (message, hint) = (
            &single_line(&warning.message),
            &warning.hint.as_deref().map(single_line),
        );
        let text = if self.style.json {
            json(&WrittenWarning {
                kind: "warning",
                message,
                hint: hint.as_deref(),
            })
        } else {
            let hint = hint
                .as_ref()
                .map(|hint| format!("{} {hint}\n", self.label("hint", "36")))
                .unwrap_or_default();
            format!("{} {message}\n{hint}", self.label("warning", "33"))
        };
        self.write(&text);
    }

    fn info(&self, message: &str) {
        let message = single_line(message);
        if !self.style.quiet {
            self.write(&if self.style.json {
                json(&serde_json::json!({ "kind": "notice", "message": message }))
            } else {
                format!("{message}\n")
            });
        }
    }

    fn reset(&self) {
        self.warned.borrow_mut().clear();
    }

    fn progress(&self, message: &str) {
        if self.style.progress && !self.style.quiet && !self.style.json {
            self.write(&format!("{message}\n"));
        }
    }

    /// Whatever else is asked for, quiet or JSON: a token that is not masked stands in the log for good.
    fn command_runner(&self, line: &Secret<String>) {
        self.write(line.expose());
    }

    fn debug(&self, message: &str) {
        if self.style.verbose && !self.style.json {
            self.write(&format!("tok: {}\n", single_line(message)));
        }
    }
}
