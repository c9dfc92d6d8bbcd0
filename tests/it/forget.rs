//! `tok forget`: what it drops, and what it leaves alone.

use std::fs;

use crate::support::{Sandbox, Server};

/// A user may have named a directory of their own with `--cache-dir`.
#[test]
fn files_that_are_not_ours_stay() {
    let (_server, tok) = Server::cached("tok-1");
    let foreign = ["package.json", ".tmp-mine", "0123.json", "notes.cool-down"];
    for name in foreign {
        tok.write(&format!(".cache/tok/{name}"), "{}");
    }
    tok.run("forget --all").prints("api: 1 token\n");
    tok.run("forget --expired").prints("nothing cached\n");
    for name in foreign {
        assert!(tok.cache_dir().join(name).exists(), "{name}");
    }
    tok.run("get api --cached")
        .fails_with(11, "no token is cached", "tok get api");
}

fn make_unfinished(tok: &Sandbox) -> String {
    let entry = tok.entry_file();
    let name = entry.file_stem().unwrap().to_str().unwrap().to_owned();
    fs::rename(&entry, entry.with_file_name(format!(".tmp-{name}"))).unwrap();
    name
}

/// What a killed process had written whole is a token too, and must not come back after it was forgotten.
#[test]
fn an_unfinished_entry_is_forgotten_too() {
    for line in ["forget api", "forget --all"] {
        let (_server, tok) = Server::cached("tok-1");
        make_unfinished(&tok);
        tok.run(line).prints("api: 1 token\n");
        tok.run("get api --cached")
            .fails_with(11, "no token is cached", "tok get api");
        assert_eq!(fs::read_dir(tok.cache_dir()).unwrap().count(), 0, "{line}");
    }
}

/// The clock may have been set back since: what counts is which was written later.
#[test]
fn the_entry_that_was_written_later_is_the_one_that_counts() {
    let server = Server::start();
    server
        .rotate("tok-1", "r-1")
        .rotate("tok-2", "r-2")
        .rotate("tok-3", "r-3");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"");
    tok.run("get api").prints("tok-1\n");
    let earlier = fs::read(tok.entry_file()).unwrap();
    tok.pass(1000);
    tok.run("get api").prints("tok-2\n");
    // Killed before the second one got its name, which by its clock is from before the first.
    tok.pass(5000);
    let name = make_unfinished(&tok);
    tok.write(&format!(".cache/tok/{name}.json"), earlier);
    tok.run("get api -f").prints("tok-3\n");
    assert!(server.bodies()[2].contains("refresh_token=r-2"));
}

#[test]
fn an_expired_token_whose_refresh_token_is_still_good_is_kept() {
    let server = Server::start();
    server.rotate("tok-1", "r-1");
    let tok = Sandbox::new().api(&server, "renew = \"refresh_token\"");
    tok.run("get api").prints("tok-1\n");
    tok.pass(1000);
    let notice = "its refresh token may be the last valid one";
    tok.run("forget --expired")
        .prints_and_mentions("nothing cached\n", notice);
    tok.run("forget api").prints("api: 1 token\n");
}

/// One that is being renewed just now is not expired for long; one that is named goes all the same.
#[test]
fn a_token_that_is_being_renewed_is_spared_unless_it_is_named() {
    let (_server, tok) = Server::cached("tok-1");
    tok.pass(3700);
    let _lock = tok.hold_lock();
    tok.run("forget --expired").prints("nothing cached\n");
    tok.run("forget api").prints("api: 1 token\n");
}

/// Locks and failures too, also where there never was a token.
#[test]
fn all_leaves_nothing_behind() {
    let server = Server::start();
    server
        .reject("invalid_client")
        .reject("invalid_scope")
        .issue("tok-1");
    let tok = Sandbox::with_api(&server);
    for line in ["get api", "get api -f --scope x"] {
        assert_eq!(tok.run(line).code, 5);
    }
    tok.run("get api -f").prints("tok-1\n");
    assert!(fs::read_dir(tok.cache_dir()).unwrap().count() > 3);
    tok.run("forget --all").prints("api: 1 token\n");
    assert_eq!(fs::read_dir(tok.cache_dir()).unwrap().count(), 0);
}

/// The failures of a profile go with its tokens.
#[test]
fn a_failure_is_forgotten_with_its_profile() {
    let server = Server::start();
    server.reject("invalid_client").issue("tok-1");
    let tok = Sandbox::with_api(&server);
    assert_eq!(tok.run("get api").code, 5);
    tok.run("forget api").prints("api: nothing cached\n");
    tok.run("get api").prints("tok-1\n");
}
