//! A server below HTTP, for what an HTTP server cannot be made to do: broken replies, silence, tunnels.

use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A listener on loopback that treats every connection the same and notes what came on each.
pub struct Tcp {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
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

    /// Reads each request and says nothing, until the other side has gone.
    pub fn silent() -> Self {
        Self::start(|stream| {
            let seen = read_request(stream);
            stream
                .set_read_timeout(Some(Duration::from_secs(20)))
                .unwrap();
            drop(stream.read(&mut [0]));
            seen
        })
    }

    /// Does this with each connection, one at a time.
    pub fn start(serve: impl Fn(&mut TcpStream) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, over) = (
            Arc::new(Mutex::new(Vec::new())),
            Arc::new(AtomicBool::new(false)),
        );
        let (noted, ended) = (Arc::clone(&seen), Arc::clone(&over));
        let thread = thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                stream
                    .set_read_timeout(Some(Duration::from_secs(20)))
                    .unwrap();
                let request = serve(&mut stream);
                noted.lock().unwrap().push(request);
            }
        });
        Self {
            address,
            seen,
            over,
            thread: Some(thread),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What came on each connection, once all are closed.
    pub fn finish(mut self) -> Vec<String> {
        self.stop();
        self.seen.lock().unwrap().clone()
    }

    fn stop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A port on which nothing listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Reads a request up to the end of its body.
pub fn read_request(stream: &mut impl Read) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let lower = head.to_ascii_lowercase();
    let length = lower
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    drop(stream.read_exact(&mut body));
    head + &String::from_utf8_lossy(&body)
}
