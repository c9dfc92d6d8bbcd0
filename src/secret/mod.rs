//! Values that must never be shown, and the places they come from.
//!
//! [`Secret`] has one door, [`Secret::expose`]; a test lists the files that may open it. This module leaves
//! fetching a value from its source to [`crate::secret::source`].

mod redactor;
pub mod source;

pub use redactor::Redactor;

use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};

use zeroize::{Zeroize, Zeroizing, zeroize_bytes};

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
    /// Takes a value into custody.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The one door: whoever calls this answers for where the value goes.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// Whether there is no character in it: all that can be asked without opening the door.
    #[must_use]
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

/// Bytes that are wiped when dropped, all at once: [`Zeroizing`] wipes a vector byte by byte, at four instructions each,
/// which tells where there are many.
#[derive(Default)]
pub struct WipedBytes(Vec<u8>);

impl WipedBytes {
    /// Takes bytes into custody.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The same bytes as text, in the same place.
    ///
    /// # Errors
    /// They are not UTF-8.
    pub fn into_text(mut self) -> Result<WipedText, Self> {
        String::from_utf8(mem::take(&mut self.0))
            .map(WipedText)
            .map_err(|error| Self(error.into_bytes()))
    }
}

impl Deref for WipedBytes {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for WipedBytes {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for WipedBytes {
    fn drop(&mut self) {
        // What is behind the last byte may have been one before.
        self.0.resize(self.0.capacity(), 0);
        zeroize_bytes(&mut self.0);
    }
}

/// Text that is wiped when dropped, all at once.
#[derive(Default)]
pub struct WipedText(String);

impl WipedText {
    /// Takes text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Takes this off the beginning, if it is there.
    pub fn strip_prefix(&mut self, prefix: &str) {
        if self.0.starts_with(prefix) {
            self.0.drain(..prefix.len());
        }
    }
}

impl Deref for WipedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for WipedText {
    fn drop(&mut self) {
        drop(WipedBytes(mem::take(&mut self.0).into_bytes()));
    }
}

/// Long, of letters and digits mixed, and without a word's or an address's structure.
#[must_use]
pub fn looks_random(value: &str) -> bool {
    let has = |kind: fn(&char) -> bool| value.chars().any(|character| kind(&character));
    value.len() >= 20
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(&byte))
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
}

/// Whether the name of a variable is more likely the secret itself, put where the name belongs: no long name of one
/// mixes small letters and digits, or has a space in it.
#[must_use]
pub fn looks_like_secret(name: &str) -> bool {
    let is_small = name.contains(|character: char| character.is_ascii_lowercase());
    (looks_random(name) && is_small) || name.contains(char::is_whitespace)
}

/// Whether what should be a file's path is more likely the secret itself: a path with such a name has a directory before
/// it, or an ending behind it.
#[must_use]
pub fn is_no_path(path: &str) -> bool {
    let has_ending = path
        .rsplit_once('.')
        .is_some_and(|(_, ending)| ending.len() <= 5);
    let digits = path.bytes().filter(u8::is_ascii_digit).count();
    // What fills up base64 ends no path.
    let is_padded = path.ends_with('=');
    looks_random(path) && digits >= 4 && (is_padded || !has_ending && !path.contains(['/', '~']))
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
            Self::Env { var } if looks_like_secret(var) => "env …".to_owned(),
            Self::Env { var } => format!("env {var}"),
            Self::File { path } => format!("file {path}"),
            Self::Properties { path, key } => format!("properties {path}, key {key}"),
            Self::Command { argv } => {
                format!("command {}", argv.first().map_or("", String::as_str))
            }
            Self::Value(_) => "value in the profiles file".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_place_of_a_variables_name_is_not_shown() {
        let shown = |var: &str| {
            SecretRef::Env {
                var: var.to_owned(),
            }
            .describe()
        };
        for name in [
            "X",
            "COMPANY_STAGING_CLIENT_SECRET_2",
            "company_staging_client_secret",
            "short1",
        ] {
            assert_eq!(shown(name), format!("env {name}"));
        }
        for secret in [
            "made_up_3f9a8b7c6d5e4f3a2b1c",
            "sk-madeUp/0123456789abc==",
            "Bearer made.up",
        ] {
            assert_eq!(shown(secret), "env …");
        }
    }

    #[test]
    fn a_secret_is_no_path() {
        for secret in [
            "made_up_3f9a8b7c6d5e4f3a2b1c",
            "madeUp/0123456789abc==",
            "eyJhbGciOiJub25lIn0.eyJleHAiOjE4MDB9.c2lnbmF0dXJl",
        ] {
            assert!(is_no_path(secret), "{secret}");
        }
        for path in [
            "client-secret-of-staging-2",
            "secrets-2024-01-02-staging.txt",
            "./3f9a8b7c6d5e4f3a2b1c0d",
            "/run/secrets/3f9a8b7c6d5e4f3a2b1c0d",
            "secret",
        ] {
            assert!(!is_no_path(path), "{path}");
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
