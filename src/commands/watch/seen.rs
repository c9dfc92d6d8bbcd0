//! The files that a watched token depends on: the profiles file, files with secrets, the cache entry. When one of them
//! changes, the watch looks for a token again without waiting for the next renewal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::os::FileMark;

#[derive(Default)]
pub(super) struct Seen(BTreeMap<PathBuf, Noted>);

struct Noted {
    /// `None`: there is no regular file, or it cannot be told from another.
    mark: Option<FileMark>,
    /// It was added in this round.
    is_current: bool,
}

/// A pipe is another one each time it is read.
fn mark(path: &Path) -> Option<FileMark> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    FileMark::of(&metadata)
}

impl Seen {
    /// A new round: every file is as it is now.
    pub(super) fn begin(&mut self) {
        for (path, noted) in &mut self.0 {
            *noted = Noted {
                mark: mark(path),
                is_current: false,
            };
        }
    }

    /// Adds a file that is about to be read.
    pub(super) fn add(&mut self, path: PathBuf) {
        let mark = mark(&path);
        self.0
            .entry(path)
            .or_insert(Noted {
                mark,
                is_current: true,
            })
            .is_current = true;
    }

    /// Adds the cache entry, which has been read already: one that was not known before counts as changed.
    pub(super) fn add_entry(&mut self, path: PathBuf) {
        self.0
            .entry(path)
            .or_insert(Noted {
                mark: None,
                is_current: true,
            })
            .is_current = true;
    }

    /// The round went well: files that were not read in it do not matter any more.
    pub(super) fn forget_others(&mut self) {
        self.0.retain(|_, noted| noted.is_current);
    }

    /// Whether any of the files has changed since it was read.
    pub(super) fn has_changed(&self) -> bool {
        self.0.iter().any(|(path, noted)| mark(path) != noted.mark)
    }
}
