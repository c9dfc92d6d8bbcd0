//! Trouble with the cache directory costs the cache, never the token. The conditions hold for root too.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Sandbox, Server};

const HINT: &str = "name another directory with `--cache-dir` or in `TOK_CACHE_DIR`";

fn sandbox(server: &Server) -> Sandbox {
    server.issue("tok-1");
    Sandbox::with_api(server)
}

#[test]
fn a_cache_directory_that_is_a_file_still_prints_the_token() {
    let server = Server::start();
    let tok = sandbox(&server).file(".cache/tok", "a file");
    tok.run("get api").prints_and_warns(
        "tok-1\n",
        &format!("warning: the token is not cached: the cache directory `[HOME]/.cache/tok` is not a directory\nhint: {HINT}\n"),
    );
    assert_eq!(fs::read_to_string(tok.cache_dir()).unwrap(), "a file");
}

#[test]
fn a_cache_directory_below_a_file_still_prints_the_token() {
    let server = Server::start();
    let tok = sandbox(&server).file("file", "a file");
    let outcome = tok.run("get api --cache-dir file/cache");
    outcome.prints_and_warns(
        "tok-1\n",
        "warning: the token is not cached: cannot open `file/cache`: not a directory\n\
         hint: check the directory's permissions and free space\n",
    );
}

#[test]
fn a_cache_directory_that_is_a_link_is_not_followed() {
    let server = Server::start();
    let tok = sandbox(&server);
    fs::create_dir_all(tok.path("elsewhere")).unwrap();
    fs::create_dir_all(tok.path(".cache")).unwrap();
    symlink(tok.path("elsewhere"), tok.cache_dir()).unwrap();
    tok.run("get api").prints_and_warns(
        "tok-1\n",
        &format!("warning: the token is not cached: the cache directory `[HOME]/.cache/tok` is a symbolic link, which is not followed\nhint: {HINT}\n"),
    );
    assert_eq!(fs::read_dir(tok.path("elsewhere")).unwrap().count(), 0);
}

/// `/` is root's: for root the tok is given away, for anybody else `/` will do.
#[test]
fn a_cache_directory_of_another_user_is_refused() {
    let server = Server::start();
    let tok = sandbox(&server);
    let directory = tok.path("foreign");
    fs::create_dir(&directory).unwrap();
    let given_away = std::os::unix::fs::chown(&directory, Some(12_345), None).is_ok();
    let directory = if given_away {
        directory.to_str().unwrap().to_owned()
    } else {
        "/".to_owned()
    };
    let outcome = tok.run_args(&["get", "api", "--cache-dir", &directory]);
    let shown = directory.replace(tok.home(), "[HOME]");
    outcome.prints_and_warns(
        "tok-1\n",
        &format!("warning: the token is not cached: the cache directory `{shown}` belongs to another user\nhint: {HINT}\n"),
    );
}

/// Nobody, root neither, makes a file in /proc.
#[test]
fn unwritable_cache_still_prints_the_token() {
    let server = Server::start();
    let tok = sandbox(&server);
    let outcome = tok.run("get api --cache-dir /proc/self/fdinfo/cache");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "tok-1\n"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.starts_with(
            "warning: the token is not cached: cannot make `/proc/self/fdinfo/cache`: "
        ) && outcome
            .stderr
            .ends_with("\nhint: check the directory's permissions and free space\n")
            && outcome.stderr.lines().count() == 2,
        "{}",
        outcome.stderr
    );
}

