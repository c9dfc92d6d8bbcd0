//! A token endpoint that can misbehave in every way that the checks need, and that counts what it is asked.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What the server does with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Mode {
    /// Issues a token.
    Issue,
    /// Issues a token after a while.
    Slow(Duration),
    /// Issues tokens, and sends the first of them when it is told to; the others after a while.
    HoldFirst,
    /// Answers these bytes.
    Raw(String),
    /// Answers nothing, and keeps the connection.
    Hang,
    /// Listens no more, for good.
    Gone,
    /// Resets the connection before all of the request is read.
    Reset,
}

/// A reply with this status and body.
pub fn status(status: &str, headers: &str, body: &str) -> Mode {
    Mode::Raw(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ))
}

/// A token that was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    pub client: String,
    /// Unix seconds.
    pub until: u64,
}

/// What is known of all that happened.
pub struct State {
    pub mode: Mode,
    pub lifetime: u64,
    /// Every request's body.
    pub requests: Vec<String>,
    pub issued: BTreeMap<String, Issued>,
    /// The one refresh token that is good.
    pub refresh_token: Option<String>,
    /// How often a refresh token was sent that is spent: each one kills the grant.
    pub reused: usize,
    serial: usize,
    is_released: bool,
    /// Connections under way.
    open: usize,
}

/// The server. Its threads end with the process.
#[derive(Clone)]
pub struct Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

pub fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State {
            mode: Mode::Issue,
            lifetime: 3600,
            requests: Vec::new(),
            issued: BTreeMap::new(),
            refresh_token: None,
            reused: 0,
            serial: 0,
            is_released: false,
            open: 0,
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.lock().unwrap().mode == Mode::Gone {
                    return;
                }
                let state = Arc::clone(&shared);
                state.lock().unwrap().open += 1;
                thread::spawn(move || {
                    answer(stream, &state);
                    state.lock().unwrap().open -= 1;
                });
            }
        });
        Self { port, state }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn set(&self, mode: Mode) {
        self.state().mode = mode;
    }

    /// Sends the reply that was held.
    pub fn release(&self) {
        self.state().is_released = true;
    }

    /// From now on connections are refused.
    pub fn stop(&self) {
        self.set(Mode::Gone);
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.state().requests.len()
    }

    /// Waits until nothing is under way: a request may arrive after its sender is dead.
    pub fn settle(&self) {
        loop {
            thread::sleep(Duration::from_millis(2));
            if self.state().open == 0 {
                return;
            }
        }
    }

    /// Waits for a request to arrive.
    pub fn wait_for_requests(&self, count: usize, limit: Duration) -> bool {
        let begun = Instant::now();
        while self.count() < count {
            if begun.elapsed() > limit {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Whether a text is a token of this server's for this client, and when it ends.
    pub fn issued(&self, token: &str) -> Option<Issued> {
        self.state().issued.get(token).cloned()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    if state.lock().unwrap().mode == Mode::Reset {
        // What was not read when a connection is closed makes it a reset.
        let _ = stream.read(&mut [0; 8]);
        state.lock().unwrap().requests.push(String::new());
        return;
    }
    let Some(body) = read_request(&mut stream) else {
        return;
    };
    let mode = {
        let mut state = state.lock().unwrap();
        state.requests.push(body.clone());
        state.mode.clone()
    };
    let reply = match mode {
        Mode::Issue => state.lock().unwrap().issue(&body),
        Mode::Slow(time) => {
            let reply = state.lock().unwrap().issue(&body);
            thread::sleep(time);
            reply
        }
        Mode::HoldFirst => {
            let reply = {
                let mut state = state.lock().unwrap();
                state.mode = Mode::Slow(Duration::from_millis(300));
                state.issue(&body)
            };
            while !state.lock().unwrap().is_released {
                thread::sleep(Duration::from_millis(5));
            }
            reply
        }
        Mode::Raw(text) => text,
        Mode::Hang => {
            thread::sleep(Duration::from_secs(60));
            return;
        }
        Mode::Gone | Mode::Reset => return,
    };
    let _ = stream.write_all(reply.as_bytes());
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read(&mut [0; 64]);
}

/// The body of a request.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let wanted = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length:")
                        .map(str::to_owned)
                })
                .map_or(0, |length| length.trim().parse().unwrap());
            if body.len() >= wanted {
                return Some(body.to_owned());
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}

fn field(body: &str, name: &str) -> Option<String> {
    body.split('&').find_map(|pair| {
        pair.strip_prefix(name)?
            .strip_prefix('=')
            .map(str::to_owned)
    })
}

impl State {
    fn issue(&mut self, body: &str) -> String {
        let client = field(body, "client_id").unwrap_or_default();
        if let Some(sent) = field(body, "refresh_token")
            && self.refresh_token.as_ref() != Some(&sent)
        {
            self.reused += 1;
            self.refresh_token = None;
            return json("400 Bad Request", r#"{"error":"invalid_grant"}"#);
        }
        self.serial += 1;
        let (token, now) = (format!("token-{client}-{}", self.serial), unix_now());
        let issued = Issued {
            client: client.clone(),
            until: now + self.lifetime,
        };
        self.issued.insert(token.clone(), issued);
        let refresh = format!("refresh-{}", self.serial);
        let rotated = if client == "rotating" {
            format!(r#","refresh_token":"{refresh}""#)
        } else {
            String::new()
        };
        if client == "rotating" {
            self.refresh_token = Some(refresh);
        }
        let lifetime = self.lifetime;
        json(
            "200 OK",
            &format!(
                r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{lifetime}{rotated}}}"#
            ),
        )
    }
}

fn json(line: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {line}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}
