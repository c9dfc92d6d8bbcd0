//! The value of a key, and how each plain kind of value is read. Each error says what is wanted in place of what is
//! there; none shows a value.

use std::str::FromStr;
use std::time::Duration;

use crate::config::error::{Mistake, Read};
use crate::config::node::{Kind, Node, Table};
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

/// The mistake of an unknown key. A key is shown, unlike a value, but not one that is long and like none: it may be a
/// value. `meant`: the known key that is most likely meant.
pub(in crate::config) fn unknown_key(key: &str, meant: Option<&str>, hint: &str) -> Mistake {
    match meant {
        Some(meant) => Mistake::new(
            format!("unknown key `{key}`"),
            format!("did you mean `{meant}`?"),
        ),
        None => Mistake::new(format!("unknown key {}", quote_name(key)), hint),
    }
}

/// The known key of an entry of a table.
pub(in crate::config) fn known_key(
    key: &str,
    node: &Node,
    known: &[&'static str],
) -> Read<&'static str> {
    if let Some(known) = known.iter().find(|known| **known == key) {
        return Ok(known);
    }
    let meant = nearest(key, known.iter().copied());
    let hint = format!("the keys here are {}", one_of(known.iter().copied()));
    Err(vec![unknown_key(key, meant, &hint).at(node)])
}

impl<'a> Setting<'a> {
    pub(in crate::config) fn mistake(
        self,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Mistake {
        Mistake::new(what, hint).at(self.node)
    }

    pub(in crate::config) fn wrong<T>(
        self,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Read<T> {
        Err(vec![self.mistake(what, hint)])
    }

    /// That the value is not of the kind that is wanted.
    pub(super) fn wrong_kind<T>(self, wanted: &str, hint: impl Into<String>) -> Read<T> {
        let kind = self.node.kind_name();
        self.wrong(format!("`{}` is {kind}, not {wanted}", self.name), hint)
    }

    fn text(self, wanted: &str, hint: impl Into<String>) -> Read<&'a str> {
        match &self.node.kind {
            Kind::Text(text) => Ok(text),
            _ => self.wrong_kind(wanted, hint),
        }
    }

    /// The entries of a table, with their names as messages show them.
    pub(super) fn entries(self, example: &str) -> Read<&'a Table> {
        match &self.node.kind {
            Kind::Table(table) => Ok(table),
            _ => self.wrong_kind("a table", format!("write `{} = {example}`", self.name)),
        }
    }

    /// The name of an entry of this table. The user chose it: see [`quote_name`].
    pub(super) fn entry_name(self, key: &str) -> String {
        format!("{}.{}", self.name, quote_name(key).trim_matches('`'))
    }

    /// A name of something else in the file, or of a preset.
    pub(in crate::config) fn name_of(self, thing: &str) -> Read<&'a str> {
        self.text("a name", format!("write the name of a {thing}, in quotes"))
    }

    /// One of the values of an enum.
    pub(in crate::config) fn keyword<T: FromStr<Err = UnknownName>>(
        self,
        slot: &mut T,
    ) -> Read<()> {
        let text = match &self.node.kind {
            Kind::Text(text) => text.as_str(),
            _ => "",
        };
        let UnknownName { valid } = match text.parse() {
            Ok(value) => {
                *slot = value;
                return Ok(());
            }
            Err(unknown) => unknown,
        };
        let all = one_of(valid.iter().copied());
        self.text("a string", format!("write {all}, in quotes"))?;
        let values = format!("`{}` is {all}", self.name);
        // What people call the two usual strategies.
        let habits = [("basic", "basic_form"), ("post", "post_form")];
        let habit = habits
            .into_iter()
            .find(|(habit, name)| *habit == text && valid.contains(name));
        let near = nearest(text, valid.iter().copied());
        let hint = match habit.map(|(_, name)| name).or(near) {
            Some(near) => format!("did you mean `{near}`? {values}"),
            None => values,
        };
        self.wrong(format!("unknown `{}`", self.name), hint)
    }

    pub(super) fn template(self, example: &str, slot: &mut impl From<Template>) -> Read<()> {
        *slot = self.as_template(example)?.into();
        Ok(())
    }

    pub(super) fn as_template(self, example: &str) -> Read<Template> {
        let hint = format!("write `{} = {example}`", self.name);
        let text = self.text("a string", &hint)?;
        if text.trim().is_empty() {
            return self.wrong(format!("`{}` is empty", self.name), hint);
        }
        match Template::parse(text) {
            Ok(template) => Ok(template),
            Err(error) => self.wrong(
                format!("in `{}`: {error}", self.name),
                "see `${NAME}` in the README",
            ),
        }
    }

    pub(super) fn duration(self, slot: &mut impl From<Duration>) -> Read<()> {
        *slot = self.as_duration()?.into();
        Ok(())
    }

    /// A duration that is not zero.
    pub(super) fn time_span(self, slot: &mut impl From<Duration>) -> Read<()> {
        let duration = self.as_duration()?;
        if duration.is_zero() {
            return self.wrong(
                format!("`{}` must be longer than 0", self.name),
                format!("write for example `{} = \"30s\"`", self.name),
            );
        }
        *slot = duration.into();
        Ok(())
    }

    fn as_duration(self) -> Read<Duration> {
        let text = match &self.node.kind {
            Kind::Text(text) => text.to_string(),
            Kind::Integer(seconds) => seconds.to_string(),
            _ => return self.wrong_kind("a duration", "write a duration: `\"30s\"`, `\"5m\"`"),
        };
        parse_duration(&text).or_else(|NotADuration| {
            self.wrong(
                format!("`{}` is not a duration", self.name),
                format!(
                    "write for example `{} = \"30s\"`, or `5m`, `1h30m`",
                    self.name
                ),
            )
        })
    }

    pub(super) fn count(self, most: u32, slot: &mut u32) -> Read<()> {
        let count = match &self.node.kind {
            Kind::Integer(number) => u32::try_from(*number).ok(),
            _ => None,
        };
        match count.filter(|count| *count <= most) {
            Some(count) => {
                *slot = count;
                Ok(())
            }
            None => self.wrong(
                format!("`{}` must be a whole number from 0 to {most}", self.name),
                format!("write for example `{} = 2`", self.name),
            ),
        }
    }
}
