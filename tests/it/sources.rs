//! Every place a secret can come from.

use crate::support::{Outcome, Sandbox, Server};

/// A profile whose secret comes from this source, and the parameter `client_secret` that the server must see.
pub fn with_source(server: &Server, source: &str) -> Sandbox {
    Sandbox::new().profile(
        "p",
        &format!(
            "token_url = \"{}\"\nstrategy = \"post_json\"\ngrant = \"none\"\nclient_id = \"id\"\nclient_secret = {source}\ntimeout = \"10s\"",
            server.url("/t")
        ),
    )
}

/// The secret that is sent.
#[track_caller]
pub fn sends(source: &str, prepare: impl FnOnce(Sandbox) -> Sandbox, secret: &str) {
    let server = Server::start();
    server.issue("tok-1");
    prepare(with_source(&server, source))
        .run("get p")
        .prints("tok-1\n");
    let body: serde_json::Value = serde_json::from_str(&server.request().body).unwrap();
    assert_eq!(body["client_secret"], secret, "{source}");
}

/// What is said where the secret cannot be had; no request is sent.
pub fn refused(source: &str, prepare: impl FnOnce(Sandbox) -> Sandbox) -> Outcome {
    let server = Server::unasked();
    prepare(with_source(&server, source)).run("get p")
}

#[test]
fn env_is_taken_as_it_is() {
    sends(
        "{ env = \"SECRET\" }",
        |tok| tok.env("SECRET", " p@ss \"w/rd+$é\n"),
        " p@ss \"w/rd+$é\n",
    );
}

#[test]
fn an_env_that_is_unset_is_not_one_that_is_empty() {
    refused("{ env = \"SECRET\" }", |tok| tok).fails(
        4,
        "error: profile `p`: `client_secret`: environment variable `SECRET` is not set\n\n\
         hint: type `export SECRET=…`, or use another source\n",
    );
    refused("{ env = \"SECRET\" }", |tok| tok.env("SECRET", "")).fails(
        4,
        "error: profile `p`: `client_secret`: environment variable `SECRET` is empty\n\n\
         hint: an empty value is taken for a mistake: set it, or use another source\n",
    );
}

#[test]
fn a_file_loses_one_newline() {
    let source = "{ file = \"~/secret\" }";
    let cases = [
        ("word\n", "word"),
        ("word", "word"),
        ("word\r\n", "word"),
        (" two\nlines\n\n", " two\nlines\n"),
    ];
    for (text, secret) in cases {
        sends(source, |tok| tok.file("secret", text), secret);
    }
}

/// Editors on Windows write one.
#[test]
fn a_byte_order_mark_is_dropped_from_every_source() {
    let file = |tok: Sandbox| tok.file("secret", b"\xef\xbb\xbfsec\r\n");
    sends("{ file = \"~/secret\" }", file, "sec");
    let env = |tok: Sandbox| tok.env("SECRET", "\u{feff}sec");
    sends("{ env = \"SECRET\" }", env, "sec");
    let properties = |tok: Sandbox| tok.file("p", "\u{feff}a = \u{feff}sec\n");
    let source = "{ properties = \"~/p\", key = \"a\" }";
    sends(source, properties, "sec");
    let command = "{ command = [\"printf\", \"\\uFEFFsec\"] }";
    sends(command, Sandbox::with_path, "sec");
    sends("{ value = \"\\uFEFFsec\" }", |tok| tok, "sec");
    let only_a_mark = |tok: Sandbox| tok.file("secret", b"\xef\xbb\xbf\n");
    refused("{ file = \"~/secret\" }", only_a_mark).fails_with(
        4,
        "file `[HOME]/secret` is empty",
        "an empty",
    );
}

