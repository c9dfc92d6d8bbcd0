//! Many processes at once: real ones, started together.

use std::fs;
use std::io::Write as _;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::support::{Running, Sandbox, Server, Tcp, json_response, read_request};

/// Waits until each of these processes waits for another: it has opened the lock file by then.
fn wait_until_all_wait(processes: &[Running]) {
    let lock_is_open = |process: &Running| {
        let files = fs::read_dir(format!("/proc/{}/fd", process.id()));
        let files = files.into_iter().flatten().flatten();
        let mut links = files.filter_map(|file| fs::read_link(file.path()).ok());
        links.any(|path| path.to_string_lossy().ends_with(".lock"))
    };
    if fs::exists("/proc/self/fd").unwrap() {
        while !processes.iter().all(lock_is_open) {
            thread::sleep(Duration::from_millis(10));
        }
    } else {
        thread::sleep(Duration::from_secs(2));
    }
}

/// A server that answers each request with this reply once it is let, and a profile `api` for it.
fn answers_when_let(reply: &'static str, wait: impl Fn() + Send + 'static) -> (Tcp, Sandbox) {
    let server = Tcp::start(move |stream| {
        let seen = read_request(stream);
        wait();
        drop(stream.write_all(&json_response("200 OK", reply)));
        seen
    });
    let tok = Sandbox::new().public("api", &server.url("/"), "grant = \"none\"");
    (server, tok)
}

#[test]
fn forty_cold_processes_make_one_request() {
    let (_server, tok) = Server::issuing("tok-1");
    for outcome in tok.together(40, "get api") {
        outcome.prints("tok-1\n");
    }
}

#[test]
fn forty_processes_renew_an_expired_token_once() {
    let server = Server::start();
    server.rotate("tok-1", "single-use").rotate("tok-2", "next");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    for outcome in tok.together(40, "get api") {
        outcome.prints("tok-2\n");
    }
}

/// No token of this issuer lives for as long as is asked for, and one request is enough for all who waited for it
/// to find that out.
#[test]
fn processes_that_wait_for_too_short_a_token_share_it() {
    let (started, all_started) = mpsc::channel();
    let reply = "{\"access_token\":\"tok-1\",\"expires_in\":60}";
    // Until all are there and wait for this one.
    let wait = move || _ = all_started.recv_timeout(Duration::from_secs(20));
    let (server, tok) = answers_when_let(reply, wait);
    let processes: Vec<_> = (0..20).map(|_| tok.start("get api --min-ttl 1h")).collect();
    wait_until_all_wait(&processes);
    started.send(()).unwrap();
    for process in processes {
        assert_eq!(process.finish().code, 10);
    }
    assert_eq!(server.finish().len(), 1);
}

/// Reading it takes a while, so that some look at it before another process writes it and get the lock after it.
fn make_large(tok: &Sandbox) {
    tok.edit_entry(|entry| entry["scope"] = "x".repeat(3 << 20).into());
}

/// No process waits for the one that renews an ageing token: all print one of the two, and one asks.
#[test]
fn forty_processes_renew_an_ageing_token_once() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    make_large(&tok);
    tok.pass(3500);
    for outcome in tok.together(40, "get api") {
        let is_right = ["tok-1\n", "tok-2\n"].contains(&outcome.stdout.as_str());
        assert!(
            is_right && outcome.code == 0 && outcome.stderr.is_empty(),
            "{outcome:?}"
        );
    }
    tok.run("get api").prints("tok-2\n");
}

/// Different tokens have locks of their own.
#[test]
fn profiles_do_not_wait_for_each_other() {
    let (_server, mut tok) = Server::issuing("tok-1 tok-1 tok-1 tok-1");
    let names = ["a", "b", "c", "d"];
    for name in names {
        tok = tok.profile(name, "extends = \"api\"");
    }
    let all = (0..20).map(|index| tok.start(&format!("get {}", names[index % 4])));
    for process in all.collect::<Vec<_>>() {
        process.finish().prints("tok-1\n");
    }
}

/// A process that gets the lock looks again: another may have fetched the token since the first look.
#[test]
fn a_process_that_looked_too_early_looks_again() {
    let (_server, tok) = Server::cached("tok-0 tok-1");
    make_large(&tok);
    let file = tok.entry_file();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("tok-0", "tok-O", 1)).unwrap();
    for outcome in tok.together(40, "get api") {
        outcome.prints("tok-1\n");
    }
}

/// A process that waits shares the failure of the request that it waited for: not that of another token with the same
/// credentials, and not one that was over before it came.
#[test]
fn only_the_failure_that_was_waited_for_is_shared() {
    let (server, tok) = Server::cached("tok-1");
    server
        .reject("invalid_scope")
        .reject("invalid_scope")
        .issue("tok-2");
    let tok = tok.profile("scoped", "extends = \"api\"\nscope = \"more\"");
    tok.pass(4000);
    tok.run("get api")
        .fails_with(5, "invalid_scope", "check `scope`");
    let lock = tok.hold_lock();
    let waiting = tok.start("get api");
    wait_until_all_wait(std::slice::from_ref(&waiting));
    tok.run("get scoped")
        .fails_with(5, "invalid_scope", "check `scope`");
    drop(lock);
    waiting.finish().prints("tok-2\n");
}

/// A process that was stopped while it asked finds that another one went past it: the later token is the one that is
/// good, to an issuer that lets only one live.
#[test]
fn a_holder_that_was_overtaken_keeps_the_later_token() {
    let (goes_on, may_answer) = mpsc::channel();
    let (asked, is_asked) = mpsc::channel();
    let reply = "{\"access_token\":\"tok-earlier\",\"expires_in\":900}";
    let wait = move || {
        asked.send(()).unwrap();
        let _ = may_answer.recv_timeout(Duration::from_secs(20));
    };
    let (server, tok) = answers_when_let(reply, wait);
    goes_on.send(()).unwrap();
    tok.run("get api").prints("tok-earlier\n");
    is_asked.recv().unwrap();
    for (is_good, expected) in [(true, "tok-later\n"), (false, "tok-earlier\n")] {
        tok.pass(2000);
        let holder = tok.start("get api");
        is_asked.recv().unwrap();
        tok.edit_entry(|entry| {
            entry["access_token"] = "tok-later".into();
            entry["generation"] = (entry["generation"].as_i64().unwrap() + 1).into();
        });
        if is_good {
            tok.pass(-2000);
        }
        goes_on.send(()).unwrap();
        assert_eq!(holder.finish().stdout, expected);
        tok.run("get api").prints(expected);
    }
    assert_eq!(server.finish().len(), 3);
}

/// A refresh token that is good for one use must not be spent by two: exit 13.
#[test]
fn a_holder_that_hangs_is_13_where_a_refresh_token_is_at_stake() {
    let server = Server::start();
    server.rotate("tok-1", "r-1");
    let keys = "renew = \"refresh_token\"\ntimeout = \"1s\"";
    let tok = Sandbox::new().api(&server, keys);
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    let _lock = tok.hold_lock();
    let message = "another `tok` has held the lock of this token for 6s";
    tok.run("get api")
        .fails_with(13, message, "look for a `tok` that hangs or was stopped");
}

/// Nothing waits for a lock while the cached token is good, however close to its end.
#[test]
fn a_holder_that_hangs_does_not_matter_while_the_token_is_good() {
    let (_server, tok) = Server::cached("tok-1");
    let _lock = tok.hold_lock();
    tok.run("get api").prints("tok-1\n");
    tok.pass(3500);
    tok.run("get api").prints("tok-1\n");
}
