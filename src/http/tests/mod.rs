//! The transport against servers that misbehave, all of them on 127.0.0.1.

#![expect(clippy::disallowed_methods, reason = "servers and files of others")]

mod plain;
mod proxy;
mod tls;

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Settings, Transport, TransportError, connect};
use crate::host::{Environment, Log, Warning};
use crate::request::{HttpRequest, Method};
use crate::response::Reply;
use crate::secret::Secret;

const JSON: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

/// A server that answers one connection by `answer`; what it was sent comes by the receiver.
fn serve(
    answer: impl FnOnce(&mut TcpStream) + Send + 'static,
) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // Not every test wants to know.
        let _ = sender.send(read_request(&mut stream));
        answer(&mut stream);
    });
    (address, receiver)
}

/// A server that answers one connection by these bytes, and closes it.
fn server(reply: impl Into<Vec<u8>>) -> (SocketAddr, mpsc::Receiver<String>) {
    let reply = reply.into();
    serve(move |stream| stream.write_all(&reply).unwrap())
}

/// Reads a request up to the end of its body.
fn read_request(stream: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    head + std::str::from_utf8(&body).unwrap()
}

fn post(url: impl Into<String>, body: Option<&str>) -> HttpRequest {
    HttpRequest {
        method: Method::Post,
        url: Secret::new(url.into()),
        headers: vec![("Authorization".to_owned(), Secret::from("Basic hunter2"))],
        body: body.map(|body| Secret::new(body.as_bytes().to_vec())),
    }
}

pub(super) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Collects the warnings.
#[derive(Default)]
struct Warnings(RefCell<Vec<String>>);

impl Log for Warnings {
    fn progress(&self, _message: &str) {}

    fn warn(&self, warning: Warning) {
        self.0.borrow_mut().push(warning.message);
    }
    fn debug(&self, _: &str) {}
}

/// The settings of a test.
#[derive(Default)]
struct Given<'a> {
    ca_file: Option<&'a Path>,
    proxy: Option<&'a str>,
}

impl Given<'_> {
    fn send(&self, request: &HttpRequest, time_left: Duration) -> Result<Reply, TransportError> {
        let warnings = Warnings::default();
        let look_up = |_: &OsStr| None;
        let settings = Settings {
            connect_timeout: Duration::from_secs(5),
            ca_file: self.ca_file,
            proxy: self.proxy,
            environment: Environment::new(&look_up),
            log: &warnings,
        };
        let outcome = connect(request.url.expose(), &settings)?.send(request, time_left);
        if let Err(error) = &outcome {
            let shown = format!("{error} {error:?} {:?}", error.hint());
            assert!(
                !shown.contains("hunter2") && !shown.contains("secret="),
                "{shown}"
            );
        }
        assert!(warnings.0.borrow().is_empty());
        outcome
    }
}

/// Posts to this server, with a secret in the query that no error may show.
fn ask(address: SocketAddr) -> Result<Reply, TransportError> {
    let request = post(
        format!("http://{address}/token?secret=hunter2"),
        Some("a=b"),
    );
    Given::default().send(&request, Duration::from_secs(5))
}
