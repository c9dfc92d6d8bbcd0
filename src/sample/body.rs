//! Parameters: out of a query, a form or a JSON object.

use serde_json::value::RawValue;

use super::guess::has_secret_word;
use super::text::Text;
use super::{Param, SampleError, Value};
use crate::text::sanitize;

/// The pairs of a query or a form, decoded.
pub(super) fn pairs(text: &str) -> Vec<Param> {
    let mut params = Vec::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        push(&mut params, name.trim(), Value::text(Text::marked(&value)));
    }
    params
}

/// Adds a value; a name that is there already becomes a list.
pub(super) fn push(params: &mut Vec<Param>, name: &str, value: Value) {
    match params.iter_mut().find(|param| param.name == name) {
        Some(param) => {
            param.values.push(value);
            param.is_list = true;
        }
        None => params.push(Param {
            name: name.to_owned(),
            values: vec![value],
            is_list: false,
        }),
    }
}

impl Value {
    pub(super) fn text(text: Text) -> Self {
        Self {
            text,
            bare: false,
            is_file: false,
        }
    }
}

/// The members of a JSON object, in their order.
///
/// # Errors
/// It is no object, or a value is one that no parameter can have.
pub(super) fn json(text: &str) -> Result<Vec<Param>, SampleError> {
    let wrong = if text.trim_start().starts_with('{') {
        SampleError::Json
    } else {
        SampleError::Body
    };
    let members: Members = serde_json::from_str(text).map_err(|_| wrong)?;
    members
        .0
        .into_iter()
        .map(|(name, value)| param(name, &value))
        .collect()
}

fn param(name: String, raw: &RawValue) -> Result<Param, SampleError> {
    let nested = || {
        SampleError::Nested(if has_secret_word(&name) {
            "…".to_owned()
        } else {
            sanitize(&name)
        })
    };
    if raw.get().starts_with('[') {
        let items: Vec<Box<RawValue>> = serde_json::from_str(raw.get()).map_err(|_| nested())?;
        let values = items
            .iter()
            .map(|item| scalar(item).ok_or_else(nested))
            .collect::<Result<_, _>>()?;
        return Ok(Param {
            name,
            values,
            is_list: true,
        });
    }
    let value = scalar(raw).ok_or_else(nested)?;
    Ok(Param {
        name,
        values: vec![value],
        is_list: false,
    })
}

fn scalar(raw: &RawValue) -> Option<Value> {
    let text = raw.get();
    match text.chars().next()? {
        '"' => serde_json::from_str::<String>(text)
            .ok()
            .map(|text| Value::text(Text::marked(&text))),
        '{' | '[' | 'n' => None,
        // A number as it stands: 1.0 is sent as 1.0.
        _ => Some(Value {
            bare: true,
            ..Value::text(Text::marked(text))
        }),
    }
}

/// A JSON object without the loss of order and of a number's form.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
