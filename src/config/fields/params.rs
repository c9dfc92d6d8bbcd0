//! What a request carries besides the credentials: scope, parameters, headers; what they are called; variables.

use std::collections::{BTreeMap, BTreeSet};

use super::Setting;
use crate::config::error::{Checked, all};
use crate::config::node::Kind;
use crate::names::UnknownName;
use crate::profile::{ParamScalar, ParamValue, Value};
use crate::request::StandardParam;
use crate::suggest::{nearest, one_of};
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
    pub(super) fn scope(self) -> Checked<Vec<Template>> {
        let example = "\"read write\"` or `[\"read\", \"write\"]";
        match &self.node.kind {
            Kind::List(items) => all(items
                .iter()
                .map(|node| Setting { node, ..self }.template(example))),
            Kind::Text(text) if text.trim().is_empty() => Ok(Vec::new()),
            _ => Ok(vec![self.template(example)?]),
        }
    }

    pub(super) fn params(self) -> Checked<Vec<(String, ParamValue)>> {
        self.entries("{ tenant = \"acme\" }", |key, param| {
            if key.is_empty() {
                let what = "`params` has a parameter without a name";
                return param.wrong(what, "write `params = { tenant = \"acme\" }`");
            }
            let (items, is_list) = match &param.node.kind {
                Kind::List(items) => (items.as_slice(), true),
                _ => (std::slice::from_ref(param.node), false),
            };
            let scalars = all(items.iter().map(|node| Setting { node, ..param }.scalar()))?;
            Ok((key.to_owned(), ParamValue { scalars, is_list }))
        })
    }

    /// A value of a parameter: text, number, boolean, or a secret source.
    fn scalar(self) -> Checked<ParamScalar> {
        let literal = |text: &str, is_json_literal| ParamScalar {
            value: Value::Text(Template::literal(text)),
            is_json_literal,
        };
        Ok(match &self.node.kind {
            Kind::Integer(number) => literal(&number.to_string(), true),
            Kind::Number(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
                literal(text.trim_start_matches('+'), true)
            }
            Kind::Boolean(boolean) => literal(&boolean.to_string(), true),
            // Some providers want an empty text.
            Kind::Text(text) if text.is_empty() => literal("", false),
            Kind::Text(_) | Kind::Table(_) => ParamScalar {
                value: self.value()?,
                is_json_literal: false,
            },
            _ => {
                let hint =
                    "write a string, a number, a boolean, a secret source, or a list of these";
                return self.wrong_kind("a parameter's value", hint);
            }
        })
    }

    pub(super) fn headers(self) -> Checked<Vec<(String, Value)>> {
        let mut seen = BTreeSet::new();
        self.entries("{ X-Api-Version = \"2\" }", |key, header| {
            let lower = key.to_ascii_lowercase();
            // RFC 9110 §5.6.2.
            let is_token_char =
                |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if key.is_empty() || !key.bytes().all(is_token_char) {
                let what = "`headers` has a name that no header can have";
                return header.wrong(what, "write letters, digits and `-`");
            }
            if RESERVED.contains(&lower.as_str()) {
                let what = format!("`headers` sets `{key}`, which HTTP itself writes");
                return header.wrong(what, "remove it");
            }
            if !seen.insert(lower) {
                let what = format!("`headers` sets {} twice", quote_name(key));
                return header.wrong(what, "remove one of the two");
            }
            let value = match header.number() {
                Some(number) => Value::Text(Template::literal(&number)),
                None => header.value()?,
            };
            Ok((key.to_owned(), value))
        })
    }

    pub(super) fn vars(self) -> Checked<BTreeMap<String, String>> {
        self.entries("{ region = \"eu\" }", |key, var| {
            if !template::is_name(key) {
                return var.wrong(
                    "`vars` has a name that cannot stand in `${NAME}`",
                    "a name is letters, digits and `_`, and does not begin with a digit",
                );
            }
            let text = var.node.text().map(str::to_owned);
            match text.or_else(|| var.number()) {
                Some(text) => Ok((key.to_owned(), text)),
                None => var.wrong_kind("a string", "write `vars = { region = \"eu\" }`"),
            }
        })
    }

    /// A number as it was written, where text is wanted.
    fn number(self) -> Option<String> {
        match &self.node.kind {
            Kind::Integer(number) => Some(number.to_string()),
            Kind::Number(number) => Some(number.clone()),
            _ => None,
        }
    }

    pub(super) fn names(self) -> Checked<BTreeMap<StandardParam, String>> {
        self.entries("{ client_id = \"clientId\" }", |key, name| {
            let param = key
                .parse()
                .or_else(|UnknownName { valid }| name.unknown_key(key, valid))?;
            let what = format!("`{}` is not a parameter name", name.name);
            match name.node.text() {
                Some(text) if !text.is_empty() => Ok((param, text.to_owned())),
                _ => name.wrong(what, "write the provider's name for it, in quotes"),
            }
        })
    }

    pub(super) fn omit(self) -> Checked<BTreeSet<StandardParam>> {
        let example = "write `omit = [\"grant_type\"]`";
        let Kind::List(items) = &self.node.kind else {
            return self.wrong_kind("a list", example);
        };
        all(items.iter().map(|node| {
            let item = Setting { node, ..self };
            let Some(name) = node.text() else {
                return item.wrong("`omit` must be a list of parameter names", example);
            };
            name.parse().or_else(|UnknownName { valid }| {
                let near = nearest(name, valid.iter().copied());
                let hint = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the parameters are {}", one_of(valid.iter().copied())),
                };
                item.wrong("`omit` has an unknown parameter", hint)
            })
        }))
    }
}
