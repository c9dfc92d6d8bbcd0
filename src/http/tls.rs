//! The TLS configuration of every connection: rustls with ring, certificates verified by the platform's verifier.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::Verifier;

use super::error::clean;
use super::{Settings, TransportError, certificates};
use crate::host::Warning;

/// For a client that uses TLS. Trusts the platform's authorities and those in `ca_file`; if this machine has no root
/// certificates at all (a container image from scratch), Mozilla's as of this build.
///
/// # Errors
/// [`TransportError::CaFile`], [`TransportError::CertificateVariable`] and [`TransportError::Unavailable`].
pub(super) fn client_config(settings: &Settings) -> Result<ClientConfig, TransportError> {
    let extra_roots = match settings.ca_file {
        Some(path) => certificates::read_ca_file(path)?,
        None => Vec::new(),
    };
    let variable = certificates::check_variables(settings.environment)?;
    let provider = Arc::new(ring::default_provider());
    let builder = builder(Arc::clone(&provider))?;
    let builder = match (
        Verifier::new_with_extra_roots(extra_roots, provider),
        variable,
    ) {
        // rustls has no other name for the use of a verifier that is not its own.
        (Ok(verifier), _) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier)),
        // Mozilla's roots would be more than the variable allows.
        (Err(_), Some(variable)) => {
            return Err(TransportError::CertificateVariable {
                variable,
                problem: "leads to no certificate".to_owned(),
            });
        }
        (Err(_), None) => {
            settings.log.warn(
                Warning::new(
                    "this machine has no root certificates; using the ones built into `tok`",
                )
                .hint("install the package `ca-certificates`, or set `ca_file` or `SSL_CERT_FILE`"),
            );
            builder.with_root_certificates(RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            })
        }
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// For a client that speaks plain http, which needs no roots: to load them takes longer than the request.
pub(super) fn without_roots() -> Result<ClientConfig, TransportError> {
    Ok(builder(Arc::new(ring::default_provider()))?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, TransportError> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::Unavailable(clean(&error.to_string())))
}
