//! Root certificates: those of the profile's `ca_file`, those for a machine without any, and what to say where
//! there are none. Leaves the platform's own, and what is done with all of them, to [`super::trust`].

use std::io;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{TransportError, cause};
use crate::host::Environment;
use crate::os::{self, ReadError};

/// The most bytes of certificates that are read at a place; a whole platform's bundle has a quarter of a million.
pub(super) const MOST: u64 = 16 * 1024 * 1024;

const CONVERT: &str = "convert it with `openssl x509 -inform der -in FILE -out FILE.pem`";
const PEM: &str = "it must hold one or more blocks of `-----BEGIN CERTIFICATE-----`";

/// Reads the authorities in a PEM file.
///
/// # Errors
/// [`TransportError::CaFile`] where it cannot be read, holds none, or holds one that is damaged.
pub(super) fn read_ca_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let fail = |problem: String, hint| TransportError::CaFile {
        source_name: "`ca_file`",
        path: cause::clean(&path.to_string_lossy()),
        problem,
        hint,
    };
    let unread = |why: ReadError| match why {
        ReadError::TooLarge => fail("is larger than 16 MiB".to_owned(), Some(PEM)),
        other => fail(format!("cannot be read: {other}"), None),
    };
    let bytes = os::read(path, MOST).map_err(unread)?;
    if bytes.is_empty() {
        return Err(fail("is empty".to_owned(), Some(PEM)));
    }

    let mut certificates = Vec::new();
    let mut store = RootCertStore::empty();
    for (index, found) in CertificateDer::pem_slice_iter(&bytes).enumerate() {
        // An authority is parsed only when it is put into a store.
        let certificate = found
            .ok()
            .filter(|der| store.add(der.clone()).is_ok())
            .ok_or_else(|| {
                fail(
                    format!("has a damaged certificate: number {}", index + 1),
                    None,
                )
            })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        // A certificate in DER is a SEQUENCE with a length of two bytes.
        let (problem, hint) = if bytes.starts_with(&[0x30, 0x82]) {
            ("is DER, not PEM", CONVERT)
        } else if contains(&bytes, b"PRIVATE KEY-----") {
            ("holds a private key and no certificate", PEM)
        } else {
            ("holds no certificate", PEM)
        };
        return Err(fail(problem.to_owned(), Some(hint)));
    }
    Ok(certificates)
}

/// Mozilla's roots as they were when `tok` was built, for a machine that has none (an image from scratch).
pub(super) fn built_in() -> RootCertStore {
    RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    }
}

/// Refuses to replace roots that somebody chose: where `SSL_CERT_FILE` or `SSL_CERT_DIR` is set and brought
/// none, falling back on public ones would trust more than was asked for. `why`: what was the matter with the first.
///
/// # Errors
/// [`TransportError::CaFile`] with the name of the variable.
pub(super) fn refuse_if_chosen(
    environment: Environment,
    why: Option<String>,
) -> Result<(), TransportError> {
    for (variable, source_name) in [
        ("SSL_CERT_FILE", "the file of `SSL_CERT_FILE`"),
        ("SSL_CERT_DIR", "the directory of `SSL_CERT_DIR`"),
    ] {
        if let Some(path) = environment.get(variable).filter(|path| !path.is_empty()) {
            return Err(TransportError::CaFile {
                source_name,
                path: cause::clean(&path.to_string_lossy()),
                problem: why.unwrap_or_else(|| "brought no certificate".to_owned()),
                hint: Some("correct the variable, or unset it for the platform's own roots"),
            });
        }
    }
    Ok(())
}

/// Refuses to take a machine for one without roots when it only could not open the files that hold them: whom to
/// trust must not hang on how many files are open.
pub(super) fn refuse_if_out_of_files() -> Result<(), TransportError> {
    match std::fs::read_dir("/") {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(TransportError::Unavailable {
            problem: cause::io_text(&error),
        }),
        _ => Ok(()),
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "writes what a person would have written"
    )]
    fn a_ca_file_of_no_use_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = made.cert.pem();
        let with_text = format!("TokenIdentity: somebody\n\n{pem}\n{pem}");
        let half =
            format!("{pem}-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n");
        let (cut, _) = pem.split_at(pem.len() / 2);
        let cases: [(&[u8], Result<usize, &str>); 9] = [
            (pem.as_bytes(), Ok(1)),
            (with_text.as_bytes(), Ok(2)),
            (b"", Err("is empty")),
            (b"not a certificate\n", Err("holds no certificate")),
            (made.cert.der(), Err("is DER, not PEM")),
            (
                &made.signing_key.serialize_pem().into_bytes(),
                Err("holds a private key and no certificate"),
            ),
            (half.as_bytes(), Err("has a damaged certificate: number 2")),
            (cut.as_bytes(), Err("has a damaged certificate: number 1")),
            (b"\xff\xfe\x00", Err("holds no certificate")),
        ];
        for (bytes, expected) in cases {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, bytes).unwrap();
            match (read_ca_file(&path), expected) {
                (Ok(read), Ok(count)) => assert_eq!(read.len(), count),
                (Err(TransportError::CaFile { problem, .. }), Err(expected)) => {
                    assert_eq!(problem, expected);
                }
                (outcome, _) => panic!("{outcome:?} instead of {expected:?}"),
            }
        }
        let error = read_ca_file(&folder.path().join("absent")).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("cannot be read: no such file or directory"),
            "{error}"
        );
        let error = read_ca_file(folder.path()).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("cannot be read: is a directory"),
            "{error}"
        );
    }
}
