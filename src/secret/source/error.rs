//! Why a value is not available, and what to do about it.

use std::io::ErrorKind;

/// Why the value of a field is not available. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {error}")]
pub struct SecretError {
    /// The key of the profile: `client_secret`, `params.tenant`.
    pub field: String,
    pub error: SourceError,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("environment variable `{0}` is not set")]
    Unset(String),
    /// The text in place of a variable's name may be the secret itself.
    #[error("no environment variable has that name, which looks like a secret itself")]
    NameLooksLikeSecret,
    #[error("`${{{0}}}` is set neither in the profile's `vars` nor in the environment")]
    UnsetTemplate(String),
    #[error("{0} is empty")]
    Empty(String),
    #[error("{0} is not valid UTF-8")]
    NotUtf8(String),
    #[error("cannot read `{path}`: {reason}")]
    File {
        path: String,
        reason: String,
        kind: ErrorKind,
    },
    #[error("`{path}` has no key `{key}`")]
    NoKey {
        path: String,
        key: String,
        near: Option<String>,
    },
    #[error("line {line} of `{path}` has a malformed `\\u` escape")]
    BadEscape { path: String, line: usize },
    #[error("the home directory for `~` is unknown")]
    NoHome,
    #[error("command `{command}` {reason}")]
    Command {
        /// Program and arguments as they may be shown.
        command: String,
        reason: String,
        is_missing: bool,
    },
}

impl SourceError {
    /// The error of this field.
    pub fn of(self, field: &str) -> SecretError {
        SecretError {
            field: field.to_owned(),
            error: self,
        }
    }

    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unset(var) => {
                return Some(format!("type `export {var}=…`, or use another source"));
            }
            Self::NameLooksLikeSecret => {
                "write the name of a variable; for the secret itself write `{ value = \"…\" }`"
            }
            Self::UnsetTemplate(name) => {
                return Some(format!(
                    "write `vars = {{ {name} = \"…\" }}` in the profile, or `export {name}=…`"
                ));
            }
            Self::Empty(_) => {
                "an empty value is taken for a mistake: set it, or use another source"
            }
            Self::NoKey {
                near: Some(near), ..
            } => return Some(format!("did you mean `{near}`?")),
            Self::NoKey { .. } => "keys of a .properties file are case-sensitive",
            Self::File { kind, .. } => match kind {
                ErrorKind::NotFound => {
                    "a relative path starts at the directory of the profiles file"
                }
                ErrorKind::PermissionDenied => {
                    "the user that runs `tok` must be able to read it: check it with `ls -l`"
                }
                _ => return None,
            },
            Self::NoHome => "set `HOME`, or write the whole path",
            Self::Command {
                command,
                is_missing: true,
                ..
            } => {
                if command.starts_with('~') || command.contains('$') {
                    "no shell reads it, so `~` and `${NAME}` are not expanded: write the whole path"
                } else {
                    "is it installed, and is its directory in `PATH`?"
                }
            }
            Self::Command { .. } => {
                "run it by hand: it must print the secret, and nothing else, on one line"
            }
            Self::NotUtf8(_) | Self::BadEscape { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
