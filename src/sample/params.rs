//! The parameters of a request, out of a query, a form or a JSON object.

use serde_json::{Map, Value};

use super::SampleError;
use super::secrecy::contains_secret;
use crate::text::sanitize;

/// Names with values: texts; numbers and booleans of a JSON body; lists of these, for a name that a form repeats too.
pub type Params = Vec<(String, Value)>;

/// The pairs of a query or a form, decoded.
///
/// # Errors
/// The text has another form; it may be a secret as a whole.
pub(super) fn form(text: &str) -> Result<Params, SampleError> {
    let is_pair = |pair: &str| pair.trim().is_empty() || pair.contains('=');
    if text.trim_start().starts_with(['<', '{', '[']) || !text.split('&').all(is_pair) {
        return Err(SampleError::Body);
    }
    let mut params = Params::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        let value = Value::from(value.into_owned());
        match params.iter_mut().find(|(known, _)| known == name.trim()) {
            None if name.trim().is_empty() => return Err(SampleError::Body),
            None => params.push((name.trim().to_owned(), value)),
            Some((_, Value::Array(values))) => values.push(value),
            Some((_, first)) => *first = Value::from(vec![first.take(), value]),
        }
    }
    Ok(params)
}

/// The members of a JSON object.
///
/// # Errors
/// It is not an object, or has a value that no parameter can have.
pub(super) fn json(text: &str) -> Result<Params, SampleError> {
    let members: Map<String, Value> = serde_json::from_str(text).map_err(|_| SampleError::Body)?;
    let is_scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    let is_param = |value: &Value| match value {
        Value::Array(list) => list.iter().all(is_scalar),
        value => is_scalar(value),
    };
    if let Some((name, _)) = members.iter().find(|(_, value)| !is_param(value)) {
        let name = if contains_secret(name) { "…" } else { name };
        return Err(SampleError::Nested(sanitize(name)));
    }
    Ok(members.into_iter().collect())
}
