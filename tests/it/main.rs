//! The built binary from outside: what is typed, what comes back, what a server sees, what is left on disk.

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

#[path = "../program/mod.rs"]
mod program;
#[path = "../samples/mod.rs"]
mod samples;
mod support;

// What is sent.
mod grants;
mod providers;
mod strategies;

// Where values come from.
mod inheritance;
mod odd_files;
mod secret_commands;
mod sources;

// What is kept.
mod cache;
mod cache_directory;
mod cool_down;
mod every_key;
mod flight;
mod forget;
mod freshness;
mod identity;
mod rejected;
mod rotation;

// What comes back.
mod refusals;
mod replies;
mod retries;

// How it is handed over.
mod credential;
mod expiry;
mod explain;
mod formats;
mod handover;
mod watch;

// How it begins.
mod import;
mod import_pages;
mod init;

// What goes wrong.
mod config_check;
mod misplaced;
mod network;
mod profiles_file;

// What is promised of all of it.
mod example;
mod generated;
mod help;
mod secrecy;
