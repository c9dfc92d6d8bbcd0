//! Holds the quick cutting of a file into tables to a plain one, line by line.

#![expect(clippy::string_slice, reason = "the ranges are what is tested")]

use proptest::strategy::Strategy;

use super::*;

fn headers(text: &str) -> Vec<String> {
    let sections = split(text);
    let whole: String = sections
        .iter()
        .map(|section| &text[section.bytes.clone()])
        .collect();
    assert_eq!(whole, text, "nothing is lost");
    sections
        .iter()
        .map(|section| {
            let line = text[..section.bytes.start].matches('\n').count() + 1;
            match &section.header {
                Header::Shared => format!("{line}:shared"),
                Header::Defaults => format!("{line}:defaults"),
                Header::Credentials => format!("{line}:credentials"),
                Header::Profile(name) => format!("{line}:{name}"),
                Header::Foreign(name) => format!("{line}:?{name}"),
                Header::Broken => format!("{line}:broken"),
            }
        })
        .collect()
}

#[test]
fn tables_are_found_where_toml_finds_them() {
    let cases: [(&str, &[&str]); 15] = [
        ("", &["1:shared"]),
        ("a = 1\n[profiles.x]\nb = 2\n", &["1:shared", "2:x"]),
        (
            "[defaults]\n[ profiles . \"a.b\" ] # c\n",
            &["1:shared", "1:defaults", "2:a.b"],
        ),
        (
            "[profiles]\n[profiles.x.params]\n[profiles.'y']",
            &["1:shared", "1:shared", "2:x", "3:y"],
        ),
        (
            "[[profiles.x]]\n[profile.x]\n",
            &["1:shared", "1:x", "2:?profile"],
        ),
        (
            "x = '''\n[profiles.no]\n'''\n[profiles.yes]",
            &["1:shared", "4:yes"],
        ),
        (
            "x = \"\"\"\n[profiles.no]\\\"\"\"\"\"\n[profiles.yes]",
            &["1:shared", "3:yes"],
        ),
        (
            "x = [\n  [\"a\"],\n[1]\n]\n[profiles.yes]",
            &["1:shared", "5:yes"],
        ),
        ("x = [ # ]\n", &["1:shared"]),
        ("x = \"[\" # '''\n[profiles.yes]", &["1:shared", "2:yes"]),
        ("x = [\n1,\n[profiles.y]\n", &["1:shared", "3:y"]),
        ("x = \"open\n[profiles.y]\n", &["1:shared", "2:y"]),
        (
            "[profiles.a b]\n[profiles.c]\n",
            &["1:shared", "1:broken", "2:c"],
        ),
        (
            "[credentials]\n[credentials.'https://h']\n",
            &["1:shared", "1:credentials", "2:credentials"],
        ),
        (
            "[profiles.a]\r\nb = 1\r\n[profiles.c]\r\n",
            &["1:shared", "1:a", "3:c"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(headers(text), expected, "{text}");
    }
}

/// Much of what opens and closes, so that something is open at most line ends.
fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "[profiles.a]",
        "[profiles.b.c]",
        "[defaults]",
        "[credentials]",
        "[profiles]",
        "[other]",
        "[profiles.\"x.y\"]",
        "[profiles.a] #",
        "[[profiles.a]]",
        "[1, 2]",
        "\n",
        "\n",
        "\n",
        "\r\n",
        " ",
        "\t",
        "\u{c}",
        "x = ",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "\\",
        "\\\n",
        "\\\"",
        "#",
        "[",
        "]",
        "{",
        "}",
        "é",
        "a",
    ];
    let pieces = proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..24);
    proptest::prop_oneof![
        crate::property::text(),
        pieces.prop_map(|pieces| pieces.concat())
    ]
}

