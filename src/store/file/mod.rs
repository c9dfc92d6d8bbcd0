//! The cache directory: where it is, whether it can be trusted, what is in it. Writing is for [`guard`].

pub(super) mod guard;
pub(super) mod sweep;

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::host::{Environment, Log, Warning};
use crate::os;
use crate::store::cool_down::CoolDown;
use crate::store::entry::{Entry, EntryError};
use zeroize::Zeroizing;

/// The largest entry that is read, in bytes: a reply is a mebibyte at the most.
const LARGEST: u64 = 4 << 20;

/// The characters of a key's digest.
pub(super) const DIGEST: usize = 32;
/// The end of the name of an entry's file, after the digest of its key.
const ENTRY: &str = ".json";
/// The end of the name of a file that remembers a failure, after the digest of endpoint and credentials, or of
/// a key.
pub(super) const COOL_DOWN: &str = ".cool-down";
/// The beginning of the name of a file that is not finished.
pub(super) const UNFINISHED: &str = ".tmp-";

/// What the cache cannot do. The token is printed all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {doing} `{}`: {why}", path.display())]
    System {
        doing: &'static str,
        path: PathBuf,
        why: String,
    },
    #[error("the cache directory `{}` {why}", path.display())]
    Refused { path: PathBuf, why: &'static str },
    #[error("the file system of `{}` has no locks", path.display())]
    NoLocks { path: PathBuf },
}

/// What a look into the cache found.
pub enum Lookup {
    Found(Box<Entry>),
    Absent,
    /// There is a file, and it is of no use.
    Unusable(EntryError),
}

/// An entry's outcome of being written.
pub type Stored = Result<(), StoreError>;

/// Where the cache is: the flag, `TOK_CACHE_DIR`, or the platform's cache directory. `None`: there is none.
#[must_use]
pub fn directory(flag: Option<&Path>, environment: Environment<'_>) -> Option<PathBuf> {
    flag.map(Path::to_owned)
        .or_else(|| {
            environment
                .get("TOK_CACHE_DIR")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        })
        .or_else(|| {
            environment
                .absolute_path("XDG_CACHE_HOME")
                .map(|base| base.join("tok"))
        })
        .or_else(|| os::cache_home(environment).map(|base| base.join("tok")))
}

/// The cache.
pub struct FileStore<'a> {
    directory: PathBuf,
    log: &'a dyn Log,
}

impl<'a> FileStore<'a> {
    /// The cache in this directory, which need not be there yet.
    #[must_use]
    pub fn new(directory: PathBuf, log: &'a dyn Log) -> Self {
        Self { directory, log }
    }

    /// The cache's directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a key's entry.
    #[must_use]
    pub fn path(&self, digest: &str) -> PathBuf {
        self.directory.join(format!("{digest}{ENTRY}"))
    }

    /// Looks for the entry of a key. Takes no lock.
    ///
    /// # Errors
    /// The directory is not to be trusted, or the system refuses.
    pub fn read(&self, digest: &str) -> Result<Lookup, StoreError> {
        if !self.is_there()? {
            return Ok(Lookup::Absent);
        }
        self.read_file(&self.path(digest), Some(digest))
    }

    pub(super) fn read_file(
        &self,
        path: &Path,
        digest: Option<&str>,
    ) -> Result<Lookup, StoreError> {
        Ok(match self.bytes_of(path)? {
            Bytes::Absent => Lookup::Absent,
            Bytes::Foreign => Lookup::Unusable(EntryError::Foreign),
            Bytes::TooMany => Lookup::Unusable(EntryError::Damaged),
            Bytes::Read(bytes) => Entry::read(&bytes, digest)
                .map_or_else(Lookup::Unusable, |entry| Lookup::Found(Box::new(entry))),
        })
    }

    /// What is remembered of a failure; `None` where nothing is, or nothing that can be read.
    #[must_use]
    pub fn cool_down(&self, name: &str) -> Option<CoolDown> {
        match self.bytes_of(&self.cool_down_path(name)) {
            Ok(Bytes::Read(bytes)) => CoolDown::read(&bytes),
            _ => None,
        }
    }

    /// Whether any failure is remembered, for those who would look for one of each of many tokens.
    #[must_use]
    pub fn remembers_failures(&self) -> bool {
        let names = fs::read_dir(&self.directory)
            .into_iter()
            .flatten()
            .flatten()
            .map(|item| item.file_name());
        names
            .into_iter()
            .any(|name| name.as_encoded_bytes().ends_with(COOL_DOWN.as_bytes()))
    }

