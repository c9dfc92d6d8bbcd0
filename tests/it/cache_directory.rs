//! Trouble with the cache directory costs the cache, never the token. The conditions hold for root too.

use std::fs;
use std::os::unix::fs::{chown, symlink};

use crate::support::{Sandbox, Server};

const NAME: &str = "name another directory with `--cache-dir` or in `TOK_CACHE_DIR`";
const CHECK: &str = "check the directory's permissions and free space";

/// What `tok get api` warns of when the token is not cached.
fn not_cached(why: &str, hint: &str) -> String {
    format!("warning: the token is not cached: {why}\nhint: {hint}\n")
}

#[test]
fn a_cache_directory_that_is_a_file_still_prints_the_token() {
    let (_server, tok) = Server::issuing("tok-1 tok-1");
    let tok = tok.file(".cache/tok", "a file");
    let why = "the cache directory `[HOME]/.cache/tok` is not a directory";
    tok.run("get api")
        .prints_and_warns("tok-1\n", &not_cached(why, NAME));
    assert_eq!(tok.read(".cache/tok"), "a file");
    tok.run("get api -q").prints("tok-1\n");
}

#[test]
fn a_cache_directory_below_a_file_still_prints_the_token() {
    let (_server, tok) = Server::issuing("tok-1");
    let outcome = tok.file("file", "").run("get api --cache-dir file/cache");
    let warning = not_cached("cannot open `file/cache`: not a directory", CHECK);
    outcome.prints_and_warns("tok-1\n", &warning);
}

#[test]
fn a_cache_directory_that_is_a_link_is_not_followed() {
    let (_server, tok) = Server::issuing("tok-1");
    fs::create_dir_all(tok.path("elsewhere")).unwrap();
    fs::create_dir_all(tok.path(".cache")).unwrap();
    symlink(tok.path("elsewhere"), tok.cache_dir()).unwrap();
    let why = "the cache directory `[HOME]/.cache/tok` is a symbolic link, which is not followed";
    tok.run("get api")
        .prints_and_warns("tok-1\n", &not_cached(why, NAME));
    assert_eq!(fs::read_dir(tok.path("elsewhere")).unwrap().count(), 0);
}

/// `/` is root's: for root the sandbox is given away, for any other user `/` will do.
#[test]
fn a_cache_directory_of_another_user_is_refused() {
    let (_server, tok) = Server::issuing("tok-1");
    let directory = tok.path("foreign");
    fs::create_dir(&directory).unwrap();
    let is_given_away = chown(&directory, Some(12_345), None).is_ok();
    let directory = if is_given_away {
        directory.to_str().unwrap()
    } else {
        "/"
    };
    let outcome = tok.run_args(&["get", "api", "--cache-dir", directory]);
    let shown = directory.replace(tok.home(), "[HOME]");
    let why = format!("the cache directory `{shown}` belongs to another user");
    outcome.prints_and_warns("tok-1\n", &not_cached(&why, NAME));
}

/// As `sudo -E` does it: a directory of root's in the user's home would break the user's own programs.
#[test]
fn nothing_is_made_in_the_home_of_another_user() {
    let (server, tok) = Server::issuing("tok-1");
    if chown(tok.home(), Some(12_345), None).is_err() {
        drop(tok.run("get api"));
        return; // Only root can be in another user's home and write there.
    }
    let why =
        "the cache directory `[HOME]/.cache/tok` would be created in a directory of another user";
    tok.run("get api")
        .prints_and_warns("tok-1\n", &not_cached(why, NAME));
    assert!(!tok.path(".cache").exists());
    server.issue("tok-2");
    tok.run("get api --cache-dir named/deep").prints("tok-2\n");
    assert!(tok.path("named/deep").exists());
}

/// No user, root neither, makes a file in /proc.
#[test]
fn unwritable_cache_still_prints_the_token() {
    let (_server, tok) = Server::issuing("tok-1");
    let outcome = tok.run("get api --cache-dir /proc/self/fdinfo/cache");
    let start = "warning: the token is not cached: cannot create `/proc/self/fdinfo/cache`: ";
    outcome.prints_and_mentions("tok-1\n", start);
    assert!(outcome.stderr.ends_with(&format!("\nhint: {CHECK}\n")));
}

