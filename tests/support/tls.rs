//! TLS on loopback with a certificate made on the spot.

use std::io::Write as _;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;

use super::Tcp;
use super::tcp::read_request;

/// A certificate authority that nobody knows yet.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server for 127.0.0.1 with a certificate from here, which answers every request with these bytes.
    pub fn server(&self, reply: &str) -> Tcp {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().der().clone();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let (config, reply) = (Arc::new(config), reply.to_owned());
        Tcp::start(move |tcp| {
            let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            while tls.is_handshaking() {
                if tls.complete_io(tcp).is_err() {
                    return "no handshake".to_owned();
                }
            }
            let mut stream = rustls::Stream::new(&mut tls, tcp);
            let seen = read_request(&mut stream);
            stream.write_all(reply.as_bytes()).unwrap();
            stream.conn.send_close_notify();
            drop(stream.flush());
            seen
        })
    }
}
