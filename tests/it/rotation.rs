//! Refresh tokens that are good for one use: their chain is not cut, whatever flag is given.

use std::fs;

use crate::support::{Sandbox, Server};

const KEPT: &str = "warning: the server has replaced the refresh token: the new one, the only good one now, is kept in the cache all the same\n";

fn sandbox(server: &Server) -> Sandbox {
    Sandbox::new()
        .api(
            server,
            "grant = \"refresh_token\"\nrefresh_token = { env = \"REFRESH\" }",
        )
        .env("REFRESH", "r-0")
}

fn sent(server: &Server) -> Vec<String> {
    server
        .asked()
        .into_iter()
        .map(|asked| asked.body.rsplit_once('=').unwrap().1.to_owned())
        .collect()
}

#[test]
fn no_cache_keeps_a_refresh_token_that_came_in_place_of_the_one_sent() {
    let server = Server::start();
    server
        .issues("tok-1")
        .with(900, "\"refresh_token\":\"r-1\"");
    server
        .issues("tok-2")
        .with(900, "\"refresh_token\":\"r-2\"");
    server
        .issues("tok-3")
        .with(900, "\"refresh_token\":\"r-3\"");
    let sandbox = sandbox(&server);
    sandbox
        .run("get api --no-cache")
        .prints_and_warns("tok-1\n", KEPT);
    // The token in the profile is spent: the one that the cache holds is sent.
    sandbox
        .run("get api --no-cache")
        .prints_and_warns("tok-2\n", KEPT);
    sandbox.run("get api").prints("tok-2\n");
    sandbox.pass(1000);
    sandbox.run("get api").prints("tok-3\n");
    assert_eq!(sent(&server), ["r-0", "r-1", "r-2"]);
}

#[test]
fn no_cache_makes_nothing_where_the_refresh_token_stays() {
    let server = Server::start();
    server.issues("tok-1").for_secs(900);
    server
        .issues("tok-2")
        .with(900, "\"refresh_token\":\"r-0\"");
    let sandbox = sandbox(&server);
    sandbox.run("get api --no-cache").prints("tok-1\n");
    sandbox.run("get api --no-cache").prints("tok-2\n");
    assert!(!sandbox.cache_dir().exists());
}

#[test]
fn no_cache_leaves_what_is_cached_alone_where_the_refresh_token_stays() {
    let server = Server::start();
    server.issues("tok-1").for_secs(900);
    server.issues("tok-2").for_secs(900);
    server.replies(401, "{\"error\":\"invalid_client\"}");
    let sandbox = sandbox(&server);
    sandbox.run("get api").prints("tok-1\n");
    let before = sandbox.files();
    sandbox.run("get api --no-cache").prints("tok-2\n");
    // Nor is a failure remembered.
    sandbox
        .run("get api --no-cache")
        .fails_with(5, "invalid_client", "check `client_id`");
    assert!(sandbox.files() == before);
    sandbox.run("get api").prints("tok-1\n");
}

#[test]
fn a_rotated_refresh_token_that_cannot_be_kept_is_told_of() {
    let server = Server::start();
    server
        .issues("tok-1")
        .with(900, "\"refresh_token\":\"r-1\"");
    server
        .issues("tok-2")
        .with(900, "\"refresh_token\":\"r-2\"");
    let sandbox = sandbox(&server);
    fs::write(sandbox.path("file"), "").unwrap();
    for (flag, token) in [("", "tok-1"), ("--no-cache", "tok-2")] {
        let outcome = sandbox.run(&format!("get api --cache-dir file {flag}"));
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (0, format!("{token}\n").as_str())
        );
        let words = "warning: the server has replaced the refresh token, and the new one could not be kept\n\
                     hint: if the next renewal is refused, get another refresh token from the provider\n";
        assert!(outcome.stderr.ends_with(words), "{}", outcome.stderr);
    }
}
