//! The table of hostile replies.

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::streams;
use crate::hostile::server::Reply;

/// What must come of a reply.
#[derive(Clone, Copy)]
pub enum Must {
    Print,
    Code(i32),
    /// Either is right, as long as it is clean.
    Either,
}

pub struct Case {
    pub name: String,
    pub must: Must,
    pub reply: Arc<Reply>,
}

pub fn reply(status: &str, headers: &str, body: &[u8]) -> Reply {
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    Reply::Whole([head.as_bytes(), body].concat())
}

pub fn json(status: &str, body: &str) -> Reply {
    reply(
        status,
        "Content-Type: application/json\r\n",
        body.as_bytes(),
    )
}

pub fn gzip(body: &[u8]) -> Vec<u8> {
    gzip_of(&[(body, 1)])
}

/// Never unpacked here: a child's peak of memory begins with its parent's.
fn gzip_of(pieces: &[(&[u8], usize)]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for (piece, count) in pieces {
        for _ in 0..*count {
            encoder.write_all(piece).unwrap();
        }
    }
    encoder.finish().unwrap()
}

fn gzipped(body: &[u8]) -> Reply {
    bomb(&gzip(body))
}

fn bomb(packed: &[u8]) -> Reply {
    reply("200 OK", "Content-Encoding: gzip\r\n", packed)
}

const GOOD: &str = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":3600}"#;

/// A mebibyte less what stands around it.
const LARGE: usize = 1024 * 1024 - 200;

pub fn all() -> Vec<Case> {
    let bodies = bodies()
        .into_iter()
        .map(|(name, must, body)| (name, must, json("200 OK", &body)));
    let table = bodies
        .chain(bytes())
        .chain(streams::streams())
        .chain(streams::words());
    table
        .map(|(name, must, reply)| Case {
            name: name.to_owned(),
            must,
            reply: Arc::new(reply),
        })
        .collect()
}

