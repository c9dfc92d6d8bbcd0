//! What the process is given: environment, clock, sleep and standard streams; and where log messages go.
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
    /// An environment that answers by this function.
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

/// What the user should know although the command succeeded.
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
    /// Something that the user should know. The same warning is shown once.
    fn warn(&self, warning: Warning);
    /// A step taken, for `-v`.
    fn debug(&self, message: &str);
    /// What is waited for, for a person at a terminal.
    fn progress(&self, message: &str);
    /// What a long-running command did.
    fn info(&self, _message: &str) {}
    /// New work begins: warnings that were shown may be shown again.
    fn reset(&self) {}
    /// A line that a CI runner takes for a command, such as the one that masks a token.
    fn command_runner(&self, _line: &Secret<String>) {}
}

/// How a long-running command sleeps, and learns that it is to end. The program's own is [`crate::os::Sleeper`].
pub trait Sleep {
    /// From now on a signal that asks the process to end is noted; a second one ends it at once.
    ///
    /// # Errors
    /// Those of the operating system.
    fn listen(&self) -> io::Result<()>;
    /// Sleeps for at most this time. Returns the name of a signal that asked the process to end meanwhile.
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
