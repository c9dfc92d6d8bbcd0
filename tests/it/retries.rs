//! Trouble on the way: what is tried again, how often, and when it is given up.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Answer, Asked, Sandbox, Server, Tcp, free_port, response};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A profile without credentials, asked of a server that answers with these bytes.
fn asking(server: &Tcp) -> Sandbox {
    let tok = Sandbox::new().public("p", &server.url("/t"), "");
    tok.edit_profiles("retries = 0", "retries = 2");
    tok
}

const TOKEN: &str = "{\"access_token\":\"tok-1\",\"expires_in\":3600}";
const GZIP: &str = "Content-Encoding: gzip\r\n";

#[test]
fn a_server_that_fails_is_asked_three_times() {
    for status in [500, 502] {
        let server = Server::start();
        server.answers_times(3, &Answer::json(status, "{}"));
        let message = format!("the token endpoint answered {status}");
        Sandbox::with_api(&server)
            .run("get api")
            .fails_with(8, &message, "");
    }
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    let server = Server::start();
    server.replies(500, "").replies(503, "").issue("tok-1");
    Sandbox::with_api(&server).run("get api").prints("tok-1\n");
    let asked = server.asked();
    let texts: Vec<String> = asked.iter().map(Asked::text).collect();
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

#[test]
fn the_profile_says_how_often() {
    let server = Server::start();
    server.replies(500, "");
    let tok = Sandbox::new().api(&server, "retries = 0");
    tok.run("get api").fails_with(8, "answered 500", "");
    tok.edit_profiles("retries = 0", "retries = 1");
    server.replies(500, "").replies(500, "");
    tok.run("get api").fails_with(8, "answered 500", "");
}

/// What a command mints may be good for one use. A file and a variable are read once: a pipe gives its value only once.
#[test]
fn a_command_is_run_for_each_attempt() {
    let server = Server::start();
    server.replies(503, "{}").issue("tok-1");
    let line = "echo x >> \\\"$HOME/runs\\\"; wc -l < \\\"$HOME/runs\\\" | tr -d ' '";
    let tok = Sandbox::new()
        .api(&server, "strategy = \"post_form\"")
        .with_path();
    let command = format!("{{ command = [\"/bin/sh\", \"-c\", \"{line}\"] }}");
    tok.edit_profiles("{ env = \"SECRET\" }", &command);
    tok.run("get api").prints("tok-1\n");
    let secrets = server
        .bodies()
        .into_iter()
        .map(|body| body.rsplit_once('=').unwrap().1.to_owned());
    assert_eq!(secrets.collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn a_rejection_is_not_asked_again() {
    for status in [400, 401, 403, 404, 418, 451] {
        let server = Server::start();
        server.replies(status, "{}");
        assert_eq!(
            Sandbox::with_api(&server).run("get api").code,
            5,
            "{status}"
        );
    }
}

/// `status` says what a status really means, and with that whether asking again may help.
#[test]
fn a_mapped_status_is_asked_again_or_not() {
    let server = Server::start();
    server.replies(409, "{}").issue("tok-1");
    let tok = Sandbox::new().api(&server, "status = { 409 = \"server\" }");
    tok.run("get api").prints("tok-1\n");
    let server = Server::start();
    server.replies(500, "{}");
    let tok = Sandbox::new().api(&server, "status = { 500 = \"rejected\" }");
    tok.run("get api")
        .fails_with(5, "answered 500", "`tok explain api`");
}

#[test]
fn a_short_retry_after_is_waited_for_and_a_long_one_is_not() {
    let slow = |seconds: &str| Answer::json(429, "{}").header("retry-after", seconds);
    let server = Server::start();
    server.answers(slow("1")).issue("tok-1").answers(slow("31"));
    let tok = Sandbox::with_api(&server);
    let begun = Instant::now();
    tok.run("get api").prints("tok-1\n");
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let outcome = tok.run("get api --scope x");
    outcome.fails_with(6, "answered 429", "wait 31s before the next try");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_connection_that_is_refused_is_7() {
    let url = format!("http://127.0.0.1:{}/oauth/token", free_port());
    let outcome = Sandbox::new().public("p", &url, "").run("get p");
    let message = "cannot connect to `127.0.0.1:[PORT]/oauth/token`: connection refused";
    outcome.fails_with(7, message, "nothing listens there: check host and port");
}

/// The server may have acted on it: what was sent and not answered is not sent again.
#[test]
fn a_time_out_is_7_within_its_bound_and_not_tried_again() {
    let server = Tcp::silent();
    let mut tok = asking(&server);
    let keys = "timeout = \"50s\"\nretries";
    tok.edit_profiles("retries", keys);
    tok.set("TOK_TIMEOUT", "1s");
    let begun = Instant::now();
    tok.run("get p").fails(
        7,
        "error: profile `p`: no complete reply from `127.0.0.1:[PORT]/t` within 1s\n\n\
         hint: set `timeout` higher if the server needs longer; it may have issued a token\n",
    );
    assert!(begun.elapsed() < Duration::from_secs(15));
    // The flag beats the variable, which beats the profile.
    tok.set("TOK_TIMEOUT", "50s");
    let outcome = tok.run("get p --timeout 1s");
    outcome.fails_with(7, "within 1s", "set `timeout` higher");
    assert_eq!(server.finish().len(), 2);
}

#[test]
fn a_truncated_body_is_7() {
    let head = "HTTP/1.1 200 OK\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n\r\n";
    for reply in [
        format!("{head}Content-Length: 500\r\n\r\n{TOKEN}"),
        format!("{head}{chunked}ff\r\n{{\"access_token\":\"tok-1\""),
        format!("{head}{chunked}2\r\n{{}}\r\n"),
        format!("{head}Content-Le"),
        String::new(),
    ] {
        let outcome = asking(&Tcp::answering(reply)).run("get p");
        outcome.fails_with(7, "the connection to `127.0.0.1:[PORT]/t` broke: ", "");
    }
}

#[test]
fn gzip_is_taken_and_what_makes_no_sense_is_8() {
    let packed = response("200 OK", GZIP, gzip(TOKEN.as_bytes()));
    asking(&Tcp::answering(packed))
        .run("get p")
        .prints("tok-1\n");
    let garbage = response("200 OK", GZIP, TOKEN);
    let message = "its `Content-Encoding` is gzip, and its body is not";
    asking(&Tcp::answering(garbage))
        .run("get p")
        .fails_with(8, message, "");
    let outcome = asking(&Tcp::answering("SSH-2.0-OpenSSH_9.2\r\n")).run("get p");
    let message = "cannot be read: it is not valid HTTP";
    outcome.fails_with(8, message, "does an HTTP server answer there");
}

#[test]
fn a_reply_of_more_than_a_mebibyte_is_8_packed_or_not() {
    let large = vec![b' '; 2 << 20];
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    for reply in [
        response("200 OK", "", &large),
        [b"HTTP/1.1 200 OK\r\n\r\n", &large[..]].concat(),
        response("200 OK", GZIP, bomb),
    ] {
        let outcome = asking(&Tcp::answering(reply)).run("get p");
        outcome.fails_with(8, "is larger than 1 MiB", "");
    }
}

/// One connection for one request, closed by one of the two sides.
#[test]
fn a_miss_makes_one_connection_and_a_hit_none() {
    let server = Tcp::answering(response("200 OK", "", TOKEN));
    let tok = asking(&server);
    tok.run("get p").prints("tok-1\n");
    let seen = server.finish();
    assert!(
        seen.len() == 1 && seen[0].starts_with("POST /t HTTP/1.1\r\n"),
        "{seen:?}"
    );
    tok.run("get p").prints("tok-1\n");
    let outcome = tok.run("get p --no-cache");
    outcome.fails_with(7, "connection refused", "nothing listens there");
}

/// Redirects are not followed, whatever their kind: they would carry the credentials elsewhere.
#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::unasked();
        let server = Server::start();
        let place = elsewhere.url("/token");
        server.answers(Answer::json(status, "{}").header("location", &place));
        let message = format!("answered {status}, a redirect, which is not followed");
        let outcome = Sandbox::with_api(&server).run("get api");
        outcome.fails_with(8, &message, "it points to `127.0.0.1`");
    }
}
