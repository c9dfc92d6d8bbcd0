//! TLS on loopback with a certificate made on the spot.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};

use super::{Tcp, read_request};

/// A certificate authority that is trusted by no client yet.
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

    /// A server's own certificate from here, for 127.0.0.1.
    pub fn config(&self) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap().der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key);
        Arc::new(config.unwrap())
    }

    /// A server with a certificate from here, which answers every request with these bytes.
    pub fn server(&self, reply: &str) -> Tcp {
        let (config, reply) = (self.config(), reply.to_owned());
        Tcp::start(move |tcp| {
            let answer = |stream: &mut TlsStream<'_>| {
                let seen = read_request(stream);
                stream.write_all(reply.as_bytes()).unwrap();
                seen
            };
            over_tls(&config, tcp, answer).unwrap_or_else(|| "no handshake".to_owned())
        })
    }
}

pub type TlsStream<'a> = Stream<'a, ServerConnection, TcpStream>;

/// Serves a connection by TLS; `None` where the handshake fails.
pub fn over_tls<T>(
    config: &Arc<ServerConfig>,
    tcp: &mut TcpStream,
    serve: impl FnOnce(&mut TlsStream<'_>) -> T,
) -> Option<T> {
    let mut tls = ServerConnection::new(Arc::clone(config)).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(tcp).ok()?;
    }
    let mut stream = Stream::new(&mut tls, tcp);
    let served = serve(&mut stream);
    stream.conn.send_close_notify();
    drop(stream.flush());
    Some(served)
}
