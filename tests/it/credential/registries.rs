//! docker's credential helper, cargo's credential provider, and keyring for pip and uv.

use super::{MAP, cached, expiry};
use crate::support::{Sandbox, Server};

const DOCKER: &str = "docker-credential-tok";
const CARGO: &str = "cargo-credential-tok";
const HELLO: &str = "{\"v\":[1]}\n";

#[test]
fn docker_gets_a_username_and_a_secret() {
    let server = Server::start();
    let tok = cached(&server);
    let reply = |url: &str, name: &str| {
        format!("{{\"ServerURL\":\"{url}\",\"Username\":\"{name}\",\"Secret\":\"tok-1\"}}\n")
    };
    tok.run_as(DOCKER, "get", "git.example.com")
        .prints(&reply("git.example.com", "oauth2"));
    tok.run_as(DOCKER, "get", "r.pkg.example.com\n")
        .prints(&reply("r.pkg.example.com", "robot"));
    let url = "https://r.pkg.example.com/v1/";
    tok.run_with("credential docker get", url)
        .prints(&reply(url, "robot"));
    tok.run_as(DOCKER, "--profile api get", "any.example")
        .prints(&reply("any.example", "oauth2"));
}

/// docker's library compares these words, and reads them from standard output.
#[test]
fn docker_gets_its_own_messages_on_standard_output() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server).credentials(MAP);
    let none = "credentials not found in native keychain\n";
    for url in [
        "docker.io",
        "https://index.docker.io/v1/",
        "http://git.example.com",
        "git.example.com@evil.example",
    ] {
        tok.run_as(DOCKER, "get", url).is(1, none, "");
    }
    tok.run_as(DOCKER, "get", "\n")
        .is(1, "no credentials server URL\n", "");
    tok.run_as(DOCKER, "version", "").prints(concat!(
        "docker-credential-tok (tok) ",
        env!("CARGO_PKG_VERSION"),
        "\n"
    ));
    tok.run_as(DOCKER, "sign", "").fails_with(
        2,
        "unknown operation `sign`",
        "`get`, `list`, `erase` or `version`",
    );
    let input = r#"{"ServerURL":"git.example.com","Username":"me","Secret":"made-up-secret"}"#;
    let outcome = tok.run_as(DOCKER, "store", input);
    outcome.fails_with(2, "does not store credentials", "[credentials]");
    assert!(!outcome.stderr.contains("made-up-secret"));
}

/// A registry's API is below `/v2/`, whatever docker calls it; on loopback docker speaks http.
#[test]
fn docker_names_a_registry_by_its_host() {
    let server = Server::start();
    server.issue("tok-1");
    let map = "\"https://r.example.com/v2\" = \"api\"\n\"http://localhost:5000\" = \"api\"";
    let tok = Sandbox::with_api(&server).credentials(map);
    for url in ["r.example.com", "localhost:5000"] {
        let reply =
            format!("{{\"ServerURL\":\"{url}\",\"Username\":\"oauth2\",\"Secret\":\"tok-1\"}}\n");
        tok.run_as(DOCKER, "get", url).prints(&reply);
    }
}

/// docker passes everything that is listed to its daemon.
#[test]
fn docker_lists_the_urls_that_have_a_username() {
    let server = Server::unasked();
    let map = "\"https://git.example.com\" = \"api\"\n\
        \"https://b.example.com\" = { profile = \"api\", username = \"robot\" }\n\
        \"https://a.example.com\" = { profile = \"api\", username = \"AWS\" }\n\
        \"https://*.example.org\" = { profile = \"api\", username = \"robot\" }";
    let tok = Sandbox::with_api(&server).credentials(map);
    let list = "{\"https://a.example.com\":\"AWS\",\"https://b.example.com\":\"robot\"}\n";
    tok.run_as(DOCKER, "list", "unused").prints(list);
    Sandbox::with_api(&server)
        .run_as(DOCKER, "list", "unused")
        .prints("{}\n");
}

#[test]
fn a_logout_drops_the_token() {
    let server = Server::start();
    let tok = cached(&server);
    tok.run_as(DOCKER, "erase", "other.example").prints("");
    tok.run("get api --cached").prints("tok-1\n");
    for (name, words, input, said) in [
        (DOCKER, "erase", "git.example.com", String::new()),
        (
            "terraform-credentials-tok",
            "forget git.example.com",
            "",
            String::new(),
        ),
        (
            CARGO,
            "--cargo-plugin",
            &request("logout", "https://git.example.com/i/", ""),
            format!("{HELLO}{}", "{\"Ok\":{\"kind\":\"logout\"}}\n"),
        ),
    ] {
        tok.run_as(name, words, input).prints(&said);
        tok.run("get api --cached")
            .fails_with(11, "no token is cached", "tok get api");
        server.issue("tok-2");
        tok.run("get api").prints("tok-2\n");
    }
}

fn request(kind: &str, url: &str, more: &str) -> String {
    format!(
        "{{\"v\":1,\"registry\":{{\"index-url\":\"{url}\",\"name\":\"r\"}},\"kind\":\"{kind}\"{more}}}\n"
    )
}

