//! Terraform, Bazel, Go and Google.

use super::{ROBOT, cached, expiry};
use crate::support::{Outcome, Sandbox, Server, jwt, now};

const TERRAFORM: &str = "terraform-credentials-tok";
const BAZEL: &str = "bazel-credential-tok";
const GOOGLE: &str = "credential google --profile api";
const TYPE: &str = "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE";
const OUTPUT: &str = "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// `get HOST` looks like a plain `tok get PROFILE`; a profile of that name must not answer.
#[test]
fn terraform_gets_a_token_or_an_empty_object() {
    let (_server, tok) = cached();
    let ask = |line: &str, input: &str| tok.run_as(TERRAFORM, line, input);
    for line in [
        "get git.example.com",
        "get a.pkg.example.com",
        "--profile api get h.example",
    ] {
        ask(line, "").prints("{\"token\":\"tok-1\"}\n");
    }
    for host in [
        "api",
        "app.terraform.io",
        "git.example.com:8443",
        "git.example.com@evil.example",
    ] {
        ask(&format!("get {host}"), "").prints("{}\n");
    }
    let outcome = ask("store git.example.com", "{\"token\":\"made-up-secret\"}");
    outcome.fails_with(2, "does not store credentials", "[credentials]");
    let outcome = ask("rotate git.example.com", "");
    outcome.fails_with(2, "unknown operation `rotate`", "`get` or `forget`");
    ask("forget other.example", "").prints("");
}

#[test]
fn bazel_gets_headers_and_their_expiry() {
    let (_server, tok) = cached();
    let expires = tok::time::UnixTime(expiry(&tok)).rfc3339();
    let ask = |uri: &str| tok.run_as(BAZEL, "get", &format!("{{\"uri\":\"{uri}\",\"new\":[]}}"));
    let given = |value: &str| {
        format!("{{\"headers\":{{\"Authorization\":[\"{value}\"]}},\"expires\":\"{expires}\"}}\n")
    };
    ask("https://git.example.com/a?b=c").prints(&given("Bearer tok-1"));
    ask("grpcs://git.example.com/com.example.Service/Method").prints(&given("Bearer tok-1"));
    ask("https://a.pkg.example.com/").prints(&given(&format!("Basic {ROBOT}")));
    ask("https://me:secret@other.example/x?secret=1").fails(
        3,
        "error: `[credentials]` has no profile for `https://other.example/x`\n\n\
         hint: add it there, or use this helper for other hosts only\n",
    );
    let message = "plain http to `git.example.com`";
    ask("grpc://git.example.com/").fails_with(2, message, "docs/credential-helpers.md");
    let outcome = tok.run_as(BAZEL, "get", "made-up-secret");
    outcome.fails_with(2, "does not hold a request from Bazel", "docs/");
    tok.run_as(BAZEL, "put", "")
        .fails_with(2, "unknown operation `put`", "`get`");
}

#[test]
fn go_gets_the_urls_that_the_header_is_for() {
    let (server, tok) = Server::cached("tok-1 tok-2");
    let map = "\"https://go.example.com\" = \"api\"\n\"https://x.example.com\" = \"api\"\n\
        \"https://x.example.com/team\" = \"other\"\n\"https://*.example.org/go\" = { profile = \"other\", username = \"me\" }";
    let tok = tok
        .client("other", &server.url("/other"), "")
        .credentials(map);
    tok.run("get other").prints("tok-2\n");
    let refusal = "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Basic\n\n";
    for (line, url, value) in [
        (
            "https://go.example.com/m/@v/list",
            "https://go.example.com/",
            "Bearer tok-1",
        ),
        (
            "https://x.example.com/team/m?go-get=1",
            "https://x.example.com/team",
            "Bearer tok-2",
        ),
        // Part of what is below that host is another token's.
        (
            "https://x.example.com/m",
            "https://x.example.com/m",
            "Bearer tok-1",
        ),
        (
            "https://a.example.org/go/m",
            "https://a.example.org/go",
            "Basic bWU6dG9rLTI=",
        ),
        (
            "--profile api https://any.example/m",
            "https://any.example/m",
            "Bearer tok-1",
        ),
    ] {
        let outcome = tok.run_with(&format!("credential goauth {line}"), refusal);
        outcome.prints(&format!("{url}\n\nAuthorization: {value}\n\n"));
    }
    // Without a URL: before anything was refused.
    for line in ["", "https://proxy.golang.org/m", "http://go.example.com/m"] {
        tok.run_with(&format!("credential goauth {line}"), "")
            .prints("");
    }
}

