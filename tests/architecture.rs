//! The rules of the house that no compiler checks: imports point down, secrets have one door, the standard
//! streams have one owner each, every file says what it is for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests are the outside world"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and its layer, as in the table at the head of `src/lib.rs`.
const LAYERS: [(u8, &[&str]); 6] = [
    (5, &["main", "lib", "cli", "early"]),
    (4, &["commands", "render"]),
    (3, &["acquire"]),
    (2, &["config", "store", "http"]),
    (
        1,
        &[
            "credential",
            "profile",
            "grant",
            "request",
            "response",
            "sample",
        ],
    ),
    (
        0,
        &[
            "expiry", "failure", "host", "json", "jwt", "os", "property", "secret", "text",
            "suggest", "template", "time",
        ],
    ),
];

/// What may see a neighbour, or up, and why.
const ALLOWED: [(&str, &str, &str); 18] = [
    ("profile", "grant", "the chain of layer 1"),
    ("grant", "strategy", "the chain of layer 1"),
    ("profile", "strategy", "the chain of layer 1"),
    (
        "profile",
        "response",
        "a profile holds the rules by which its replies are read",
    ),
    (
        "sample",
        "strategy",
        "a sample is a request: method, and where its parameters travel",
    ),
    ("commands", "cli", "a command is handed its own declaration"),
    (
        "commands",
        "input",
        "a command says how much of standard input it wants",
    ),
    (
        "commands",
        "output",
        "a command returns the answer that is written there",
    ),
    ("expiry", "time", "an expiry is an instant"),
    ("jwt", "json", "its claims are JSON"),
    ("jwt", "time", "its claims are instants"),
    ("host", "secret", "what a CI runner is told holds a token"),
    ("host", "time", "the clock tells instants"),
    (
        "os",
        "host",
        "a home directory is looked up in the environment",
    ),
    ("os", "server_text", "a system's error is a sentence"),
    ("proxy_url", "secret", "it may hold a password"),
    ("replace", "os", "modes and syncing differ by system"),
    ("server_text", "secret", "it blots secrets out"),
];

/// The files that may open [`Secret`], each with where the value goes.
///
/// [`Secret`]: tok::secret::Secret
const EXPOSING: [(&str, &str); 33] = [
    (
        "acquire/exchange.rs",
        "tells whether an encoding is ambiguous",
    ),
    ("acquire/identity.rs", "public values enter the cache key"),
    (
        "acquire/token.rs",
        "reads a JWT's claims, compares two tokens",
    ),
    ("cache/entry.rs", "the disk format"),
    ("cache/key.rs", "fingerprints"),
    (
        "cache/shortcut.rs",
        "where the token stands in its entry's file",
    ),
    (
        "commands/credential.rs",
        "the value of an Authorization header",
    ),
    ("commands/credential/bazel.rs", "the answer to Bazel"),
    ("commands/credential/cargo.rs", "the answer to cargo"),
    ("commands/credential/docker.rs", "the answer to docker"),
    (
        "commands/credential/git.rs",
        "the answer to git, and the token that git was refused",
    ),
    ("commands/credential/goauth.rs", "the answer to go"),
    (
        "commands/credential/google.rs",
        "the answer to Google's library, and the file that it names",
    ),
    ("commands/credential/keyring.rs", "the answer to pip and uv"),
    (
        "commands/credential/terraform.rs",
        "the answer to Terraform",
    ),
    ("commands/curl.rs", "the file that curl reads"),
    (
        "commands/env.rs",
        "shell code, dotenv lines and the file of GitHub Actions",
    ),
    ("commands/exec.rs", "the environment of the user's program"),
    (
        "commands/explain/values.rs",
        "shows what is public of a request",
    ),
    ("commands/get.rs", "writes the file of `--output`"),
    ("commands/get/format.rs", "the formats of `tok get`"),
    ("commands/mask.rs", "tells CI systems what to hide"),
    (
        "commands/inspect.rs",
        "reads a JWT's claims, counts characters",
    ),
    ("commands/watch.rs", "writes the watched file"),
    ("commands/watch/held.rs", "compares two tokens"),
    ("output.rs", "standard output"),
    ("report.rs", "what CI systems are told"),
    ("response/mod.rs", "reads the body of a reply"),
    ("response/refusal.rs", "reads the body of a refusal"),
    ("server_text/redactor.rs", "learns what to blot out"),
    ("strategy/build.rs", "the request"),
    ("transport/client.rs", "the request's URL, the proxy's"),
    ("transport/exchange.rs", "sends the request"),
];

