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

use std::io;
use std::path::{Path, PathBuf};

use rustix::process::Resource;

use super::{Limits, Space, home};
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

/// What is left on the file system of a path.
///
/// # Errors
/// Those of the operating system.
pub fn space(path: &Path) -> io::Result<Space> {
    let found = rustix::fs::statvfs(path)?;
    Ok(Space {
        bytes: found.f_bavail.saturating_mul(found.f_frsize),
        files: (found.f_files > 0).then_some(found.f_favail),
    })
}

/// The limits of this process.
#[must_use]
pub fn limits() -> Limits {
    let limit = |resource| rustix::process::getrlimit(resource).current;
    Limits {
        open_files: limit(Resource::Nofile),
        file_size: limit(Resource::Fsize),
    }
}
