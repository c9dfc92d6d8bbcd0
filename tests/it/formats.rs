//! The formats of `tok get`, and the file it can write.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::{Sandbox, Server, now};

const TOKEN: &str = "tok-1\\\\\\\"x";

fn sandbox(server: &Server) -> Sandbox {
    server.issues("tok-1").with(
        3600,
        "\"scope\":\"granted\",\"id_token\":\"id-1\",\"refresh_token\":\"refresh-1\"",
    );
    Sandbox::new().api(server, "scope = \"asked\"")
}

#[test]
fn text_formats_to_the_byte() {
    let server = Server::start();
    let sandbox = sandbox(&server);
    let cases = [
        ("", "tok-1\n"),
        ("--format raw", "tok-1\n"),
        ("-H", "Authorization: Bearer tok-1\n"),
        ("--header", "Authorization: Bearer tok-1\n"),
        ("--format header", "Authorization: Bearer tok-1\n"),
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
        sandbox.run(&format!("get api {flags}")).prints(expected);
    }
}

/// Inside the quotes of a curl config file a backslash escapes.
#[test]
fn curl_format_escapes() {
    let server = Server::start();
    server.issues(TOKEN).for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    sandbox.run("get api").prints("tok-1\\\"x\n");
    sandbox
        .run("get api --format curl")
        .prints("header = \"Authorization: Bearer tok-1\\\\\\\"x\"\n");
}

/// The keys of the contract, and `cached` tells which it was.
#[test]
fn json_has_the_keys_of_the_contract() {
    let server = Server::start();
    let sandbox = sandbox(&server);
    for cached in [false, true] {
        let outcome = sandbox.run("get api --format json");
        assert_eq!(
            (
                outcome.code,
                outcome.stderr.as_str(),
                outcome.stdout.lines().count()
            ),
            (0, "", 1)
        );
        let mut found: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let expires_at = found["expires_at"].take().as_i64().unwrap();
        let expires_in = found["expires_in"].take().as_i64().unwrap();
        assert!(
            (now() + 3500..=now() + 3600).contains(&expires_at)
                && (3500..=3600).contains(&expires_in)
        );
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
    let sandbox = Sandbox::new().api(&server, "scope = [\"b\", \"a\"]");
    let outcome = sandbox.run("get api --format json -q");
    assert_eq!(outcome.stderr, "");
    let found: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(
        (&found["scope"], &found["expires_at"], &found["expires_in"]),
        (&json!("b a"), &Value::Null, &Value::Null)
    );
}

#[test]
fn exec_credential_echoes_the_version_of_the_caller() {
    let server = Server::start();
    let mut sandbox = sandbox(&server);
    let credential = |sandbox: &Sandbox| -> Value {
        let outcome = sandbox.run("get api --format exec-credential");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        serde_json::from_str(&outcome.stdout).unwrap()
    };
    let mut found = credential(&sandbox);
    let expires = found["status"]["expirationTimestamp"].take();
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    assert_eq!(
        expires
            .as_str()
            .unwrap()
            .chars()
            .map(shape)
            .collect::<String>(),
        "0000-00-00T00:00:00Z"
    );
    assert_eq!(
        found,
        json!({ "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": { "token": "tok-1", "expirationTimestamp": null } })
    );
    for asked in [
        "client.authentication.k8s.io/v1",
        "client.authentication.k8s.io/v1beta1",
    ] {
        let info = json!({ "apiVersion": asked, "kind": "ExecCredential", "spec": { "interactive": false } });
        sandbox.set("KUBERNETES_EXEC_INFO", &info.to_string());
        assert_eq!(credential(&sandbox)["apiVersion"], asked);
    }
    sandbox.set("KUBERNETES_EXEC_INFO", "not json");
    assert_eq!(
        credential(&sandbox)["apiVersion"],
        "client.authentication.k8s.io/v1"
    );
}

/// kubectl takes no version but its own: a token in another one would only be thrown away.
#[test]
fn an_exec_credential_of_an_unknown_version_is_refused_before_anything_is_asked() {
    let server = Server::unasked();
    let mut sandbox = Sandbox::with_api(&server);
    for asked in [
        "client.authentication.k8s.io/v1alpha1",
        "client.authentication.k8s.io/v2",
        "somebody.else/v1",
    ] {
        sandbox.set(
            "KUBERNETES_EXEC_INFO",
            &json!({ "apiVersion": asked }).to_string(),
        );
        sandbox.run("get api --format exec-credential").fails(
            2,
            &format!(
                "error: the caller wants an ExecCredential of `{asked}`, which `tok` does not support\n\n\
                 hint: write `apiVersion: client.authentication.k8s.io/v1` in the `exec` section of the kubeconfig\n"
            ),
        );
    }
}

#[test]
fn a_missing_id_or_refresh_token_is_11() {
    let server = Server::start();
    server.issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    sandbox.run("get api --token-type id").fails_with(
        11,
        "profile `api`: there is no ID token",
        "the scope `openid`",
    );
    sandbox.run("get api --token-type refresh").fails_with(
        11,
        "there is no refresh token",
        "`offline_access`",
    );
    sandbox.run("get api").prints("tok-1\n");
}

/// As with curl.
#[test]
fn output_to_a_dash_is_standard_output() {
    let server = Server::start();
    let sandbox = sandbox(&server);
    sandbox.run("get api -o -").prints("tok-1\n");
    sandbox
        .run("get api -H --output -")
        .prints("Authorization: Bearer tok-1\n");
    assert!(!sandbox.path("-").exists());
}

#[test]
fn output_is_a_private_file_replaced_as_a_whole() {
    let server = Server::start();
    let sandbox = sandbox(&server).file("there", "something long that was there before");
    sandbox.chmod("there", 0o644);
    sandbox
        .shell("umask 000; exec $TOK get api -o new")
        .prints("");
    sandbox.run("get api -H --output there").prints("");
    assert_eq!(fs::read_to_string(sandbox.path("new")).unwrap(), "tok-1\n");
    assert_eq!(
        fs::read_to_string(sandbox.path("there")).unwrap(),
        "Authorization: Bearer tok-1\n"
    );
    for name in ["new", "there"] {
        assert_eq!(Sandbox::mode(&sandbox.path(name)), 0o600);
    }
    let left = fs::read_dir(sandbox.path("")).unwrap().filter(|item| {
        item.as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|end| end == "tok")
    });
    assert_eq!(left.count(), 0);
}

