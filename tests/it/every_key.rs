//! Each key of a profile edited in turn: whatever decides which token is issued decides which is served, and nothing
//! else does, wherever the key is written.

use std::collections::BTreeSet;

use crate::support::{Sandbox, Server};

/// A key as it is first, and as it is edited to be; an empty text is no such key.
struct Row {
    key: &'static str,
    before: &'static str,
    after: &'static str,
    decides: bool,
    /// What the profile says besides.
    besides: &'static str,
}

const fn decides(
    key: &'static str,
    before: &'static str,
    after: &'static str,
    besides: &'static str,
) -> Row {
    Row {
        key,
        before,
        after,
        decides: true,
        besides,
    }
}

const fn does_not(key: &'static str, after: &'static str) -> Row {
    Row {
        key,
        before: "",
        after,
        decides: false,
        besides: "",
    }
}

const PASSWORD: &str =
    "grant = \"password\"\nusername = \"robot\"\npassword = { env = \"SECRET\" }";
const REFRESH: &str = "grant = \"refresh_token\"\nrefresh_token = { env = \"SECRET\" }";

/// One row for each key, at the least; `URL` stands for the server's.
const ROWS: [Row; 38] = [
    decides("preset", "", "preset = \"json-body\"", ""),
    decides("extends", "", "extends = \"other\"", ""),
    decides(
        "token_url",
        "token_url = \"URL\"",
        "token_url = \"URL/other\"",
        "",
    ),
    decides("strategy", "", "strategy = \"post_form\"", ""),
    decides(
        "method",
        "method = \"POST\"",
        "method = \"GET\"",
        "params_in = \"query\"",
    ),
    decides(
        "client_auth",
        "",
        "client_auth = \"client_secret_post\"",
        "",
    ),
    decides("params_in", "", "params_in = \"json\"", ""),
    decides("basic_encoding", "", "basic_encoding = \"form\"", ""),
    decides("grant", "", "grant = \"none\"", ""),
    does_not("renew", "renew = \"refresh_token\""),
    decides(
        "client_id",
        "client_id = \"id\"",
        "client_id = \"another\"",
        "",
    ),
    decides(
        "client_secret",
        "client_secret = { env = \"SECRET\" }",
        "client_secret = { env = \"OTHER\" }",
        "",
    ),
    decides(
        "username",
        "username = \"robot\"",
        "username = \"other\"",
        PASSWORD,
    ),
    decides(
        "password",
        "password = { env = \"SECRET\" }",
        "password = { env = \"OTHER\" }",
        PASSWORD,
    ),
    decides(
        "refresh_token",
        "refresh_token = { env = \"SECRET\" }",
        "refresh_token = { env = \"OTHER\" }",
        REFRESH,
    ),
    decides("scope", "scope = \"read\"", "scope = \"read write\"", ""),
    Row {
        key: "scope",
        before: "scope = \"a b\"",
        after: "scope = [\"b\", \"a\"]",
        decides: false,
        besides: "",
    },
    decides("audience", "", "audience = \"aud\"", ""),
    decides(
        "params",
        "params = { a = \"1\" }",
        "params = { a = \"2\" }",
        "",
    ),
    decides("headers", "", "headers = { X-Version = \"2\" }", ""),
    decides(
        "names",
        "",
        "names = { scope = \"scopes\" }",
        "scope = \"read\"",
    ),
    decides("omit", "", "omit = [\"grant_type\"]", ""),
    decides(
        "vars",
        "vars = { region = \"eu\" }",
        "vars = { region = \"us\" }",
        "audience = \"${region}\"",
    ),
    does_not("vars", "vars = { unused = \"us\" }"),
    decides(
        "response",
        "",
        "response = { access_token = \"/other\" }",
        "",
    ),
    decides("response", "", "response = { scope = \"/other\" }", ""),
    does_not("error", "error = { when = \"/success\", equals = false }"),
    does_not("status", "status = { 403 = \"rejected\" }"),
    does_not("timeout", "timeout = \"20s\""),
    does_not("connect_timeout", "connect_timeout = \"2s\""),
    does_not("retries", "retries = 1"),
    does_not("min_ttl", "min_ttl = \"1s\""),
    does_not("refresh_before", "refresh_before = \"1s\""),
    does_not("assume_expires_in", "assume_expires_in = \"1h\""),
    does_not("cool_down", "cool_down = \"1s\""),
    does_not("ca_file", "ca_file = \"/nowhere\""),
    does_not("proxy", "proxy = \"none\""),
    does_not("# a comment", "# another comment"),
];

