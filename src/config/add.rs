//! Adds a profile to a profiles file that may be there already: nothing that stands in it is touched, its mode is kept,
//! and where it is a link the file that is meant is replaced, not the link.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::{ConfigError, ProfilesFile};
use crate::os;
use crate::os::atomic_write::{Mode, prepare};

/// Why a profile was not added. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// There is a profile of that name.
    #[error("the profile is there already")]
    IsThere,
    /// The file is one in which the profile would not be a profile.
    #[error("{0}")]
    Unfit(ConfigError),
    /// It is a pipe, a device or a directory.
    #[error("it is no plain file")]
    NoFile,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// How often it is tried again where another program changes the file at the same time.
const TRIES: usize = 16;

/// Writes a file that is not there yet, for its owner alone.
///
/// # Errors
/// Those of the operating system; another process was quicker, whose file stays.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty())
    {
        os::make_private_directory(directory)?;
    }
    prepare(path, text.as_bytes(), Mode::Private)?.persist_new()
}

/// Adds the text of a profile at the end of a file.
///
/// # Errors
/// [`AddError`].
pub fn add(path: &Path, name: &str, section: &str) -> Result<(), AddError> {
    add_while(path, name, section, &mut || {})
}

/// As [`add`], with what happens between reading and writing.
fn add_while(
    path: &Path,
    name: &str,
    section: &str,
    meanwhile: &mut dyn FnMut(),
) -> Result<(), AddError> {
    let path = fs::canonicalize(path)?;
    // Above all no device: the administrator may replace `/dev/null`, for everybody.
    if !fs::symlink_metadata(&path)?.is_file() {
        return Err(AddError::NoFile);
    }
    let _lock = locked(&path)?;
    for _ in 0..TRIES {
        let file = ProfilesFile::read(&path).map_err(AddError::Unfit)?;
        let Some(metadata) = file
            .metadata()
            .filter(|metadata| !metadata.permissions().readonly())
        else {
            return Err(io::Error::from(io::ErrorKind::PermissionDenied).into());
        };
        let before = Zeroizing::new(fs::read(&path)?);
        let after = longer(&path, &before, name, section)?;
        let prepared = prepare(&path, &after, Mode::Like(metadata))?;
        meanwhile();
        // An editor takes no lock, and there may be none.
        if *before == fs::read(&path)? {
            prepared.persist()?;
            return Ok(());
        }
    }
    Err(io::Error::other("another program keeps changing it").into())
}

/// What the file will hold with the profile at its end.
fn longer(
    path: &Path,
    before: &[u8],
    name: &str,
    section: &str,
) -> Result<Zeroizing<Vec<u8>>, AddError> {
    let parsed = |bytes: &[u8]| {
        ProfilesFile::from_text(
            path,
            &Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()),
        )
    };
    let names = parsed(before).names();
    if names.iter().any(|known| known == name) {
        return Err(AddError::IsThere);
    }
    let mut bytes = Zeroizing::new(before.to_vec());
    let (line, twice) = if bytes.windows(2).any(|pair| pair == b"\r\n") {
        ("\r\n", true)
    } else {
        ("\n", false)
    };
    if !bytes.is_empty() {
        if !bytes.ends_with(b"\n") {
            bytes.extend(line.bytes());
        }
        bytes.extend(line.bytes());
    }
    bytes.extend(
        if twice {
            section.replace('\n', line)
        } else {
            section.to_owned()
        }
        .bytes(),
    );
    // A table that is not closed, or written in another form, would swallow it.
    let after = parsed(&bytes);
    after.profile(name).map_err(AddError::Unfit)?;
    if after.names().len() != names.len() + 1 {
        return Err(AddError::Unfit(ConfigError::new(
            "is not written in a way that a profile can be added to",
        )));
    }
    Ok(bytes)
}

/// Holds off others that add to the same file at this moment. Where there are no locks, it goes without: then one that
/// writes in the instant between another's last look and its rename is lost.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        // NFS locks only what is open for writing.
        let file = File::options()
            .read(true)
            .write(true)
            .open(path)
            .or_else(|_| File::open(path))?;
        match file.lock() {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Ok(None),
        }
        // Whoever had it has replaced the file meanwhile: then this was the lock of one that is gone.
        let mark = |metadata: fs::Metadata| os::FileMark::of(&metadata);
        if mark(file.metadata()?) == mark(fs::metadata(path)?) {
            return Ok(Some(file));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::os::atomic_write::write_private;

    #[test]
    fn a_new_file_takes_the_place_of_none() {
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
        write_private(&path, before.as_bytes()).unwrap();
        let outcome = add(&path, "b", SECTION);
        (outcome, fs::read_to_string(&path).unwrap())
    }

    #[test]
    fn all_that_stands_there_stays() {
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
            "[profiles.a]\nscope = '''\nopen\n",
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
    fn what_an_editor_saves_meanwhile_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        write_private(&path, b"# one\n").unwrap();
        let mut saved = 0;
        let mut save = || {
            saved += 1;
            if saved < 3 {
                write_private(&path, format!("# saved: {saved}\n").as_bytes()).unwrap();
            }
        };
        add_while(&path, "b", SECTION, &mut save).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            format!("# saved: 2\n\n{SECTION}")
        );
        let mut keep_saving = || {
            saved += 1;
            write_private(&path, "#".repeat(saved).as_bytes()).unwrap();
        };
        let section = SECTION.replace("profiles.b", "profiles.c");
        let error = add_while(&path, "c", &section, &mut keep_saving).unwrap_err();
        assert_eq!(error.to_string(), "another program keeps changing it");
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        write_private(&path, b"# mine\n").unwrap();
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
