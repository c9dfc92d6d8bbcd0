//! What a server's refusal becomes: message, hint, JSON; and what its words may not do to a terminal or a log.

use serde_json::{Value, json};

use crate::support::{Answer, Sandbox, Server};

/// What is said of one answer, without retries.
fn said(answer: Answer, keys: &str) -> String {
    let server = Server::start();
    server.answers(answer);
    let tok = Sandbox::new().api(&server, &format!("retries = 0\n{keys}"));
    let outcome = tok.run("get api");
    assert_eq!(outcome.stdout, "");
    outcome.stderr
}

fn invalid(code: &str) -> Answer {
    Answer::json(400, format!("{{\"error\":\"{code}\"}}"))
}

#[test]
fn a_rejection_has_code_and_description_and_a_hint_that_fits() {
    let answer = Answer::json(
        401,
        "{\"error\":\"invalid_client\",\"error_description\":\"Unknown client.\"}",
    );
    assert_eq!(
        said(answer, ""),
        "error: profile `api`: the token endpoint answered 401: invalid_client (Unknown client.)\n\n\
         hint: check `client_id` and `client_secret`; `tok explain api` shows where they come from. \
         The provider may want another `strategy`: compare `tok explain api --curl` with the provider's own sample\n"
    );
    let hints = [
        ("invalid_scope", "hint: check `scope`\n"),
        ("unsupported_grant_type", "its `strategy` may be another"),
        (
            "unauthorized_client",
            "hint: the client may not use `grant = \"client_credentials\"`",
        ),
        (
            "something_else",
            "hint: `tok explain api` shows the request\n",
        ),
    ];
    for (code, hint) in hints {
        let text = said(invalid(code), "");
        assert!(
            text.contains(&format!("answered 400: {code}\n\n")) && text.contains(hint),
            "{text}"
        );
    }
}

/// Raw and form-encoded Basic credentials differ for these: the hint says so.
#[test]
fn ambiguous_credentials_are_hinted_at() {
    let ambiguous = |encoding: &str, other: &str| {
        let server = Server::start();
        server.answers(Answer::json(401, "{}"));
        let tok = Sandbox::new()
            .api(&server, encoding)
            .env("SECRET", "a+b/c-secret");
        tok.run("get api").fails_with(
            5,
            "the token endpoint answered 401",
            &format!("the credentials contain characters that servers decode differently: try `basic_encoding = \"{other}\"`"),
        );
    };
    ambiguous("", "form");
    ambiguous("basic_encoding = \"form\"", "raw");
    let server = Server::start();
    server.answers(Answer::json(401, "{}"));
    let tok = Sandbox::new()
        .api(&server, "strategy = \"post_form\"")
        .env("SECRET", "a+b/c-secret");
    tok.run("get api")
        .fails_with(5, "answered 401", "check `client_id` and `client_secret`");
}

/// A 200 that is an error, found by the profile's own rule: with the provider's words, and without any.
#[test]
fn an_error_inside_a_200_reads_as_a_sentence() {
    let rule = "error = { when = \"/code\", equals = 7, message = \"/why\" }";
    let message = |body: &str| {
        let text = said(Answer::json(200, body), rule);
        text.lines().next().unwrap().to_owned()
    };
    let start = "error: profile `api`: the token endpoint answered 200";
    assert_eq!(
        message("{\"code\":7,\"why\":\"It is closed.\"}"),
        format!("{start}: It is closed")
    );
    assert_eq!(
        message("{\"code\":7.0}"),
        format!("{start}, but the reply says that it failed and gives no reason")
    );
}

/// No control characters, one line, cut, and nothing that a CI runner takes for a command.
#[test]
fn a_servers_text_is_sanitized() {
    let long = "x".repeat(100_000);
    let words =
        format!("\\u001b[31mred\\r\\n::set-output name=x::y\\n##vso[x]\\u202e\\u0000{long}");
    let body = format!("{{\"error\":\"e\\u0007\\n::error::\",\"error_description\":\"{words}\"}}");
    let text = said(Answer::json(400, body), "");
    assert!(text.len() < 1500, "{} bytes", text.len());
    assert!(
        text.chars().all(|c| c == '\n' || !c.is_control()) && !text.contains('\u{202e}'),
        "{text:?}"
    );
    assert!(
        text.lines()
            .all(|line| !line.starts_with("::") && !line.starts_with("##")),
        "{text}"
    );
    assert!(
        text.starts_with(
            "error: profile `api`: the token endpoint answered 400: e ::error:: ([31mred ::set-output"
        ),
        "{text}"
    );
}

