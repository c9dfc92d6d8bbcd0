//! Secret sources, one row each, and the values that may come from one.

use super::{Setting, known_key};
use crate::config::error::Read;
use crate::config::node::{Kind, Table};
use crate::profile::Value;
use crate::secret::{Secret, SecretRef, looks_like_secret_path};
use crate::template::Template;

/// A kind of secret source, by the key that makes it.
struct Source {
    key: &'static str,
    /// What else stands beside that key.
    with: &'static [&'static str],
    example: &'static str,
    read: fn(Entries<'_>) -> Read<SecretRef>,
}

const SOURCES: &[Source] = &[
    Source {
        key: "env",
        with: &[],
        example: "{ env = \"VAR\" }",
        read: |entries| {
            Ok(SecretRef::Env {
                var: entries.variable("env")?,
            })
        },
    },
    Source {
        key: "file",
        with: &[],
        example: "{ file = \"path\" }",
        read: |entries| {
            Ok(SecretRef::File {
                path: entries.path("file")?,
            })
        },
    },
    Source {
        key: "properties",
        with: &["key"],
        example: "{ properties = \"path\", key = \"a.b\" }",
        read: |entries| {
            Ok(SecretRef::Properties {
                path: entries.path("properties")?,
                key: entries.text("key")?,
            })
        },
    },
    Source {
        key: "command",
        with: &[],
        example: "{ command = [\"program\", \"argument\"] }",
        read: |entries| {
            Ok(SecretRef::Command {
                argv: entries.argv("command")?,
            })
        },
    },
    Source {
        key: "value",
        with: &[],
        example: "{ value = \"…\" }",
        read: |entries| Ok(SecretRef::Value(entries.literal("value")?)),
    },
];

/// The entries of a source's table.
#[derive(Clone, Copy)]
struct Entries<'a> {
    setting: Setting<'a>,
    table: &'a Table,
    example: &'static str,
}

impl Setting<'_> {
    /// A secret source: the value must not stand in the file in clear by accident.
    pub(super) fn secret(self, slot: &mut Option<SecretRef>) -> Read<()> {
        let Some(source) = self.source()? else {
            let hint = format!(
                "write `{} = {{ env = \"…\" }}`, or another source; a literal one is `{{ value = \"…\" }}`",
                self.name
            );
            return self.wrong_kind("a secret source", hint);
        };
        *slot = Some(source);
        Ok(())
    }

    /// Text, or a secret source.
    pub(super) fn value(self, slot: &mut Option<Value>) -> Read<()> {
        *slot = Some(self.as_value()?);
        Ok(())
    }

    pub(super) fn as_value(self) -> Read<Value> {
        Ok(match self.source()? {
            Some(source) => Value::Source(source),
            None => Value::Text(self.as_template("\"…\"` or `{ env = \"…\" }")?),
        })
    }

    /// A secret source; `None` where the value is not a table.
    fn source(self) -> Read<Option<SecretRef>> {
        let Kind::Table(table) = &self.node.kind else {
            return Ok(None);
        };
        let known: Vec<&str> = SOURCES
            .iter()
            .flat_map(|source| [source.key].into_iter().chain(source.with.iter().copied()))
            .collect();
        for (key, node) in table.iter() {
            known_key(key, node, &known).map_err(|mut mistakes| {
                for mistake in &mut mistakes {
                    mistake.what =
                        format!("{} in the secret source of `{}`", mistake.what, self.name);
                    mistake.line = mistake.line.or(self.node.line());
                }
                mistakes
            })?;
        }
        let named = |source: &&Source| table.get(source.key).is_some();
        let sources: Vec<&Source> = SOURCES.iter().filter(named).collect();
        let [source] = sources.as_slice() else {
            let number = if sources.is_empty() {
                "no source"
            } else {
                "more than one source"
            };
            let what = format!("the secret source of `{}` names {number}", self.name);
            let examples: Vec<&str> = SOURCES.iter().map(|source| source.example).collect();
            return self.wrong(what, format!("write one of `{}`", examples.join("`, `")));
        };
        let is_stray = |key: &&str| *key != source.key && !source.with.contains(key);
        if let Some((key, _)) = table.iter().find(|(key, _)| is_stray(key)) {
            let what = format!(
                "`{key}` does not go with `{}` in the secret source of `{}`",
                source.key, self.name
            );
            return self.wrong(what, format!("write `{}`", source.example));
        }
        let entries = Entries {
            setting: self,
            table,
            example: source.example,
        };
        (source.read)(entries).map(Some)
    }
}

impl Entries<'_> {
    /// `what` continues "`key` in the secret source of `name`".
    fn wrong<T>(self, key: &str, what: &str) -> Read<T> {
        let what = format!(
            "`{key}` in the secret source of `{}` {what}",
            self.setting.name
        );
        self.setting
            .wrong(what, format!("write `{}`", self.example))
    }

    fn text(self, key: &str) -> Read<String> {
        match self.table.get(key).map(|node| &node.kind) {
            Some(Kind::Text(text)) if !text.is_empty() => Ok(text.to_string()),
            Some(Kind::Text(_)) => self.wrong(key, "is empty"),
            Some(_) => self.wrong(key, "is not a string"),
            None => self.wrong(key, "is missing"),
        }
    }

    fn variable(self, key: &str) -> Read<String> {
        let name = self.text(key)?;
        if name.contains(['=', '\0']) || name.starts_with('$') {
            return self.wrong(key, "must be the name of a variable, without a `$`");
        }
        Ok(name)
    }

    /// A path keeps its `${NAME}`; that they can be read is checked here.
    fn path(self, key: &str) -> Read<String> {
        let path = self.text(key)?;
        let name = self.setting.name;
        if looks_like_secret_path(&path) {
            return self.setting.wrong(
                format!("the path in the secret source of `{name}` looks like a secret itself"),
                "write a literal secret as `{ value = \"…\" }`, and a file beside the profiles file as `./NAME`",
            );
        }
        match Template::parse(&path) {
            Ok(_) => Ok(path),
            Err(error) => self.setting.wrong(
                format!("in the path of `{name}`: {error}"),
                "see `${NAME}` in the README",
            ),
        }
    }

    fn argv(self, key: &str) -> Read<Vec<String>> {
        let argv: Option<Vec<String>> = match self.table.get(key).map(|node| &node.kind) {
            Some(Kind::List(items)) => items
                .iter()
                .map(|item| match &item.kind {
                    Kind::Text(argument) => Some(argument.to_string()),
                    _ => None,
                })
                .collect(),
            _ => None,
        };
        match argv {
            Some(argv) if argv.first().is_some_and(|program| !program.is_empty()) => Ok(argv),
            _ => self.setting.wrong(
                format!("`{key}` in the secret source of `{}` must be a list of strings", self.setting.name),
                "write the program and each argument by itself: `{ command = [\"op\", \"read\", \"op://…\"] }`; no shell reads it",
            ),
        }
    }

    /// An empty one is like an empty variable: an error when it is asked for.
    fn literal(self, key: &str) -> Read<Secret<String>> {
        match self.table.get(key).map(|node| &node.kind) {
            Some(Kind::Text(text)) => Ok(Secret::new(text.to_string())),
            _ => self.wrong(key, "is not a string"),
        }
    }
}
