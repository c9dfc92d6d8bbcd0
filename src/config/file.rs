//! Reading a profiles file.

use std::io;
use std::path::Path;

use super::dead_link::{DEAD_LINK_HINT, describe_dead_link};
use super::document::Document;
use super::{ConfigError, ProfilesFile};
use crate::os::{self, ReadError};

/// The largest profiles file that is read, in bytes and as messages show it.
const LARGEST: (u64, &str) = (64 << 20, "64 MiB");
/// The most that is read of a pipe, or a device without an end.
const LARGEST_STREAM: (u64, &str) = (8 << 20, "8 MiB");

impl ProfilesFile {
    /// Reads the file.
    ///
    /// # Errors
    /// It does not exist, is a directory, unreadable, too large or not UTF-8.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let failed = |what: String| ConfigError::new(what).in_file(path);
        let is_directory = || {
            failed("is a directory, not a profiles file".to_owned())
                .hint("name the file itself, for example `--config DIR/profiles.toml`")
        };
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => match describe_dead_link(path) {
                Some(dead) => failed(dead).hint(DEAD_LINK_HINT),
                None => failed("the profiles file does not exist".to_owned())
                    .hint("create it with `tok init --preset NAME`; `tok presets` lists the names"),
            },
            io::ErrorKind::IsADirectory => is_directory(),
            _ => failed(format!("cannot be read: {}", os::describe(&error))),
        };
        let (file, metadata) = os::open_to_read(path).map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(is_directory());
        }
        let (most, shown) = if metadata.is_file() {
            LARGEST
        } else {
            LARGEST_STREAM
        };
        let bytes = os::read_all(&file, &metadata, most).map_err(|error| match error {
            ReadError::TooLarge => failed(format!("is larger than {shown}")),
            other => failed(format!("cannot be read: {other}")),
        })?;
        let text = str::from_utf8(&bytes).map_err(|error| {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = valid.split(|byte| *byte == b'\n').count();
            let line = u32::try_from(line).ok();
            let error = failed("not valid UTF-8".to_owned()).hint("save the file as UTF-8");
            ConfigError { line, ..error }
        })?;
        Ok(Self {
            is_readable_by_others: os::is_readable_by_others(&metadata),
            ..Self::from_text(path, text)
        })
    }

    /// A profiles file from its text, as if it stood at this path and only its owner could read it.
    pub fn from_text(path: &Path, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            document: Document::parse(text.trim_start_matches('\u{feff}')),
            is_readable_by_others: false,
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}
