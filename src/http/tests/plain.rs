//! Over plain HTTP.

use std::time::Instant;

use super::*;

fn reply(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body].concat()
}

#[test]
fn a_request_goes_out_as_it_was_built() {
    let (address, sent) = server(JSON);
    let mut request = post(
        format!("http://{address}/token?a=%20b"),
        Some("grant_type=x"),
    );
    request.headers.push((
        "Content-Type".to_owned(),
        Secret::from("application/x-www-form-urlencoded"),
    ));
    request
        .headers
        .push(("X-Twice".to_owned(), Secret::from("1")));
    request
        .headers
        .push(("X-Twice".to_owned(), Secret::from("ü")));
    Given::default()
        .send(&request, Duration::from_secs(5))
        .unwrap();
    let sent = sent.recv().unwrap();
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<_> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /token?a=%20b HTTP/1.1");
    lines.sort_unstable();
    let expected = [
        "Accept-Encoding: gzip".to_owned(),
        "Accept: application/json".to_owned(),
        "Authorization: Basic hunter2".to_owned(),
        "Content-Length: 12".to_owned(),
        "Content-Type: application/x-www-form-urlencoded".to_owned(),
        format!("Host: {address}"),
        format!("User-Agent: tok/{}", env!("CARGO_PKG_VERSION")),
        "X-Twice: 1".to_owned(),
        "X-Twice: ü".to_owned(),
    ];
    assert_eq!(lines, expected);
    assert_eq!(body, "grant_type=x");
}

#[test]
fn own_headers_replace_the_usual_ones() {
    let (address, sent) = server(JSON);
    let mut request = post(format!("http://{address}"), None);
    request.headers = [
        ("accept", "*/*"),
        ("User-Agent", "me"),
        ("Accept-Encoding", "identity"),
    ]
    .map(|(name, value)| (name.to_owned(), Secret::from(value)))
    .into();
    Given::default()
        .send(&request, Duration::from_secs(5))
        .unwrap();
    let sent = sent.recv().unwrap();
    let mut lines: Vec<_> = sent.trim_end().lines().skip(1).collect();
    lines.sort_unstable();
    let host = format!("Host: {address}");
    assert_eq!(
        lines,
        [
            "Accept-Encoding: identity",
            "Accept: */*",
            "Content-Length: 0",
            &host,
            "User-Agent: me"
        ]
    );
    let (address, sent) = server(JSON);
    Given::default()
        .send(
            &post(format!("http://{address}"), Some("")),
            Duration::from_secs(5),
        )
        .unwrap();
    assert!(sent.recv().unwrap().contains("\r\nContent-Length: 0\r\n"));
}

#[test]
fn a_get_has_no_body_and_no_length() {
    let (address, sent) = server(JSON);
    let request = HttpRequest {
        method: Method::Get,
        ..post(format!("http://{address}/?x=1"), None)
    };
    Given::default()
        .send(&request, Duration::from_secs(5))
        .unwrap();
    let sent = sent.recv().unwrap();
    assert!(
        sent.starts_with("GET /?x=1 HTTP/1.1\r\n")
            && !sent.to_lowercase().contains("content-length"),
        "{sent}"
    );
}

