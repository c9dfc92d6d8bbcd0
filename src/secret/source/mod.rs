//! Reads the values of secret sources, one file per source, and fills in `${NAME}`.

mod command;
mod env;
mod error;
mod file;
mod properties;
mod value;

pub use command::{TimeLimit, show_argv};
pub use error::{SecretError, SourceError};
pub use properties::parse as parse_properties;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::host::Environment;
use crate::os;
use crate::secret::{Secret, SecretRef, looks_like_secret};
use crate::template::Template;

/// Where values are looked up for one profile.
pub struct Resolver<'a> {
    pub environment: Environment<'a>,
    pub vars: &'a BTreeMap<String, String>,
    /// The directory to which relative paths refer.
    pub base: &'a Path,
}

impl Resolver<'_> {
    /// The value of a source.
    ///
    /// # Errors
    /// [`SecretError`], which names the field and the source.
    pub fn read(
        &self,
        field: &str,
        source: &SecretRef,
        time_limit: TimeLimit,
    ) -> Result<Secret<String>, SecretError> {
        match source {
            SecretRef::Env { var } => env::read(self.environment, var),
            SecretRef::File { path } => file::read(&self.path_of(field, path)?),
            SecretRef::Properties { path, key } => {
                properties::read(&self.path_of(field, path)?, key)
            }
            SecretRef::Command { argv } => command::read(argv, time_limit),
            SecretRef::Value(value) => value::read(value),
        }
        .map_err(|error| error.of(field))
    }

    /// The value of a source that a cache hit may read; `None` for another.
    pub fn read_if_cheap(
        &self,
        field: &str,
        source: &SecretRef,
    ) -> Result<Option<Secret<String>>, SecretError> {
        if !source.is_cheap() {
            return Ok(None);
        }
        // A cheap source starts no command that could take time.
        let time_limit = TimeLimit::begin(Duration::ZERO);
        self.read(field, source, time_limit).map(Some)
    }

    /// A source's part of the cache key: where it points, with `${NAME}` filled in; never the secret.
    pub fn identity(&self, field: &str, source: &SecretRef) -> Result<String, SecretError> {
        Ok(match source {
            SecretRef::Env { var } => format!("env:{var}"),
            SecretRef::File { path } => format!("file:{}", self.path_of(field, path)?.display()),
            SecretRef::Properties { path, key } => {
                format!("properties:{}#{key}", self.path_of(field, path)?.display())
            }
            SecretRef::Command { argv } => format!("command:{argv:?}"),
            SecretRef::Value(_) => "value".to_owned(),
        })
    }

    /// Fills in a text.
    ///
    /// # Errors
    /// A variable is set neither in the profile nor in the environment, or is empty.
    pub fn fill(&self, field: &str, template: &Template) -> Result<String, SecretError> {
        let look_up = |name: &str| {
            let var = self.vars.get(name).cloned();
            var.or_else(|| self.environment.text(name))
        };
        template.fill(&look_up).map_err(|unset| {
            let name = unset.0;
            if looks_like_secret(&name) {
                SourceError::NameLooksLikeSecret
            } else if self.environment.get(&name).is_some() {
                SourceError::Empty(format!("`${{{name}}}`"))
            } else {
                SourceError::UnsetTemplate(name)
            }
            .of(field)
        })
    }

    /// A path with `~` and `${NAME}` filled in, absolute.
    ///
    /// # Errors
    /// As [`Resolver::fill`]; or the home directory is unknown.
    pub fn path(&self, field: &str, template: &Template) -> Result<PathBuf, SecretError> {
        let text = self.fill(field, template)?;
        let path = match text.strip_prefix('~') {
            Some(rest) if rest.is_empty() || rest.starts_with(std::path::is_separator) => {
                let home = os::home(self.environment);
                let home = home.ok_or_else(|| SourceError::NoHome.of(field))?;
                home.join(rest.trim_start_matches(std::path::is_separator))
            }
            _ => PathBuf::from(text),
        };
        Ok(self.base.join(path))
    }

    /// The path of a source's file, absolute.
    pub fn path_of(&self, field: &str, text: &str) -> Result<PathBuf, SecretError> {
        // The profile is valid: what cannot be parsed has no variables.
        let template = Template::parse(text).unwrap_or_else(|_| Template::literal(text));
        self.path(field, &template)
    }
}

/// What a source gave, without a byte order mark, which editors on Windows leave.
///
/// # Errors
/// [`SourceError::Empty`]; `source` names the source.
fn non_empty(value: &str, source: impl FnOnce() -> String) -> Result<Secret<String>, SourceError> {
    match value.strip_prefix('\u{feff}').unwrap_or(value) {
        "" => Err(SourceError::Empty(source())),
        value => Ok(Secret::from(value)),
    }
}
