//! `tok forget`: what it drops, and what it leaves alone.

use std::fs;

use crate::support::{Sandbox, Server};

/// Somebody may have named a directory of their own with `--cache-dir`.
#[test]
fn files_that_are_not_ours_stay() {
    let server = Server::start();
    server.issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    sandbox.run("get api").prints("tok-1\n");
    let foreign = ["package.json", ".tmp-mine", "0123.json", "notes.cool-down"];
    for name in foreign {
        sandbox.write(&format!(".cache/tok/{name}"), "{}");
    }
    sandbox.run("forget --all").prints("api: 1 token\n");
    sandbox.run("forget --expired").prints("nothing cached\n");
    for name in foreign {
        assert!(sandbox.cache_dir().join(name).exists(), "{name}");
    }
    sandbox
        .run("get api --cached")
        .fails_with(11, "no token is cached", "tok get api");
}

/// What a killed process had written whole is a token too, and must not come back after it was forgotten.
#[test]
fn an_unfinished_entry_is_forgotten_too() {
    for words in ["forget api", "forget --all"] {
        let server = Server::start();
        server.issues("tok-1").for_secs(3600);
        let sandbox = Sandbox::with_api(&server);
        sandbox.run("get api").prints("tok-1\n");
        let entry = sandbox.entry_file();
        let name = entry.file_stem().unwrap().to_str().unwrap().to_owned();
        fs::rename(&entry, entry.with_file_name(format!(".tmp-{name}"))).unwrap();
        sandbox.run(words).prints("api: 1 token\n");
        sandbox
            .run("get api --cached")
            .fails_with(11, "no token is cached", "tok get api");
        let left = fs::read_dir(sandbox.cache_dir()).unwrap();
        let left: Vec<_> = left
            .map(|item| item.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(left.is_empty(), "{words}: {left:?}");
    }
}

/// The clock may have been set back since: what counts is which was written later.
#[test]
fn the_entry_that_was_written_later_is_the_one_that_counts() {
    let server = Server::start();
    server
        .issues("tok-1")
        .with(900, "\"refresh_token\":\"r-1\"");
    server
        .issues("tok-2")
        .with(900, "\"refresh_token\":\"r-2\"");
    server
        .issues("tok-3")
        .with(900, "\"refresh_token\":\"r-3\"");
    let sandbox = Sandbox::new().api(&server, "renew = \"refresh_token\"");
    sandbox.run("get api").prints("tok-1\n");
    let entry = sandbox.entry_file();
    let earlier = fs::read(&entry).unwrap();
    sandbox.pass(1000);
    sandbox.run("get api").prints("tok-2\n");
    // Killed before the second one got its name, which by its clock is from before the first.
    sandbox.pass(5000);
    let name = entry.file_stem().unwrap().to_str().unwrap().to_owned();
    fs::rename(&entry, entry.with_file_name(format!(".tmp-{name}"))).unwrap();
    sandbox.write(&format!(".cache/tok/{name}.json"), earlier);
    sandbox.run("get api -f").prints("tok-3\n");
    assert!(
        server
            .asked()
            .last()
            .unwrap()
            .text()
            .contains("refresh_token=r-2")
    );
}

#[test]
fn an_expired_token_whose_refresh_token_is_still_good_is_kept() {
    let server = Server::start();
    server
        .issues("tok-1")
        .with(900, "\"refresh_token\":\"r-1\"");
    let sandbox = Sandbox::new().api(&server, "renew = \"refresh_token\"");
    sandbox.run("get api").prints("tok-1\n");
    sandbox.pass(1000);
    let outcome = sandbox.run("forget --expired");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "nothing cached\n")
    );
    assert!(
        outcome
            .stderr
            .contains("its refresh token may be the last valid one"),
        "{}",
        outcome.stderr
    );
    sandbox.run("forget api").prints("api: 1 token\n");
}

/// One that is being renewed just now is not expired for long; one that is named goes all the same.
#[test]
fn a_token_that_is_being_renewed_is_spared_unless_it_is_named() {
    let server = Server::start();
    server.issues("tok-1").for_secs(900);
    let sandbox = Sandbox::with_api(&server);
    sandbox.run("get api").prints("tok-1\n");
    sandbox.pass(1000);
    let lock = fs::File::open(sandbox.entry_file().with_extension("lock")).unwrap();
    lock.lock().unwrap();
    sandbox.run("forget --expired").prints("nothing cached\n");
    sandbox.run("forget api").prints("api: 1 token\n");
}

/// Locks and failures too, also where there never was a token.
#[test]
fn all_leaves_nothing_behind() {
    let server = Server::start();
    server.replies(401, "{\"error\":\"invalid_client\"}");
    server.replies(400, "{\"error\":\"invalid_scope\"}");
    server.issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    for words in ["get api", "get api -f --scope x"] {
        assert_eq!(sandbox.run(words).code, 5);
    }
    sandbox.run("get api -f").prints("tok-1\n");
    assert!(fs::read_dir(sandbox.cache_dir()).unwrap().count() > 3);
    sandbox.run("forget --all").prints("api: 1 token\n");
    assert_eq!(fs::read_dir(sandbox.cache_dir()).unwrap().count(), 0);
}

/// The failures of a profile go with its tokens.
#[test]
fn a_failure_is_forgotten_with_its_profile() {
    let server = Server::start();
    server.replies(401, "{\"error\":\"invalid_client\"}");
    server.issues("tok-1").for_secs(3600);
    let sandbox = Sandbox::with_api(&server);
    assert_eq!(sandbox.run("get api").code, 5);
    sandbox.run("forget api").prints("api: nothing cached\n");
    sandbox.run("get api").prints("tok-1\n");
}
