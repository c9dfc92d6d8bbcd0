//! `tok env`, `tok exec` and `tok curl`: a token on its way into a shell, a program, a request.

mod programs;

use serde_json::Value;

use crate::support::{Sandbox, Server};

/// Every character that a token may have: RFC 6750 leaves none out of 0x21 to 0x7E.
fn every_character() -> String {
    (0x21..=0x7e_u8).map(char::from).collect()
}

/// A server whose token is this, and the profile `api` that asks it.
fn issuing(token: &str) -> (Server, Sandbox) {
    let server = Server::start();
    let json = Value::from(token).to_string();
    server.issue(&json[1..json.len() - 1]);
    let tok = Sandbox::with_api(&server).with_path();
    (server, tok)
}

#[test]
fn env_exports_what_no_token_can_break_out_of() {
    let token = every_character();
    let (_server, tok) = issuing(&token);
    let line = "eval \"$($TOK env api)\"; sh -c 'printf %s \"$ACCESS_TOKEN\"'";
    tok.shell(line).prints(&token);
}

#[test]
fn env_prints_the_syntax_of_each_shell() {
    let (_server, tok) = issuing("it's");
    for (flags, code) in [
        ("--shell sh", "export T='it'\\''s'\n"),
        ("--shell bash", "export T='it'\\''s'\n"),
        ("--shell zsh", "export T='it'\\''s'\n"),
        ("--shell fish", "set -gx T 'it\\'s';\n"),
        ("--shell powershell", "$env:T = 'it''s'\n"),
        ("--shell pwsh", "$env:T = 'it''s'\n"),
        ("--dotenv", "T=it's\n"),
    ] {
        tok.run(&format!("env api=T {flags}")).prints(code);
    }
}

#[test]
fn env_fails_closed_and_keeps_the_exit_code() {
    let tok = Sandbox::with_api(&Server::unasked()).with_path();
    for (flags, code) in [
        ("nope", "unset ACCESS_TOKEN; (exit 3)\n"),
        (
            "api=A nope=B --expires",
            "unset A A_EXPIRES_AT B B_EXPIRES_AT; (exit 3)\n",
        ),
        ("nope --shell fish", "set -e ACCESS_TOKEN; sh -c 'exit 3'\n"),
        ("nope --dotenv", ""),
    ] {
        let outcome = tok.run(&format!("env {flags}"));
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (3, code),
            "{flags}"
        );
    }
    // A shell that was told to stop does, and the old token is gone.
    let line = "ACCESS_TOKEN=old; set -e; eval \"$($TOK env nope 2>/dev/null)\"; echo on";
    tok.shell(line).fails(3, "");
    let usage = "ACCESS_TOKEN=old; eval \"$($TOK env api --nonsense 2>/dev/null)\"";
    let line = format!("{usage}; echo $? ${{ACCESS_TOKEN-none}}");
    tok.shell(&line).prints("2 none\n");
}

#[test]
fn several_tokens_are_all_or_nothing() {
    let (server, tok) = Server::issuing("tok-1 tok-2");
    let tok = tok.client("other", &server.url("/token"), "");
    tok.run("env api=A other=B")
        .prints("export A='tok-1'\nexport B='tok-2'\n");
    assert_eq!(tok.run("env api=A nope=B").stdout, "unset A B; (exit 3)\n");
    let outcome = tok.run("env api other");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (2, "unset ACCESS_TOKEN; (exit 2)\n")
    );
    outcome.mentions("two tokens for the variable `ACCESS_TOKEN`");
}

#[test]
fn env_exports_the_expiry_on_request() {
    let (_server, tok) = Server::cached("tok-1");
    let at = &tok.entry()["expires_at"];
    let code = format!("export T='tok-1'\nexport T_EXPIRES_AT='{at}'\n");
    tok.run("env api=T --expires").prints(&code);
    let lines = format!("T=tok-1\nT_EXPIRES_AT={at}\n");
    tok.run("env api=T --expires --dotenv").prints(&lines);
}

/// The mask comes first, whatever is printed and however quiet it is to be, and each token is masked.
#[test]
fn ci_systems_are_told_to_mask_before_anything_is_printed() {
    let server = Server::start();
    server
        .issues("tok-%1")
        .with(3600, "\"refresh_token\":\"refresh-1\"");
    let mut tok = Sandbox::with_api(&server).with_path();
    tok.set("GITHUB_ACTIONS", "true");
    let mask = "::add-mask::tok-%251\n";
    for (line, printed) in [
        ("get api", "tok-%1\n"),
        ("get api --cached", "tok-%1\n"),
        ("get api -q", "tok-%1\n"),
        ("get api --error-format json", "tok-%1\n"),
        ("get api -H", "Authorization: Bearer tok-%1\n"),
        ("env api", "export ACCESS_TOKEN='tok-%1'\n"),
        ("exec api -- printenv ACCESS_TOKEN", "tok-%1\n"),
    ] {
        tok.run(line).prints_and_warns(printed, mask);
    }
    let outcome = tok.run("get api --token-type refresh");
    outcome.prints_and_warns("refresh-1\n", "::add-mask::refresh-1\n");
    tok.shell("$TOK get api 2>&1")
        .prints(&format!("{mask}tok-%1\n"));
    tok.unset("GITHUB_ACTIONS");
    tok.set("TF_BUILD", "True");
    let mask = "##vso[task.setsecret]tok-%AZP251\n";
    tok.run("get api").prints_and_warns("tok-%1\n", mask);
    tok.set("TF_BUILD", "no");
    tok.run("get api").prints("tok-%1\n");
}

/// What is printed of a token with quotes in it is not the token itself.
#[test]
fn escaped_forms_of_a_token_are_masked_too() {
    let (_server, tok) = issuing("it's\\\"x");
    let tok = tok.env("TF_BUILD", "True");
    let mask = |form: &str| format!("##vso[task.setsecret]{form}\n");
    let json = "it's\\\\\\\"x";
    let header = format!("header = \"Authorization: Bearer {json}\"\n");
    let masks = mask("it's\\\"x") + &mask(json);
    tok.run("get api --format curl")
        .prints_and_warns(&header, &masks);
    let outcome = tok.run("env api --shell powershell");
    let code = "$env:ACCESS_TOKEN = 'it''s\\\"x'\n";
    outcome.prints_and_mentions(code, &mask("it''s\\\"x"));
}

#[test]
fn github_gets_its_file_and_nothing_is_printed() {
    let (_server, mut tok) = Server::issuing("tok-1");
    tok.set("GITHUB_ACTIONS", "true");
    let message = "error: `--github` needs GitHub Actions, but `GITHUB_ENV` is not set";
    let hint = "hint: without it `tok env` prints code for a shell: `eval \"$(tok env PROFILE)\"`";
    tok.run("env api=T --github")
        .fails(2, &format!("{message}\n\n{hint}\n"));
    tok.set("GITHUB_ENV", tok.path("github-env").to_str().unwrap());
    // An earlier command may have left the last line open.
    for earlier in ["EARLIER=1\n", "EARLIER=1"] {
        tok.write("github-env", earlier);
        let outcome = tok.run("env api=T --github");
        outcome.prints_and_warns("", "::add-mask::tok-1\n");
        assert_eq!(tok.read("github-env"), "EARLIER=1\nT=tok-1\n");
    }
}
