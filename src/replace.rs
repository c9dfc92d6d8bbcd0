//! Replaces a file as a whole: private from its first moment, on the disk before it gets its name, and never
//! written through a link.

use std::io::{self, Write as _};
use std::path::Path;

use crate::os;

/// Writes a file of mode 0600 in place of what is there. `prefix` begins the name of the unfinished file, which
/// stands beside it.
///
/// # Errors
/// Those of the operating system. What was there before is still there.
pub fn replace(path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(prefix).tempfile_in(directory)?;
    os::set_private(file.as_file())?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    os::sync_directory(directory)
}
