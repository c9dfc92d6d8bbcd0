//! Refresh tokens that are good for one use: their chain is not cut, whatever flag is given.

use crate::support::{Sandbox, Server};

const KEPT: &str = "warning: the server has replaced the refresh token: the new one is stored in the cache, because the old one may no longer work\n";

fn sandbox(server: &Server) -> Sandbox {
    let keys = "grant = \"refresh_token\"\nrefresh_token = { env = \"REFRESH\" }";
    Sandbox::new().api(server, keys).env("REFRESH", "r-0")
}

fn sent(server: &Server) -> Vec<String> {
    let bodies = server.bodies().into_iter();
    bodies
        .map(|body| body.rsplit_once('=').unwrap().1.to_owned())
        .collect()
}

#[test]
fn no_cache_keeps_a_refresh_token_that_came_in_place_of_the_one_sent() {
    let server = Server::start();
    server
        .rotate("tok-1", "r-1")
        .rotate("tok-2", "r-2")
        .rotate("tok-3", "r-3");
    let tok = sandbox(&server);
    tok.run("get api --no-cache")
        .prints_and_warns("tok-1\n", KEPT);
    // The token in the profile is spent: the one that the cache holds is sent.
    tok.run("get api --no-cache")
        .prints_and_warns("tok-2\n", KEPT);
    tok.run("get api").prints("tok-2\n");
    tok.pass(1000);
    tok.run("get api").prints("tok-3\n");
    assert_eq!(sent(&server), ["r-0", "r-1", "r-2"]);
}

#[test]
fn no_cache_makes_nothing_where_the_refresh_token_stays() {
    let server = Server::start();
    server.issue("tok-1").rotate("tok-2", "r-0");
    let tok = sandbox(&server);
    tok.run("get api --no-cache").prints("tok-1\n");
    tok.run("get api --no-cache").prints("tok-2\n");
    assert!(!tok.cache_dir().exists());
}

#[test]
fn no_cache_leaves_what_is_cached_alone_where_the_refresh_token_stays() {
    let server = Server::start();
    server
        .issue("tok-1")
        .issue("tok-2")
        .reject("invalid_client");
    let tok = sandbox(&server);
    tok.run("get api").prints("tok-1\n");
    let before = tok.files();
    tok.run("get api --no-cache").prints("tok-2\n");
    // Nor is a failure remembered.
    tok.run("get api --no-cache")
        .fails_with(5, "invalid_client", "check `client_id`");
    assert!(tok.files() == before);
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn a_rotated_refresh_token_that_cannot_be_kept_is_reported() {
    let server = Server::start();
    server.rotate("tok-1", "r-1").rotate("tok-2", "r-2");
    let tok = sandbox(&server).file("file", "");
    let warning = "warning: the server has replaced the refresh token, and the new one could not be stored\n\
                   hint: if the next renewal is refused, get another refresh token from the provider\n";
    for (flag, token) in [("", "tok-1\n"), ("--no-cache", "tok-2\n")] {
        let outcome = tok.run(&format!("get api --cache-dir file {flag}"));
        outcome.prints_and_mentions(token, warning);
    }
}
