//! Bytes that are no text, and texts that would end another early: a program hands on what a person typed or what a
//! server sent.

use serde_json::{Value, json};

use super::{cached, unasked};
use crate::support::{Answer, Outcome, Sandbox, Server};

/// Runs `tok credential …` with this on standard input, in which `\377` and the like are bytes.
fn ask(tok: &Sandbox, input: &str, line: &str) -> Outcome {
    tok.shell(&format!("printf '{input}' | \"$TOK\" credential {line}"))
}

#[test]
fn each_protocol_has_its_own_reply_for_hosts_that_are_not_mapped() {
    let tok = unasked();
    for input in [
        "protocol=https\\nhost=h\\377.example\\n\\n",
        "protocol=https\\nhost=other.example\\npath=caf\\351.git\\n\\n",
        "protocol=https\\nhost=other.example\\nusername=caf\\351\\npassword=\\377\\n\\n",
        "protocol=\\377\\nhost=git.example.com\\n\\n",
    ] {
        for operation in ["get", "store", "erase", "$(printf '\\377')"] {
            ask(&tok, input, &format!("git {operation}")).prints("");
        }
    }
    let none = "credentials not found in native keychain\n";
    ask(&tok, "h\\377.example", "docker get").is(1, none, "");
    ask(&tok, "h\\377.example", "docker erase").prints("");
    ask(&tok, "", "terraform get \"$(printf 'h\\377.example')\"").prints("{}\n");
    let outcome = ask(&tok, "\\377", "terraform store h.example");
    outcome.fails_with(2, "does not store credentials", "[credentials]");
    ask(&tok, "", "goauth \"$(printf 'https://h\\377.example')\"").prints("");
    let line = "keyring get \"$(printf 'https://h\\377.example')\" \"$(printf '\\377')\"";
    ask(&tok, "", line).is(1, "", "");
    let request = "{\"v\":1,\"registry\":{\"index-url\":\"sparse+https://h\\377.example/\"},\"kind\":\"get\",\"operation\":\"read\"}\\n";
    let reply = "{\"v\":[1]}\n{\"Err\":{\"kind\":\"url-not-supported\"}}\n";
    ask(&tok, request, "cargo").prints(reply);
    let outcome = ask(
        &tok,
        "{\"uri\":\"https://other.example/\\377\"}",
        "bazel get",
    );
    let message = "`[credentials]` has no profile for `https://other.example/";
    outcome.fails_with(3, message, "add it there");
}

/// A server may write anything into a header, and a user into a path.
#[test]
fn git_gets_a_token_whatever_else_its_request_holds() {
    let (_server, tok) = cached();
    let input = "protocol=https\\nhost=git.example.com\\nusername=ren\\351\\npath=caf\\351.git\\nwwwauth[]=Basic realm=\"\\351\"\\n";
    let outcome = ask(&tok, &format!("{input}\\n"), "git get");
    assert!(
        outcome
            .stdout
            .starts_with("username=oauth2\npassword=tok-1\n")
    );
    ask(&tok, &format!("{input}password=\\377\\n\\n"), "git erase").prints("");
    tok.run("get api --cached").prints("tok-1\n");
}

/// A token may have any character that can be printed, and so may a username.
#[test]
fn characters_of_a_token_are_escaped_in_json() {
    let (token, user) = (r#"t"o\k{}'","secret":"x"#, r#"ro"b\ot{}'"#);
    let server = Server::start();
    let reply = json!({ "access_token": token, "expires_in": 3600 });
    server.answers(Answer::json(200, reply.to_string()));
    let row =
        format!("'https://git.example.com' = {{ profile = \"api\", username = '''{user}''' }}");
    let map = format!("{row}\n'https://b.example.com' = \"api\"");
    let tok = Sandbox::with_api(&server).credentials(&map);
    let json = |line: &str, input: &str| -> Value {
        let outcome = tok.run_with(&format!("credential {line}"), input);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{line}");
        let reply = outcome.stdout.strip_prefix("{\"v\":[1]}\n");
        serde_json::from_str(reply.unwrap_or(&outcome.stdout)).unwrap()
    };
    let url = "https://git.example.com/a\",\"Secret\":\"";
    let reply = json!({ "ServerURL": url, "Username": user, "Secret": token });
    assert_eq!(json("docker get", url), reply);
    assert_eq!(
        json("docker list", ""),
        json!({ "https://git.example.com": user })
    );
    let header = format!("Bearer {token}");
    let request = r#"{"v":1,"kind":"get","operation":"read","registry":{"index-url":"https://b.example.com"}}"#;
    assert_eq!(json("cargo", request)["Ok"]["token"], header);
    assert_eq!(json("terraform get b.example.com", "")["token"], token);
    let reply = json("bazel get", r#"{"uri":"https://b.example.com/"}"#);
    assert_eq!(reply["headers"]["Authorization"][0], header);
    let git = "protocol=https\nhost=git.example.com\nusername=me\n\n";
    let reply = tok.run_with("credential git get", git).stdout;
    assert!(reply.starts_with(&format!("username={user}\npassword={token}\n")));
}

/// A control character would end a line of git's, and forge the next.
#[test]
fn a_username_with_a_control_character_is_refused() {
    let git = "protocol=https\nhost=git.example.com\n\n";
    let message = "profiles.toml:2: `username` is not a valid username";
    for character in ["\\n", "\\r", "\\u0000", "\\u007f", "\\u0085"] {
        let user = format!("username = \"a{character}password=x\"");
        let row = format!("\"https://git.example.com\" = {{ profile = \"api\", {user} }}");
        let tok = Sandbox::with_api(&Server::unasked()).credentials(&row);
        for line in [
            "config check",
            "credential git get",
            "credential docker list",
        ] {
            tok.run_with(line, git)
                .fails_with(3, message, "without a colon");
        }
    }
}
