//! TOML values that know where they were written.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::{ConfigError, syntax};
use crate::profile::Origin;

/// A value and where it was written. Has no `Debug`: it may hold a literal secret.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) origin: Origin,
}

/// A value. Strings are wiped when dropped.
#[derive(Clone)]
pub(super) enum Kind {
    Text(Zeroizing<String>),
    Integer(i64),
    /// As it was written.
    Float(String),
    Boolean(bool),
    /// A TOML date, which no key takes.
    Date,
    List(Vec<Node>),
    Table(Table),
}

/// A table's entries in the order of the file.
pub(super) type Table = Vec<(String, Node)>;

impl Node {
    /// What kind of value it is, to people.
    pub(super) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a string",
            Kind::Integer(_) => "an integer",
            Kind::Float(_) => "a float",
            Kind::Boolean(_) => "a boolean",
            Kind::Date => "a date",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }

    pub(super) fn line(&self) -> Option<u32> {
        match self.origin {
            Origin::Line(line) => Some(line),
            Origin::Preset(_) | Origin::Flag(_) => None,
        }
    }
}

/// An entry of a table.
pub(super) fn get<'a>(table: &'a Table, key: &str) -> Option<&'a Node> {
    table
        .iter()
        .find(|(name, _)| name == key)
        .map(|(_, node)| node)
}

/// Parses TOML. `origin` says where a byte offset stands.
///
/// # Errors
/// The parser's message and the line; its own `Display` would print the line itself, secrets and all.
pub(super) fn parse(
    text: &str,
    origin: &dyn Fn(usize) -> Origin,
) -> Result<Table, (ConfigError, Origin)> {
    match DeTable::parse(text) {
        Ok(table) => table_of(table.into_inner(), origin),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().lines().collect::<Vec<_>>().join(", ");
            let found = ConfigError::new(format!("not valid TOML: {message}"));
            Err((
                syntax::hint(&message)
                    .into_iter()
                    .fold(found, ConfigError::hint),
                origin(at),
            ))
        }
    }
}

type Parsed<T> = Result<T, (ConfigError, Origin)>;

fn table_of(table: DeTable<'_>, origin: &dyn Fn(usize) -> Origin) -> Parsed<Table> {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
        .into_iter()
        .map(|(key, value)| {
            let place = origin(key.span().start);
            let kind = kind_of(value, origin)?;
            Ok((
                key.into_inner().into_owned(),
                Node {
                    kind,
                    origin: place,
                },
            ))
        })
        .collect()
}

fn kind_of(value: Spanned<DeValue<'_>>, origin: &dyn Fn(usize) -> Origin) -> Parsed<Kind> {
    let Range { start, .. } = value.span();
    Ok(match value.into_inner() {
        DeValue::String(text) => Kind::Text(Zeroizing::new(text.into_owned())),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Kind::Integer(number),
            Err(_) => {
                return Err((
                    ConfigError::new("a number that is too large").hint("write it in quotes"),
                    origin(start),
                ));
            }
        },
        DeValue::Float(number) => Kind::Float(number.as_str().to_owned()),
        DeValue::Boolean(boolean) => Kind::Boolean(boolean),
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(list) => Kind::List(
            list.into_iter()
                .map(|item| {
                    let origin_of_item = origin(item.span().start);
                    Ok(Node {
                        kind: kind_of(item, origin)?,
                        origin: origin_of_item,
                    })
                })
                .collect::<Parsed<_>>()?,
        ),
        DeValue::Table(table) => Kind::Table(table_of(table, origin)?),
    })
}
