//! `docs/ci.md` and `action.yml`: each command line of `tok` in them is one, and each profile is valid. The pipelines are
//! held against the schemas of their CI systems by `just pipelines`.

use std::fs;

use clap::Parser as _;
use tok::cli::Cli;

use crate::page::root;
use crate::shell::Shell;

/// The command lines of `tok` in a text: from the word to where a shell's own syntax goes on, or the sentence.
fn command_lines(text: &str) -> Vec<Vec<String>> {
    let starts = text.match_indices("tok ").filter(|(at, _)| {
        let before = text[..*at].chars().next_back();
        before.is_none_or(|before| " `'(\n".contains(before))
    });
    let lines = starts.map(|(at, _)| {
        let end = text[at..]
            .find(['`', '|', '>', ')', '\'', '\n', '\\'])
            .map_or(text.len(), |end| at + end);
        let words = text[at..end]
            .split_whitespace()
            .map(|word| word.trim_matches('"').to_owned());
        // A variable stands for any word that is right.
        words
            .map(|word| word.replace("$PROFILE", "p").replace("$VARIABLE", "V"))
            .collect::<Vec<_>>()
    });
    let known = ["get", "env", "exec", "curl", "expiry"];
    lines
        .filter(|line| {
            line.get(1)
                .is_some_and(|word| known.contains(&word.as_str()))
        })
        .collect()
}

#[test]
fn every_command_line_is_one() {
    for (name, at_least) in [("docs/ci.md", 10), ("action.yml", 2)] {
        let lines = command_lines(&fs::read_to_string(root().join(name)).unwrap());
        assert!(lines.len() >= at_least, "{name} has {lines:?}");
        for line in lines.iter().filter(|line| **line != ["tok", "exec"]) {
            let outcome = Cli::try_parse_from(line);
            assert!(
                outcome.is_ok(),
                "{name}: {line:?}: {}",
                outcome.unwrap_err()
            );
        }
    }
}

#[test]
fn every_profile_is_valid() {
    let text = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let profiles = text
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .unwrap();
    let shell = Shell::new(false);
    fs::write(shell.home().join("page.toml"), profiles).unwrap();
    let outcome = shell.run("sh", "tok --config page.toml config check");
    assert_eq!(outcome, (Some(0), String::new()));
}
