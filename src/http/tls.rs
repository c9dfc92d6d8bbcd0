//! TLS as every connection speaks it: rustls with ring, and none of what one request has no use for. Leaves to
//! [`super::trust`] who is believed.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, KeyProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{ClientConfig, Error, RootCertStore};

use super::{Settings, TransportError, trust};

/// For a connection to a server that is verified.
///
/// # Errors
/// As [`trust::verifier`].
pub(super) fn config(settings: &Settings) -> Result<ClientConfig, TransportError> {
    let provider = Arc::new(provider());
    let verifier = trust::verifier(settings, &provider)?;
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder
        .map_err(|error| trust::unavailable(&error))?
        .dangerous();
    Ok(finish(
        builder
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth(),
    ))
}

/// For a client that speaks plain HTTP: it trusts nobody, and reads no roots, which costs a millisecond or more, and
/// which a machine without any would refuse even for loopback.
///
/// # Errors
/// [`TransportError::Unavailable`].
pub(super) fn without_roots() -> Result<ClientConfig, TransportError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| trust::unavailable(&error))?;
    Ok(finish(
        builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth(),
    ))
}

fn finish(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // There is one connection, and it ends with the process.
    config.resumption = Resumption::disabled();
    config
}

/// ring alone, whatever another crate may bring: rustls panics where it has two providers to choose from, and
/// aws-lc-rs costs 24 ms at the first handshake.
fn provider() -> CryptoProvider {
    CryptoProvider {
        key_provider: &NoKeys,
        ..ring::default_provider()
    }
}

/// No client certificate is ever presented, so that the code that would sign with its key need not be in the binary.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General(
            "there are no client certificates".to_owned(),
        ))
    }
}
