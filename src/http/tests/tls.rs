//! Over TLS, with certificates made on the spot.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

use super::*;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A server's certificate for these names; `years` are those in which it begins and ends.
    fn issue(&self, name: &str, years: (i32, i32)) -> (CertificateDer<'static>, KeyPair) {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.0, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().der().clone(), key)
    }

    fn file(&self, folder: &TempDir) -> PathBuf {
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, self.0.pem()).unwrap();
        path
    }
}

type ServerStream<'a> = rustls::Stream<'a, rustls::ServerConnection, TcpStream>;

/// A TLS server for one connection. With `polite` it sends `close_notify` before it closes.
fn tls_server(
    identity: (CertificateDer<'static>, KeyPair),
    reply: &'static str,
    polite: bool,
) -> SocketAddr {
    tls_server_then(identity, reply, polite, |_| {})
}

fn tls_server_then(
    (certificate, key): (CertificateDer<'static>, KeyPair),
    reply: &'static str,
    polite: bool,
    then: impl FnOnce(&mut ServerStream<'_>) + Send + 'static,
) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut tcp, _) = listener.accept().unwrap();
        let mut tls = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        while tls.is_handshaking() {
            if tls.complete_io(&mut tcp).is_err() {
                return;
            }
        }
        let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
        read_request(&mut stream);
        stream.write_all(reply.as_bytes()).unwrap();
        if polite {
            stream.conn.send_close_notify();
        }
        drop(stream.flush());
        then(&mut stream);
    });
    address
}

fn ask(address: SocketAddr, ca_file: Option<&Path>) -> Result<Reply, TransportError> {
    let given = Given {
        ca_file,
        ..Given::default()
    };
    given.send(
        &post(
            format!("https://{address}/token?secret=hunter2"),
            Some("a=b"),
        ),
        Duration::from_secs(5),
    )
}

/// The cause and the hint of a handshake that must fail.
fn refused(outcome: Result<Reply, TransportError>) -> (String, String) {
    match outcome.unwrap_err() {
        TransportError::Connect { cause, .. } => (cause.text, cause.hint.unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

const NOW: (i32, i32) = (2000, 2400);

#[test]
fn the_ca_file_is_trusted_besides_the_platforms_roots() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let path = authority.file(&folder);
    let reply = ask(
        tls_server(authority.issue("127.0.0.1", NOW), JSON, true),
        Some(&path),
    )
    .unwrap();
    assert_eq!(reply.body.expose(), b"{}");

    let (text, hint) = refused(ask(
        tls_server(authority.issue("127.0.0.1", NOW), JSON, true),
        None,
    ));
    assert!(
        text.contains("not trusted") && hint.starts_with("set `ca_file`"),
        "{text} {hint}"
    );
    let others = [
        ("theirs", "not trusted", "`ca_file` does not hold"),
        ("ours", "wrong signature", "if its authority was replaced"),
    ];
    for (name, words, advice) in others {
        let certificate = Authority::new(name).issue("127.0.0.1", NOW);
        let (text, hint) = refused(ask(tls_server(certificate, JSON, true), Some(&path)));
        assert!(
            text.contains(words) && hint.starts_with(advice),
            "{text} {hint}"
        );
    }
}

#[test]
fn a_bad_certificate_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let path = authority.file(&folder);
    // Name, years, what the error says.
    let cases = [
        (
            "127.0.0.1",
            (2000, 2001),
            "has expired (2001-01-01T00:00:00Z)",
        ),
        (
            "127.0.0.1",
            (2390, 2400),
            "is not valid yet (2390-01-01T00:00:00Z)",
        ),
        (
            "login.example.com",
            NOW,
            "is for another name: login.example.com",
        ),
    ];
    for (name, years, words) in cases {
        let (text, hint) = refused(ask(
            tls_server(authority.issue(name, years), JSON, true),
            Some(&path),
        ));
        assert!(text.contains(words) && !hint.is_empty(), "{text} {hint}");
    }
}

/// As `openssl req -x509` makes it, with and without `basicConstraints=CA:FALSE`.
#[test]
fn a_self_signed_server_is_trusted_by_ca_file_unless_it_is_an_authority() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    for is_ca in [
        IsCa::ExplicitNoCa,
        IsCa::Ca(BasicConstraints::Unconstrained),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(&path, certificate.pem()).unwrap();
        let address = tls_server((certificate.der().clone(), key), JSON, true);
        let outcome = ask(address, Some(&path));
        if is_ca == IsCa::ExplicitNoCa {
            assert_eq!(outcome.unwrap().status, 200);
            continue;
        }
        let (text, hint) = refused(outcome);
        assert!(
            text.contains("`CA:TRUE`") && hint.contains("CA:FALSE"),
            "{text} {hint}"
        );
    }
}

#[test]
fn a_client_certificate_as_the_servers_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.0).unwrap().der().clone();
    let address = tls_server((certificate, key), JSON, true);
    let (text, hint) = refused(ask(address, Some(&authority.file(&folder))));
    assert!(
        text.ends_with("is not for servers") && hint.contains("`serverAuth`"),
        "{text} {hint}"
    );
}

#[test]
fn the_client_ends_with_close_notify() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let path = authority.file(&folder);
    let (sender, last) = mpsc::channel();
    let address = tls_server_then(
        authority.issue("127.0.0.1", NOW),
        JSON,
        false,
        move |stream| {
            // An error where the connection ends without one.
            let _ = sender.send(stream.read(&mut [0]).map_err(|error| error.kind()));
        },
    );
    ask(address, Some(&path)).unwrap();
    assert_eq!(last.recv().unwrap(), Ok(0));
}

#[test]
fn a_port_without_tls_is_explained() {
    for reply in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            stream.write_all(reply.as_bytes())
        });
        let (text, hint) = refused(ask(address, None));
        assert!(
            text == "the server does not speak TLS here" && hint.contains("plain `http`"),
            "{text} {hint}"
        );
    }
}

#[test]
fn a_body_without_a_length_must_end_with_close_notify() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("ours");
    let path = authority.file(&folder);
    let open_ended = "HTTP/1.1 200 OK\r\n\r\n{}";
    let reply = ask(
        tls_server(authority.issue("127.0.0.1", NOW), open_ended, true),
        Some(&path),
    )
    .unwrap();
    assert_eq!(reply.body.expose(), b"{}");
    // Without close_notify an attacker on the way may have cut the body short.
    let error = ask(
        tls_server(authority.issue("127.0.0.1", NOW), open_ended, false),
        Some(&path),
    )
    .unwrap_err();
    assert!(matches!(error, TransportError::Broken { .. }), "{error:?}");
    let reply = ask(
        tls_server(authority.issue("127.0.0.1", NOW), JSON, false),
        Some(&path),
    )
    .unwrap();
    assert_eq!(reply.body.expose(), b"{}");
}
