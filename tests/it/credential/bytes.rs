//! Bytes that are no text: a program hands on what somebody typed or what a server sent. Where it is about a host that is
//! not ours that is nobody's mistake.

use super::MAP;
use crate::support::{Sandbox, Server};

/// Runs `tok credential …` with this on standard input, in which `\377` and the like are bytes.
fn ask(sandbox: &Sandbox, input: &str, words: &str) -> crate::support::Outcome {
    sandbox.shell(&format!("printf '{input}' | \"$TOK\" credential {words}"))
}

#[test]
fn git_hears_nothing_of_what_is_not_ours() {
    let server = Server::unasked();
    let sandbox = Sandbox::with_api(&server).credentials(MAP);
    for input in [
        "protocol=https\\nhost=h\\377.example\\n\\n",
        "protocol=https\\nhost=other.example\\npath=caf\\351.git\\n\\n",
        "protocol=https\\nhost=other.example\\nusername=caf\\351\\npassword=\\377\\n\\n",
        "protocol=\\377\\nhost=git.example.com\\n\\n",
    ] {
        for operation in ["get", "store", "erase", "approve", "$(printf '\\377')"] {
            ask(&sandbox, input, &format!("git {operation}")).prints("");
        }
    }
}

/// A server may write anything into a header, and a user into a path.
#[test]
fn git_gets_a_token_for_what_is_ours_whatever_else_it_says() {
    let server = Server::start();
    let sandbox = super::cached(&server);
    let input =
        "protocol=https\\nhost=git.example.com\\npath=caf\\351.git\\nwwwauth[]=Basic realm=\"\\351\"\\n\\n";
    let outcome = ask(&sandbox, input, "git get");
    assert!(outcome.stdout.starts_with("username=oauth2\npassword=tok-1\n"), "{}", outcome.stderr);
    ask(&sandbox, &format!("{}\\n", input.replace("\\n\\n", "\\npassword=\\377\\n")), "git erase").prints("");
    sandbox.run("get api --cached").prints("tok-1\n");
}

#[test]
fn the_others_say_that_there_is_none_in_their_own_words() {
    let server = Server::unasked();
    let sandbox = Sandbox::with_api(&server).credentials(MAP);
    let none = "credentials not found in native keychain\n";
    ask(&sandbox, "h\\377.example", "docker get").is(1, none, "");
    ask(&sandbox, "h\\377.example", "docker erase").prints("");
    ask(&sandbox, "", "terraform get \"$(printf 'h\\377.example')\"").prints("{}\n");
    ask(&sandbox, "\\377", "terraform store h.example").fails_with(
        2,
        "keeps no credentials",
        "[credentials]",
    );
    ask(&sandbox, "", "goauth \"$(printf 'https://h\\377.example')\"").prints("");
    ask(&sandbox, "", "keyring get \"$(printf 'https://h\\377.example')\" \"$(printf '\\377')\"")
        .is(1, "", "");
    let request = "{\"v\":1,\"registry\":{\"index-url\":\"sparse+https://h\\377.example/\"},\"kind\":\"get\",\"operation\":\"read\"}\\n";
    ask(&sandbox, request, "cargo").prints("{\"v\":[1]}\n{\"Err\":{\"kind\":\"url-not-supported\"}}\n");
    ask(&sandbox, "{\"uri\":\"https://other.example/\\377\"}", "bazel get").fails_with(
        3,
        "`[credentials]` has no profile for `https://other.example/",
        "name it there",
    );
}
