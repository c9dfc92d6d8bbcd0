//! The machine around: nothing wrong, the environment, the network.

use std::fs;

use super::world::{SECRET, Sandbox, Server};

#[test]
fn where_nothing_is_wrong_it_says_so_and_leaves_nothing_behind() {
    let sandbox = Sandbox::api(1);
    sandbox.doctor(&[]).is_well();
    assert!(!sandbox.path(".cache").exists());
    let (code, text, stderr) = sandbox.tok(&["doctor", "api"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    // What differs from one machine, and from one moment, to another.
    let differs = |line: &&str| {
        !["version", "clock"]
            .iter()
            .any(|check| line.contains(check))
    };
    let lines: Vec<&str> = text.lines().filter(differs).collect();
    assert_eq!(
        lines,
        [
            "ok    environment    no variable is malformed",
            "ok    certificates   root certificates are found",
            "ok    profiles-file  ~/.config/tok/profiles.toml: 1 profile",
            "ok    cache          ~/.cache/tok does not exist yet, and can be created",
            "ok    secret         api: `client_secret`: env SECRET",
            "ok    endpoint       api: http://127.0.0.1:1/token directly",
            "ok    token          api: none cached; `tok get api` fetches one",
            "",
            "no problems found",
        ]
    );

    let sandbox = Sandbox::cached();
    let before = fs::read_dir(sandbox.cache()).unwrap().count();
    let answer = sandbox.doctor(&["api"]);
    answer.is_well();
    assert_eq!(
        answer.told("entries", "ok"),
        ["1 token, 0 expired, 0 unusable"]
    );
    assert!(
        answer.told("token", "ok")[0].starts_with("fresh, expires 2"),
        "{answer:#?}"
    );
    assert_eq!(fs::read_dir(sandbox.cache()).unwrap().count(), before);
}

#[test]
fn a_bad_environment_is_found_once() {
    let answer = Sandbox::api(1)
        .env("ALL_PROXY", "http://u:hunter2-s3cret@proxy:port")
        .doctor(&[]);
    let (state, message, hint) = answer.trouble("environment");
    assert_eq!((answer.code, state), (3, "fail"));
    assert_eq!(
        message,
        "the value of `ALL_PROXY` is not the URL of a proxy"
    );
    assert_eq!(hint, "set `ALL_PROXY` to `http://host:port`, or unset it");
    let failed = answer
        .findings
        .iter()
        .filter(|finding| finding["state"] == "fail")
        .count();
    assert_eq!(failed, 1, "{answer:#?}");

    let answer = Sandbox::api(1).env("TOK_TIMEOUT", "soon").doctor(&[]);
    assert_eq!((answer.code, answer.trouble("environment").0), (2, "fail"));
    let answer = Sandbox::api(1)
        .env("SSL_CERT_FILE", "/no/such/file")
        .doctor(&[]);
    let (state, message, _) = answer.trouble("certificates");
    assert_eq!((answer.code, state), (7, "fail"));
    assert_eq!(
        message,
        "`SSL_CERT_FILE` names `/no/such/file`, which cannot be read: no such file or directory"
    );
}

#[test]
fn the_network_is_used_only_when_asked_for_and_sees_no_secret() {
    let reply =
        "HTTP/1.1 405 No\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(&[reply]);
    let port = server.port;
    let sandbox = Sandbox::api(port);
    sandbox.doctor(&["api"]).is_well();
    let answer = sandbox.doctor(&["api", "--network"]);
    assert_eq!(answer.code, 0);
    let told = answer.told("network", "ok");
    let [told] = told.as_slice() else {
        panic!("{answer:#?}")
    };
    assert!(
        told.starts_with(&format!("http://127.0.0.1:{port}/token answered 405 in ")),
        "{told}"
    );
    let (state, message, _) = answer.trouble("clock");
    assert_eq!(state, "warn");
    assert!(
        message.starts_with("the token endpoint's clock is 3")
            && message.ends_with("behind this machine's")
    );
    let asked = server.asked();
    let [asked] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert!(asked.starts_with("GET /token HTTP/1.1\r\n"), "{asked}");
    assert!(
        !asked.to_lowercase().contains("authorization") && !asked.contains(SECRET),
        "{asked}"
    );

    // Nothing listens there any more.
    let answer = sandbox.doctor(&["api", "--network"]);
    let (state, message, _) = answer.trouble("network");
    assert_eq!((answer.code, state), (7, "fail"));
    assert!(message.ends_with(": connection refused"), "{message}");
}