/// What a process that was killed while it wrote has left is a token in clear.
#[test]
fn output_removes_unfinished_files_of_killed_processes() {
    let server = Server::start();
    server.issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    let all = [
        ".there.123.tok",
        ".there.124.tok",
        ".there.x.tok",
        ".there..tok",
        ".other.123.tok",
        "there.123.tok",
    ];
    let hours_ago = SystemTime::now() - Duration::from_secs(2 * 3600);
    for name in all {
        sandbox.write(name, "tok-0\n");
        let is_young = name == ".there.124.tok";
        let file = fs::File::options()
            .append(true)
            .open(sandbox.path(name))
            .unwrap();
        file.set_modified(if is_young {
            SystemTime::now()
        } else {
            hours_ago
        })
        .unwrap();
    }
    sandbox.run("get api --output there").prints("");
    let left: Vec<&str> = all
        .into_iter()
        .filter(|name| sandbox.path(name).exists())
        .collect();
    assert_eq!(left, all[1..]);
}

#[test]
fn output_may_have_the_longest_possible_name() {
    let server = Server::start();
    server.issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    let name = "\u{e4}".repeat(127);
    sandbox.run(&format!("get api --output {name}")).prints("");
    assert_eq!(fs::read_to_string(sandbox.path(&name)).unwrap(), "tok-1\n");
}

/// The old file stays, and the token is not printed instead.
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let server = Server::start();
    let sandbox = sandbox(&server)
        .file("folder/file", "x")
        .env("PATH", "/usr/bin:/bin");
    sandbox.run("get api -o nowhere/file").fails_with(
        1,
        "cannot write `nowhere/file`: no such file or directory",
        "",
    );
    sandbox.run("get api -o folder").fails_with(
        1,
        "cannot write `folder`: it is not a regular file",
        "",
    );
    sandbox.shell("mkfifo pipe").prints("");
    sandbox.run("get api -o pipe").fails_with(
        1,
        "cannot write `pipe`: it is not a regular file",
        "",
    );
    sandbox.run("get api -o /dev/null").fails_with(
        1,
        "cannot write `/dev/null`: it is not a regular file",
        "",
    );
    sandbox.run("get api -o folder/file/x").fails_with(
        1,
        "cannot write `folder/file/x`: not a directory",
        "",
    );
}

