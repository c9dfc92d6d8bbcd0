//! A reply, and how it is sent.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::support::{Request, json_response, response};

/// What must come of a reply.
#[derive(Clone, Copy)]
pub enum Must {
    Print,
    Code(i32),
    /// Reading it and refusing it are both right, as long as the output is clean.
    Either,
}

pub struct Case {
    pub name: String,
    pub must: Must,
    pub reply: Arc<Reply>,
}

pub fn case(name: impl Into<String>, must: Must, reply: Reply) -> Case {
    Case {
        name: name.into(),
        must,
        reply: Arc::new(reply),
    }
}

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

impl Reply {
    pub fn json(status: &str, body: &str) -> Self {
        Self::Whole(json_response(status, body))
    }

    pub fn new(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        Self::Whole(response(status, headers, body))
    }

    pub fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self::Whole(bytes.as_ref().to_vec())
    }

    pub fn send(&self, stream: &mut TcpStream) {
        let limit = Some(Duration::from_secs(5));
        let _ = stream.set_read_timeout(limit);
        let _ = stream.set_write_timeout(limit);
        let _ = Request::read(stream);
        match self {
            Self::Whole(bytes) => {
                let _ = stream.write_all(bytes);
                let _ = stream.shutdown(Shutdown::Write);
                let _ = stream.read(&mut [0; 64]);
            }
            Self::Endless(first, rest) => {
                let rest = rest.repeat(1 + 65_536 / rest.len());
                let mut outcome = stream.write_all(first);
                while outcome.is_ok() {
                    outcome = stream.write_all(&rest);
                }
            }
            Self::Drip(first, rest) => {
                let mut outcome = stream.write_all(first);
                for byte in rest.iter().cycle().take(400) {
                    if outcome.is_err() {
                        break;
                    }
                    outcome = stream.write_all(&[*byte]);
                    thread::sleep(Duration::from_millis(20));
                }
            }
            Self::Silence => {
                let _ = stream.read(&mut [0; 64]);
            }
        }
    }
}
