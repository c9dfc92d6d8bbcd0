//! What is wrong with a profiles file: what, where, and what to write instead; never a value.

use std::fmt;
use std::path::{Path, PathBuf};

use super::node::Node;

/// Where in a profiles file something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    /// From 1; `None`: the file as a whole.
    pub line: Option<u32>,
    /// In characters, from 1; of syntax errors.
    pub column: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        for number in self.line.into_iter().chain(self.column) {
            write!(f, ":{number}")?;
        }
        Ok(())
    }
}

/// Something wrong with a profiles file, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The profile that is wrong; `None`: it is not about one profile.
    pub profile: Option<String>,
    pub place: Option<Place>,
    pub what: String,
    pub hint: Option<String>,
}

impl ConfigError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            profile: None,
            place: None,
            what: what.into(),
            hint: None,
        }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn at(mut self, file: &Path, line: Option<u32>) -> Self {
        self.place = Some(Place {
            file: file.to_owned(),
            line,
            column: None,
        });
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for ConfigError {}

/// Something wrong in a document, which does not know in which file it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) what: String,
    pub(super) hint: Option<String>,
    /// `None`: what is wrong is something missing, or the file as a whole.
    pub(super) line: Option<u32>,
    /// Of syntax errors.
    pub(super) column: Option<u32>,
}

impl Mistake {
    pub(super) fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: Some(hint.into()),
            line: None,
            column: None,
        }
    }

    pub(super) fn at(mut self, node: &Node) -> Self {
        self.line = node.line();
        self
    }

    pub(super) fn is_syntax_error(&self) -> bool {
        self.column.is_some()
    }

    pub(super) fn in_file(self, file: &Path, profile: Option<&str>) -> ConfigError {
        ConfigError {
            profile: profile.map(str::to_owned),
            place: Some(Place {
                file: file.to_owned(),
                line: self.line,
                column: self.column,
            }),
            what: self.what,
            hint: self.hint,
        }
    }
}

/// A value, or everything that is wrong with it.
pub(super) type Read<T> = Result<T, Vec<Mistake>>;

/// All the values, or everything that is wrong with any of them.
pub(super) fn all<T>(values: impl Iterator<Item = Read<T>>) -> Read<Vec<T>> {
    let (mut good, mut mistakes) = (Vec::new(), Vec::new());
    for value in values {
        match value {
            Ok(value) => good.push(value),
            Err(found) => mistakes.extend(found),
        }
    }
    if mistakes.is_empty() {
        Ok(good)
    } else {
        Err(mistakes)
    }
}
