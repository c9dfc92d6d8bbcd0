//! `tok get --rejected`: compare and refresh, for callers that saw a 401.

use std::io::Write as _;
use std::process::{Child, Stdio};

use crate::support::{Sandbox, Server};

const HANDED_OUT_AGAIN: &str = "warning: the issuer returned the rejected token again\n\
    hint: the API may want another scope or audience: `tok inspect` shows those of the token\n";

#[test]
fn the_refused_token_is_replaced_and_any_other_is_served() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    // Another process has brought a new one since the caller had its own.
    tok.run_with("get api --rejected", "tok-0")
        .prints("tok-1\n");
    tok.run_with("get api --rejected", "tok-1\n")
        .prints("tok-2\n");
    tok.run_with("get api --rejected", "tok-1")
        .prints("tok-2\n");
    tok.run("get api").prints("tok-2\n");
}

#[test]
fn a_token_is_taken_with_the_words_of_its_header() {
    let server = Server::start();
    for token in ["tok-1", "tok-2", "tok-3"] {
        server.issue(token);
    }
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    tok.run_with("get api --rejected", "Bearer tok-1\n")
        .prints("tok-2\n");
    tok.run_with("get api --rejected", "authorization: bearer tok-2\r\n")
        .prints("tok-3\n");
}

#[test]
fn without_a_cached_token_one_is_fetched() {
    let server = Server::start();
    server.issue("tok-1");
    Sandbox::with_api(&server)
        .run_with("get api --rejected", "tok-0")
        .prints("tok-1\n");
}

/// Trouble with the cache costs the cache: nothing can be compared, and one is fetched.
#[test]
fn without_a_cache_that_can_be_used_one_is_fetched() {
    let (_server, tok) = Server::issuing("tok-1 tok-2 tok-3");
    let tok = tok.file("plain", "");
    let refused = "get api --rejected --cache-dir plain";
    let outcome = tok.run_with(refused, "tok-0");
    outcome.prints_and_mentions("tok-1\n", "is not a directory");
    // One that is damaged says nothing of its token.
    tok.run("get api").prints("tok-2\n");
    let entry = tok.entry_file();
    std::fs::write(&entry, "{}").unwrap();
    tok.run_with("get api --rejected", "tok-2")
        .prints("tok-3\n");
}

#[test]
fn bytes_that_are_no_text_are_no_token() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server);
    tok.shell("printf '\\377' | \"$TOK\" get api --rejected")
        .fails_with(2, "does not hold exactly one token", "--rejected");
    tok.shell("\"$TOK\" get api --rejected <&-").fails_with(
        2,
        "does not hold exactly one token",
        "--rejected",
    );
    tok.shell("\"$TOK\" get api --rejected < .")
        .fails_with(1, "cannot read standard input", "");
}

#[test]
fn standard_input_must_hold_one_token() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server);
    for input in ["", "\n", "two tokens", "Bearer "] {
        tok.run_with("get api --rejected", input).fails_with(
            2,
            "does not hold exactly one token",
            "--rejected",
        );
    }
    for flag in ["--fresh", "--cached", "--no-cache"] {
        assert_eq!(
            tok.run_with(&format!("get api --rejected {flag}"), "tok-1")
                .code,
            2,
            "{flag}"
        );
    }
}

/// The refused token is good by its expiry, but nobody is to have it again.
#[test]
fn a_failed_renewal_does_not_bring_the_refused_token_back() {
    let server = Server::start();
    server.issue("tok-1").reject("invalid_client");
    let tok = Sandbox::new().api(&server, "retries = 0");
    tok.run("get api").prints("tok-1\n");
    tok.run_with("get api --rejected", "tok-1")
        .fails_with(5, "answered 401", "client_id");
    // The failure is remembered for those who come next.
    tok.run_with("get api --rejected", "tok-1")
        .fails_with(5, "not retrying", "tok get -f api");
}

#[test]
fn an_issuer_that_hands_out_the_same_token_is_not_asked_in_a_loop() {
    let (server, tok) = Server::cached("tok-1 tok-1");
    for _ in 0..3 {
        tok.run_with("get api --rejected", "tok-1")
            .prints_and_warns("tok-1\n", HANDED_OUT_AGAIN);
    }
    // After `cool_down` it may be another.
    server.issue("tok-2");
    tok.pass(61);
    tok.run_with("get api --rejected", "tok-1")
        .prints("tok-2\n");
}

#[test]
fn the_refresh_token_of_a_refused_token_is_still_good() {
    let server = Server::start();
    server.rotate("tok-1", "single-use").rotate("tok-2", "next");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"\n");
    tok.run("get api").prints("tok-1\n");
    tok.run_with("get api --rejected", "tok-1")
        .prints("tok-2\n");
    assert!(
        server
            .asked()
            .last()
            .unwrap()
            .text()
            .contains("refresh_token=single-use")
    );
}

#[test]
fn a_hundred_callers_that_saw_a_401_send_one_request() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    let start = |_| {
        let mut command = tok.process("get api --rejected");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"tok-1").unwrap();
        child
    };
    let children: Vec<Child> = (0..100).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.stdout.as_slice(), said.as_ref()),
            (b"tok-2\n".as_slice(), "")
        );
    }
}
