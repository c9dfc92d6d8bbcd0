//! Replies without an end, and text that wants to be more than text.

use crate::hostile::replies::gzip;
use crate::hostile::reply::Must::{Code, Either};
use crate::hostile::reply::Reply::{Drip, Endless, Silence};
use crate::hostile::reply::{Case, Reply, case};
use crate::support::rows;

/// What has no end, or comes slowly.
pub fn all() -> Vec<Case> {
    let ok = "HTTP/1.1 200 OK\r\n";
    let head = |more: &str| format!("{ok}{more}").into_bytes();
    let open = |text: &str| head(&format!("Content-Type: application/json\r\n\r\n{text}"));
    let packed = || head("Content-Encoding: gzip\r\n\r\n");
    let chunked = |text: &str| head(&format!("Transfer-Encoding: chunked\r\n\r\n{text}"));
    let endless = |first: Vec<u8>, rest: &str| Endless(first, rest.as_bytes().to_vec());
    let oops = b"HTTP/1.1 500 Oops\r\n\r\n".to_vec();
    let names = "X-A: bbbbbbbbbbbbbb";
    vec![
        case("an endless body", Code(8), endless(open("{\"a\":\""), "a")),
        case("an endless list", Code(8), endless(open("["), "[],")),
        case("endless blanks", Code(8), endless(open(""), " ")),
        case(
            "endless gzip",
            Code(8),
            Endless(packed(), gzip(&[0; 65_536])),
        ),
        case("endless empty gzip", Code(8), Endless(packed(), gzip(b""))),
        case("endless chunks", Either, endless(chunked(""), "1\r\n \r\n")),
        case(
            "endless chunk extensions",
            Either,
            endless(chunked("1;"), "a"),
        ),
        case("endless headers", Either, endless(head(""), "X-A: b\r\n")),
        case("an endless header", Either, endless(head("X-A: "), "b")),
        case(
            "an endless status line",
            Either,
            endless(b"HTTP/1.1 200 ".to_vec(), "b"),
        ),
        case(
            "endless 100s",
            Either,
            endless(vec![], "HTTP/1.1 100 Continue\r\n\r\n"),
        ),
        case("endless noise", Either, endless(vec![], "\x1b]0;x\x07")),
        case("an endless error", Code(8), endless(oops, "::add-mask::\n")),
        case("a dripping body", Code(7), Drip(open("{"), b" ".to_vec())),
        case("a dripping head", Either, Drip(vec![], head(names))),
        case(
            "dripping headers",
            Code(7),
            Drip(head(""), b"A: b\r\n".to_vec()),
        ),
        case("silence", Code(7), Silence),
    ]
}

/// What could fool a terminal, a person or a CI runner, as it stands in JSON.
const TEXTS: &str = r"
a CI command              | ::add-mask::x
CI commands on own lines  | no\u000a::error::x\u000a##[error]y\u000d\u000a##vso[task.setvariable]z
a carriage return         | fine\r::stop-commands::x
a vertical tab, form feed | a\u000b::error::b\u000c##vso[c
line separators           | a\u2028::error::b\u2029##[c\u0085::d
an escape sequence        | \u001b[2J\u001b]0;title\u0007\u009b31m
direction marks           | \u202eevil\u202c\u2066x\u2069\u200f\u061c
without width             | a\u200bb\u200cc\u200dd\u2060e\ufefff
a NUL                     | a\u0000b
a tag                     | \udb40\udc41\udb40\udc42
";

pub fn texts() -> Vec<Case> {
    let mut cases = Vec::new();
    for [name, text] in rows(TEXTS) {
        for place in ["error", "error_description", "message", "detail"] {
            let body = format!(r#"{{"{place}":"{text}"}}"#);
            cases.push(case(&name, Code(5), Reply::json("400 No", &body)));
        }
        let body = format!(r#"{{"error":{{"message":"{text}"}}}}"#);
        cases.push(case(&name, Code(6), Reply::json("429 Slow", &body)));
        cases.push(case(&name, Code(8), Reply::json("503 Busy", &body)));
    }
    let distant = "Sun, 06 Nov 9999 08:49:37 GMT";
    for value in ["99999999999999999999", "-5", "::add-mask::x", distant, "0"] {
        let header = format!("Retry-After: {value}\r\n");
        cases.push(case(
            &header,
            Code(6),
            Reply::new("429 Slow", &header, "{}"),
        ));
    }
    for place in [
        "",
        "::::",
        "//evil.example/",
        "javascript:alert(1)",
        "http://[::1",
        "/token",
    ] {
        let header = format!("Location: {place}\r\n");
        cases.push(case(&header, Code(8), Reply::new("308 There", &header, "")));
    }
    let header = "Location: https://\u{202e}evil/\r\n";
    cases.push(case(
        "a mark in a redirect",
        Code(8),
        Reply::new("308 There", header, ""),
    ));
    let large = "Lorem ipsum ".repeat(80_000);
    let body = format!(r#"{{"error_description":"{large}"}}"#);
    cases.push(case(
        "a long description",
        Code(5),
        Reply::json("400 No", &body),
    ));
    let text = Reply::new("502 Bad", "Content-Type: text/plain\r\n", large);
    cases.push(case("a long text", Code(8), text));
    cases
}
