//! Where the profiles file is.

use std::path::PathBuf;

use super::ConfigError;
use crate::host::Environment;
use crate::os;

/// The file's name below the configuration directory.
const FILE: &str = "profiles.toml";

/// The profiles file: the flag, `TOK_CONFIG`, or the platform's configuration directory.
///
/// # Errors
/// None of them is set, and the home directory is unknown.
pub fn path(flag: Option<&PathBuf>, environment: Environment<'_>) -> Result<PathBuf, ConfigError> {
    let variable = environment
        .get("TOK_CONFIG")
        .filter(|value| !value.is_empty());
    let named = flag.cloned().or_else(|| variable.map(PathBuf::from));
    let path = named.or_else(|| Some(directory(environment)?.join(FILE)));
    path.ok_or_else(|| {
        ConfigError::new("cannot find the profiles file: the home directory is unknown")
            .hint("name the file with `--config FILE` or in `TOK_CONFIG`")
    })
}

/// `$XDG_CONFIG_HOME/tok`, `$HOME/.config/tok`, or what the platform has in their place.
fn directory(environment: Environment<'_>) -> Option<PathBuf> {
    let base = environment.absolute_path("XDG_CONFIG_HOME");
    let base = base.or_else(|| os::config_home(environment))?;
    Some(base.join("tok"))
}
