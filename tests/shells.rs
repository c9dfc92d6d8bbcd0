//! Tokens handed over to real shells and real programs: `just shells`.
//!
//! Not one of cargo's ordinary tests, as those need nothing but Rust. bash, dash, zsh, fish, curl, jq and wget must be
//! there; PowerShell is tried where it is.

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
    pub(crate) mod ci;
    pub(crate) mod completion;
    pub(crate) mod curl;
    pub(crate) mod curl_samples;
    pub(crate) mod exec;
    pub(crate) mod explained;
    pub(crate) mod languages;
    pub(crate) mod terminal;
    pub(crate) mod world;
}

use shells::{ci, completion, curl, curl_samples, exec, explained, languages};
use std::process::{Command, ExitCode, Stdio};

use shells::world::{Did, World};

/// A shell, a script, and what must come of it.
struct Case {
    shell: &'static str,
    script: String,
    stdout: String,
    code: i32,
}

fn case(
    shell: &'static str,
    script: impl Into<String>,
    stdout: impl Into<String>,
    code: i32,
) -> Case {
    Case {
        shell,
        script: script.into(),
        stdout: stdout.into(),
        code,
    }
}

const NEEDED: [&str; 7] = ["bash", "dash", "zsh", "fish", "curl", "jq", "wget"];

fn is_there(program: &str) -> bool {
    let script = format!("command -v {program}");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
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
    let mut cases = languages::all();
    cases.extend(exec::all());
    cases.extend(curl::all());
    cases.extend(ci::all());
    let mut wrong = 0;
    for Case {
        shell,
        script,
        stdout,
        code,
    } in &cases
    {
        let world = World::new();
        let did = world.run(shell, script);
        let expected = Did {
            code: Some(*code),
            stdout: stdout.clone(),
            stderr: String::new(),
        };
        if did != expected {
            println!("{shell}: {script}\n  expected {expected:?}\n  found    {did:?}");
            wrong += 1;
        }
    }
    let mut count = cases.len();
    for check in [curl_samples::check, completion::check, explained::check] {
        let (more, complaints) = check();
        for complaint in &complaints {
            println!("{complaint}");
        }
        wrong += complaints.len();
        count += more;
    }
    println!("{} of {count} as they must be", count - wrong);
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
