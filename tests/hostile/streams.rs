//! Replies without an end, and text that wants to be more than text.

use crate::hostile::replies::{Must, OrEither as _, Row, gzip, json, reply};
use crate::hostile::server::Reply;

/// What has no end, or comes slowly.
pub fn streams() -> Vec<Row> {
    use Must::{Code, Either};
    let open = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_vec();
    let with = |text: &str| [open.clone(), text.as_bytes().to_vec()].concat();
    let packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    vec![
        (
            "an endless body",
            Code(8),
            Reply::Endless(with("{\"a\":\""), b"a".to_vec()),
        ),
        (
            "an endless list",
            Code(8),
            Reply::Endless(with("["), b"[],".to_vec()),
        ),
        (
            "endless blanks",
            Code(8),
            Reply::Endless(open.clone(), b" ".to_vec()),
        ),
        (
            "endless gzip",
            Code(8),
            Reply::Endless(packed.clone(), gzip(&[0; 65_536])),
        ),
        (
            "endless empty gzip",
            Code(8),
            Reply::Endless(packed, gzip(b"")),
        ),
        (
            "endless chunks",
            Either,
            Reply::Endless(chunked.clone(), b"1\r\n \r\n".to_vec()),
        ),
        (
            "endless chunk extensions",
            Either,
            Reply::Endless([chunked, b"1;".to_vec()].concat(), b"a".to_vec()),
        ),
        (
            "endless headers",
            Code(8),
            Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".to_vec()),
        )
            .or_either(),
        (
            "an endless header",
            Code(8),
            Reply::Endless(b"HTTP/1.1 200 OK\r\nX-A: ".to_vec(), b"b".to_vec()),
        )
            .or_either(),
        (
            "an endless status line",
            Code(8),
            Reply::Endless(b"HTTP/1.1 200 ".to_vec(), b"b".to_vec()),
        )
            .or_either(),
        (
            "endless 100s",
            Either,
            Reply::Endless(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        ),
        (
            "endless noise",
            Code(8),
            Reply::Endless(Vec::new(), b"\x1b]0;x\x07".to_vec()),
        )
            .or_either(),
        (
            "an endless error",
            Code(8),
            Reply::Endless(
                b"HTTP/1.1 500 Oops\r\n\r\n".to_vec(),
                b"::add-mask::\n".to_vec(),
            ),
        ),
        (
            "a dripping body",
            Code(7),
            Reply::Drip(with("{"), b" ".to_vec()),
        ),
        (
            "a dripping head",
            Code(7),
            Reply::Drip(
                Vec::new(),
                b"HTTP/1.1 200 OK\r\nX-A: bbbbbbbbbbbbbb".to_vec(),
            ),
        )
            .or_either(),
        (
            "dripping headers",
            Code(7),
            Reply::Drip(b"HTTP/1.1 200 OK\r\n".to_vec(), b"A: b\r\n".to_vec()),
        ),
        ("silence", Code(7), Reply::Silence),
    ]
}

/// Text that wants to be more than text.
pub fn words() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, text) in [
        ("a CI command", "::add-mask::x"),
        (
            "a CI command on a line of its own",
            r"no\n::error::x\n##[error]y\r\n##vso[task.setvariable]z",
        ),
        ("a carriage return", r"fine\r::stop-commands::x"),
        (
            "a vertical tab and a form feed",
            r"a\u000b::error::b\u000c##vso[c",
        ),
        ("line separators", r"a\u2028::error::b\u2029##[c\u0085::d"),
        (
            "an escape sequence",
            r"\u001b[2J\u001b]0;title\u0007\u009b31m",
        ),
        (
            "direction marks",
            r"\u202eevil\u202c\u2066x\u2069\u200f\u061c",
        ),
        (
            "characters without width",
            r"a\u200bb\u200cc\u200dd\u2060e\ufefff",
        ),
        ("a NUL", r"a\u0000b"),
        ("a tag", r"\udb40\udc41\udb40\udc42"),
    ] {
        for place in ["error", "error_description", "message", "detail"] {
            let body = format!(r#"{{"{place}":"{text}"}}"#);
            rows.push((name, Must::Code(5), json("400 No", &body)));
        }
        let body = format!(r#"{{"error":{{"message":"{text}"}}}}"#);
        rows.push((name, Must::Code(6), json("429 Slow", &body)));
        rows.push((name, Must::Code(8), json("503 Busy", &body)));
    }
    for (name, value) in [
        ("a Retry-After that is huge", "99999999999999999999"),
        ("a Retry-After that is negative", "-5"),
        ("a Retry-After that is a command", "::add-mask::x"),
        (
            "a Retry-After in another age",
            "Sun, 06 Nov 9999 08:49:37 GMT",
        ),
        ("a Retry-After of no time", "0"),
    ] {
        rows.push((
            name,
            Must::Code(6),
            reply("429 Slow", &format!("Retry-After: {value}\r\n"), b"{}"),
        ));
    }
    for location in [
        "",
        "::::",
        "//evil.example/",
        "javascript:alert(1)",
        "http://[::1",
        "https://\u{202e}evil/",
        "/token",
    ] {
        rows.push((
            "a redirect",
            Must::Code(8),
            reply("308 There", &format!("Location: {location}\r\n"), b""),
        ));
    }
    let large = "Lorem ipsum ".repeat(80_000);
    rows.push((
        "a long description",
        Must::Code(5),
        json("400 No", &format!(r#"{{"error_description":"{large}"}}"#)),
    ));
    rows.push((
        "a long text",
        Must::Code(8),
        reply("502 Bad", "Content-Type: text/plain\r\n", large.as_bytes()),
    ));
    rows
}
