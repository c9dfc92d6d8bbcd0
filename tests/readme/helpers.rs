//! `docs/credential-helpers.md`: its profiles are valid, its names are those that are known, its command lines are
//! ones. What it says of git, cargo, docker, Terraform and kubectl is tried by `just consumers`.

use std::fs;

use clap::Parser as _;
use tok::cli::{Cli, HELPERS};

use crate::page::{self, root};
use crate::shell::Shell;

fn text() -> String {
    fs::read_to_string(root().join("docs/credential-helpers.md")).unwrap()
}

#[test]
fn its_table_of_credentials_is_valid() {
    let text = text();
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

#[test]
fn it_has_the_names_of_the_helpers() {
    let text = text();
    let rows = text
        .lines()
        .skip_while(|line| *line != "| name | for |")
        .skip(2);
    let names: Vec<&str> = rows
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('`').nth(1))
        .collect();
    assert_eq!(names, HELPERS.map(|(name, _)| name));
}

/// What a program adds to the words of its configuration.
#[test]
fn every_command_line_is_one() {
    let pages = [text(), page::text()];
    let mut tried = 0;
    for line in pages.iter().flat_map(|text| {
        text.match_indices("tok credential ")
            .map(|(at, _)| &text[at..])
    }) {
        let line = &line[..line.find(['\'', '`', '"', '\n']).unwrap_or(line.len())];
        let mut words: Vec<&str> = line.split_whitespace().collect();
        match words[2] {
            "git" => words.push("get"),
            "terraform" | "goauth" | "google" => {}
            other => panic!("nothing is known of what is added to `tok credential {other}`"),
        }
        let outcome = Cli::try_parse_from(&words);
        assert!(outcome.is_ok(), "{words:?}: {}", outcome.unwrap_err());
        tried += 1;
    }
    assert!(tried >= 6, "{tried}");
}

#[test]
fn the_links_are_made_as_it_says() {
    let shell = Shell::new(true);
    let text = text();
    let scripts = text
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next());
    let scripts: Vec<&str> = scripts.filter(|script| script.contains("ln -sf")).collect();
    assert_eq!(scripts.len(), 3);
    for script in scripts {
        assert_eq!(
            shell.run("sh", &format!("set -e\n{script}")),
            (Some(0), String::new()),
            "{script}"
        );
    }
    for (name, _) in HELPERS {
        let bin = shell.home().join(".local/bin").join(name);
        let plugin = shell.home().join(".terraform.d/plugins").join(name);
        assert!(bin.exists() || plugin.exists(), "{name}");
    }
}
