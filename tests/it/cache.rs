//! The cache: a hit touches nothing, what the flags do to it, and an entry that is damaged is none.

use std::fs;

use crate::support::{Answer, Sandbox, Server};

#[test]
fn hit_sends_nothing_and_prints_the_same_bytes() {
    let (_server, tok) = Server::issuing("tok-1~+/=.");
    for _ in 0..3 {
        tok.run("get api").prints("tok-1~+/=.\n");
    }
    let files = fs::read_dir(tok.cache_dir()).unwrap().count();
    assert_eq!(files, 3, "an entry, its lock, and when the cache was swept");
}

/// A hit needs no client, no proxy, no authority: what is wrong with those does not matter to it.
#[test]
fn hit_builds_no_client() {
    let (_server, mut tok) = Server::cached("tok-1");
    let keys = "ca_file = \"~/nowhere.pem\"\nproxy = \"none\"\nclient_id";
    tok.edit_profiles("client_id", keys);
    tok.set("HTTPS_PROXY", "not a proxy");
    tok.run("get api").prints("tok-1\n");
    tok.run("get api -f")
        .fails_with(3, "`HTTPS_PROXY`", "unset it");
}

/// Not even a lock file is made or written by a hit, and the secret need not be there.
#[test]
fn hit_writes_nothing_and_needs_no_secret() {
    let (_server, mut tok) = Server::cached("tok-1");
    let lock = tok.lock_file();
    fs::remove_file(&lock).unwrap();
    let before = tok.files();
    tok.run("get api").prints("tok-1\n");
    assert!(!lock.exists() && tok.files() == before);
    tok.unset("SECRET");
    tok.run("get api").prints("tok-1\n");
    let message = "environment variable `SECRET` is not set";
    tok.run("get api -f")
        .fails_with(4, message, "export SECRET=…");
}

#[test]
fn the_path_that_was_taken_is_shown_with_v() {
    let (_server, tok) = Server::cached("tok-1");
    let path = "using the cached token (expires in ";
    tok.run("get api -v").prints_and_mentions("tok-1\n", path);
}

#[test]
fn fresh_asks_and_replaces_what_is_cached() {
    let (_server, tok) = Server::cached("tok-1 tok-2");
    tok.run("get api -f").prints("tok-2\n");
    tok.run("get api").prints("tok-2\n");
}

/// A renewal that is refused is exit 5 even though a good token is cached, which stays.
#[test]
fn fresh_that_is_refused_is_an_error_and_keeps_what_is_cached() {
    let (server, tok) = Server::cached("tok-1");
    server.reject("invalid_client");
    tok.run("get api --fresh")
        .fails_with(5, "invalid_client", "check `client_id`");
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn no_cache_neither_reads_nor_writes() {
    let (_server, tok) = Server::issuing("tok-1 tok-2 tok-3");
    tok.run("get api --no-cache").prints("tok-1\n");
    assert!(!tok.cache_dir().exists());
    tok.run("get api").prints("tok-2\n");
    let before = tok.files();
    tok.run("get api --no-cache").prints("tok-3\n");
    assert!(tok.files() == before);
    tok.run("get api").prints("tok-2\n");
}

#[test]
fn cached_never_asks() {
    let (_server, tok) = Server::issuing("tok-1");
    let nothing = "error: profile `api`: no token is cached\n\nhint: `tok get api` fetches one\n";
    tok.run("get api --cached").fails(11, nothing);
    tok.run("get api").prints("tok-1\n");
    tok.run("get api --cached").prints("tok-1\n");
    tok.pass(3600 - 100);
    tok.run("get api --cached").prints("tok-1\n");
    tok.pass(101);
    let message = "profile `api`: the cached token expired";
    tok.run("get api --cached")
        .fails_with(10, message, "without `--cached`");
}

/// Cut, changed, emptied, of a newer version: each is a miss without a word, and healed.
#[test]
fn a_damaged_entry_heals() {
    type Damage = fn(&str) -> Vec<u8>;
    let damages: [(&str, Damage); 6] = [
        ("cut", |text| text[..text.len() / 2].into()),
        ("one byte changed", |text| {
            text.replacen("tok-old", "tok-olb", 1).into()
        }),
        ("not ours", |_| b"{\"hello\": \"world\"}".to_vec()),
        ("not text", |_| vec![0xff; 100]),
        ("newer", |text| {
            text.replacen("\"tok\":1", "\"tok\":2", 1).into()
        }),
        ("zeros after a power cut", |text| vec![0; text.len()]),
    ];
    for (name, damage) in damages {
        let (_server, tok) = Server::cached("tok-old tok-new");
        let file = tok.entry_file();
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, damage(&text)).unwrap();
        assert_eq!(tok.run("get api --cached").code, 11, "{name}");
        tok.run("get api").prints("tok-new\n");
        tok.run("get api").prints("tok-new\n");
    }
}

