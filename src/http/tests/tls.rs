//! Over TLS, with certificates made on the spot.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
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

/// A TLS server for one connection. With `polite` it says goodbye before it closes.
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
        ("ours", "was not signed by", "an authority that"),
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

/// Whatever is read first, and whatever only where that does not suffice.
#[test]
fn one_root_is_enough_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (mut kept, mut paths) = (Vec::new(), Vec::new());
    for place in ["ca", "file", "first", "second"] {
        let authority = Authority::new(place);
        let path = folder.path().join(place);
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("root.pem"), authority.0.pem()).unwrap();
        kept.push(authority);
        paths.push(path);
    }
    let file = paths[1].join("root.pem");
    let directories = std::env::join_paths(&paths[2..]).unwrap();
    let variables: &[(&str, &OsStr)] = &[
        ("SSL_CERT_FILE", file.as_os_str()),
        ("SSL_CERT_DIR", &directories),
    ];
    let own = paths[0].join("root.pem");
    let ask = |authority: &Authority, ca_file, variables| {
        let address = tls_server(authority.issue("127.0.0.1", NOW), JSON, true);
        let given = Given {
            ca_file,
            variables,
            ..Given::default()
        };
        given.send(
            &post(format!("https://{address}/token"), Some("a=b")),
            Duration::from_secs(5),
        )
    };
    for (index, authority) in kept.iter().enumerate() {
        assert_eq!(
            ask(authority, Some(&own), variables).unwrap().status,
            200,
            "{index}"
        );
        let without = ask(authority, None, variables);
        assert_eq!(without.is_ok(), index > 0, "{index}: {without:?}");
        // The variables take the place of the platform's roots, one as much as both.
        assert_eq!(
            ask(authority, None, &variables[..1]).is_ok(),
            index == 1,
            "{index}"
        );
        assert_eq!(
            ask(authority, None, &variables[1..]).is_ok(),
            index > 1,
            "{index}"
        );
    }
    let stranger = Authority::new("file");
    let (text, _) = refused(ask(&stranger, Some(&own), variables));
    assert!(text.contains("was not signed by"), "{text}");
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

#[test]
fn a_self_signed_authority_as_the_server_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, certificate.pem()).unwrap();
    let (text, hint) = refused(ask(
        tls_server((certificate.der().clone(), key), JSON, true),
        Some(&path),
    ));
    assert!(
        text.contains("CaUsedAsEndEntity") && hint.contains("openssl req"),
        "{text} {hint}"
    );
}

#[test]
fn the_client_says_goodbye_as_tls_wants_it() {
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
fn plain_http_at_the_port_is_explained() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        listener
            .accept()
            .unwrap()
            .0
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    });
    let (text, hint) = refused(ask(address, None));
    assert!(
        text.contains("does not speak TLS") && hint.contains("plain `http`"),
        "{text} {hint}"
    );
}

#[test]
fn a_body_whose_end_is_not_certain_is_broken() {
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
    // Without close_notify anybody in between may have cut the body short.
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