/// The entry cannot be replaced, because a directory stands in its place.
#[test]
fn an_entry_that_cannot_be_written_still_prints_the_token() {
    let (_server, tok) = Server::cached("tok-0 tok-1");
    let file = tok.entry_file();
    fs::remove_file(&file).unwrap();
    fs::create_dir_all(file.join("inside")).unwrap();
    let warning = "warning: the token is not cached: cannot write `";
    tok.run("get api").prints_and_mentions("tok-1\n", warning);
    let names = fs::read_dir(tok.cache_dir())
        .unwrap()
        .map(|item| item.unwrap().file_name());
    let left: Vec<_> = names
        .filter(|name| name.to_str().unwrap().starts_with(".tmp-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn without_a_home_the_token_is_printed_and_not_cached() {
    let (_server, mut tok) = Server::issuing("tok-1");
    tok.set("TOK_CONFIG", tok.profiles_file().to_str().unwrap());
    // A relative one counts as none: the cache would be in the working directory.
    tok.set("HOME", "relative");
    tok.run("get api").prints_and_warns(
        "tok-1\n",
        "warning: tokens are not cached: the home directory is unknown\n\
         hint: set `HOME`, or name a directory with `--cache-dir` or in `TOK_CACHE_DIR`\n",
    );
    assert!(!tok.path("relative").exists());
}

#[test]
fn modes_are_private_whatever_the_umask() {
    for umask in ["000", "022", "077", "177", "777"] {
        let (_server, tok) = Server::issuing("tok-1");
        let line = format!("umask {umask}; exec $TOK get api");
        tok.shell(&line).prints("tok-1\n");
        let directories = [tok.path(".cache"), tok.cache_dir()];
        assert_eq!(
            directories.map(|path| Sandbox::mode(&path)),
            [0o700; 2],
            "{umask}"
        );
        let files = [tok.entry_file(), tok.lock_file()];
        assert_eq!(
            files.map(|path| Sandbox::mode(&path)),
            [0o600; 2],
            "{umask}"
        );
        tok.shell(&line).prints("tok-1\n");
    }
}

#[test]
fn loose_permissions_are_tightened_with_a_warning() {
    let (_server, tok) = Server::cached("tok-1");
    let entry = tok.entry_file();
    let name = entry.strip_prefix(tok.home()).unwrap().to_str().unwrap();
    for (path, loose, tight) in [(".cache/tok", 0o755, 0o700), (name, 0o644, 0o600)] {
        tok.chmod(path, loose);
        let warning = format!(
            "warning: `[HOME]/{path}` was open to other users; tok has made it private\n\
             hint: others may have read its tokens: `tok get -f` fetches new ones\n"
        );
        tok.run("get api").prints_and_warns("tok-1\n", &warning);
        assert_eq!(Sandbox::mode(&tok.path(path)), tight);
    }
    tok.run("get api").prints("tok-1\n");
}

/// A user who can write here might plant a link to a file of ours.
#[test]
fn a_hard_link_in_place_of_a_lock_keeps_its_mode() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    let tok = tok.file("victim", "dear");
    tok.pass(3600);
    tok.chmod("victim", 0o644);
    fs::remove_file(tok.lock_file()).unwrap();
    fs::hard_link(tok.path("victim"), tok.lock_file()).unwrap();
    tok.run("get api").prints("tok-2\n");
    assert_eq!(Sandbox::mode(&tok.path("victim")), 0o644);
    tok.run("forget --all").prints("api: 1 token\n");
    assert_eq!(tok.read("victim"), "dear");
}

/// As with a lock of another user, which root alone can make here.
#[test]
fn what_is_in_the_place_of_a_lock_is_to_be_deleted() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    tok.pass(3600);
    let lock = tok.lock_file();
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let shown = lock.to_str().unwrap().replace(tok.home(), "[HOME]");
    let why = format!("the lock file `{shown}` is not a regular file");
    let hint = format!("delete `{shown}`: tok did not create it");
    tok.run("get api")
        .prints_and_warns("tok-2\n", &not_cached(&why, &hint));
}
