//! What the process is given: environment, clock, standard input, and where warnings go.
//!
//! Nothing else in the crate reads the environment or the wall clock, so a test, or the demonstration in
//! `examples/`, can run the whole program in a world of its own.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::secret::Secret;
use crate::time::UnixTime;

/// Looks environment variables up, one by one: a process may have very many, and a cache hit needs few.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    look_up: &'a dyn Fn(&OsStr) -> Option<OsString>,
    witness: Option<&'a dyn Witness>,
}

/// Is told what an answer hangs on: every variable that is looked up, every file whose contents count.
pub trait Witness {
    /// A variable was looked up; `None`: it is not set.
    fn variable(&self, name: &str, value: Option<&OsStr>);
    /// A file was opened to be read, or could not be. The metadata are those of the open file: its path may lead
    /// elsewhere by now.
    fn file(&self, path: &Path, metadata: Result<&Metadata, &io::Error>);
}

impl<'a> Environment<'a> {
    /// An environment that answers by this function.
    pub fn new(look_up: &'a dyn Fn(&OsStr) -> Option<OsString>) -> Self {
        Self {
            look_up,
            witness: None,
        }
    }

    /// The same environment, with a witness to what is asked of it.
    #[must_use]
    pub fn watched_by(self, witness: &'a dyn Witness) -> Self {
        Self {
            witness: Some(witness),
            ..self
        }
    }

    /// Tells the witness of a file that was read, or that could not be.
    pub fn saw_file(&self, path: &Path, metadata: Result<&Metadata, &io::Error>) {
        if let Some(witness) = self.witness {
            witness.file(path, metadata);
        }
    }

    /// The variable's value; `None` where it is unset. An empty value is a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<OsString> {
        let value = (self.look_up)(OsStr::new(name));
        if let Some(witness) = self.witness {
            witness.variable(name, value.as_deref());
        }
        value
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
    /// Whether there was anything to warn of.
    fn has_warned(&self) -> bool {
        false
    }
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
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Noting(RefCell<Vec<String>>);

    impl Witness for Noting {
        fn variable(&self, name: &str, value: Option<&OsStr>) {
            self.0.borrow_mut().push(format!("{name} {value:?}"));
        }
        fn file(&self, path: &Path, metadata: Result<&Metadata, &io::Error>) {
            self.0
                .borrow_mut()
                .push(format!("{} {}", path.display(), metadata.is_ok()));
        }
    }

    #[test]
    fn a_witness_is_told_of_every_look_up() {
        let look_up = |name: &OsStr| (name == "SET").then(|| OsString::from("value"));
        let noting = Noting::default();
        let environment = Environment::new(&look_up).watched_by(&noting);
        assert_eq!(environment.text("SET").as_deref(), Some("value"));
        assert_eq!(environment.absolute_path("UNSET"), None);
        environment.saw_file(Path::new("/absent"), Err(&io::ErrorKind::NotFound.into()));
        assert_eq!(
            *noting.0.borrow(),
            [r#"SET Some("value")"#, "UNSET None", "/absent false"]
        );
    }
}
