//! Fetches values from where a profile says they are: environment, files, `.properties` files, commands.
//! Fills in `${NAME}`.

mod command;
mod env;
mod file;
mod properties;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::host::Environment;
use crate::os;
use crate::secret::{Secret, SecretRef, looks_like_secret};
use crate::template::Template;
pub use command::TimeLimit;

/// Why a value cannot be had. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {trouble}")]
pub struct SecretError {
    /// The key of the profile: `client_secret`, `params.tenant`.
    pub field: String,
    pub trouble: Trouble,
}

/// What is the matter with a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("environment variable `{0}` is not set")]
    Unset(String),
    /// What stands where the name of a variable belongs may be the secret itself.
    #[error("there is no environment variable of that name, which looks like a secret itself")]
    NoVariable,
    #[error("`${{{0}}}` is not set, neither in the profile's `vars` nor in the environment")]
    UnsetVariable(String),
    #[error("{0} is empty")]
    Empty(String),
    #[error("{0} is not valid UTF-8")]
    NotUtf8(String),
    #[error("cannot read `{path}`: {why}")]
    File { path: String, why: String },
    #[error("`{path}` has no key `{key}`")]
    NoKey {
        path: String,
        key: String,
        near: Option<String>,
    },
    #[error("line {line} of `{path}` has a malformed `\\u` escape")]
    BadEscape { path: String, line: usize },
    #[error("there is no home directory for `~`")]
    NoHome,
    #[error("command `{program}` {what}")]
    Command {
        program: String,
        what: String,
        is_missing: bool,
    },
}

impl Trouble {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unset(var) => Some(format!("type `export {var}=…`, or name another source")),
            Self::NoVariable => {
                Some("write the name of a variable; a secret itself stands as `{ value = \"…\" }`".into())
            }
            Self::UnsetVariable(name) => {
                Some(format!("write `vars = {{ {name} = \"…\" }}` in the profile, or `export {name}=…`"))
            }
            Self::Empty(_) => {
                Some("an empty value is taken for a mistake; set it, or name another source".into())
            }
            Self::NoKey { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::NoKey { .. } => Some("keys of a .properties file are case-sensitive".into()),
            Self::File { why, .. } if why.starts_with("no such file") => {
                Some("a relative path begins at the directory of the profiles file".into())
            }
            Self::File { why, .. } if why.starts_with("permission denied") => {
                Some("who runs `tok` must be able to read it: look at `ls -l`".into())
            }
            Self::NoHome => Some("set `HOME`, or write the whole path".into()),
            Self::Command { program, is_missing: true, .. } if program.contains(['~', '$']) => {
                Some("no shell reads it: `~` and `${NAME}` mean nothing there; write the whole path".into())
            }
            Self::Command { is_missing: true, .. } => {
                Some("is it installed, and its directory in `PATH`?".into())
            }
            Self::Command { .. } => {
                Some("run it by hand and see what it says: it must print the secret, and nothing else, on one line".into())
            }
            // These say all that there is to say.
            Self::File { .. } | Self::NotUtf8(_) | Self::BadEscape { .. } => None,
        }
    }
}

/// How much of a value's source may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Environment, files and literals: what a cache hit may look at.
    WithoutCommands,
    /// Commands too, for no longer than this together.
    Full { time_limit: TimeLimit },
}

/// Every entry of a `.properties` file's text, in order, unescaped.
///
/// # Errors
/// The number of the line, from 1, that has a malformed `\\u` escape.
pub fn parse_properties(text: &str) -> Result<Vec<(String, zeroize::Zeroizing<String>)>, usize> {
    properties::parse(text).map_err(|bad| bad.line)
}

/// Where values are looked up for one profile.
pub struct Resolver<'a> {
    pub environment: Environment<'a>,
    pub vars: &'a BTreeMap<String, String>,
    /// The directory at which relative paths begin.
    pub base: &'a Path,
}

