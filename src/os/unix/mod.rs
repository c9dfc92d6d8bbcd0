//! Unix: permissions are mode bits, a process is replaced by `execve`, a signal ends it.

mod command;
mod core_dumps;
mod files;
mod process;
mod read;
mod signals;

pub use command::run_with_timeout;
pub use files::*;
pub use process::{
    RENAME_ATTEMPTS, StandardOutput, exec, inherited_file, protect_process, resolve_program,
};
pub use read::{open_to_read, read_all};
pub use signals::Sleeper;

use std::path::PathBuf;

use super::home;
use crate::host::Environment;

/// Where programs keep their configuration.
#[must_use]
pub fn config_home(environment: Environment<'_>) -> Option<PathBuf> {
    let below = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".config"
    };
    home(environment).map(|home| home.join(below))
}

/// Where programs keep their caches.
#[must_use]
pub fn cache_home(environment: Environment<'_>) -> Option<PathBuf> {
    let below = if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    };
    home(environment).map(|home| home.join(below))
}
