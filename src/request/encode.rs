//! Parameters as a form, a JSON object or a query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::{Param, Scalar};
use crate::secret::Secret;

/// RFC 3986's unreserved characters are left as they are, in a query, a form and form-encoded Basic credentials. A space
/// in a query becomes `%20`, which every server decodes; not all read `+` as a space.
pub const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Name and value of each parameter, lists repeated.
fn pairs(params: &[Param]) -> impl Iterator<Item = (&str, &str)> {
    params.iter().flat_map(|param| {
        let values = param.values.iter();
        values.map(|value| (param.name.as_str(), value.text.expose().as_str()))
    })
}

pub(super) fn form_body(params: &[Param]) -> Secret<Vec<u8>> {
    let mut body = String::new();
    for (name, value) in pairs(params) {
        if !body.is_empty() {
            body.push('&');
        }
        push_form_encoded(&mut body, name);
        body.push('=');
        push_form_encoded(&mut body, value);
    }
    Secret::new(body.into_bytes())
}

/// Adds a text form-encoded, byte for byte as `curl --data-urlencode` does: a space as `+`, and RFC 3986's unreserved
/// characters as they are, where browsers keep `*` and escape `~`. Servers decode both.
fn push_form_encoded(body: &mut String, text: &str) {
    for (index, part) in text.split(' ').enumerate() {
        if index > 0 {
            body.push('+');
        }
        body.extend(utf8_percent_encode(part, UNRESERVED));
    }
}

pub(super) fn with_query(url: &str, params: &[Param]) -> String {
    let mut url = url.to_owned();
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in pairs(params) {
        url.push(separator);
        url.extend(utf8_percent_encode(name, UNRESERVED));
        url.push('=');
        url.extend(utf8_percent_encode(value, UNRESERVED));
        separator = '&';
    }
    url
}

/// Written member by member: the provider's order is kept, and no copy of a secret is left in a `serde_json::Value`.
pub fn json_body(params: &[Param]) -> Secret<Vec<u8>> {
    let mut body = String::from("{");
    for (index, param) in params.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        push_json_string(&mut body, &param.name);
        body.push_str(if param.is_list { ":[" } else { ":" });
        for (index, value) in param.values.iter().enumerate() {
            if index > 0 {
                body.push(',');
            }
            push_json_scalar(&mut body, value);
        }
        body.push_str(if param.is_list { "]" } else { "" });
    }
    body.push('}');
    Secret::new(body.into_bytes())
}

fn push_json_scalar(body: &mut String, value: &Scalar) {
    let text = value.text.expose();
    if value.is_json_literal {
        body.push_str(text);
    } else {
        push_json_string(body, text);
    }
}

fn push_json_string(body: &mut String, text: &str) {
    body.push_str(&Zeroizing::new(serde_json::Value::from(text).to_string()));
}
