//! Many processes at once: real ones, started together.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::support::{Sandbox, Server, Tcp, read_request};

/// Starts this many and tells what each printed.
fn together(tok: &Sandbox, count: usize, words: &str) -> Vec<(Option<i32>, String, String)> {
    let start = |_| {
        let mut command = tok.process(words);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<Child> = (0..count).map(start).collect();
    let wait = |child: Child| {
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    thread::scope(|scope| {
        let waiting: Vec<_> = children
            .into_iter()
            .map(|child| scope.spawn(move || wait(child)))
            .collect();
        waiting
            .into_iter()
            .map(|waiting| waiting.join().unwrap())
            .collect()
    })
}

/// Waits until each of these processes waits for another: it has opened the lock file by then.
fn wait_until_all_wait(children: &[Child]) {
    let lock_is_open = |child: &Child| {
        let files = fs::read_dir(format!("/proc/{}/fd", child.id()))
            .into_iter()
            .flatten()
            .flatten();
        files
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|path| path.to_string_lossy().ends_with(".lock"))
    };
    if fs::exists("/proc/self/fd").unwrap() {
        while !children.iter().all(lock_is_open) {
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
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
        drop(write!(
            stream,
            "{head}Content-Length: {}\r\n\r\n{reply}",
            reply.len()
        ));
        seen
    });
    let keys = format!(
        "token_url = \"{}\"\nclient_id = \"id\"\ngrant = \"none\"\nclient_auth = \"none\"",
        server.url("/")
    );
    (server, Sandbox::new().profile("api", &keys))
}

fn printed(token: &str) -> (Option<i32>, String, String) {
    (Some(0), format!("{token}\n"), String::new())
}

#[test]
fn forty_cold_processes_make_one_request() {
    let (_server, tok) = Server::issuing("tok-1");
    for outcome in together(&tok, 40, "get api") {
        assert_eq!(outcome, printed("tok-1"));
    }
}

#[test]
fn forty_processes_renew_an_expired_token_once() {
    let server = Server::start();
    server.rotate("tok-1", "single-use").rotate("tok-2", "next");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"\n");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    for outcome in together(&tok, 40, "get api") {
        assert_eq!(outcome, printed("tok-2"));
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
    let children: Vec<Child> = (0..20)
        .map(|_| {
            tok.process("get api --min-ttl 1h")
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    wait_until_all_wait(&children);
    started.send(()).unwrap();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(10));
    }
    assert_eq!(server.finish().len(), 1);
}

/// Nobody waits for the one that renews an ageing token: all print one of the two, and one asks.
#[test]
fn forty_processes_renew_an_ageing_token_once() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    // Reading it takes a while, so that some look before the renewal and get the lock after it.
    tok.edit_entry(|entry| entry["scope"] = "x".repeat(3 << 20).into());
    tok.pass(3500);
    for outcome in together(&tok, 40, "get api") {
        assert!(
            outcome == printed("tok-1") || outcome == printed("tok-2"),
            "{outcome:?}"
        );
    }
    tok.run("get api").prints("tok-2\n");
}

/// Different tokens have locks of their own.
#[test]
fn profiles_do_not_wait_for_each_other() {
    let server = Server::start();
    let mut tok = Sandbox::with_api(&server);
    for name in ["a", "b", "c", "d"] {
        server.issue("tok-1");
        tok = tok.profile(name, "extends = \"api\"");
    }
    thread::scope(|scope| {
        for name in ["a", "b", "c", "d"] {
            let tok = &tok;
            scope.spawn(move || {
                assert_eq!(
                    together(tok, 5, &format!("get {name}")),
                    vec![printed("tok-1"); 5]
                );
            });
        }
    });
}

/// Whoever gets the lock looks again: another may have fetched the token since the first look. What lies there is
/// large and of no use, so that the first look takes long enough for that.
#[test]
fn a_process_that_looked_too_early_looks_again() {
    let (_server, tok) = Server::cached("tok-0 tok-1");
    tok.edit_entry(|entry| entry["scope"] = "x".repeat(3 << 20).into());
    let file = tok.entry_file();
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen("tok-0", "tok-O", 1)).unwrap();
    for outcome in together(&tok, 40, "get api") {
        assert_eq!(outcome, printed("tok-1"));
    }
}

/// Holds the lock of the only token that there is, as a process that hangs does.
fn freeze(tok: &Sandbox) -> fs::File {
    let lock = fs::File::open(tok.entry_file().with_extension("lock")).unwrap();
    lock.lock().unwrap();
    lock
}

/// Who waits shares the failure of the request that it waited for: not that of another token with the same
/// credentials, and not one that was over before it came.
#[test]
fn only_the_failure_that_was_waited_for_is_shared() {
    let server = Server::start();
    server.issues("tok-1").for_secs(900);
    let refused = "{\"error\":\"invalid_scope\"}";
    server
        .replies(400, refused)
        .replies(400, refused)
        .issues("tok-2")
        .for_secs(900);
    let tok = Sandbox::with_api(&server).profile("scoped", "extends = \"api\"\nscope = \"more\"");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    tok.run("get api")
        .fails_with(5, "invalid_scope", "check `scope`");
    let lock = freeze(&tok);
    let waiting = tok
        .process("get api")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until_all_wait(std::slice::from_ref(&waiting));
    tok.run("get scoped")
        .fails_with(5, "invalid_scope", "check `scope`");
    drop(lock);
    let output = waiting.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "tok-2\n");
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
        let holder = tok
            .process("get api")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        is_asked.recv().unwrap();
        tok.edit_entry(|entry| {
            entry["access_token"] = "tok-later".into();
            entry["generation"] = (entry["generation"].as_i64().unwrap() + 1).into();
        });
        if is_good {
            tok.pass(-2000);
        }
        goes_on.send(()).unwrap();
        let output = holder.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        tok.run("get api").prints(expected);
    }
    assert_eq!(server.finish().len(), 3);
}

/// A refresh token that is good for one use must not be spent by two: exit 13.
#[test]
fn a_holder_that_hangs_is_13_where_a_refresh_token_is_at_stake() {
    let server = Server::start();
    server.rotate("tok-1", "r-1");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"\ntimeout = \"1s\"");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    let _lock = freeze(&tok);
    tok.run("get api").fails(
        13,
        "error: profile `api`: another `tok` has held the lock of this token for 6s\n\n\
         hint: look for a `tok` that hangs or was stopped, and end it\n",
    );
}

/// Nothing waits for a lock while the cached token is good, however close to its end.
#[test]
fn a_holder_that_hangs_does_not_matter_while_the_token_is_good() {
    let (_server, tok) = Server::cached("tok-1");
    let _lock = freeze(&tok);
    tok.run("get api").prints("tok-1\n");
    tok.pass(3500);
    tok.run("get api").prints("tok-1\n");
}
