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

mod support;

mod providers;
