//! `{ file = "path" }`: the whole file, less one trailing newline, which editors and `echo` add.

use std::path::Path;

use zeroize::Zeroizing;

use super::Trouble;
use crate::host::Environment;
use crate::os::{self, ReadError};
use crate::secret::Secret;

/// The largest secret that is read, in bytes: no credential is a megabyte long, a wrong path may well be.
const LARGEST: u64 = 1 << 20;

pub(super) fn read(path: &Path, environment: Environment<'_>) -> Result<Secret<String>, Trouble> {
    let mut text = read_text(path, environment)?;
    for ending in ["\r\n", "\n"] {
        if text.ends_with(ending) {
            let length = text.len() - ending.len();
            text.truncate(length);
            break;
        }
    }
    if text.is_empty() {
        return Err(Trouble::Empty(format!("file `{}`", path.display())));
    }
    Ok(Secret::new(std::mem::take(&mut *text)))
}

/// A text file in UTF-8.
fn read_text(path: &Path, environment: Environment<'_>) -> Result<Zeroizing<String>, Trouble> {
    let mut bytes = read_bytes(path, environment)?;
    let text = String::from_utf8(std::mem::take(&mut *bytes))
        .map_err(|_| Trouble::NotUtf8(format!("file `{}`", path.display())))?;
    Ok(Zeroizing::new(text))
}

/// A file of a size that a secret can have.
pub(super) fn read_bytes(
    path: &Path,
    environment: Environment<'_>,
) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let failed = |why: String| Trouble::File {
        path: path.display().to_string(),
        why,
    };
    let opened = os::open_to_read(path);
    environment.saw_file(path, opened.as_ref().map(|(_, metadata)| metadata));
    let (file, metadata) = opened.map_err(|error| failed(os::describe(&error)))?;
    os::read_all(&file, &metadata, LARGEST).map_err(|unread| match unread {
        ReadError::TooLarge => failed("it is larger than 1 MiB".to_owned()),
        other => failed(other.to_string()),
    })
}
