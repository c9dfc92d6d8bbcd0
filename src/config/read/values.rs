//! Values that may come from a secret source: credentials, parameters, headers; and `scope` and `vars`.

use std::collections::BTreeMap;

use super::{Keys, Read, secret, template, wrong};
use crate::config::layers::unknown_key;
use crate::config::node::{self, Kind, Node, Table};
use crate::profile::{ParamScalar, ParamValue, Value};
use crate::secret::{Secret, SecretRef, looks_like_secret_path};
use crate::template::{self, Template};
use crate::text::quote_name;

/// The kinds of secret source, by the key that makes each.
const SOURCES: [&str; 6] = ["env", "file", "properties", "command", "value", "key"];

/// Headers that HTTP itself writes.
const RESERVED: [&str; 6] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
];

/// A secret source; `None` where the value is no table.
pub(super) fn source(node: &Node, name: &str) -> Read<Option<SecretRef>> {
    let Kind::Table(table) = &node.kind else {
        return Ok(None);
    };
    for (key, entry) in table {
        if !SOURCES.contains(&key.as_str()) {
            let mut error = unknown_key(key, SOURCES.into_iter());
            error.what = format!("{} in the secret source of `{name}`", error.what);
            return Err((error, entry.line().or(node.line())));
        }
    }
    let kinds: Vec<&str> = table
        .iter()
        .map(|(key, _)| key.as_str())
        .filter(|key| *key != "key")
        .collect();
    let example = "write one of `{ env = \"VAR\" }`, `{ file = \"path\" }`, `{ properties = \"path\", key = \"a.b\" }`, `{ command = [\"argv\"] }`";
    let [kind] = kinds.as_slice() else {
        let what = if kinds.is_empty() {
            "names no source"
        } else {
            "names more than one source"
        };
        return wrong(
            node,
            format!("the secret source of `{name}` {what}"),
            example,
        );
    };
    if *kind != "properties" && node::get(table, "key").is_some() {
        return wrong(
            node,
            format!("`key` in the source of `{name}` goes with `properties`"),
            example,
        );
    }
    read_source(kind, table, node, name).map(Some)
}

fn read_source(kind: &str, table: &Table, node: &Node, name: &str) -> Read<SecretRef> {
    let text = |key: &str| match node::get(table, key).map(|node| &node.kind) {
        Some(Kind::Text(text)) if !text.is_empty() => Ok(text.to_string()),
        Some(kind) => {
            let what = if matches!(kind, Kind::Text(_)) {
                "is empty"
            } else {
                "is no text"
            };
            wrong(
                node,
                format!("`{key}` in the source of `{name}` {what}"),
                format!("write `{key} = \"…\"`"),
            )
        }
        None => wrong(
            node,
            format!("the `properties` source of `{name}` has no `{key}`"),
            "write `{ properties = \"path\", key = \"a.b\" }`",
        ),
    };
    match kind {
        "env" => {
            let var = text("env")?;
            if var.contains(['=', '\0']) || var.starts_with('$') {
                return wrong(
                    node,
                    format!("`env` in the source of `{name}` is no name of a variable"),
                    "write `{ env = \"VAR\" }`, the name alone, without a `$`",
                );
            }
            Ok(SecretRef::Env { var })
        }
        "file" => Ok(SecretRef::File {
            path: path(text("file")?, node, name)?,
        }),
        "properties" => Ok(SecretRef::Properties {
            path: path(text("properties")?, node, name)?,
            key: text("key")?,
        }),
        "command" => Ok(SecretRef::Command {
            argv: argv(table, node, name)?,
        }),
        // An empty one is a source that is empty, as an empty variable is: for whoever asks for it.
        _ => match node::get(table, "value").map(|node| &node.kind) {
            Some(Kind::Text(value)) if value.is_empty() => {
                Ok(SecretRef::Value(Secret::new(String::new())))
            }
            _ => Ok(SecretRef::Value(Secret::new(text("value")?))),
        },
    }
}

/// A path keeps its `${NAME}`; only that it can be read is checked here.
fn path(text: String, node: &Node, name: &str) -> Read<String> {
    if looks_like_secret_path(&text) {
        return wrong(
            node,
            format!("the path in the source of `{name}` looks like a secret itself"),
            "a secret itself stands as `{ value = \"…\" }`; a file beside the profiles file may be written `./NAME`",
        );
    }
    match Template::parse(&text) {
        Ok(_) => Ok(text),
        Err(error) => wrong(
            node,
            format!("in the path of `{name}`: {error}"),
            "see `${NAME}` in the README",
        ),
    }
}

fn argv(table: &Table, node: &Node, name: &str) -> Read<Vec<String>> {
    let hint = "write the program and each argument by itself: `{ command = [\"op\", \"read\", \"op://…\"] }`; no shell reads it";
    let words: Option<Vec<String>> = match node::get(table, "command").map(|node| &node.kind) {
        Some(Kind::List(items)) => items
            .iter()
            .map(|item| match &item.kind {
                Kind::Text(word) => Some(word.to_string()),
                _ => None,
            })
            .collect(),
        _ => None,
    };
    match words {
        Some(words) if words.first().is_some_and(|program| !program.is_empty()) => Ok(words),
        _ => wrong(
            node,
            format!("`command` in the source of `{name}` is no list of words"),
            hint,
        ),
    }
}

