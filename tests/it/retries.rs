//! Trouble on the way: what is tried again, how often, and when it is given up.

use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Answer, Sandbox, Server, Tcp, free_port};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A profile without credentials, asked of this address.
fn sandbox(url: &str, more: &str) -> Sandbox {
    Sandbox::new().profile(
        "p",
        &format!("token_url = \"{url}\"\nclient_auth = \"none\"\n{more}"),
    )
}

const TOKEN: &[u8] = b"{\"access_token\":\"tok-1\",\"expires_in\":3600}";

fn reply(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body].concat()
}

fn with_length(headers: &str, body: &[u8]) -> Vec<u8> {
    reply(
        &format!("Content-Length: {}\r\n{headers}", body.len()),
        body,
    )
}

#[test]
fn a_server_that_fails_is_asked_three_times() {
    for status in [500, 502, 503, 504] {
        let server = Server::start();
        server.answers_times(3, &Answer::json(status, "{}"));
        Sandbox::with_api(&server).run("get api").fails_with(
            8,
            &format!("the token endpoint answered {status}"),
            "",
        );
    }
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    let server = Server::start();
    server.replies(500, "").replies(503, "");
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    let asked = server.asked();
    assert!(
        asked
            .iter()
            .all(|request| request.text() == asked[0].text()),
        "the same request each time"
    );
}

#[test]
fn the_profile_says_how_often() {
    let server = Server::start();
    server.replies(500, "").replies(500, "");
    let tok = Sandbox::new().api(&server, "retries = 0");
    tok.run("get api").fails_with(8, "answered 500", "");
    tok.edit_profiles("retries = 0", "retries = 1");
    server.replies(500, "");
    tok.run("get api").fails_with(8, "answered 500", "");
}

#[test]
fn a_rejection_is_not_asked_again() {
    for status in [400, 401, 403, 404, 418, 451] {
        let server = Server::start();
        server.replies(status, "{}");
        let tok = Sandbox::with_api(&server);
        assert_eq!(tok.run("get api").code, 5, "{status}");
    }
}

/// `status` says what a status really means, and with that whether asking again may help.
#[test]
fn a_mapped_status_is_asked_again_or_not() {
    let server = Server::start();
    server.replies(409, "{}");
    server.issue("tok-1");
    Sandbox::new()
        .api(&server, "status = { 409 = \"server\" }")
        .run("get api")
        .prints("tok-1\n");
    let server = Server::start();
    server.replies(500, "{}");
    let tok = Sandbox::new().api(&server, "status = { 500 = \"rejected\" }");
    tok.run("get api")
        .fails_with(5, "answered 500", "`tok explain api`");
}

