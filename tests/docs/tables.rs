//! The tables of the reference against the library's: a row for each row, no row for nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use tok::cli::{Cli, HELPERS};
use tok::config;
use tok::grant::Grant;
use tok::profile::preset::PRESETS;
use tok::profile::{Strategy, Timing};
use tok::render::format::OutputFormat;
use tok::render::report::Kind;
use tok::secret::SecretRef;
use tok::time::parse_duration;

use super::page::{Page, table};

/// What stands in backticks in a cell, the first of it.
fn code(cell: &str) -> String {
    cell.split('`').nth(1).unwrap_or(cell).to_owned()
}

fn first_column(page: &str, heading: &str) -> Vec<String> {
    table(page, heading)
        .iter()
        .map(|row| code(&row[0]))
        .collect()
}

#[test]
fn strategies() {
    let rows = table("docs/requests.md", "strategy");
    assert_eq!(
        first_column("docs/requests.md", "strategy"),
        Strategy::NAMES
    );
    for (row, strategy) in rows.iter().zip(Strategy::ALL) {
        assert_eq!(
            [row[1].as_str(), &code(&row[2]), &code(&row[3])],
            [
                strategy.method().as_str(),
                strategy.client_auth().as_str(),
                strategy.params_in().as_str()
            ]
        );
        assert_eq!(
            row[0].contains("(default)"),
            *strategy == Strategy::BasicForm
        );
    }
}

#[test]
fn grants() {
    assert_eq!(first_column("docs/requests.md", "grant"), Grant::NAMES);
}

#[test]
fn presets() {
    let rows = table("docs/presets.md", "preset");
    assert_eq!(
        first_column("docs/presets.md", "preset"),
        PRESETS.map(|preset| preset.name)
    );
    for (row, preset) in rows.iter().zip(PRESETS) {
        let strategy = format!("strategy = \"{}\"", code(&row[1]));
        assert!(
            preset.keys().contains(&strategy),
            "{}: {strategy}",
            preset.name
        );
    }
    let page = Page::read("docs/presets.md").text;
    let known = PRESETS
        .iter()
        .filter(|preset| !preset.source().starts_with("https://www.rfc-editor.org/"));
    for preset in known {
        assert!(
            page.contains(preset.source()),
            "docs/presets.md does not link {}",
            preset.source()
        );
    }
}

#[test]
fn secret_sources() {
    // A new kind of source does not compile here until it has its row below.
    let row = |source: &SecretRef| match source {
        SecretRef::Env { .. } => "env",
        SecretRef::File { .. } => "file",
        SecretRef::Properties { .. } => "properties",
        SecretRef::Command { .. } => "command",
        SecretRef::Value(_) => "value",
    };
    let any = String::new;
    let sources = [
        SecretRef::Env { var: any() },
        SecretRef::File { path: any() },
        SecretRef::Properties {
            path: any(),
            key: any(),
        },
        SecretRef::Command { argv: Vec::new() },
        SecretRef::Value("".into()),
    ];
    let found: Vec<String> = first_column("docs/sources.md", "source")
        .iter()
        .map(|cell| {
            cell.trim_start_matches("{ ")
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(found, sources.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn keys() {
    let rows = table("docs/keys.md", "key");
    let found: Vec<(String, bool)> = rows
        .iter()
        .map(|row| (code(&row[0]), row[0].ends_with(" *")))
        .collect();
    let known: Vec<(String, bool)> = config::keys()
        .map(|(name, common)| (name.to_owned(), common))
        .collect();
    assert_eq!(found, known);
}

#[test]
fn defaults_of_keys() {
    let default = |key: &str| {
        let row = table("docs/keys.md", "key")
            .into_iter()
            .find(|row| code(&row[0]) == key)
            .unwrap();
        code(&row[2])
    };
    let built_in = Timing::default();
    let durations: [(&str, Duration); 5] = [
        ("timeout", built_in.timeout),
        ("connect_timeout", built_in.connect_timeout),
        ("min_ttl", built_in.min_ttl),
        ("refresh_before", built_in.refresh_before),
        ("cool_down", built_in.cool_down),
    ];
    for (key, built_in) in durations {
        assert_eq!(parse_duration(&default(key)), Ok(built_in), "{key}");
    }
    assert_eq!(default("retries"), built_in.retries.to_string());
    assert_eq!(default("strategy"), Strategy::NAMES[0]);
    assert_eq!(default("grant"), Grant::NAMES[0]);
}

#[test]
fn exit_codes() {
    let rows = table("docs/exit-codes.md", "code");
    let found: Vec<(String, String)> = rows
        .iter()
        .map(|row| (row[0].clone(), code(&row[1])))
        .collect();
    let known = Kind::ALL.map(|kind| (kind.code().to_string(), kind.as_str().to_owned()));
    let known: Vec<(String, String)> = [("0".to_owned(), String::new())]
        .into_iter()
        .chain(known)
        .collect();
    assert_eq!(found, known);
}

#[test]
fn commands() {
    let cli = Cli::declaration();
    let known: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    assert_eq!(first_column("docs/commands.md", "command"), known);
}

/// The long options in a table of docs/commands.md.
fn long_options(heading: &str) -> BTreeSet<String> {
    let rows = table("docs/commands.md", heading);
    let tokens = rows.iter().flat_map(|row| row[0].split(['`', ' ', ',']));
    let options = tokens.filter_map(|token| token.strip_prefix("--"));
    options.map(str::to_owned).collect()
}

fn declared_options(command: &clap::Command) -> BTreeSet<String> {
    let options = command.get_arguments().filter_map(clap::Arg::get_long);
    let options = options.filter(|name| !["help", "version"].contains(name));
    options.map(str::to_owned).collect()
}

#[test]
fn options() {
    let cli = Cli::declaration();
    let get = declared_options(cli.find_subcommand("get").unwrap());
    let global = declared_options(&cli);
    assert_eq!(long_options("option"), &get - &global);
    assert_eq!(long_options("global option"), global);
}

#[test]
fn helper_names() {
    let names = first_column("docs/credential-helpers.md", "name");
    assert_eq!(names, HELPERS.map(|(name, _)| name));
}

#[test]
fn formats() {
    use clap::ValueEnum as _;
    let known = OutputFormat::value_variants()
        .iter()
        .filter_map(clap::ValueEnum::to_possible_value);
    let known: Vec<String> = known.map(|value| value.get_name().to_owned()).collect();
    assert_eq!(first_column("docs/commands.md", "format"), known);
}

#[test]
fn variables() {
    let help = Cli::declaration().render_long_help().to_string();
    let (_, environment) = help.split_once("Environment: ").unwrap();
    let known: BTreeSet<String> = environment
        .split([',', ' ', '\n'])
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let rows = table("docs/environment.md", "variable");
    let found = rows
        .iter()
        .flat_map(|row| row[0].split(['`', ',', ' ']))
        .filter(|name| !name.is_empty());
    assert_eq!(found.map(str::to_owned).collect::<BTreeSet<_>>(), known);
}
