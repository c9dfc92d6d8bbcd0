//! README and the pages of docs/ against the program: each command line is parsed, each recording and script run, each
//! profile checked, each table held against the library's own.

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
#[path = "../examples/demo.rs"]
mod demo;
mod support;

mod docs {
    pub(crate) mod page;
    pub(crate) mod shell;
    pub(crate) mod tables;
}

use std::fs;
use std::path::Path;

use clap::Parser as _;
use clap::error::ErrorKind;
use tok::cli::Cli;

use docs::page::{Block, Page, is_as_shown, pages, root};
use docs::shell::Shell;

/// Blocks that are neither run nor parsed here. `just pipelines` checks those of CI systems against their schemas, and
/// `just consumers` tries the helpers with the real programs.
const OTHER_LANGUAGES: [&str; 5] = ["yaml", "json", "ini", "hcl", "groovy"];

/// Commands that would run this test again, or install something.
const NOT_RUN: [&str; 3] = [
    "cargo run --example demo",
    "cargo test --locked",
    "cargo install --path .",
];

fn blocks(language: &str) -> Vec<(Page, Block)> {
    let all = pages().into_iter().flat_map(|page| {
        let blocks = page.blocks();
        blocks.into_iter().map(move |block| (page.clone(), block))
    });
    let found: Vec<_> = all
        .filter(|(_, block)| block.language == language)
        .collect();
    assert!(!found.is_empty(), "no page has a block of {language}");
    found
}

#[test]
fn every_block_is_of_a_kind_that_is_tested() {
    for page in pages() {
        for block in page.blocks() {
            let language = block.language.as_str();
            let is_known = ["console", "sh", "bash", "toml"].contains(&language)
                || OTHER_LANGUAGES.contains(&language);
            assert!(is_known, "{}: nothing tests `{language}`", block.place);
        }
    }
}

#[test]
fn the_first_two_commands_are_the_demonstration_and_the_tests() {
    let readme = Page::read("README.md");
    let scripts = readme
        .blocks()
        .into_iter()
        .filter(|block| block.language == "sh");
    let first: Vec<String> = scripts.take(2).map(|block| block.text).collect();
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
    if !Shell::has_bash() {
        return;
    }
    let mut wrong = Vec::new();
    for (_, block) in blocks("console") {
        let mut steps = Vec::new();
        for line in block.text.lines() {
            match (line.strip_prefix("$ "), steps.last_mut()) {
                (Some(command), _) => steps.push((command.to_owned(), Vec::new())),
                (None, Some((command, _))) if command.ends_with('\\') => {
                    *command = format!("{command}\n{line}");
                }
                (None, Some((_, output))) => output.push(line),
                (None, None) => panic!("{}: output without a command", block.place),
            }
        }
        let commands: Vec<&str> = steps.iter().map(|(command, _)| command.as_str()).collect();
        let shell = Shell::new(!block.text.contains("tok init"));
        let outputs = shell.record(&commands);
        for ((command, expected), found) in steps.iter().zip(&outputs) {
            let found: Vec<&str> = found.lines().collect();
            if !is_as_shown(expected, &found) {
                wrong.push(format!(
                    "{}: `{command}` is shown with\n{}\nand prints\n{}\n",
                    block.place,
                    expected.join("\n"),
                    found.join("\n")
                ));
            }
        }
        assert_eq!(
            outputs.len(),
            commands.len(),
            "{}: a command ended the shell",
            block.place
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_script_succeeds_and_says_nothing() {
    let mut scripts = blocks("sh");
    if Shell::has_bash() {
        scripts.extend(blocks("bash"));
    }
    for (_, block) in scripts {
        if block.text.starts_with("cargo ") {
            assert!(NOT_RUN.contains(&block.text.trim_end()), "{}", block.place);
            continue;
        }
        let (code, complaints) = Shell::new(true).run(&block.language, &block.text);
        assert_eq!(
            (code, complaints.as_str()),
            (Some(0), ""),
            "{}:\n{}",
            block.place,
            block.text
        );
    }
}

#[test]
fn every_profile_is_valid() {
    for (_, block) in blocks("toml") {
        let shell = Shell::new(false);
        fs::write(shell.home().join("page.toml"), &block.text).unwrap();
        let outcome = shell.run("sh", "tok --config page.toml config check");
        assert_eq!(
            outcome,
            (Some(0), String::new()),
            "{}:\n{}",
            block.place,
            block.text
        );
    }
}

/// Whether a command line of prose is one: words may be missing in it, but none may be wrong.
#[test]
fn every_command_line_parses() {
    let mut count = 0;
    let texts = pages()
        .into_iter()
        .map(|page| (page.name, page.text))
        .chain([(
            "action.yml".to_owned(),
            fs::read_to_string(root().join("action.yml")).unwrap(),
        )]);
    for (name, text) in texts {
        for line in command_lines(&text) {
            let Err(error) = Cli::try_parse_from(&line) else {
                count += 1;
                continue;
            };
            let is_incomplete = matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::MissingSubcommand
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                    | ErrorKind::DisplayHelp
            );
            assert!(is_incomplete, "{name}: {line:?}: {error}");
        }
    }
    assert!(count > 60, "only {count} command lines were found");
}

/// The command lines of `tok` in code spans and blocks: from its name to where the shell's own syntax goes on.
fn command_lines(text: &str) -> Vec<Vec<String>> {
    let starts = text.match_indices("tok ").filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| "`'(".contains(before)) || text[..*at].ends_with("$ ")
    });
    starts
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(['`', '|', '>', '<', ')', '\'', '\n', '\\', ';']);
            let line = &rest[..end.unwrap_or(rest.len())];
            let words = line.split_whitespace().map(|word| word.trim_matches('"'));
            // A variable stands for any value.
            words
                .map(|word| word.replace("$PROFILE", "p").replace("$VARIABLE", "V"))
                .collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        for link in page.links() {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = Path::new(&page.name).parent().unwrap();
            let target = if file.is_empty() {
                page.name.clone()
            } else {
                folder.join(file).to_str().unwrap().to_owned()
            };
            assert!(root().join(&target).exists(), "{}: no {link}", page.name);
            assert!(
                anchor.is_empty()
                    || Page::read(&target)
                        .anchors()
                        .iter()
                        .any(|known| known == anchor),
                "{}: no heading for {link}",
                page.name
            );
        }
    }
}

#[test]
fn every_page_is_in_the_summary() {
    let summary = Page::read("docs/SUMMARY.md").links();
    for page in pages() {
        if let Some(name) = page.name.strip_prefix("docs/") {
            assert!(
                name == "SUMMARY.md" || summary.iter().any(|link| link == name),
                "{name}"
            );
        }
    }
}
