//! Files of certificates: the profile's `ca_file`, and checks of those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.

use std::path::Path;
use std::{env, fs};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::TransportError;
use super::error::clean;
use crate::host::Environment;
use crate::os::{self, ReadError};

/// The largest file of certificates that is read; a platform's whole bundle has a quarter of a million bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

const CONVERT: &str = "convert it with `openssl x509 -inform der -in FILE -out FILE.pem`";
const PEM: &str = "it must hold one or more blocks of `-----BEGIN CERTIFICATE-----`";

/// Reads the authorities in a PEM file.
///
/// # Errors
/// [`TransportError::CaFile`] if it cannot be read, holds no certificate, or holds a damaged one.
pub(super) fn read_ca_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let fail = |problem: &str, hint| TransportError::CaFile {
        path: clean(&path.to_string_lossy()),
        problem: problem.to_owned(),
        hint,
    };
    let bytes = read(path).map_err(|problem| fail(&problem, None))?;
    let mut certificates = Vec::new();
    let mut store = RootCertStore::empty();
    for (index, certificate) in CertificateDer::pem_slice_iter(&bytes).enumerate() {
        // A certificate is parsed when it is added to a store.
        let certificate = certificate
            .ok()
            .filter(|certificate| store.add(certificate.clone()).is_ok())
            .ok_or_else(|| {
                let number = index + 1;
                fail(&format!("has a damaged certificate: number {number}"), None)
            })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err(if bytes.is_empty() {
            fail("is empty", Some(PEM))
        } else if bytes.starts_with(&[0x30, 0x82]) {
            // A SEQUENCE with a length of two bytes, as every certificate is.
            fail("is DER, not PEM", Some(CONVERT))
        } else if String::from_utf8_lossy(&bytes).contains("PRIVATE KEY-----") {
            fail("holds a private key and no certificate", Some(PEM))
        } else {
            fail("holds no certificate", Some(PEM))
        });
    }
    Ok(certificates)
}

/// Checks the paths in `SSL_CERT_FILE` and `SSL_CERT_DIR`, which the platform's verifier reads in place of the system's
/// bundle without reporting what it cannot read. Returns the name of a variable that is set.
///
/// # Errors
/// [`TransportError::CertificateVariable`] if the file, or every directory, is unusable.
pub(super) fn check_variables(
    environment: Environment,
) -> Result<Option<&'static str>, TransportError> {
    const FILE: &str = "SSL_CERT_FILE";
    const DIRECTORIES: &str = "SSL_CERT_DIR";
    let fail = |variable, problem| TransportError::CertificateVariable { variable, problem };
    let mut set = None;
    if let Some(directories) = environment.get(DIRECTORIES).filter(|text| !text.is_empty()) {
        set = Some(DIRECTORIES);
        if env::split_paths(&directories).all(|directory| fs::read_dir(directory).is_err()) {
            let shown = clean(&directories.to_string_lossy());
            return Err(fail(
                DIRECTORIES,
                format!("names no directory that can be read: `{shown}`"),
            ));
        }
    }
    if let Some(file) = environment.get(FILE) {
        set = Some(FILE);
        if file.is_empty() {
            // The verifier takes it for the name of a file.
            return Err(fail(FILE, "is set but empty".to_owned()));
        }
        if let Err(problem) = check_file(Path::new(&file)) {
            let shown = clean(&file.to_string_lossy());
            return Err(fail(FILE, format!("names `{shown}`, which {problem}")));
        }
    }
    Ok(set)
}

fn check_file(path: &Path) -> Result<(), String> {
    let metadata =
        fs::metadata(path).map_err(|error| format!("cannot be read: {}", os::describe(&error)))?;
    if metadata.is_dir() {
        return Err("is a directory".to_owned());
    }
    // The verifier would wait for ever on a pipe, and read a device for ever.
    if !metadata.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let bytes = read(path)?;
    if CertificateDer::pem_slice_iter(&bytes)
        .flatten()
        .next()
        .is_none()
    {
        return Err("holds no certificate in PEM".to_owned());
    }
    Ok(())
}

fn read(path: &Path) -> Result<impl std::ops::Deref<Target = Vec<u8>> + use<>, String> {
    os::read(path, MAX_BYTES).map_err(|error| match error {
        ReadError::TooLarge => "is larger than 16 MiB".to_owned(),
        other => format!("cannot be read: {other}"),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "writes what a user would have written"
    )]
    fn an_unusable_file_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = made.cert.pem();
        let with_text = format!("Subject: example\n\n{pem}\n{pem}");
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
        let path = folder.path().join("ca.pem");
        for (bytes, expected) in cases {
            fs::write(&path, bytes).unwrap();
            match (read_ca_file(&path), expected) {
                (Ok(read), Ok(count)) => assert_eq!(read.len(), count),
                (Err(TransportError::CaFile { problem, .. }), Err(expected)) => {
                    assert_eq!(problem, expected);
                }
                (outcome, _) => panic!("{outcome:?} instead of {expected:?}"),
            }
        }
        for (path, problem) in [
            (folder.path().join("absent"), "no such file or directory"),
            (folder.path().to_owned(), "is a directory"),
        ] {
            let error = read_ca_file(&path).unwrap_err().to_string();
            assert!(
                error.ends_with(&format!("cannot be read: {problem}")),
                "{error}"
            );
        }
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "writes what a user would have written"
    )]
    fn a_variable_that_leads_to_no_certificate_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).into_os_string();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(at("good"), made.cert.pem()).unwrap();
        fs::write(at("bad"), "no certificate").unwrap();
        fs::File::create(at("large"))
            .unwrap()
            .set_len(MAX_BYTES + 1)
            .unwrap();
        let directory = folder.path().as_os_str().to_owned();
        let two = env::join_paths([at("absent"), directory.clone()]).unwrap();
        let (file, directories) = ("SSL_CERT_FILE", "SSL_CERT_DIR");
        let cases: [(&str, OsString, &str); 10] = [
            (file, at("good"), ""),
            (file, at("bad"), "holds no certificate in PEM"),
            (file, at("large"), "is larger than 16 MiB"),
            (
                file,
                at("absent"),
                "cannot be read: no such file or directory",
            ),
            (file, directory.clone(), "is a directory"),
            (file, "/dev/zero".into(), "is not a regular file"),
            (file, "".into(), "is set but empty"),
            (directories, two, ""),
            (directories, "".into(), ""),
            (
                directories,
                at("absent"),
                "names no directory that can be read",
            ),
        ];
        for (variable, value, problem) in cases {
            let look_up = |name: &OsStr| (name == variable).then(|| value.clone());
            match check_variables(Environment::new(&look_up)) {
                Ok(_) => assert_eq!(problem, "", "{variable} {value:?}"),
                Err(error) => {
                    let text = error.to_string();
                    assert!(!problem.is_empty() && text.contains(problem), "{text}");
                }
            }
        }
    }
}
