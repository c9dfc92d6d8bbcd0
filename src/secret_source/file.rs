//! `{ file = "path" }`: the whole file, less one trailing newline, which editors and `echo` add.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::Trouble;
use crate::host::Environment;
use crate::os;
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
pub(super) fn read_bytes(path: &Path, environment: Environment<'_>) -> Result<Zeroizing<Vec<u8>>, Trouble> {
    let name = || path.display().to_string();
    let failed = |error: io::Error| Trouble::File { path: name(), why: os::describe(&error) };
    let too_large = || Trouble::File { path: name(), why: "it is larger than 1 MiB".to_owned() };
    let opened = File::open(path).and_then(|file| file.metadata().map(|metadata| (file, metadata)));
    environment.saw_file(path, opened.as_ref().map(|(_, metadata)| metadata));
    let (file, metadata) = opened.map_err(failed)?;
    let length = metadata.len();
    if length > LARGEST {
        return Err(too_large());
    }
    // With room for all of it, so that no half-filled buffer is left behind in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0).max(4096)));
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}
