//! `tok import curl` against the real curl: each sample that a shell can run is run, and its request is held against the
//! one that the tests of the profile hold `tok` to.

use std::fs;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::support::samples::{canonical, on_this_machine, samples};
use crate::support::{Loopback, Sandbox, read_request, response};

/// Samples that no shell runs as they are meant, or that a preset sends in a better way, each with the reason.
const NOT_RUN: [(&str, &str); 8] = [
    ("depotfinity", "its variable stands in single quotes"),
    ("metapack", "it is not a command"),
    ("http-json", "likewise"),
    (
        "moov-form",
        "its credentials are there twice, and once as a placeholder",
    ),
    ("moov-json", "likewise"),
    ("odd", "it wants a proxy"),
    ("sabre", "it has a placeholder for encoded credentials"),
    ("zoom", "its URL has a placeholder for encoded credentials"),
];

/// Runs them all; how many there were, and what was wrong.
pub(crate) fn check() -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for sample in samples() {
        if NOT_RUN.iter().any(|(name, _)| *name == sample.name) {
            continue;
        }
        count += 1;
        let found = request_of(&sample.text("sample"), sample.env());
        let path = sample.path("request");
        if std::env::var_os("UPDATE_GENERATED").is_some() && !path.exists() && !found.is_empty() {
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            let name = sample.name;
            wrong.push(format!(
                "sample {name}\n  expected {expected:?}\n  found    {found:?}"
            ));
        }
    }
    (count, wrong)
}

/// What curl sends when this is run.
fn request_of(sample: &str, env: Vec<(String, String)>) -> String {
    let (server, requests) = server();
    let mut sandbox = Sandbox::new().with_path();
    for (name, value) in env {
        sandbox.set(&name, &value);
    }
    // What is a prompt to a reader is a command to a shell.
    let script = on_this_machine(sample, &server.url("")).replace("\n$ curl", "\ncurl");
    drop(sandbox.script("bash", script.strip_prefix("$ ").unwrap_or(&script)));
    let request = requests.recv_timeout(Duration::from_secs(5));
    request.map_or_else(|_| String::new(), |request| canonical(&request))
}

/// A server that answers each request with nothing and hands it on, and the requests.
pub(crate) fn server() -> (Loopback, Receiver<String>) {
    let (sender, requests) = channel();
    let sender = Mutex::new(sender);
    let server = Loopback::start(move |mut stream| {
        let request = read_request(&mut stream);
        let _ = sender.lock().unwrap().send(request);
        let _ = stream.write_all(&response("200 OK", "", "{}"));
    });
    (server, requests)
}
