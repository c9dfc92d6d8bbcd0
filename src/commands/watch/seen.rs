//! The files that a watched token hangs on: the profiles file, files with secrets in them, the entry of the cache.
//! When one of them has changed it is time to look again, whatever the clock says.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::host::Witness;
use crate::os::FileMark;

#[derive(Default)]
pub(super) struct Seen(RefCell<BTreeMap<PathBuf, Noted>>);

struct Noted {
    /// What it was; `None`: it was not there, or cannot be told from another.
    mark: Option<FileMark>,
    /// It was read in this round.
    is_current: bool,
}

fn mark(path: &Path) -> Option<FileMark> {
    fs::metadata(path).ok().as_ref().and_then(FileMark::of)
}

impl Seen {
    /// A new round: every file is as it is now, unless it is read.
    pub(super) fn begin(&self) {
        for (path, noted) in self.0.borrow_mut().iter_mut() {
            *noted = Noted {
                mark: mark(path),
                is_current: false,
            };
        }
    }

    /// The entry of the cache counts too. It was read already: one that was not known before is as good as changed.
    pub(super) fn entry(&self, path: PathBuf) {
        let mut files = self.0.borrow_mut();
        files
            .entry(path)
            .or_insert(Noted {
                mark: None,
                is_current: true,
            })
            .is_current = true;
    }

    /// The round went well: what was not read in it does not count any more.
    pub(super) fn forget_others(&self) {
        self.0.borrow_mut().retain(|_, noted| noted.is_current);
    }

    /// Whether any of the files has changed since it was read.
    pub(super) fn has_changed(&self) -> bool {
        self.0
            .borrow()
            .iter()
            .any(|(path, noted)| mark(path) != noted.mark)
    }
}

impl Witness for Seen {
    /// The environment of a running process does not change.
    fn variable(&self, _name: &str, _value: Option<&OsStr>) {}

    fn file(&self, path: &Path, metadata: Result<&Metadata, &io::Error>) {
        // A pipe is another one each time.
        if metadata.is_ok_and(|metadata| !metadata.is_file()) {
            return;
        }
        let mark = metadata.ok().and_then(FileMark::of);
        self.0.borrow_mut().insert(
            path.to_owned(),
            Noted {
                mark,
                is_current: true,
            },
        );
    }
}
