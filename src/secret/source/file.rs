//! `{ file = "path" }`: the whole file, less one trailing newline, which editors and `echo` add.

use std::path::Path;

use zeroize::Zeroizing;

use super::Trouble;
use crate::os::{self, ReadError};
use crate::secret::Secret;

/// The largest secret that is read, in bytes: no credential is a megabyte long, a wrong path may well be.
const LARGEST: u64 = 1 << 20;

pub(super) fn read(path: &Path) -> Result<Secret<String>, Trouble> {
    let mut text = read_text(path)?;
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
fn read_text(path: &Path) -> Result<Zeroizing<String>, Trouble> {
    let mut bytes = read_bytes(path)?;
    let text = String::from_utf8(std::mem::take(&mut *bytes))
        .map_err(|_| Trouble::NotUtf8(format!("file `{}`", path.display())))?;
    Ok(Zeroizing::new(text))
}

/// A file of a size that a secret can have.
pub(super) fn read_bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let failed = |why: String| Trouble::File {
        path: path.display().to_string(),
        why,
    };
    os::read(path, LARGEST).map_err(|unread| match unread {
        ReadError::TooLarge => failed("it is larger than 1 MiB".to_owned()),
        other => failed(other.to_string()),
    })
}
