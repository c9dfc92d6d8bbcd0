//! Failures that are remembered, and shared by those who waited for them.

use std::fs::File;
use std::process::Stdio;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Answer, Sandbox, Server};

const REJECTED: &str = "{\"error\":\"invalid_client\"}";

#[test]
fn rejected_credentials_are_not_sent_again_until_they_change() {
    let server = Server::start();
    server
        .replies(401, REJECTED)
        .replies(401, REJECTED)
        .issue("tok-1");
    let mut tok = Sandbox::with_api(&server);
    let rejected = "the token endpoint answered 401: invalid_client";
    tok.run("get api")
        .fails_with(5, rejected, "check `client_id`");
    tok.run("get api")
        .fails_with(5, "; not retrying for another ", "`tok get -f api`");
    tok.run("get api --fresh")
        .fails_with(5, rejected, "check `client_id`");
    tok.run("get api")
        .fails_with(5, "; not retrying for another ", "`tok get -f api`");
    tok.set("SECRET", "the right one");
    tok.run("get api").prints("tok-1\n");
}

/// A success makes the failure forgotten: what comes back later is asked for again.
#[test]
fn a_success_lifts_it() {
    let server = Server::start();
    server.replies(401, REJECTED).issue("tok-1").issue("tok-2");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").fails_with(5, "invalid_client", "check");
    tok.run("get api --fresh").prints("tok-1\n");
    tok.run("forget api").prints("api: 1 token\n");
    tok.run("get api").prints("tok-2\n");
}

