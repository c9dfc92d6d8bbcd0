//! The test language: a [`Sandbox`] to run `tok` in, a [`Server`] to answer it, and what was said held to the byte.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "each test target uses a part of it"
)]

mod entry;
mod outcome;
mod program;
pub mod samples;
mod sandbox;
mod server;
mod tcp;
mod terminal;
mod tls;

pub use outcome::Outcome;
pub use program::program;
pub use sandbox::Sandbox;
pub use server::{Answer, Server};
pub use tcp::{Tcp, free_port, read_request};
pub use terminal::Terminal;
pub use tls::Authority;

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Unix seconds now.
pub fn now() -> i64 {
    i64::try_from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs(),
    )
    .unwrap()
}

/// The value of a Basic `Authorization` header.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// A JWT that nobody signed, with these claims.
pub fn jwt(claims: &str) -> String {
    format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    )
}

/// The text with what differs from run to run replaced by words: `[HOME]`, `127.0.0.1:[PORT]`, `[TIME]`.
pub fn normalised(text: &str, home: &str) -> String {
    times(&services(&text.replace(home, "[HOME]")))
}

fn services(text: &str) -> String {
    let mut pieces = text.split("127.0.0.1:");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        shown.push_str("127.0.0.1:");
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        shown.push_str(if rest.len() < piece.len() {
            "[PORT]"
        } else {
            ""
        });
        shown.push_str(rest);
    }
    shown
}

/// `2026-11-23T10:00:00Z` becomes `[TIME]`.
fn times(text: &str) -> String {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00Z";
    let mut shown = text.to_owned();
    let is_time = |bytes: &[u8]| {
        bytes.iter().zip(SHAPE).all(|(byte, shape)| {
            if *shape == b'0' {
                byte.is_ascii_digit()
            } else {
                byte == shape
            }
        })
    };
    while let Some(at) = shown.as_bytes().windows(SHAPE.len()).position(is_time) {
        shown.replace_range(at..at + SHAPE.len(), "[TIME]");
    }
    shown
}

#[test]
fn what_differs_is_replaced() {
    let text = "/h/x 127.0.0.1:123/t until 2026-11-23T10:00:00Z.";
    assert_eq!(
        normalised(text, "/h"),
        "[HOME]/x 127.0.0.1:[PORT]/t until [TIME]."
    );
}
