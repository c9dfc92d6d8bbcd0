//! A server below HTTP on loopback: each connection goes to a closure, for what an HTTP server cannot be made to do.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A request, taken apart.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    /// By name in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    /// All of it, as it came.
    pub text: String,
}

impl Request {
    /// Reads one up to the end of its body; `None` where the connection ends before.
    pub fn read(stream: &mut impl Read) -> Option<Self> {
        let (mut reader, mut head) = (BufReader::new(stream), Vec::new());
        while !head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut head).unwrap_or(0) == 0 {
                return None;
            }
        }
        let text = String::from_utf8_lossy(&head).into_owned();
        let mut lines = text.lines();
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers: BTreeMap<String, String> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let length = headers.get("content-length");
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        reader.read_exact(&mut body).ok()?;
        Some(Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            text: text.clone() + &String::from_utf8_lossy(&body),
            body,
        })
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A whole reply; `headers` are lines with their ends.
pub fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let (body, connection) = (body.as_ref(), "Connection: close");
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n{connection}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub fn json_response(status: &str, body: &str) -> Vec<u8> {
    response(status, "Content-Type: application/json\r\n", body)
}

/// A listener that hands each connection to a thread of its own.
pub struct Loopback {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let serve = &serve;
            // The listener goes with the closure, before the connections have ended.
            thread::scope(move |scope| {
                for stream in listener.incoming().flatten() {
                    if ended.load(Ordering::SeqCst) {
                        return;
                    }
                    let limit = Some(Duration::from_secs(20));
                    stream.set_read_timeout(limit).unwrap();
                    scope.spawn(move || serve(stream));
                }
            });
        });
        Self {
            address,
            is_over,
            thread: Some(thread),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// From now on connections are refused.
    pub fn stop(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        while TcpStream::connect(self.address).is_ok() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits until every connection has ended.
    pub fn finish(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

/// A server that treats one connection after the other in the same way, and notes what came on each.
pub struct Tcp {
    server: Loopback,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Tcp {
    /// Reads each request, answers with these bytes and closes.
    pub fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |stream| {
            let seen = read_request(stream);
            drop(stream.write_all(&bytes).and_then(|()| stream.flush()));
            seen
        })
    }

    /// Reads each request and sends nothing, until the other side has gone.
    pub fn silent() -> Self {
        Self::start(|stream| {
            let seen = read_request(stream);
            drop(stream.read(&mut [0]));
            seen
        })
    }

    pub fn start(serve: impl Fn(&mut TcpStream) -> String + Send + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, serve) = (Arc::clone(&seen), Mutex::new(serve));
        let server = Loopback::start(move |mut stream| {
            let serve = serve.lock().unwrap();
            let request = serve(&mut stream);
            noted.lock().unwrap().push(request);
        });
        Self { server, seen }
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// What came on each connection, once all are closed.
    pub fn finish(mut self) -> Vec<String> {
        self.server.finish();
        self.seen.lock().unwrap().clone()
    }
}

/// A port on which nothing listens.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The text of a request; nothing where the connection ends before it is whole.
pub fn read_request(stream: &mut impl Read) -> String {
    Request::read(stream).map_or_else(String::new, |request| request.text)
}