#[test]
fn a_short_retry_after_is_waited_for_and_a_long_one_is_not() {
    let server = Server::start();
    server.answers(Answer::json(429, "{}").header("retry-after", "1"));
    server.issue("tok-1");
    let begun = Instant::now();
    Sandbox::with_api(&server).run("get api").prints("tok-1\n");
    assert!(begun.elapsed() >= Duration::from_secs(1));

    let server = Server::start();
    server.answers(Answer::json(429, "{}").header("retry-after", "31"));
    Sandbox::with_api(&server).run("get api").fails_with(
        6,
        "answered 429",
        "wait 31s before the next try",
    );
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_connection_that_is_refused_is_7() {
    let port = free_port();
    sandbox(&format!("http://127.0.0.1:{port}/oauth/token"), "retries = 1").run("get p").fails(
        7,
        "error: profile `p`: cannot connect to `127.0.0.1:[PORT]/oauth/token`: connection refused\n\n\
         hint: nothing listens there: check host and port\n",
    );
}

/// The server may have acted on it: what was sent and not answered is not sent again.
#[test]
fn a_time_out_is_7_within_its_bound_and_not_tried_again() {
    let server = Tcp::silent();
    let begun = Instant::now();
    sandbox(&server.url("/t"), "timeout = \"1s\"")
        .run("get p")
        .fails(
            7,
            "error: profile `p`: no complete reply from `127.0.0.1:[PORT]/t` within 1s\n\n\
         hint: set `timeout` higher if the server needs longer; it may have issued a token\n",
        );
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert_eq!(server.finish().len(), 1);
}

#[test]
fn the_time_out_is_the_flag_then_the_variable_then_the_profile() {
    let server = Tcp::silent();
    let tok = sandbox(&server.url("/t"), "timeout = \"50s\"").env("TOK_TIMEOUT", "2s");
    tok.run("get p").fails_with(
        7,
        "no complete reply from `127.0.0.1:[PORT]/t` within 2s",
        "set `timeout` higher",
    );
    tok.run("get p --timeout 1s")
        .fails_with(7, "within 1s", "set `timeout` higher");
}

#[test]
fn a_truncated_body_is_7() {
    let cases = [
        (
            "a length that is not kept",
            reply("Content-Length: 500\r\n", TOKEN),
        ),
        (
            "a chunk that is not whole",
            reply(
                "Transfer-Encoding: chunked\r\n",
                b"ff\r\n{\"access_token\":\"tok-1\"",
            ),
        ),
        (
            "no last chunk",
            reply("Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n"),
        ),
        ("headers only", b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        ("nothing at all", Vec::new()),
    ];
    for (name, bytes) in cases {
        let server = Tcp::answering(bytes);
        let outcome = sandbox(&server.url("/t"), "retries = 2").run("get p");
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (7, ""),
            "{name}: {}",
            outcome.stderr
        );
        outcome.fails_with(7, "the connection to `127.0.0.1:[PORT]/t` broke: ", "");
    }
}

#[test]
fn a_reply_that_is_no_http_is_8() {
    let server = Tcp::answering("SSH-2.0-OpenSSH_9.2\r\n");
    sandbox(&server.url("/t"), "").run("get p").fails_with(
        8,
        "cannot be read: it is not valid HTTP",
        "does an HTTP server answer there",
    );
}

#[test]
fn gzip_is_taken() {
    let server = Tcp::answering(with_length("Content-Encoding: gzip\r\n", &gzip(TOKEN)));
    sandbox(&server.url("/t"), "")
        .run("get p")
        .prints("tok-1\n");
}

#[test]
fn garbage_that_says_it_is_gzip_is_8() {
    let server = Tcp::answering(with_length("Content-Encoding: gzip\r\n", TOKEN));
    sandbox(&server.url("/t"), "").run("get p").fails_with(
        8,
        "its `Content-Encoding` is gzip, and its body is not",
        "",
    );
}

#[test]
fn a_reply_of_two_mebibytes_is_8() {
    let large = vec![b' '; 2 << 20];
    for bytes in [with_length("", &large), reply("", &large)] {
        let server = Tcp::answering(bytes);
        sandbox(&server.url("/t"), "")
            .run("get p")
            .fails_with(8, "is larger than 1 MiB", "");
    }
}

#[test]
fn a_gzip_bomb_is_8() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    assert!(bomb.len() < 1 << 20);
    let server = Tcp::answering(with_length("Content-Encoding: gzip\r\n", &bomb));
    sandbox(&server.url("/t"), "")
        .run("get p")
        .fails_with(8, "is larger than 1 MiB", "");
}

/// One connection for one request, closed by the one who asked or the one who answered.
#[test]
fn a_miss_makes_one_connection() {
    let server = Tcp::answering(with_length("", TOKEN));
    let tok = sandbox(&server.url("/t"), "");
    tok.run("get p").prints("tok-1\n");
    let seen = server.finish();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].starts_with("POST /t HTTP/1.1\r\n"), "{seen:?}");
}

/// Redirects are not followed, whatever their kind: they would carry the credentials elsewhere.
#[test]
fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::unasked();
        let server = Server::start();
        server.answers(Answer::json(status, "{}").header("location", &elsewhere.url("/token")));
        Sandbox::with_api(&server).run("get api").fails_with(
            8,
            &format!("answered {status}, a redirect, which is not followed"),
            "it points to `127.0.0.1`",
        );
    }
}

/// What a command mints may be good for one use. A file and a variable are read once: a pipe gives its value only once.
#[test]
fn a_command_is_run_for_each_attempt() {
    let server = Server::start();
    server.replies(503, "{}");
    server.issue("tok-1");
    let line = "echo x >> \\\"$HOME/runs\\\"; wc -l < \\\"$HOME/runs\\\" | tr -d ' '";
    let tok = Sandbox::new()
        .api(&server, "strategy = \"post_form\"")
        .with_path();
    tok.edit_profiles(
        "{ env = \"SECRET\" }",
        &format!("{{ command = [\"/bin/sh\", \"-c\", \"{line}\"] }}"),
    );
    tok.run("get api").prints("tok-1\n");
    let sent: Vec<String> = server
        .asked()
        .into_iter()
        .map(|asked| asked.body.rsplit_once('=').unwrap().1.to_owned())
        .collect();
    assert_eq!(sent, ["1", "2"]);
}
