//! The keys that say how a provider's replies are understood: `response`, `error`, `status`.

use serde_json::Value;

use super::{Keys, Read, word, wrong};
use crate::config::layers::unknown_key;
use crate::config::node::{Kind, Node};
use crate::response::{ErrorRule, ReplyRules, ResponseMap, StatusMeaning};

const RESPONSE: [&str; 6] = [
    "access_token",
    "token_type",
    "expires_in",
    "expires_at",
    "refresh_token",
    "scope",
];
const ERROR: [&str; 3] = ["when", "equals", "message"];

impl Keys<'_> {
    pub(super) fn reply_rules(self) -> Read<ReplyRules> {
        Ok(ReplyRules {
            response: self.response()?,
            error: self.error()?,
            status: self.status()?,
        })
    }

    fn response(self) -> Read<ResponseMap> {
        let mut map = ResponseMap::default();
        for (key, node) in self.entries("response", "{ access_token = \"/data/token\" }")? {
            let place = match key.as_str() {
                "access_token" => &mut map.access_token,
                "token_type" => &mut map.token_type,
                "expires_in" => &mut map.expires_in,
                "refresh_token" => &mut map.refresh_token,
                "scope" => &mut map.scope,
                "expires_at" => map.expires_at.get_or_insert_default(),
                _ => return Err((unknown_key(key, RESPONSE.into_iter()), node.line())),
            };
            *place = pointer(node, &format!("response.{key}"))?;
        }
        Ok(map)
    }

    fn error(self) -> Read<Option<ErrorRule>> {
        let (mut when, mut equals, mut message) = (None, None, None);
        for (key, node) in self.entries("error", "{ when = \"/success\", equals = false }")? {
            match key.as_str() {
                "when" => when = Some(pointer(node, "error.when")?),
                "message" => message = Some(pointer(node, "error.message")?),
                "equals" => equals = Some(literal(node)?),
                _ => return Err((unknown_key(key, ERROR.into_iter()), node.line())),
            }
        }
        match (self.get("error"), when) {
            (None, _) => Ok(None),
            (Some(node), Some(when)) if when.is_empty() && equals.is_none() => wrong(
                node,
                "`error.when` is the whole of the reply, which is always there",
                "write which value of it is the error: `equals = \"…\"`",
            ),
            (Some(_), Some(when)) => Ok(Some(ErrorRule {
                when,
                equals,
                message,
            })),
            (Some(node), None) => wrong(
                node,
                "`error` has no `when`",
                "write `error = { when = \"/success\", equals = false }`",
            ),
        }
    }

    fn status(self) -> Read<std::collections::BTreeMap<u16, StatusMeaning>> {
        let example = "{ 403 = \"rejected\" }";
        self.entries("status", example)?
            .iter()
            .map(|(key, node)| match key.parse::<u16>() {
                Ok(status) if (100..=599).contains(&status) && key.len() == 3 => Ok((
                    status,
                    word::<StatusMeaning>(node, &format!("status.{key}"))?,
                )),
                _ => wrong(
                    node,
                    "`status` has a key that is no HTTP status",
                    format!("write `status = {example}`"),
                ),
            })
            .collect()
    }
}

/// A JSON Pointer (RFC 6901).
fn pointer(node: &Node, name: &str) -> Read<String> {
    match &node.kind {
        Kind::Text(text) if is_pointer(text) => Ok(text.to_string()),
        _ => wrong(
            node,
            format!("`{name}` is no JSON Pointer"),
            "write the way to the field, each step after a slash: `\"/data/token\"`",
        ),
    }
}

/// An empty one leads to the whole reply. A `~` stands for itself as `~0`, a slash as `~1`.
fn is_pointer(text: &str) -> bool {
    (text.is_empty() || text.starts_with('/'))
        && text
            .split('~')
            .skip(1)
            .all(|after| after.starts_with(['0', '1']))
}

fn literal(node: &Node) -> Read<Value> {
    match &node.kind {
        Kind::Text(text) => Ok(Value::from(text.as_str())),
        Kind::Integer(number) => Ok(Value::from(*number)),
        Kind::Boolean(boolean) => Ok(Value::from(*boolean)),
        _ => wrong(
            node,
            "`error.equals` is neither a string, a number nor a boolean",
            "write for example `equals = false`",
        ),
    }
}
