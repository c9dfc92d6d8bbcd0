//! Where the profiles file is.

use std::path::PathBuf;

use super::ConfigError;
use crate::host::Environment;

/// The file's name below the configuration directory.
const FILE: &str = "profiles.toml";

/// The profiles file: the flag, `TOK_CONFIG`, or the platform's configuration directory.
///
/// # Errors
/// None of them is set, and there is no home directory to look in.
pub fn path(flag: Option<&PathBuf>, environment: Environment<'_>) -> Result<PathBuf, ConfigError> {
    let named = flag.cloned().or_else(|| {
        environment
            .get("TOK_CONFIG")
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    });
    named
        .or_else(|| directory(environment).map(|directory| directory.join(FILE)))
        .ok_or_else(|| {
            ConfigError::new("there is no home directory to find the profiles file in")
                .hint("name the file with `--config FILE` or in `TOK_CONFIG`")
        })
}

/// `$XDG_CONFIG_HOME/tok`, `$HOME/.config/tok`, or what the platform has in their place.
fn directory(environment: Environment<'_>) -> Option<PathBuf> {
    environment
        .absolute_path("XDG_CONFIG_HOME")
        .map(|base| base.join("tok"))
        .or_else(|| crate::os::config_home(environment).map(|base| base.join("tok")))
}
