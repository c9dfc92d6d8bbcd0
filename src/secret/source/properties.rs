//! `{ properties = "path", key = "a.b" }`: one key of a Java `.properties` file, as
//! `java.util.Properties.load` reads it: logical lines, comments, escapes.

use std::path::Path;

use zeroize::Zeroizing;

use super::{SourceError, file, non_empty};
use crate::secret::{Secret, unless_secret};
use crate::suggest::nearest;

pub(super) fn read(path: &Path, key: &str) -> Result<Secret<String>, SourceError> {
    let text = decode(&file::read_bytes(path)?);
    let path = path.display().to_string();
    let entries = match parse(&text) {
        Ok(entries) => entries,
        Err(line) => return Err(SourceError::BadEscape { path, line }),
    };
    let shown = unless_secret(key);
    // The last one counts, as in a Java map.
    if let Some((_, value)) = entries.iter().rev().find(|(known, _)| known == key) {
        return non_empty(value, || format!("key `{shown}` of `{path}`"));
    }
    let near = nearest(key, entries.iter().map(|(known, _)| known.as_str()));
    Err(SourceError::NoKey {
        near: near.map(str::to_owned),
        path,
        key: shown.to_owned(),
    })
}

/// The text of a file: UTF-8 as newer Java writes it or, where it is not that, Latin-1 as `Properties.load` reads it.
fn decode(bytes: &[u8]) -> Zeroizing<String> {
    // Editors on Windows put a byte order mark before the first key.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Zeroizing::new(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    })
}

/// A key and its value, both unescaped.
type Entry = (String, Zeroizing<String>);

/// Every entry of a file, in order.
///
/// # Errors
/// The line, from 1, of a `\u` that four hexadecimal digits do not follow: Java throws too.
pub fn parse(text: &str) -> Result<Vec<Entry>, usize> {
    // `\r\n` is one end of line, `\r` alone is one too.
    let text = Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"));
    let mut reader = Reader {
        rest: &text,
        line: 1,
    };
    let mut entries = Vec::new();
    loop {
        while reader.skip_space() || reader.skip('\n') {}
        if reader.rest.is_empty() {
            return Ok(entries);
        }
        if reader.rest.starts_with(['#', '!']) {
            let end = reader.rest.find('\n').unwrap_or(reader.rest.len());
            reader.rest = reader.rest.get(end..).unwrap_or_default();
            continue;
        }
        let line = reader.line;
        let key = reader.read(&['=', ':', ' ', '\t', '\u{c}']).ok_or(line)?;
        reader.skip_space();
        if reader.skip('=') || reader.skip(':') {
            reader.skip_space();
        }
        let value = reader.read(&[]).ok_or(line)?;
        entries.push((key, Zeroizing::new(value)));
    }
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl Reader<'_> {
    fn skip(&mut self, character: char) -> bool {
        let rest = self.rest.strip_prefix(character);
        self.rest = rest.unwrap_or(self.rest);
        self.line += usize::from(rest.is_some() && character == '\n');
        rest.is_some()
    }

    /// Java's white space (space, tab, form feed) and escaped line ends; whether there was any.
    fn skip_space(&mut self) -> bool {
        let before = self.rest.len();
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\u{c}']);
            if !self.rest.starts_with("\\\n") {
                return self.rest.len() < before;
            }
            self.skip('\\');
            self.skip('\n');
        }
    }

    /// A key or a value, unescaped, up to one of these characters or the end of the line; `None` for a malformed `\u`,
    /// and for half of a surrogate pair, which is not a character.
    fn read(&mut self, ends: &[char]) -> Option<String> {
        let mut units: Zeroizing<Vec<u16>> = Zeroizing::default();
        while let Some(character) = self.rest.chars().next() {
            if character == '\n' || ends.contains(&character) {
                break;
            }
            if self.rest.starts_with("\\\n") {
                self.skip_space();
                continue;
            }
            self.skip(character);
            let mut meant = character;
            if character == '\\' {
                let Some(escaped) = self.rest.chars().next() else {
                    break;
                };
                self.skip(escaped);
                meant = match escaped {
                    'u' => {
                        let (digits, rest) = self.rest.split_at_checked(4)?;
                        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                            return None;
                        }
                        units.push(u16::from_str_radix(digits, 16).ok()?);
                        self.rest = rest;
                        continue;
                    }
                    't' => '\t',
                    'n' => '\n',
                    'r' => '\r',
                    'f' => '\u{c}',
                    other => other,
                };
            }
            units.extend_from_slice(meant.encode_utf16(&mut [0; 2]));
        }
        String::from_utf16(&units).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text)
            .unwrap()
            .into_iter()
            .map(|(key, value)| (key, value.to_string()))
            .collect()
    }

    #[test]
    fn latin_1_where_it_is_not_utf_8() {
        assert_eq!(*decode(b"a=caf\xc3\xa9"), "a=caf\u{e9}");
        assert_eq!(*decode(b"a=caf\xe9"), "a=caf\u{e9}");
        assert_eq!(*decode(b"\xef\xbb\xbfa=b"), "a=b");
    }

    #[test]
    fn as_java_reads_it() {
        let cases: [(&str, &[(&str, &str)]); 16] = [
            ("", &[]),
            ("# c\n! c\n\n   \n", &[]),
            (
                "apiKey.id = X\napiKey.secret = a$b+c-d\n",
                &[("apiKey.id", "X"), ("apiKey.secret", "a$b+c-d")],
            ),
            ("a:b", &[("a", "b")]),
            ("a b", &[("a", "b")]),
            ("a  =  b  ", &[("a", "b  ")]),
            ("a", &[("a", "")]),
            ("a==b", &[("a", "=b")]),
            ("a=b=c:d", &[("a", "b=c:d")]),
            ("a=x\\\n   y", &[("a", "xy")]),
            ("a=x\\\\\nb=y", &[("a", "x\\"), ("b", "y")]),
            ("a\\=b\\ c=d", &[("a=b c", "d")]),
            ("a=\\u00e9\\tz\\q", &[("a", "é\tzq")]),
            ("a=\\ud83d\\ude00", &[("a", "😀")]),
            ("a=1\r\nb=2\rc=3", &[("a", "1"), ("b", "2"), ("c", "3")]),
            ("a=x\\\n# no comment", &[("a", "x# no comment")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect();
            assert_eq!(pairs(text), expected, "{text:?}");
        }
        assert_eq!(parse("ok=1\na=\\u12"), Err(2));
        assert_eq!(parse("a=\\u+123"), Err(1));
        assert_eq!(parse("ok=1\na=x\\ud83dy"), Err(2));
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_text_is_read_or_refused(text in crate::property::text()) {
            let _ = parse(&text);
        }

        /// The same as a well-known implementation. Left out is what that crate reads otherwise than Java (tried
        /// with `java.util.Properties`): comments after an empty continuation, a backslash at the very end.
        #[test]
        fn agrees_with_java_properties(text in "[ab =:\\\\\n\r\t\u{c}tnf09é]{0,40}z") {
            let mut theirs = Vec::new();
            let outcome = java_properties::PropertiesIter::new_with_encoding(text.as_bytes(), encoding_rs::UTF_8)
                .read_into(|key, value| theirs.push((key, value)));
            let ours = parse(&text).map(|entries| {
                entries.into_iter().map(|(key, value)| (key, value.to_string())).collect::<Vec<_>>()
            });
            proptest::prop_assert_eq!(ours.ok(), outcome.ok().map(|()| theirs));
        }
    }
}
