//! What `tok doctor` finds in the cache.

use std::fs;
use std::os::unix::fs::symlink;

use super::{TOKEN, api, doctor};
use crate::support::{Answer, Sandbox, Server, now};

#[test]
fn a_cache_directory_of_no_use_is_found() {
    let tok = api();
    fs::create_dir_all(tok.path("elsewhere")).unwrap();
    fs::create_dir_all(tok.path(".cache")).unwrap();
    symlink(tok.path("elsewhere"), tok.cache_dir()).unwrap();
    let message = "tokens are not cached: the cache directory `~/.cache/tok` is a symbolic link, which is not followed";
    doctor(&tok, "").has(1, "cache", "fail", message, "`TOK_CACHE_DIR`");
    assert_eq!(fs::read_dir(tok.path("elsewhere")).unwrap().count(), 0);
    let message = "tokens are not cached: the cache directory `~/.cache/tok` is not a directory";
    doctor(&api().file(".cache/tok", ""), "").has(1, "cache", "fail", message, "");
    let message = "tokens are not cached: cannot open `plain/tok`: not a directory";
    let report = doctor(&api().file("plain", ""), "--cache-dir plain/tok");
    report.has(1, "cache", "fail", message, "");
    // A problem that costs the token decides the exit code.
    assert_eq!(doctor(&Sandbox::new().file(".cache/tok", ""), "").code, 3);
}

#[test]
fn loose_modes_in_the_cache_are_found() {
    let (_server, tok) = Server::cached(TOKEN);
    let entry = tok.entry_file();
    let name = entry.strip_prefix(tok.home()).unwrap().to_str().unwrap();
    tok.chmod(".cache/tok", 0o755);
    tok.chmod(name, 0o644);
    let report = doctor(&tok, "");
    let message = "`~/.cache/tok` was open to other users; tok has made it private";
    report.has(0, "cache", "warn", message, "`tok get -f`");
    report.has(0, "entries", "warn", "", "");
    let modes = [tok.cache_dir(), entry.clone()].map(|path| Sandbox::mode(&path));
    assert_eq!(modes, [0o700, 0o600]);
    doctor(&tok, "").is_well();
}

#[test]
fn an_entry_of_no_use_is_found() {
    let (_server, tok) = Server::cached(TOKEN);
    let path = tok.entry_file();
    let whole = fs::read_to_string(&path).unwrap();
    tok.edit_entry(|entry| entry["key"] = "another".into());
    let foreign = fs::read_to_string(&path).unwrap();
    for (text, why) in [
        (
            &whole[..whole.len() - 9],
            "it is damaged or not a cache entry",
        ),
        (r#"{"tok":2}"#, "it was written by a newer version"),
        (&foreign, "it belongs to another token"),
    ] {
        fs::write(&path, text).unwrap();
        let message = format!("the cached file is unusable: {why}");
        doctor(&tok, "api").has(0, "token", "warn", &message, "tok");
    }
    fs::write(&path, "").unwrap();
    let message = "1 token, 0 expired, 1 unusable";
    doctor(&tok, "").has(0, "entries", "warn", message, "");
}

#[test]
fn entries_from_the_future_and_from_the_past_are_told_apart() {
    let (_server, tok) = Server::cached(TOKEN);
    let times = |from: i64, until: i64| {
        tok.edit_entry(|entry| {
            entry["requested_at"] = (now() + from).into();
            entry["expires_at"] = (now() + until).into();
        });
    };
    times(7300, 10_900);
    let message = "it was requested 2h 1m in the future";
    doctor(&tok, "").has(0, "token", "warn", message, "`tok get api`");
    times(-7200, -3600);
    let report = doctor(&tok, "");
    report.is_well();
    assert!(
        report.messages("token", "ok")[0].starts_with("expired 2"),
        "{report:#?}"
    );
    let entries = report.messages("entries", "ok");
    assert_eq!(entries, ["1 token, 1 expired, 0 unusable"]);
}

#[test]
fn a_cool_down_in_force_is_found_with_its_exit_code() {
    for (status, code) in [(401, 5), (429, 6), (503, 8)] {
        let server = Server::start();
        server.answers(Answer::json(status, "{}").header("Retry-After", "500"));
        let tok = Sandbox::with_api(&server);
        assert_eq!(tok.run("get api").code, code);
        let message = format!("the token endpoint answered {status}; not retrying for another ");
        let hint = "`tok get -f api`";
        doctor(&tok, "api").has(code, "cool-down", "fail", &message, hint);
    }
    // Beside a good token it is a warning.
    let (server, tok) = Server::cached(TOKEN);
    server.reject("invalid_client");
    assert_eq!(tok.run("get -f api").code, 5);
    doctor(&tok, "api").has(0, "cool-down", "warn", "", "");
}

#[test]
fn a_held_lock_is_found() {
    let (_server, tok) = Server::cached(TOKEN);
    let lock = tok.hold_lock();
    let path = tok
        .lock_file()
        .display()
        .to_string()
        .replace(tok.home(), "~");
    let message = "another `tok` is fetching this token, or hangs";
    let hint = format!("`fuser -v '{path}'`");
    doctor(&tok, "").has(0, "lock", "warn", message, &hint);
    drop(lock);
    doctor(&tok, "").is_well();
}
