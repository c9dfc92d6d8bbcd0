//! Looks into a JSON text, and understands no more of it than is asked for.
//!
//! What others write has parts that nobody here needs: numbers beyond every range, nesting without end, broken
//! surrogates, members that are there twice. A parser that builds the whole of it fails at those, and a token would
//! be lost by what stands beside it. Here all of the text must be JSON by its grammar, and only a value that
//! somebody wants must mean something. It takes no memory besides the text.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// One value of a JSON text.
#[derive(Clone, Copy)]
pub struct Json<'a>(&'a RawValue);

/// What sort of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

/// Where a text is no JSON: both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotJson {
    pub line: usize,
    pub column: usize,
}

/// What a JSON Pointer leads to.
#[derive(Clone, Copy, Default)]
pub struct Found<'a> {
    /// The last such value, which is the one that most readers take.
    pub last: Option<Json<'a>>,
    /// How many there are: members may be repeated.
    pub count: usize,
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

    /// What sort of value it is.
    #[must_use]
    pub fn sort(self) -> Sort {
        match self.0.get().as_bytes().first() {
            Some(b'n') => Sort::Null,
            Some(b't' | b'f') => Sort::Boolean,
            Some(b'"') => Sort::Text,
            Some(b'[') => Sort::List,
            Some(b'{') => Sort::Object,
            _ => Sort::Number,
        }
    }

    /// The value as it is written.
    #[must_use]
    pub fn written(self) -> &'a str {
        self.0.get()
    }

    /// The text that it is; `None` where it is none, or one that no UTF-8 can hold (half a surrogate pair).
    #[must_use]
    pub fn text(self) -> Option<Zeroizing<String>> {
        serde_json::from_str(self.written())
            .ok()
            .map(Zeroizing::new)
    }

    /// All of it in memory. What no [`Value`] can hold is the text as it is written.
    #[must_use]
    pub fn value(self) -> Value {
        serde_json::from_str(self.written()).unwrap_or_else(|_| Value::from(self.written()))
    }

    /// Every member of an object, in order, repeated ones too. A name that no UTF-8 can hold is passed over.
    pub fn members(self, each: &mut dyn FnMut(&str, Self)) {
        // It was read once already, so it is read again.
        let _ = serde_json::Deserializer::from_str(self.written()).deserialize_map(Members(each));
    }

    /// Every item of a list.
    pub fn items(self, each: &mut dyn FnMut(Self)) {
        let _ = serde_json::Deserializer::from_str(self.written()).deserialize_seq(Items(each));
    }

    /// What these JSON Pointers (RFC 6901) lead to from here, each in its place. The text is gone through once.
    #[must_use]
    pub fn find(self, pointers: &[&str]) -> Vec<Found<'a>> {
        let mut found = vec![Found::default(); pointers.len()];
        let ways: Vec<_> = pointers.iter().copied().enumerate().collect();
        self.acquisition(&ways, &mut found);
        found
    }

    /// Goes on those ways that lead further, each with its place among the pointers.
    fn acquisition(self, ways: &[(usize, &str)], found: &mut [Found<'a>]) {
        for (place, _) in ways.iter().filter(|(_, way)| way.is_empty()) {
            if let Some(found) = found.get_mut(*place) {
                *found = Found {
                    last: Some(self),
                    count: found.count + 1,
                };
            }
        }
        let steps: Vec<_> = ways
            .iter()
            .filter_map(|(place, way)| Some((*place, step(way)?)))
            .collect();
        if steps.is_empty() {
            return;
        }
        let mut go = |name: &str, value: Self| {
            let further = steps.iter().filter(|(_, (step, _))| step == name);
            let further: Vec<_> = further.map(|(place, (_, rest))| (*place, *rest)).collect();
            if !further.is_empty() {
                value.acquisition(&further, found);
            }
        };
        match self.sort() {
            Sort::Object => self.members(&mut go),
            Sort::List => {
                let mut index = 0_usize;
                self.items(&mut |item| {
                    go(&index.to_string(), item);
                    index += 1;
                });
            }
            Sort::Null | Sort::Boolean | Sort::Number | Sort::Text => {}
        }
    }
}

