//! A server that sends bytes as it likes, for one connection.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is sent.
pub enum Reply {
    /// These bytes, and the connection is closed.
    Whole(Vec<u8>),
    /// The first bytes, and then the second ones without an end.
    Endless(Vec<u8>, Vec<u8>),
    /// The first bytes, and then the second ones, one at a time.
    Drip(Vec<u8>, Vec<u8>),
    /// Nothing, and the connection stays open.
    Silence,
}

pub struct Server {
    pub port: u16,
    reply: Arc<Mutex<Arc<Reply>>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let reply = Arc::new(Mutex::new(Arc::new(Reply::Silence)));
        let shared = Arc::clone(&reply);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let reply = Arc::clone(&shared.lock().unwrap());
                thread::spawn(move || send(stream, &reply));
            }
        });
        Self { port, reply }
    }

    pub fn answers(&self, reply: &Arc<Reply>) {
        *self.reply.lock().unwrap() = Arc::clone(reply);
    }
}

fn send(mut stream: TcpStream, reply: &Reply) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let _ = stream.set_write_timeout(Some(Duration::from_secs(5)));
    // The request is short: it comes in one piece.
    let _ = stream.read(&mut [0; 8192]);
    match reply {
        Reply::Whole(bytes) => {
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read(&mut [0; 64]);
        }
        Reply::Endless(first, rest) => {
            let rest = rest.repeat(1 + 65_536 / rest.len());
            let mut outcome = stream.write_all(first);
            while outcome.is_ok() {
                outcome = stream.write_all(&rest);
            }
        }
        Reply::Drip(first, rest) => {
            let mut outcome = stream.write_all(first);
            for byte in rest.iter().cycle().take(400) {
                if outcome.is_err() {
                    break;
                }
                outcome = stream.write_all(&[*byte]);
                thread::sleep(Duration::from_millis(20));
            }
        }
        Reply::Silence => {
            let _ = stream.read(&mut [0; 64]);
        }
    }
}
