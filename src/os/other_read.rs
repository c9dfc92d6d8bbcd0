//! Systems without FIFOs in the file system: reading a file that somebody named.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::ReadError;

/// Opens a file to be read by [`read_all`].
///
/// # Errors
/// Those of the operating system.
pub fn open_to_read(path: &Path) -> io::Result<(File, Metadata)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Reads a file to its end. `most`: the most bytes that it may have.
///
/// # Errors
/// [`ReadError`].
pub fn read_all(
    file: &File,
    metadata: &Metadata,
    most: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    if metadata.len() > most {
        return Err(ReadError::TooLarge);
    }
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Zeroizing::new(Vec::with_capacity((length + 1).max(4096)));
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(ReadError::Failed)?;
    if bytes.len() as u64 > most {
        Err(ReadError::TooLarge)
    } else {
        Ok(bytes)
    }
}
