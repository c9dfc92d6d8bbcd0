//! Whom to trust: the `ca_file`, and the platform's roots, of which no more is read than is needed.
//!
//! A platform keeps its roots twice, in one file and in a directory of hundreds. To read both takes three times as
//! long as all else of a request, and nearly always what is read first is enough. So the rest is read only where
//! that does not verify a server: no root more or less is trusted than if all were read at once, for a chain of
//! certificates ends in one root, whichever else there are. Leaves the `ca_file` itself to [`super::certificates`].

use std::collections::VecDeque;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::place::Place;
use super::{Settings, TransportError, cause, certificates};
use crate::host::{Environment, Warning};
use crate::os;

/// The verifier for one client.
///
/// # Errors
/// [`TransportError::CaFile`] and [`TransportError::Unavailable`].
pub(super) fn verifier(
    settings: &Settings,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, TransportError> {
    let own = settings
        .ca_file
        .map(certificates::read_ca_file)
        .transpose()?
        .unwrap_or_default();
    let Some(mut rest) = places(settings.environment) else {
        return rustls_platform_verifier::Verifier::new_with_extra_roots(own, Arc::clone(provider))
            .map(|verifier| Arc::new(verifier) as _)
            .map_err(|error| unavailable(&error));
    };
    let mut first = RootCertStore::empty();
    first.add_parsable_certificates(own);
    let mut outcomes = Vec::new();
    while first.is_empty() {
        let Some(place) = rest.pop_front() else { break };
        outcomes.push(place.load(&mut first));
    }
    // Only where there is no `ca_file` either: with one, that alone is trusted.
    if first.is_empty() {
        certificates::refuse_if_out_of_files()?;
        let why = outcomes.into_iter().next().and_then(Result::err);
        certificates::refuse_if_chosen(settings.environment, why)?;
        settings.log.warn(
            Warning::new("this machine has no root certificates; those built into `tok` are used")
                .hint("install the package `ca-certificates`, or set `ca_file` or `SSL_CERT_FILE`"),
        );
        first = certificates::built_in();
    }
    let roots = Arc::new(first);
    let first = web_pki(Arc::clone(&roots), provider).map_err(|error| unavailable(&error))?;
    Ok(Arc::new(ReadAsNeeded {
        first,
        roots,
        rest: rest.into(),
        provider: Arc::clone(provider),
    }))
}

/// Where the roots are, the quickest to read first: what the environment names, or what this system has. `None`:
/// it keeps them in no files.
fn places(environment: Environment) -> Option<VecDeque<Place>> {
    let named = |name| environment.get(name).filter(|value| !value.is_empty());
    let (file, directories) = match (named("SSL_CERT_FILE"), named("SSL_CERT_DIR")) {
        (None, None) => os::root_certificates()?,
        (file, directories) => {
            let directories = directories.iter().flat_map(std::env::split_paths);
            (
                file.map(Into::into),
                directories
                    .filter(|directory| !directory.as_os_str().is_empty())
                    .collect(),
            )
        }
    };
    Some(
        file.map(Place::File)
            .into_iter()
            .chain(directories.into_iter().map(Place::Directory))
            .collect(),
    )
}

fn web_pki(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, Error> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
        .build()
        .map_err(|error| Error::General(error.to_string()))
}

/// A verifier, or the rules of TLS, that cannot be set up.
pub(super) fn unavailable(error: &Error) -> TransportError {
    TransportError::Unavailable {
        problem: cause::clean(&error.to_string()),
    }
}

/// Verifies by the roots that were read first, and by all of them where those do not suffice.
#[derive(Debug)]
struct ReadAsNeeded {
    first: Arc<WebPkiServerVerifier>,
    /// Those of `first`.
    roots: Arc<RootCertStore>,
    /// What was not read yet.
    rest: Vec<Place>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ReadAsNeeded {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let outcome = by(&self.first);
        if outcome.is_ok() || self.rest.is_empty() {
            return outcome;
        }
        let mut all = RootCertStore::clone(&self.roots);
        for place in &self.rest {
            // What cannot be read brings nothing, and the outcome says what that amounts to.
            let _ = place.load(&mut all);
        }
        let outcome = by(&*web_pki(Arc::new(all), &self.provider)?);
        match certificates::refuse_if_out_of_files() {
            Err(TransportError::Unavailable { problem }) if outcome.is_err() => {
                Err(Error::General(format!(
                    "the platform's root certificates cannot be read: {problem}"
                )))
            }
            _ => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.first.supported_verify_schemes()
    }
}