/// The entry of one profile under the name of another is not served for it.
#[test]
fn an_entry_under_another_name_is_foreign() {
    let (_server, tok) = Server::cached("tok-a tok-b tok-b2");
    let tok = tok.profile("b", "extends = \"api\"");
    let a = tok.entry_file();
    tok.run("get b").prints("tok-b\n");
    let b = tok.entries().into_iter().find(|file| *file != a).unwrap();
    fs::copy(&a, &b).unwrap();
    tok.run("get b").prints("tok-b2\n");
    tok.run("get api").prints("tok-a\n");
}

/// A link or a FIFO where an entry should be is passed by, and does not make us wait.
#[test]
fn a_link_or_a_fifo_in_place_of_an_entry_is_a_miss() {
    for plant in ["ln -s \"$HOME/planted\"", "ln \"$HOME/planted\"", "mkfifo"] {
        let (_server, tok) = Server::cached("tok-1 tok-2");
        let tok = tok.with_path();
        let file = tok.entry_file();
        fs::rename(&file, tok.path("planted")).unwrap();
        tok.shell(&format!("{plant} '{}'", file.display()))
            .prints("");
        let planted = tok.read("planted");
        tok.run("get api").prints("tok-2\n");
        tok.run("get api").prints("tok-2\n");
        assert_eq!(tok.read("planted"), planted, "{plant} was written through");
    }
}

#[test]
fn the_directory_is_the_flag_then_the_variable_then_xdg_then_home() {
    let (_server, mut tok) = Server::issuing("tok-1 tok-2 tok-3 tok-4");
    let home = tok.home().to_owned();
    let holds = |name: &str| {
        fs::read_dir(format!("{home}/{name}")).is_ok_and(|mut files| files.next().is_some())
    };
    tok.run("get api").prints("tok-1\n");
    assert!(holds(".cache/tok"));
    tok.set("XDG_CACHE_HOME", &format!("{home}/xdg"));
    tok.run("get api").prints("tok-2\n");
    assert!(holds("xdg/tok"));
    tok.set("TOK_CACHE_DIR", &format!("{home}/variable"));
    tok.run("get api").prints("tok-3\n");
    assert!(holds("variable"));
    tok.run("get api --cache-dir flag/deep").prints("tok-4\n");
    assert!(holds("flag/deep"));
    // A relative one is no XDG directory at all.
    tok.unset("TOK_CACHE_DIR");
    tok.set("XDG_CACHE_HOME", "relative");
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn an_entry_says_when_it_expires_and_by_which_rule() {
    let server = Server::start();
    let reply = "{\"access_token\":\"tok-1\",\"expires_in\":\"3600\"}";
    server.answers(Answer::json(201, reply));
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    let entry = tok.entry();
    let requested_at = entry["requested_at"].as_i64().unwrap();
    assert_eq!(entry["expires_at"], requested_at + 3600);
    let (rule, profile) = (&entry["expiry_rule"], &entry["profile"]);
    assert_eq!((rule, profile), (&"expires_in".into(), &"api".into()));
}

/// What expired a week ago goes when another token is stored, with its lock; at most once a day.
#[test]
fn what_expired_a_week_ago_is_swept() {
    let (_server, tok) = Server::cached("tok-1 tok-2 tok-3");
    let old = tok.entry_file();
    tok.pass(3601 + 7 * 86_400);
    tok.run("get api --param x=1").prints("tok-2\n");
    assert!(old.exists(), "it was swept a moment ago");
    fs::remove_file(tok.cache_dir().join(".swept")).unwrap();
    tok.run("get api --param x=2").prints("tok-3\n");
    assert!(!old.exists() && !old.with_extension("lock").exists());
    assert_eq!(tok.entries().len(), 2);
}

#[test]
fn the_reason_for_a_miss_is_logged_once() {
    let server = Server::start();
    server.issues("one").for_secs(3600);
    let tok = Sandbox::with_api(&server);
    let outcome = tok.run("-v get api");
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "one\n"));
    let count = outcome.stderr.matches("no token is cached").count();
    assert_eq!(count, 1, "{}", outcome.stderr);
}
