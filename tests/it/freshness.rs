//! How long a cached token is served, when it is renewed, and what a caller may demand.

use crate::support::{Sandbox, Server, now};

/// The warning of a renewal that failed while the token is good.
fn kept(why: &str) -> String {
    let kept = "hint: the cached one is good until [TIME]";
    format!("warning: the token could not be renewed early: {why}\n{kept}\n")
}

#[test]
fn an_expired_token_is_fetched_anew() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    tok.pass(3601);
    tok.run("get api").prints("tok-2\n");
    tok.run("get api").prints("tok-2\n");
}

/// More than `refresh_before` left: nothing happens. Less: it is renewed.
#[test]
fn an_ageing_token_is_renewed() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    tok.pass(3600 - 330);
    tok.run("get api").prints("tok-1\n");
    tok.pass(60);
    tok.run("get api").prints("tok-2\n");
}

#[test]
fn an_ageing_token_is_served_with_a_warning_when_its_renewal_fails() {
    let server = Server::start();
    server.issue("tok-1").reject("invalid_client");
    server.replies(503, "{}");
    let mut tok = Sandbox::new().api(&server, "cool_down = \"0s\"\nretries = 0");
    tok.run("get api").prints("tok-1\n");
    tok.pass(3600 - 100);
    for why in ["answered 401: invalid_client", "answered 503"] {
        let warning = kept(&format!("the token endpoint {why}"));
        tok.run("get api").prints_and_warns("tok-1\n", &warning);
    }
    tok.unset("SECRET");
    let warning = kept("`client_secret`: environment variable `SECRET` is not set");
    tok.run("get api").prints_and_warns("tok-1\n", &warning);
}

/// `-f` is a renewal too: a good token is not lost to a server that is down.
#[test]
fn fresh_that_the_server_cannot_answer_keeps_a_good_token() {
    let server = Server::start();
    server
        .issue("tok-1")
        .replies(503, "{}")
        .replies(429, "{}")
        .replies(200, "");
    let tok = Sandbox::new().api(&server, "retries = 0");
    tok.run("get api").prints("tok-1\n");
    for why in ["answered 503", "answered 429"] {
        let warning = kept(&format!("the token endpoint {why}")).replace(" early", "");
        tok.run("get api -f").prints_and_warns("tok-1\n", &warning);
    }
    assert_eq!(tok.run("get api -f").stdout, "tok-1\n");
    // One that is over is not kept.
    tok.pass(3600);
    server.replies(503, "{}");
    tok.run("get api -f").fails_with(8, "answered 503", "");
}

/// A renewal that failed is not tried at each call: it may take all of `timeout`, and nothing presses.
#[test]
fn an_early_renewal_that_failed_is_not_tried_again_at_once() {
    let (server, tok) = Server::cached("tok-1");
    server.reject("invalid_scope");
    tok.pass(3600 - 100);
    let why = "the token endpoint answered 400: invalid_scope";
    tok.run("get api").prints_and_warns("tok-1\n", &kept(why));
    // The seconds that are left are those of the clock.
    let why = format!("{why}; not retrying for another ");
    tok.run("get api").prints_and_mentions("tok-1\n", &why);
}

/// Where the lock cannot be had, silence would last until the token is dead.
#[test]
fn an_early_renewal_that_cannot_be_begun_is_reported() {
    let (_server, tok) = Server::cached("tok-1");
    tok.pass(3600 - 100);
    let lock = tok.lock_file();
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let outcome = tok.run("get api");
    let start = "warning: the token could not be renewed early: the lock file `";
    outcome.prints_and_mentions("tok-1\n", start);
    assert!(
        outcome
            .stderr
            .ends_with("hint: the cached one is good until [TIME]\n")
    );
}

/// Less than `min_ttl`: it must be renewed, and where that fails there is no token.
#[test]
fn a_stale_token_is_not_served() {
    let server = Server::start();
    server
        .issue("tok-1")
        .reject("invalid_client")
        .issue("tok-2");
    let tok = Sandbox::new().api(&server, "cool_down = \"0s\"");
    tok.run("get api").prints("tok-1\n");
    tok.pass(3600 - 20);
    tok.run("get api")
        .fails_with(5, "invalid_client", "check `client_id`");
    tok.run("get api").prints("tok-2\n");
}