/// The first step of a JSON Pointer and what is left of it; `None` where there is none.
fn step(way: &str) -> Option<(String, &str)> {
    let way = way.strip_prefix('/')?;
    let (step, rest) = way.find('/').map_or((way, ""), |at| way.split_at(at));
    Some((unescaped(step), rest))
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// A name as a step of a JSON Pointer.
#[must_use]
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

struct Members<'f, 'a>(&'f mut dyn FnMut(&str, Json<'a>));

impl<'de> Visitor<'de> for Members<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry::<&RawValue, &RawValue>()? {
            let plain = name.get().get(1..name.get().len().saturating_sub(1));
            match plain.filter(|name| !name.contains('\\')) {
                Some(name) => (self.0)(name, Json(value)),
                None => _ = Json(name).text().map(|name| (self.0)(&name, Json(value))),
            }
        }
        Ok(())
    }
}

struct Items<'f, 'a>(&'f mut dyn FnMut(Json<'a>));

impl<'de> Visitor<'de> for Items<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            (self.0)(Json(item));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(json: Json<'a>, pointer: &str) -> Found<'a> {
        let all = json.find(&["/none", pointer, pointer]);
        let [_, one, other] = all.as_slice() else {
            panic!("as many as were asked for")
        };
        assert_eq!(
            (one.count, one.last.map(Json::written)),
            (other.count, other.last.map(Json::written))
        );
        *one
    }

    fn at(text: &str, pointer: &str) -> (Option<String>, usize) {
        let json = Json::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
        let found = one(json, pointer);
        (
            found.last.map(|value| value.written().to_owned()),
            found.count,
        )
    }

    #[test]
    fn pointers_lead_where_rfc_6901_says() {
        let text = r#"{"foo":["bar","baz"],"":0,"a/b":1,"m~n":8,"k\"l":6,"~1":7,"\u0066":{"x":[{"y":true}]}}"#;
        let cases = [
            ("/foo/0", Some("\"bar\"")),
            ("/foo/1", Some("\"baz\"")),
            ("/foo/2", None),
            ("/foo/01", None),
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
            assert_eq!(at(text, pointer).0.as_deref(), expected, "{pointer}");
        }
        assert_eq!(at(" [1] ", "").0.as_deref(), Some("[1]"));
    }

    #[test]
    fn what_is_repeated_is_counted() {
        assert_eq!(
            at(r#"{"a":1,"b":2,"\u0061":3}"#, "/a"),
            (Some("3".to_owned()), 2)
        );
        assert_eq!(
            at(r#"{"a":{"x":1},"a":{"x":2,"x":3}}"#, "/a/x"),
            (Some("3".to_owned()), 3)
        );
        assert_eq!(
            at(r#"{"a":{"x":1},"a":{}}"#, "/a/x"),
            (Some("1".to_owned()), 1)
        );
    }

    #[test]
    fn what_nobody_wants_need_not_mean_anything() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for odd in [
            "1e400",
            "-1e999999",
            r#""\ud800""#,
            r#"{"\udfff":1}"#,
            deep.as_str(),
        ] {
            let text = format!(r#"{{"odd":{odd},"a":"b"}}"#);
            assert_eq!(at(&text, "/a").0.as_deref(), Some("\"b\""), "{odd:.40}");
            let whole = Json::parse(&text).unwrap();
            let found = one(whole, "/odd").last.unwrap();
            assert_eq!(
                (found.value(), found.text().is_none()),
                (Json::parse(odd).unwrap().value(), true)
            );
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
                (Ok(json), Ok(value)) if one(json, &pointer).count < 2 => {
                    let found = one(json, &pointer).last.map(Json::value);
                    proptest::prop_assert_eq!(found.as_ref(), value.pointer(&pointer));
                }
                (Err(_), Ok(_)) => proptest::prop_assert!(false, "{text} is JSON"),
                _ => {}
            }
        }
    }
}
