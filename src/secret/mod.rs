//! Values that must never be shown, and the places they come from.
//!
//! [`Secret::expose`] is the only way to a value; a test lists the files that may call it. Reading a value from its
//! source is left to [`crate::secret::source`].

mod lookalike;
mod redactor;
pub mod source;

pub use lookalike::{
    looks_like_secret, looks_like_secret_path, looks_like_secret_word, looks_random,
};
pub use redactor::Redactor;

use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// Appends to bytes that are wiped when dropped. A vector that grows by itself leaves what it held behind in freed memory.
pub fn append_wiped(bytes: &mut Zeroizing<Vec<u8>>, more: &[u8]) {
    let length = bytes.len() + more.len();
    if length > bytes.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity((2 * length).max(4096)));
        larger.extend_from_slice(bytes);
        *bytes = larger;
    }
    bytes.extend_from_slice(more);
}

/// A value that is never displayed, serialised or compared by accident, and is wiped when dropped.
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value. The caller is responsible for where it goes.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// Whether the text is empty, which may be asked without exposing it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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

/// Where a secret comes from. Holds no secret itself, but for the literal one.
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
    /// Whether a cache hit may read it: it runs no program.
    pub fn is_cheap(&self) -> bool {
        !matches!(self, Self::Command { .. })
    }

    /// How the source is shown: its kind and where it points, never a value.
    pub fn describe(&self) -> String {
        match self {
            Self::Env { var } if looks_like_secret(var) => "env …".to_owned(),
            Self::Env { var } => format!("env {var}"),
            Self::File { path } => format!("file {path}"),
            Self::Properties { path, key } => {
                format!("properties {path}, key {}", unless_secret(key))
            }
            Self::Command { argv } => {
                let program = argv.first().map_or("", String::as_str);
                format!("command {}", unless_secret(program))
            }
            Self::Value(_) => "value in the profiles file".to_owned(),
        }
    }
}

/// A word as it may be shown: an ellipsis where it looks like a secret.
fn unless_secret(word: &str) -> &str {
    if looks_like_secret_word(word) {
        "…"
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_place_of_a_name_is_not_described() {
        let secret = || "made_up_3f9a8b7c6d5e4f3a2b1c".to_owned();
        let path = || "p".to_owned();
        let sources = [
            (SecretRef::Env { var: secret() }, "env …"),
            (
                SecretRef::Properties {
                    path: path(),
                    key: secret(),
                },
                "properties p, key …",
            ),
            (
                SecretRef::Command {
                    argv: vec![secret()],
                },
                "command …",
            ),
            (SecretRef::Env { var: path() }, "env p"),
        ];
        for (source, expected) in sources {
            assert_eq!(source.describe(), expected);
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::from("hunter2");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        let source = SecretRef::Value(secret);
        assert!(!format!("{source:?} {}", source.describe()).contains("hunter2"));
    }
}
