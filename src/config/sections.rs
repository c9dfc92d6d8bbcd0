//! Cuts a profiles file into its tables without parsing it, so that a profile is read without the others:
//! one that is broken breaks no other, and ten thousand cost little more than one.

use std::borrow::Cow;
use std::ops::Range;

use super::credentials::CREDENTIALS;

/// What a table's header says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Header<'a> {
    /// What stands before the first header, and `[profiles]` itself: keys of any profile may be there.
    Shared,
    /// `[defaults]` and its sub-tables.
    Defaults,
    /// `[profiles.NAME]` and its sub-tables.
    Profile(Cow<'a, str>),
    /// `[credentials]` and its sub-tables.
    Credentials,
    /// A table that has no business in a profiles file.
    Foreign(Cow<'a, str>),
    /// A line that begins like a header and is none.
    Broken,
}

/// One table: its header and the bytes from there to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section<'a> {
    pub(super) header: Header<'a>,
    pub(super) bytes: Range<usize>,
    /// The line of the header, from 1.
    pub(super) line: u32,
}

/// All tables of a file, in order; the first begins at its first byte.
pub(super) fn split(text: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let mut current = Section { header: Header::Shared, bytes: 0..0, line: 1 };
    let mut state = State::default();
    let (mut offset, mut line) = (0, 1);
    for content in text.split_inclusive('\n') {
        if let Some(header) = state.header(content) {
            current.bytes.end = offset;
            sections.push(std::mem::replace(&mut current, Section { header, bytes: offset..offset, line }));
            state = State::default();
        } else {
            state.feed(content);
        }
        offset += content.len();
        line += 1;
    }
    current.bytes.end = offset;
    sections.push(current);
    sections
}

/// What is open at the end of a line.
#[derive(Default)]
struct State {
    /// The quotes that end a multi-line string.
    string: Option<&'static str>,
    /// How many brackets and braces are open.
    depth: usize,
}

