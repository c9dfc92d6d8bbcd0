//! Failures that are remembered, and shared by those who waited for them.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Answer, Sandbox, Server};

const CHECK: &str = "check `client_id`";
const LATER: &str = "; not retrying for another ";

#[test]
fn rejected_credentials_are_not_sent_again_until_they_change() {
    let server = Server::start();
    server
        .reject("invalid_client")
        .reject("invalid_client")
        .issue("tok-1");
    let mut tok = Sandbox::with_api(&server);
    let rejected = "the token endpoint answered 401: invalid_client";
    for flag in ["", "--fresh"] {
        tok.run(&format!("get api {flag}"))
            .fails_with(5, rejected, CHECK);
        tok.run("get api").fails_with(5, LATER, "`tok get -f api`");
    }
    tok.set("SECRET", "the right one");
    tok.run("get api").prints("tok-1\n");
}

/// A success makes the failure forgotten: what comes back later is asked for again.
#[test]
fn a_success_lifts_it() {
    let server = Server::start();
    server
        .reject("invalid_client")
        .issue("tok-1")
        .issue("tok-2");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").fails_with(5, "invalid_client", CHECK);
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
    server.reject("invalid_client").issue("tok-1");
    let tok = Sandbox::new().api(&server, "cool_down = \"0s\"");
    tok.run("get api").fails_with(5, "invalid_client", CHECK);
    tok.run("get api").prints("tok-1\n");
}

/// It is by what is sent, and how: a corrected strategy is tried at once.
#[test]
fn a_change_of_how_the_credentials_are_sent_lifts_it() {
    for change in [
        "strategy = \"post_form\"",
        "basic_encoding = \"form\"",
        "params_in = \"json\"",
        "names = { scope = \"scopes\" }",
        "omit = [\"grant_type\"]",
        "grant = \"none\"",
    ] {
        let server = Server::start();
        server.reject("invalid_client").issue("tok-1");
        let tok = Sandbox::with_api(&server);
        tok.run("get api").fails_with(5, "invalid_client", CHECK);
        tok.edit_profiles("client_id", &format!("{change}\nclient_id"));
        tok.run("get api").prints("tok-1\n");
    }
}

#[test]
fn a_failure_that_names_its_time_is_kept_until_then() {
    for (status, header, value, code) in [
        (429, "Retry-After", "100", 6),
        (429, "X-Retry-In", "100000", 6),
        (503, "Retry-After", "100", 8),
    ] {
        let server = Server::start();
        server.answers(Answer::json(status, "{}").header(header, value));
        let tok = Sandbox::with_api(&server);
        let message = format!("answered {status}");
        tok.run("get api").fails_with(code, &message, "wait 100s");
        let hint = "wait, or retry now with `tok get -f api`";
        tok.run("get api").fails_with(code, LATER, hint);
    }
}

/// Profiles with the same endpoint and credentials share the failure, one with others does not.
#[test]
fn it_concerns_the_credentials_and_not_the_profile() {
    let server = Server::start();
    server.reject("invalid_client").issue("tok-1");
    let tok = Sandbox::with_api(&server)
        .profile("scoped", "extends = \"api\"\nscope = \"more\"")
        .profile("other", "extends = \"api\"\nclient_id = \"another\"");
    tok.run("get api").fails_with(5, "invalid_client", CHECK);
    tok.run("get scoped")
        .fails_with(5, LATER, "`tok get -f scoped`");
    tok.run("get other").prints("tok-1\n");
}

/// A failure without a time is about one token, and does not take the place of one that has a time.
#[test]
fn a_failure_of_another_token_does_not_cut_it_short() {
    let server = Server::start();
    let slow = |seconds: &str| Answer::json(429, "{}").header("Retry-After", seconds);
    server
        .answers(slow("100"))
        .replies(500, "{}")
        .answers(slow("7"));
    let scoped = "extends = \"api\"\nscope = \"more\"";
    let tok = Sandbox::new()
        .api(&server, "retries = 0")
        .profile("scoped", scoped);
    tok.run("get api")
        .fails_with(6, "answered 429", "wait 100s");
    tok.run("get scoped -f").fails_with(8, "answered 500", "");
    tok.run("get scoped -f")
        .fails_with(6, "answered 429", "wait 7s");
    for name in ["api", "scoped"] {
        let error = tok
            .run(&format!("get {name} --error-format json"))
            .json_error();
        let left = error["retry_after"].as_i64().unwrap();
        assert!(error["code"] == 6 && (30..=100).contains(&left), "{error}");
    }
}

