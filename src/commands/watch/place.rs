//! The file that is kept fresh: whether it is still the one that was written.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::Result;

use super::super::output_file::write_file;
use crate::os::{self, FileMark};

pub(super) struct Place<'a> {
    path: &'a Path,
    /// What the file is when it is known to hold what it should.
    mark: Option<FileMark>,
    was_written: bool,
}

impl<'a> Place<'a> {
    pub(super) fn new(path: &'a Path) -> Self {
        Self {
            path,
            mark: None,
            was_written: false,
        }
    }

    pub(super) fn shown(&self) -> std::path::Display<'a> {
        self.path.display()
    }

    /// Whether it could be written at least once.
    pub(super) fn was_written(&self) -> bool {
        self.was_written
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// As `--output` of `tok get`.
    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        // The next look reads it: somebody may be quicker than a look at what was written.
        self.mark = None;
        write_file(self.path, text.as_bytes())?;
        self.was_written = true;
        Ok(())
    }

    /// Whether the file holds this text, for its owner alone. It is read only where it is not the one that held it.
    pub(super) fn holds(&mut self, text: &str) -> bool {
        let found = fs::symlink_metadata(self.path).ok();
        let mark = found
            .filter(fs::Metadata::is_file)
            .as_ref()
            .and_then(FileMark::of);
        if mark.is_some() && mark == self.mark {
            return true;
        }
        let holds = self.reads(text).unwrap_or(false);
        self.mark = mark.filter(|_| holds);
        holds
    }

    fn reads(&self, text: &str) -> std::io::Result<bool> {
        let file = os::open_no_follow(self.path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() || os::is_open_to_others(&metadata) || !os::is_ours(&metadata) {
            return Ok(false);
        }
        let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(text.len() + 1));
        file.take(text.len() as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes.as_slice() == text.as_bytes())
    }
}
