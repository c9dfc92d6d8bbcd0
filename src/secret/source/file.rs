//! `{ file = "path" }`: the whole file, less one trailing newline, which editors and `echo` add.

use std::io::ErrorKind;
use std::path::Path;

use zeroize::Zeroizing;

use super::{SourceError, non_empty};
use crate::os::{self, ReadError};
use crate::secret::Secret;

/// The largest secret that is read, in bytes: no credential is a megabyte long, but a wrong path may lead to a large file.
const LARGEST: u64 = 1 << 20;

pub(super) fn read(path: &Path) -> Result<Secret<String>, SourceError> {
    let name = || format!("file `{}`", path.display());
    let bytes = read_bytes(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| SourceError::NotUtf8(name()))?;
    non_empty(without_line_end(text), name)
}

/// A text without its last line end, LF or CRLF.
pub(super) fn without_line_end(text: &str) -> &str {
    let line = text.strip_suffix('\n');
    line.map_or(text, |line| line.strip_suffix('\r').unwrap_or(line))
}

/// A file of a size that a secret can have.
pub(super) fn read_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    os::read(path, LARGEST).map_err(|error| SourceError::File {
        path: path.display().to_string(),
        kind: match &error {
            ReadError::Failed(error) => error.kind(),
            _ => ErrorKind::Other,
        },
        reason: match error {
            ReadError::TooLarge => "it is larger than 1 MiB".to_owned(),
            other => other.to_string(),
        },
    })
}
