//! The cache: a hit touches nothing, what the flags do to it, and an entry that is damaged is none.

use std::fs;

use crate::support::{Answer, Sandbox, Server, Tcp};

#[test]
fn hit_sends_nothing_and_prints_the_same_bytes() {
    let (_server, tok) = Server::issuing("tok-1~+/=.");
    for _ in 0..3 {
        tok.run("get api").prints("tok-1~+/=.\n");
    }
    let files: Vec<_> = fs::read_dir(tok.cache_dir())
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(
        files.len(),
        3,
        "an entry, its lock, and when the cache was swept: {files:?}"
    );
}

/// A hit needs no client, no proxy, no authority: what is wrong with those does not matter to it.
#[test]
fn hit_builds_no_client() {
    let (_server, mut tok) = Server::cached("tok-1");
    tok.edit_profiles(
        "client_id",
        "ca_file = \"~/nowhere.pem\"\nproxy = \"none\"\nclient_id",
    );
    tok.set("HTTPS_PROXY", "not a proxy");
    tok.run("get api").prints("tok-1\n");
    tok.run("get api -f")
        .fails_with(3, "`HTTPS_PROXY`", "unset it");
}

/// Not even a lock file is made or written by a hit.
#[test]
fn hit_writes_nothing() {
    let (_server, tok) = Server::cached("tok-1");
    let lock = tok.entry_file().with_extension("lock");
    fs::remove_file(&lock).unwrap();
    let before = tok.files();
    tok.run("get api").prints("tok-1\n");
    assert!(!lock.exists() && tok.files() == before);
}

#[test]
fn hit_survives_an_unset_secret() {
    let (_server, mut tok) = Server::cached("tok-1");
    tok.unset("SECRET");
    tok.run("get api").prints("tok-1\n");
    tok.run("get api -f").fails_with(
        4,
        "environment variable `SECRET` is not set",
        "export SECRET=…",
    );
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
    let server = Server::start();
    server.issue("tok-1").reject("invalid_client");
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    tok.run("get api --fresh")
        .fails_with(5, "invalid_client", "check `client_id`");
    tok.run("get api").prints("tok-1\n");
}

#[test]
fn no_cache_neither_reads_nor_writes() {
    let server = Server::start();
    for token in ["tok-1", "tok-2", "tok-3"] {
        server.issue(token);
    }
    let tok = Sandbox::with_api(&server);
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
    tok.run("get api --cached").fails_with(
        10,
        "profile `api`: the cached token expired",
        "without `--cached`",
    );
}

#[test]
fn flags_that_contradict_each_other_are_usage() {
    let tok = Sandbox::new();
    for flags in [
        "-f --cached",
        "--cached --no-cache",
        "-H --format json",
        "--min-ttl soon",
        "--param x",
    ] {
        let outcome = tok.run(&format!("get api {flags}"));
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (2, ""),
            "{flags}: {}",
            outcome.stderr
        );
        assert!(
            outcome.stderr.starts_with("error: "),
            "{flags}: {}",
            outcome.stderr
        );
    }
}

/// Cut, changed, emptied, of a newer version, somebody else's: each is a miss without a word, and healed.
#[test]
fn a_damaged_entry_heals() {
    type Damage = fn(&str) -> Vec<u8>;
    let damages: [(&str, Damage); 8] = [
        ("empty", |_| Vec::new()),
        ("cut", |text| text[..text.len() / 2].into()),
        ("one byte changed", |text| {
            text.replacen("tok-old", "tok-olb", 1).into()
        }),
        ("not ours", |_| b"{\"hello\": \"world\"}".to_vec()),
        ("not text", |_| vec![0xff; 100]),
        ("newer", |text| {
            text.replacen("\"tok\":1", "\"tok\":2", 1).into()
        }),
        ("twice", |text| text.repeat(2).into()),
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
    let server = Server::start();
    server.issue("tok-a").issue("tok-b").issue("tok-b2");
    let tok = Sandbox::with_api(&server).profile("b", "extends = \"api\"");
    tok.run("get api").prints("tok-a\n");
    let a = tok.entry_file();
    tok.run("get b").prints("tok-b\n");
    let b = tok.entries().into_iter().find(|file| *file != a).unwrap();
    fs::copy(&a, &b).unwrap();
    tok.run("get b").prints("tok-b2\n");
    tok.run("get api").prints("tok-a\n");
}

/// What is no plain file of ours where an entry should be is passed by, and a FIFO does not make us wait.
#[test]
fn a_link_or_a_fifo_in_place_of_an_entry_is_a_miss() {
    let plants = ["ln -s \"$HOME/planted\"", "ln \"$HOME/planted\"", "mkfifo"];
    for plant in plants {
        let server = Server::start();
        server.issue("tok-1").issue("tok-2");
        let tok = Sandbox::with_api(&server).with_path();
        tok.run("get api").prints("tok-1\n");
        let file = tok.entry_file();
        fs::rename(&file, tok.path("planted")).unwrap();
        tok.shell(&format!("{plant} '{}'", file.display()))
            .prints("");
        let planted = fs::read(tok.path("planted")).unwrap();
        tok.run("get api").prints("tok-2\n");
        tok.run("get api").prints("tok-2\n");
        assert_eq!(
            fs::read(tok.path("planted")).unwrap(),
            planted,
            "{plant} was written through"
        );
    }
}

#[test]
fn the_directory_is_the_flag_then_the_variable_then_xdg_then_home() {
    let server = Server::start();
    for token in ["tok-1", "tok-2", "tok-3", "tok-4"] {
        server.issue(token);
    }
    let mut tok = Sandbox::with_api(&server);
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

/// The network is as far away as it can be: nothing listens, and nobody log.
#[test]
fn a_hit_needs_no_server() {
    let server = Tcp::answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n{\"access_token\":\"tok-1\",\"expires_in\":3600}",
    );
    let keys = format!(
        "token_url = \"{}\"\nclient_auth = \"none\"\nretries = 0\n",
        server.url("/t")
    );
    let tok = Sandbox::new().profile("p", &keys);
    tok.run("get p").prints("tok-1\n");
    assert_eq!(server.finish().len(), 1);
    tok.run("get p").prints("tok-1\n");
    tok.run("get p --no-cache")
        .fails_with(7, "connection refused", "nothing listens there");
}

#[test]
fn an_entry_says_when_it_expires_and_by_which_rule() {
    let server = Server::start();
    server.answers(Answer::json(
        201,
        "{\"access_token\":\"tok-1\",\"expires_in\":\"3600\"}",
    ));
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
    let entry = tok.entry();
    assert_eq!(
        entry["expires_at"].as_i64(),
        entry["requested_at"].as_i64().map(|at| at + 3600)
    );
    assert_eq!(
        (&entry["expiry_rule"], &entry["profile"]),
        (&"expires_in".into(), &"api".into())
    );
}

/// What expired a week ago goes when another token is stored, with its lock; at most once a day.
#[test]
fn what_expired_a_week_ago_is_swept() {
    let server = Server::start();
    for token in ["tok-1", "tok-2", "tok-3"] {
        server.issue(token);
    }
    let tok = Sandbox::with_api(&server);
    tok.run("get api").prints("tok-1\n");
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
fn the_path_that_was_taken_is_told_to_those_who_ask() {
    let (_server, tok) = Server::cached("tok-1");
    let outcome = tok.run("get api -v");
    let said = "using the cached token (expires in ";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
}