#[test]
fn a_secret_in_place_of_a_program_or_a_key_is_not_shown() {
    let random = "made_up_3f9a8b7c6d5e4f3a2b1c";
    let with_file = |tok: Sandbox| tok.file("p", "a = b\n");
    for (source, message, hint) in [
        (
            format!("{{ command = [\"{random}\"] }}"),
            "command `…` cannot be run: no such file or directory",
            "is it installed",
        ),
        (
            format!("{{ properties = \"~/p\", key = \"{random}\" }}"),
            "`[HOME]/p` has no key `…`",
            "keys of a .properties file",
        ),
    ] {
        let outcome = refused(&source, with_file);
        outcome.fails_with(4, message, hint);
        outcome.never_shows(random);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_an_error() {
    let source = "{ file = \"~/secret\" }";
    refused(source, |tok| tok).fails(
        4,
        "error: profile `p`: `client_secret`: cannot read `[HOME]/secret`: no such file or directory\n\n\
         hint: a relative path starts at the directory of the profiles file\n",
    );
    refused(source, |tok| tok.file("secret", "\n")).fails_with(
        4,
        "file `[HOME]/secret` is empty",
        "an empty",
    );
    refused(source, |tok| tok.file("secret", b"\xff\xfe")).fails_with(
        4,
        "`[HOME]/secret` is not valid UTF-8",
        "",
    );
    refused(source, |tok| tok.file("secret/x", "")).fails_with(
        4,
        "cannot read `[HOME]/secret`: is a directory",
        "",
    );
    let large = |tok: Sandbox| tok.file("secret", vec![b'x'; (1 << 20) + 1]);
    refused(source, large).fails_with(4, "it is larger than 1 MiB", "");
    refused("{ file = \"/dev/zero\" }", |tok| tok).fails_with(4, "it is larger than 1 MiB", "");
}

#[test]
fn properties_are_read_as_java_does() {
    let text =
        "# comment\n! comment\napiKey.id : other\napiKey.secret=p\\u0040ss\\\n   \\ w\\:rd\n";
    let source = "{ properties = \"~/api.properties\", key = \"apiKey.secret\" }";
    sends(source, |tok| tok.file("api.properties", text), "p@ss w:rd");
}

#[test]
fn a_properties_file_without_the_key_says_which_is_near() {
    let text = "apiKey.secert = not-to-be-seen\napiKey.empty =\n";
    let key = |key: &str| format!("{{ properties = \"~/api.properties\", key = \"{key}\" }}");
    let with_file = |tok: Sandbox| tok.file("api.properties", text);
    refused(&key("apiKey.secret"), with_file).fails(
        4,
        "error: profile `p`: `client_secret`: `[HOME]/api.properties` has no key `apiKey.secret`\n\n\
         hint: did you mean `apiKey.secert`?\n",
    );
    refused(&key("apiKey.empty"), with_file).fails_with(
        4,
        "key `apiKey.empty` of `[HOME]/api.properties` is empty",
        "an empty",
    );
    refused(&key("x"), |tok| tok.file("api.properties", "x = \\u12g4\n")).fails_with(
        4,
        "line 1 of `[HOME]/api.properties` has a malformed `\\u` escape",
        "",
    );
    refused(&key("x"), |tok| tok).fails_with(
        4,
        "cannot read `[HOME]/api.properties`",
        "a relative path starts",
    );
}

#[test]
fn a_literal_secret_wants_a_file_that_only_its_owner_reads() {
    let server = Server::start();
    server.issue("tok-1");
    let tok = with_source(&server, "{ value = \"literal-secret\" }");
    for mode in [0o644, 0o640, 0o604] {
        tok.chmod(".config/tok/profiles.toml", mode);
        tok.run("get p").fails(
            3,
            "error: profile `p`: [HOME]/.config/tok/profiles.toml: contains a secret and is readable by other users\n\n\
             hint: run `chmod 600 [HOME]/.config/tok/profiles.toml`, or take the secret from a source\n",
        );
    }
    tok.chmod(".config/tok/profiles.toml", 0o600);
    tok.run("get p").prints("tok-1\n");
}

#[test]
fn a_secret_in_clear_is_an_error_that_does_not_repeat_it() {
    let outcome = refused("\"in-the-clear\"", |tok| tok);
    outcome.fails_with(
        3,
        "profiles.toml:6: `client_secret` is a string, not a secret source",
        "client_secret = { env = \"…\" }",
    );
    outcome.never_shows("in-the-clear");
}

#[test]
fn a_source_that_is_none_says_what_to_write() {
    let cases = [
        (
            "{ envv = \"X\" }",
            "unknown key `envv` in the secret source of `client_secret`",
            "did you mean `env`?",
        ),
        (
            "{ }",
            "`client_secret` must name one secret source",
            "write one of `{ env = \"VAR\" }`",
        ),
        (
            "{ env = \"X\", file = \"y\" }",
            "`client_secret` must name one secret source",
            "write one of",
        ),
        (
            "{ properties = \"x\" }",
            "`key` in the secret source of `client_secret` is missing",
            "key = \"a.b\"",
        ),
        (
            "{ env = \"X\", key = \"y\" }",
            "`key` in the secret source of `client_secret` does not go with the other key",
            "{ env = \"VAR\" }",
        ),
        (
            "{ command = \"op read x\" }",
            "must be a list of strings",
            "no shell reads it",
        ),
        (
            "{ env = 5 }",
            "`env` in the secret source of `client_secret` is not a string",
            "env = \"VAR\"",
        ),
        (
            "{ env = \"\" }",
            "`env` in the secret source of `client_secret` is empty",
            "env = \"VAR\"",
        ),
    ];
    for (source, words, hint) in cases {
        refused(source, |tok| tok).fails_with(3, words, hint);
    }
}

#[test]
fn ids_parameters_and_headers_take_sources_too() {
    let server = Server::start();
    server.issue("tok-1");
    let keys = format!(
        "token_url = \"{}\"\nstrategy = \"post_form\"\ngrant = \"none\"\nclient_id = {{ file = \"~/id\" }}\n\
         client_secret = {{ env = \"SECRET\" }}\nparams = {{ a = {{ env = \"A\" }}, b = [{{ file = \"~/id\" }}, \"x\"] }}\n\
         headers = {{ X-Key = {{ command = [\"/bin/echo\", \"from a command\"] }} }}",
        server.url("/t")
    );
    let tok = Sandbox::new()
        .profile("p", &keys)
        .file("id", "the id\n")
        .env("SECRET", "s")
        .env("A", "1");
    tok.run("get p").prints("tok-1\n");
    let asked = server.request();
    assert_eq!(
        asked.body,
        "client_id=the+id&client_secret=s&a=1&b=the+id&b=x"
    );
    assert_eq!(asked.header("x-key"), Some("from a command"));
}

/// A pipe gives what is in it once: what was read to look at the cache is what is sent.
#[test]
fn a_secret_is_read_once() {
    let server = Server::start();
    server.issue("tok-1");
    let url = server.url("/token");
    let keys = format!(
        "token_url = \"{url}\"\nclient_id = \"id\"\nclient_secret = {{ file = \"/dev/stdin\" }}"
    );
    let tok = Sandbox::new().profile("api", &keys).with_path();
    tok.shell("echo s3cret-value | $TOK get api")
        .prints("tok-1\n");
    assert_eq!(
        server.request().header("authorization"),
        Some("Basic aWQ6czNjcmV0LXZhbHVl")
    );
}

/// One that is not set says nothing about a cached token; one that was emptied is a mistake.
#[test]
fn a_secret_that_was_emptied_is_noticed_on_a_hit() {
    let (_server, mut tok) = Server::cached("tok-1");
    tok.set("SECRET", "");
    tok.run("get api")
        .fails_with(4, "environment variable `SECRET` is empty", "empty value");
    tok.unset("SECRET");
    tok.run("get api").prints("tok-1\n");
}
