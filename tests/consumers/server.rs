//! A server by http and by TLS on one port: it issues tokens, takes one back when it is told to, and gives the files of
//! a directory, and its git repositories, to the client that brings the token that is good.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Authority, Loopback, Request, json_response, over_tls, response};

/// What happened so far.
#[derive(Default)]
struct Seen {
    /// How many tokens were issued; the last one is good.
    issued: usize,
    /// Paths that were asked for with a good token, each with the scheme by which it came.
    granted: Vec<(String, &'static str)>,
    asked: usize,
    /// How many of the requests had an `Authorization` header, whatever was in it.
    presented: usize,
}

pub(crate) struct Server {
    server: Loopback,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    /// Serves what is in this directory. Of what is below `/basic/` and `/v2/` it says that it wants Basic, of all else
    /// Bearer; it takes either. What is below `moved/HOST/` is at that host, which `/moved/` tells everybody.
    pub(crate) fn new(files: PathBuf) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (shared, tls) = (Arc::clone(&seen), Authority::new().config());
        let server = Loopback::start(move |mut stream: TcpStream| {
            // A handshake begins with this byte, and no request does.
            let mut first = [0];
            let is_tls = stream.peek(&mut first).unwrap_or(0) == 1 && first == [0x16];
            if is_tls {
                over_tls(&tls, &mut stream, |stream| serve(stream, &files, &shared));
            } else {
                serve(&mut stream, &files, &shared);
            }
        });
        Self { server, seen }
    }

    pub(crate) fn host(&self) -> String {
        self.server.address().to_string()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
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
        let granted = seen
            .granted
            .iter()
            .filter(|(path, _)| path.starts_with(start));
        let mut found: Vec<_> = granted.map(|(_, scheme)| *scheme).collect();
        found.dedup();
        found
    }
}

/// One request, one answer.
fn serve(stream: &mut (impl Read + Write), files: &Path, seen: &Mutex<Seen>) {
    if let Some(request) = Request::read(stream) {
        let reply = answer(&request, files, &mut seen.lock().unwrap());
        let _ = stream.write_all(&reply).and_then(|()| stream.flush());
    }
}

fn answer(request: &Request, files: &Path, seen: &mut Seen) -> Vec<u8> {
    let path = request.path.as_str();
    let authorization = request.header("authorization");
    seen.asked += 1;
    seen.presented += usize::from(!authorization.is_empty());
    let moved = path.split_once("/moved/").map(|(_, place)| {
        let header = format!("Location: http://{place}?{}\r\n", request.query);
        response("302 Found", &header, "")
    });
    match path {
        _ if path.starts_with("/moved/") => return moved.unwrap(),
        "/token/bad" => return json_response("401 No", "{\"error\":\"invalid_client\"}"),
        "/token" => {
            seen.issued += 1;
            let token = format!("made-up-token-{}", seen.issued);
            let body = format!("{{\"access_token\":\"{token}\",\"expires_in\":3600}}");
            return json_response("200 OK", &body);
        }
        _ => {}
    }
    let Some(scheme) = scheme_of(authorization, &format!("made-up-token-{}", seen.issued)) else {
        let is_basic = path.starts_with("/basic/") || path.starts_with("/v2/");
        let wanted = if is_basic { "Basic" } else { "Bearer" };
        let header = format!("WWW-Authenticate: {wanted} realm=\"made up\"\r\n");
        return response("401 Unauthorized", &header, "");
    };
    seen.granted.push((path.to_owned(), scheme));
    if let Some(reply) = moved {
        return reply;
    }
    if path.contains(".git/") {
        return git(request, files).unwrap_or_else(|| response("500 Oops", "", ""));
    }
    let file = files.join(path.trim_start_matches('/'));
    let file = if file.is_dir() {
        file.join("index")
    } else {
        file
    };
    let kind = fs::read_to_string(file.with_extension("type"));
    let kind = kind.unwrap_or_else(|_| "text/plain".to_owned());
    match fs::read(&file) {
        Ok(bytes) => response(
            "200 OK",
            &format!("Content-Type: {}\r\n", kind.trim_end()),
            bytes,
        ),
        Err(_) => response("404 Not Found", "", ""),
    }
}

/// What `git http-backend` answers, by CGI (RFC 3875).
fn git(request: &Request, files: &Path) -> Option<Vec<u8>> {
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", files)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", request.header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", request.header("content-encoding"))
        .env("GIT_PROTOCOL", request.header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(&request.body).ok()?;
    let output = child.wait_with_output().ok()?.stdout;
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let value = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let kind = value("Content-Type: ").unwrap_or("text/plain");
    let status = value("Status: ").unwrap_or("200 OK");
    Some(response(
        status,
        &format!("Content-Type: {kind}\r\n"),
        &output[end + 4..],
    ))
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
