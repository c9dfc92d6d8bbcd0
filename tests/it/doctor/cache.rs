//! The cache directory and what is in it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use super::world::{Sandbox, Server, TOKEN, chmod, issued, mode, now};

#[test]
fn a_cache_directory_of_no_use_is_found() {
    let sandbox = Sandbox::api(1);
    fs::create_dir_all(sandbox.path("elsewhere")).unwrap();
    fs::create_dir_all(sandbox.path(".cache")).unwrap();
    symlink(sandbox.path("elsewhere"), sandbox.cache()).unwrap();
    let answer = sandbox.doctor(&[]);
    let (state, message, hint) = answer.trouble("cache");
    assert_eq!((answer.code, state), (1, "fail"));
    let expected = "tokens are not cached: the cache directory `~/.cache/tok` is a symbolic link, which is not followed";
    assert_eq!(message, expected);
    assert!(hint.contains("`TOK_CACHE_DIR`"), "{hint}");
    assert_eq!(fs::read_dir(sandbox.path("elsewhere")).unwrap().count(), 0);

    let answer = Sandbox::api(1).file(".cache/tok", "").doctor(&[]);
    let (state, message, _) = answer.trouble("cache");
    assert_eq!((answer.code, state), (1, "fail"));
    assert_eq!(
        message,
        "tokens are not cached: the cache directory `~/.cache/tok` is not a directory"
    );

    let answer = Sandbox::api(1)
        .file("plain", "")
        .doctor(&["--cache-dir", "plain/tok"]);
    let (state, message, _) = answer.trouble("cache");
    assert_eq!((answer.code, state), (1, "fail"));
    assert_eq!(
        message,
        "tokens are not cached: cannot open `plain/tok`: not a directory"
    );

    // Another trouble, which costs the token, decides the exit code.
    let answer = Sandbox::new().file(".cache/tok", "").doctor(&[]);
    assert_eq!(answer.code, 3);
}

#[test]
fn loose_modes_in_the_cache_are_found() {
    let sandbox = Sandbox::cached();
    chmod(&sandbox.cache(), 0o755);
    chmod(&sandbox.cached_file(".json"), 0o644);
    let answer = sandbox.doctor(&[]);
    assert_eq!(answer.code, 0);
    let (state, message, hint) = answer.trouble("cache");
    assert_eq!(
        (state, message),
        (
            "warn",
            "`~/.cache/tok` was open to other users; tok has made it private"
        )
    );
    assert!(hint.contains("`tok get -f`"), "{hint}");
    assert_eq!(answer.trouble("entries").0, "warn");
    assert_eq!(
        (mode(&sandbox.cache()), mode(&sandbox.cached_file(".json"))),
        (0o700, 0o600)
    );
    sandbox.doctor(&[]).is_well();
}

#[test]
fn an_entry_of_no_use_is_found() {
    let sandbox = Sandbox::cached();
    let path = sandbox.cached_file(".json");
    let whole = fs::read_to_string(&path).unwrap();
    let mut rows = vec![
        (
            whole[..whole.len() - 9].to_owned(),
            "it is not a cache entry, or a damaged one",
        ),
        (
            r#"{"tok":2}"#.to_owned(),
            "it was written by a newer version",
        ),
    ];
    sandbox.edit_entry(|entry| entry["key"] = "another".into());
    rows.push((
        fs::read_to_string(&path).unwrap(),
        "it belongs to another token",
    ));
    for (text, why) in rows {
        fs::write(&path, text).unwrap();
        let answer = sandbox.doctor(&["api"]);
        let (state, message, hint) = answer.trouble("token");
        assert_eq!((answer.code, state), (0, "warn"), "{why}");
        assert_eq!(message, format!("the cached file is unusable: {why}"));
        assert!(!hint.is_empty());
    }
    fs::write(&path, "").unwrap();
    assert_eq!(
        sandbox.doctor(&[]).trouble("entries").1,
        "1 token, 0 expired, 1 unusable"
    );
}

#[test]
fn entries_from_the_future_and_from_the_past_are_told_apart() {
    let sandbox = Sandbox::cached();
    sandbox.edit_entry(|entry| {
        entry["requested_at"] = (now() + 7300).into();
        entry["expires_at"] = (now() + 10_900).into();
    });
    let answer = sandbox.doctor(&[]);
    assert_eq!(answer.code, 0);
    let (state, message, hint) = answer.trouble("token");
    assert!(
        state == "warn" && message.starts_with("it was requested 2h 1m in the future"),
        "{message}"
    );
    assert!(hint.contains("`tok get api`"), "{hint}");

    sandbox.edit_entry(|entry| {
        entry["requested_at"] = (now() - 7200).into();
        entry["expires_at"] = (now() - 3600).into();
    });
    let answer = sandbox.doctor(&[]);
    answer.is_well();
    assert!(
        answer.told("token", "ok")[0].starts_with("expired 2"),
        "{answer:#?}"
    );
    assert_eq!(
        answer.told("entries", "ok"),
        ["1 token, 1 expired, 0 unusable"]
    );
}

#[test]
fn a_cool_down_in_force_is_found_with_its_exit_code() {
    let refusals = [
        (
            "401 Unauthorized",
            5,
            "the token endpoint answered 401; not retrying for another ",
        ),
        (
            "429 Too Many\r\nRetry-After: 500",
            6,
            "the token endpoint answered 429; not retrying for another ",
        ),
        (
            "503 Unavailable\r\nRetry-After: 500",
            8,
            "the token endpoint answered 503; not retrying for another ",
        ),
    ];
    for (status, code, words) in refusals {
        let server = Server::start(&[&format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")]);
        let sandbox = Sandbox::api(server.port);
        assert_eq!(sandbox.tok(&["get", "api"]).0, code);
        server.asked();
        let answer = sandbox.doctor(&["api"]);
        let (state, message, hint) = answer.trouble("cool-down");
        assert_eq!((answer.code, state), (code, "fail"), "{status}");
        assert!(message.starts_with(words), "{message}");
        assert!(hint.contains("`tok get -f api`"), "{hint}");
    }
}

#[test]
fn a_cool_down_beside_a_good_token_is_a_warning() {
    let refusal = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(&[&issued(TOKEN), refusal]);
    let sandbox = Sandbox::api(server.port);
    assert_eq!(sandbox.tok(&["get", "api"]).0, 0);
    assert_eq!(sandbox.tok(&["get", "-f", "api"]).0, 5);
    let answer = sandbox.doctor(&["api"]);
    assert_eq!((answer.code, answer.trouble("cool-down").0), (0, "warn"));
}

#[test]
fn a_held_lock_is_found() {
    let sandbox = Sandbox::cached();
    let path = sandbox.cached_file(".lock");
    let lock = File::open(&path).unwrap();
    lock.lock().unwrap();
    let answer = sandbox.doctor(&[]);
    let (state, message, hint) = answer.trouble("lock");
    assert_eq!((answer.code, state), (0, "warn"));
    assert_eq!(message, "another `tok` is fetching this token, or hangs");
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(
        hint.contains(&format!("`fuser -v '~/.cache/tok/{name}'`")),
        "{hint}"
    );
    drop(lock);
    sandbox.doctor(&[]).is_well();
}
