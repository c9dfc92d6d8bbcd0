//! `[credentials]` of a profiles file: what is wrong in it, with its line; and that it does not matter to profiles.

use crate::support::{Sandbox, Server, rows};

const INPUT: &str = "protocol=https\nhost=git.example.com\n";

fn sandbox(lines: &str) -> Sandbox {
    let profile = "[profiles.moost]\npreset = \"moost\"\nclient_id = \"i\"\nclient_secret = { env = \"X\" }\n";
    Sandbox::new().profiles(format!("{profile}{lines}"))
}

/// A user or a query in a URL may be a secret.
#[test]
fn a_secret_in_a_url_of_the_table_is_not_shown() {
    for (url, shown) in [
        (
            "https://me:made-up-word@git.example.com",
            "`https://…@git.example.com`",
        ),
        ("me:made-up-word@git.example.com", "`…@git.example.com`"),
        (
            "ftp://me:made-up?word@git.example.com",
            "`ftp://…@git.example.com`",
        ),
        (
            "https://git.example.com/?key=made-up-word",
            "`https://git.example.com/…`",
        ),
    ] {
        let tok = sandbox(&format!("[credentials]\n\"{url}\" = \"moost\"\n"));
        for line in ["config check", "credential docker list", "doctor"] {
            let outcome = tok.run(line);
            assert!(
                outcome.stderr.contains(shown) || line == "doctor",
                "{line}: {}",
                outcome.stderr
            );
            let all = format!("{}{}", outcome.stdout, outcome.stderr);
            assert!(
                !all.contains("made-up") && !all.contains("word@"),
                "{line}: {all}"
            );
        }
    }
}

#[test]
fn a_mistake_has_its_line_and_what_to_write_instead() {
    let table = r#"
    "git.example.com" = "moost"         | 6 | the URL `git.example.com` in `[credentials]` has no `https://` | https://git.example.com
    "http://git.example.com" = "moost"  | 6 | plain http to `git.example.com` | only for loopback
    "https://*.com" = "moost"           | 6 | has a `*` that is not the whole first label | https://*.example.com
    "https://*.co.uk" = "moost"         | 6 | or has too little after it | https://*.example.com
    "https://me@h.example" = "moost"    | 6 | has a user in it | username
    "https://h.example" = 5             | 6 | `https://h.example` is an integer | PROFILE
    "https://h.example" = "a b"         | 6 | the value of `https://h.example` is not a valid profile name | PROFILE
    https://h.example = "moost"         | 6 | not valid TOML: invalid unquoted key | in quotes
    "moost" = "https://h.example"       | 6 | the URL `moost` | write the URL first
    "https://h.example/*" = "moost"     | 6 | has a `*` in its path | everything below it
    "sparse+https://h.example" = "moost" | 6 | a scheme that is neither | without `sparse+`
    "https://h.example/%41" = "moost"\n"https://h.example/A" = "moost" | 7 | is already mapped on line 6 | remove one
    "https://h.example" = "moost"\n"https://H.example:443/" = "moost" | 7 | is already mapped on line 6 | remove one
    "https://h.example" = "moots"       | 6 | `https://h.example` is mapped to an unknown profile `moots` | did you mean `moost`?
    "https://h.example" = { username = "x" } | 6 | has no `profile` | PROFILE
    "https://h.example" = { profile = "moost", user = "x" } | 6 | unknown key `user` | did you mean `username`?
    "https://h.example" = { profile = "moost", username = "a:b" } | 6 | `username` is not a valid username | without a colon
    "https://h.example" = { profile = "moost", scheme = "barer" } | 6 | unknown `scheme` | did you mean `bearer`?
    "https://h.example" = { profile = "moost", scheme = 1 } | 6 | `scheme` is an integer | `bearer`, `basic` or `none`
    "https://h.example" = "moost        | 6 | not valid TOML | a string ends on its line
    "#;
    for [lines, line, message, hint] in rows(table) {
        let tok = sandbox(&format!("[credentials]\n{lines}\n"));
        let outcome = tok.run("config check");
        outcome.fails_with(3, &message, &hint);
        outcome.fails_with(3, &format!("profiles.toml:{line}:"), &hint);
        let doctor = tok.run("doctor").stdout;
        assert!(doctor.contains(&message), "{doctor}");
    }
}

/// A mistake in one line may change what another one means: no token then.
#[test]
fn a_broken_table_hands_out_nothing_and_breaks_no_profile() {
    let server = Server::start();
    server.issue("tok-1");
    let broken = "\"https://git.example.com\" = \"api\"\n\"h.example\" = \"api\"";
    let tok = Sandbox::with_api(&server).credentials(broken);
    tok.run_with("credential git get", INPUT).fails_with(
        3,
        "has no `https://` before it",
        "write the URL",
    );
    tok.run("get api").prints("tok-1\n");
    tok.edit_profiles("\"h.example\"", "x = [");
    tok.run_with("credential git get", INPUT)
        .fails_with(3, "not valid TOML", "");
    tok.run("get api --cached").prints("tok-1\n");
}

/// Silence would say that no token is for this host.
#[test]
fn a_misplaced_table_is_reported() {
    let url = "\"https://git.example.com\" = \"moost\"\n";
    for (header, what) in [
        ("[credentials", "13: not a valid table header"),
        ("[credentials] x", "15: not a valid table header"),
        ("[credential]", " unknown table or key `credential`"),
        ("[Credentials]", " unknown table or key `Credentials`"),
    ] {
        let tok = sandbox(&format!("{header}\n{url}"));
        tok.run_with("credential git get", INPUT).fails_with(
            3,
            &format!("profiles.toml:5:{what}"),
            "credentials]",
        );
    }
    // One of a profile does not matter.
    let tok = sandbox("[profiles.x\n");
    tok.run_with("credential git get", INPUT).prints("");
}

#[test]
fn a_broken_or_unknown_profile_is_the_mistake_of_its_own_line_alone() {
    let server = Server::start();
    server.issue("tok-1");
    let map = "\"https://a.example\" = \"apis\"\n\"https://b.example\" = \"broken\"\n\"https://git.example.com\" = \"api\"";
    let tok = Sandbox::with_api(&server)
        .profile("broken", "no = 1")
        .credentials(map);
    let ask = |host: &str| {
        tok.run_with(
            "credential git get",
            &format!("protocol=https\nhost={host}\n"),
        )
    };
    ask("a.example").fails_with(
        3,
        "profiles.toml:2: `https://a.example` is mapped to an unknown profile `apis`",
        "`api`",
    );
    ask("b.example").fails_with(3, "unknown key `no`", "keys");
    assert!(ask("git.example.com").stdout.contains("password=tok-1\n"));
}

#[test]
fn the_table_may_be_written_in_every_way_that_toml_has() {
    let (_server, tok) = Server::cached("tok-1");
    let api = tok.read(".config/tok/profiles.toml");
    for text in [
        format!("{api}[credentials]\n'https://git.example.com' = {{ profile = \"api\" }}\n"),
        format!("{api}[ credentials . 'https://git.example.com' ]\nprofile = \"api\"\n"),
        format!("credentials.\"https://git.example.com\" = \"api\"\n{api}"),
    ] {
        tok.write_profiles(&text);
        let reply = tok.run_with("credential git get", INPUT).stdout;
        assert!(reply.contains("password=tok-1\n"), "{text}");
        let path = tok.profiles_file();
        let valid = format!("{}: 1 profile, all valid\n", path.display());
        tok.run("config check").prints(&valid);
    }
}
