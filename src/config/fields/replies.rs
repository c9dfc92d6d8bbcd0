//! The keys that say how a provider's replies are understood: `response`, `error`, `status`.

use std::collections::BTreeMap;

use super::{Setting, known_key};
use crate::config::error::{Read, all};
use crate::config::node::{Kind, Node};
use crate::response::{ErrorRule, ResponseMap, StatusMeaning};

const RESPONSE: [&str; 6] = [
    "access_token",
    "token_type",
    "expires_in",
    "expires_at",
    "refresh_token",
    "scope",
];
const ERROR: [&str; 3] = ["when", "equals", "message"];

impl Setting<'_> {
    pub(super) fn response(self, map: &mut ResponseMap) -> Read<()> {
        let entries = self.entries("{ access_token = \"/data/token\" }")?;
        let place = |(key, node): (&str, &Node)| {
            let key = known_key(key, node, &RESPONSE)?;
            let name = &self.entry_name(key);
            Ok((key, Setting { name, node }.pointer()?))
        };
        for (key, pointer) in all(entries.iter().map(place))? {
            match key {
                "access_token" => map.access_token = pointer,
                "token_type" => map.token_type = pointer,
                "expires_in" => map.expires_in = pointer,
                "expires_at" => map.expires_at = Some(pointer),
                "refresh_token" => map.refresh_token = pointer,
                _ => map.scope = pointer,
            }
        }
        Ok(())
    }

    pub(super) fn error_rule(self, slot: &mut Option<ErrorRule>) -> Read<()> {
        let example = "{ when = \"/success\", equals = false }";
        let (mut when, mut equals, mut message) = (None, None, None);
        let entry = |(key, node): (&str, &Node)| {
            let key = known_key(key, node, &ERROR)?;
            let name = &self.entry_name(key);
            let setting = Setting { name, node };
            match key {
                "when" => when = Some(setting.pointer()?),
                "message" => message = Some(setting.pointer()?),
                _ => equals = Some(setting.literal()?),
            }
            Ok(())
        };
        all(self.entries(example)?.iter().map(entry))?;
        let Some(when) = when else {
            return self.wrong(
                "`error` has no `when`",
                format!("write `error = {example}`"),
            );
        };
        if when.is_empty() && equals.is_none() {
            return self.wrong(
                "`error.when` is the whole reply, which is always there",
                "write which value of it is the error: `equals = \"…\"`",
            );
        }
        *slot = Some(ErrorRule {
            when,
            equals,
            message,
        });
        Ok(())
    }

    pub(super) fn status(self, slot: &mut BTreeMap<u16, StatusMeaning>) -> Read<()> {
        let example = "{ 403 = \"rejected\" }";
        let entry = |(key, node): (&str, &Node)| {
            let name = &self.entry_name(key);
            let setting = Setting { name, node };
            let status = key.parse::<u16>().ok();
            let Some(status) =
                status.filter(|status| (100..=599).contains(status) && key.len() == 3)
            else {
                return setting.wrong(
                    "`status` has a key that is not an HTTP status code",
                    format!("write `status = {example}`"),
                );
            };
            let mut meaning = StatusMeaning::Server;
            setting.keyword(&mut meaning)?;
            Ok((status, meaning))
        };
        let entries = all(self.entries(example)?.iter().map(entry))?;
        *slot = entries.into_iter().collect();
        Ok(())
    }

    /// A JSON Pointer (RFC 6901).
    fn pointer(self) -> Read<String> {
        match &self.node.kind {
            Kind::Text(text) if is_pointer(text) => Ok(text.to_string()),
            _ => self.wrong(
                format!("`{}` is not a JSON Pointer", self.name),
                "write the path to the field with a slash before each step: `\"/data/token\"`",
            ),
        }
    }

    fn literal(self) -> Read<serde_json::Value> {
        match &self.node.kind {
            Kind::Text(text) => Ok(text.as_str().into()),
            Kind::Integer(number) => Ok((*number).into()),
            Kind::Boolean(boolean) => Ok((*boolean).into()),
            _ => self.wrong_kind(
                "a string, an integer or a boolean",
                "write for example `equals = false`",
            ),
        }
    }
}

/// The empty pointer is the whole reply. `~0` stands for `~`, and `~1` for a slash.
fn is_pointer(text: &str) -> bool {
    let is_escape = |after: &str| after.starts_with(['0', '1']);
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(is_escape)
}
