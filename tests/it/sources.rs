//! Every place a secret can come from.

use crate::support::{Outcome, Sandbox, Server, rows};

/// A profile whose secret comes from this source, and the parameter `client_secret` that the server must see.
pub fn with_source(server: &Server, source: &str) -> Sandbox {
    let keys = "strategy = \"post_json\"\ngrant = \"none\"\nclient_id = \"id\"\ntimeout = \"10s\"";
    let url = server.url("/t");
    let keys = format!("token_url = \"{url}\"\n{keys}\nclient_secret = {source}");
    Sandbox::new().profile("p", &keys)
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

/// The outcome where the secret cannot be had; no request is sent.
pub fn refused(source: &str, prepare: impl FnOnce(Sandbox) -> Sandbox) -> Outcome {
    let server = Server::unasked();
    prepare(with_source(&server, source)).run("get p")
}

/// Without any preparation.
fn plain(tok: Sandbox) -> Sandbox {
    tok
}

/// With this in the file `~/secret`.
fn file(text: impl AsRef<[u8]>) -> impl FnOnce(Sandbox) -> Sandbox {
    move |tok| tok.file("secret", text)
}

const FILE: &str = "{ file = \"~/secret\" }";
const ENV: &str = "{ env = \"SECRET\" }";

fn properties(key: &str) -> String {
    format!("{{ properties = \"~/secret\", key = \"{key}\" }}")
}

#[test]
fn env_is_taken_as_it_is() {
    let secret = " p@ss \"w/rd+$é\n";
    sends(ENV, |tok| tok.env("SECRET", secret), secret);
    let message = "`client_secret`: environment variable `SECRET` is not set";
    let hint = "type `export SECRET=…`, or use another source";
    refused(ENV, plain).fails_with(4, message, hint);
    let message = "`client_secret`: environment variable `SECRET` is empty";
    let hint = "an empty value is taken for a mistake: set it, or use another source";
    refused(ENV, |tok| tok.env("SECRET", "")).fails_with(4, message, hint);
}

#[test]
fn a_file_loses_one_newline() {
    for (text, secret) in [
        ("word\n", "word"),
        ("word", "word"),
        ("word\r\n", "word"),
        (" two\nlines\n\n", " two\nlines\n"),
    ] {
        sends(FILE, file(text), secret);
    }
}

/// Editors on Windows write one.
#[test]
fn a_byte_order_mark_is_dropped_from_every_source() {
    sends(FILE, file(b"\xef\xbb\xbfsec\r\n"), "sec");
    sends(ENV, |tok| tok.env("SECRET", "\u{feff}sec"), "sec");
    sends(&properties("a"), file("\u{feff}a = \u{feff}sec\n"), "sec");
    let command = "{ command = [\"printf\", \"\\uFEFFsec\"] }";
    sends(command, Sandbox::with_path, "sec");
    sends("{ value = \"\\uFEFFsec\" }", plain, "sec");
    let only_a_mark = refused(FILE, file(b"\xef\xbb\xbf\n"));
    only_a_mark.fails_with(4, "file `[HOME]/secret` is empty", "an empty");
}

#[test]
fn a_secret_in_place_of_a_program_or_a_key_is_not_shown() {
    let random = "made_up_3f9a8b7c6d5e4f3a2b1c";
    let command = refused(&format!("{{ command = [\"{random}\"] }}"), plain);
    let message = "command `…` cannot be run: no such file or directory";
    command.fails_with(4, message, "is it installed");
    let key = refused(&properties(random), file("a = b\n"));
    let hint = "keys of a .properties file";
    key.fails_with(4, "`[HOME]/secret` has no key `…`", hint);
    assert!(!command.stderr.contains(random) && !key.stderr.contains(random));
}

#[test]
fn a_file_that_cannot_be_used_is_an_error() {
    let message = "`client_secret`: cannot read `[HOME]/secret`: no such file or directory";
    let hint = "a relative path starts at the directory of the profiles file";
    refused(FILE, plain).fails_with(4, message, hint);
    let empty = refused(FILE, file("\n"));
    empty.fails_with(4, "file `[HOME]/secret` is empty", "an empty");
    let binary = refused(FILE, file(b"\xff\xfe"));
    binary.fails_with(4, "`[HOME]/secret` is not valid UTF-8", "");
    let folder = refused(FILE, |tok| tok.file("secret/x", ""));
    folder.fails_with(4, "cannot read `[HOME]/secret`: is a directory", "");
    let large = refused(FILE, file(vec![b'x'; (1 << 20) + 1]));
    large.fails_with(4, "it is larger than 1 MiB", "");
}

#[test]
fn properties_are_read_as_java_does() {
    let text =
        "# comment\n! comment\napiKey.id : other\napiKey.secret=p\\u0040ss\\\n   \\ w\\:rd\n";
    sends(&properties("apiKey.secret"), file(text), "p@ss w:rd");
}

#[test]
fn a_properties_file_without_the_key_says_which_is_near() {
    let text = "apiKey.secert = not-to-be-seen\napiKey.empty =\n";
    let near = refused(&properties("apiKey.secret"), file(text));
    let message = "`client_secret`: `[HOME]/secret` has no key `apiKey.secret`";
    near.fails_with(4, message, "did you mean `apiKey.secert`?");
    let empty = refused(&properties("apiKey.empty"), file(text));
    let message = "key `apiKey.empty` of `[HOME]/secret` is empty";
    empty.fails_with(4, message, "an empty");
    let malformed = refused(&properties("x"), file("x = \\u12g4\n"));
    let message = "line 1 of `[HOME]/secret` has a malformed `\\u` escape";
    malformed.fails_with(4, message, "");
    let missing = refused(&properties("x"), plain);
    missing.fails_with(4, "cannot read `[HOME]/secret`", "a relative path starts");
}

#[test]
fn a_literal_secret_wants_a_file_that_is_private() {
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
fn a_source_that_is_none_says_what_to_write() {
    let table = r#"
    "in-the-clear"              | profiles.toml:7: `client_secret` is a string, not a secret source | client_secret = { env = "…" }
    { envv = "X" }              | unknown key `envv` in the secret source of `client_secret` | did you mean `env`?
    { }                         | `client_secret` must name one secret source | write one of `{ env = "VAR" }`
    { env = "X", file = "y" }   | `client_secret` must name one secret source | write one of
    { properties = "x" }        | `key` in the secret source of `client_secret` is missing | key = "a.b"
    { env = "X", key = "y" }    | `key` in the secret source of `client_secret` does not go with the other key | { env = "VAR" }
    { command = "op read x" }   | must be a list of strings | no shell reads it
    { env = 5 }                 | `env` in the secret source of `client_secret` is not a string | env = "VAR"
    { env = "" }                | `env` in the secret source of `client_secret` is empty | env = "VAR"
    "#;
    for [source, message, hint] in rows(table) {
        let outcome = refused(&source, plain);
        outcome.fails_with(3, &message, &hint);
        outcome.never_shows("in-the-clear");
    }
}

#[test]
fn ids_parameters_and_headers_take_sources_too() {
    let server = Server::start();
    server.issue("tok-1");
    let keys = "client_id = { file = \"~/id\" }\nparams = { a = { env = \"A\" }, b = [{ file = \"~/id\" }, \"x\"] }\n\
         headers = { X-Key = { command = [\"/bin/echo\", \"from a command\"] } }\nstrategy = \"post_form\"\ngrant = \"none\"";
    let tok = Sandbox::new().client("p", &server.url("/t"), "");
    tok.edit_profiles("client_id = \"id\"", keys);
    let tok = tok.file("id", "the id\n").env("SECRET", "s").env("A", "1");
    tok.run("get p").prints("tok-1\n");
    let asked = server.request();
    let body = "client_id=the+id&client_secret=s&a=1&b=the+id&b=x";
    assert_eq!(
        (asked.body.as_str(), asked.header("x-key")),
        (body, Some("from a command"))
    );
}

/// A pipe gives what is in it once: what was read to look at the cache is what is sent.
#[test]
fn a_secret_is_read_once() {
    let (server, tok) = Server::issuing("tok-1");
    tok.edit_profiles("{ env = \"SECRET\" }", "{ file = \"/dev/stdin\" }");
    let outcome = tok.with_path().shell("echo s3cret-value | $TOK get api");
    outcome.prints("tok-1\n");
    let sent = crate::support::basic("id", "s3cret-value");
    assert_eq!(
        server.request().header("authorization"),
        Some(sent.as_str())
    );
}

/// One that is not set says nothing about a cached token; one that was emptied is a mistake.
#[test]
fn a_secret_that_was_emptied_is_noticed_on_a_hit() {
    let (_server, mut tok) = Server::cached("tok-1");
    tok.set("SECRET", "");
    let message = "environment variable `SECRET` is empty";
    tok.run("get api").fails_with(4, message, "empty value");
    tok.unset("SECRET");
    tok.run("get api").prints("tok-1\n");
}
