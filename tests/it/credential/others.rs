//! Terraform, Bazel, Go and Google.

use super::{MAP, cached, expiry};
use crate::support::{Sandbox, Server, jwt, now};

const TERRAFORM: &str = "terraform-credentials-tok";
const BAZEL: &str = "bazel-credential-tok";
const GOOGLE: &str = "credential google --profile api";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// `get HOST` looks like a plain `tok get PROFILE`; a profile of that name must not answer.
#[test]
fn terraform_gets_a_token_or_an_empty_object() {
    let server = Server::start();
    let tok = cached(&server);
    tok.run_as(TERRAFORM, "get git.example.com", "")
        .prints("{\"token\":\"tok-1\"}\n");
    tok.run_as(TERRAFORM, "get a.pkg.example.com", "")
        .prints("{\"token\":\"tok-1\"}\n");
    tok.run_with("credential terraform --profile api get h.example", "")
        .prints("{\"token\":\"tok-1\"}\n");
    for host in [
        "api",
        "app.terraform.io",
        "git.example.com:8443",
        "git.example.com@evil.example",
    ] {
        tok.run_as(TERRAFORM, &format!("get {host}"), "")
            .prints("{}\n");
    }
    let outcome = tok.run_as(
        TERRAFORM,
        "store git.example.com",
        "{\"token\":\"made-up-secret\"}",
    );
    outcome.fails_with(2, "does not store credentials", "[credentials]");
    tok.run_as(TERRAFORM, "rotate git.example.com", "")
        .fails_with(2, "unknown operation `rotate`", "`get` or `forget`");
    tok.run_as(TERRAFORM, "forget other.example", "").prints("");
}

#[test]
fn bazel_gets_headers_and_their_expiry() {
    let server = Server::start();
    let tok = cached(&server);
    let at = expiry(&tok);
    let expires = tok::time::UnixTime(at).rfc3339();
    let ask = |uri: &str| tok.run_as(BAZEL, "get", &format!("{{\"uri\":\"{uri}\",\"new\":[]}}"));
    let given = |value: &str| {
        format!("{{\"headers\":{{\"Authorization\":[\"{value}\"]}},\"expires\":\"{expires}\"}}\n")
    };
    ask("https://git.example.com/a?b=c").prints(&given("Bearer tok-1"));
    ask("grpcs://git.example.com/com.example.Service/Method").prints(&given("Bearer tok-1"));
    ask("https://a.pkg.example.com/").prints(&given("Basic cm9ib3Q6dG9rLTE="));
    ask("https://me:secret@other.example/x?secret=1").fails(
        3,
        "error: `[credentials]` has no profile for `https://other.example/x`\n\n\
         hint: add it there, or use this helper for other hosts only\n",
    );
    ask("grpc://git.example.com/").fails_with(
        2,
        "plain http to `git.example.com`",
        "docs/credential-helpers.md",
    );
    tok.run_as(BAZEL, "get", "made-up-secret").fails_with(
        2,
        "does not hold a request from Bazel",
        "docs/",
    );
    tok.run_as(BAZEL, "put", "")
        .fails_with(2, "unknown operation `put`", "`get`");
}

#[test]
fn go_gets_the_urls_that_the_header_is_for() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let map = "\"https://go.example.com\" = \"api\"\n\"https://x.example.com\" = \"api\"\n\
        \"https://x.example.com/team\" = \"other\"\n\"https://*.example.org/go\" = { profile = \"other\", username = \"me\" }";
    let tok = Sandbox::with_api(&server);
    let other = format!(
        "token_url = \"{}\"\nclient_id = \"id\"\nclient_secret = {{ env = \"SECRET\" }}",
        server.url("/other")
    );
    let tok = tok.profile("other", &other).credentials(map);
    tok.run("get api").prints("tok-1\n");
    tok.run("get other").prints("tok-2\n");
    let refusal = "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Basic\n\n";
    let ask = |url: &str| tok.run_with(&format!("credential goauth {url}"), refusal);
    ask("https://go.example.com/m/@v/list")
        .prints("https://go.example.com/\n\nAuthorization: Bearer tok-1\n\n");
    ask("https://x.example.com/team/m?go-get=1")
        .prints("https://x.example.com/team\n\nAuthorization: Bearer tok-2\n\n");
    // Part of what is below that host is another token's.
    ask("https://x.example.com/m")
        .prints("https://x.example.com/m\n\nAuthorization: Bearer tok-1\n\n");
    ask("https://a.example.org/go/m")
        .prints("https://a.example.org/go\n\nAuthorization: Basic bWU6dG9rLTI=\n\n");
    // Before anything was refused.
    tok.run("credential goauth").prints("");
    ask("https://proxy.golang.org/m").prints("");
    ask("http://go.example.com/m").prints("");
    tok.run("credential goauth --profile api https://any.example/m/x")
        .prints("https://any.example/m/x\n\nAuthorization: Bearer tok-1\n\n");
}