/// The entry cannot be replaced, because a directory stands in its place.
#[test]
fn an_entry_that_cannot_be_written_still_prints_the_token() {
    let server = Server::start();
    server.issue("tok-0");
    let tok = sandbox(&server);
    tok.run("get api").prints("tok-0\n");
    let file = tok.entry_file();
    fs::remove_file(&file).unwrap();
    fs::create_dir_all(file.join("inside")).unwrap();
    let outcome = tok.run("get api");
    assert_eq!(
        (outcome.code, outcome.stdout.as_str()),
        (0, "tok-1\n"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome
            .stderr
            .starts_with("warning: the token is not cached: cannot write `"),
        "{}",
        outcome.stderr
    );
    let left: Vec<_> = fs::read_dir(tok.cache_dir())
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".tmp-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn without_a_home_the_token_is_printed_and_not_cached() {
    let server = Server::start();
    let mut tok = sandbox(&server);
    tok.set("TOK_CONFIG", tok.profiles_file().to_str().unwrap());
    // A relative one counts as none: the cache would be in the working directory.
    tok.set("HOME", "relative");
    tok.run("get api").prints_and_warns(
        "tok-1\n",
        "warning: tokens are not cached: there is no home directory to keep them in\n\
         hint: set `HOME`, or name a directory with `--cache-dir` or in `TOK_CACHE_DIR`\n",
    );
    assert!(!tok.path("relative").exists());
}

/// What cannot be cached is said once, and not at all with `-q`.
#[test]
fn quiet_drops_warnings() {
    let server = Server::start();
    let tok = sandbox(&server).file(".cache/tok", "a file");
    tok.run("get api -q").prints("tok-1\n");
}

#[test]
fn modes_are_private_whatever_the_umask() {
    for umask in ["000", "022", "077", "177", "777"] {
        let server = Server::start();
        let tok = sandbox(&server);
        tok.shell(&format!("umask {umask}; exec $TOK get api"))
            .prints("tok-1\n");
        assert_eq!(Sandbox::mode(&tok.path(".cache")), 0o700, "umask {umask}");
        assert_eq!(Sandbox::mode(&tok.cache_dir()), 0o700, "umask {umask}");
        assert_eq!(Sandbox::mode(&tok.entry_file()), 0o600, "umask {umask}");
        assert_eq!(
            Sandbox::mode(&tok.entry_file().with_extension("lock")),
            0o600,
            "umask {umask}"
        );
        tok.shell(&format!("umask {umask}; exec $TOK get api"))
            .prints("tok-1\n");
    }
}

#[test]
fn loose_permissions_are_tightened_with_a_warning() {
    let server = Server::start();
    let tok = sandbox(&server);
    tok.run("get api").prints("tok-1\n");
    let entry = tok.entry_file();
    let name = entry
        .strip_prefix(tok.home())
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let warning = |path: &str| {
        format!(
            "warning: `[HOME]/{path}` was open to other users; tok has made it private\nhint: others may have read its tokens: `tok get -f` fetches new ones\n"
        )
    };
    tok.chmod(".cache/tok", 0o755);
    tok.run("get api")
        .prints_and_warns("tok-1\n", &warning(".cache/tok"));
    assert_eq!(Sandbox::mode(&tok.cache_dir()), 0o700);
    tok.chmod(&name, 0o644);
    tok.run("get api")
        .prints_and_warns("tok-1\n", &warning(&name));
    assert_eq!(Sandbox::mode(&entry), 0o600);
    tok.run("get api").prints("tok-1\n");
}

/// As `sudo -E` does it: a directory of root's in the user's home would break the user's own programs.
#[test]
fn nothing_is_made_in_the_home_of_another_user() {
    let server = Server::start();
    let tok = sandbox(&server);
    if std::os::unix::fs::chown(tok.home(), Some(12_345), None).is_err() {
        return; // Only root can be in another user's home and write there.
    }
    tok.run("get api").prints_and_warns(
        "tok-1\n",
        &format!(
            "warning: the token is not cached: the cache directory `[HOME]/.cache/tok` would be made in a directory of another user\nhint: {HINT}\n"
        ),
    );
    assert!(!tok.path(".cache").exists());
    server.issue("tok-2");
    tok.run("get api --cache-dir named/deep").prints("tok-2\n");
    assert!(tok.path("named/deep").exists());
}

/// Somebody who can write here might plant a link to a file of ours that is dear to us.
#[test]
fn a_hard_link_in_place_of_a_lock_keeps_its_mode() {
    let server = Server::start();
    let tok = sandbox(&server).file("victim", "dear");
    server.issue("tok-2");
    tok.run("get api").prints("tok-1\n");
    tok.pass(3600);
    let lock = tok.entry_file().with_extension("lock");
    tok.chmod("victim", 0o644);
    fs::remove_file(&lock).unwrap();
    fs::hard_link(tok.path("victim"), &lock).unwrap();
    tok.run("get api").prints("tok-2\n");
    assert_eq!(Sandbox::mode(&tok.path("victim")), 0o644);
    tok.run("forget --all").prints("api: 1 token\n");
    assert_eq!(fs::read_to_string(tok.path("victim")).unwrap(), "dear");
}

/// As with a lock of another user, which root alone can make here.
#[test]
fn what_is_in_the_place_of_a_lock_is_to_be_deleted() {
    let server = Server::start();
    let tok = sandbox(&server);
    server.issue("tok-2");
    tok.run("get api").prints("tok-1\n");
    tok.pass(3600);
    let lock = tok.entry_file().with_extension("lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let shown = lock.to_str().unwrap().replace(tok.home(), "[HOME]");
    tok.run("get api").prints_and_warns(
        "tok-2\n",
        &format!(
            "warning: the token is not cached: the lock file `{shown}` is not a regular file\nhint: delete `{shown}`: tok did not make it\n"
        ),
    );
}
