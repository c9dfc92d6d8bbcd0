//! `tok get --rejected`: compare and refresh, for callers that saw a 401.

use crate::support::{Sandbox, Server};

const REJECTED: &str = "get api --rejected";

const HANDED_OUT_AGAIN: &str = "warning: the issuer returned the rejected token again\n\
    hint: the API may want another scope or audience: `tok inspect` shows those of the token\n";

#[test]
fn the_refused_token_is_replaced_and_any_other_is_served() {
    let (_server, tok) = Server::cached("tok-1 tok-2 tok-3 tok-4");
    for (input, printed) in [
        // Another process has brought a new one since the caller had its own.
        ("tok-0", "tok-1\n"),
        ("tok-1\n", "tok-2\n"),
        ("tok-1", "tok-2\n"),
        ("Bearer tok-2\n", "tok-3\n"),
        ("Authorization: Bearer tok-3\r\n", "tok-4\n"),
    ] {
        tok.run_with(REJECTED, input).prints(printed);
    }
    tok.run("get api").prints("tok-4\n");
}

/// Without a cache that can be used nothing can be compared, and one is fetched.
#[test]
fn without_a_cached_token_one_is_fetched() {
    let (_server, tok) = Server::issuing("tok-1 tok-2 tok-3");
    tok.run_with(REJECTED, "tok-0").prints("tok-1\n");
    let tok = tok.file("plain", "");
    let outcome = tok.run_with(&format!("{REJECTED} --cache-dir plain"), "tok-0");
    outcome.prints_and_mentions("tok-2\n", "is not a directory");
    // An entry that is damaged says nothing of its token.
    std::fs::write(tok.entry_file(), "{}").unwrap();
    tok.run_with(REJECTED, "tok-1").prints("tok-3\n");
}

#[test]
fn standard_input_must_hold_one_token() {
    let tok = Sandbox::with_api(&Server::unasked());
    for input in ["", "\n", "two tokens", "Bearer "] {
        let outcome = tok.run_with(REJECTED, input);
        outcome.fails_with(2, "does not hold exactly one token", "--rejected");
    }
    for line in [
        "printf '\\377' | \"$TOK\" get api --rejected",
        "\"$TOK\" get api --rejected <&-",
    ] {
        let outcome = tok.shell(line);
        outcome.fails_with(2, "does not hold exactly one token", "--rejected");
    }
    tok.shell("\"$TOK\" get api --rejected < .")
        .fails_with(1, "cannot read standard input", "");
    for flag in ["--fresh", "--cached", "--no-cache"] {
        let outcome = tok.run_with(&format!("{REJECTED} {flag}"), "tok-1");
        assert_eq!(outcome.code, 2, "{flag}");
    }
}

/// The refused token is good by its expiry, but is not to be printed again.
#[test]
fn a_failed_renewal_does_not_bring_the_refused_token_back() {
    let (server, tok) = Server::cached("tok-1");
    server.reject("invalid_client");
    let outcome = tok.run_with(REJECTED, "tok-1");
    outcome.fails_with(5, "answered 401", "client_id");
    // The failure is remembered for those who come next.
    let outcome = tok.run_with(REJECTED, "tok-1");
    outcome.fails_with(5, "not retrying", "tok get -f api");
}

#[test]
fn an_issuer_that_hands_out_the_same_token_is_not_asked_in_a_loop() {
    let (server, tok) = Server::cached("tok-1 tok-1");
    for _ in 0..3 {
        let outcome = tok.run_with(REJECTED, "tok-1");
        outcome.prints_and_warns("tok-1\n", HANDED_OUT_AGAIN);
    }
    // After `cool_down` it may be another.
    server.issue("tok-2");
    tok.pass(61);
    tok.run_with(REJECTED, "tok-1").prints("tok-2\n");
}

#[test]
fn the_refresh_token_of_a_refused_token_is_still_good() {
    let server = Server::start();
    server.rotate("tok-1", "single-use").rotate("tok-2", "next");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"");
    tok.run("get api").prints("tok-1\n");
    tok.run_with(REJECTED, "tok-1").prints("tok-2\n");
    assert!(server.bodies()[1].contains("refresh_token=single-use"));
}

#[test]
fn a_hundred_callers_that_saw_a_401_send_one_request() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    let start = |_| tok.start_with_input(REJECTED, "tok-1");
    let callers: Vec<_> = (0..100).map(start).collect();
    for caller in callers {
        caller.finish().prints("tok-2\n");
    }
}
