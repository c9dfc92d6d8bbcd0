//! `tok watch`: a file that is kept fresh. Most of it runs in this process, in days whose clock and sleep are the
//! test's own; what only a real process can show is in [`process`].

mod day;
mod process;
mod trouble;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use day::Day;

use crate::support::{Sandbox, Server};

/// A renewal is due when 300 seconds are left at the earliest, and 225 at the latest.
const NOT_YET: i64 = 3600 - 300;
const BY_NOW: i64 = 3600 - 225 + 1;

#[test]
fn the_file_gets_a_new_token_before_the_old_one_expires() {
    let (server, tok) = Server::issuing("tok-1 tok-2");
    let day = Day::new(&tok);
    day.at(0, |day| {
        assert_eq!((day.file(), day.mode()), ("tok-1\n".to_owned(), 0o600));
    });
    day.at(NOT_YET - 1, |day| {
        assert_eq!((day.file().as_str(), server.asked().len()), ("tok-1\n", 1));
    });
    day.at(BY_NOW, |day| {
        assert_eq!((day.file(), day.mode()), ("tok-2\n".to_owned(), 0o600));
    });
    day.watch("").ends(&[
        "api: wrote `[FILE]`, good until [TIME] (in 1h)",
        "api: wrote `[FILE]`, good until [TIME] (in 1h)",
    ]);
    // Nothing unfinished is left beside it.
    assert_eq!(fs::read_dir(tok.path("out")).unwrap().count(), 1);
}

#[test]
fn a_token_that_is_cached_already_costs_no_request() {
    let (_server, tok) = Server::cached("tok-1");
    let day = Day::new(&tok);
    day.at(60, |day| assert_eq!(day.file(), "tok-1\n"));
    assert_eq!(day.watch("").code, 0);
}

#[test]
fn the_token_is_always_good_for_the_demanded_time() {
    let (server, tok) = Server::issuing("tok-1 tok-2 tok-3 tok-4");
    let day = Day::new(&tok);
    for seconds in (0..9500).step_by(7) {
        day.at(seconds, |day| {
            let left = tok.entry()["expires_at"].as_i64().unwrap() - day.now();
            assert!(left >= 600, "{left}s are left");
            assert_eq!(day.file(), format!("tok-{}\n", server.asked().len()));
        });
    }
    assert_eq!(day.watch("--min-ttl 10m").code, 0);
}

#[test]
fn more_than_the_lifetime_cannot_be_demanded() {
    let server = Server::start();
    server.issues("tok-1").for_secs(300);
    let tok = Sandbox::with_api(&server);
    let ended = Day::new(&tok).watch("--min-ttl 10m");
    assert_eq!(ended.code, 10, "{}", ended.stderr);
    ended.mentions(&[("less than the 600s demanded", 1)]);
    assert!(!tok.path("out/token").exists());
}

#[test]
fn it_writes_what_get_prints() {
    let server = Server::start();
    server.issues("tok-1").with(3600, "\"id_token\":\"id-1\"");
    let tok = Sandbox::with_api(&server);
    let cases = [
        ("-H", "Authorization: Bearer tok-1\n"),
        ("--format bearer", "Bearer tok-1\n"),
        (
            "--format curl",
            "header = \"Authorization: Bearer tok-1\"\n",
        ),
        ("--token-type id", "id-1\n"),
    ];
    for (flags, expected) in cases {
        let day = Day::new(&tok);
        day.at(1, |day| assert_eq!(day.file(), expected));
        assert_eq!(day.watch(flags).code, 0);
    }
    let ended = Day::new(&tok).watch("--token-type refresh");
    assert_eq!(ended.code, 11, "{}", ended.stderr);
}