#[test]
fn what_is_not_about_the_credentials_is_asked_again() {
    let server = Server::start();
    server.reject("invalid_scope").issue("tok-1");
    let tok = Sandbox::with_api(&server);
    tok.run("get api")
        .fails_with(5, "invalid_scope", "check `scope`");
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn cool_down_of_zero_remembers_nothing() {
    let server = Server::start();
    server.replies(401, REJECTED).issue("tok-1");
    let tok = Sandbox::new().api(&server, "cool_down = \"0s\"");
    tok.run("get api").fails_with(5, "invalid_client", "check");
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn a_rate_limit_is_kept_until_its_time() {
    for (header, value) in [("Retry-After", "100"), ("X-Retry-In", "100000")] {
        let server = Server::start();
        server.answers(Answer::json(429, "{}").header(header, value));
        let tok = Sandbox::with_api(&server);
        tok.run("get api")
            .fails_with(6, "answered 429", "wait 100s");
        tok.run("get api").fails_with(
            6,
            "; not retrying for another ",
            "wait, or retry now with `tok get -f api`",
        );
    }
}

#[test]
fn a_503_that_names_its_time_is_kept_until_then() {
    let server = Server::start();
    server.answers(Answer::json(503, "{}").header("Retry-After", "100"));
    let tok = Sandbox::with_api(&server);
    tok.run("get api")
        .fails_with(8, "answered 503", "wait 100s");
    tok.run("get api").fails_with(
        8,
        "; not retrying for another ",
        "wait, or retry now with `tok get -f api`",
    );
}

/// Profiles with the same endpoint and credentials share the failure, one with others does not.
#[test]
fn it_concerns_the_credentials_and_not_the_profile() {
    let server = Server::start();
    server.replies(401, REJECTED).issue("tok-1");
    let tok = Sandbox::with_api(&server)
        .profile("scoped", "extends = \"api\"\nscope = \"more\"")
        .profile("other", "extends = \"api\"\nclient_id = \"another\"");
    tok.run("get api").fails_with(5, "invalid_client", "check");
    tok.run("get scoped")
        .fails_with(5, "; not retrying for another ", "`tok get -f scoped`");
    tok.run("get other").prints("tok-1\n");
}

/// A failure without a time is about one token, and does not take the place of one that has a time.
#[test]
fn a_failure_of_another_token_does_not_cut_it_short() {
    let server = Server::start();
    server.answers(Answer::json(429, "{}").header("Retry-After", "100"));
    server.replies(500, "{}");
    server.answers(Answer::json(429, "{}").header("Retry-After", "7"));
    let tok = Sandbox::new()
        .api(&server, "retries = 0")
        .profile("scoped", "extends = \"api\"\nscope = \"more\"");
    tok.run("get api")
        .fails_with(6, "answered 429", "wait 100s");
    tok.run("get scoped -f").fails_with(8, "answered 500", "");
    tok.run("get scoped -f")
        .fails_with(6, "answered 429", "wait 7s");
    for name in ["api", "scoped"] {
        let outcome = tok.run(&format!("get {name} --error-format json"));
        let json: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
        let left = json["retry_after"].as_i64().unwrap();
        assert!(
            outcome.code == 6 && (30..=100).contains(&left),
            "{}",
            outcome.stderr
        );
    }
}

fn left(tok: &Sandbox) -> Option<i64> {
    let outcome = tok.run("get api --error-format json");
    let json: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    json["message"]
        .as_str()
        .unwrap()
        .contains("not retrying")
        .then(|| json["retry_after"].as_i64().unwrap())
}

#[test]
fn nobody_is_locked_out_for_more_than_a_day() {
    for value in [
        "99999999999",
        "Tue, 01 Dec 9998 16:00:00 GMT",
        "18446744073709551616",
    ] {
        let server = Server::start();
        server.answers(Answer::json(429, "{}").header("Retry-After", value));
        let tok = Sandbox::new().api(&server, "retries = 0");
        assert_eq!(left(&tok), None);
        let seconds = left(&tok).unwrap();
        assert!((86_000..=86_400).contains(&seconds), "{value}: {seconds}");
    }
}

#[test]
fn a_damaged_file_keeps_nobody_from_asking() {
    let server = Server::start();
    server
        .replies(401, REJECTED)
        .replies(401, REJECTED)
        .replies(401, REJECTED);
    let tok = Sandbox::with_api(&server);
    assert_eq!(left(&tok), None);
    let is_failure =
        |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "cool-down");
    let (path, bytes) = tok
        .files()
        .into_iter()
        .find(|(path, _)| is_failure(path))
        .unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let at = text.find("\"until\":").unwrap();
    for damaged in [
        text.replacen("\"until\":1", "\"until\":9", 1),
        text[..at].to_owned(),
    ] {
        assert!(damaged != text);
        std::fs::write(&path, damaged).unwrap();
        // It is asked, and what comes of that is remembered.
        assert_eq!(left(&tok), None);
        assert!(left(&tok).is_some());
    }
}

#[test]
fn list_and_explain_say_what_keeps_the_server_from_being_asked() {
    let server = Server::start();
    server
        .replies(401, REJECTED)
        .issue("tok-1")
        .replies(401, REJECTED);
    let tok = Sandbox::with_api(&server);
    tok.run("get api").fails_with(5, "invalid_client", "check");
    let said = "the token endpoint answered 401: invalid_client";
    let list = || tok.run("list").stdout;
    let listed = list();
    assert!(listed.starts_with("api\tcooling\t-\t-\t"), "{listed}");
    assert!(
        listed.contains(&format!("\t{said}; not retrying for another ")),
        "{listed}"
    );
    let explained = tok.run("explain api").stdout;
    assert!(
        explained.contains("fails as below; `tok get -f` sends this request"),
        "{explained}"
    );
    assert!(
        explained.contains(&format!("s more: {said}\n")),
        "{explained}"
    );
    let json: serde_json::Value =
        serde_json::from_str(&tok.run("explain api --json").stdout).unwrap();
    assert_eq!(json["cache"]["cool_down"]["message"], said);
    assert!((1..=60).contains(&json["cache"]["cool_down"]["seconds_left"].as_i64().unwrap()));

    tok.run("get api -f").prints("tok-1\n");
    let json: serde_json::Value =
        serde_json::from_str(&tok.run("explain api --json").stdout).unwrap();
    assert!(json["cache"]["cool_down"].is_null());
    assert!(list().starts_with("api\tfresh\t"));
    // With a good token nobody meets it.
    tok.run("get api -f")
        .fails_with(5, "invalid_client", "check");
    assert!(list().starts_with("api\tfresh\t"));
}

/// Whoever holds the lock hangs: the others wait for `timeout` and five seconds, then one of them asks, and the
/// rest print what that one got.
#[test]
fn past_a_frozen_holder_one_asks() {
    let server = Server::start();
    server.issues("tok-1").for_secs(1).issue("tok-2");
    let tok = Sandbox::new().api(&server, "timeout = \"1s\"");
    tok.run("get api").prints("tok-1\n");
    tok.pass(10);
    let lock = tok.entry_file().with_extension("lock");
    let held = File::options().write(true).open(lock).unwrap();
    held.lock().unwrap();
    let begun = Instant::now();
    let start = |_| {
        tok.process("get api")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    };
    let children: Vec<_> = (0..8).map(|index| start(index).unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(output.stdout, b"tok-2\n");
        let warning = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            warning,
            "warning: another `tok` has been fetching this token for 6s; going on without it\n"
        );
    }
    let seconds = begun.elapsed().as_secs();
    assert!((5..20).contains(&seconds), "{seconds}");
    drop(held);
}