pub type Row = (&'static str, Must, Reply);

/// Bodies of a JSON reply with status 200.
fn bodies() -> Vec<(&'static str, Must, String)> {
    use Must::{Code, Either, Print};
    let with = |field: &str| format!(r#"{{"access_token":"tok-1",{field}}}"#);
    let nested = |open: &str, close: &str, count: usize| {
        format!(r#"{{"a":{}{}}}"#, open.repeat(count), close.repeat(count))
    };
    let many = |open: &str, piece: &str, close: &str| {
        let (head, tail) = (
            format!(r#"{{"access_token":"tok-1","expires_in":60,"x":{open}"#),
            format!("{close}}}"),
        );
        let count = (LARGE - head.len() - tail.len()) / (piece.len() + 1);
        let pieces = vec![piece; count].join(",");
        format!("{head}{pieces}{tail}")
    };
    let long = "k".repeat(500_000);
    vec![
        ("good", Print, GOOD.to_owned()),
        ("a byte order mark", Print, format!("\u{feff}{GOOD}")),
        (
            "two byte order marks",
            Code(8),
            format!("\u{feff}\u{feff}{GOOD}"),
        ),
        ("white space around", Print, format!(" \r\n\t{GOOD}\n\n")),
        ("a NUL behind", Code(8), format!("{GOOD}\0")),
        ("text behind", Code(8), format!("{GOOD} and more")),
        ("two documents", Code(8), GOOD.repeat(2)),
        ("JSONP", Code(8), format!("callback({GOOD})")),
        ("a guard in front", Code(8), format!(")]}}',\n{GOOD}")),
        ("comments", Code(8), format!("// no\n{GOOD}")),
        ("single quotes", Code(8), GOOD.replace('"', "'")),
        ("cut", Code(8), GOOD[..40].to_owned()),
        ("a list", Code(8), format!("[{GOOD}]")),
        ("a string", Code(8), "\"tok-1\"".to_owned()),
        ("a number", Code(8), "1".to_owned()),
        ("null", Code(8), "null".to_owned()),
        ("nothing", Code(8), String::new()),
        ("blanks", Code(8), " \n ".repeat(100_000)),
        ("an empty object", Code(8), "{}".to_owned()),
        ("no token", Code(8), r#"{"expires_in":3600}"#.to_owned()),
        (
            "a null token",
            Code(8),
            r#"{"access_token":null}"#.to_owned(),
        ),
        (
            "an empty token",
            Code(8),
            r#"{"access_token":""}"#.to_owned(),
        ),
        (
            "a number as token",
            Code(8),
            r#"{"access_token":1}"#.to_owned(),
        ),
        (
            "a list as token",
            Code(8),
            r#"{"access_token":["tok-1"]}"#.to_owned(),
        ),
        (
            "an object as token",
            Code(8),
            r#"{"access_token":{"value":"tok-1"}}"#.to_owned(),
        ),
        (
            "a boolean as token",
            Code(8),
            r#"{"access_token":true}"#.to_owned(),
        ),
        (
            "two tokens",
            Code(8),
            r#"{"access_token":"tok-1","access_token":"tok-2"}"#.to_owned(),
        ),
        (
            "the same token twice",
            Code(8),
            r#"{"access_token":"tok-1","access_token":"tok-1"}"#.to_owned(),
        ),
        (
            "two tokens, one escaped",
            Code(8),
            r#"{"access_token":"tok-1","access\u005ftoken":"tok-2"}"#.to_owned(),
        ),
        (
            "two lifetimes",
            Print,
            with(r#""expires_in":1,"expires_in":3600"#),
        ),
        (
            "names in capitals",
            Code(8),
            r#"{"Access_Token":"tok-1"}"#.to_owned(),
        ),
        (
            "a blank in the token",
            Code(8),
            r#"{"access_token":"tok 1"}"#.to_owned(),
        ),
        (
            "a newline in the token",
            Code(8),
            r#"{"access_token":"tok-1\n"}"#.to_owned(),
        ),
        (
            "a CI command in the token",
            Code(8),
            r#"{"access_token":"tok-1\n::add-mask::x"}"#.to_owned(),
        ),
        (
            "a header in the token",
            Code(8),
            r#"{"access_token":"tok-1\r\nX-Evil: 1"}"#.to_owned(),
        ),
        (
            "a NUL in the token",
            Code(8),
            r#"{"access_token":"tok-1\u0000"}"#.to_owned(),
        ),
        (
            "an escape in the token",
            Code(8),
            r#"{"access_token":"\u001b[2Jtok-1"}"#.to_owned(),
        ),
        (
            "a DEL in the token",
            Code(8),
            r#"{"access_token":"tok-1\u007f"}"#.to_owned(),
        ),
        (
            "a letter beyond ASCII in the token",
            Code(8),
            r#"{"access_token":"tök-1"}"#.to_owned(),
        ),
        (
            "a direction mark in the token",
            Code(8),
            r#"{"access_token":"\u202etok-1"}"#.to_owned(),
        ),
        (
            "half a surrogate in the token",
            Code(8),
            r#"{"access_token":"\ud800"}"#.to_owned(),
        ),
        (
            "a raw control character",
            Code(8),
            "{\"access_token\":\"tok-1\",\"x\":\"\u{1}\"}".to_owned(),
        ),
        (
            "a token type of its own",
            Print,
            with(r#""token_type":"\u001b[31mX","expires_in":60"#),
        ),
        ("a bound token", Code(8), with(r#""token_type":"DPoP""#)),
        ("a bound token, MAC", Code(8), with(r#""token_type":"mac""#)),
        (
            "a type that is a number",
            Print,
            with(r#""token_type":7,"expires_in":60"#),
        ),
        ("lifetime zero", Print, with(r#""expires_in":0"#)),
        ("lifetime negative", Print, with(r#""expires_in":-1"#)),
        (
            "lifetime huge",
            Print,
            with(r#""expires_in":9223372036854775807"#),
        ),
        (
            "lifetime beyond",
            Print,
            with(r#""expires_in":18446744073709551616"#),
        ),
        (
            "lifetime far below",
            Print,
            with(r#""expires_in":-9223372036854775808"#),
        ),
        (
            "lifetime a fraction",
            Print,
            with(r#""expires_in":3599.99"#),
        ),
        ("lifetime 1e3", Print, with(r#""expires_in":1e3"#)),
        ("lifetime 1e300", Print, with(r#""expires_in":1e300"#)),
        ("lifetime 1e400", Print, with(r#""expires_in":1e400"#)),
        ("lifetime NaN", Code(8), with(r#""expires_in":NaN"#)),
        ("lifetime a string", Print, with(r#""expires_in":"3600""#)),
        (
            "lifetime NaN as a string",
            Print,
            with(r#""expires_in":"NaN""#),
        ),
        (
            "lifetime inf as a string",
            Print,
            with(r#""expires_in":"inf""#),
        ),
        ("lifetime empty", Print, with(r#""expires_in":"""#)),
        (
            "lifetime words",
            Print,
            with(r#""expires_in":"::add-mask::soon""#),
        ),
        ("lifetime a list", Print, with(r#""expires_in":[3600]"#)),
        ("lifetime an object", Print, with(r#""expires_in":{"s":1}"#)),
        (
            "a long number",
            Print,
            with(&format!(r#""expires_in":{}"#, "9".repeat(500_000))),
        ),
        (
            "a long fraction",
            Print,
            with(&format!(r#""expires_in":60.{}"#, "1".repeat(500_000))),
        ),
        (
            "scope a list",
            Print,
            with(r#""scope":["a","b\u001b[0m"],"expires_in":60"#),
        ),
        (
            "scope huge",
            Print,
            with(&format!(
                r#""scope":"{}","expires_in":60"#,
                "a ".repeat(400_000)
            )),
        ),
        (
            "a refresh token that is none",
            Print,
            with(r#""refresh_token":"a b","expires_in":60"#),
        ),
        (
            "an error beside a token",
            Code(5),
            with(r#""error":"invalid_request""#),
        ),
        (
            "an error that is an object",
            Code(5),
            with(r#""error":{"message":"no"}"#),
        ),
        (
            "an error that is null",
            Print,
            with(r#""error":null,"expires_in":60"#),
        ),
        (
            "an error that is empty",
            Print,
            with(r#""error":"","expires_in":60"#),
        ),
        (
            "a token that is large",
            Either,
            format!(
                r#"{{"access_token":"{}","expires_in":60}}"#,
                "t".repeat(LARGE - 50)
            ),
        ),
        (
            "a token that is too large",
            Code(8),
            format!(r#"{{"access_token":"{}"}}"#, "t".repeat(1024 * 1024)),
        ),
        ("deep lists", Code(8), nested("[", "]", 100_000)),
        (
            "deep lists without an end",
            Code(8),
            nested("[", "", 500_000),
        ),
        ("deep objects", Code(8), nested("{\"a\":", "1}", 60_000)),
        ("as deep as may be", Code(8), nested("[", "]", 120)),
        (
            "depth beside a token",
            Print,
            with(&format!(
                r#""x":{}{}"#,
                "[".repeat(100_000),
                "]".repeat(100_000)
            )),
        ),
        (
            "a number beyond all beside a token",
            Print,
            with(r#""x":-1e999999,"expires_in":60"#),
        ),
        (
            "half a surrogate beside a token",
            Print,
            with(r#""x":"\udc00","\ud800":1,"expires_in":60"#),
        ),
        (
            "two of all else",
            Print,
            with(r#""scope":"a","scope":"b","token_type":"x","token_type":"Bearer""#),
        ),
        (
            "two of what holds the token",
            Code(8),
            r#"{"access_token":"tok-1","x":1,"access\u005ftoken":null}"#.to_owned(),
        ),
        ("many numbers", Print, many("[", "0", "]")),
        ("many lists", Print, many("[", "[0]", "]")),
        ("many empty lists", Print, many("[", "[]", "]")),
        ("many small objects", Print, many("[", r#"{"":0}"#, "]")),
        ("many strings", Print, many("[", r#""""#, "]")),
        ("one name many times", Print, many("{", r#""a":0"#, "}")),
        (
            "a long name over many numbers",
            Print,
            format!(
                r#"{{"{long}":[0{}],"access_token":"tok-1"}}"#,
                ",0".repeat(200_000)
            ),
        ),
        (
            "a long name over deep objects",
            Print,
            format!(
                r#"{{"{long}":{}1{},"access_token":"tok-1"}}"#,
                r#"{"a":"#.repeat(120),
                "}".repeat(120)
            ),
        ),
        (
            "long names in one another",
            Either,
            format!(
                r"{{{}1{}",
                format!("\"{}\":{{", "~".repeat(8_000)).repeat(120),
                "}".repeat(120)
            ),
        ),
        (
            "a long name twice",
            Print,
            format!(
                r#"{{"{long}":{{{}"b":1}},"access_token":"tok-1"}}"#,
                r#""a":1,"#.repeat(60)
            ),
        ),
    ]
}

/// Replies that are odd as HTTP.
fn bytes() -> Vec<Row> {
    use Must::{Code, Either, Print};
    let raw = |text: &str| Reply::Whole(text.as_bytes().to_vec());
    let form = |body: &str| {
        reply(
            "200 OK",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            body.as_bytes(),
        )
    };
    let pairs: String = (0..130_000).fold(String::new(), |text, n| text + &format!("{n:x}=&"));
    let head = |more: &str| format!("HTTP/1.1 200 OK\r\n{more}\r\n{GOOD}");
    let length = GOOD.len();
    vec![
        (
            "invalid UTF-8",
            Code(8),
            reply("200 OK", "", b"{\"access_token\":\"tok-\xff\"}"),
        ),
        (
            "UTF-16",
            Code(8),
            reply(
                "200 OK",
                "",
                &GOOD
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<_>>(),
            ),
        ),
        (
            "another charset",
            Print,
            reply(
                "200 OK",
                "Content-Type: application/json; charset=latin1\r\n",
                GOOD.as_bytes(),
            ),
        ),
        (
            "no content type",
            Print,
            reply("200 OK", "", GOOD.as_bytes()),
        ),
        (
            "a content type that is HTML",
            Print,
            reply("200 OK", "Content-Type: text/html\r\n", GOOD.as_bytes()),
        ),
        (
            "a content type that is broken",
            Print,
            reply(
                "200 OK",
                "Content-Type: ;;;,\x01\u{e9}\r\n",
                GOOD.as_bytes(),
            ),
        )
            .or_either(),
        (
            "a web page",
            Code(8),
            reply(
                "200 OK",
                "Content-Type: text/html\r\n",
                b"<html>::add-mask::</html>",
            ),
        ),
        ("a form", Print, form("access_token=tok-1&expires_in=60")),
        (
            "a form with two tokens",
            Code(8),
            form("access_token=tok-1&access_token=tok-2"),
        ),
        (
            "a form with a newline",
            Code(8),
            form("access_token=tok-1%0A::add-mask::x"),
        ),
        (
            "a form with half an escape",
            Code(8),
            form("access_token=tok-1%"),
        )
            .or_either(),
        (
            "a form with many pairs",
            Print,
            form(&(pairs.clone() + "access_token=tok-1")),
        ),
        (
            "a form with one name many times",
            Print,
            form(&("a=&".repeat(300_000) + "access_token=tok-1")),
        ),
        ("gzip", Print, gzipped(GOOD.as_bytes())),
        (
            "a gzip bomb",
            Code(8),
            bomb(&gzip_of(&[(&[b' '; 65_536], 2_000)])),
        ),
        (
            "a gzip bomb of JSON",
            Code(8),
            bomb(&gzip_of(&[
                (b"{\"a\":\"", 1),
                (&[b'a'; 65_536], 500),
                (b"\"}", 1),
            ])),
        ),
        (
            "gzip of many empty blocks",
            Either,
            reply(
                "200 OK",
                "Content-Encoding: gzip\r\n",
                &gzip(b"").repeat(40_000),
            ),
        ),
        (
            "gzip twice",
            Code(8),
            reply(
                "200 OK",
                "Content-Encoding: gzip\r\n",
                &gzip(&gzip(GOOD.as_bytes())),
            ),
        ),
        (
            "gzip, cut",
            Code(8),
            reply(
                "200 OK",
                "Content-Encoding: gzip\r\n",
                &gzip(GOOD.as_bytes())[..20],
            ),
        ),
        ("gzip with garbage behind", Either, {
            reply(
                "200 OK",
                "Content-Encoding: gzip\r\n",
                &[gzip(GOOD.as_bytes()), b"garbage".to_vec()].concat(),
            )
        }),
        (
            "gzip that is none",
            Code(8),
            reply("200 OK", "Content-Encoding: gzip\r\n", GOOD.as_bytes()),
        ),
        (
            "another encoding",
            Code(8),
            reply("200 OK", "Content-Encoding: br\r\n", b"\x0b\x02\x80"),
        ),
        (
            "two encodings",
            Code(8),
            reply(
                "200 OK",
                "Content-Encoding: gzip, gzip\r\n",
                &gzip(&gzip(GOOD.as_bytes())),
            ),
        ),
        ("HTTP/0.9", Code(8), raw(GOOD)),
        (
            "noise",
            Code(8),
            raw("\u{1}\u{1b}[2J::add-mask::x\r\n##vso[task]\r\n\r\n"),
        ),
        (
            "TLS",
            Code(8),
            Reply::Whole(b"\x15\x03\x01\x00\x02\x02\x28".to_vec()),
        )
            .or_either(),
        ("SSH", Code(8), raw("SSH-2.0-OpenSSH_9.2\r\n")),
        (
            "HTTP/2",
            Code(8),
            Reply::Whole(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00".to_vec()),
        )
            .or_either(),
        (
            "an odd version",
            Code(8),
            raw(&format!("HTTP/9.9 200 OK\r\n\r\n{GOOD}")),
        ),
        (
            "a status of four digits",
            Code(8),
            raw(&format!("HTTP/1.1 2000 OK\r\n\r\n{GOOD}")),
        ),
        (
            "a status that is no number",
            Code(8),
            raw(&format!("HTTP/1.1 OK OK\r\n\r\n{GOOD}")),
        ),
        ("status 999", Code(8), json("999 What", GOOD)),
        (
            "status 100 only",
            Code(7),
            raw("HTTP/1.1 100 Continue\r\n\r\n"),
        )
            .or_either(),
        (
            "status 101",
            Code(8),
            raw("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        )
            .or_either(),
        ("status 204", Code(8), raw("HTTP/1.1 204 Nothing\r\n\r\n")),
        ("status 304", Code(8), raw("HTTP/1.1 304 Same\r\n\r\n")),
        ("nothing at all", Code(7), raw("")),
        ("half a status line", Code(7), raw("HTTP/1.1 20")).or_either(),
        ("half a head", Code(7), raw("HTTP/1.1 200 OK\r\nContent-")).or_either(),
        (
            "half a body",
            Code(7),
            raw(&head("Content-Length: 5000\r\n")),
        ),
        (
            "a length that is too small",
            Code(8),
            raw(&head("Content-Length: 30\r\n")),
        ),
        ("no length", Print, raw(&head(""))),
        (
            "a negative length",
            Code(8),
            raw(&head("Content-Length: -1\r\n")),
        ),
        (
            "a huge length",
            Code(8),
            raw(&head("Content-Length: 99999999999999\r\n")),
        ),
        (
            "a length beyond numbers",
            Code(8),
            raw(&head("Content-Length: 99999999999999999999999999\r\n")),
        ),
        (
            "two lengths",
            Code(8),
            raw(&head(&format!(
                "Content-Length: {length}\r\nContent-Length: 3\r\n"
            ))),
        )
            .or_either(),
        (
            "length and chunks",
            Either,
            raw(
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            ),
        ),
        (
            "chunks without an end",
            Code(7),
            raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
        ),
        (
            "a chunk of no size",
            Code(8),
            raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n"),
        ),
        (
            "a huge chunk",
            Code(8),
            raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n",
            ),
        )
            .or_either(),
        (
            "a date out of this world",
            Print,
            reply(
                "200 OK",
                "Date: Sun, 99 Foo 99999 99:99:99 GMT\r\n",
                GOOD.as_bytes(),
            ),
        ),
        (
            "many headers",
            Either,
            reply("200 OK", &"X-A: b\r\n".repeat(5_000), GOOD.as_bytes()),
        ),
        (
            "a large header",
            Either,
            reply(
                "200 OK",
                &format!("X-A: {}\r\n", "b".repeat(2 << 20)),
                GOOD.as_bytes(),
            ),
        ),
        (
            "a folded header",
            Either,
            reply("200 OK", "X-A: b\r\n c\r\n", GOOD.as_bytes()),
        ),
        (
            "a NUL in a header",
            Either,
            reply("200 OK", "X-A: \0\r\n", GOOD.as_bytes()),
        ),
    ]
}

/// Where reading it and refusing it are both right.
pub trait OrEither {
    fn or_either(self) -> Self;
}

impl OrEither for Row {
    fn or_either(self) -> Self {
        (self.0, Must::Either, self.2)
    }
}
