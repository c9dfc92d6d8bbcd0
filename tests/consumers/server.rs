//! A server on loopback, by http and by TLS on one port: it issues tokens, takes one back when it is told to, and
//! gives the files of a directory, and its git repositories, to whoever brings the one that is good.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::PrivateKeyDer;

/// What happened so far.
#[derive(Default)]
struct Seen {
    /// How many tokens were issued; the last one is good.
    issued: usize,
    /// Paths that were asked for with a good token, each with the scheme by which it came.
    granted: Vec<(String, &'static str)>,
    /// How many requests came.
    asked: usize,
    /// How many of them had an `Authorization` header, whatever was in it.
    presented: usize,
}

pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

/// A request.
struct Request {
    method: String,
    path: String,
    query: String,
    /// By name in lower case.
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Server {
    /// Serves what is in this directory. Of what is below `/basic/` and `/v2/` it says that it wants Basic, of all else
    /// Bearer; it takes either. What is below `moved/HOST/` is at that host, which `/moved/` tells everybody.
    pub(crate) fn new(files: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, seen) = (
            listener.local_addr().unwrap(),
            Arc::new(Mutex::new(Seen::default())),
        );
        let (shared, tls) = (Arc::clone(&seen), Arc::new(certificate()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, seen, tls) = (files.clone(), Arc::clone(&shared), Arc::clone(&tls));
                thread::spawn(move || connection(stream, &files, &seen, tls));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn issued(&self) -> usize {
        self.seen.lock().unwrap().issued
    }

    /// How many requests came, and how many of them had an `Authorization` header.
    pub(crate) fn presented(&self) -> (usize, usize) {
        let seen = self.seen.lock().unwrap();
        (seen.asked, seen.presented)
    }

    /// The token that is good is not, from now on.
    pub(crate) fn revoke(&self) {
        self.seen.lock().unwrap().issued += 1;
    }

    /// The schemes by which good tokens came for paths that begin so, without repetition.
    pub(crate) fn schemes(&self, start: &str) -> Vec<&'static str> {
        let seen = self.seen.lock().unwrap();
        let mut found: Vec<_> = seen
            .granted
            .iter()
            .filter(|(path, _)| path.starts_with(start))
            .map(|(_, scheme)| *scheme)
            .collect();
        found.dedup();
        found
    }
}

fn certificate() -> rustls::ServerConfig {
    let key = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let der = PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    config
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], der)
        .unwrap()
}

fn connection(
    mut stream: TcpStream,
    files: &std::path::Path,
    seen: &Mutex<Seen>,
    tls: Arc<rustls::ServerConfig>,
) {
    // A handshake begins with this byte, and no request does.
    let mut first = [0];
    if stream.peek(&mut first).unwrap_or(0) == 1 && first == [0x16] {
        let mut session = rustls::ServerConnection::new(tls).unwrap();
        serve(
            &mut rustls::Stream::new(&mut session, &mut stream),
            files,
            seen,
        );
        session.send_close_notify();
        let _ = session.complete_io(&mut stream);
    } else {
        serve(&mut stream, files, seen);
    }
}

/// One request, one answer.
fn serve(stream: &mut (impl Read + Write), files: &std::path::Path, seen: &Mutex<Seen>) {
    let Some(request) = read(stream) else { return };
    let reply = answer(&request, files, &mut seen.lock().unwrap());
    let _ = stream.write_all(&reply).and_then(|()| stream.flush());
}

fn read(stream: &mut impl Read) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim_end().is_empty() {
            break;
        }
        let (name, value) = line.trim_end().split_once(": ").unwrap_or_default();
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
    })
}

fn answer(request: &Request, files: &std::path::Path, seen: &mut Seen) -> Vec<u8> {
    let path = request.path.as_str();
    seen.asked += 1;
    seen.presented += usize::from(request.headers.contains_key("authorization"));
    let moved = path.split_once("/moved/").map(|(_, place)| {
        let more = format!("text/plain\r\nLocation: http://{place}?{}", request.query);
        reply("302 Found", &more, b"")
    });
    if let Some(reply) = moved.as_ref().filter(|_| path.starts_with("/moved/")) {
        return reply.clone();
    }
    if path == "/token/bad" {
        return reply(
            "401 Unauthorized",
            "application/json",
            b"{\"error\":\"invalid_client\"}",
        );
    }
    if path == "/token" {
        seen.issued += 1;
        let body = format!(
            "{{\"access_token\":\"made-up-token-{}\",\"expires_in\":3600}}",
            seen.issued
        );
        return reply("200 OK", "application/json", body.as_bytes());
    }
    let good = format!("made-up-token-{}", seen.issued);
    let scheme = request
        .headers
        .get("authorization")
        .and_then(|value| scheme_of(value, &good));
    let Some(scheme) = scheme else {
        let is_basic = ["/basic/", "/v2/"]
            .iter()
            .any(|start| path.starts_with(start));
        let wanted = if is_basic { "Basic" } else { "Bearer" };
        let more = format!("text/plain\r\nWWW-Authenticate: {wanted} realm=\"made up\"");
        return reply("401 Unauthorized", &more, b"");
    };
    seen.granted.push((path.to_owned(), scheme));
    if let Some(reply) = moved {
        return reply;
    }
    if path.contains(".git/") {
        return git(request, files)
            .unwrap_or_else(|| reply("500 Internal Server Error", "text/plain", b""));
    }
    let file = files.join(path.trim_start_matches('/'));
    let file = if file.is_dir() {
        file.join("index")
    } else {
        file
    };
    let kind =
        fs::read_to_string(file.with_extension("type")).unwrap_or_else(|_| "text/plain".to_owned());
    match fs::read(&file) {
        Ok(bytes) => reply("200 OK", kind.trim_end(), &bytes),
        Err(_) => reply("404 Not Found", "text/plain", b""),
    }
}

/// What `git http-backend` answers, by CGI (RFC 3875).
fn git(request: &Request, files: &std::path::Path) -> Option<Vec<u8>> {
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", files)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(&request.body).ok()?;
    let output = child.wait_with_output().ok()?.stdout;
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, body) = (
        String::from_utf8_lossy(&output[..end]).into_owned(),
        &output[end + 4..],
    );
    let status = head
        .lines()
        .find_map(|line| line.strip_prefix("Status: "))
        .unwrap_or("200 OK");
    let kind = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Type: "))
        .unwrap_or("text/plain");
    Some(reply(status, kind, body))
}

/// How this token came, if it is this token.
fn scheme_of(value: &str, token: &str) -> Option<&'static str> {
    if value == token {
        return Some("alone");
    }
    let (scheme, rest) = value.split_once(' ')?;
    match scheme {
        "Bearer" => (rest == token).then_some("Bearer"),
        "Basic" => {
            let pair = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
            (pair.split_once(':')?.1 == token).then_some("Basic")
        }
        _ => None,
    }
}

fn reply(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