impl Resolver<'_> {
    /// Fills in a text.
    ///
    /// # Errors
    /// A variable is set neither in the profile nor in the environment, or is empty.
    pub fn fill(&self, field: &str, template: &Template) -> Result<String, SecretError> {
        let look_up = |name: &str| self.variable(name);
        template.fill(&look_up).map_err(|unset| {
            let is_set = self.environment.get(&unset.0).is_some();
            let trouble = if looks_like_secret(&unset.0) {
                Trouble::NoVariable
            } else if is_set {
                Trouble::Empty(format!("`${{{}}}`", unset.0))
            } else {
                Trouble::UnsetVariable(unset.0)
            };
            SecretError {
                field: field.to_owned(),
                trouble,
            }
        })
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.vars
            .get(name)
            .cloned()
            .or_else(|| self.environment.text(name))
    }

    /// A path with `~` and `${NAME}` filled in, absolute.
    ///
    /// # Errors
    /// As [`Resolver::fill`]; or there is no home directory.
    pub fn path(&self, field: &str, template: &Template) -> Result<PathBuf, SecretError> {
        let text = self.fill(field, template)?;
        let path = match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                let home = os::home(self.environment).ok_or_else(|| SecretError {
                    field: field.to_owned(),
                    trouble: Trouble::NoHome,
                })?;
                home.join(rest.trim_start_matches('/'))
            }
            _ => PathBuf::from(text),
        };
        Ok(self.base.join(path))
    }

    /// The path of a source's file, absolute.
    ///
    /// # Errors
    /// As [`Resolver::path`].
    pub fn path_of(&self, field: &str, text: &str) -> Result<PathBuf, SecretError> {
        // The profile was checked: a template that cannot be read is a path without places.
        self.path(
            field,
            &Template::parse(text).unwrap_or_else(|_| Template::literal(text)),
        )
    }

    /// The value of a source; `None` where having it takes a command and the effort allows none.
    ///
    /// # Errors
    /// [`SecretError`], which names the field and the source.
    pub fn resolve(
        &self,
        field: &str,
        source: &SecretRef,
        effort: Effort,
    ) -> Result<Option<Secret<String>>, SecretError> {
        let failed = |trouble| SecretError {
            field: field.to_owned(),
            trouble,
        };
        let value = match (source, effort) {
            (SecretRef::Env { var }, _) => env::read(self.environment, var).map_err(failed)?,
            (SecretRef::File { path }, _) => {
                file::read(&self.path_of(field, path)?).map_err(failed)?
            }
            (SecretRef::Properties { path, key }, _) => {
                properties::read(&self.path_of(field, path)?, key).map_err(failed)?
            }
            (SecretRef::Value(value), _) if value.is_empty() => {
                return Err(failed(Trouble::Empty(
                    "`value` in the profiles file".to_owned(),
                )));
            }
            (SecretRef::Value(value), _) => value.clone(),
            (SecretRef::Command { .. }, Effort::WithoutCommands) => return Ok(None),
            (SecretRef::Command { argv }, Effort::Full { time_limit }) => {
                command::read(argv, time_limit).map_err(failed)?
            }
        };
        Ok(Some(value))
    }

    /// What a source is, for the cache key: where it points, with `${NAME}` filled in; never what it holds.
    ///
    /// # Errors
    /// As [`Resolver::path`].
    pub fn identity(&self, field: &str, source: &SecretRef) -> Result<String, SecretError> {
        Ok(match source {
            SecretRef::Env { var } => format!("env:{var}"),
            SecretRef::File { path } => format!("file:{}", self.path_of(field, path)?.display()),
            SecretRef::Properties { path, key } => {
                format!("properties:{}#{key}", self.path_of(field, path)?.display())
            }
            SecretRef::Command { argv } => {
                let quoted: Vec<String> = argv.iter().map(|word| format!("{word:?}")).collect();
                format!("command:{}", quoted.join(" "))
            }
            SecretRef::Value(_) => "value".to_owned(),
        })
    }
}
