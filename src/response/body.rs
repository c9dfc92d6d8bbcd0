//! Converts a reply's body, JSON or form-encoded, to JSON text.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::json::{Json, NotJson};

const FORM: &str = "application/x-www-form-urlencoded";

/// The JSON text of a body that is JSON or form-encoded, told by its content type and, failing that, by its text. A form
/// becomes an object with its fields in their order, repeated ones too.
///
/// # Errors
/// What is wrong with the body, in words that hold nothing of it.
pub(super) fn to_json(
    body: &[u8],
    content_type: Option<&str>,
) -> Result<Zeroizing<String>, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = std::str::from_utf8(body).map_err(|_| "it is not valid UTF-8".to_owned())?;
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Err("its body is empty".to_owned());
    }
    let declared = media_type(content_type);
    let looks_like_json = trimmed.starts_with(['{', '[', '"']);
    if !looks_like_json && (declared == FORM || looks_like_form(trimmed)) {
        return Ok(form_to_json(trimmed));
    }
    let is_page = declared.contains("html") || trimmed.starts_with('<');
    if is_page && !looks_like_json && !is_json(&declared) {
        return Err("it is an HTML page or XML, not JSON".to_owned());
    }
    let json = Json::parse(text).map_err(|NotJson { line, column }| {
        format!("it is not JSON (line {line}, column {column})")
    })?;
    // Some servers encode their JSON twice.
    let inner = json.text().filter(|inner| inner.starts_with('{'));
    Ok(inner
        .filter(|inner| Json::parse(inner).is_ok())
        .unwrap_or_else(|| Zeroizing::new(text.to_owned())))
}

/// The JSON string of a body that is nothing but one text and does not say that it is anything else.
pub(super) fn whole_text(body: &[u8], content_type: Option<&str>) -> Option<Zeroizing<String>> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let declared = media_type(content_type);
    let is_other = is_json(&declared)
        || declared == FORM
        || text.is_empty()
        || text.starts_with(['{', '[', '"', '<'])
        || text.starts_with("error=");
    (!is_other).then(|| json_string(text))
}

/// The media type in lower case, without parameters such as `charset`.
pub(super) fn media_type(content_type: Option<&str>) -> String {
    let media_type = content_type.and_then(|text| text.split(';').next());
    media_type.unwrap_or_default().trim().to_ascii_lowercase()
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

fn form_to_json(text: &str) -> Zeroizing<String> {
    let mut json = Zeroizing::new(String::from("{"));
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if json.len() > 1 {
            json.push(',');
        }
        json.push_str(&json_string(&name));
        json.push(':');
        json.push_str(&json_string(&value));
    }
    json.push('}');
    json
}

fn json_string(text: &str) -> Zeroizing<String> {
    Zeroizing::new(Value::from(text).to_string())
}
