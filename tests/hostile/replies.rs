//! Bodies and replies that are odd.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::hostile::reply::Must::{Code, Either, Print};
use crate::hostile::reply::{Case, Must, Reply, case};

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

const GOOD: &str = r#"{"access_token":"tok-1","token_type":"Bearer","expires_in":3600}"#;

/// A mebibyte less what stands around it.
const LARGE: usize = 1024 * 1024 - 200;

/// Bodies of a JSON reply with status 200: the name, whether the token is printed or which exit code it is, and the
/// body. `{T` begins an object with a good token.
const BODIES: &str = r#"
a list                                |  8 | [GOOD]
a string                              |  8 | "tok-1"
a number                              |  8 | 1
null                                  |  8 | null
nothing                               |  8 |
text behind                           |  8 | GOOD and more
two documents                         |  8 | GOODGOOD
JSONP                                 |  8 | callback(GOOD)
single quotes                         |  8 | {'access_token':'tok-1'}
cut                                   |  8 | {"access_token":"tok-1","expires_
an empty object                       |  8 | {}
no token                              |  8 | {"expires_in":3600}
a null token                          |  8 | {"access_token":null}
an empty token                        |  8 | {"access_token":""}
a number as token                     |  8 | {"access_token":1}
a list as token                       |  8 | {"access_token":["tok-1"]}
an object as token                    |  8 | {"access_token":{"value":"tok-1"}}
a boolean as token                    |  8 | {"access_token":true}
two tokens                            |  8 | {T,"access_token":"tok-2"}
the same token twice                  |  8 | {T,"access_token":"tok-1"}
two tokens, one escaped               |  8 | {T,"access\u005ftoken":"tok-2"}
two of what holds the token           |  8 | {T,"x":1,"access\u005ftoken":null}
names in capitals                     |  8 | {"Access_Token":"tok-1"}
a blank in the token                  |  8 | {"access_token":"tok 1"}
a newline in the token                |  8 | {"access_token":"tok-1\n"}
a CI command in the token             |  8 | {"access_token":"tok-1\n::add-mask::x"}
a header in the token                 |  8 | {"access_token":"tok-1\r\nX-Evil: 1"}
a NUL in the token                    |  8 | {"access_token":"tok-1\u0000"}
an escape in the token                |  8 | {"access_token":"\u001b[2Jtok-1"}
a DEL in the token                    |  8 | {"access_token":"tok-1\u007f"}
a letter beyond ASCII in the token    |  8 | {"access_token":"tök-1"}
a direction mark in the token         |  8 | {"access_token":"\u202etok-1"}
half a surrogate in the token         |  8 | {"access_token":"\ud800"}
a bound token                         |  8 | {T,"token_type":"DPoP"}
a bound token, MAC                    |  8 | {T,"token_type":"mac"}
a token type of its own               | ok | {T,"token_type":"\u001b[31mX","expires_in":60}
a type that is a number               | ok | {T,"token_type":7,"expires_in":60}
two lifetimes                         | ok | {T,"expires_in":1,"expires_in":3600}
lifetime zero                         | ok | {T,"expires_in":0}
lifetime negative                     | ok | {T,"expires_in":-1}
lifetime huge                         | ok | {T,"expires_in":9223372036854775807}
lifetime beyond                       | ok | {T,"expires_in":18446744073709551616}
lifetime far below                    | ok | {T,"expires_in":-9223372036854775808}
lifetime a fraction                   | ok | {T,"expires_in":3599.99}
lifetime 1e300                        | ok | {T,"expires_in":1e300}
lifetime 1e400                        | ok | {T,"expires_in":1e400}
lifetime NaN                          |  8 | {T,"expires_in":NaN}
lifetime a string                     | ok | {T,"expires_in":"3600"}
lifetime inf as a string              | ok | {T,"expires_in":"inf"}
lifetime empty                        | ok | {T,"expires_in":""}
lifetime a CI command                 | ok | {T,"expires_in":"::add-mask::soon"}
lifetime a list                       | ok | {T,"expires_in":[3600]}
lifetime an object                    | ok | {T,"expires_in":{"s":1}}
scope a list                          | ok | {T,"scope":["a","b\u001b[0m"],"expires_in":60}
a refresh token that is none          | ok | {T,"refresh_token":"a b","expires_in":60}
an error beside a token               |  5 | {T,"error":"invalid_request"}
an error that is an object            |  5 | {T,"error":{"message":"no"}}
an error that is null                 | ok | {T,"error":null,"expires_in":60}
an error that is empty                | ok | {T,"error":"","expires_in":60}
a number beyond all beside a token    | ok | {T,"x":-1e999999,"expires_in":60}
half a surrogate beside a token       | ok | {T,"x":"\udc00","\ud800":1,"expires_in":60}
two of all else                       | ok | {T,"scope":"a","scope":"b","token_type":"x","token_type":"y"}
"#;

fn table() -> Vec<Case> {
    let row = |line: &str| {
        let mut cells = line.splitn(3, '|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default().to_owned();
        let (name, must, body) = (cell(), cell(), cell());
        let body = body.replace("GOOD", GOOD);
        let body = body.replace("{T", r#"{"access_token":"tok-1""#);
        let must = must.parse().map_or(Print, Code);
        case(name, must, Reply::json("200 OK", &body))
    };
    BODIES.trim().lines().map(row).collect()
}

/// Bodies that are large, or hold what a table of text cannot.
fn bodies() -> Vec<Case> {
    let body =
        |name: &str, must: Must, text: String| case(name, must, Reply::json("200 OK", &text));
    let with = |field: &str| format!(r#"{{"access_token":"tok-1",{field}}}"#);
    let token = |text: &str| format!(r#"{{"access_token":"{text}","expires_in":60}}"#);
    let nested = |open: &str, close: &str, count: usize| open.repeat(count) + &close.repeat(count);
    let many = |open: &str, piece: &str, close: &str| {
        let count = (LARGE - 60) / (piece.len() + 1);
        with(&format!(
            r#""expires_in":60,"x":{open}{}{close}"#,
            vec![piece; count].join(",")
        ))
    };
    let named = |name: &str, value: &str| format!(r#"{{"{name}":{value},"access_token":"tok-1"}}"#);
    let long = "k".repeat(500_000);
    let deep = nested("{\"a\":", "}", 120).replace(":}", ":1}");
    let same = format!("{{{}\"b\":1}}", r#""a":1,"#.repeat(60));
    let (nines, ones) = ("9".repeat(500_000), "1".repeat(500_000));
    let scopes = "a ".repeat(400_000);
    vec![
        body("good", Print, GOOD.to_owned()),
        body("a byte order mark", Print, format!("\u{feff}{GOOD}")),
        body(
            "two byte order marks",
            Code(8),
            format!("\u{feff}\u{feff}{GOOD}"),
        ),
        body("white space around", Print, format!(" \r\n\t{GOOD}\n\n")),
        body("a NUL behind", Code(8), format!("{GOOD}\0")),
        body("a guard in front", Code(8), format!(")]}}',\n{GOOD}")),
        body("comments", Code(8), format!("// no\n{GOOD}")),
        body("blanks", Code(8), " \n ".repeat(100_000)),
        body("a raw control character", Code(8), with("\"x\":\"\u{1}\"")),
        body(
            "a long number",
            Print,
            with(&format!("\"expires_in\":{nines}")),
        ),
        body(
            "a long fraction",
            Print,
            with(&format!("\"expires_in\":60.{ones}")),
        ),
        body(
            "a huge scope",
            Print,
            with(&format!(r#""scope":"{scopes}","expires_in":60"#)),
        ),
        body(
            "a token that is large",
            Either,
            token(&"t".repeat(LARGE - 50)),
        ),
        body(
            "a token that is too large",
            Code(8),
            token(&"t".repeat(1024 * 1024)),
        ),
        body("deep lists", Code(8), nested("[", "]", 100_000)),
        body(
            "deep lists without an end",
            Code(8),
            nested("[", "", 500_000),
        ),
        body("deep objects", Code(8), nested("{\"a\":", "}", 60_000)),
        body("as deep as may be", Code(8), nested("[", "]", 120)),
        body(
            "depth beside a token",
            Print,
            with(&format!("\"x\":{}", nested("[", "]", 100_000))),
        ),
        body("many numbers", Print, many("[", "0", "]")),
        body("many lists", Print, many("[", "[0]", "]")),
        body("many small objects", Print, many("[", r#"{"":0}"#, "]")),
        body("many strings", Print, many("[", r#""""#, "]")),
        body("one name many times", Print, many("{", r#""a":0"#, "}")),
        body(
            "a long name over numbers",
            Print,
            named(&long, &format!("[0{}]", ",0".repeat(200_000))),
        ),
        body("a long name over objects", Print, named(&long, &deep)),
        body(
            "a long name over one name many times",
            Print,
            named(&long, &same),
        ),
        body("long names in one another", Either, {
            format!("\"{}\":{{", "~".repeat(8_000)).repeat(120) + &"}".repeat(120)
        }),
    ]
}

/// Replies that are odd as HTTP: the name, what must come of it, and the head and body, with `\` before line ends.
const HEADS: &str = r"
HTTP/0.9                   |  8 | GOOD
SSH                        |  8 | SSH-2.0-OpenSSH_9.2\
an odd version             |  8 | HTTP/9.9 200 OK\\GOOD
a status of four digits    |  8 | HTTP/1.1 2000 OK\\GOOD
a status that is no number |  8 | HTTP/1.1 OK OK\\GOOD
status 100 only            |  ? | HTTP/1.1 100 Continue\\
status 101                 |  ? | HTTP/1.1 101 Switching\Upgrade: x\Connection: upgrade\\
status 204                 |  8 | HTTP/1.1 204 Nothing\\
status 304                 |  8 | HTTP/1.1 304 Same\\
nothing at all             |  7 |
half a status line         |  ? | HTTP/1.1 20
half a head                |  ? | HTTP/1.1 200 OK\Content-
half a body                |  7 | HTTP/1.1 200 OK\Content-Length: 5000\\GOOD
a length that is too small |  8 | HTTP/1.1 200 OK\Content-Length: 30\\GOOD
no length                  | ok | HTTP/1.1 200 OK\\GOOD
a negative length          |  8 | HTTP/1.1 200 OK\Content-Length: -1\\GOOD
a huge length              |  8 | HTTP/1.1 200 OK\Content-Length: 99999999999999\\GOOD
a length beyond numbers    |  8 | HTTP/1.1 200 OK\Content-Length: 99999999999999999999999999\\GOOD
two lengths                |  ? | HTTP/1.1 200 OK\Content-Length: 64\Content-Length: 3\\GOOD
length and chunks          |  ? | HTTP/1.1 200 OK\Content-Length: 3\Transfer-Encoding: chunked\\2\{}\0\\
chunks without an end      |  7 | HTTP/1.1 200 OK\Transfer-Encoding: chunked\\2\{}\
a chunk of no size         |  8 | HTTP/1.1 200 OK\Transfer-Encoding: chunked\\xyz\{}\
a huge chunk               |  ? | HTTP/1.1 200 OK\Transfer-Encoding: chunked\\ffffffffffffffffff\{}\
";

fn heads() -> Vec<Case> {
    let row = |line: &str| {
        let mut cells = line.splitn(3, '|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        let (name, must) = (cell(), cell());
        let text = cell().replace('\\', "\r\n").replace("GOOD", GOOD);
        let must = match must {
            "ok" => Print,
            "?" => Either,
            code => Code(code.parse().unwrap()),
        };
        case(name, must, Reply::raw(text))
    };
    HEADS.trim().lines().map(row).collect()
}

fn http() -> Vec<Case> {
    let good = |name: &str, must: Must, headers: &str| {
        case(
            name,
            must,
            Reply::new("200 OK", &format!("{headers}\r\n"), GOOD),
        )
    };
    let ok = |name: &str, must: Must, body: &[u8]| case(name, must, Reply::new("200 OK", "", body));
    let form = |name: &str, must: Must, body: &str| {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        case(name, must, Reply::new("200 OK", kind, body))
    };
    let encoded = |name: &str, by: &str, body: &[u8]| {
        let header = format!("Content-Encoding: {by}\r\n");
        case(name, Code(8), Reply::new("200 OK", &header, body))
    };
    let packed = |name: &str, must: Must, body: &[u8]| Case {
        must,
        ..encoded(name, "gzip", body)
    };
    let pairs = (0..130_000).fold(String::new(), |text, n| text + &format!("{n:x}=&"));
    let once = gzip(GOOD.as_bytes());
    let (twice, and_more) = (gzip(&once), [&once[..], b"garbage"].concat());
    let blanks = gzip_of(&[(&[b' '; 8_192], 16_000)]);
    let large = gzip_of(&[(b"{\"a\":\"", 1), (&[b'a'; 8_192], 4_000), (b"\"}", 1)]);
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let page = "<html>::add-mask::</html>";
    let page = Reply::new("200 OK", "Content-Type: text/html\r\n", page);
    let noise = "\u{1}\u{1b}[2J::add-mask::x\r\n##vso[task]\r\n\r\n";
    vec![
        ok("invalid UTF-8", Code(8), b"{\"access_token\":\"tok-\xff\"}"),
        ok("UTF-16", Code(8), &utf16),
        ok("no content type", Print, GOOD.as_bytes()),
        good(
            "another charset",
            Print,
            "Content-Type: application/json; charset=latin1",
        ),
        good(
            "a content type that is HTML",
            Print,
            "Content-Type: text/html",
        ),
        good(
            "a content type that is broken",
            Either,
            "Content-Type: ;;;,\x01\u{e9}",
        ),
        good(
            "a date out of this world",
            Print,
            "Date: Sun, 99 Foo 99999 99:99:99 GMT",
        ),
        good(
            "many headers",
            Either,
            "X-A: b\r\n".repeat(5_000).trim_end(),
        ),
        good(
            "a large header",
            Either,
            &format!("X-A: {}", "b".repeat(2 << 20)),
        ),
        good("a folded header", Either, "X-A: b\r\n c"),
        good("a NUL in a header", Either, "X-A: \0"),
        case("a web page", Code(8), page),
        form("a form", Print, "access_token=tok-1&expires_in=60"),
        form(
            "a form with two tokens",
            Code(8),
            "access_token=tok-1&access_token=tok-2",
        ),
        form(
            "a form with a newline",
            Code(8),
            "access_token=tok-1%0A::add-mask::x",
        ),
        form("a form with half an escape", Either, "access_token=tok-1%"),
        form(
            "a form with many pairs",
            Print,
            &(pairs + "access_token=tok-1"),
        ),
        form(
            "one name many times",
            Print,
            &("a=&".repeat(300_000) + "access_token=tok-1"),
        ),
        packed("gzip", Print, &once),
        packed("a gzip bomb", Code(8), &blanks),
        packed("a gzip bomb of JSON", Code(8), &large),
        packed(
            "gzip of many empty blocks",
            Either,
            &gzip(b"").repeat(40_000),
        ),
        packed("gzip twice", Code(8), &twice),
        packed("gzip, cut", Code(8), &once[..20]),
        packed("gzip with garbage behind", Either, &and_more),
        packed("gzip that is none", Code(8), GOOD.as_bytes()),
        encoded("another encoding", "br", b"\x0b\x02\x80"),
        encoded("two encodings", "gzip, gzip", &twice),
        case("noise", Code(8), Reply::raw(noise)),
        case("TLS", Either, Reply::raw(b"\x15\x03\x01\x00\x02\x02\x28")),
        case(
            "HTTP/2",
            Either,
            Reply::raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"),
        ),
        case("status 999", Code(8), Reply::json("999 What", GOOD)),
    ]
}

pub fn all() -> Vec<Case> {
    [table(), bodies(), heads(), http()]
        .into_iter()
        .flatten()
        .collect()
}
