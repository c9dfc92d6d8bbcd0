//! By a proxy. The target is never reached: what the proxy is asked is what counts.

use super::*;

fn by(proxy: &str, url: &str) -> Result<Reply, TransportError> {
    let given = Given {
        proxy: Some(proxy),
        ..Given::default()
    };
    given.send(&post(url, Some("a=b")), Duration::from_secs(5))
}

#[test]
fn https_goes_through_a_tunnel_and_credentials_are_decoded() {
    let (address, sent) = server("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
    let error = by(
        &format!("http://u%40x:h%2Funt%25er|2@{address}"),
        "https://api.example.com/token",
    )
    .unwrap_err();
    let sent = sent.recv().unwrap();
    assert!(
        sent.starts_with("CONNECT api.example.com:443 HTTP/1.1\r\n"),
        "{sent}"
    );
    // base64 of `u@x:h/unt%er|2`
    assert!(sent.contains("Basic dUB4OmgvdW50JWVyfDI="), "{sent}");
    assert!(!sent.contains("Authorization: Basic hunter2"), "{sent}");
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    let words = format!(
        "cannot connect to `api.example.com/token` through the proxy `{address}` (from `proxy`): the proxy wants other credentials"
    );
    assert_eq!(error.to_string(), words);
}

#[test]
fn a_refused_tunnel_is_no_connection() {
    let (address, _) = server("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    let error = by(&address.to_string(), "https://api.example.com/token").unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("the proxy refused to connect to it"),
        "{error}"
    );
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = by(&gone.to_string(), "https://api.example.com/token").unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    assert_eq!(
        error.hint().unwrap(),
        "nothing listens there: check the proxy's host and port"
    );
}

#[test]
fn http_goes_by_its_whole_url() {
    let (address, sent) = server(JSON);
    let reply = by(&address.to_string(), "http://api.example.com/token?a=b").unwrap();
    assert_eq!(reply.status, 200);
    assert!(
        sent.recv()
            .unwrap()
            .starts_with("POST http://api.example.com/token?a=b HTTP/1.1\r\n")
    );
}

#[test]
fn socks_5_is_asked_by_name_with_the_h() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 3];
        stream.read_exact(&mut hello).unwrap();
        stream.write_all(&[5, 0]).unwrap();
        let mut request = [0; 22];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        request
    });
    let error = by(
        &format!("socks5h://{address}"),
        "https://api.example.com/token",
    )
    .unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    assert_eq!(
        &asked.join().unwrap(),
        b"\x05\x01\x00\x03\x0fapi.example.com\x01\xbb"
    );
}

/// `socks5` has the name resolved here: it is the target's, not the proxy's.
#[test]
fn an_unresolvable_target_is_named() {
    let error = by("socks5://127.0.0.1:9", "https://no-such-host.invalid/token").unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains(": the host name `no-such-host.invalid` cannot be resolved: "),
        "{text}"
    );
    assert!(error.hint().unwrap().contains("`socks5h`"), "{error:?}");
}
