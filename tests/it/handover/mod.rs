//! `tok env`, `tok exec` and `tok curl`: a token on its way into a shell, a program, a request.

mod programs;

use std::fs;

use crate::support::{Sandbox, Server};

/// Every character that a token may have: RFC 6750 leaves none out of 0x21 to 0x7E.
fn every_character() -> String {
    (0x21..=0x7e_u8).map(char::from).collect()
}

/// A server whose token is this, and the profile `api` that asks it.
fn issuing(token: &str, server: &Server) -> Sandbox {
    let json = serde_json::Value::from(token).to_string();
    let json = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'))
        .unwrap();
    server.issue(json);
    Sandbox::with_api(server).with_path()
}

#[test]
fn env_exports_what_no_token_can_break_out_of() {
    let server = Server::start();
    let token = every_character();
    let tok = issuing(&token, &server);
    tok.shell("eval \"$($TOK env api)\"; sh -c 'printf %s \"$ACCESS_TOKEN\"'")
        .prints(&token);
}

#[test]
fn env_prints_the_syntax_of_each_shell() {
    let server = Server::start();
    let tok = issuing("it's", &server);
    for shell in ["sh", "bash", "zsh", "dash"] {
        tok.run(&format!("env api --shell {shell}"))
            .prints("export ACCESS_TOKEN='it'\\''s'\n");
    }
    tok.run("env api=T --shell fish")
        .prints("set -gx T 'it\\'s';\n");
    for shell in ["powershell", "pwsh"] {
        tok.run(&format!("env api=T --shell {shell}"))
            .prints("$env:T = 'it''s'\n");
    }
    tok.run("env api=T --dotenv").prints("T=it's\n");
}

#[test]
fn env_fails_closed_and_keeps_the_exit_code() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server).with_path();
    let unset = "unset ACCESS_TOKEN; (exit 3)\n";
    let outcome = tok.run("env nope");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (3, unset),
        "{}",
        outcome.stderr
    );
    let outcome = tok.run("env api=A nope=B --expires");
    assert_eq!(
        outcome.stdout,
        "unset A A_EXPIRES_AT B B_EXPIRES_AT; (exit 3)\n"
    );
    let outcome = tok.run("env nope --shell fish");
    assert_eq!(outcome.stdout, "set -e ACCESS_TOKEN; sh -c 'exit 3'\n");
    for form in ["--dotenv", "--github"] {
        assert_eq!(tok.run(&format!("env nope {form}")).stdout, "");
    }
    // A shell that was told to stop does, and the old token is gone.
    let outcome =
        tok.shell("ACCESS_TOKEN=old; set -e; eval \"$($TOK env nope 2>/dev/null)\"; echo on");
    outcome.fails(3, "");
    tok
        .shell(
            "ACCESS_TOKEN=old; eval \"$($TOK env api --nonsense 2>/dev/null)\"; echo $? ${ACCESS_TOKEN-none}",
        )
        .prints("2 none\n");
}

#[test]
fn several_tokens_are_all_or_nothing() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let url = server.url("/token");
    let keys = format!(
        "token_url = \"{url}\"\nclient_id = \"other\"\nclient_secret = {{ env = \"SECRET\" }}"
    );
    let tok = Sandbox::with_api(&server).profile("other", &keys);
    tok.run("env api=A other=B")
        .prints("export A='tok-1'\nexport B='tok-2'\n");
    assert_eq!(tok.run("env api=A nope=B").stdout, "unset A B; (exit 3)\n");
    let outcome = tok.run("env api other");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (2, "unset ACCESS_TOKEN; (exit 2)\n")
    );
    assert!(
        outcome
            .stderr
            .contains("two tokens for the variable `ACCESS_TOKEN`"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn env_exports_the_expiry_on_request() {
    let (_server, tok) = Server::cached("tok-1");
    let at = tok.run("expiry api --format epoch").stdout;
    let at = at.trim();
    tok.run("env api=T --expires")
        .prints(&format!("export T='tok-1'\nexport T_EXPIRES_AT='{at}'\n"));
    tok.run("env api=T --expires --dotenv")
        .prints(&format!("T=tok-1\nT_EXPIRES_AT={at}\n"));
}

/// The mask comes first, whatever is printed and however quiet it is to be, and each token is masked.
#[test]
fn ci_systems_are_told_to_mask_before_anything_is_printed() {
    let server = Server::start();
    server
        .issues("tok-%1")
        .with(3600, "\"refresh_token\":\"refresh-1\"");
    let tok = Sandbox::with_api(&server)
        .env("GITHUB_ACTIONS", "true")
        .with_path();
    let mask = "::add-mask::tok-%251\n";
    for words in [
        "get api",
        "get api --cached",
        "get api -q",
        "get api --error-format json",
    ] {
        tok.run(words).prints_and_warns("tok-%1\n", mask);
    }
    tok.run("get api -H")
        .prints_and_warns("Authorization: Bearer tok-%1\n", mask);
    tok.run("env api")
        .prints_and_warns("export ACCESS_TOKEN='tok-%1'\n", mask);
    tok.run("exec api -- printenv ACCESS_TOKEN")
        .prints_and_warns("tok-%1\n", mask);
    tok.run("get api --token-type refresh")
        .prints_and_warns("refresh-1\n", "::add-mask::refresh-1\n");
    tok.shell("$TOK get api 2>&1")
        .prints(&format!("{mask}tok-%1\n"));

    let mut tok = tok;
    tok.unset("GITHUB_ACTIONS");
    tok.set("TF_BUILD", "True");
    tok.run("get api")
        .prints_and_warns("tok-%1\n", "##vso[task.setsecret]tok-%AZP251\n");
    tok.set("TF_BUILD", "no");
    tok.run("get api").prints("tok-%1\n");
}

/// What is printed of a token with quotes in it is not the token itself.
#[test]
fn escaped_forms_of_a_token_are_masked_too() {
    let server = Server::start();
    let tok = issuing("it's\\\"x", &server).env("TF_BUILD", "True");
    let mask = |form: &str| format!("##vso[task.setsecret]{form}\n");
    let json = "it's\\\\\\\"x";
    tok.run("get api --format curl").prints_and_warns(
        &format!("header = \"Authorization: Bearer {json}\"\n"),
        &(mask("it's\\\"x") + &mask(json)),
    );
    let outcome = tok.run("env api --shell powershell");
    assert_eq!(outcome.stdout, "$env:ACCESS_TOKEN = 'it''s\\\"x'\n");
    assert!(
        outcome.stderr.contains(&mask("it''s\\\"x")),
        "{}",
        outcome.stderr
    );
}

#[test]
fn github_gets_its_file_and_nothing_is_printed() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = Sandbox::with_api(&server).env("GITHUB_ACTIONS", "true");
    tok
        .run("env api=T --github")
        .is(2, "", "error: `--github` needs GitHub Actions, but `GITHUB_ENV` is not set\n\nhint: without it `tok env` prints code for a shell: `eval \"$(tok env PROFILE)\"`\n");
    let file = tok.path("github-env");
    let tok = tok
        .file("github-env", "EARLIER=1\n")
        .env("GITHUB_ENV", file.to_str().unwrap());
    tok.run("env api=T --github")
        .prints_and_warns("", "::add-mask::tok-1\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), "EARLIER=1\nT=tok-1\n");
    // An earlier command has left the last line open.
    let tok = tok.file("github-env", "EARLIER=1");
    tok.run("env api=T --github")
        .prints_and_warns("", "::add-mask::tok-1\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), "EARLIER=1\nT=tok-1\n");
}
