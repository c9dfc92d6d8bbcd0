//! Checking whether the cache directory can be trusted, and creating it.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

use super::{FileStore, StoreError, system};
use crate::host::Warning;
use crate::os;

impl FileStore<'_> {
    /// Whether the directory exists. A link or another user's directory is an error.
    pub(super) fn exists(&self) -> Result<bool, StoreError> {
        let path = &self.directory;
        let directory = match os::open_directory(path) {
            Ok(directory) => directory,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                let kind = fs::symlink_metadata(path).map(|metadata| metadata.file_type());
                return Err(match kind {
                    Ok(kind) if kind.is_symlink() => {
                        self.refused("is a symbolic link, which is not followed")
                    }
                    Ok(kind) if !kind.is_dir() => self.refused("is not a directory"),
                    _ => system("open", path, &error),
                });
            }
        };
        let metadata = directory
            .metadata()
            .map_err(|error| system("examine", path, &error))?;
        if !os::is_owned_by_us(&metadata) {
            return Err(self.refused("belongs to another user"));
        }
        if os::is_sticky(&metadata) {
            return Err(self.refused("is shared by all users (its sticky bit is set)"));
        }
        if os::is_open_to_others(&metadata) {
            self.make_private(path, &directory, &metadata);
        }
        Ok(true)
    }

    /// Creates the directory if it does not exist.
    pub(super) fn create(&self) -> Result<(), StoreError> {
        if self.exists()? {
            return Ok(());
        }
        self.check_parent()?;
        os::make_private_directory(&self.directory)
            .map_err(|error| system("create", &self.directory, &error))
    }

    /// Refuses to create the default directory below a directory of another user. With `sudo -E` that would be the
    /// user's home, and the user's own `tok` could not write to the directory later.
    pub(super) fn check_parent(&self) -> Result<(), StoreError> {
        let mut above = self.directory.ancestors().skip(1);
        let parent = above.find_map(|path| fs::metadata(path).ok());
        if self.is_default && parent.is_some_and(|parent| !os::is_owned_by_us(&parent)) {
            return Err(self.refused("would be created in a directory of another user"));
        }
        Ok(())
    }

    fn refused(&self, why: &'static str) -> StoreError {
        StoreError::Refused {
            path: self.directory.clone(),
            why,
        }
    }

    pub(super) fn make_private(&self, path: &Path, file: &File, metadata: &Metadata) {
        let shown = path.display();
        let outcome = match os::make_private(file, metadata) {
            Ok(()) => "; tok has made it private".to_owned(),
            Err(error) => format!(", and tok cannot change that: {}", os::describe(&error)),
        };
        self.log.warn(
            Warning::new(format!("`{shown}` was open to other users{outcome}"))
                .hint("others may have read its tokens: `tok get -f` fetches new ones"),
        );
    }
}