/// Files of more than four hundred lines, each with the reason.
const LONG: [(&str, &str); 0] = [];

const LONGEST: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the package, by its path from there.
fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let base = root().join(folder);
    let mut found = Vec::new();
    let mut folders = vec![base.clone()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).into_iter().flatten() {
            let path = item.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && !matches!(name.as_str(), "target" | ".git") {
                folders.push(path);
            } else if path.is_file() && name != ".git" {
                found.push((
                    path.strip_prefix(&base)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    path,
                ));
            }
        }
    }
    found.sort();
    found
}

fn rust_files(folder: &str) -> Vec<(String, String)> {
    files(folder)
        .into_iter()
        .filter(|(name, _)| {
            Path::new(name)
                .extension()
                .is_some_and(|extension| extension == "rs")
        })
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect()
}

/// The files of the crate without their tests and comments.
fn code() -> Vec<(String, String)> {
    let is_test = |name: &str| name.ends_with("tests.rs") || name.contains("tests/");
    let files = rust_files("src")
        .into_iter()
        .filter(|(name, _)| !is_test(name));
    files
        .map(|(name, text)| (name, without_tests(&text)))
        .collect()
}

/// Tests stand at the foot of a file, or in a file of their own.
fn without_tests(text: &str) -> String {
    let text = match text.find("#[cfg(test)]\nmod tests {") {
        Some(at) => &text[..at],
        None => text,
    };
    let lines = text
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    lines
        .collect::<Vec<_>>()
        .join("\n")
        .replace("#[cfg(test)]\nmod tests;", "")
}

/// The room to which a file belongs, and how many `super` lead from it to the root of the crate.
fn room(name: &str) -> (&str, usize) {
    let stem = name.trim_end_matches(".rs").trim_end_matches("/mod");
    (stem.split('/').next().unwrap(), stem.split('/').count())
}

/// The rooms that a file names: `crate::room`, `crate::{room, …}`, and `super::` up to the root.
fn imports(name: &str, text: &str) -> BTreeSet<String> {
    let (_, depth) = room(name);
    let mut found = BTreeSet::new();
    for prefix in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in text.match_indices(&prefix) {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                || text[..at].ends_with("super::")
            {
                continue;
            }
            let rest = &text[at + prefix.len()..];
            let heads = match rest.strip_prefix('{') {
                Some(group) => group.split_once('}').unwrap().0.split(',').collect(),
                None => vec![rest],
            };
            for head in heads {
                let head = head.trim_start();
                let end = head
                    .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(head.len());
                found.insert(head[..end].to_owned());
            }
        }
    }
    found.remove("super");
    found.remove("");
    found
}

fn layers() -> BTreeMap<&'static str, u8> {
    LAYERS
        .iter()
        .flat_map(|(layer, rooms)| rooms.iter().map(|room| (*room, *layer)))
        .collect()
}

