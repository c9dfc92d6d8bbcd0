//! Words, as shells and pages write them.

use super::*;
use crate::sample::text::Piece;

/// A word with its variables in brackets.
pub(in crate::sample) fn shown(word: &Text) -> String {
    let piece = |piece: &Piece<'_>| match piece {
        Piece::Literal(text) => (*text).to_owned(),
        Piece::Variable(name) => format!("[{name}]"),
    };
    word.pieces().iter().map(piece).collect()
}

fn split(source: &str) -> Vec<String> {
    words(source, None).unwrap().iter().map(shown).collect()
}

#[test]
fn words_are_those_of_a_shell() {
    let cases: [(&str, &[&str]); 26] = [
        ("a  b\tc", &["a", "b", "c"]),
        (r#"'a b' "c d" e\ f"#, &["a b", "c d", "e f"]),
        (
            r#"'it'\''s' "say \"hi\" \$5 \x""#,
            &["it's", "say \"hi\" $5 \\x"],
        ),
        ("'' \"\"", &["", ""]),
        (r"$'a\tb\'c\x41\u00e9\101'", &["a\tb'cA\u{e9}A"]),
        (
            "$A ${B} ${C:-none} \"x$D.y\" '$E' $1 $",
            &["[A]", "[B]", "[C]", "x[D].y", "$E", "$1", "$"],
        ),
        ("a\\\n  b \\  \nc", &["a", "b", "c"]),
        ("a \\\n--b", &["a", "--b"]),
        ("a\\\n-b", &["a", "-b"]),
        ("a\n  --b\n-c\nnext", &["a", "--b", "-c"]),
        ("a\n--- \n", &["a"]),
        ("a # no --b\nc", &["a"]),
        ("a#b", &["a#b"]),
        ("a; b", &["a"]),
        ("a | b", &["a"]),
        ("a && b", &["a"]),
        ("a?b=c&d=e f", &["a?b=c&d=e", "f"]),
        ("a > out 2>/dev/null b", &["a", "b"]),
        (
            "-u <client_id>:<<secret>> -H <a b>",
            &["-u", "<client_id>:<<secret>>", "-H", "<a b>"],
        ),
        ("a `\n  b", &["a", "b"]),
        ("a $(date) \"$(cat 'x)' \")\")y\"", &["a", "[]", "[]y"]),
        (
            "a ^\n  --b ^\r\n \"c \\\"d\\\"\" %E% 'f",
            &["a", "--b", "c \"d\"", "[E]", "'f"],
        ),
        ("^\"a^%b^\" ^\n c", &["a%b", "c"]),
        ("$env:A \"$env:B\"", &["[A]", "[B]"]),
        ("{a} [b] ~/c", &["{a}", "[b]", "~/c"]),
        ("", &[]),
    ];
    for (source, expected) in cases {
        assert_eq!(split(source), expected, "{source}");
    }
    for source in ["'a", "\"a", "$'a", "\"a\\"] {
        assert_eq!(
            words(source, None).err(),
            Some(SampleError::OpenQuote),
            "{source}"
        );
    }
}

#[test]
fn what_a_command_encodes_is_seen() {
    for source in [
        "$(echo -n \"$A:$B\" | base64)",
        "$(printf '%s' \"$A:$B\" | base64 -w0)",
        "`echo -n $A:$B | base64`",
        "$(base64 <<< \"$A:$B\")",
    ] {
        let word = words(source, None).unwrap().remove(0);
        assert_eq!(
            word.encoded().as_ref().map(shown).as_deref(),
            Some("[A]:[B]"),
            "{source}"
        );
    }
}

proptest::proptest! {
    #![proptest_config(crate::property::config())]

    #[test]
    fn any_text_is_read_or_refused(text in crate::property::text()) {
        let _ = crate::sample::read(&format!("curl {text}"));
        let _ = crate::sample::read(&text);
    }

    #[test]
    fn what_is_quoted_is_one_word(text in "[^\u{F0000}-\u{F0003}]{0,40}") {
        let quoted = format!("'{}' next", text.replace('\'', r"'\''"));
        if !quoted.contains("^\n") && !quoted.contains("^\r\n") {
            proptest::prop_assert_eq!(split(&quoted), [text, "next".to_owned()]);
        }
    }
}
