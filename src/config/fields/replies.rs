//! The keys that say how a provider's replies are understood: `response`, `error`, `status`.

use std::collections::BTreeMap;

use super::Setting;
use crate::config::error::Checked;
use crate::config::node::Kind;
use crate::response::{ErrorRule, ResponseMap, StatusMeaning};

const RESPONSE: [&str; 7] = [
    "access_token",
    "token_type",
    "expires_in",
    "expires_at",
    "refresh_token",
    "scope",
    "id_token",
];
const ERROR: [&str; 3] = ["when", "equals", "message"];

impl Setting<'_> {
    pub(super) fn response(self, map: &mut ResponseMap) -> Checked<()> {
        self.entries("{ access_token = \"/data/token\" }", |key, place| {
            let slot = match key {
                "access_token" => &mut map.access_token,
                "token_type" => &mut map.token_type,
                "expires_in" => &mut map.expires_in,
                "expires_at" => map.expires_at.get_or_insert_default(),
                "refresh_token" => &mut map.refresh_token,
                "id_token" => &mut map.id_token,
                "scope" => &mut map.scope,
                _ => return place.unknown_key(key, &RESPONSE),
            };
            *slot = place.pointer()?;
            Ok(())
        })
    }

    pub(super) fn error_rule(self) -> Checked<ErrorRule> {
        let example = "{ when = \"/success\", equals = false }";
        let (mut when, mut equals, mut message) = (None, None, None);
        let entries: Checked<()> = self.entries(example, |key, entry| {
            match key {
                "when" => when = Some(entry.pointer()?),
                "equals" => equals = Some(entry.literal()?),
                "message" => message = Some(entry.pointer()?),
                _ => return entry.unknown_key(key, &ERROR),
            }
            Ok(())
        });
        entries?;
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
        Ok(ErrorRule {
            when,
            equals,
            message,
        })
    }

    pub(super) fn status(self) -> Checked<BTreeMap<u16, StatusMeaning>> {
        let example = "{ 403 = \"rejected\" }";
        self.entries(example, |key, meaning| {
            let status = key.parse().ok().filter(|_| key.len() == 3);
            match status.filter(|status| (100..=599).contains(status)) {
                Some(status) => Ok((status, meaning.keyword()?)),
                None => meaning.wrong(
                    "`status` has a key that is not an HTTP status code",
                    format!("write `status = {example}`"),
                ),
            }
        })
    }

    /// A JSON Pointer (RFC 6901).
    fn pointer(self) -> Checked<String> {
        if let Some(text) = self.node.text().filter(|text| is_pointer(text)) {
            return Ok(text.to_owned());
        }
        self.wrong(
            format!("`{}` is not a JSON Pointer", self.name),
            "write the path to the field with a slash before each step: `\"/data/token\"`",
        )
    }

    fn literal(self) -> Checked<serde_json::Value> {
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
