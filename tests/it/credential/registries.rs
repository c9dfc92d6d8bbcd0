//! docker's credential helper, cargo's credential provider, and keyring for pip and uv.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::json;

use super::{MAP, ROBOT, cached, expiry, unasked};
use crate::support::{Sandbox, Server, rows};

const DOCKER: &str = "docker-credential-tok";
const CARGO: &str = "cargo-credential-tok";
const HELLO: &str = "{\"v\":[1]}\n";

fn docker_reply(url: &str, name: &str) -> String {
    format!("{{\"ServerURL\":\"{url}\",\"Username\":\"{name}\",\"Secret\":\"tok-1\"}}\n")
}

#[test]
fn docker_gets_a_username_and_a_secret() {
    let (_server, tok) = cached();
    for (line, url, name) in [
        ("get", "git.example.com", "oauth2"),
        ("get", "r.pkg.example.com", "robot"),
        ("get", "https://r.pkg.example.com/v1/", "robot"),
        ("--profile api get", "any.example", "oauth2"),
    ] {
        tok.run_as(DOCKER, line, &format!("{url}\n"))
            .prints(&docker_reply(url, name));
    }
    // A registry's API is below `/v2/`, whatever docker calls it; on loopback docker speaks http.
    let map = "\"https://r.example.com/v2\" = \"api\"\n\"http://localhost:5000\" = \"api\"";
    let (_server, tok) = Server::cached("tok-1");
    let tok = tok.credentials(map);
    for url in ["r.example.com", "localhost:5000"] {
        tok.run_as(DOCKER, "get", url)
            .prints(&docker_reply(url, "oauth2"));
    }
}

/// docker's library compares these messages, and reads them from standard output.
#[test]
fn docker_gets_its_own_messages_on_standard_output() {
    let tok = unasked();
    let none = "credentials not found in native keychain\n";
    let index = "https://index.docker.io/v1/";
    for url in [
        "docker.io",
        index,
        "http://git.example.com",
        "git.example.com@evil.example",
    ] {
        tok.run_as(DOCKER, "get", url).is(1, none, "");
    }
    tok.run_as(DOCKER, "get", "\n")
        .is(1, "no credentials server URL\n", "");
    let version = format!(
        "docker-credential-tok (tok) {}\n",
        env!("CARGO_PKG_VERSION")
    );
    tok.run_as(DOCKER, "version", "").prints(&version);
    let operations = "`get`, `list`, `erase` or `version`";
    tok.run_as(DOCKER, "sign", "")
        .fails_with(2, "unknown operation `sign`", operations);
    let input = r#"{"ServerURL":"git.example.com","Username":"me","Secret":"made-up-secret"}"#;
    let outcome = tok.run_as(DOCKER, "store", input);
    outcome.fails_with(2, "does not store credentials", "[credentials]");
    outcome.never_shows("made-up-secret");
}

/// docker passes everything that is listed to its daemon.
#[test]
fn docker_lists_the_urls_that_have_a_username() {
    let server = Server::unasked();
    let map = "\"https://git.example.com\" = \"api\"\n\
        \"https://b.example.com\" = { profile = \"api\", username = \"robot\" }\n\
        \"https://a.example.com\" = { profile = \"api\", username = \"AWS\" }\n\
        \"https://*.example.org\" = { profile = \"api\", username = \"robot\" }";
    let list = "{\"https://a.example.com\":\"AWS\",\"https://b.example.com\":\"robot\"}\n";
    let tok = Sandbox::with_api(&server);
    tok.run_as(DOCKER, "list", "unused").prints("{}\n");
    tok.credentials(map)
        .run_as(DOCKER, "list", "unused")
        .prints(list);
}

#[test]
fn a_logout_drops_the_token() {
    let (server, tok) = cached();
    tok.run_as(DOCKER, "erase", "other.example").prints("");
    tok.run("get api --cached").prints("tok-1\n");
    let logout = request("logout", "https://git.example.com/i/", "");
    let done = format!("{HELLO}{}", "{\"Ok\":{\"kind\":\"logout\"}}\n");
    for (name, line, input, reply) in [
        (DOCKER, "erase", "git.example.com", ""),
        (
            "terraform-credentials-tok",
            "forget git.example.com",
            "",
            "",
        ),
        (CARGO, "--cargo-plugin", &logout, &done),
    ] {
        tok.run_as(name, line, input).prints(reply);
        let outcome = tok.run("get api --cached");
        outcome.fails_with(11, "no token is cached", "tok get api");
        server.issue("tok-2");
        tok.run("get api").prints("tok-2\n");
    }
}

fn request(kind: &str, url: &str, more: &str) -> String {
    let registry = format!("{{\"index-url\":\"{url}\",\"name\":\"r\"}}");
    format!("{{\"v\":1,\"registry\":{registry},\"kind\":\"{kind}\"{more}}}\n")
}