/// `min_ttl` is 30s, but no more than a tenth of the lifetime; `refresh_before` no more than a quarter.
#[test]
fn short_lived_tokens_stay_cacheable() {
    let server = Server::start();
    server.issues("tok-1").for_secs(120);
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    tok.pass(60);
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn the_profiles_own_windows_count() {
    let (_server, tok) = Server::issuing("tok-1 tok-2");
    let keys = "refresh_before = \"10s\"\nmin_ttl = \"5s\"\nclient_id";
    tok.edit_profiles("client_id", keys);
    tok.run("get api").prints("tok-1\n");
    tok.pass(3600 - 60);
    tok.run("get api").prints("tok-1\n");
    tok.edit_profiles("\"10s\"", "\"2m\"");
    tok.run("get api").prints("tok-2\n");
}

#[test]
fn min_ttl_renews_what_has_less() {
    let (_server, mut tok) = Server::cached("tok-1 tok-2 tok-3");
    tok.pass(1000);
    tok.run("get api --min-ttl 40m").prints("tok-1\n");
    tok.run("get api --min-ttl 50m").prints("tok-2\n");
    tok.run("get api --min-ttl 50m --cached").prints("tok-2\n");
    let outcome = tok.run("get api --min-ttl 2h --cached");
    outcome.fails_with(10, "the cached token is good for 3", "without `--cached`");
    // The variable counts as the flag does.
    tok.pass(1800);
    tok.set("TOK_MIN_TTL", "45m");
    tok.run("get api --min-ttl 0").prints("tok-2\n");
    tok.run("get api").prints("tok-3\n");
}

/// Exit 10 prints nothing, but keeps what it got.
#[test]
fn min_ttl_that_no_token_can_meet_is_10_and_cached() {
    let server = Server::start();
    server.issues("tok-1").for_secs(600);
    let mut tok = Sandbox::with_api(&server);
    let message = "s, which is less than the 3600s demanded";
    let outcome = tok.run("get api --min-ttl 1h");
    outcome.fails_with(10, message, "use a shorter `--min-ttl`");
    tok.run("get api").prints("tok-1\n");
    tok.set("TOK_MIN_TTL", "soon");
    let message = "the value of `TOK_MIN_TTL` is not a duration";
    tok.run("get api")
        .fails_with(2, message, "`unset TOK_MIN_TTL`");
    tok.run("get api --min-ttl 5m").prints("tok-1\n");
}

#[test]
fn a_token_that_comes_expired_is_said_to_be_so() {
    let server = Server::start();
    server.issues("tok-1").for_secs(-5);
    let outcome = Sandbox::with_api(&server).run("get api --min-ttl 0");
    outcome.fails_with(
        10,
        "the new token has expired already",
        "tokens do not live longer",
    );
}

/// An issuer that hands out the same token until it is over is not asked again and again.
#[test]
fn the_same_token_again_is_not_asked_for_in_a_loop() {
    let (server, tok) = Server::cached("same");
    // A hundred seconds are left: it is asked once, brings the same again, and is let be until `min_ttl`.
    server.issues("same").for_secs(100).issue("tok-2");
    tok.pass(3500);
    for _ in 0..4 {
        tok.run("get api").prints("same\n");
    }
    assert_eq!(server.asked().len(), 2);
    tok.pass(80);
    tok.run("get api").prints("tok-2\n");
}

/// The clock was set back: an entry from the future is a miss.
#[test]
fn an_entry_from_the_future_is_a_miss() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    tok.pass(-600);
    for line in ["get api --cached", "expiry api"] {
        tok.run(line)
            .fails_with(11, "no token is cached", "fetches one");
    }
    tok.run("get api").prints("tok-2\n");
}

#[test]
fn expires_in_begins_with_the_request() {
    let before = now();
    let (_server, tok) = Server::cached("tok-1");
    let requested_at = tok.entry()["requested_at"].as_i64().unwrap();
    assert!((before..=now()).contains(&requested_at));
}

/// `assume_expires_in` counts from the moment of the request, also if the profile says otherwise later.
#[test]
fn an_assumed_lifetime_is_that_of_the_profile_now() {
    let server = Server::start();
    server.issues("tok-1").for_ever().issues("tok-2").for_ever();
    let tok = Sandbox::new().api(&server, "assume_expires_in = \"1h\"");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1200);
    tok.run("get api").prints("tok-1\n");
    tok.edit_profiles("\"1h\"", "\"10m\"");
    tok.run("get api").prints("tok-2\n");
}
