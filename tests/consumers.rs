//! `tok credential` asked by the real programs, over HTTP on loopback: `just consumers`.
//!
//! Not one of cargo's ordinary tests, as those need nothing but Rust. git must be there, and cargo is; pip, docker,
//! Terraform and kubectl are tried where they are.

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

mod support;

mod consumers {
    pub(crate) mod git;
    pub(crate) mod others;
    pub(crate) mod registries;
    pub(crate) mod server;
    pub(crate) mod world;
}

use consumers::{git, others, registries};
use std::process::ExitCode;

/// One thing that is tried, and what must come of it.
pub(crate) struct Check {
    name: String,
    test: Box<dyn Fn() -> Result<(), String>>,
}

impl Check {
    pub(crate) fn new(name: &str, test: impl Fn() -> Result<(), String> + 'static) -> Self {
        Self {
            name: name.to_owned(),
            test: Box::new(test),
        }
    }
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let groups = [
        ("git", git::checks()),
        ("cargo", registries::cargo_checks()),
        ("pip 23.1 or later", registries::pip_checks()),
        ("docker", registries::docker_checks()),
        ("Terraform, OpenTofu and kubectl", others::checks()),
    ];
    let (mut tried, mut wrong) = (0, 0);
    for (name, checks) in groups {
        if checks.is_empty() {
            println!("not here, so not tried: {name}");
            wrong += usize::from(name == "git");
        }
        let is_wanted = |check: &Check| {
            wanted.is_empty() || wanted.iter().any(|part| check.name.contains(part))
        };
        for check in checks.iter().filter(|check| is_wanted(check)) {
            tried += 1;
            match (check.test)() {
                Ok(()) => println!("ok    {}", check.name),
                Err(why) => {
                    wrong += 1;
                    println!("WRONG {}\n{why}", check.name);
                }
            }
        }
    }
    println!("{} of {tried} as they must be", tried - wrong.min(tried));
    ExitCode::from(u8::from(wrong > 0))
}
