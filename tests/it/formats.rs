//! The formats of `tok get`, and standard output.

use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::json;

use crate::support::{Sandbox, Server, now};

pub(crate) fn sandbox(server: &Server) -> Sandbox {
    let more = "\"scope\":\"granted\",\"id_token\":\"id-1\",\"refresh_token\":\"refresh-1\"";
    server.issues("tok-1").with(3600, more);
    Sandbox::new().api(server, "scope = \"asked\"")
}

#[test]
fn text_formats_to_the_byte() {
    let server = Server::start();
    let tok = sandbox(&server);
    let header = "Authorization: Bearer tok-1\n";
    let cases = [
        ("", "tok-1\n"),
        ("--format raw", "tok-1\n"),
        ("-H", header),
        ("--header", header),
        ("--format header", header),
        ("--format bearer", "Bearer tok-1\n"),
        (
            "--format curl",
            "header = \"Authorization: Bearer tok-1\"\n",
        ),
        ("--format headers", "{\"Authorization\":\"Bearer tok-1\"}\n"),
        ("--token-type access", "tok-1\n"),
        ("--token-type id", "id-1\n"),
        ("--token-type refresh", "refresh-1\n"),
        ("--color always", "tok-1\n"),
    ];
    for (flags, expected) in cases {
        tok.run(&format!("get api {flags}")).prints(expected);
    }
}

/// Inside the quotes of a curl config file a backslash escapes.
#[test]
fn curl_format_escapes() {
    let server = Server::start();
    server.issue("tok-1\\\\\\\"x");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\\\"x\n");
    let line = "header = \"Authorization: Bearer tok-1\\\\\\\"x\"\n";
    tok.run("get api --format curl").prints(line);
}

/// The keys of the contract, and `cached` tells which it was.
#[test]
fn json_has_the_keys_of_the_contract() {
    let server = Server::start();
    let tok = sandbox(&server);
    for cached in [false, true] {
        let outcome = tok.run("get api --format json");
        assert_eq!(outcome.stdout.lines().count(), 1);
        let mut found = outcome.json();
        let [at, left] =
            ["expires_at", "expires_in"].map(|name| found[name].take().as_i64().unwrap());
        assert!((3500..=3600).contains(&left) && (3500..=3600).contains(&(at - now())));
        let expected = json!({
            "access_token": "tok-1", "token_type": "Bearer", "expires_at": null, "expires_in": null,
            "scope": "granted", "profile": "api", "cached": cached,
        });
        assert_eq!(found, expected);
    }
}

/// The scope asked for, where the reply has none; no times, where there are none.
#[test]
fn json_of_a_reply_without_scope_and_expiry() {
    let server = Server::start();
    server.issues("tok-1").for_ever();
    let tok = Sandbox::new().api(&server, "scope = [\"b\", \"a\"]");
    let found = tok.run("get api --format json -q").json();
    assert_eq!(found["scope"], "b a");
    assert!(found["expires_at"].is_null() && found["expires_in"].is_null());
}

#[test]
fn exec_credential_echoes_the_version_of_the_caller() {
    let server = Server::start();
    let mut tok = sandbox(&server);
    let credential = |tok: &Sandbox| tok.run("get api --format exec-credential").json();
    let expires = tok::time::UnixTime(0).rfc3339();
    let mut found = credential(&tok);
    let expires_at = found["status"]["expirationTimestamp"].take();
    assert_eq!(expires_at.as_str().unwrap().len(), expires.len());
    let v1 = "client.authentication.k8s.io/v1";
    let status = json!({ "token": "tok-1", "expirationTimestamp": null });
    assert_eq!(
        found,
        json!({ "apiVersion": v1, "kind": "ExecCredential", "status": status })
    );
    for asked in [v1, "client.authentication.k8s.io/v1beta1"] {
        let info = json!({ "apiVersion": asked, "kind": "ExecCredential", "spec": { "interactive": false } });
        tok.set("KUBERNETES_EXEC_INFO", &info.to_string());
        assert_eq!(credential(&tok)["apiVersion"], asked);
    }
    tok.set("KUBERNETES_EXEC_INFO", "not json");
    assert_eq!(credential(&tok)["apiVersion"], v1);
}

/// kubectl takes no version but its own: a token in another one would only be thrown away.
#[test]
fn an_exec_credential_of_an_unknown_version_is_refused_before_anything_is_asked() {
    let mut tok = Sandbox::with_api(&Server::unasked());
    for asked in ["client.authentication.k8s.io/v1alpha1", "other.example/v1"] {
        let info = json!({ "apiVersion": asked });
        tok.set("KUBERNETES_EXEC_INFO", &info.to_string());
        let message = format!(
            "the caller wants an ExecCredential of `{asked}`, which `tok` does not support"
        );
        let hint = "write `apiVersion: client.authentication.k8s.io/v1` in the `exec` section";
        tok.run("get api --format exec-credential")
            .fails_with(2, &message, hint);
    }
}

#[test]
fn a_missing_id_or_refresh_token_is_11() {
    let (_server, tok) = Server::issuing("tok-1");
    let id = tok.run("get api --token-type id");
    id.fails_with(
        11,
        "profile `api`: the provider issued no ID token",
        "the scope `openid`",
    );
    let refresh = tok.run("get api --token-type refresh");
    refresh.fails_with(
        11,
        "the provider issued no refresh token",
        "`offline_access`",
    );
    tok.run("get api").prints("tok-1\n");
}

/// A standard output that does not wait, and is full: all of the token comes through once there is room.
#[test]
fn standard_output_that_does_not_wait_is_waited_for() {
    let server = Server::start();
    let tok = sandbox(&server);
    tok.run("get api").prints("tok-1\n");
    let (mut reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    let mut filled = 0;
    while let Ok(count) = writer.write(&[b'x'; 1000]) {
        filled += count;
    }
    let mut command = tok.process("get api");
    command.stdout(OwnedFd::from(writer));
    let mut child = command.spawn().unwrap();
    drop(command);
    std::thread::sleep(Duration::from_millis(200));
    let mut bytes = vec![0; filled + "tok-1\n".len()];
    reader.read_exact(&mut bytes).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(&bytes[filled..], b"tok-1\n");
}

/// A closed pipe is not an error. A full disk is, and the token was cached.
#[test]
fn standard_output_that_is_closed_or_full() {
    let server = Server::start();
    let tok = sandbox(&server).with_path();
    tok.run("get api").prints("tok-1\n");
    tok.shell("$TOK get api | true").prints("");
    let message = "cannot write to standard output: no space left on device";
    tok.shell("$TOK get api > /dev/full")
        .fails_with(1, message, "");
}

/// The flag beats the variable, a wrong one too; and no time at all is a mistake, not a time-out.
#[test]
fn the_time_that_the_network_may_take() {
    let (_server, tok) = Server::issuing("tok-1 tok-2");
    let tok = tok.env("TOK_TIMEOUT", "soon");
    let message = "the value of `TOK_TIMEOUT` is not a duration";
    tok.run("get api")
        .fails_with(2, message, "unset TOK_TIMEOUT");
    tok.run("get api --timeout 10s").prints("tok-1\n");
    tok.run("get api -f --timeout 0")
        .fails_with(2, "`--timeout` must be longer than 0", "30s");
    let tok = tok.env("TOK_TIMEOUT", "0s");
    tok.run("get api -f")
        .fails_with(2, "`TOK_TIMEOUT` must be longer than 0", "30s");
    tok.run("get api -f --timeout 10s").prints("tok-2\n");
}
