//! Bytes that are no text, and texts that would end another early: a program hands on what somebody typed or what a server
//! sent. Where it is about a host that is not ours that is nobody's mistake.

use super::MAP;
use crate::support::{Sandbox, Server};

/// Runs `tok credential …` with this on standard input, in which `\377` and the like are bytes.
fn ask(tok: &Sandbox, input: &str, words: &str) -> crate::support::Outcome {
    tok.shell(&format!("printf '{input}' | \"$TOK\" credential {words}"))
}

#[test]
fn git_gets_an_empty_reply_for_hosts_that_are_not_mapped() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server).credentials(MAP);
    for input in [
        "protocol=https\\nhost=h\\377.example\\n\\n",
        "protocol=https\\nhost=other.example\\npath=caf\\351.git\\n\\n",
        "protocol=https\\nhost=other.example\\nusername=caf\\351\\npassword=\\377\\n\\n",
        "protocol=\\377\\nhost=git.example.com\\n\\n",
    ] {
        for operation in ["get", "store", "erase", "approve", "$(printf '\\377')"] {
            ask(&tok, input, &format!("git {operation}")).prints("");
        }
    }
}

/// A server may write anything into a header, and a user into a path.
#[test]
fn git_gets_a_token_whatever_else_its_request_holds() {
    let server = Server::start();
    let tok = super::cached(&server);
    let input = "protocol=https\\nhost=git.example.com\\nusername=ren\\351\\npath=caf\\351.git\\nwwwauth[]=Basic realm=\"\\351\"\\n\\n";
    let outcome = ask(&tok, input, "git get");
    assert!(
        outcome
            .stdout
            .starts_with("username=oauth2\npassword=tok-1\n"),
        "{}",
        outcome.stderr
    );
    ask(
        &tok,
        &format!("{}\\n", input.replace("\\n\\n", "\\npassword=\\377\\n")),
        "git erase",
    )
    .prints("");
    tok.run("get api --cached").prints("tok-1\n");
}

#[test]
fn each_protocol_has_its_own_reply_for_hosts_that_are_not_mapped() {
    let server = Server::unasked();
    let tok = Sandbox::with_api(&server).credentials(MAP);
    let none = "credentials not found in native keychain\n";
    ask(&tok, "h\\377.example", "docker get").is(1, none, "");
    ask(&tok, "h\\377.example", "docker erase").prints("");
    ask(&tok, "", "terraform get \"$(printf 'h\\377.example')\"").prints("{}\n");
    ask(&tok, "\\377", "terraform store h.example").fails_with(
        2,
        "does not store credentials",
        "[credentials]",
    );
    ask(&tok, "", "goauth \"$(printf 'https://h\\377.example')\"").prints("");
    ask(
        &tok,
        "",
        "keyring get \"$(printf 'https://h\\377.example')\" \"$(printf '\\377')\"",
    )
    .is(1, "", "");
    let request = "{\"v\":1,\"registry\":{\"index-url\":\"sparse+https://h\\377.example/\"},\"kind\":\"get\",\"operation\":\"read\"}\\n";
    ask(&tok, request, "cargo").prints("{\"v\":[1]}\n{\"Err\":{\"kind\":\"url-not-supported\"}}\n");
    ask(
        &tok,
        "{\"uri\":\"https://other.example/\\377\"}",
        "bazel get",
    )
    .fails_with(
        3,
        "`[credentials]` has no profile for `https://other.example/",
        "add it there",
    );
}

/// A token may have any character that can be printed, and so may a username.
#[test]
fn characters_of_a_token_are_escaped_in_json() {
    let (token, user) = (r#"t"o\k{}'","secret":"x"#, r#"ro"b\ot{}'"#);
    let server = Server::start();
    server.answers(crate::support::Answer::json(
        200,
        serde_json::json!({ "access_token": token, "expires_in": 3600 }).to_string(),
    ));
    let map = format!(
        "'https://git.example.com' = {{ profile = \"api\", username = '''{user}''' }}\n'https://b.example.com' = \"api\""
    );
    let tok = Sandbox::with_api(&server).credentials(&map);
    let json = |words: &str, input: &str| -> serde_json::Value {
        let outcome = tok.run_with(words, input);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{words}");
        serde_json::from_str(
            outcome
                .stdout
                .strip_prefix("{\"v\":[1]}\n")
                .unwrap_or(&outcome.stdout),
        )
        .unwrap()
    };
    let url = "https://git.example.com/a\",\"Secret\":\"";
    let reply = serde_json::json!({ "ServerURL": url, "Username": user, "Secret": token });
    assert_eq!(json("credential docker get", url), reply);
    let listed = serde_json::json!({ "https://git.example.com": user });
    assert_eq!(json("credential docker list", ""), listed);
    let request = r#"{"v":1,"kind":"get","operation":"read","registry":{"index-url":"https://b.example.com"}}"#;
    assert_eq!(
        json("credential cargo", request)["Ok"]["token"],
        format!("Bearer {token}")
    );
    assert_eq!(
        json("credential terraform get b.example.com", "")["token"],
        token
    );
    let reply = json(
        "credential bazel get",
        r#"{"uri":"https://b.example.com/"}"#,
    );
    assert_eq!(
        reply["headers"]["Authorization"][0],
        format!("Bearer {token}")
    );
    let git = tok.run_with(
        "credential git get",
        "protocol=https\nhost=git.example.com\nusername=me\n\n",
    );
    let lines: Vec<&str> = git.stdout.lines().take(2).collect();
    assert_eq!(
        lines,
        [format!("username={user}"), format!("password={token}")]
    );
}

/// A control character would end a line of git's, and forge the next.
#[test]
fn a_username_with_a_control_character_is_refused() {
    for character in ["\\n", "\\r", "\\t", "\\u0000", "\\u007f", "\\u0085"] {
        let row = format!(
            "\"https://git.example.com\" = {{ profile = \"api\", username = \"a{character}password=x\" }}"
        );
        let tok = Sandbox::with_api(&Server::unasked()).credentials(&row);
        for words in [
            "config check",
            "credential git get",
            "credential docker list",
        ] {
            let outcome = tok.run_with(words, "protocol=https\nhost=git.example.com\n\n");
            outcome.fails_with(
                3,
                "profiles.toml:2: `username` is not a valid username",
                "without a colon",
            );
        }
    }
}
