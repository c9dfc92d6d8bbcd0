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

// What is sent.
mod support;

mod it {
    pub(crate) mod grants;
    pub(crate) mod providers;
    pub(crate) mod strategies;

    // Where values come from.
    pub(crate) mod inheritance;
    pub(crate) mod odd_files;
    pub(crate) mod output_file;
    pub(crate) mod secret_commands;
    pub(crate) mod sources;

    // What is kept.
    pub(crate) mod cache;
    pub(crate) mod cache_directory;
    pub(crate) mod cool_down;
    pub(crate) mod every_key;
    pub(crate) mod flight;
    pub(crate) mod forget;
    pub(crate) mod freshness;
    pub(crate) mod identity;
    pub(crate) mod rejected;
    pub(crate) mod rotation;

    // What comes back.
    pub(crate) mod refusals;
    pub(crate) mod replies;
    pub(crate) mod retries;

    // How it is handed over.
    pub(crate) mod credential;
    pub(crate) mod expiry;
    pub(crate) mod explain;
    pub(crate) mod formats;
    pub(crate) mod handover;
    pub(crate) mod watch;

    // How it begins.
    pub(crate) mod import;
    pub(crate) mod import_secrecy;
    pub(crate) mod init;
    pub(crate) mod init_file;

    // What goes wrong.
    pub(crate) mod misplaced;
    pub(crate) mod network;
    pub(crate) mod profiles_file;
    pub(crate) mod wrong_profiles;

    // What is promised of all of it.
    pub(crate) mod doctor;
    pub(crate) mod example;
    pub(crate) mod generated;
    pub(crate) mod help;
    pub(crate) mod secrecy;
}