/// After a suspended night the token has expired: the clock counts, not the time slept.
#[test]
fn a_clock_that_jumps_is_noticed_within_seconds() {
    let (_server, tok) = Server::issuing("tok-1 tok-2 tok-3");
    let day = Day::new(&tok);
    day.at(100, |day| day.set_clock(day.now() + 40_000));
    day.at(40_106, |day| assert_eq!(day.file(), "tok-2\n"));
    // Back by a day: the token is from the future, and nothing of its times can be believed.
    day.at(40_200, |day| day.set_clock(day.now() - 86_400));
    day.at(40_206 - 86_400, |day| assert_eq!(day.file(), "tok-3\n"));
    let ended = day.watch("");
    assert_eq!(
        (ended.code, ended.stderr.matches("wrote").count()),
        (0, 3),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_edited_profile_counts_at_once() {
    let server = Server::start();
    server.issue("tok-1").issue("tok-2");
    let tok = Sandbox::new().api(&server, "scope = \"read\"");
    let day = Day::new(&tok);
    day.at(100, |_| tok.edit_profiles("read", "write"));
    day.at(106, |day| assert_eq!(day.file(), "tok-2\n"));
    assert_eq!(day.watch("").code, 0);
    assert!(server.asked()[1].body.contains("scope=write"));
}

#[test]
fn a_secret_in_a_file_counts_at_once_too() {
    let (_server, tok) = Server::issuing("tok-1 tok-2");
    let tok = tok.file(".config/tok/secret", "one");
    tok.edit_profiles("{ env = \"SECRET\" }", "{ file = \"secret\" }");
    let day = Day::new(&tok);
    day.at(100, |_| tok.write(".config/tok/secret", "other"));
    day.at(106, |day| assert_eq!(day.file(), "tok-2\n"));
    assert_eq!(day.watch("").code, 0);
}

/// A caller that saw a 401 has fetched another: the file must not go on with the refused one.
#[test]
fn a_token_that_another_process_fetched_gets_into_the_file() {
    let (_server, tok) = Server::issuing("tok-1 tok-2");
    let day = Day::new(&tok);
    day.at(1, |_| {
        tok.run_with("get api --rejected", "tok-1")
            .prints("tok-2\n");
    });
    day.at(7, |day| assert_eq!(day.file(), "tok-2\n"));
    assert_eq!(day.watch("").code, 0);
}

#[test]
fn a_changed_file_is_rewritten_and_reported_once() {
    let (_server, tok) = Server::issuing("tok-1");
    let right = |day: &Day<'_>| assert_eq!((day.file(), day.mode()), ("tok-1\n".to_owned(), 0o600));
    let day = Day::new(&tok);
    day.at(10, |day| fs::remove_file(day.path()).unwrap());
    day.at(16, right);
    day.at(20, |day| fs::write(day.path(), "tok-x\n").unwrap());
    day.at(26, right);
    day.at(30, |day| {
        fs::set_permissions(day.path(), fs::Permissions::from_mode(0o644)).unwrap();
    });
    day.at(36, right);
    day.at(40, |day| {
        fs::remove_file(day.path()).unwrap();
        std::os::unix::fs::symlink("/dev/null", day.path().with_extension("link")).unwrap();
        fs::write(day.path().with_extension("other"), "tok-1\n").unwrap();
        std::os::unix::fs::symlink(day.path().with_extension("other"), day.path()).unwrap();
    });
    day.at(46, |day| {
        right(day);
        assert!(!fs::symlink_metadata(day.path()).unwrap().is_symlink());
    });
    day.watch("").ends(&[
        "api: wrote `[FILE]`, good until [TIME] (in 1h)",
        "api: another program changed `[FILE]`; wrote it again, good until [TIME] (in 59m 50s)",
    ]);
}

/// The issuer gives out the same token until it is nearly over; it is asked twice and not on and on.
#[test]
fn an_issuer_that_repeats_a_token_is_not_asked_in_a_loop() {
    let server = Server::start();
    let tok = Sandbox::with_api(&server);
    let day = Day::new(&tok);
    let at = day.now() + 3600;
    let reply =
        |token: &str, at: i64| format!("{{\"access_token\":\"{token}\",\"expires_in\":{at}}}");
    server
        .replies(200, &reply("tok-1", at))
        .replies(200, &reply("tok-1", at))
        .replies(200, &reply("tok-2", at + 3600));
    day.at(3600 - 31, |day| {
        assert_eq!((day.file().as_str(), server.asked().len()), ("tok-1\n", 2));
    });
    day.at(3600 - 20, |day| assert_eq!(day.file(), "tok-2\n"));
    let ended = day.watch("");
    assert_eq!(
        (ended.code, ended.stderr.matches('\n').count()),
        (0, 3),
        "{}",
        ended.stderr
    );
}

#[test]
fn quiet_says_nothing_and_json_says_it_in_objects() {
    let (_server, tok) = Server::issuing("tok-1");
    assert_eq!(Day::new(&tok).watch("-q").stderr, "");
    let said = Day::new(&tok).watch("--error-format json").stderr;
    let kinds = said
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["kind"].clone());
    assert_eq!(kinds.collect::<Vec<_>>(), ["notice", "notice"]);
}