#[test]
fn json_errors_have_code_kind_profile_message_and_hint() {
    let cases = [
        (
            Answer::json(401, "{\"error\":\"invalid_client\"}"),
            5,
            "rejected",
            None,
        ),
        (
            Answer::json(429, "{}").header("retry-after", "7"),
            6,
            "rate_limited",
            Some(7),
        ),
        (
            Answer::json(503, "{}").header("retry-after", "90"),
            8,
            "server",
            Some(90),
        ),
        (Answer::json(200, "[]"), 8, "server", None),
    ];
    for (answer, code, kind, retry_after) in cases {
        let server = Server::start();
        server.answers(answer);
        let tok = Sandbox::new().api(&server, "retries = 0");
        let outcome = tok.run("get api --error-format json");
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (code, ""),
            "{}",
            outcome.stderr
        );
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
        let error: Value = serde_json::from_str(&outcome.stderr).unwrap();
        assert_eq!(
            (&error["code"], &error["kind"], &error["profile"]),
            (&json!(code), &json!(kind), &json!("api"))
        );
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with("the token endpoint answered ") && !message.contains("profile"),
            "{message}"
        );
        assert_eq!(
            error.get("retry_after").and_then(Value::as_u64),
            retry_after,
            "{error}"
        );
        assert!(error.get("hint").is_none_or(Value::is_string), "{error}");
    }
}

#[test]
fn json_warnings_come_before_an_error_one_a_line() {
    let server = Server::start();
    server.replies(401, "{}");
    let mut tok = Sandbox::new()
        .api(&server, "retries = 0")
        .file(".cache/tok", "a file");
    tok.set("TOK_ERROR_FORMAT", "json");
    let outcome = tok.run("get api");
    let lines: Vec<Value> = outcome
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((outcome.code, lines.len()), (5, 2), "{}", outcome.stderr);
    assert_eq!(lines[0]["kind"], "warning");
    assert!(
        lines[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("the token is not cached: "),
        "{}",
        lines[0]
    );
    assert_eq!(
        (&lines[1]["kind"], &lines[1]["code"]),
        (&json!("rejected"), &json!(5))
    );
    // The flag beats the variable.
    let server = Server::start();
    server.replies(401, "{}");
    let tok = Sandbox::new()
        .api(&server, "retries = 0")
        .env("TOK_ERROR_FORMAT", "json");
    tok.run("get api --error-format text")
        .fails_with(5, "answered 401", "check");
}

/// Every kind that there is so far, with its code.
#[test]
fn every_kind_of_error_in_json() {
    let unasked = Server::unasked();
    let cases = [
        ("get", 2, "usage", None),
        ("get api --param x", 2, "usage", None),
        ("get unknown", 3, "config", Some("unknown")),
        ("get wrong", 3, "config", Some("wrong")),
        ("get api", 4, "secret", Some("api")),
        ("get gone", 7, "network", Some("gone")),
        ("get api --cached", 11, "not_cached", Some("api")),
        ("expiry api", 11, "not_cached", Some("api")),
    ];
    let port = crate::support::free_port();
    let gone =
        format!("token_url = \"http://127.0.0.1:{port}/t\"\nclient_auth = \"none\"\nretries = 0");
    let mut tok = Sandbox::new()
        .api(&unasked, "")
        .profile("wrong", "token_ulr = \"x\"")
        .profile("gone", &gone);
    tok.unset("SECRET");
    for (words, code, kind, profile) in cases {
        let outcome = tok.run(&format!("{words} --error-format json"));
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (code, ""),
            "{words}: {}",
            outcome.stderr
        );
        let error: Value = serde_json::from_str(&outcome.stderr).unwrap();
        let found = (
            &error["code"],
            &error["kind"],
            error.get("profile").and_then(Value::as_str),
        );
        assert_eq!(found, (&json!(code), &json!(kind), profile), "{words}");
        let message = error["message"].as_str().unwrap();
        assert!(
            !message.ends_with('.') && !message.contains('\n'),
            "{words}: {message}"
        );
    }
}

#[test]
fn an_expired_token_in_json() {
    let server = Server::start();
    server.issues("tok-1").for_secs(600);
    let tok = Sandbox::with_api(&server);
    let outcome = tok.run("get api --min-ttl 1h --error-format json");
    let error: Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!(
        (outcome.code, &error["code"], &error["kind"]),
        (10, &json!(10), &json!("expired"))
    );
    assert_eq!(outcome.stdout, "");
}
