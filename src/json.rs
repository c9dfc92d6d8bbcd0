//! Looks into a JSON text, and reads no more of it than is asked for.
//!
//! A provider's JSON may have parts that no parser can hold: numbers out of range, nesting without end, broken
//! surrogates; or that most parsers hide: members that occur twice. A token must not be lost because of the
//! values beside it. So the whole text must be JSON by its grammar, but only a value that is asked for must be readable.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// One value of a JSON text.
#[derive(Clone, Copy)]
pub struct Json<'a>(&'a RawValue);

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonKind {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

/// Where a text is not JSON: both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson {
    pub line: usize,
    pub column: usize,
}

impl<'a> Json<'a> {
    /// Takes a text that is one JSON value and nothing else but white space.
    ///
    /// # Errors
    /// [`NotJson`].
    pub fn parse(text: &'a str) -> Result<Self, NotJson> {
        let raw: Result<&RawValue, _> = serde_json::from_str(text);
        raw.map(Self).map_err(|error| NotJson {
            line: error.line(),
            column: error.column(),
        })
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(self) -> JsonKind {
        match self.0.get().as_bytes().first() {
            Some(b'n') => JsonKind::Null,
            Some(b't' | b'f') => JsonKind::Boolean,
            Some(b'"') => JsonKind::Text,
            Some(b'[') => JsonKind::List,
            Some(b'{') => JsonKind::Object,
            _ => JsonKind::Number,
        }
    }

    /// The value as it is written.
    #[must_use]
    pub fn as_written(self) -> &'a str {
        self.0.get()
    }

    /// The text of a string; `None` for another value, and for a string that UTF-8 cannot hold (half a surrogate pair).
    #[must_use]
    pub fn text(self) -> Option<Zeroizing<String>> {
        serde_json::from_str(self.as_written())
            .ok()
            .map(Zeroizing::new)
    }

    /// The whole value. One that no [`Value`] can hold becomes its text as it is written.
    #[must_use]
    pub fn value(self) -> Value {
        serde_json::from_str(self.as_written()).unwrap_or_else(|_| Value::from(self.as_written()))
    }

    /// Every member of an object, in order, repeated ones too. One whose name UTF-8 cannot hold is left out.
    pub fn members(self) -> impl Iterator<Item = (Zeroizing<String>, Self)> {
        let mut deserializer = serde_json::Deserializer::from_str(self.as_written());
        let members = deserializer.deserialize_map(Members).unwrap_or_default();
        let named = |(name, value)| Some((Self(name).text()?, Self(value)));
        members.into_iter().filter_map(named)
    }

    /// Every item of a list.
    #[must_use]
    pub fn items(self) -> Vec<Self> {
        let items: Vec<&RawValue> = serde_json::from_str(self.as_written()).unwrap_or_default();
        items.into_iter().map(Self).collect()
    }

    /// The last value to which a JSON Pointer leads, which is the one that most readers take.
    #[must_use]
    pub fn last(self, pointer: &str) -> Option<Self> {
        self.find(pointer).pop()
    }

    /// What a JSON Pointer (RFC 6901) leads to; several values where members are repeated, in their order.
    #[must_use]
    pub fn find(self, pointer: &str) -> Vec<Self> {
        let Some(path) = pointer.strip_prefix('/') else {
            return pointer.is_empty().then_some(self).into_iter().collect();
        };
        let (step, rest) = path.split_at(path.find('/').unwrap_or(path.len()));
        let step = step.replace("~1", "/").replace("~0", "~");
        let next: Vec<Self> = match self.kind() {
            JsonKind::Object => {
                let found = self.members().filter(|(name, _)| **name == step);
                found.map(|(_, value)| value).collect()
            }
            JsonKind::List => {
                let index = step.parse().ok();
                let item = index.and_then(|index: usize| self.items().get(index).copied());
                // `01` and `+1` are no indices.
                let is_index = index.is_some_and(|index| index.to_string() == step);
                item.filter(|_| is_index).into_iter().collect()
            }
            _ => Vec::new(),
        };
        next.into_iter()
            .flat_map(|value| value.find(rest))
            .collect()
    }
}

