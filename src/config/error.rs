//! What is wrong with a profiles file: what, where, and what to write instead; never a value.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in the profiles file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: PathBuf,
    /// From 1; `None`: the file as a whole.
    pub line: Option<u32>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        self.line.map_or(Ok(()), |line| write!(f, ":{line}"))
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The profile in which it stands, where it stands in one.
    pub profile: Option<String>,
    pub place: Option<Place>,
    pub what: String,
    pub hint: Option<String>,
    /// That the profile asked for is not there at all.
    pub is_unknown_profile: bool,
}

impl ConfigError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            profile: None,
            place: None,
            what: what.into(),
            hint: None,
            is_unknown_profile: false,
        }
    }

    /// A URL that somebody asks a token for, and that `[credentials]` does not name.
    #[must_use]
    pub fn not_mapped(url: &str) -> Self {
        Self::new(format!("`[credentials]` has no profile for `{url}`"))
            .hint("name it there, or call this helper for other hosts only")
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub(crate) fn profile(mut self, name: &str) -> Self {
        self.profile.get_or_insert_with(|| name.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn at(mut self, file: &Path, line: Option<u32>) -> Self {
        self.place.get_or_insert_with(|| Place {
            file: file.to_owned(),
            line,
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
