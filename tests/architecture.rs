//! The rules that no compiler checks: imports point down and form no cycle, secrets are exposed in known places only,
//! the standard streams have one owner each, every file says what it is for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests are the outside world"
)]

use std::fs;
use std::path::{Path, PathBuf};

mod architecture {
    mod imports;
    mod secrets;
}

/// The most lines that a file may have: a longer one does more than one thing.
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

/// The files of `src` without those that hold nothing but tests.
fn product_files() -> Vec<(String, String)> {
    let is_test = |name: &str| name.ends_with("tests.rs") || name.contains("tests/");
    let files = rust_files("src").into_iter();
    files.filter(|(name, _)| !is_test(name)).collect()
}

/// The files of `src` without tests and comments, for a search by text.
fn code() -> Vec<(String, String)> {
    let strip = |text: &str| {
        let text = text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        let lines = text
            .lines()
            .map(|line| line.split_once("//").map_or(line, |(code, _)| code));
        lines.collect::<Vec<_>>().join("\n")
    };
    let files = product_files().into_iter();
    files.map(|(name, text)| (name, strip(&text))).collect()
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
        (&["Command::new"], &["secret/source/command.rs", "os/"]),
        (&["Client::builder", "Client::new"], &["http/client.rs"]),
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
            if lines > LONGEST {
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
