//! Unix: reading a file that somebody named, whatever sort of file it turns out to be.
//!
//! A FIFO into which nobody writes keeps whoever opens it waiting for ever, `/dev/zero` has no end. Both can be named
//! by a slip of the finger; a pipe, as a shell's `<(…)` is one, is named on purpose. So nothing is opened that waits, and
//! what is no plain file is read as it comes, for some time.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::os::ReadError;

/// So long somebody may take to begin to write.
const FOR_A_WRITER: Duration = Duration::from_secs(5);
/// So long all of it may take.
const FOR_ALL: Duration = Duration::from_secs(30);

/// Opens a file to be read by [`read_all`]. What is at the end of a link counts.
///
/// # Errors
/// Those of the operating system.
pub fn open_to_read(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let opened = rustix::io::retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?;
    let file = File::from(opened);
    let metadata = file.metadata()?;
    Ok((file, metadata))
}

/// Reads a file that [`open_to_read`] has opened, to its end. `most`: the most bytes that it may have.
///
/// # Errors
/// [`ReadError`].
pub fn read_all(
    mut file: &File,
    metadata: &Metadata,
    most: u64,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let is_plain = metadata.is_file();
    if is_plain && metadata.len() > most {
        return Err(ReadError::TooLarge);
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    // With room for all of it, so that no half-filled buffer is left behind in memory.
    let length = if is_plain {
        usize::try_from(metadata.len()).unwrap_or(0)
    } else {
        0
    };
    let mut buffer = Zeroizing::new(vec![0; (length + 1).max(4096)]);
    let mut wait = Wait {
        is_written_to: false,
        begun: Instant::now(),
    };
    let mut filled = 0;
    loop {
        if filled == buffer.len() {
            // A Vec that grows by itself leaves what it held behind in freed memory.
            let mut larger = Zeroizing::new(vec![0; 2 * filled]);
            larger
                .iter_mut()
                .zip(buffer.iter())
                .for_each(|(new, old)| *new = *old);
            buffer = larger;
        }
        let in_time = is_plain || wait.is_over(file)?;
        match file.read(buffer.get_mut(filled..).unwrap_or_default()) {
            // A FIFO that nobody has opened to write looks like one at its end.
            Ok(0) if !in_time => return Err(ReadError::NoWriter),
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A file of the kernel's, such as `/proc/kmsg`, may have nothing yet, and cannot be waited for.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && !is_plain => {}
            Err(error) => return Err(ReadError::Failed(error)),
        }
        if filled > most {
            return Err(ReadError::TooLarge);
        }
        wait.is_written_to = true;
    }
    buffer.truncate(filled);
    Ok(buffer)
}

struct Wait {
    /// Somebody has it open to write.
    is_written_to: bool,
    begun: Instant,
}

impl Wait {
    /// Waits until there is something to read, or the end; `false`: it is not known whether anybody writes at all.
    fn is_over(&self, file: &File) -> Result<bool, ReadError> {
        let limit = if self.is_written_to {
            FOR_ALL
        } else {
            FOR_A_WRITER
        };
        loop {
            let left = limit.saturating_sub(self.begun.elapsed());
            let left = Timespec::try_from(left).unwrap_or_default();
            match poll(&mut [PollFd::new(file, PollFlags::IN)], Some(&left)) {
                Ok(0) if self.is_written_to => {
                    return Err(ReadError::TooSlow {
                        seconds: FOR_ALL.as_secs(),
                    });
                }
                Ok(count) => return Ok(count > 0),
                Err(Errno::INTR) => {}
                Err(error) => return Err(ReadError::Failed(error.into())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>, ReadError> {
        let (file, metadata) = open_to_read(path).map_err(ReadError::Failed)?;
        read_all(&file, &metadata, most)
    }

    #[test]
    fn every_sort_of_file_is_read_or_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("file");
        for length in [0, 1, 4095, 4096, 4097, 10_000] {
            let text = vec![b'x'; length];
            crate::os::atomic_write::replace(&path, ".new", &text).unwrap();
            assert_eq!(*read(&path, 10_000).unwrap(), text);
        }
        assert!(matches!(read(&path, 9_999), Err(ReadError::TooLarge)));
        assert!(matches!(
            read(Path::new("/dev/zero"), 100_000),
            Err(ReadError::TooLarge)
        ));
        assert!(read(Path::new("/dev/null"), 1).unwrap().is_empty());
        assert!(matches!(read(home.path(), 1), Err(ReadError::Failed(_))));
        assert!(
            !read(Path::new("/proc/self/status"), 100_000)
                .unwrap()
                .is_empty()
        );
    }
}
