//! `profiles.example.toml`: it is valid, and it shows everything that there is.

use std::fs;
use std::path::Path;

use crate::support::Sandbox;

fn example() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles.example.toml")).unwrap()
}

#[test]
fn every_profile_in_it_is_valid() {
    let tok = Sandbox::new().file("example.toml", example());
    let count = example()
        .lines()
        .filter(|line| line.starts_with("[profiles.") && !line.contains("response]"))
        .count();
    assert!(count > 10);
    tok.run("config check --config example.toml")
        .prints(&format!("example.toml: {count} profiles, all valid\n"));
}

/// The part that is commented out is right too.
#[test]
fn the_literal_secret_in_it_is_valid() {
    let text = example();
    let (_, scratch) = text.split_once("# [profiles.scratch]\n").unwrap();
    let scratch: String = scratch
        .lines()
        .map(|line| line.trim_start_matches("# ").to_owned() + "\n")
        .collect();
    let tok = Sandbox::new().file("example.toml", format!("[profiles.scratch]\n{scratch}"));
    tok.run("config check --config example.toml")
        .prints("example.toml: 1 profile, all valid\n");
}

#[test]
fn it_shows_every_strategy_grant_preset_and_source() {
    let text = example();
    let strategies = tok::profile::Strategy::NAMES
        .iter()
        .map(|name| format!("strategy = \"{name}\""));
    let grants = tok::grant::Grant::NAMES
        .iter()
        .map(|name| format!("grant = \"{name}\""));
    let presets = tok::profile::preset::PRESETS
        .iter()
        .map(|row| format!("preset = \"{}\"", row.name));
    let credentials = ["[credentials]", "username = ", "scheme = "].map(str::to_owned);
    let sources = ["env", "file", "properties", "command", "value"]
        .iter()
        .map(|name| format!("{{ {name} = "));
    let missing: Vec<String> = strategies
        .chain(grants)
        .chain(presets)
        .chain(credentials)
        .chain(sources)
        .filter(|row| !text.contains(row))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// `tok config schema` lists every key; each must be shown here.
#[test]
fn it_shows_every_key() {
    let text = example();
    let keys = [
        "preset",
        "extends",
        "token_url",
        "strategy",
        "method",
        "client_auth",
        "params_in",
        "basic_encoding",
        "grant",
        "renew",
        "client_id",
        "client_secret",
        "username",
        "password",
        "refresh_token",
        "scope",
        "audience",
        "params",
        "headers",
        "names",
        "omit",
        "vars",
        "response",
        "error",
        "status",
        "timeout",
        "connect_timeout",
        "retries",
        "min_ttl",
        "refresh_before",
        "assume_expires_in",
        "cool_down",
        "ca_file",
        "proxy",
    ];
    for key in keys {
        let shown = text.lines().any(|line| {
            line.starts_with(&format!("{key} = "))
                || line.starts_with(&format!("[profiles.odd.{key}]"))
        });
        assert!(shown, "{key} is not shown");
    }
}
