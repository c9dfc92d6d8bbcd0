//! Secret sources, one row each, and the values that may come from one.

use super::Setting;
use crate::config::error::{Checked, ConfigError, all};
use crate::config::node::{Kind, Node, Table};
use crate::profile::Value;
use crate::secret::{Secret, SecretRef, looks_like_secret_path};
use crate::template::Template;

/// A kind of secret source.
struct Source {
    /// Its key, then those that stand beside it.
    keys: &'static [&'static str],
    example: &'static str,
    read: fn(Entries<'_>) -> Checked<SecretRef>,
}

const SOURCES: &[Source] = &[
    Source {
        keys: &["env"],
        example: "{ env = \"VAR\" }",
        read: |entries| entries.variable("env").map(|var| SecretRef::Env { var }),
    },
    Source {
        keys: &["file"],
        example: "{ file = \"path\" }",
        read: |entries| entries.path("file").map(|path| SecretRef::File { path }),
    },
    Source {
        keys: &["properties", "key"],
        example: "{ properties = \"path\", key = \"a.b\" }",
        read: |entries| {
            let (path, key) = (entries.path("properties")?, entries.text("key")?);
            Ok(SecretRef::Properties { path, key })
        },
    },
    Source {
        keys: &["command"],
        example: "{ command = [\"program\", \"argument\"] }",
        read: |entries| {
            let argv = entries.argv("command")?;
            Ok(SecretRef::Command { argv })
        },
    },
    Source {
        keys: &["value"],
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
    /// A secret source. Text is refused, so that no secret stands in the file by accident.
    pub(super) fn secret(self) -> Checked<SecretRef> {
        let hint = format!(
            "write `{} = {{ env = \"…\" }}`, or another source; a literal one is `{{ value = \"…\" }}`",
            self.name
        );
        match &self.node.kind {
            Kind::Table(table) => self.source(table),
            _ => self.wrong_kind("a secret source", hint),
        }
    }

    /// Text, or a secret source.
    pub(super) fn value(self) -> Checked<Value> {
        match &self.node.kind {
            Kind::Table(table) => self.source(table).map(Value::Source),
            _ => self.template("\"…\"` or `{ env = \"…\" }").map(Value::Text),
        }
    }

    fn source(self, table: &Table) -> Checked<SecretRef> {
        let known: Vec<&str> = SOURCES
            .iter()
            .flat_map(|source| source.keys)
            .copied()
            .collect();
        let unknown = table.iter().filter(|(key, _)| !known.contains(key));
        let unknown: Checked<()> = all(unknown.map(|(key, node)| {
            let unknown = Setting { node, ..self }.unknown_key(key, &known);
            unknown.map_err(|mut errors: Vec<ConfigError>| {
                for error in &mut errors {
                    error.what = format!("{} in the secret source of `{}`", error.what, self.name);
                }
                errors
            })
        }));
        unknown?;
        let is_there = |source: &&Source| {
            source
                .keys
                .first()
                .is_some_and(|key| table.get(key).is_some())
        };
        let mut named = SOURCES.iter().filter(is_there);
        let (Some(source), None) = (named.next(), named.next()) else {
            let what = format!("`{}` must name one secret source", self.name);
            let examples: Vec<&str> = SOURCES.iter().map(|source| source.example).collect();
            return self.wrong(what, format!("write one of `{}`", examples.join("`, `")));
        };
        let entries = Entries {
            setting: self,
            table,
            example: source.example,
        };
        match table.iter().find(|(key, _)| !source.keys.contains(key)) {
            Some((key, _)) => entries.wrong(key, "does not go with the other key"),
            None => (source.read)(entries),
        }
    }
}

impl Entries<'_> {
    /// `what` continues "`key` in the secret source of `name`".
    fn wrong<T>(self, key: &str, what: &str) -> Checked<T> {
        let name = self.setting.name;
        let what = format!("`{key}` in the secret source of `{name}` {what}");
        self.setting
            .wrong(what, format!("write `{}`", self.example))
    }

    fn text(self, key: &str) -> Checked<String> {
        match self.table.get(key).map(Node::text) {
            Some(Some("")) => self.wrong(key, "is empty"),
            Some(Some(text)) => Ok(text.to_owned()),
            Some(None) => self.wrong(key, "is not a string"),
            None => self.wrong(key, "is missing"),
        }
    }

    fn variable(self, key: &str) -> Checked<String> {
        let name = self.text(key)?;
        if name.contains(['=', '\0']) || name.starts_with('$') {
            return self.wrong(key, "must be the name of a variable, without a `$`");
        }
        Ok(name)
    }

    /// A path keeps its `${NAME}`; that they can be read is checked here.
    fn path(self, key: &str) -> Checked<String> {
        let path = self.text(key)?;
        if looks_like_secret_path(&path) {
            let name = self.setting.name;
            return self.setting.wrong(
                format!("the path in the secret source of `{name}` looks like a secret itself"),
                "write a literal secret as `{ value = \"…\" }`, and a file beside the profiles file as `./NAME`",
            );
        }
        match Template::parse(&path) {
            Ok(_) => Ok(path),
            Err(error) => self.wrong(key, &format!("is not a valid path: {error}")),
        }
    }

    fn argv(self, key: &str) -> Checked<Vec<String>> {
        let text = |node: &Node| node.text().map(str::to_owned);
        let argv: Option<Vec<String>> = match self.table.get(key).map(|node| &node.kind) {
            Some(Kind::List(items)) => items.iter().map(text).collect(),
            _ => None,
        };
        match argv.filter(|argv| argv.first().is_some_and(|program| !program.is_empty())) {
            Some(argv) => Ok(argv),
            None => self.setting.wrong(
                format!("`{key}` in the secret source of `{}` must be a list of strings", self.setting.name),
                "write the program and each argument by itself: `{ command = [\"op\", \"read\", \"op://…\"] }`; no shell reads it",
            ),
        }
    }

    /// An empty one is like an empty variable: an error when it is asked for.
    fn literal(self, key: &str) -> Checked<Secret<String>> {
        let text = self.table.get(key).and_then(Node::text);
        text.map_or_else(
            || self.wrong(key, "is not a string"),
            |text| Ok(Secret::from(text)),
        )
    }
}
