//! Values that must never be shown, and the places they come from.
//!
//! [`Secret`] has one door, [`Secret::expose`]; a test lists the files that may open it. This module leaves
//! fetching a value from its source to [`crate::secret_source`].

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A value that is never displayed, serialised or compared by accident, and is wiped when dropped.
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes a value into custody.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The one door: whoever calls this answers for where the value goes.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl From<String> for Secret<String> {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

/// Where a secret is to be had. Holds no secret itself, but for the literal one.
#[derive(Clone, Debug)]
pub enum SecretRef {
    /// `{ env = "VAR" }`: the value of an environment variable.
    Env { var: String },
    /// `{ file = "path" }`: a file's contents, less one trailing newline.
    File { path: String },
    /// `{ properties = "path", key = "a.b" }`: one key of a Java `.properties` file.
    Properties { path: String, key: String },
    /// `{ command = ["argv", …] }`: the one line that a command prints.
    Command { argv: Vec<String> },
    /// `{ value = "…" }`: written in the profiles file itself.
    Value(Secret<String>),
}

impl SecretRef {
    /// How the source is named to people: its kind and where it points, never a value.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Env { var } => format!("env {var}"),
            Self::File { path } => format!("file {path}"),
            Self::Properties { path, key } => format!("properties {path}, key {key}"),
            Self::Command { argv } => format!("command {}", argv.first().map_or("", String::as_str)),
            Self::Value(_) => "value in the profiles file".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::from("hunter2");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        let source = SecretRef::Value(secret);
        assert!(!format!("{source:?} {}", source.describe()).contains("hunter2"));
    }
}