/// Reads the members of an object, names and values unread.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(member) = members.next_entry()? {
            all.push(member);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, pointer: &str) -> Vec<String> {
        let json = Json::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let found = json.find(pointer).into_iter();
        found.map(|value| value.as_written().to_owned()).collect()
    }

    #[test]
    fn pointers_lead_where_rfc_6901_says() {
        let text = r#"{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8,"k\"l":6,"~1":7,"\u0066":{"x":[{"y":true}]}}"#;
        let cases = [
            ("/foo/0", Some("\"bar\"")),
            ("/foo/1", Some("\"baz\"")),
            ("/foo/2", None),
            ("/foo/01", None),
            ("/foo/+1", None),
            ("/foo/-", None),
            ("/foo/0/x", None),
            ("/", Some("0")),
            ("/a~1b", Some("1")),
            ("/m~0n", Some("8")),
            ("/k\"l", Some("6")),
            ("/~01", Some("7")),
            ("/f/x/0/y", Some("true")),
            ("/none", None),
            ("foo", None),
        ];
        for (pointer, expected) in cases {
            let found = find(text, pointer);
            assert_eq!(found.first().map(String::as_str), expected, "{pointer}");
        }
        assert_eq!(find(" [1] ", ""), ["[1]"]);
    }

    #[test]
    fn repeated_members_are_all_found() {
        assert_eq!(find(r#"{"a":1,"b":2,"\u0061":3}"#, "/a"), ["1", "3"]);
        let nested = r#"{"a":{"x":1},"a":{"x":2,"x":3}}"#;
        assert_eq!(find(nested, "/a/x"), ["1", "2", "3"]);
        assert_eq!(find(r#"{"a":{"x":1},"a":{}}"#, "/a/x"), ["1"]);
    }

    #[test]
    fn what_is_not_asked_for_need_not_be_readable() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for odd in [
            "1e400",
            "-1e999999",
            r#""\ud800""#,
            r#"{"\udfff":1}"#,
            deep.as_str(),
        ] {
            let text = format!(r#"{{"odd":{odd},"a":"b"}}"#);
            assert_eq!(find(&text, "/a"), ["\"b\""], "{odd:.40}");
            let whole = Json::parse(&text).unwrap();
            let found = *whole.find("/odd").first().unwrap();
            let alone = Json::parse(odd).unwrap().value();
            assert_eq!((found.value(), found.text().is_none()), (alone, true));
        }
        for bad in [
            "",
            "{",
            "{\"a\":1,}",
            "{\"a\":1} x",
            "{\"a\":01}",
            "{'a':1}",
            "nul",
            "{\"a\":\"\n\"}",
            "[1 2]",
        ] {
            assert!(Json::parse(bad).is_err(), "{bad:?}");
        }
        let NotJson { line, column } = Json::parse("{\n x}").err().unwrap();
        assert_eq!((line, column), (2, 2));
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        /// What serde_json can hold is found as serde_json finds it.
        #[test]
        fn it_finds_what_serde_json_finds(text in crate::property::text(), pointer in "(/(a|b|0|1|~0|~1)?){0,3}") {
            let whole = serde_json::from_str::<Value>(&text);
            match (Json::parse(&text), whole) {
                (Ok(json), Ok(value)) => {
                    let found = json.find(&pointer);
                    if let [found] = found.as_slice() {
                        proptest::prop_assert_eq!(Some(&found.value()), value.pointer(&pointer));
                    }
                    proptest::prop_assert_eq!(found.is_empty(), value.pointer(&pointer).is_none());
                }
                (Err(_), Ok(_)) => proptest::prop_assert!(false, "{text} is JSON"),
                _ => {}
            }
        }
    }
}