/// Where the key is written.
#[derive(Debug, Clone, Copy)]
enum Place {
    Profile,
    Extended,
    Defaults,
}

#[test]
fn every_key_has_a_row() {
    let rows: BTreeSet<&str> = ROWS
        .iter()
        .map(|row| row.key)
        .filter(|key| !key.starts_with('#'))
        .collect();
    let keys: BTreeSet<&str> = tok::config::keys().map(|(name, _)| name).collect();
    assert_eq!(rows, keys);
}

#[test]
fn an_edited_key_of_the_profile_decides_or_does_not() {
    edit_all(Place::Profile, &|_| true);
}

#[test]
fn an_edited_key_of_the_profile_that_is_extended_decides_or_does_not() {
    edit_all(Place::Extended, &|_| true);
}

#[test]
fn an_edited_key_of_the_defaults_decides_or_does_not() {
    let common: Vec<&str> = tok::config::keys()
        .filter(|(_, common)| *common)
        .map(|(name, _)| name)
        .collect();
    edit_all(Place::Defaults, &|row| common.contains(&row.key));
}

fn edit_all(place: Place, chosen: &dyn Fn(&Row) -> bool) {
    let server = Server::start();
    let mut serial = 0;
    for row in ROWS.iter().filter(|row| chosen(row)) {
        serial += 2;
        edit(&server, row, place, serial);
    }
}

/// A profiles file with one key written in this way.
fn written(server: &Server, row: &Row, place: Place, text: &str) -> String {
    let usual = [
        ("token_url", "token_url = \"URL\""),
        ("client_id", "client_id = \"id\""),
        ("client_secret", "client_secret = { env = \"SECRET\" }"),
    ];
    let own = |line: &str| !line.starts_with(&format!("{} =", row.key));
    let usual = usual
        .into_iter()
        .map(|(_, line)| line)
        .chain(row.besides.lines())
        .filter(|line| own(line));
    let rest = usual.collect::<Vec<_>>().join("\n");
    let other = "[profiles.other]\nscope = \"more\"";
    let text = match place {
        Place::Profile => format!("{other}\n[profiles.api]\n{rest}\n{text}\n"),
        Place::Extended => {
            format!(
                "{other}\n[profiles.base]\n{rest}\n{text}\n[profiles.api]\nextends = \"base\"\n"
            )
        }
        Place::Defaults => format!("[defaults]\n{text}\n[profiles.api]\n{rest}\n"),
    };
    text.replace("URL", &server.url("/token"))
}

#[track_caller]
fn edit(server: &Server, row: &Row, place: Place, serial: usize) {
    let [first, second] = [serial, serial + 1].map(|serial| format!("tok-{serial}\n"));
    let issue = |token: &str| {
        let token = token.trim();
        server
            .issues(token)
            .with(3600, &format!("\"other\":\"{token}\""));
    };
    let tok = Sandbox::new()
        .env("SECRET", "s3cret-value")
        .env("OTHER", "another-value");
    let told = format!("{place:?}, `{}` → `{}`", row.before, row.after);
    let prints = |expected: &str| {
        let outcome = tok.run("get api");
        assert_eq!(
            (outcome.code, &*outcome.stdout, &*outcome.stderr),
            (0, expected, ""),
            "{told}"
        );
    };
    let before = written(server, row, place, row.before);
    tok.write_profiles(&before);
    issue(&first);
    prints(&first);
    prints(&first);
    tok.write_profiles(written(server, row, place, row.after));
    if row.decides {
        issue(&second);
    }
    let expected = if row.decides { &second } else { &first };
    prints(expected);
    prints(expected);
    tok.write_profiles(&before);
    prints(&first);
}