#[test]
fn cargo_is_greeted_and_given_the_value_of_the_header() {
    let (_server, tok) = cached();
    let given = |token: &str| {
        let expiration = expiry(&tok);
        format!(
            "{HELLO}{{\"Ok\":{{\"kind\":\"get\",\"token\":\"{token}\",\"cache\":\"expires\",\"expiration\":{expiration},\
             \"operation_independent\":true}}}}\n"
        )
    };
    let read = |url: &str, args: &str| {
        request(
            "get",
            url,
            &format!(",\"operation\":\"read\",\"args\":{args}"),
        )
    };
    let basic = format!("Basic {ROBOT}");
    for (url, args, token) in [
        (
            "sparse+https://git.example.com/index/",
            "[]",
            "Bearer tok-1",
        ),
        (
            "registry+https://git.example.com/index",
            "[]",
            "Bearer tok-1",
        ),
        ("sparse+https://a.pkg.example.com/", "[]", &basic),
        ("sparse+http://127.0.0.1:8080/team/", "[]", "tok-1"),
        (
            "https://any.example/",
            "[\"--profile\",\"api\"]",
            "Bearer tok-1",
        ),
        (
            "https://any.example/",
            "[\"--profile=api\"]",
            "Bearer tok-1",
        ),
    ] {
        let input = read(url, args);
        tok.run_as(CARGO, "--cargo-plugin", &input)
            .prints(&given(token));
    }
    let input = read("https://git.example.com/index", "[]");
    tok.run_with("--cargo-plugin", &input)
        .prints(&given("Bearer tok-1"));
}

/// With another exit code than 0 cargo would not read the answer.
#[test]
fn cargo_gets_errors_as_replies() {
    let server = Server::start();
    server.reject("invalid_client");
    let tok = Sandbox::with_api(&server).credentials(MAP);
    let ask = |input: &str| {
        let outcome = tok.run_as(CARGO, "--cargo-plugin", input);
        assert_eq!(outcome.code, 0);
        outcome.never_shows("made-up-secret");
        let reply = outcome.stdout.strip_prefix(HELLO).unwrap();
        serde_json::from_str::<serde_json::Value>(reply).unwrap()["Err"].take()
    };
    let table = "
    get           | sparse+https://other.example/ | url-not-supported
    get           | sparse+http://git.example.com/ | url-not-supported
    logout        | https://git.example.com/      | not-found
    login         | https://git.example.com/      | operation-not-supported
    something-new | https://git.example.com/      | operation-not-supported
    ";
    for [kind, url, error] in rows(table) {
        let more = ",\"operation\":\"read\",\"token\":\"made-up-secret\"";
        let reply = ask(&request(&kind, &url, more));
        assert_eq!(reply, json!({ "kind": error }));
    }
    let get = request("get", "https://git.example.com/", "");
    let other = |message: &str| json!({ "kind": "other", "message": message, "caused-by": [] });
    assert_eq!(
        ask(&get),
        other("the token endpoint answered 401: invalid_client")
    );
    let not_cargos = other("standard input does not hold a request from cargo");
    let wrong = "{\"v\":1,\"kind\":\"login\",\"registry\":\"made-up-secret\"}\n";
    for input in ["", "made-up-secret\n", wrong] {
        assert_eq!(ask(input), not_cargos);
    }
    let message = ask(&get.replace("\"v\":1", "\"v\":2"))["message"].take();
    assert!(
        message
            .as_str()
            .unwrap()
            .contains("a version of the protocol that it was not offered")
    );
    let args = ",\"args\":[\"--token\",\"made-up-secret\"]";
    assert_eq!(
        ask(&request("get", "https://git.example.com/", args))["kind"],
        "other"
    );
}

/// cargo keeps standard input open until it has its answer.
#[test]
fn cargo_need_not_close_standard_input() {
    let (_server, tok) = cached();
    let mut command = tok.process("--cargo-plugin");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert_eq!(lines.next().unwrap() + "\n", HELLO);
    let get = request("get", "https://git.example.com/", ",\"operation\":\"read\"");
    stdin.write_all(get.as_bytes()).unwrap();
    assert!(lines.next().unwrap().contains("\"token\":\"Bearer tok-1\""));
    assert!(child.wait().unwrap().success());
    drop(stdin);
}

#[test]
fn keyring_prints_a_password() {
    let (_server, tok) = cached();
    let ask = |line: &str| tok.run_as("keyring", line, "");
    ask("get https://git.example.com/simple/ me").prints("tok-1\n");
    ask("get a.pkg.example.com robot").prints("tok-1\n");
    ask("get --mode creds https://a.pkg.example.com/simple").prints("robot\ntok-1\n");
    ask("--mode creds get https://git.example.com/simple").prints("oauth2\ntok-1\n");
    ask("get https://other.example/ me").is(1, "", "");
    ask("get http://git.example.com/ me").is(1, "", "");
    let set = ask("set https://git.example.com/ me");
    set.fails_with(2, "does not store credentials", "[credentials]");
    ask("del https://git.example.com/ me").fails_with(2, "unknown operation `del`", "`get`");
}