/// It is by what is sent, and how: a corrected strategy is tried at once.
#[test]
fn a_change_of_how_the_credentials_are_sent_lifts_it() {
    let changes = [
        "strategy = \"post_form\"",
        "basic_encoding = \"form\"",
        "params_in = \"json\"",
        "names = { scope = \"scopes\" }",
        "omit = [\"grant_type\"]",
        "grant = \"none\"",
    ];
    for change in changes {
        let server = Server::start();
        server.replies(401, REJECTED).issue("tok-1");
        let tok = Sandbox::with_api(&server);
        let (rejected, check) = ("invalid_client", "check `client_id`");
        tok.run("get api").fails_with(5, rejected, check);
        tok.edit_profiles("client_id", &format!("{change}\nclient_id"));
        tok.run("get api").prints("tok-1\n");
    }
}

/// Neither one from the cache, nor one of the same reply, nor one that an API has rejected: in no encoding.
#[test]
fn a_token_that_the_server_repeats_is_neither_shown_nor_remembered() {
    let cached = "cached-token-0123";
    let fresh = "fresh-token-4567";
    let rejected = "rejected-token-89ab";
    let repeats = |token: &str| {
        let encoded = STANDARD.encode(token);
        format!(
            "{{\"error\":\"invalid_client\",\"access_token\":\"{fresh}\",\"error_description\":\"{token}, {encoded}\"}}"
        )
    };
    let cases = [
        (401, cached, "get api -f -vv"),
        (401, fresh, "get api -f -vv"),
        (200, fresh, "get api -f -vv"),
        (403, rejected, "get api --min-ttl 2h --rejected -vv"),
    ];
    for (status, token, words) in cases {
        let server = Server::start();
        server.issue(cached);
        server.replies(status, &repeats(token));
        let tok = Sandbox::with_api(&server);
        tok.run("get api").prints(&format!("{cached}\n"));
        let outcome = tok.run_with(words, rejected);
        assert_eq!(outcome.code, 5, "{}", outcome.stderr);
        let entry = tok.entry_file();
        let files = tok.files().into_iter();
        let written = files
            .filter(|(path, _)| *path != entry)
            .map(|(_, bytes)| String::from_utf8(bytes).unwrap());
        for text in written.chain([outcome.stderr]) {
            let is_shown = text.contains(token) || text.contains(&STANDARD.encode(token));
            assert!(!is_shown, "{words}: {text}");
        }
    }
}
