//! A token endpoint that can misbehave in every way that the checks need, and that counts what it is asked.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Loopback, Request, json_response, now, response};

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
    Raw(Vec<u8>),
    /// Answers nothing, and keeps the connection.
    Hang,
    /// Resets the connection before all of the request is read.
    Reset,
}

/// A reply with this status and body.
pub fn status(status: &str, headers: &str, body: &str) -> Mode {
    Mode::Raw(response(status, headers, body))
}

/// A token that was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    pub client: String,
    /// Unix seconds.
    pub until: i64,
}

impl Issued {
    pub fn is_good(&self) -> bool {
        self.until > now()
    }
}

/// What is known of all that happened.
pub struct State {
    pub mode: Mode,
    pub lifetime: i64,
    pub requests: usize,
    pub issued: BTreeMap<String, Issued>,
    /// The one refresh token that is good.
    pub refresh_token: Option<String>,
    /// How often a refresh token was sent that is spent: each one kills the grant.
    pub reused: usize,
    is_released: bool,
    /// Connections under way.
    open: usize,
}

pub struct Server {
    server: Loopback,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            mode: Mode::Issue,
            lifetime: 3600,
            requests: 0,
            issued: BTreeMap::new(),
            refresh_token: None,
            reused: 0,
            is_released: false,
            open: 0,
        }));
        let shared = Arc::clone(&state);
        let server = Loopback::start(move |stream| {
            shared.lock().unwrap().open += 1;
            answer(stream, &shared);
            shared.lock().unwrap().open -= 1;
        });
        Self { server, state }
    }

    pub fn url(&self) -> String {
        self.server.url("/token")
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
        self.server.stop();
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.state().requests
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
        while self.count() < count && begun.elapsed() < limit {
            thread::sleep(Duration::from_millis(1));
        }
        self.count() >= count
    }

    /// Whether a text is a token of this server's, for which client, and when it ends.
    pub fn issued(&self, token: &str) -> Option<Issued> {
        self.state().issued.get(token).cloned()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    if state.lock().unwrap().mode == Mode::Reset {
        // What was not read when a connection is closed makes it a reset.
        let _ = stream.read(&mut [0; 8]);
        state.lock().unwrap().requests += 1;
        return;
    }
    let Some(request) = Request::read(&mut stream) else {
        return;
    };
    let issue = || state.lock().unwrap().issue(&request.body);
    let mode = {
        let mut state = state.lock().unwrap();
        state.requests += 1;
        let mode = state.mode.clone();
        if mode == Mode::HoldFirst {
            state.mode = Mode::Slow(Duration::from_millis(300));
        }
        mode
    };
    let reply = match mode {
        Mode::Issue => issue(),
        Mode::Slow(time) => {
            let reply = issue();
            thread::sleep(time);
            reply
        }
        Mode::HoldFirst => {
            let reply = issue();
            while !state.lock().unwrap().is_released {
                thread::sleep(Duration::from_millis(5));
            }
            reply
        }
        Mode::Raw(bytes) => bytes,
        Mode::Hang => {
            let _ = stream.read(&mut [0]);
            return;
        }
        Mode::Reset => return,
    };
    let _ = stream.write_all(&reply);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read(&mut [0; 64]);
}

impl State {
    fn issue(&mut self, body: &[u8]) -> Vec<u8> {
        let fields: BTreeMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
        let client = fields.get("client_id").cloned().unwrap_or_default();
        let sent = fields.get("refresh_token");
        if sent.is_some() && sent != self.refresh_token.as_ref() {
            self.reused += 1;
            self.refresh_token = None;
            return json_response("400 Bad Request", r#"{"error":"invalid_grant"}"#);
        }
        let (serial, lifetime) = (self.issued.len() + 1, self.lifetime);
        let token = format!("token-{client}-{serial}");
        let mut reply = format!(r#"{{"access_token":"{token}","expires_in":{lifetime}"#);
        if client == "rotating" {
            let refresh = format!("refresh-{serial}");
            reply.extend([",\"refresh_token\":\"", &refresh, "\""]);
            self.refresh_token = Some(refresh);
        }
        let until = now() + lifetime;
        self.issued.insert(token, Issued { client, until });
        json_response("200 OK", &(reply + "}"))
    }
}
