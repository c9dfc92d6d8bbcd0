//! A token endpoint on loopback that says beforehand how it will be asked, and fails the test if it is asked
//! otherwise: as often as it has answers, and no more.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use super::Sandbox;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON reply.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::new(status, "application/json", body.into())
    }

    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self {
            status,
            headers,
            body: body.into(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST /token?x=1`.
    pub line: String,
    /// By name in lower case, in order of their names, less those that every request has.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    fn new(request: &HttpMockRequest) -> Self {
        // What HTTP and every request of ours have: held to their values here, and not shown again.
        let usual = [
            ("accept", Some("application/json")),
            ("accept-encoding", Some("gzip")),
            (
                "user-agent",
                Some(concat!("tok/", env!("CARGO_PKG_VERSION"))),
            ),
            ("host", None),
            ("content-length", None),
        ];
        let is_usual = |name: &str, value: &str| {
            usual
                .iter()
                .any(|(known, of)| *known == name && of.is_none_or(|of| of == value))
        };
        let mut headers: Vec<_> = request
            .headers_vec()
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
            .filter(|(name, value)| !is_usual(name, value))
            .collect();
        headers.sort();
        let uri = request.uri();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        Self {
            line: format!("{} {target}", request.method_str()),
            headers,
            body: request.body_string(),
        }
    }

    /// The request in one text: line, headers, and after a blank line the body.
    pub fn text(&self) -> String {
        let headers: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        let headers = headers.concat();
        let body = if self.body.is_empty() {
            String::new()
        } else {
            format!("\n{}\n", self.body)
        };
        format!("{}\n{headers}{body}", self.line)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    stated: usize,
    asked: Vec<Asked>,
    /// Puts what was asked into the answer.
    echoes: bool,
    may_rest: bool,
}

/// The token endpoint.
pub struct Server {
    server: MockServer,
    script: Arc<Mutex<Script>>,
}

impl Server {
    /// A server that must be asked as often as it has answers.
    pub fn start() -> Self {
        let server = MockServer::start();
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request| shared.lock().unwrap().answer(request));
        });
        Self { server, script }
    }

    /// A server that must never be asked.
    pub fn unasked() -> Self {
        let server = Self::start();
        server.script().may_rest = true;
        server
    }

    /// A server whose answers are these tokens, an hour each, and the profile `api` that asks it.
    pub fn issuing(tokens: &str) -> (Self, Sandbox) {
        let server = Self::start();
        for token in tokens.split_whitespace() {
            server.issue(token);
        }
        let sandbox = Sandbox::with_api(&server);
        (server, sandbox)
    }

    /// As [`Self::issuing`], with the first token in the cache.
    #[track_caller]
    pub fn cached(tokens: &str) -> (Self, Sandbox) {
        let (server, sandbox) = Self::issuing(tokens);
        let first = tokens.split_whitespace().next().unwrap();
        sandbox.run("get api").prints(&format!("{first}\n"));
        (server, sandbox)
    }

    /// The next answer: this token, good for an hour.
    pub fn issue(&self, token: &str) -> &Self {
        self.issues(token).for_secs(3600)
    }

    /// The next answer: this token, good for a quarter of an hour, and a refresh token.
    pub fn rotate(&self, token: &str, refresh: &str) -> &Self {
        self.issues(token)
            .with(900, &format!("\"refresh_token\":\"{refresh}\""))
    }

    /// The next answer: this error code, with status 400 or, for the client's own, 401.
    pub fn reject(&self, code: &str) -> &Self {
        let status = if code == "invalid_client" { 401 } else { 400 };
        self.replies(status, &format!("{{\"error\":\"{code}\"}}"))
    }

    /// The next answer: this token.
    #[must_use]
    pub fn issues(&self, token: &str) -> Issue<'_> {
        Issue {
            server: self,
            token: token.to_owned(),
        }
    }

    /// The next answer.
    pub fn answers(&self, answer: Answer) -> &Self {
        let mut script = self.script();
        script.answers.push_back(answer);
        script.stated += 1;
        drop(script);
        self
    }

    /// The next answer is a JSON one.
    pub fn replies(&self, status: u16, body: &str) -> &Self {
        self.answers(Answer::json(status, body))
    }

    /// The same answer this often.
    pub fn answers_times(&self, count: usize, answer: &Answer) -> &Self {
        for _ in 0..count {
            self.answers(answer.clone());
        }
        self
    }

    /// Every answer of this server holds what it was asked, in place of `ECHO`.
    pub fn echoing(self) -> Self {
        self.script().echoes = true;
        self
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.script().asked.clone()
    }

    /// The bodies of the requests so far.
    pub fn bodies(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.body).collect()
    }

    /// The only request that came.
    #[track_caller]
    pub fn request(&self) -> Asked {
        let asked = self.asked();
        assert_eq!(asked.len(), 1, "one request was expected: {asked:#?}");
        asked.into_iter().next().unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    pub fn address(&self) -> String {
        self.server.address().to_string()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }
}

impl Script {
    fn answer(&mut self, request: &HttpMockRequest) -> HttpMockResponse {
        let asked = Asked::new(request);
        let answer = self.answers.pop_front();
        // A status that is not retried.
        let answer =
            answer.unwrap_or_else(|| Answer::new(418, "text/plain", "this request was not stated"));
        let body = if self.echoes {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            let echo = serde_json::Value::from(asked.text()).to_string();
            let is_json = answer
                .headers
                .iter()
                .any(|(_, value)| value == "application/json");
            let echo = if is_json {
                echo.trim_matches('"').to_owned()
            } else {
                asked.text()
            };
            text.replace("ECHO", &echo).into_bytes()
        } else {
            answer.body
        };
        self.asked.push(asked);
        HttpMockResponse::builder()
            .status(answer.status)
            .headers(answer.headers)
            .body(body)
            .build()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let script = self.script();
        let (stated, asked) = (script.stated, script.asked.len());
        assert!(
            stated > 0 || script.may_rest,
            "this server has no answers; is it `Server::unasked()`?"
        );
        assert_eq!(
            asked, stated,
            "number of requests, and number of answers: {:#?}",
            script.asked
        );
    }
}

/// A token that is issued; what else the reply holds can be added.
pub struct Issue<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> Issue<'a> {
    /// It is good for this long.
    pub fn for_secs(self, seconds: i64) -> &'a Server {
        let server = self.server;
        server.replies(200, &self.reply(&format!(",\"expires_in\":{seconds}")))
    }

    /// It is good for this long, and these members of the reply come besides.
    pub fn with(self, seconds: i64, more: &str) -> &'a Server {
        let server = self.server;
        server.replies(
            200,
            &self.reply(&format!(",\"expires_in\":{seconds},{more}")),
        )
    }

    /// Nothing says for how long it is good.
    pub fn for_ever(self) -> &'a Server {
        let server = self.server;
        server.replies(200, &self.reply(""))
    }

    fn reply(&self, more: &str) -> String {
        format!(
            "{{\"access_token\":\"{}\",\"token_type\":\"Bearer\"{more}}}",
            self.token
        )
    }
}
