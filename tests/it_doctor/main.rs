//! `tok doctor` from outside: each condition is made on purpose, and must be found.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests are the outside world"
)]

mod cache;
mod profiles;
#[path = "../program/mod.rs"]
mod program;
mod surroundings;
mod world;
