//! `tok expiry`: offline, in every format, with an exit code for scripts.

use serde_json::{Value, json};

use crate::support::{Sandbox, Server, jwt, normalised, now};

/// A tok in which a token is cached that has an hour to live.
fn sandbox(server: &Server) -> Sandbox {
    server.issue("tok-1");
    let tok = Sandbox::with_api(server);
    tok.run("get api").prints("tok-1\n");
    tok
}

#[test]
fn every_format() {
    let server = Server::start();
    let tok = sandbox(&server);
    let expires_at = tok.entry()["expires_at"].as_i64().unwrap();
    tok.run("expiry api --format epoch")
        .prints(&format!("{expires_at}\n"));
    let rfc3339 = tok::time::UnixTime(expires_at).rfc3339();
    tok.run("expiry api --format rfc3339")
        .prints(&format!("{rfc3339}\n"));
    for words in ["expiry api", "expiry api --format human"] {
        let outcome = tok.run(words);
        let text = normalised(&outcome.stdout, tok.home());
        assert!(
            text.starts_with("[TIME] (in ") && text.ends_with("s)\n") || text == "[TIME] (in 1h)\n",
            "{text}"
        );
        assert!(
            outcome.stdout.starts_with(&rfc3339) && outcome.code == 0 && outcome.stderr.is_empty()
        );
    }
    let seconds: i64 = tok
        .run("expiry api --format seconds")
        .stdout
        .trim_end()
        .parse()
        .unwrap();
    assert!((3500..=3600).contains(&seconds));
    let outcome = tok.run("expiry api --format json");
    let mut found: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!((3500..=3600).contains(&found["expires_in"].take().as_i64().unwrap()));
    assert_eq!(
        found,
        json!({ "profile": "api", "expires_at": expires_at, "expires_in": null,
            "expires_at_rfc3339": rfc3339, "rule": "expires_in", "good": true })
    );
}

#[test]
fn the_exit_code_is_0_or_10_and_the_answer_is_printed_all_the_same() {
    let server = Server::start();
    let tok = sandbox(&server);
    let code = |words: &str| {
        let outcome = tok.run(&format!("expiry api --format seconds {words}"));
        assert!(
            outcome.stdout.trim_end().parse::<i64>().is_ok() && outcome.stderr.is_empty(),
            "{}",
            outcome.stderr
        );
        outcome.code
    };
    assert_eq!(
        [code(""), code("--min-ttl 50m"), code("--min-ttl 61m")],
        [0, 0, 10]
    );
    tok.pass(3600 - 60);
    assert_eq!(
        [code(""), code("--min-ttl 10s"), code("--min-ttl 2m")],
        [0, 0, 10]
    );
    tok.pass(120);
    assert_eq!(code(""), 10);
    let outcome = tok.run("expiry api");
    assert_eq!(
        normalised(&outcome.stdout, tok.home()).split(" (").next(),
        Some("[TIME]")
    );
    assert!(
        outcome.code == 10 && outcome.stdout.contains("1m") && outcome.stdout.ends_with(" ago)\n"),
        "{}",
        outcome.stdout
    );
    let seconds: i64 = tok
        .run("expiry api --format seconds")
        .stdout
        .trim_end()
        .parse()
        .unwrap();
    assert!((-120..=-60).contains(&seconds), "{seconds}");
}

#[test]
fn nothing_cached_is_11() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server);
    tok.run("expiry api").fails(
        11,
        "error: profile `api`: no token is cached\n\nhint: `tok get api` fetches one\n",
    );
    tok.run("expiry unknown")
        .fails_with(3, "unknown profile `unknown`", "`tok list`");
}

/// It is offline, and needs no secret.
#[test]
fn it_sends_no_request() {
    let server = Server::start();
    let mut tok = sandbox(&server);
    tok.unset("SECRET");
    tok.pass(7200);
    assert_eq!(tok.run("expiry api").code, 10);
}

#[test]
fn another_scope_is_another_token() {
    let server = Server::start();
    let tok = sandbox(&server);
    tok.run("expiry api --scope other")
        .fails_with(11, "no token is cached", "fetches one");
}

#[test]
fn a_jwt_on_standard_input() {
    let tok = Sandbox::new();
    let at = now() + 7200;
    let token = jwt(&format!("{{\"exp\":{at}}}"));
    for input in [
        token.clone(),
        format!("{token}\n"),
        format!("Bearer {token}\n"),
        format!("authorization: bearer {token}\r\n"),
    ] {
        tok.run_with("expiry - --format epoch", &input)
            .prints(&format!("{at}\n"));
    }
    let outcome = tok.run_with("expiry - --format json", &token);
    let found: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        (&found["rule"], &found["good"], found.get("profile")),
        (&json!("jwt_exp"), &json!(true), None)
    );
    tok.run_with("expiry - --format rfc3339", &jwt("{\"exp\":1720186593}"))
        .is(10, "2024-07-05T13:36:33Z\n", "");
    tok.run_with("expiry - --min-ttl 3h --format epoch", &token)
        .is(10, &format!("{at}\n"), "");
}

#[test]
fn what_is_no_jwt_is_usage_and_is_not_repeated() {
    let tok = Sandbox::new();
    for input in ["opaque-token", "", "a.b.c", "\u{ff}"] {
        let outcome = tok.run_with("expiry -", input);
        outcome.fails_with(2, "standard input holds no JWT", "name the profile");
        assert!(input.is_empty() || !outcome.stderr.contains(input));
    }
    tok.run_with("expiry -", &jwt("{}")).fails_with(
        2,
        "the JWT has no `exp`",
        "its issuer says elsewhere",
    );
}

/// The flag, the variable, nothing.
#[test]
fn the_variable_stands_for_the_flag() {
    let server = Server::start();
    let mut tok = sandbox(&server);
    let code = |tok: &Sandbox, words: &str| tok.run(&format!("expiry api {words}")).code;
    tok.set("TOK_MIN_TTL", "2h");
    assert_eq!(code(&tok, ""), 10);
    assert_eq!(code(&tok, "--min-ttl 5m"), 0);
    tok.set("TOK_MIN_TTL", "soon");
    tok.run("expiry api")
        .fails_with(2, "the value of `TOK_MIN_TTL`", "`unset TOK_MIN_TTL`");
}