/// How long it will still be remembered, where it was not asked again.
fn left(tok: &Sandbox) -> Option<i64> {
    let error = tok.run("get api --error-format json").json_error();
    let is_remembered = error["message"].as_str().unwrap().contains("not retrying");
    is_remembered.then(|| error["retry_after"].as_i64().unwrap())
}

#[test]
fn no_client_is_locked_out_for_more_than_a_day() {
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
fn a_damaged_file_does_not_keep_it_from_asking() {
    let server = Server::start();
    server
        .reject("invalid_client")
        .reject("invalid_client")
        .reject("invalid_client");
    let tok = Sandbox::with_api(&server);
    assert_eq!(left(&tok), None);
    let path = &tok.cache_files("cool-down")[0];
    let text = std::fs::read_to_string(path).unwrap();
    let at = text.find("\"until\":").unwrap();
    let later = text.replacen("\"until\":1", "\"until\":9", 1);
    for damaged in [later, text[..at].to_owned()] {
        assert!(damaged != text);
        std::fs::write(path, damaged).unwrap();
        // It is asked, and what comes of that is remembered.
        assert_eq!(left(&tok), None);
        assert!(left(&tok).is_some());
    }
}

#[test]
fn list_and_explain_say_what_keeps_the_server_from_being_asked() {
    let server = Server::start();
    server
        .reject("invalid_client")
        .issue("tok-1")
        .reject("invalid_client");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").fails_with(5, "invalid_client", CHECK);
    let why = "the token endpoint answered 401: invalid_client";
    let list = || tok.run("list").stdout;
    let listed = list();
    let is_listed = listed.contains(&format!("\t{why}{LATER}"));
    assert!(
        listed.starts_with("api\tcooling\t-\t-\t") && is_listed,
        "{listed}"
    );
    let explained = tok.run("explain api").stdout;
    let action = "fails as below; `tok get -f` sends this request";
    let is_explained = explained.contains(&format!("s more: {why}\n"));
    assert!(is_explained && explained.contains(action), "{explained}");
    let cool_down = || tok.run("explain api --json").json()["cache"]["cool_down"].take();
    assert_eq!(cool_down()["message"], why);
    assert!((1..=60).contains(&cool_down()["seconds_left"].as_i64().unwrap()));

    tok.run("get api -f").prints("tok-1\n");
    assert!(cool_down().is_null() && list().starts_with("api\tfresh\t"));
    // With a good token it does not matter.
    tok.run("get api -f").fails_with(5, "invalid_client", CHECK);
    assert!(list().starts_with("api\tfresh\t"));
}

/// The holder of the lock hangs: the others wait for `timeout` and five seconds, then one of them asks, and the
/// rest print what that one got.
#[test]
fn past_a_frozen_holder_one_asks() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    tok.edit_profiles("client_id", "timeout = \"1s\"\nclient_id");
    tok.pass(3610);
    let held = tok.hold_lock();
    let begun = Instant::now();
    let warning =
        "warning: another `tok` has been fetching this token for 6s; going on without it\n";
    for outcome in tok.together(8, "get api") {
        outcome.prints_and_warns("tok-2\n", warning);
    }
    let seconds = begun.elapsed().as_secs();
    assert!((5..20).contains(&seconds), "{seconds}");
    drop(held);
}

/// Neither one from the cache, nor one of the same reply, nor one that an API has rejected: in no encoding.
#[test]
fn a_token_that_the_server_repeats_is_neither_shown_nor_remembered() {
    let [cached, fresh, rejected] = [
        "cached-token-0123",
        "fresh-token-4567",
        "rejected-token-89ab",
    ];
    for (status, token, line) in [
        (401, cached, "get api -f -vv"),
        (401, fresh, "get api -f -vv"),
        (200, fresh, "get api -f -vv"),
        (403, rejected, "get api --min-ttl 2h --rejected -vv"),
    ] {
        let (server, tok) = Server::cached(cached);
        let encoded = STANDARD.encode(token);
        let reply =
            format!("\"access_token\":\"{fresh}\",\"error_description\":\"{token}, {encoded}\"");
        server.replies(status, &format!("{{\"error\":\"invalid_client\",{reply}}}"));
        let outcome = tok.run_with(line, rejected);
        assert_eq!(outcome.code, 5, "{}", outcome.stderr);
        let entry = tok.entry_file();
        let files = tok.files().into_iter().filter(|(path, _)| *path != entry);
        let written = files.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
        for text in written.chain([outcome.stderr]) {
            let is_shown = text.contains(token) || text.contains(&encoded);
            assert!(!is_shown, "{line}: {text}");
        }
    }
}
