//! A watch as a real process: how signals end it, and that it shares with others.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Running, Sandbox, Server, Tcp, program};

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(40);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn wait_for_file(tok: &Sandbox, name: &str, text: &str) {
    let path = tok.path(name);
    wait_until(name, || {
        fs::read_to_string(&path).is_ok_and(|found| found == text)
    });
}

/// Ends a watch by this signal, as it should end; what it printed on standard error.
#[track_caller]
fn end(watch: Running, signal: Signal) -> String {
    watch.signal(signal);
    let outcome = watch.finish();
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, ""),
        "{}",
        outcome.stderr
    );
    outcome.stderr
}

/// Whether a process that is started from here inherits that a signal is ignored, as far as the system tells.
fn is_ignored_here(signal: Signal) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    ignored.unwrap_or(0) & (1 << (signal.as_raw() - 1)) != 0
}

#[test]
fn each_signal_ends_it_well() {
    let (_server, tok) = Server::issuing("tok-1");
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT")] {
        // It stays ignored, as a test below says: `nohup cargo test`, or a shell's job in the background.
        if is_ignored_here(signal) {
            continue;
        }
        let watch = tok.start("watch api -o token");
        wait_for_file(&tok, "token", "tok-1\n");
        let stderr = end(watch, signal);
        let last = format!("api: ended by {name}; `token` is left as it is\n");
        assert!(stderr.ends_with(&last), "{stderr}");
        assert_eq!(tok.read("token"), "tok-1\n");
        fs::remove_file(tok.path("token")).unwrap();
    }
}

/// A watch that waits for a server which never answers, for so long.
fn waiting_for(server: &Tcp, timeout: &str) -> (Running, Sandbox) {
    let keys = format!("grant = \"none\"\ntimeout = \"{timeout}\"");
    let tok = Sandbox::new().public("api", &server.url("/"), &keys);
    let watch = tok.start("watch api -o token");
    wait_until("it holds its lock", || !tok.cache_files("lock").is_empty());
    (watch, tok)
}

#[test]
fn a_request_that_hangs_does_not_keep_it_after_a_signal() {
    let server = Tcp::silent();
    let (watch, _tok) = waiting_for(&server, "1h");
    assert_eq!(end(watch, Signal::TERM), "");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Tcp::silent();
    let (watch, _tok) = waiting_for(&server, "20s");
    watch.signal(Signal::TERM);
    // The first waits for the request in hand, which a rotated refresh token may hang on.
    thread::sleep(Duration::from_millis(100));
    watch.signal(Signal::TERM);
    let outcome = watch.finish();
    assert_eq!((outcome.signal, outcome.stderr.as_str()), (Some(15), ""));
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    let (_server, tok) = Server::issuing("tok-1");
    let mut command = Command::new("/bin/sh");
    tok.dress(&mut command);
    let script = "trap '' HUP; exec \"$0\" watch api -o token";
    command.args(["-c", script]).arg(program());
    let watch = Running::start(command, "", tok.home());
    wait_for_file(&tok, "token", "tok-1\n");
    watch.signal(Signal::HUP);
    thread::sleep(Duration::from_millis(100));
    let stderr = end(watch, Signal::TERM);
    assert!(stderr.ends_with("api: ended by SIGTERM; `token` is left as it is\n"));
}

/// Watches and gets that begin together: one request, one token, a file for each.
#[test]
fn watches_and_gets_send_one_request_together() {
    let (_server, tok) = Server::issuing("tok-1");
    let names: Vec<String> = (0..6).map(|number| format!("token-{number}")).collect();
    let start = |name: &String| tok.start(&format!("watch api -o {name}"));
    let watches: Vec<Running> = names.iter().map(start).collect();
    tok.run("get api").prints("tok-1\n");
    for name in &names {
        wait_for_file(&tok, name, "tok-1\n");
    }
    for watch in watches {
        end(watch, Signal::TERM);
    }
}

#[test]
fn a_token_is_renewed_while_the_real_clock_goes_on() {
    let server = Server::start();
    server.issues("tok-1").for_secs(4).issue("tok-2");
    let tok = Sandbox::with_api(&server);
    let watch = tok.start("watch api -o token");
    wait_for_file(&tok, "token", "tok-2\n");
    end(watch, Signal::TERM);
}
