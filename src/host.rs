//! What the process is given: environment, clock, standard input, and where warnings go.
//!
//! Nothing else in the crate reads the environment or the wall clock, so a test, or the demonstration in
//! `examples/`, can run the whole program in a world of its own.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Secret;
use crate::time::UnixTime;

/// Looks environment variables up, one by one: a process may have very many, and a cache hit needs few.
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

/// One thing that a person should know although the answer could be given.
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

/// Where warnings and details go while the program works. The program's own is in [`crate::render::report`].
pub trait Log {
    /// Something to know although it went well in the end.
    fn warn(&self, warning: Warning);
    /// A step taken, for `-v`; never a secret.
    fn debug(&self, message: &str);
    /// Why it takes so long, for a person at a terminal.
    fn progress(&self, message: &str);
    /// What was done, by a program that goes on for long; no warning.
    fn info(&self, _message: &str) {}
    /// Another piece of work begins: what was warned of before may be warned of again.
    fn reset(&self) {}
    /// A line that a CI runner obeys: the one kind of line that begins as its commands do.
    fn command_runner(&self, _line: &Secret<String>) {}
}

/// How a program that goes on for long sleeps, and how it learns that it is to end. The program's own is in
/// [`crate::os`].
pub trait Sleep {
    /// From now on a signal that asks the process to end is noted in place of ending it; a second one ends it at once.
    ///
    /// # Errors
    /// Those of the operating system.
    fn listen(&self) -> io::Result<()>;
    /// Sleeps for so long at the most. Where the process is asked to end, the answer is the name of the signal.
    fn sleep(&self, time: Duration) -> Option<&'static str>;
}

/// Everything the program gets from outside, besides its arguments.
pub struct Host<'a> {
    /// The environment.
    pub environment: Environment<'a>,
    /// Reads the wall clock.
    pub now: &'a dyn Fn() -> UnixTime,
    /// Sleeps, until a time or a signal.
    pub sleep: &'a dyn Sleep,
    /// Standard input.
    pub stdin: &'a mut dyn io::Read,
    /// Standard output.
    pub stdout: &'a mut dyn io::Write,
    /// Standard error.
    pub stderr: &'a mut dyn io::Write,
    /// Which of standard input, output and error are terminals; asked only when it matters.
    pub terminals: &'a dyn Fn() -> Terminals,
}

/// Which of the standard streams are terminals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminals {
    /// Standard input is a terminal.
    pub stdin: bool,
    /// Standard output is a terminal.
    pub stdout: bool,
    /// Standard error is a terminal.
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