fn google(token_type: &str, token: &str, expires_at: i64) -> String {
    format!(
        "{{\"version\":1,\"success\":true,\"token_type\":\"{token_type}\",\"id_token\":\"{token}\",\"expiration_time\":{expires_at}}}\n"
    )
}

#[test]
fn google_gets_a_jwt_of_the_type_that_it_names() {
    let server = Server::start();
    let at = now() + 1000;
    let (access, id) = (
        jwt(&format!("{{\"exp\":{at}}}")),
        jwt(&format!("{{\"exp\":{at},\"id\":1}}")),
    );
    server
        .issues(&access)
        .with(3600, &format!("\"id_token\":\"{id}\""));
    let mut tok = Sandbox::with_api(&server);
    tok.run(GOOGLE).prints(&google(JWT, &access, at));
    tok.set("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", JWT);
    tok.run(GOOGLE).prints(&google(JWT, &access, at));
    tok.set("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", ID_TOKEN);
    tok.run(GOOGLE).prints(&google(ID_TOKEN, &id, at));
    let path = tok.path("answer.json");
    tok.set(
        "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE",
        path.to_str().unwrap(),
    );
    // StandardParam error is read together with the answer.
    tok.set("GITHUB_ACTIONS", "true");
    tok.run(GOOGLE).prints(&google(ID_TOKEN, &id, at));
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        google(ID_TOKEN, &id, at)
    );
    assert_eq!(Sandbox::mode(&path), 0o600);
}

#[test]
fn google_gets_errors_on_standard_output() {
    let server = Server::start();
    server.reject("invalid_client").issue("opaque");
    let mut tok = Sandbox::with_api(&server);
    let told = |outcome: crate::support::Outcome, code: i32, message: &str| {
        let expected = format!(
            "{{\"version\":1,\"success\":false,\"code\":\"{code}\",\"message\":\"{message}\"}}\n"
        );
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (code, expected.as_str()),
            "{}",
            outcome.stderr
        );
        assert!(outcome.stderr.starts_with("error: "), "{}", outcome.stderr);
    };
    told(
        tok.run(GOOGLE),
        5,
        "the token endpoint answered 401: invalid_client",
    );
    tok.run("get api -f").prints("opaque\n");
    told(
        tok.run(GOOGLE),
        11,
        "the token is not a JWT, and Google accepts nothing else",
    );
    tok.set(
        "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE",
        "urn:ietf:params:oauth:token-type:saml2",
    );
    told(
        tok.run(GOOGLE),
        2,
        "Google's library wants a token of a type that `tok` does not have",
    );
    tok.unset("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE");
    told(
        tok.run("credential google --profile nobody"),
        3,
        "[HOME]/.config/tok/profiles.toml: there is no profile `nobody`"
            .replace("[HOME]", tok.home())
            .as_str(),
    );
}

/// AIP-4117 demands `expiration_time` where there is an output file.
#[test]
fn google_gets_no_token_without_an_expiry_if_there_is_an_output_file() {
    let server = Server::start();
    let token = jwt("{\"sub\":\"me\"}");
    server.issues(&token).for_ever().issues(&token).for_ever();
    let mut tok = Sandbox::with_api(&server);
    tok.run(GOOGLE).prints(&format!(
        "{{\"version\":1,\"success\":true,\"token_type\":\"{JWT}\",\"id_token\":\"{token}\"}}\n"
    ));
    let path = tok.path("answer.json");
    tok.set(
        "GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE",
        path.to_str().unwrap(),
    );
    let outcome = tok.run(GOOGLE);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(
        outcome.stdout.starts_with(
            "{\"version\":1,\"success\":false,\"code\":\"3\",\"message\":\"nothing says when"
        ) && outcome.stdout.contains("`assume_expires_in`"),
        "{}",
        outcome.stdout
    );
    assert!(!path.exists());
}

/// No token to any of them where the table names nothing, and no request either.
#[test]
fn without_a_table_no_program_gets_a_token() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server);
    tok.run_as(TERRAFORM, "get git.example.com", "")
        .prints("{}\n");
    tok.run_with(
        "credential git get",
        "protocol=https\nhost=git.example.com\n",
    )
    .prints("");
    tok.run("credential goauth https://git.example.com/")
        .prints("");
    tok.run("credential keyring get https://git.example.com/")
        .is(1, "", "");
    assert!(!MAP.is_empty() && tok.entries().is_empty());
}
