//! `tok import curl` against the real curl: each sample that a shell can run is run, and its request is held against the
//! one that the tests of the profile hold `tok` to.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::support::samples::{canonical, on_this_machine, samples};

/// Samples that no shell runs as they are meant, or that a preset sends in a better way, each with the reason.
const NOT_RUN: [(&str, &str); 8] = [
    ("depotfinity", "its variable stands in single quotes"),
    ("metapack", "it is no command"),
    ("http-json", "likewise"),
    (
        "moov-form",
        "its credentials are there twice, and once as a placeholder for their encoding",
    ),
    ("moov-json", "likewise"),
    ("odd", "it wants a proxy"),
    ("sabre", "it has a placeholder for encoded credentials"),
    (
        "zoom",
        "its URL is not quoted, and has a placeholder for encoded credentials",
    ),
];

/// Runs them all; how many there were, and what was wrong.
pub(crate) fn check() -> (usize, Vec<String>) {
    let (mut count, mut wrong) = (0, Vec::new());
    for sample in samples() {
        if NOT_RUN.iter().any(|(name, _)| *name == sample.name) {
            continue;
        }
        count += 1;
        let found = request_of(&sample.text("sample"), &sample.env());
        let path = sample.path("request");
        if std::env::var_os("UPDATE_GENERATED").is_some() && !path.exists() && !found.is_empty() {
            fs::write(&path, &found).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if found != expected {
            wrong.push(format!(
                "sample {}\n  expected {expected:?}\n  found    {found:?}",
                sample.name
            ));
        }
    }
    (count, wrong)
}

/// What curl sends when this is run.
fn request_of(sample: &str, env: &[(String, String)]) -> String {
    let (server, requests) = server();
    let home = tempfile::tempdir().unwrap();
    // What is a prompt to a reader is a command to a shell.
    let script = on_this_machine(sample, &server).replace("\n$ curl", "\ncurl");
    let script = script.strip_prefix("$ ").unwrap_or(&script);
    Command::new("bash")
        .args(["-c", script])
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let request = requests.recv_timeout(Duration::from_secs(5));
    request
        .map(|request| canonical(&request))
        .unwrap_or_default()
}

/// A server that answers each request with nothing and hands it on; its URL, and the requests.
pub(crate) fn server() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    thread::spawn(move || {
        listener
            .incoming()
            .flatten()
            .for_each(|stream| serve(stream, &sender))
    });
    (url, requests)
}

/// One request, one answer.
fn serve(mut stream: TcpStream, sender: &Sender<String>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line.trim_end().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.push_str(&String::from_utf8_lossy(&body));
    let _ = sender.send(request);
    let _ =
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
}