/// Text, or a secret source.
fn value(node: &Node, name: &str) -> Read<Value> {
    match source(node, name)? {
        Some(source) => Ok(Value::Source(source)),
        None => Ok(Value::Text(template(
            node,
            name,
            "\"…\"` or `{ env = \"…\" }",
        )?)),
    }
}

/// A value of a parameter: text, number, boolean, or a secret source.
fn scalar(node: &Node, name: &str) -> Read<ParamScalar> {
    let literal = |text: &str| ParamScalar {
        value: Value::Text(Template::literal(text)),
        is_json_literal: true,
    };
    match &node.kind {
        Kind::Integer(number) => Ok(literal(&number.to_string())),
        Kind::Float(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Ok(literal(text.trim_start_matches('+')))
        }
        Kind::Boolean(boolean) => Ok(literal(if *boolean { "true" } else { "false" })),
        // An empty text is a value that some providers want.
        Kind::Text(text) if text.is_empty() => Ok(ParamScalar {
            value: Value::Text(Template::literal("")),
            is_json_literal: false,
        }),
        Kind::Text(_) | Kind::Table(_) => Ok(ParamScalar {
            value: value(node, name)?,
            is_json_literal: false,
        }),
        _ => wrong(
            node,
            format!(
                "`{name}` is {}, which no parameter can be",
                node.kind_name()
            ),
            "write a string, a number, a boolean, a secret source, or a list of these",
        ),
    }
}

/// What an entry of a table is called. Its name is the user's own: see [`quote_name`].
fn entry(table: &str, key: &str) -> String {
    format!("{table}.{}", quote_name(key).trim_matches('`'))
}

impl Keys<'_> {
    pub(super) fn value(self, name: &str) -> Read<Option<Value>> {
        self.get(name).map(|node| value(node, name)).transpose()
    }

    pub(super) fn secret(self, name: &str) -> Read<Option<SecretRef>> {
        self.get(name).map(|node| secret(node, name)).transpose()
    }

    pub(super) fn scope(self) -> Read<Vec<Template>> {
        let example = "\"read write\"` or `[\"read\", \"write\"]";
        let Some(node) = self.get("scope") else {
            return Ok(Vec::new());
        };
        match &node.kind {
            Kind::List(items) => items
                .iter()
                .map(|item| template(item, "scope", example))
                .collect(),
            Kind::Text(text) if text.trim().is_empty() => Ok(Vec::new()),
            _ => Ok(vec![template(node, "scope", example)?]),
        }
    }

    pub(super) fn params(self) -> Read<Vec<(String, ParamValue)>> {
        self.entries("params", "{ tenant = \"acme\" }")?
            .iter()
            .map(|(key, node)| {
                if key.is_empty() {
                    return wrong(
                        node,
                        "`params` has a parameter without a name",
                        "write `params = { tenant = \"acme\" }`",
                    );
                }
                let name = entry("params", key);
                let value = match &node.kind {
                    Kind::List(items) => ParamValue::List(
                        items
                            .iter()
                            .map(|item| scalar(item, &name))
                            .collect::<Read<_>>()?,
                    ),
                    _ => ParamValue::One(scalar(node, &name)?),
                };
                Ok((key.clone(), value))
            })
            .collect()
    }

    pub(super) fn headers(self) -> Read<Vec<(String, Value)>> {
        let entries = self.entries("headers", "{ X-Api-Version = \"2\" }")?;
        for (index, (key, node)) in entries.iter().enumerate() {
            let lower = key.to_ascii_lowercase();
            // RFC 9110 §5.6.2.
            let is_token = !key.is_empty()
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
            if !is_token {
                return wrong(
                    node,
                    "`headers` has a name that no header can have",
                    "write letters, digits and `-`",
                );
            }
            if RESERVED.contains(&lower.as_str()) {
                return wrong(
                    node,
                    format!("`headers` sets `{key}`, which HTTP itself writes"),
                    "drop it",
                );
            }
            if entries
                .iter()
                .take(index)
                .any(|(other, _)| other.eq_ignore_ascii_case(key))
            {
                return wrong(
                    node,
                    format!("`headers` sets {} twice", quote_name(key)),
                    "drop one of the two",
                );
            }
        }
        entries
            .iter()
            .map(|(key, node)| {
                let name = entry("headers", key);
                match &node.kind {
                    Kind::Integer(number) => Ok((
                        key.clone(),
                        Value::Text(Template::literal(&number.to_string())),
                    )),
                    _ => Ok((key.clone(), value(node, &name)?)),
                }
            })
            .collect()
    }

    pub(super) fn vars(self) -> Read<BTreeMap<String, String>> {
        self.entries("vars", "{ region = \"eu\" }")?
            .iter()
            .map(|(key, node)| match &node.kind {
                _ if !template::is_name(key) => wrong(
                    node,
                    "`vars` has a name that no `${NAME}` can have",
                    "a name is letters, digits and `_`, and does not begin with a digit",
                ),
                Kind::Text(text) => Ok((key.clone(), text.to_string())),
                Kind::Integer(number) => Ok((key.clone(), number.to_string())),
                _ => wrong(
                    node,
                    format!(
                        "`{}` is {}, not a string",
                        entry("vars", key),
                        node.kind_name()
                    ),
                    "write `vars = { region = \"eu\" }`",
                ),
            })
            .collect()
    }
}
