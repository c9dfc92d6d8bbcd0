//! What a request carries besides the credentials: scope, parameters, headers; what they are called; variables.

use std::collections::{BTreeMap, BTreeSet};

use super::{Setting, known_key};
use crate::config::error::{Read, all};
use crate::config::node::{Kind, Node};
use crate::names::UnknownName;
use crate::profile::{ParamScalar, ParamValue, Value};
use crate::request::StandardParam;
use crate::suggest::nearest;
use crate::template::{self, Template};
use crate::text::quote_name;

/// Headers that HTTP itself writes.
const RESERVED: [&str; 6] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
];

impl Setting<'_> {
    pub(super) fn scope(self, slot: &mut Vec<Template>) -> Read<()> {
        let example = "\"read write\"` or `[\"read\", \"write\"]";
        let word = |node| Setting { node, ..self }.as_template(example);
        *slot = match &self.node.kind {
            Kind::List(items) => all(items.iter().map(word))?,
            Kind::Text(text) if text.trim().is_empty() => Vec::new(),
            _ => vec![word(self.node)?],
        };
        Ok(())
    }

    pub(super) fn params(self, slot: &mut Vec<(String, ParamValue)>) -> Read<()> {
        let example = "{ tenant = \"acme\" }";
        let param = |(key, node): (&str, &Node)| {
            let name = &self.entry_name(key);
            let setting = Setting { name, node };
            if key.is_empty() {
                return setting.wrong(
                    "`params` has a parameter without a name",
                    format!("write `params = {example}`"),
                );
            }
            let item = |node| Setting { name, node }.scalar();
            let value = match &node.kind {
                Kind::List(items) => ParamValue::List(all(items.iter().map(item))?),
                _ => ParamValue::One(setting.scalar()?),
            };
            Ok((key.to_owned(), value))
        };
        *slot = all(self.entries(example)?.iter().map(param))?;
        Ok(())
    }

    /// A value of a parameter: text, number, boolean, or a secret source.
    fn scalar(self) -> Read<ParamScalar> {
        let literal = |text: &str, is_json_literal| {
            Ok(ParamScalar {
                value: Value::Text(Template::literal(text)),
                is_json_literal,
            })
        };
        match &self.node.kind {
            Kind::Integer(number) => literal(&number.to_string(), true),
            Kind::Number(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                literal(text.trim_start_matches('+'), true)
            }
            Kind::Boolean(boolean) => literal(&boolean.to_string(), true),
            // Some providers want an empty text.
            Kind::Text(text) if text.is_empty() => literal("", false),
            Kind::Text(_) | Kind::Table(_) => Ok(ParamScalar {
                value: self.as_value()?,
                is_json_literal: false,
            }),
            _ => self.wrong_kind(
                "a parameter's value",
                "write a string, a number, a boolean, a secret source, or a list of these",
            ),
        }
    }

    pub(super) fn headers(self, slot: &mut Vec<(String, Value)>) -> Read<()> {
        let entries = self.entries("{ X-Api-Version = \"2\" }")?;
        let mut seen = BTreeSet::new();
        let header = |(key, node): (&str, &Node)| {
            let name = &self.entry_name(key);
            let setting = Setting { name, node };
            let lower = key.to_ascii_lowercase();
            // RFC 9110 §5.6.2.
            let is_token_char =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if key.is_empty() || !key.bytes().all(is_token_char) {
                let what = "`headers` has a name that no header can have";
                return setting.wrong(what, "write letters, digits and `-`");
            }
            if RESERVED.contains(&lower.as_str()) {
                let what = format!("`headers` sets `{key}`, which HTTP itself writes");
                return setting.wrong(what, "remove it");
            }
            if !seen.insert(lower) {
                let what = format!("`headers` sets {} twice", quote_name(key));
                return setting.wrong(what, "remove one of the two");
            }
            let value = match &node.kind {
                Kind::Integer(number) => Value::Text(Template::literal(&number.to_string())),
                Kind::Number(number) => Value::Text(Template::literal(number)),
                _ => setting.as_value()?,
            };
            Ok((key.to_owned(), value))
        };
        *slot = all(entries.iter().map(header))?;
        Ok(())
    }

    pub(super) fn vars(self, slot: &mut BTreeMap<String, String>) -> Read<()> {
        let example = "{ region = \"eu\" }";
        let var = |(key, node): (&str, &Node)| {
            let name = &self.entry_name(key);
            let setting = Setting { name, node };
            if !template::is_name(key) {
                return setting.wrong(
                    "`vars` has a name that cannot stand in `${NAME}`",
                    "a name is letters, digits and `_`, and does not begin with a digit",
                );
            }
            let value = match &node.kind {
                Kind::Text(text) => text.to_string(),
                Kind::Integer(number) => number.to_string(),
                Kind::Number(number) => number.clone(),
                _ => return setting.wrong_kind("a string", format!("write `vars = {example}`")),
            };
            Ok((key.to_owned(), value))
        };
        let vars = all(self.entries(example)?.iter().map(var))?;
        *slot = vars.into_iter().collect();
        Ok(())
    }

    pub(super) fn names(self, slot: &mut BTreeMap<StandardParam, String>) -> Read<()> {
        let rename = |(key, node): (&str, &Node)| {
            known_key(key, node, StandardParam::NAMES)?;
            let name = &self.entry_name(key);
            match (&node.kind, key.parse()) {
                (Kind::Text(text), Ok(param)) if !text.is_empty() => Ok((param, text.to_string())),
                _ => Setting { name, node }.wrong(
                    format!("`{name}` is not a parameter name"),
                    "write the provider's name for the parameter, in quotes",
                ),
            }
        };
        let names = all(self
            .entries("{ client_id = \"clientId\" }")?
            .iter()
            .map(rename))?;
        *slot = names.into_iter().collect();
        Ok(())
    }

    pub(super) fn omit(self, slot: &mut BTreeSet<StandardParam>) -> Read<()> {
        let example = "write `omit = [\"grant_type\"]`";
        let Kind::List(items) = &self.node.kind else {
            return self.wrong_kind("a list", example);
        };
        let param = |node: &Node| {
            let setting = Setting { node, ..self };
            let Kind::Text(name) = &node.kind else {
                return setting.wrong("`omit` must be a list of parameter names", example);
            };
            name.parse().or_else(|UnknownName { valid }| {
                let near = nearest(name, valid.iter().copied());
                let did_you_mean = near.map(|near| format!("did you mean `{near}`?"));
                let hint = did_you_mean.unwrap_or_else(|| example.to_owned());
                setting.wrong("`omit` has an unknown parameter", hint)
            })
        };
        *slot = all(items.iter().map(param))?.into_iter().collect();
        Ok(())
    }
}
