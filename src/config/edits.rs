//! Adds a profile to a profiles file. What stands in it is not touched, its mode is kept, and where the path is a link,
//! the file that it leads to is replaced, not the link.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{ConfigError, ProfilesFile};
use crate::os;
use crate::os::atomic_write::{Mode, prepare};

/// The file that is there while a process adds a profile.
const LOCK: &str = ".tok-lock";

/// How often, and after what time each, to try again where another process is adding a profile.
const TRIES: (u32, Duration) = (500, Duration::from_millis(10));

/// Why a profile was not added. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    #[error("the profile is there already")]
    IsThere,
    /// In this file, the profile would not be one.
    #[error("{0}")]
    Unfit(ConfigError),
    /// It is a pipe, a device or a directory.
    #[error("it is not a regular file")]
    NoFile,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Writes a file that does not exist yet, for its owner alone.
///
/// # Errors
/// Those of the operating system; `AlreadyExists` where another process was quicker, whose file stays.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent();
    if let Some(directory) = directory.filter(|directory| !directory.as_os_str().is_empty()) {
        os::make_private_directory(directory)?;
    }
    prepare(path, text.as_bytes(), Mode::Private)?.persist_new()
}

/// Adds the text of a profile at the end of a file.
pub fn add(path: &Path, name: &str, section: &str) -> Result<(), AddError> {
    let path = fs::canonicalize(path)?;
    // Above all no device: the administrator could replace `/dev/null`, for everybody.
    let metadata = fs::symlink_metadata(&path)?;
    if !metadata.is_file() {
        return Err(AddError::NoFile);
    }
    if metadata.permissions().readonly() {
        return Err(io::Error::from(io::ErrorKind::PermissionDenied).into());
    }
    let _lock = lock(&path)?;
    let before = Zeroizing::new(fs::read(&path)?);
    let after = with_section(&path, &before, name, section)?;
    let prepared = prepare(&path, after.as_bytes(), Mode::Like(&metadata))?;
    // An editor takes no lock.
    if *before != fs::read(&path)? {
        return Err(io::Error::other("another program has just changed it: try again").into());
    }
    Ok(prepared.persist()?)
}

/// Keeps other processes from adding to the same file until it is dropped. A file beside it is the lock, which works on
/// every platform and file system: the file itself is replaced.
fn lock(path: &Path) -> io::Result<NamedTempFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(LOCK).rand_bytes(0);
    let (tries, pause) = TRIES;
    for _ in 0..tries {
        match builder.tempfile_in(directory) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => std::thread::sleep(pause),
            outcome => return outcome,
        }
    }
    // Nothing takes that long: a killed process has left it.
    fs::remove_file(directory.join(LOCK))?;
    builder.tempfile_in(directory)
}

/// The contents of the file with the profile at its end.
fn with_section(
    path: &Path,
    before: &[u8],
    name: &str,
    section: &str,
) -> Result<Zeroizing<String>, AddError> {
    let text = str::from_utf8(before)
        .map_err(|_| AddError::Unfit(ConfigError::new("it is not valid UTF-8")))?;
    let names = ProfilesFile::from_text(path, text).names();
    if names.iter().any(|known| known == name) {
        return Err(AddError::IsThere);
    }
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let between = match text {
        "" => String::new(),
        text if text.ends_with('\n') => line_end.to_owned(),
        _ => line_end.repeat(2),
    };
    let section = section.replace('\n', line_end);
    let after = Zeroizing::new([text, &between, &section].concat());
    // Where `profiles` is written as an inline table, for example, no table can be added to it.
    let file = ProfilesFile::from_text(path, &after);
    file.profile(name).map_err(AddError::Unfit)?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_replaces_no_other() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/profiles.toml");
        write_new(&path, "# one\n").unwrap();
        let error = write_new(&path, "# two\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "# one\n");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    const SECTION: &str = "[profiles.b]\ntoken_url = \"https://b.example/t\"\nclient_id = \"x\"\nclient_secret = { env = \"X\" }\n";

    fn outcome(before: &str) -> (Result<(), AddError>, String) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        write_new(&path, before).unwrap();
        let outcome = add(&path, "b", SECTION);
        (outcome, fs::read_to_string(&path).unwrap())
    }

    #[test]
    fn what_stands_in_the_file_stays() {
        for (before, between) in [
            ("", ""),
            ("# mine", "\n\n"),
            ("[defaults]\ntimeout = \"9s\" # why\n", "\n"),
            ("[profiles.a]\nbroken\n", "\n"),
            ("[profiles.a]\r\nbroken\r\n", "\r\n"),
        ] {
            let (outcome, after) = outcome(before);
            outcome.unwrap();
            let section = if before.contains('\r') {
                SECTION.replace('\n', "\r\n")
            } else {
                SECTION.to_owned()
            };
            assert_eq!(after, format!("{before}{between}{section}"));
        }
    }

    #[test]
    fn a_file_in_which_it_would_be_lost_is_left_alone() {
        for before in [
            "profiles = { a = { preset = \"moov\" } }\n",
            "[profiles.b]\n",
            "[foreign]\n",
        ] {
            let (outcome, after) = outcome(before);
            assert!(outcome.is_err(), "{before}");
            assert_eq!(after, before);
        }
        assert!(matches!(
            outcome("[profiles.b]\n").0,
            Err(AddError::IsThere)
        ));
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        write_new(&path, "# mine\n").unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let name = format!("b{number}");
                    add(
                        path,
                        &name,
                        &SECTION.replace("profiles.b", &format!("profiles.{name}")),
                    )
                    .unwrap();
                });
            }
        });
        assert_eq!(ProfilesFile::read(&path).unwrap().names().len(), 8);
    }
}
