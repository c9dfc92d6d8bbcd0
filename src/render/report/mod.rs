//! The only file that writes standard error: errors, warnings, notices and details, as text or as JSON.

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

/// How errors and warnings are written, and which.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    pub json: bool,
    /// Text in colour.
    pub colour: bool,
    /// No warnings.
    pub quiet: bool,
    /// Details too.
    pub verbose: bool,
    /// Progress messages too: standard error is a terminal.
    pub progress: bool,
}

/// Writes standard error. A standard error that cannot be written is ignored.
pub struct Reporter<'a> {
    stderr: RefCell<&'a mut dyn Write>,
    style: Style,
    /// The warnings so far: each is written once.
    warned: RefCell<BTreeSet<String>>,
}

#[derive(Serialize)]
struct JsonError<'a> {
    code: u8,
    kind: &'static str,
    /// `null` for an error outside of any profile.
    profile: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

/// A warning or notice.
#[derive(Serialize)]
struct JsonMessage<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
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

    /// Writes errors.
    pub fn errors(&self, errors: &[ErrorSummary]) {
        for (index, error) in errors.iter().enumerate() {
            if index > 0 && !self.style.json {
                self.write("\n");
            }
            self.error(error);
        }
    }

    /// Writes an error.
    pub fn error(&self, error: &ErrorSummary) {
        let message = single_line(&error.message);
        let hint = error.hint.as_deref().map(single_line);
        let profile = error.profile.as_deref();
        if self.style.json {
            self.write_json(&JsonError {
                code: error.code(),
                kind: error.kind.as_str(),
                profile,
                message: &message,
                hint: hint.as_deref(),
                retry_after: error.retry_after,
            });
            return;
        }
        let label = self.label("error", "31");
        let context = profile
            .map(|name| format!("profile `{name}`"))
            .filter(|context| !message.contains(context.as_str()))
            .map_or_else(String::new, |context| context + ": ");
        let hint = hint.map_or_else(String::new, |hint| {
            format!("\n{} {hint}\n", self.label("hint", "36"))
        });
        self.write(&format!("{label} {context}{message}\n{hint}"));
    }

    /// Writes text as it is.
    pub fn plain(&self, text: &str) {
        self.write(text);
    }

    fn label(&self, label: &str, colour: &str) -> String {
        if self.style.colour {
            format!("\u{1b}[1;{colour}m{label}:\u{1b}[0m")
        } else {
            format!("{label}:")
        }
    }

    fn write_json(&self, value: &impl Serialize) {
        if let Ok(line) = serde_json::to_string(value) {
            self.write(&(line + "\n"));
        }
    }

    fn write(&self, text: &str) {
        let mut stderr = self.stderr.borrow_mut();
        let _ = stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush());
    }
}

impl Log for Reporter<'_> {
    fn warn(&self, warning: Warning) {
        if self.style.quiet || !self.warned.borrow_mut().insert(warning.message.clone()) {
            return;
        }
        let message = single_line(&warning.message);
        let hint = warning.hint.as_deref().map(single_line);
        if self.style.json {
            self.write_json(&JsonMessage {
                kind: "warning",
                message: &message,
                hint: hint.as_deref(),
            });
            return;
        }
        let hint = hint.map_or_else(String::new, |hint| {
            format!("{} {hint}\n", self.label("hint", "36"))
        });
        self.write(&format!(
            "{} {message}\n{hint}",
            self.label("warning", "33")
        ));
    }

    fn info(&self, message: &str) {
        let message = single_line(message);
        if self.style.quiet {
        } else if self.style.json {
            self.write_json(&JsonMessage {
                kind: "notice",
                message: &message,
                hint: None,
            });
        } else {
            self.write(&(message + "\n"));
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

    /// Written with `--quiet` and in JSON mode too: a token that is not masked stays in the log for good.
    fn command_runner(&self, line: &Secret<String>) {
        self.write(line.expose());
    }

    fn debug(&self, message: &str) {
        if self.style.verbose && !self.style.json {
            self.write(&format!("tok: {}\n", single_line(message)));
        }
    }
}