#[test]
fn a_reply_comes_back_untouched() {
    let headers = "Content-Type: text/html\r\nRetry-After: 7\r\nX-Retry-In: 900\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                   Location: https://login.example.com/in?secret=1\r\nContent-Length: 2\r\n";
    let (address, _) = server([b"HTTP/1.1 307 Moved\r\n", headers.as_bytes(), b"\r\nhi"].concat());
    let reply = ask(address).unwrap();
    assert_eq!(reply.status, 307);
    assert_eq!(reply.content_type.as_deref(), Some("text/html"));
    assert_eq!(reply.retry_after.as_deref(), Some("7"));
    assert_eq!(reply.retry_in.as_deref(), Some("900"));
    assert_eq!(reply.location.as_deref(), Some("login.example.com"));
    assert_eq!(reply.date.as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(reply.body.expose(), b"hi");
    let (address, _) =
        server("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(ask(address).unwrap().location.as_deref(), Some("127.0.0.1"));
}

#[test]
fn a_body_is_whole_or_its_failure_is_told_apart() {
    let text = b"{\"access_token\":\"abc\",\"expires_in\":3600}";
    let packed = gzip(text);
    let long = |length: usize| format!("Content-Length: {length}\r\n");
    let zip = |length: usize| format!("Content-Encoding: GZip\r\nContent-Length: {length}\r\n");
    let chunked = "Transfer-Encoding: chunked\r\n";
    let bomb = gzip(&vec![b' '; 8 * 1024 * 1024]);
    let half = &packed[..packed.len() - 9];
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (reply(&long(text.len()), text), "whole"),
        (reply("", text), "whole"),
        (
            reply(
                chunked,
                b"5\r\n{\"acc\r\n23\r\ness_token\":\"abc\",\"expires_in\":3600}\r\n0\r\n\r\n",
            ),
            "whole",
        ),
        (reply(&zip(packed.len()), &packed), "whole"),
        (reply("Content-Encoding: x-gzip\r\n", &packed), "whole"),
        (reply("Content-Encoding: br\r\n", text), "whole"),
        (
            reply("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", text),
            "whole",
        ),
        (reply(&long(0), b""), "empty"),
        (reply(&zip(0), b""), "empty"),
        (reply(&long(text.len() + 1), text), "broken"),
        (reply(chunked, b"5\r\n{\"acc\r\n"), "broken"),
        (reply(chunked, b"ff\r\n{\"acc"), "broken"),
        (reply(chunked, b"5\r\n{\"acc\r\n0\r\n"), "broken"),
        (reply(&zip(packed.len()), half), "broken"),
        (reply("Content-Encoding: gzip\r\n", half), "broken"),
        (reply(&zip(half.len()), half), "undecodable"),
        (reply(&zip(text.len()), text), "undecodable"),
        (reply("Content-Encoding: gzip\r\n", text), "undecodable"),
        (reply(chunked, b"zz\r\n{\"acc\r\n0\r\n\r\n"), "undecodable"),
        (reply(&zip(bomb.len()), &bomb), "too large"),
        (reply(&long(1024 * 1024 + 1), b""), "too large"),
        (reply("", &vec![b' '; 1024 * 1024 + 1]), "too large"),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "undecodable"),
        (reply(&"X: y\r\n".repeat(500), b""), "undecodable"),
        (b"HTTP/1.1 2".to_vec(), "broken"),
        (b"".to_vec(), "broken"),
    ];
    for (index, (bytes, expected)) in cases.into_iter().enumerate() {
        let (address, _) = serve(move |stream| drop(stream.write_all(&bytes)));
        let outcome = match &ask(address) {
            Ok(reply) if reply.body.expose() == text => "whole",
            Ok(reply) if reply.body.expose().is_empty() => "empty",
            Err(TransportError::Broken { .. }) => "broken",
            Err(TransportError::Undecodable { .. }) => "undecodable",
            Err(TransportError::TooLarge { .. }) => "too large",
            other => panic!("case {index}: {other:?}"),
        };
        assert_eq!(outcome, expected, "case {index}");
    }
}

#[test]
fn a_refused_connection_is_a_connect_error() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = ask(address).unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("cannot connect to `{address}/token`: connection refused")
    );
    assert_eq!(
        error.hint().unwrap(),
        "nothing listens there: check host and port"
    );
}

#[test]
fn a_reset_after_the_request_is_a_broken_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Closed with bytes unread: the system sends a reset.
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 10]).unwrap();
    });
    let error = ask(address).unwrap_err();
    assert!(matches!(error, TransportError::Broken { .. }), "{error:?}");
}

#[test]
fn a_timeout_is_kept_whatever_the_server_does() {
    let wait = |stream: &mut TcpStream| drop(stream.read(&mut [0]));
    let silent = serve(wait).0;
    let after_headers = serve(move |stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
            .unwrap();
        wait(stream);
    });
    let dripping = serve(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    for address in [silent, after_headers.0, dripping.0] {
        let begun = Instant::now();
        let request = post(format!("http://{address}/token"), Some("a=b"));
        let error = Given::default()
            .send(&request, Duration::from_millis(200))
            .unwrap_err();
        assert!(
            matches!(error, TransportError::TimedOut { .. }),
            "{error:?}"
        );
        assert_eq!(
            error.to_string(),
            format!("no complete reply from `{address}/token` within 0.2s")
        );
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}

#[test]
fn what_cannot_be_sent_is_not_shown() {
    let mut request = post("http://127.0.0.1:9/", None);
    request
        .headers
        .push(("X-Key".to_owned(), Secret::from("hunter2\r\nX-Evil: 1")));
    let error = Given::default()
        .send(&request, Duration::from_secs(1))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value of the header `X-Key` has a character that cannot be sent"
    );
    request
        .headers
        .push(("X Key".to_owned(), Secret::from("1")));
    request.headers.remove(1);
    let error = Given::default()
        .send(&request, Duration::from_secs(1))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the name of the header `X Key` has a character that cannot be sent"
    );
    for url in ["hunter2", "ftp://hunter2/", "http://[hunter2/"] {
        let error = Given::default()
            .send(&post(url, None), Duration::from_secs(1))
            .unwrap_err();
        assert!(matches!(error, TransportError::Url { .. }), "{error:?}");
    }
    let error = Given::default()
        .send(&post("http://127.0.0.1:9/", None), Duration::ZERO)
        .unwrap_err();
    assert!(matches!(error, TransportError::Connect { .. }), "{error:?}");
}

#[test]
fn credentials_in_the_url_become_basic_and_are_not_shown() {
    let (address, sent) = server("nonsense");
    let mut request = post(format!("http://me:hunter2@{address}/token"), None);
    request.headers.clear();
    let error = Given::default()
        .send(&request, Duration::from_secs(5))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(&format!("the reply from `{address}/token` cannot be read")),
        "{error}"
    );
    assert!(
        sent.recv()
            .unwrap()
            .contains("\r\nAuthorization: Basic bWU6aHVudGVyMg==\r\n")
    );
}