    pub(super) fn cool_down_path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}{COOL_DOWN}"))
    }

    /// The bytes of a file of ours.
    pub(super) fn bytes_of(&self, path: &Path) -> Result<Bytes, StoreError> {
        let failed = |error: &io::Error| system("read", path, error);
        let mut file = match os::open_no_follow(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Bytes::Absent),
            Err(error) if os::is_link_error(&error) => return Ok(Bytes::Foreign),
            Err(error) => return Err(failed(&error)),
        };
        let metadata = file.metadata().map_err(|error| failed(&error))?;
        if !metadata.is_file() || !os::is_owned_by_us(&metadata) || os::has_hard_links(&metadata) {
            return Ok(Bytes::Foreign);
        }
        if metadata.len() > LARGEST {
            return Ok(Bytes::TooMany);
        }
        if os::is_open_to_others(&metadata) {
            tighten(self.log, path, &file, &metadata);
        }
        // Files here are replaced, never written to: the length is known, and no second call need ask for more.
        let mut bytes = Zeroizing::new(vec![0; usize::try_from(metadata.len()).unwrap_or(0)]);
        match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Ok(Bytes::Foreign);
            }
            outcome => outcome.map_err(|error| failed(&error))?,
        }
        Ok(Bytes::Read(bytes))
    }

    /// Whether the directory is there; one that is not ours or is a link is refused.
    pub(super) fn is_there(&self) -> Result<bool, StoreError> {
        let path = &self.directory;
        let refused = |why| StoreError::Refused {
            path: path.clone(),
            why,
        };
        let directory = match os::open_directory(path) {
            Ok(directory) => directory,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => {
                let kind = fs::symlink_metadata(path).map(|metadata| metadata.file_type());
                return Err(match kind {
                    Ok(kind) if kind.is_symlink() => {
                        refused("is a symbolic link, which is not followed")
                    }
                    Ok(kind) if !kind.is_dir() => refused("is not a directory"),
                    _ => system("open", path, &error),
                });
            }
        };
        let metadata = directory
            .metadata()
            .map_err(|error| system("examine", path, &error))?;
        if !os::is_owned_by_us(&metadata) {
            return Err(refused("belongs to another user"));
        }
        if os::is_sticky(&metadata) {
            return Err(refused("is meant for everybody (its sticky bit is set)"));
        }
        if os::is_open_to_others(&metadata) {
            tighten(self.log, path, &directory, &metadata);
        }
        Ok(true)
    }

    /// Every entry, in no order, with the digest of its key.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn entries(&self) -> Result<Vec<(String, Lookup)>, StoreError> {
        if !self.is_there()? {
            return Ok(Vec::new());
        }
        let failed = |error: io::Error| system("read", &self.directory, &error);
        let mut found = Vec::new();
        for item in fs::read_dir(&self.directory).map_err(failed)? {
            let item = item.map_err(failed)?;
            let name = item.file_name();
            let Some(digest) = name.to_str().and_then(|name| name.strip_suffix(ENTRY)) else {
                continue;
            };
            // The directory may be one that somebody keeps other files in.
            if !is_digest(digest) {
                continue;
            }
            // One that cannot be read must not hide the others.
            match self.read_file(&item.path(), Some(digest)) {
                Ok(lookup) => found.push((digest.to_owned(), lookup)),
                Err(error) => self
                    .log
                    .warn(Warning::new(format!("one token is left out: {error}"))),
            }
        }
        Ok(found)
    }

    /// Deletes a file of ours.
    ///
    /// # Errors
    /// Those of the operating system; that it is gone already is none.
    pub(super) fn delete(path: &Path) -> Stored {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(system("delete", path, &error))
            }
            _ => Ok(()),
        }
    }
}

/// Whether this is what a key's digest looks like: the name of every file of ours begins with one.
pub(super) fn is_digest(name: &str) -> bool {
    name.len() == DIGEST
        && name
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn tighten(log: &dyn Log, path: &Path, file: &File, metadata: &fs::Metadata) {
    let shown = path.display();
    let outcome = match os::make_private(file, metadata) {
        Ok(()) => "was open to others; it is no more".to_owned(),
        Err(error) => format!(
            "is open to others, and that cannot be changed: {}",
            os::describe(&error)
        ),
    };
    log.warn(
        Warning::new(format!("`{shown}` {outcome}"))
            .hint("whoever could read it may have its tokens: `tok get -f` fetches new ones"),
    );
}

/// What was found at a path.
pub(in crate::store) enum Bytes {
    Absent,
    /// No plain file of ours: a link, a FIFO, somebody else's, one with a second name.
    Foreign,
    TooMany,
    Read(Zeroizing<Vec<u8>>),
}

pub(super) fn system(doing: &'static str, path: &Path, error: &io::Error) -> StoreError {
    StoreError::System {
        doing,
        path: path.to_owned(),
        why: os::describe(error),
    }
}
