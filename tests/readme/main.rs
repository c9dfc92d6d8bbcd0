//! The README against the program: each command line on it is run, each output compared, each table held against
//! the library's own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests are the outside world"
)]

#[allow(dead_code, reason = "the demonstration's own start is not run here")]
#[path = "../../examples/demo.rs"]
mod demo;
mod helpers;
mod page;
mod pipelines;
#[path = "../program/mod.rs"]
mod program;
mod shell;
mod tables;

use std::fs;

use page::{Block, blocks, headings, links};
use shell::Shell;

/// Command lines that this test cannot run without running itself or installing something.
const FOR_PEOPLE: [&str; 3] = [
    "cargo run --example demo",
    "cargo test --locked",
    "cargo install --path .",
];

fn of(language: &str) -> Vec<Block> {
    let found: Vec<Block> = blocks()
        .into_iter()
        .filter(|block| block.language == language)
        .collect();
    assert!(!found.is_empty(), "the README has no block of {language}");
    found
}

#[test]
fn every_block_is_of_a_kind_that_is_tested() {
    for block in blocks() {
        let known = ["console", "sh", "bash", "toml"].contains(&block.language.as_str());
        assert!(
            known,
            "README.md:{}: nothing tests a block of `{}`",
            block.line, block.language
        );
    }
}

#[test]
fn the_first_two_commands_are_the_demonstration_and_the_tests() {
    let first: Vec<String> = of("sh")
        .into_iter()
        .take(2)
        .map(|block| block.text)
        .collect();
    assert_eq!(
        first,
        ["cargo run --example demo\n", "cargo test --locked\n"]
    );
}

#[test]
fn the_demonstration_does_what_it_tells() {
    let mut screen = Vec::new();
    let outcome = demo::tell(&mut screen, false);
    let shown = String::from_utf8_lossy(&screen);
    assert!(outcome.is_ok(), "{shown}\n{outcome:?}");
    assert!(shown.lines().count() <= 72, "more than a screen:\n{shown}");
}

#[test]
fn every_recording_is_what_happens() {
    if !Shell::is_there() {
        return;
    }
    let mut wrong = Vec::new();
    for block in of("console") {
        let mut steps = Vec::new();
        for line in block.text.lines() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push((command, Vec::new())),
                (None, Some((_, output))) => output.push(line),
                (None, None) => panic!("README.md:{}: output without a command", block.line),
            }
        }
        let commands: Vec<&str> = steps.iter().map(|(command, _)| *command).collect();
        let shell = Shell::new(!block.text.contains("tok init"));
        let outputs = shell.record(&commands);
        for ((command, expected), found) in steps.iter().zip(&outputs) {
            let found: Vec<&str> = found.lines().collect();
            if !page::is_as_shown(expected, &found) {
                let (expected, found) = (expected.join("\n"), found.join("\n"));
                wrong.push(format!(
                    "README.md:{}: `{command}` is shown with\n{expected}\nand prints\n{found}\n",
                    block.line
                ));
            }
        }
        assert_eq!(
            outputs.len(),
            commands.len(),
            "README.md:{}: a command ended the shell",
            block.line
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_script_runs_without_a_complaint() {
    let of_bash = if Shell::is_there() {
        of("bash")
    } else {
        Vec::new()
    };
    for block in of("sh").into_iter().chain(of_bash) {
        if block.text.starts_with("cargo ") {
            assert!(
                FOR_PEOPLE.contains(&block.text.trim_end()),
                "README.md:{}",
                block.line
            );
            continue;
        }
        let (code, complaints) = Shell::new(true).run(&block.language, &block.text);
        assert_eq!(
            (code, complaints.as_str()),
            (Some(0), ""),
            "README.md:{}:\n{}",
            block.line,
            block.text
        );
    }
}

#[test]
fn every_profile_is_valid() {
    for block in of("toml") {
        let shell = Shell::new(false);
        fs::write(shell.home().join("page.toml"), &block.text).unwrap();
        let (code, complaints) = shell.run("sh", "tok --config page.toml config check");
        assert_eq!(
            (code, complaints.as_str()),
            (Some(0), ""),
            "README.md:{}:\n{}",
            block.line,
            block.text
        );
    }
}

#[test]
fn every_link_leads_somewhere() {
    let anchors = headings();
    for link in links() {
        match link.strip_prefix('#') {
            Some(anchor) => assert!(
                anchors.iter().any(|known| known == anchor),
                "no heading for #{anchor}"
            ),
            None if link.starts_with("https://") => {}
            None => assert!(page::root().join(&link).exists(), "no file {link}"),
        }
    }
}
