//! The test language: a [`Sandbox`] to run `tok` in, a [`Server`] to answer it, and outcomes held to the byte.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "each test target uses a part of it"
)]

mod entry;
mod loopback;
mod outcome;
mod process;
mod program;
pub mod samples;
mod sandbox;
mod server;
mod terminal;
mod tls;

pub use entry::edit_entry_in;
pub use loopback::{Loopback, Request, Tcp, free_port, json_response, read_request, response};
pub use outcome::Outcome;
pub use process::{LIMIT, Running};
pub use program::program;
pub use sandbox::Sandbox;
pub use server::{Answer, Asked, Server};
pub use terminal::{Terminal, open_terminal};
pub use tls::{Authority, over_tls};

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Unix seconds now.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// The value of a Basic `Authorization` header.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// An unsigned JWT with these claims.
pub fn jwt(claims: &str) -> String {
    format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    )
}

/// The rows of a table that is written as text, a line each: cells stand between ` | `, and `\n` in one is a line break.
pub fn rows<const N: usize>(table: &str) -> Vec<[String; N]> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let row = |line: &str| {
        let line = format!(" {line} ");
        let cells = line
            .split(" | ")
            .map(|cell| cell.trim().replace("\\n", "\n"));
        let cells: Vec<String> = cells.collect();
        cells
            .try_into()
            .unwrap_or_else(|cells| panic!("not {N} cells: {cells:?}"))
    };
    lines.map(row).collect()
}

/// The text with what differs from run to run replaced by `[HOME]`, `127.0.0.1:[PORT]`, `[TIME]`.
pub fn normalised(text: &str, home: &str) -> String {
    times(&ports(&text.replace(home, "[HOME]")))
}

fn ports(text: &str) -> String {
    let mut pieces = text.split("127.0.0.1:");
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_digit());
        let has_port = rest.len() < piece.len();
        shown += if has_port {
            "127.0.0.1:[PORT]"
        } else {
            "127.0.0.1:"
        };
        shown += rest;
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
