//! Tokens handed over to real shells and real programs: `just shells`.
//!
//! Not one of cargo's ordinary tests, as those need nothing but Rust. bash, dash, zsh, fish, curl, jq and wget must be
//! there; PowerShell and xh are tried where they are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests are the outside world"
)]

mod support;

mod shells {
    pub(crate) mod completion;
    pub(crate) mod explained;
    pub(crate) mod samples;
    pub(crate) mod terminal;
    pub(crate) mod transcripts;
}

use shells::{completion, explained, samples, transcripts};
use std::process::{Command, ExitCode, Stdio};

const NEEDED: [&str; 7] = ["bash", "dash", "zsh", "fish", "curl", "jq", "wget"];

fn is_there(program: &str) -> bool {
    let script = format!("command -v {program}");
    let mut command = Command::new("sh");
    let status = command.args(["-c", &script]).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn main() -> ExitCode {
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|program| !is_there(program))
        .collect();
    if !missing.is_empty() {
        eprintln!("these are not installed: {}", missing.join(" "));
        return ExitCode::FAILURE;
    }
    let (mut count, mut wrong) = (0, 0);
    for check in [
        transcripts::check,
        samples::check,
        completion::check,
        explained::check,
    ] {
        let (more, complaints) = check();
        for complaint in &complaints {
            println!("{complaint}");
        }
        wrong += complaints.len();
        count += more;
    }
    println!("{} of {count} as they must be", count - wrong);
    ExitCode::from(u8::from(wrong > 0))
}
