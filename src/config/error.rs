//! What is wrong with a profiles file: what, where, and what to write instead; never a value.

use std::fmt;
use std::path::{Path, PathBuf};

use super::node::Node;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The profile that is wrong; `None`: it is not about one profile.
    pub profile: Option<String>,
    pub file: Option<PathBuf>,
    /// From 1; `None`: the file as a whole, or something that is missing.
    pub line: Option<u32>,
    /// In characters, from 1; of syntax errors.
    pub column: Option<u32>,
    pub what: String,
    pub hint: Option<String>,
}

impl ConfigError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            profile: None,
            file: None,
            line: None,
            column: None,
            what: what.into(),
            hint: None,
        }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn at(mut self, node: &Node) -> Self {
        self.line = node.line();
        self
    }

    pub(super) fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    pub(super) fn in_profile(mut self, name: &str) -> Self {
        self.profile = Some(name.to_owned());
        self
    }

    pub(super) fn is_syntax_error(&self) -> bool {
        self.column.is_some()
    }

    /// The order of the file.
    pub(super) fn position(&self) -> (Option<u32>, Option<u32>) {
        (self.line, self.column)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            for number in self.line.into_iter().chain(self.column) {
                write!(f, ":{number}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for ConfigError {}

/// A value, or everything that is wrong with it.
pub(super) type Checked<T> = Result<T, Vec<ConfigError>>;

/// All the values, or everything that is wrong with any of them.
pub(super) fn all<T, C: FromIterator<T>>(values: impl Iterator<Item = Checked<T>>) -> Checked<C> {
    let mut errors = Vec::new();
    let good = values.filter_map(|value| value.map_err(|found| errors.extend(found)).ok());
    let good = good.collect();
    if errors.is_empty() {
        Ok(good)
    } else {
        Err(errors)
    }
}
