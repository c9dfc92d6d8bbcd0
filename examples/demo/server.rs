//! An authorization server on loopback, just enough HTTP for one request a connection.
//!
//! What a request must look like, and what is answered, is for [`super::providers`] to say.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::providers::Providers;

/// A request, taken apart.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    /// The header's value, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The content type without its parameters.
    pub(crate) fn content_type(&self) -> &str {
        self.header("content-type")
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
    }
}

/// A reply before it is written.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// The server. It stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// So long a client may take over its request.
const PATIENCE: Duration = Duration::from_secs(10);
/// No token request is larger, in bytes.
const LARGEST: usize = 1 << 16;

impl Server {
    /// Starts on a free port of loopback.
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let stopping = Arc::new(AtomicBool::new(false));
        let (log, stop) = (Arc::clone(&seen), Arc::clone(&stopping));
        let providers = Arc::new(Providers::default());
        let accept = move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (providers, log) = (Arc::clone(&providers), Arc::clone(&log));
                // A connection that no thread can be had for is closed, and the client says so.
                let _ = thread::Builder::new().spawn(move || serve(&stream, &providers, &log));
            }
        };
        let thread = thread::Builder::new().spawn(accept)?;
        Ok(Self {
            address,
            seen,
            stopping,
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far in one line each, without its credentials.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Waits for ever.
    pub(crate) fn stay(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The thread waits for a connection: this is one.
        if TcpStream::connect(self.address).is_ok()
            && let Some(thread) = self.thread.take()
        {
            let _ = thread.join();
        }
    }
}

fn serve(stream: &TcpStream, providers: &Providers, log: &Mutex<Vec<String>>) {
    let Ok(request) = read(stream) else { return };
    let (reply, line) = providers.answer(&request);
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(line);
    let _ = write(stream, &reply);
}

fn read(stream: &TcpStream) -> io::Result<Request> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.take(LARGEST as u64));
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_ascii_whitespace();
    let (method, target) = (words.next().ok_or_else(bad)?, words.next().ok_or_else(bad)?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(Ok(0), |length| length.parse())
        .map_err(|_| bad())?;
    let mut body = vec![0; usize::min(length, LARGEST)];
    reader.read_exact(&mut body)?;
    Ok(Request {
        method,
        path,
        query,
        headers,
        body: String::from_utf8(body).map_err(|_| bad())?,
    })
}

fn write(mut stream: &TcpStream, reply: &Reply) -> io::Result<()> {
    let Reply {
        status,
        content_type,
        body,
    } = reply;
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} -\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes())
}
