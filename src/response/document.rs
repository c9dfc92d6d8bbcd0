//! A body as a JSON document, whether it came as JSON or form-encoded.

use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// The most values and members of a document. A value of two bytes in the body takes hundreds in memory; what a
/// token endpoint has to say is a few dozen of them.
const MOST_VALUES: usize = 20_000;

/// The longest JSON Pointer of a repeated member that is noted, in bytes.
const LONGEST_POINTER: usize = 4_096;

/// A body that could be read.
pub(super) struct Document {
    pub(super) root: Value,
    /// JSON Pointers of the members that are there more than once.
    pub(super) twice: Vec<String>,
}

/// Reads a body, told by its content type and, failing that, by its text.
///
/// # Errors
/// What is wrong with it, in words that hold nothing of the body.
pub(super) fn decode(body: &[u8], content_type: Option<&str>) -> Result<Document, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|_| "it is not valid UTF-8".to_owned())?;
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Err("its body is empty".to_owned());
    }
    let looks_like_json = trimmed.starts_with(['{', '[', '"']);
    let declared = content_type.map(media_type).unwrap_or_default();
    if looks_like_json || (is_json(&declared) && !looks_like_form(trimmed)) {
        return json(text);
    }
    if declared == "application/x-www-form-urlencoded" || looks_like_form(trimmed) {
        return form(trimmed);
    }
    if declared.contains("html") || trimmed.starts_with('<') {
        return Err("it is an HTML page or XML, not JSON".to_owned());
    }
    json(text)
}

/// The media type in lower case, without parameters such as `charset`.
pub(super) fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json") || media_type == "text/json"
}

/// `name=value`, and nothing that must have been escaped.
fn looks_like_form(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    text.contains('=')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.%+[]".contains(&byte))
        && !text.contains(['<', '{', '"', '\n'])
}

fn form(text: &str) -> Result<Document, String> {
    let (mut root, mut twice) = (Map::new(), Vec::new());
    for (count, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
        if count >= MOST_VALUES {
            return Err("it is a form with too many fields".to_owned());
        }
        if root.contains_key(name.as_ref()) {
            twice.push(format!("/{}", escaped(&name)));
        }
        root.insert(name.into_owned(), Value::String(value.into_owned()));
    }
    Ok(Document { root: Value::Object(root), twice })
}

fn json(text: &str) -> Result<Document, String> {
    let seen = Seen { twice: RefCell::default(), left: Cell::new(MOST_VALUES) };
    let mut reader = serde_json::Deserializer::from_str(text);
    let outcome = Node { at: &Step::Root, seen: &seen }
        .deserialize(&mut reader)
        .and_then(|root| reader.end().map(|()| root));
    let root = match outcome {
        Ok(root) => root,
        Err(_) if seen.left.get() == 0 => return Err("it is JSON of too many values".to_owned()),
        Err(error) => {
            return Err(format!("it is not JSON (line {}, column {})", error.line(), error.column()));
        }
    };
    match root {
        Value::Object(_) => Ok(Document { root, twice: seen.twice.into_inner() }),
        _ => Err("it is JSON, but not an object".to_owned()),
    }
}

/// What is noted while a document is read.
struct Seen {
    /// JSON Pointers of repeated members.
    twice: RefCell<Vec<String>>,
    /// How many values may still come.
    left: Cell<usize>,
}

/// The way from the root to a value. It is put into words only for a member that is repeated: a name of half a
/// mebibyte above as many values would be copied for each of them.
enum Step<'a> {
    Root,
    Member(&'a Self, &'a str),
    Item(&'a Self, usize),
}

impl Step<'_> {
    /// The JSON Pointer (RFC 6901), unless it is too long to be anything that a profile names.
    fn pointer(&self) -> Option<String> {
        let (parent, word) = match self {
            Self::Root => return Some(String::new()),
            Self::Member(_, name) if name.len() > LONGEST_POINTER => return None,
            Self::Member(parent, name) => (parent, escaped(name)),
            Self::Item(parent, index) => (parent, index.to_string()),
        };
        let pointer = format!("{}/{word}", parent.pointer()?);
        (pointer.len() <= LONGEST_POINTER).then_some(pointer)
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Reads one JSON value and notes repeated members, which `serde_json::Value` would silently drop: of two
/// access tokens nobody can say which one counts.
struct Node<'a> {
    at: &'a Step<'a>,
    seen: &'a Seen,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let left = self.seen.left.get().checked_sub(1).ok_or_else(|| D::Error::custom("too many values"))?;
        self.seen.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let at = Step::Item(self.at, values.len());
            match list.next_element_seed(Node { at: &at, seen: self.seen })? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let at = Step::Member(self.at, &name);
            if object.contains_key(&name) {
                // A bound, so that a hostile reply cannot make a long list.
                let mut twice = self.seen.twice.borrow_mut();
                match at.pointer() {
                    Some(pointer) if twice.len() < 64 => twice.push(pointer),
                    _ => return Err(A::Error::custom("too many repeated members")),
                }
            }
            let value = members.next_value_seed(Node { at: &at, seen: self.seen })?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}
