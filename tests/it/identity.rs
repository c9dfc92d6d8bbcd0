//! What makes it another token, and what does not: both directions.

use crate::support::{Sandbox, Server};

const KEYS: &str = "\
scope = [\"read\", \"write\"]
audience = \"aud\"
params = { tenant = \"acme\", number = 1 }
headers = { X-Key = { env = \"KEY\" } }
names = { audience = \"aud\" }
timeout = \"20s\"
";

fn sandbox(server: &Server) -> Sandbox {
    Sandbox::new()
        .api(server, KEYS)
        .env("KEY", "key-1")
        .file("id", "id")
        .file("other.properties", "x = s3cret-value\n")
}

/// Every edit makes it a miss, and taking it back makes it a hit again.
#[test]
fn what_decides_which_token_is_issued_decides_which_is_served() {
    let edits = [
        ("client_id = \"id\"", "client_id = \"id-2\""),
        ("{ env = \"SECRET\" }", "{ env = \"SECRET_2\" }"),
        (
            "{ env = \"SECRET\" }",
            "{ properties = \"~/other.properties\", key = \"x\" }",
        ),
        (
            "{ env = \"SECRET\" }",
            "{ command = [\"/bin/echo\", \"s3cret-value\"] }",
        ),
        ("/token\"", "/token?x=1\""),
        ("/token\"", "/token/\""),
        ("\"read\", \"write\"", "\"read\""),
        ("audience = \"aud\"\nparams", "audience = \"aud-2\"\nparams"),
        ("audience = \"aud\"\nparams", "params"),
        ("tenant = \"acme\"", "tenant = \"other\""),
        ("tenant = \"acme\"", "tenant = [\"acme\"]"),
        ("number = 1", "number = \"1\""),
        ("number = 1 }", "number = 1, more = \"x\" }"),
        ("X-Key = {", "X-Other = {"),
        ("names = {", "names = { scope = \"scopes\", "),
        ("timeout = \"20s\"", "omit = [\"audience\"]"),
        ("timeout = \"20s\"", "strategy = \"post_form\""),
        ("timeout = \"20s\"", "params_in = \"json\""),
        ("timeout = \"20s\"", "basic_encoding = \"form\""),
        (
            "timeout = \"20s\"",
            "grant = \"password\"\nusername = \"u\"\npassword = { env = \"KEY\" }",
        ),
        (
            "timeout = \"20s\"",
            "response = { access_token = \"/token_type\" }",
        ),
    ];
    let server = Server::start();
    server.issue("tok-0");
    let tok = sandbox(&server).env("SECRET_2", "s3cret-value");
    tok.run("get api").prints("tok-0\n");
    for (index, (from, to)) in edits.iter().enumerate() {
        let token = format!("tok-{}", index + 1);
        server.issue(&token);
        tok.edit_profiles(from, to);
        let expected = if to.contains("/token_type") {
            "Bearer"
        } else {
            &token
        };
        tok.run("get api").prints(&format!("{expected}\n"));
        tok.run("get api").prints(&format!("{expected}\n"));
        tok.edit_profiles(to, from);
        tok.run("get api").prints("tok-0\n");
    }
}

#[test]
fn what_does_not_decide_it_is_a_hit() {
    let edits = [
        ("timeout = \"20s\"", "timeout = \"21s\""),
        (
            "timeout = \"20s\"",
            "# a comment\ntimeout = \"20s\" # another",
        ),
        (
            "timeout = \"20s\"",
            "retries = 5\nconnect_timeout = \"1s\"\ncool_down = \"1s\"\nmin_ttl = \"1s\"",
        ),
        (
            "timeout = \"20s\"",
            "refresh_before = \"1s\"\nassume_expires_in = \"1h\"\nproxy = \"none\"\nca_file = \"x\"",
        ),
        (
            "timeout = \"20s\"",
            "strategy = \"basic_form\"\nmethod = \"POST\"\ngrant = \"client_credentials\"",
        ),
        (
            "timeout = \"20s\"",
            "status = { 403 = \"server\" }\nerror = { when = \"/x\" }\nvars = { unused = \"1\" }",
        ),
        ("scope = [\"read\", \"write\"]", "scope = \"write read\""),
        (
            "tenant = \"acme\", number = 1",
            "number = 1, tenant = \"acme\"",
        ),
        ("X-Key =", "x-key ="),
        ("client_id = \"id\"", "client_id = \"${ID}\""),
        ("client_id = \"id\"", "client_id = { file = \"~/id\" }"),
        (
            "[profiles.api]",
            "[defaults]\ntimeout = \"9s\"\n\n[profiles.zzz]\npreset = \"moov\"\n\n[profiles.api]",
        ),
    ];
    let server = Server::start();
    server.issue("tok-0");
    let tok = sandbox(&server).env("ID", "id");
    tok.run("get api").prints("tok-0\n");
    for (from, to) in edits {
        tok.edit_profiles(from, to);
        tok.run("get api").prints("tok-0\n");
        tok.edit_profiles(to, from);
    }
    assert_eq!(server.asked().len(), 1);
}

/// The profile's name is part of it: two profiles that are alike do not share a token.
#[test]
fn profiles_do_not_share_tokens() {
    let (_server, tok) = Server::issuing("tok-1 tok-2");
    let tok = tok.profile("API", "extends = \"api\"");
    tok.run("get api").prints("tok-1\n");
    tok.run("get API").prints("tok-2\n");
    tok.run("get api").prints("tok-1\n");
}

/// A cheap source that holds another value is a miss; one that holds none says nothing.
#[test]
fn a_changed_secret_is_a_miss_and_an_unset_one_is_not() {
    for source in [
        "{ env = \"VALUE\" }",
        "{ file = \"~/value\" }",
        "{ properties = \"~/value.properties\", key = \"k\" }",
    ] {
        let (_server, mut tok) = Server::issuing("tok-1 tok-2");
        tok.edit_profiles("{ env = \"SECRET\" }", source);
        let give = |tok: &mut Sandbox, value: &str| {
            tok.set("VALUE", value);
            tok.write("value", value);
            tok.write("value.properties", format!("k = {value}\n"));
        };
        give(&mut tok, "first-secret");
        tok.run("get api").prints("tok-1\n");
        tok.run("get api").prints("tok-1\n");
        tok.unset("VALUE");
        std::fs::remove_file(tok.path("value")).unwrap();
        std::fs::remove_file(tok.path("value.properties")).unwrap();
        tok.run("get api").prints("tok-1\n");
        give(&mut tok, "second-secret");
        tok.run("get api --cached")
            .fails_with(11, "no token is cached", "fetches one");
        tok.run("get api").prints("tok-2\n");
        tok.run("get api").prints("tok-2\n");
    }
}

/// Headers and parameters enter by value, from wherever they come.
#[test]
fn a_changed_header_is_a_miss() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let mut tok = sandbox(&server);
    tok.run("get api").prints("tok-1\n");
    tok.set("KEY", "key-2");
    tok.run("get api").prints("tok-2\n");
    tok.set("KEY", "key-1");
    tok.run("get api").prints("tok-1\n");
}

/// A literal secret that is changed is another one.
#[test]
fn a_changed_literal_secret_is_a_miss() {
    let (_server, tok) = Server::issuing("tok-1 tok-2");
    tok.edit_profiles("{ env = \"SECRET\" }", "{ value = \"one-secret\" }");
    tok.run("get api").prints("tok-1\n");
    tok.edit_profiles("one-secret", "two-secret");
    tok.run("get api").prints("tok-2\n");
}