#[test]
fn imports_point_down() {
    let layers = layers();
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (name, text) in code() {
        let (from, _) = room(&name);
        if matches!(from, "main" | "lib") {
            continue;
        }
        for to in imports(&name, &text) {
            let Some(below) = layers.get(to.as_str()) else {
                wrong.push(format!("{name} names `crate::{to}`, which is in no layer"));
                continue;
            };
            if from == to || *below < layers[from] {
                continue;
            }
            match ALLOWED.iter().position(|(a, b, _)| *a == from && *b == to) {
                Some(index) => _ = used.insert(index),
                None => wrong.push(format!("{name} sees `{to}`")),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unused: Vec<_> = (0..ALLOWED.len())
        .filter(|at| !used.contains(at))
        .map(|at| ALLOWED[at])
        .collect();
    assert!(
        unused.is_empty(),
        "allowed, but not needed any more: {unused:?}"
    );
}

#[test]
fn every_room_has_its_layer() {
    let layers = layers();
    let rooms: BTreeSet<String> = rust_files("src")
        .iter()
        .map(|(name, _)| room(name).0.to_owned())
        .collect();
    let listed: BTreeSet<String> = layers.keys().map(|room| (*room).to_owned()).collect();
    assert_eq!(rooms, listed);
}

#[test]
fn imports_are_found() {
    let text = "use crate::time::{UnixTime};\nuse crate::{jwt, secret::Secret};\nfn f() { crate::store::x() }";
    let all = ["cache", "jwt", "secret", "time"].map(str::to_owned);
    assert_eq!(imports("cache/store.rs", text), all.into());
    assert_eq!(
        imports("cache/store.rs", "use super::super::os;\nuse super::entry;"),
        ["os".to_owned()].into()
    );
    assert_eq!(
        imports("cache/mod.rs", "use super::os;"),
        ["os".to_owned()].into()
    );
    let text =
        "use crate::os;\n// crate::cli\n#[cfg(test)]\nmod tests {\n    use crate::cli::X;\n}\n";
    assert_eq!(
        imports("jwt.rs", &without_tests(text)),
        ["os".to_owned()].into()
    );
}

#[test]
fn secrets_are_exposed_only_where_it_is_known() {
    let exposing: BTreeSet<String> = code()
        .into_iter()
        .filter(|(_, text)| text.contains(".expose()"))
        .map(|(name, _)| name)
        .collect();
    let allowed: BTreeSet<String> = EXPOSING
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    let more: Vec<_> = exposing.difference(&allowed).collect();
    assert!(
        more.is_empty(),
        "these call `.expose()` and may not: {more:?}"
    );
    let fewer: Vec<_> = allowed.difference(&exposing).collect();
    assert!(
        fewer.is_empty(),
        "these need not call `.expose()` any more: {fewer:?}"
    );
}

/// What belongs to one file or folder. Clippy refuses these too; this holds where a lint is switched off.
#[test]
fn what_belongs_to_one_file_stays_there() {
    let rules: [(&[&str], &[&str]); 6] = [
        (
            &["io::stdout", "io::stderr", "io::stdin"],
            &["main.rs", "os/"],
        ),
        (&["println!", "print!(", "eprint!(", "dbg!("], &[]),
        (
            &[
                "SystemTime::now",
                "Timestamp::now",
                "Zoned::now",
                "env::var",
                "env::args",
            ],
            &["main.rs", "os/"],
        ),
        (
            &[
                "cfg(unix",
                "cfg(windows",
                "cfg(target_os",
                "cfg(not(unix",
                "std::os::",
            ],
            &["os/"],
        ),
        (&["Command::new"], &["secret_source/command.rs", "os/"]),
        (
            &["Client::builder", "Client::new"],
            &["transport/client.rs"],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, text) in code() {
        for (words, allowed) in rules {
            let word = words.iter().find(|word| text.contains(**word));
            if let Some(word) = word
                && !allowed.iter().any(|place| name.starts_with(place))
            {
                wrong.push(format!("{name}: {word}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "examples", "benches"] {
        for (name, text) in rust_files(folder) {
            let name = format!("{folder}/{name}");
            // A file of tests is explained by the module that it tests.
            if !text.starts_with("//!") && !name.ends_with("/tests.rs") {
                wrong.push(format!("{name} does not begin with `//!`"));
            }
            let lines = text.lines().count();
            if lines > LONGEST && !LONG.iter().any(|(long, _)| *long == name) {
                wrong.push(format!("{name} has {lines} lines"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_of_one_machine_is_left_in_the_tree() {
    let here = root();
    let home = std::env::var("HOME").unwrap_or_default();
    let places = [here.to_str().unwrap(), home.as_str()];
    let mut wrong = Vec::new();
    for (name, path) in files("") {
        let leftover = [
            ".orig",
            ".rej",
            ".bak",
            ".swp",
            ".tmp",
            ".profraw",
            ".log",
            "~",
            ".DS_Store",
        ];
        if leftover.iter().any(|end| name.ends_with(end)) {
            wrong.push(format!("{name} is a leftover"));
        }
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for place in places {
            // `/` and `/root` are words, a longer path is a machine's.
            let needle = format!("{}/", place.trim_end_matches('/'));
            if needle.len() > 5 && text.contains(&needle) {
                wrong.push(format!("{name} names a place of this machine"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
