//! The file of `--output`: written for its owner alone, and replaced as a whole.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Result;

use crate::os;
use crate::os::atomic_write::write_private;
use crate::render::error::CommandError;

/// Writes the file.
///
/// # Errors
/// It is not a regular file, or cannot be written; then it is unchanged.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let refuse = |why: &str| CommandError::Io {
        action: format!("write `{}`", path.display()),
        reason: why.to_owned(),
    };
    // A link to a device or a pipe would be replaced by a file with a token in it.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(refuse("it is not a regular file").into());
    }
    if is_open_stream(path) {
        return Err(refuse("it is an open file of this process: use `-o -`").into());
    }
    write_private(path, bytes).map_err(|error| match error.kind() {
        // A file that is mounted by itself, as into a container, can be written but not replaced.
        io::ErrorKind::ResourceBusy => CommandError::NotWritten {
            message: format!("cannot write `{}`: it is a mount point", path.display()),
            hint: Some("mount the directory of the file instead of the file".to_owned()),
        },
        _ => refuse(&os::describe(&error)),
    })?;
    Ok(())
}

/// Whether a path is `-`, `/dev/stdout` or the like. It may lead to a regular file, but replacing it would replace the
/// system's link.
pub(super) fn is_open_stream(path: &Path) -> bool {
    let target = fs::read_link(path).ok();
    let target = target.map(|link| path.parent().unwrap_or(path).join(link));
    let is_stream = |path: &Path| path.starts_with("/dev/fd") || path.starts_with("/proc");
    path.as_os_str() == "-" || is_stream(path) || target.is_some_and(|path| is_stream(&path))
}
