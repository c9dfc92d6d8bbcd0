//! Does to `tok` what a bad day does: crowds, kills, failing system calls, a broken disk, a wrong clock, a broken
//! server. Run by `just faults`, as it needs `strace` and minutes:
//!
//! ```text
//! just faults [--full] [--crowd N] [--storm SECONDS] [--binary FILE] [NAME…]
//! ```
//!
//! Each check is named after the row of the table that it prints; the exit code is 1 if any of them fails.

#![allow(
    unreachable_pub,
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

mod support;

mod faults {
    pub(crate) mod crowd;
    pub(crate) mod damage;
    pub(crate) mod endpoint;
    pub(crate) mod errnos;
    pub(crate) mod kills;
    pub(crate) mod places;
    pub(crate) mod power;
    pub(crate) mod server;
    pub(crate) mod storm;
    pub(crate) mod strace;
    pub(crate) mod world;
}

use faults::{crowd, damage, endpoint, errnos, kills, places, power, storm};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

struct Settings {
    full: bool,
    crowd: usize,
    storm: u64,
    binary: PathBuf,
    only: Vec<String>,
}

fn settings() -> Settings {
    let mut settings = Settings {
        full: false,
        crowd: 200,
        storm: 10,
        binary: env!("CARGO_BIN_EXE_tok").into(),
        only: Vec::new(),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().expect("a value follows");
        match arg.as_str() {
            "--full" => settings.full = true,
            "--crowd" => settings.crowd = value().parse().expect("a number"),
            "--storm" => settings.storm = value().parse().expect("a number"),
            "--binary" => settings.binary = Path::new(&value()).canonicalize().expect("a file"),
            _ => settings.only.push(arg),
        }
    }
    settings
}

type Check<'a> = (
    &'static str,
    &'static str,
    Box<dyn Fn() -> (usize, Vec<String>) + 'a>,
);

fn main() -> ExitCode {
    let settings = settings();
    let binary = settings.binary.as_path();
    let checks: Vec<Check<'_>> = vec![
        (
            "crowd",
            "F1",
            Box::new(|| crowd::check(binary, settings.crowd)),
        ),
        (
            "kills",
            "F2",
            Box::new(|| kills::check(binary, settings.full)),
        ),
        (
            "errnos",
            "F3",
            Box::new(|| errnos::check(binary, settings.full)),
        ),
        ("power", "F4", Box::new(|| power::check(binary))),
        ("places", "F5", Box::new(|| places::check(binary))),
        (
            "damage",
            "F6",
            Box::new(|| damage::check(binary, settings.full)),
        ),
        ("clocks", "F7", Box::new(|| damage::clocks(binary))),
        ("endpoint", "F8", Box::new(|| endpoint::check(binary))),
        (
            "storm",
            "F10",
            Box::new(|| storm::check(binary, settings.storm)),
        ),
    ];
    let mut rows = Vec::new();
    for (name, row, check) in checks {
        if !settings.only.is_empty() && !settings.only.iter().any(|only| only == name) {
            continue;
        }
        eprintln!("{name}…");
        let begun = Instant::now();
        let (cases, failures) = check();
        for failure in failures.iter().take(40) {
            eprintln!("  FAILED {failure}");
        }
        rows.push((row, name, cases, failures.len(), begun.elapsed()));
    }
    println!(
        "{:<4} {:<10} {:>6} {:>7} {:>8}",
        "", "check", "cases", "failed", "seconds"
    );
    for (row, name, cases, failed, took) in &rows {
        println!(
            "{row:<4} {name:<10} {cases:>6} {failed:>7} {:>8.1}",
            took.as_secs_f64()
        );
    }
    ExitCode::from(u8::from(
        rows.iter().any(|(_, _, _, failed, _)| *failed > 0),
    ))
}