proptest::proptest! {
    #![proptest_config(crate::property::config())]

    #[test]
    fn it_is_cut_as_line_by_line(text in text()) {
        proptest::prop_assert_eq!(split(&text), split_slowly(&text));
        proptest::prop_assert_eq!(by_lines(&text, &|_| true), split_slowly(&text));
        let simple = text.replace(['"', '\''], "");
        proptest::prop_assert_eq!(at_brackets(&simple, &|_| true), Some(split_slowly(&simple)));
        let is_simple = !text.contains("\"\"\"") && !text.contains("'''");
        proptest::prop_assert_eq!(at_brackets(&text, &|_| true).is_some(), is_simple);
        let mut without_others = split_slowly(&text);
        without_others.retain(|section| !matches!(&section.header, Header::Profile(name) if name != "a"));
        proptest::prop_assert_eq!(of_profile(&text, "a"), without_others);
    }
}

/// The same line by line and character by character.
fn split_slowly(text: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let mut current = Section {
        header: Header::Shared,
        bytes: 0..0,
    };
    let mut state = ByLines::default();
    let mut offset = 0;
    for content in text.split_inclusive('\n') {
        if let Some(header) = state.header(content) {
            current.bytes.end = offset;
            sections.push(std::mem::replace(
                &mut current,
                Section {
                    header,
                    bytes: offset..offset,
                },
            ));
            state = ByLines::default();
        } else {
            state.feed(content);
        }
        offset += content.len();
    }
    current.bytes.end = offset;
    sections.push(current);
    sections
}

/// What is open at the end of a line.
#[derive(Default)]
struct ByLines {
    /// The quotes that end a multi-line string.
    string: Option<&'static str>,
    /// How many brackets and braces are open.
    depth: usize,
}

impl ByLines {
    /// Whether this line is a header. Inside an array only what can be no value counts: a bracket that was
    /// forgotten in one profile must not swallow the next.
    fn header<'a>(&self, line: &'a str) -> Option<Header<'a>> {
        if self.string.is_some() {
            return None;
        }
        let line = line.trim_ascii();
        if !line.starts_with('[') {
            return None;
        }
        let header = parse_header(line);
        let stands_out = matches!(
            header,
            Header::Defaults | Header::Credentials | Header::Profile(_)
        );
        (self.depth == 0 || stands_out).then_some(header)
    }

    /// Reads a line that is no header for what it leaves open.
    fn feed(&mut self, line: &str) {
        let mut rest = line;
        loop {
            if let Some(quotes) = self.string {
                let Some(after) = after_closing_quotes(rest, quotes) else {
                    return;
                };
                rest = after;
                self.string = None;
            }
            let Some(at) = rest.find(['"', '\'', '#', '[', ']', '{', '}']) else {
                return;
            };
            let from = rest.get(at..).unwrap_or_default();
            let skip = |count| from.get(count..).unwrap_or_default();
            let multi_line = ["\"\"\"", "'''"]
                .into_iter()
                .find(|quotes| from.starts_with(quotes));
            match (multi_line, from.as_bytes().first()) {
                (Some(quotes), _) => {
                    self.string = Some(quotes);
                    rest = skip(3);
                }
                (None, Some(b'"')) => match after_closing_quotes(skip(1), "\"") {
                    Some(after) => rest = after,
                    None => return,
                },
                (None, Some(b'\'')) => match after_closing_quotes(skip(1), "'") {
                    Some(after) => rest = after,
                    None => return,
                },
                (None, Some(b'[' | b'{')) => {
                    self.depth += 1;
                    rest = skip(1);
                }
                (None, Some(b']' | b'}')) => {
                    self.depth = self.depth.saturating_sub(1);
                    rest = skip(1);
                }
                _ => return,
            }
        }
    }
}

/// What follows the quotes that end a string; escapes count in basic strings only.
fn after_closing_quotes<'a>(text: &'a str, quotes: &str) -> Option<&'a str> {
    let escapes = quotes.starts_with('"');
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(quotes) {
            let mut end = at + quotes.len();
            // A multi-line string may end in up to two quotes of its own.
            while quotes.len() == 3
                && text
                    .get(end..)
                    .is_some_and(|more| more.starts_with(quotes.get(..1).unwrap_or(quotes)))
                && end < at + 5
            {
                end += 1;
            }
            return text.get(end..);
        }
        let mut characters = rest.chars();
        let character = characters.next()?;
        at += character.len_utf8();
        if escapes && character == '\\' {
            at += characters.next()?.len_utf8();
        }
    }
}