impl State {
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
        let stands_out = matches!(header, Header::Defaults | Header::Credentials | Header::Profile(_));
        (self.depth == 0 || stands_out).then_some(header)
    }

    /// Reads a line that is no header for what it leaves open.
    fn feed(&mut self, line: &str) {
        let mut rest = line;
        loop {
            if let Some(quotes) = self.string {
                let Some(after) = after_closing(rest, quotes) else { return };
                rest = after;
                self.string = None;
            }
            let Some(at) = rest.find(['"', '\'', '#', '[', ']', '{', '}']) else { return };
            let from = rest.get(at..).unwrap_or_default();
            let skip = |count| from.get(count..).unwrap_or_default();
            let multi_line = ["\"\"\"", "'''"].into_iter().find(|quotes| from.starts_with(quotes));
            match (multi_line, from.as_bytes().first()) {
                (Some(quotes), _) => {
                    self.string = Some(quotes);
                    rest = skip(3);
                }
                (None, Some(b'"')) => match after_closing(skip(1), "\"") {
                    Some(after) => rest = after,
                    None => return,
                },
                (None, Some(b'\'')) => match after_closing(skip(1), "'") {
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
fn after_closing<'a>(text: &'a str, quotes: &str) -> Option<&'a str> {
    let escapes = quotes.starts_with('"');
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(quotes) {
            let mut end = at + quotes.len();
            // A multi-line string may end in up to two quotes of its own.
            while quotes.len() == 3
                && text.get(end..).is_some_and(|more| more.starts_with(quotes.get(..1).unwrap_or(quotes)))
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

/// Reads a line that begins with a bracket.
fn parse_header(line: &str) -> Header<'_> {
    let is_array = line.starts_with("[[");
    let (open, close) = if is_array { ("[[", "]]") } else { ("[", "]") };
    let Some(rest) = line.strip_prefix(open) else { return Header::Broken };
    let mut keys = Vec::new();
    let mut rest = rest.trim_ascii_start();
    loop {
        let Some((key, after)) = parse_key(rest) else { return Header::Broken };
        keys.push(key);
        let after = after.trim_ascii_start();
        if let Some(next) = after.strip_prefix('.') {
            rest = next.trim_ascii_start();
        } else if let Some(after) = after.strip_prefix(close) {
            let after = after.trim_ascii_start();
            if !after.is_empty() && !after.starts_with('#') {
                return Header::Broken;
            }
            break;
        } else {
            return Header::Broken;
        }
    }
    let mut keys = keys.into_iter();
    match (keys.next(), keys.next()) {
        (Some(root), None) if root == "profiles" => Header::Shared,
        (Some(root), Some(name)) if root == "profiles" => Header::Profile(name),
        (Some(root), _) if root == "defaults" => Header::Defaults,
        (Some(root), _) if root == CREDENTIALS => Header::Credentials,
        (Some(root), _) => Header::Foreign(root),
        (None, _) => Header::Broken,
    }
}

/// One part of a dotted key, and what follows it.
fn parse_key(text: &str) -> Option<(Cow<'_, str>, &str)> {
    match text.as_bytes().first()? {
        b'\'' => text.get(1..)?.split_once('\'').map(|(key, rest)| (key.into(), rest)),
        b'"' => {
            let rest = after_closing(text.get(1..)?, "\"")?;
            let quoted = text.get(..text.len() - rest.len())?;
            // JSON's escapes are those of TOML but for `\e`, `\x` and `\U`, which no profile's name needs.
            Some((serde_json::from_str::<String>(quoted).ok()?.into(), rest))
        }
        _ => {
            let end =
                text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(text.len());
            let (key, rest) = text.split_at_checked(end)?;
            (!key.is_empty()).then_some((key.into(), rest))
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::string_slice, reason = "the ranges are what is tested")]

    use super::*;

    fn headers(text: &str) -> Vec<String> {
        let sections = split(text);
        let whole: String = sections.iter().map(|section| &text[section.bytes.clone()]).collect();
        assert_eq!(whole, text, "nothing is lost");
        sections
            .iter()
            .map(|section| match &section.header {
                Header::Shared => format!("{}:shared", section.line),
                Header::Defaults => format!("{}:defaults", section.line),
                Header::Credentials => format!("{}:credentials", section.line),
                Header::Profile(name) => format!("{}:{name}", section.line),
                Header::Foreign(name) => format!("{}:?{name}", section.line),
                Header::Broken => format!("{}:broken", section.line),
            })
            .collect()
    }

    #[test]
    fn tables_are_found_where_toml_finds_them() {
        let cases: [(&str, &[&str]); 15] = [
            ("", &["1:shared"]),
            ("a = 1\n[profiles.x]\nb = 2\n", &["1:shared", "2:x"]),
            ("[defaults]\n[ profiles . \"a.b\" ] # c\n", &["1:shared", "1:defaults", "2:a.b"]),
            ("[profiles]\n[profiles.x.params]\n[profiles.'y']", &["1:shared", "1:shared", "2:x", "3:y"]),
            ("[[profiles.x]]\n[profile.x]\n", &["1:shared", "1:x", "2:?profile"]),
            ("x = '''\n[profiles.no]\n'''\n[profiles.yes]", &["1:shared", "4:yes"]),
            ("x = \"\"\"\n[profiles.no]\\\"\"\"\"\"\n[profiles.yes]", &["1:shared", "3:yes"]),
            ("x = [\n  [\"a\"],\n[1]\n]\n[profiles.yes]", &["1:shared", "5:yes"]),
            ("x = [ # ]\n", &["1:shared"]),
            ("x = \"[\" # '''\n[profiles.yes]", &["1:shared", "2:yes"]),
            ("x = [\n1,\n[profiles.y]\n", &["1:shared", "3:y"]),
            ("x = \"open\n[profiles.y]\n", &["1:shared", "2:y"]),
            ("[profiles.a b]\n[profiles.c]\n", &["1:shared", "1:broken", "2:c"]),
            ("[credentials]\n[credentials.'https://h']\n", &["1:shared", "1:credentials", "2:credentials"]),
            ("[profiles.a]\r\nb = 1\r\n[profiles.c]\r\n", &["1:shared", "1:a", "3:c"]),
        ];
        for (text, expected) in cases {
            assert_eq!(headers(text), expected, "{text}");
        }
    }
}
