//! Files and directories of root certificates: the platform's, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
//! They may be whatever a slip of the finger makes them: a pipe, a device, a directory of something else.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::certificates::MOST;
use crate::os::{self, FileMark, ReadError};

/// A file or a directory that holds certificates.
#[derive(Debug)]
pub(super) enum Place {
    File(PathBuf),
    Directory(PathBuf),
}

impl Place {
    /// Adds what can be read: a damaged certificate among a hundred must not take the others along.
    ///
    /// # Errors
    /// What is the matter with the place, in words that go on from its name. There may be certificates all the same.
    pub(super) fn load(&self, store: &mut RootCertStore) -> Result<(), String> {
        let mut found = Found {
            certificates: Vec::new(),
            left: MOST,
        };
        let outcome = match self {
            Self::File(path) => found.add(path),
            Self::Directory(path) => found.add_all(path),
        };
        found
            .certificates
            .sort_unstable_by(|one, other| one.cmp(other));
        found.certificates.dedup();
        store.add_parsable_certificates(found.certificates);
        outcome.map_err(|unread| match unread {
            ReadError::TooLarge => "is larger than 16 MiB".to_owned(),
            ReadError::Failed(error) if error.kind() == io::ErrorKind::NotFound => {
                "does not exist".to_owned()
            }
            other => format!("cannot be read: {other}"),
        })
    }
}

struct Found {
    /// The same one may stand in many files.
    certificates: Vec<CertificateDer<'static>>,
    /// How many bytes may still be read.
    left: u64,
}

impl Found {
    fn add(&mut self, path: &Path) -> Result<(), ReadError> {
        // Public, and more than anything else that is read: to wipe it would be a tenth of the work.
        let bytes = mem::take(&mut *os::read(path, self.left)?);
        self.left = self.left.saturating_sub(bytes.len() as u64);
        self.certificates
            .extend(CertificateDer::pem_slice_iter(&bytes).flatten());
        Ok(())
    }

    /// The plain files of a directory. There are two links to each certificate as a rule.
    fn add_all(&mut self, directory: &Path) -> Result<(), ReadError> {
        let mut seen = BTreeSet::new();
        for item in fs::read_dir(directory)
            .map_err(ReadError::Failed)?
            .flatten()
        {
            let path = item.path();
            let Some(metadata) = fs::metadata(&path).ok().filter(fs::Metadata::is_file) else {
                continue;
            };
            if !seen.insert(FileMark::of(&metadata)) {
                continue;
            }
            if let Err(ReadError::TooLarge) = self.add(&path) {
                return Err(ReadError::TooLarge);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "makes what a person would have made"
    )]
    fn a_place_that_is_none_says_why_and_comes_to_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = made.cert.pem();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("empty"), "").unwrap();
        fs::write(
            at("good"),
            format!("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n{pem}{pem}"),
        )
        .unwrap();
        fs::File::create(at("huge"))
            .unwrap()
            .set_len(MOST + 1)
            .unwrap();
        for name in ["none", "some", "large"] {
            fs::create_dir(at(name)).unwrap();
        }
        for name in ["some/a", "some/b"] {
            fs::write(at(name), &pem).unwrap();
        }
        fs::hard_link(at("some/a"), at("some/c")).unwrap();
        fs::hard_link(at("huge"), at("large/huge")).unwrap();
        let load = |place: Place| {
            let mut store = RootCertStore::empty();
            let outcome = place.load(&mut store);
            (store.len(), outcome.err().unwrap_or_default())
        };
        let cases = [
            (Place::File(at("good")), 1, ""),
            (Place::File(at("empty")), 0, ""),
            (Place::File(at("absent")), 0, "does not exist"),
            (Place::File(at("none")), 0, "cannot be read: is a directory"),
            (Place::File(at("huge")), 0, "is larger than 16 MiB"),
            (Place::Directory(at("absent")), 0, "does not exist"),
            (
                Place::Directory(at("empty")),
                0,
                "cannot be read: not a directory",
            ),
            (Place::Directory(at("none")), 0, ""),
            (Place::Directory(at("some")), 1, ""),
            (Place::Directory(at("large")), 0, "is larger than 16 MiB"),
        ];
        for (place, count, why) in cases {
            let shown = format!("{place:?}");
            assert_eq!(load(place), (count, why.to_owned()), "{shown}");
        }
        for (path, why) in [("/dev/zero", "is larger than 16 MiB"), ("/dev/null", "")] {
            if Path::new(path).exists() {
                assert_eq!(load(Place::File(path.into())), (0, why.to_owned()));
            }
        }
    }
}
