//! The interfaces to the surrounding process: environment, clock, sleep, standard streams, and the log.
//!
//! Nothing else in the crate reads the environment or the wall clock, so that a test, or the demonstration in
//! `examples/`, can run the whole program with its own.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Secret;
use crate::time::UnixTime;

/// The environment's variables, looked up one by one: a process may have very many, and a cache hit needs few.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    look_up: &'a dyn Fn(&OsStr) -> Option<OsString>,
}

impl<'a> Environment<'a> {
    /// An environment that looks variables up with this function.
    pub fn new(look_up: &'a dyn Fn(&OsStr) -> Option<OsString>) -> Self {
        Self { look_up }
    }

    /// The variable's value; `None` where it is unset. An empty value is a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<OsString> {
        (self.look_up)(OsStr::new(name))
    }

    /// The variable's value as text, where it is set, not empty, and UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)
            .and_then(|value| value.into_string().ok())
            .filter(|value| !value.is_empty())
    }

    /// The variable's value as a path, where it is set and absolute: the XDG specification ignores others.
    #[must_use]
    pub fn absolute_path(&self, name: &str) -> Option<PathBuf> {
        self.get(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    }
}

/// A warning to the user. It does not make the command fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// What happened, in the grammar of an error: lower case, no final period.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Warning {
    /// A warning without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// The same warning with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Messages while the program works; none holds a secret. The program's own log is [`crate::render::report`].
pub trait Log {
    /// Shows a warning. The same warning is shown only once.
    fn warn(&self, warning: Warning);
    /// Reports a step, for `-v`.
    fn debug(&self, message: &str);
    /// Tells a user at a terminal why `tok` is waiting.
    fn progress(&self, message: &str);
    /// Reports what a long-running command did.
    fn info(&self, _message: &str) {}
    /// Begins a new attempt: warnings that were shown may be shown again.
    fn reset(&self) {}
    /// Writes a line that a CI runner interprets as a command, such as the one that masks a token.
    fn command_runner(&self, _line: &Secret<String>) {}
}

/// Sleep that a signal can end, for long-running commands. The program uses [`crate::os::Sleeper`].
pub trait Sleep {
    /// Installs signal handlers: the first signal ends the sleep, a second one ends the process at once.
    ///
    /// # Errors
    /// Those of the operating system.
    fn listen(&self) -> io::Result<()>;
    /// Sleeps for at most this time. Returns the name of the signal, if one arrived.
    fn sleep(&self, time: Duration) -> Option<&'static str>;
}

/// Everything the program gets from outside, besides its arguments.
pub struct Host<'a> {
    pub environment: Environment<'a>,
    /// Reads the wall clock.
    pub now: &'a dyn Fn() -> UnixTime,
    pub sleep: &'a dyn Sleep,
    pub stdin: &'a mut dyn io::Read,
    pub stdout: &'a mut dyn io::Write,
    pub stderr: &'a mut dyn io::Write,
    pub terminals: Terminals,
}

/// Which of the standard streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminals {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    /// The terminal's width in characters.
    pub width: Option<usize>,
}

/// The width of text where the terminal's is not known.
const DEFAULT_WIDTH: usize = 100;

impl Terminals {
    /// The width of text in characters: `COLUMNS`, as POSIX has it, where that is a positive number, else the
    /// terminal's.
    #[must_use]
    pub fn width(self, environment: Environment<'_>) -> usize {
        environment
            .text("COLUMNS")
            .and_then(|columns| columns.parse().ok())
            .filter(|columns| *columns > 0)
            .or(self.width)
            .unwrap_or(DEFAULT_WIDTH)
    }
}