fn google(token_type: &str, token: &str, expires_at: i64) -> String {
    let start = format!("{{\"version\":1,\"success\":true,\"token_type\":\"{token_type}\"");
    format!("{start},\"id_token\":\"{token}\",\"expiration_time\":{expires_at}}}\n")
}

#[test]
fn google_gets_a_jwt_of_the_type_that_it_names() {
    let server = Server::start();
    let at = now() + 1000;
    let access = jwt(&format!("{{\"exp\":{at}}}"));
    let id = jwt(&format!("{{\"exp\":{at},\"id\":1}}"));
    server
        .issues(&access)
        .with(3600, &format!("\"id_token\":\"{id}\""));
    let mut tok = Sandbox::with_api(&server);
    tok.run(GOOGLE).prints(&google(JWT, &access, at));
    tok.set(TYPE, JWT);
    tok.run(GOOGLE).prints(&google(JWT, &access, at));
    tok.set(TYPE, ID_TOKEN);
    tok.run(GOOGLE).prints(&google(ID_TOKEN, &id, at));
    let path = tok.path("answer.json");
    tok.set(OUTPUT, path.to_str().unwrap());
    // Standard error is read together with the answer.
    tok.set("GITHUB_ACTIONS", "true");
    tok.run(GOOGLE).prints(&google(ID_TOKEN, &id, at));
    assert_eq!(tok.read("answer.json"), google(ID_TOKEN, &id, at));
    assert_eq!(Sandbox::mode(&path), 0o600);
}

#[track_caller]
fn google_fails(outcome: &Outcome, code: i32, message: &str) {
    let start =
        format!("{{\"version\":1,\"success\":false,\"code\":\"{code}\",\"message\":\"{message}");
    let is_right = outcome.code == code && outcome.stdout.starts_with(&start);
    assert!(
        is_right && outcome.stderr.starts_with("error: "),
        "{outcome:#?}"
    );
}

#[test]
fn google_gets_errors_on_standard_output() {
    let server = Server::start();
    server.reject("invalid_client").issue("opaque");
    let mut tok = Sandbox::with_api(&server);
    let message = "the token endpoint answered 401: invalid_client\"}\n";
    google_fails(&tok.run(GOOGLE), 5, message);
    tok.run("get api -f").prints("opaque\n");
    let message = "the token is not a JWT, and Google accepts nothing else\"}\n";
    google_fails(&tok.run(GOOGLE), 11, message);
    tok.set(TYPE, "urn:ietf:params:oauth:token-type:saml2");
    let message = "Google's library wants a token of a type that `tok` does not have\"}\n";
    google_fails(&tok.run(GOOGLE), 2, message);
    tok.unset(TYPE);
    let path = tok.profiles_file();
    let message = format!("{}: unknown profile `none`\"}}\n", path.display());
    google_fails(&tok.run("credential google --profile none"), 3, &message);
}

/// AIP-4117 demands `expiration_time` where there is an output file.
#[test]
fn google_gets_no_token_without_an_expiry_if_there_is_an_output_file() {
    let server = Server::start();
    let token = jwt("{\"sub\":\"me\"}");
    server.issues(&token).for_ever().issues(&token).for_ever();
    let mut tok = Sandbox::with_api(&server);
    let reply = google(JWT, &token, 0).replace(",\"expiration_time\":0", "");
    tok.run(GOOGLE).prints(&reply);
    let path = tok.path("answer.json");
    tok.set(OUTPUT, path.to_str().unwrap());
    let outcome = tok.run(GOOGLE);
    google_fails(&outcome, 3, "nothing says when");
    assert!(outcome.stdout.contains("`assume_expires_in`") && !path.exists());
}

/// No token to any of them where the table names nothing, and no request either.
#[test]
fn without_a_table_no_program_gets_a_token() {
    let tok = Sandbox::with_api(&Server::unasked());
    tok.run_as(TERRAFORM, "get git.example.com", "")
        .prints("{}\n");
    let git = "protocol=https\nhost=git.example.com\n";
    tok.run_with("credential git get", git).prints("");
    tok.run("credential goauth https://git.example.com/")
        .prints("");
    let keyring = "credential keyring get https://git.example.com/";
    tok.run(keyring).is(1, "", "");
    assert!(tok.entries().is_empty());
}
