//! Does to `tok` what a bad day does: crowds, kills, failing system calls, a broken disk, a wrong clock, a broken
//! server. Run by `just faults`, as it needs `strace` and minutes:
//!
//! ```text
//! just faults [--full] [--crowd N] [--storm SECONDS] [NAME…]
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
use std::process::ExitCode;
use std::time::Instant;

struct Settings {
    full: bool,
    crowd: usize,
    storm: u64,
    only: Vec<String>,
}

fn settings() -> Settings {
    let mut settings = Settings {
        full: false,
        crowd: 200,
        storm: 10,
        only: Vec::new(),
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || {
            args.next()
                .and_then(|value| value.parse().ok())
                .expect("a number")
        };
        match arg.as_str() {
            "--full" => settings.full = true,
            "--crowd" => settings.crowd = usize::try_from(number()).unwrap(),
            "--storm" => settings.storm = number(),
            _ => settings.only.push(arg),
        }
    }
    settings
}

type Check<'a> = (
    &'static str,
    &'static str,
    &'a dyn Fn() -> (usize, Vec<String>),
);

fn main() -> ExitCode {
    let settings = settings();
    let full = settings.full;
    let checks: [Check<'_>; 9] = [
        ("crowd", "F1", &|| crowd::check(settings.crowd)),
        ("kills", "F2", &|| kills::check(full)),
        ("errnos", "F3", &|| errnos::check(full)),
        ("power", "F4", &power::check),
        ("places", "F5", &places::check),
        ("damage", "F6", &|| damage::check(full)),
        ("clocks", "F7", &damage::clocks),
        ("endpoint", "F8", &endpoint::check),
        ("storm", "F10", &|| storm::check(settings.storm)),
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
        let seconds = begun.elapsed().as_secs_f64();
        rows.push((row, name, cases, failures.len(), seconds));
    }
    println!("     check       cases  failed  seconds");
    for (row, name, cases, failed, seconds) in &rows {
        println!("{row:<4} {name:<10} {cases:>6} {failed:>7} {seconds:>8.1}");
    }
    let is_failed = rows.iter().any(|(_, _, _, failed, _)| *failed > 0);
    ExitCode::from(u8::from(is_failed))
}