/// `/dev/stdout` is such a link. It may lead to a regular file, and for root it could be replaced.
#[test]
fn output_does_not_replace_the_link_to_an_open_file() {
    let server = Server::start();
    let sandbox = sandbox(&server);
    symlink("/dev/fd/1", sandbox.path("link")).unwrap();
    let outcome = sandbox.shell("\"$TOK\" get api -o link > out");
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("cannot write `link`: it is an open file of this process"),
        "{}",
        outcome.stderr
    );
    assert_eq!(fs::read_to_string(sandbox.path("out")).unwrap(), "");
    assert!(
        fs::symlink_metadata(sandbox.path("link"))
            .unwrap()
            .is_symlink()
    );
}

/// A planted link is replaced, not followed.
#[test]
fn output_does_not_write_through_a_link() {
    let server = Server::start();
    let sandbox = sandbox(&server).file("precious", "keep");
    symlink(sandbox.path("precious"), sandbox.path("link")).unwrap();
    sandbox.run("get api -o link").prints("");
    assert_eq!(
        fs::read_to_string(sandbox.path("precious")).unwrap(),
        "keep"
    );
    assert_eq!(fs::read_to_string(sandbox.path("link")).unwrap(), "tok-1\n");
}

/// A standard output that does not wait, and is full: all of the token comes through once there is room.
#[test]
fn standard_output_that_does_not_wait_is_waited_for() {
    let server = Server::start();
    let sandbox = sandbox(&server);
    sandbox.run("get api").prints("tok-1\n");
    let (mut reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    let mut filled = 0;
    while let Ok(count) = writer.write(&[b'x'; 1000]) {
        filled += count;
    }
    // The plain hit has a way of its own.
    for words in ["get api", "get api --format raw"] {
        let mut process = sandbox.process(words);
        let mut child = process
            .stdout(OwnedFd::from(writer.try_clone().unwrap()))
            .spawn()
            .unwrap();
        drop(process);
        std::thread::sleep(Duration::from_millis(200));
        let mut bytes = vec![0; filled + "tok-1\n".len()];
        reader.read_exact(&mut bytes).unwrap();
        assert!(child.wait().unwrap().success());
        assert_eq!(&bytes[filled..], b"tok-1\n", "{words}");
        filled = 0;
        while let Ok(count) = writer.write(&[b'x'; 1000]) {
            filled += count;
        }
    }
}

/// A closed pipe is not an error. A full disk is, and the token was cached.
#[test]
fn standard_output_that_is_closed_or_full() {
    let server = Server::start();
    let sandbox = sandbox(&server).env("PATH", "/usr/bin:/bin");
    sandbox.run("get api").prints("tok-1\n");
    sandbox.shell("$TOK get api | true").prints("");
    let full = sandbox.shell("$TOK get api > /dev/full");
    full.fails_with(
        1,
        "cannot write to standard output: no space left on device",
        "",
    );
}

/// The flag beats the variable, a wrong one too; and no time at all is a mistake, not a time-out.
#[test]
fn the_time_that_the_network_may_take() {
    let server = Server::start();
    server
        .issues("tok-1")
        .for_secs(3600)
        .issues("tok-2")
        .for_secs(3600);
    let sandbox = Sandbox::with_api(&server).env("TOK_TIMEOUT", "soon");
    sandbox.run("get api").fails_with(
        2,
        "the value of `TOK_TIMEOUT` is not a duration",
        "unset TOK_TIMEOUT",
    );
    sandbox.run("get api --timeout 10s").prints("tok-1\n");
    sandbox
        .run("get api -f --timeout 0")
        .fails_with(2, "`--timeout` leaves no time at all", "30s");
    let sandbox = sandbox.env("TOK_TIMEOUT", "0s");
    sandbox
        .run("get api -f")
        .fails_with(2, "`TOK_TIMEOUT` leaves no time at all", "30s");
    sandbox.run("get api -f --timeout 10s").prints("tok-2\n");
}
