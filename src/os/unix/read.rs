//! Reading a file that the user named, which may be a pipe or a device.
//!
//! A FIFO without a writer would block for ever, and `/dev/zero` has no end, but a pipe such as a shell's `<(…)` must
//! work. So files are opened without blocking, and a file that is not regular is read with a time limit.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::os::{ReadError, read_regular};
use crate::secret::append_wiped;

/// How long a pipe's writer may take to begin.
const WRITER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Opens a file to be read by [`read_all`]. Links are followed.
///
/// # Errors
/// Those of the operating system.
pub fn open_to_read(path: &Path) -> io::Result<(File, Metadata)> {
    let file = super::files::open(path, OFlags::empty())?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Reads a file that [`open_to_read`] has opened, to its end. `most`: the most bytes that it may have.
///
/// # Errors
/// [`ReadError`].
pub fn read_all(
    file: &File,
    metadata: &Metadata,
    most: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    if metadata.is_file() {
        read_regular(file, metadata.len(), most)
    } else {
        read_stream(file, most)
    }
}

fn read_stream(mut file: &File, most: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let mut bytes = Zeroizing::default();
    let mut chunk = Zeroizing::new([0; 4096]);
    let begun = Instant::now();
    let mut has_writer = false;
    loop {
        let is_ready = wait(file, begun, has_writer)?;
        match file.read(&mut *chunk) {
            // A FIFO that no process has opened to write looks like one at its end.
            Ok(0) if !is_ready => return Err(ReadError::NoWriter),
            Ok(0) => return Ok(bytes),
            Ok(count) => append_wiped(&mut bytes, chunk.get(..count).unwrap_or_default()),
            Err(error) if is_temporary(error.kind()) => {}
            Err(error) => return Err(ReadError::Failed(error)),
        }
        if bytes.len() as u64 > most {
            return Err(ReadError::TooLarge);
        }
        has_writer = true;
    }
}

fn is_temporary(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

/// Waits until there is something to read, or the end; `false`: it is not known whether any process writes.
fn wait(file: &File, begun: Instant, has_writer: bool) -> Result<bool, ReadError> {
    let limit = if has_writer { TIMEOUT } else { WRITER_TIMEOUT };
    loop {
        let left = limit.saturating_sub(begun.elapsed());
        let left = Timespec::try_from(left).unwrap_or_default();
        match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&left)) {
            Ok(0) if has_writer => {
                let seconds = TIMEOUT.as_secs();
                return Err(ReadError::TooSlow { seconds });
            }
            Ok(count) => return Ok(count > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(ReadError::Failed(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::{atomic_write, read};

    #[test]
    fn every_kind_of_file_is_read_or_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        for length in [0, 1, 4095, 4096, 4097, 10_000] {
            let text = vec![b'x'; length];
            atomic_write::write_private(&path, &text).unwrap();
            assert_eq!(*read(&path, 10_000).unwrap(), text);
        }
        let is_too_large = |path: &Path, most| matches!(read(path, most), Err(ReadError::TooLarge));
        assert!(is_too_large(&path, 9_999));
        assert!(is_too_large(Path::new("/dev/zero"), 100_000));
        assert!(read(Path::new("/dev/null"), 1).unwrap().is_empty());
        assert!(matches!(read(home.path(), 1), Err(ReadError::Failed(_))));
        let status = read(Path::new("/proc/self/status"), 100_000);
        assert!(cfg!(not(target_os = "linux")) || !status.unwrap().is_empty());
    }
}
