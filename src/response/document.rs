//! A body as a document with fields, whether it came as JSON or form-encoded.

use std::borrow::Cow;
use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::json::{Json, NotJson, Sort, escaped};

const FORM: &str = "application/x-www-form-urlencoded";

/// Those fields of a body that somebody wants. The rest of it is nobody's business.
pub(super) struct Document<'a> {
    /// By their JSON Pointers: the last value, and how many there are.
    fields: BTreeMap<String, (Value<'a>, usize)>,
}

#[derive(Clone)]
enum Value<'a> {
    Json(Json<'a>),
    Form(Cow<'a, str>),
}

/// The value of a field.
pub(super) enum Field<'a> {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(&'a str),
    Text(Zeroizing<String>),
    /// A text that no UTF-8 can hold.
    Broken,
    List(Json<'a>),
    Object,
}

/// Reads these fields of a body, which is told by its content type and, failing that, by its text.
///
/// # Errors
/// What is wrong with it, in words that hold nothing of the body.
pub(super) fn decode<'a>(
    body: &'a [u8],
    content_type: Option<&str>,
    wanted: &[&str],
) -> Result<Document<'a>, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|_| "it is not valid UTF-8".to_owned())?;
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Err("its body is empty".to_owned());
    }
    let looks_like_json = trimmed.starts_with(['{', '[', '"']);
    let declared = content_type.map(media_type).unwrap_or_default();
    if looks_like_json || (is_json(&declared) && !looks_like_form(trimmed)) {
        return json(text, wanted);
    }
    if declared == FORM || looks_like_form(trimmed) {
        return Ok(form(trimmed, wanted));
    }
    if declared.contains("html") || trimmed.starts_with('<') {
        return Err("it is an HTML page or XML, not JSON".to_owned());
    }
    json(text, wanted)
}

/// A body that is nothing but one text, and says nothing else of itself, as the field to which an empty pointer leads.
pub(super) fn whole<'a>(body: &'a [u8], content_type: Option<&str>) -> Option<Document<'a>> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let declared = content_type.map(media_type).unwrap_or_default();
    let is_other = is_json(&declared) || declared == FORM || declared.contains("html");
    let is_other = is_other
        || text.is_empty()
        || text.starts_with(['{', '[', '"', '<'])
        || text.starts_with("error=");
    (!is_other).then(|| Document {
        fields: [(String::new(), (Value::Form(text.into()), 1))].into(),
    })
}

/// The media type in lower case, without parameters such as `charset`.
pub(super) fn media_type(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json") || media_type == "text/json"
}

/// `name=value`, and nothing that must have been escaped.
fn looks_like_form(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    text.contains('=')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.%+[]".contains(&byte))
        && !text.contains(['<', '{', '"', '\n'])
}

fn json<'a>(text: &'a str, wanted: &[&str]) -> Result<Document<'a>, String> {
    let json = Json::parse(text).map_err(|NotJson { line, column }| {
        format!("it is not JSON (line {line}, column {column})")
    })?;
    let found = wanted.iter().zip(json.find(wanted));
    let fields: BTreeMap<_, _> = found
        .filter_map(|(pointer, found)| {
            Some((
                (*pointer).to_owned(),
                (Value::Json(found.last?), found.count),
            ))
        })
        .collect();
    // A profile may point into a list, or at a reply that is nothing but a text.
    if json.sort() != Sort::Object && fields.is_empty() {
        return Err("it is JSON, but not an object".to_owned());
    }
    Ok(Document { fields })
}

/// A form is flat: a way of more than one step leads nowhere.
fn form<'a>(text: &'a str, wanted: &[&str]) -> Document<'a> {
    let mut fields: BTreeMap<String, (Value<'a>, usize)> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let pointer = format!("/{}", escaped(&name));
        if wanted.contains(&pointer.as_str()) {
            let count = fields.get(&pointer).map_or(0, |(_, count)| *count);
            fields.insert(pointer, (Value::Form(value), count + 1));
        }
    }
    Document { fields }
}

impl<'a> Document<'a> {
    /// The value of a field that was wanted; the last where there are several.
    pub(super) fn field(&self, pointer: &str) -> Option<Field<'a>> {
        self.fields
            .get(pointer)
            .map(|(value, _)| match value.clone() {
                Value::Json(json) => Field::of(json),
                Value::Form(text) => Field::Text(Zeroizing::new(text.into_owned())),
            })
    }

    /// How often it is there.
    pub(super) fn count(&self, pointer: &str) -> usize {
        self.fields.get(pointer).map_or(0, |(_, count)| *count)
    }

    /// The text that it is.
    pub(super) fn text(&self, pointer: &str) -> Option<Zeroizing<String>> {
        self.field(pointer).and_then(Field::text)
    }
}

impl<'a> Field<'a> {
    /// The text that it is.
    pub(super) fn text(self) -> Option<Zeroizing<String>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn of(json: Json<'a>) -> Self {
        match json.sort() {
            Sort::Null => Self::Null,
            Sort::Boolean => Self::Boolean(json.written() == "true"),
            Sort::Number => Self::Number(json.written()),
            Sort::Text => json.text().map_or(Self::Broken, Self::Text),
            Sort::List => Self::List(json),
            Sort::Object => Self::Object,
        }
    }
}