#[test]
fn cargo_is_greeted_and_given_the_value_of_the_header() {
    let server = Server::start();
    let tok = cached(&server);
    let at = expiry(&tok);
    let given = |token: &str| {
        format!(
            "{HELLO}{{\"Ok\":{{\"kind\":\"get\",\"token\":\"{token}\",\"cache\":\"expires\",\"expiration\":{at},\
             \"operation_independent\":true}}}}\n"
        )
    };
    let read = |url: &str| request("get", url, ",\"operation\":\"read\",\"args\":[]");
    let ask = |url: &str| tok.run_as(CARGO, "--cargo-plugin", &read(url));
    ask("sparse+https://git.example.com/index/").prints(&given("Bearer tok-1"));
    ask("https://git.example.com/index").prints(&given("Bearer tok-1"));
    ask("registry+https://git.example.com/index").prints(&given("Bearer tok-1"));
    ask("sparse+https://a.pkg.example.com/").prints(&given("Basic cm9ib3Q6dG9rLTE="));
    ask("sparse+http://127.0.0.1:8080/team/").prints(&given("tok-1"));
    tok.run_with("--cargo-plugin", &read("https://git.example.com/"))
        .prints(&given("Bearer tok-1"));
    for args in ["[\"--profile\",\"api\"]", "[\"--profile=api\"]"] {
        let named = request(
            "get",
            "https://any.example/",
            &format!(",\"operation\":\"read\",\"args\":{args}"),
        );
        tok.run_as(CARGO, "--cargo-plugin", &named)
            .prints(&given("Bearer tok-1"));
    }
}

/// With another exit code than 0 cargo would not read the answer.
#[test]
fn cargo_gets_errors_as_replies() {
    let server = Server::start();
    server.reject("invalid_client");
    let tok = Sandbox::with_api(&server).credentials(MAP);
    let ask = |input: &str| tok.run_as(CARGO, "--cargo-plugin", input);
    let err = |kind: &str| format!("{HELLO}{{\"Err\":{{\"kind\":\"{kind}\"}}}}\n");
    ask(&request(
        "get",
        "sparse+https://other.example/",
        ",\"operation\":\"read\"",
    ))
    .prints(&err("url-not-supported"));
    ask(&request("get", "sparse+http://git.example.com/", "")).prints(&err("url-not-supported"));
    ask(&request("logout", "https://git.example.com/", "")).prints(&err("not-found"));
    for kind in ["login", "something-new"] {
        let outcome = ask(&request(
            kind,
            "https://git.example.com/",
            ",\"token\":\"made-up-secret\"",
        ));
        outcome.prints(&err("operation-not-supported"));
    }
    let other = |message: &str| {
        format!(
            "{HELLO}{{\"Err\":{{\"kind\":\"other\",\"message\":\"{message}\",\"caused-by\":[]}}}}\n"
        )
    };
    let outcome = ask(&request(
        "get",
        "https://git.example.com/",
        ",\"operation\":\"read\"",
    ));
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (
            0,
            other("the token endpoint answered 401: invalid_client").as_str()
        )
    );
    assert!(
        outcome
            .stderr
            .starts_with("error: profile `api`: the token endpoint"),
        "{}",
        outcome.stderr
    );
    for input in [
        "",
        "made-up-secret\n",
        "{\"v\":1,\"kind\":\"login\",\"registry\":\"made-up-secret\"}\n",
    ] {
        let outcome = ask(input);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (
                0,
                other("standard input does not hold a request from cargo").as_str()
            )
        );
        assert!(
            !outcome.stderr.contains("made-up-secret"),
            "{}",
            outcome.stderr
        );
    }
    let newer = request("get", "https://git.example.com/", "").replace("\"v\":1", "\"v\":2");
    assert!(
        ask(&newer)
            .stdout
            .contains("a version of the protocol that it was not offered")
    );
    let args = request(
        "get",
        "https://git.example.com/",
        ",\"args\":[\"--token\",\"made-up-secret\"]",
    );
    let outcome = ask(&args);
    assert!(
        outcome.stdout.contains("\"kind\":\"other\"") && !outcome.stderr.contains("made-up-secret")
    );
}

/// cargo keeps standard input open until it has its answer.
#[test]
fn cargo_need_not_close_standard_input() {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::Stdio;
    let server = Server::start();
    let tok = cached(&server);
    let mut command = tok.process("--cargo-plugin");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap() + "\n", HELLO);
    stdin
        .write_all(request("get", "https://git.example.com/", ",\"operation\":\"read\"").as_bytes())
        .unwrap();
    assert!(
        lines
            .next()
            .unwrap()
            .unwrap()
            .contains("\"token\":\"Bearer tok-1\"")
    );
    assert!(child.wait().unwrap().success());
    drop(stdin);
}

#[test]
fn keyring_prints_a_password() {
    let server = Server::start();
    let tok = cached(&server);
    let ask = |words: &str| tok.run_as("keyring", words, "");
    ask("get https://git.example.com/simple/ me").prints("tok-1\n");
    ask("get a.pkg.example.com robot").prints("tok-1\n");
    ask("get --mode creds https://a.pkg.example.com/simple").prints("robot\ntok-1\n");
    ask("--mode creds get https://git.example.com/simple").prints("oauth2\ntok-1\n");
    ask("get https://other.example/ me").is(1, "", "");
    ask("get http://git.example.com/ me").is(1, "", "");
    ask("set https://git.example.com/ me").fails_with(
        2,
        "does not store credentials",
        "[credentials]",
    );
    ask("del https://git.example.com/ me").fails_with(2, "unknown operation `del`", "`get`");
}
