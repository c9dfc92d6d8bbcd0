//! The value of a key, and how each plain kind of value is read. Each error says what is wanted in place of what is
//! there; none shows a value.

use std::str::FromStr;
use std::time::Duration;

use crate::config::error::{Checked, ConfigError, all};
use crate::config::node::{Kind, Node};
use crate::names::UnknownName;
use crate::suggest::{nearest, one_of};
use crate::template::Template;
use crate::text::quote_name;
use crate::time::{NotADuration, parse_duration};

/// A key and its value.
#[derive(Clone, Copy)]
pub(in crate::config) struct Setting<'a> {
    /// As messages show it: `timeout`, `params.tenant`.
    pub(in crate::config) name: &'a str,
    pub(in crate::config) node: &'a Node,
}

/// The error of an unknown key. A key is shown, unlike a value, but not one that is long and like none: it may be a
/// value. `meant`: the known key that is most likely meant.
pub(in crate::config) fn unknown_key(key: &str, meant: Option<&str>, hint: &str) -> ConfigError {
    match meant {
        Some(meant) => ConfigError::new(format!("unknown key `{key}`"))
            .hint(format!("did you mean `{meant}`?")),
        None => ConfigError::new(format!("unknown key {}", quote_name(key))).hint(hint),
    }
}

impl<'a> Setting<'a> {
    pub(in crate::config) fn error(
        self,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> ConfigError {
        ConfigError::new(what).hint(hint).at(self.node)
    }

    pub(in crate::config) fn wrong<T>(
        self,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Checked<T> {
        Err(vec![self.error(what, hint)])
    }

    /// That the value is not of the kind that is wanted.
    pub(super) fn wrong_kind<T>(self, wanted: &str, hint: impl Into<String>) -> Checked<T> {
        let kind = self.node.kind_name();
        self.wrong(format!("`{}` is {kind}, not {wanted}", self.name), hint)
    }

    fn text(self, wanted: &str, hint: impl Into<String>) -> Checked<&'a str> {
        self.node
            .text()
            .map_or_else(|| self.wrong_kind(wanted, hint), Ok)
    }

    /// The entries of a table. `read` gets the key of each, and its value with the name that messages show.
    pub(super) fn entries<T, C: FromIterator<T>>(
        self,
        example: &str,
        mut read: impl FnMut(&str, Setting<'_>) -> Checked<T>,
    ) -> Checked<C> {
        let Kind::Table(table) = &self.node.kind else {
            return self.wrong_kind("a table", format!("write `{} = {example}`", self.name));
        };
        all(table.iter().map(|(key, node)| {
            // The user chose the key: see `quote_name`.
            let name = &format!("{}.{}", self.name, quote_name(key).trim_matches('`'));
            read(key, Setting { name, node })
        }))
    }

    /// That a table has no such key.
    pub(in crate::config) fn unknown_key<T>(self, key: &str, known: &[&str]) -> Checked<T> {
        let meant = nearest(key, known.iter().copied());
        let hint = format!("the keys here are {}", one_of(known.iter().copied()));
        Err(vec![unknown_key(key, meant, &hint).at(self.node)])
    }

    /// A name of something else in the file, or of a preset.
    pub(in crate::config) fn name_of(self, thing: &str) -> Checked<&'a str> {
        self.text("a name", format!("write the name of a {thing}, in quotes"))
    }

    /// One of the values of an enum.
    pub(in crate::config) fn keyword<T: FromStr<Err = UnknownName>>(self) -> Checked<T> {
        let text = self.node.text();
        let parsed = text.unwrap_or_default().parse();
        parsed.or_else(|UnknownName { valid }| {
            let (name, all) = (self.name, one_of(valid.iter().copied()));
            let Some(text) = text else {
                return self.wrong_kind("a string", format!("write {all}, in quotes"));
            };
            let meant = match text {
                // What people call the two usual strategies.
                "basic" if valid.contains(&"basic_form") => Some("basic_form"),
                "post" if valid.contains(&"post_form") => Some("post_form"),
                _ => nearest(text, valid.iter().copied()),
            };
            let did_you_mean = meant.map(|meant| format!("did you mean `{meant}`? "));
            let hint = format!("{}`{name}` is {all}", did_you_mean.unwrap_or_default());
            self.wrong(format!("unknown `{name}`"), hint)
        })
    }

    pub(super) fn template(self, example: &str) -> Checked<Template> {
        let hint = format!("write `{} = {example}`", self.name);
        let text = self.text("a string", &hint)?;
        if text.trim().is_empty() {
            return self.wrong(format!("`{}` is empty", self.name), hint);
        }
        let wrong = |error| format!("in `{}`: {error}", self.name);
        Template::parse(text)
            .or_else(|error| self.wrong(wrong(error), "see `${NAME}` in the README"))
    }

    pub(super) fn duration(self) -> Checked<Duration> {
        let text = match &self.node.kind {
            Kind::Text(text) => text.to_string(),
            Kind::Integer(seconds) => seconds.to_string(),
            _ => return self.wrong_kind("a duration", "write a duration: `\"30s\"`, `\"5m\"`"),
        };
        parse_duration(&text).or_else(|NotADuration| {
            let name = self.name;
            let hint = format!("write for example `{name} = \"30s\"`, or `5m`, `1h30m`");
            self.wrong(format!("`{name}` is not a duration"), hint)
        })
    }

    pub(super) fn nonzero_duration(self) -> Checked<Duration> {
        let duration = self.duration()?;
        if duration.is_zero() {
            let hint = format!("write for example `{} = \"30s\"`", self.name);
            return self.wrong(format!("`{}` must be longer than 0", self.name), hint);
        }
        Ok(duration)
    }

    /// A whole number up to `most`.
    pub(super) fn count(self, most: u32) -> Checked<u32> {
        let count = match &self.node.kind {
            Kind::Integer(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        if let Some(count) = count.filter(|count| *count <= most) {
            return Ok(count);
        }
        let what = format!("`{}` must be a whole number from 0 to {most}", self.name);
        self.wrong(what, format!("write for example `{} = 2`", self.name))
    }
}
