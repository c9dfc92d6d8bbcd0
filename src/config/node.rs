//! TOML values that know where they were written.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

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
    /// A float, or a decimal integer beyond 64 bits, as it was written.
    Number(String),
    Boolean(bool),
    List(Vec<Node>),
    Table(Table),
    /// What no key takes, by the name of its kind.
    Other(&'static str),
}

impl Node {
    /// The kind of value, as error messages name it.
    pub(super) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Text(_) => "a string",
            Kind::Integer(_) => "an integer",
            Kind::Number(_) => "a number",
            Kind::Boolean(_) => "a boolean",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
            Kind::Other(name) => name,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn line(&self) -> Option<u32> {
        match self.origin {
            Origin::Line(line) => Some(line),
            Origin::Preset(_) | Origin::Flag(_) => None,
        }
    }
}

/// The entries of a table, in the order of the file.
#[derive(Clone, Default)]
pub(super) struct Table(pub(super) Vec<(String, Node)>);

/// Where the byte at an offset of the parsed text was written.
pub(super) type OriginOf<'a> = dyn Fn(usize) -> Origin + 'a;

impl Table {
    pub(super) fn new(parsed: DeTable<'_>, origin_of: &OriginOf<'_>) -> Self {
        let mut entries: Vec<_> = parsed.into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
            let origin = origin_of(key.span().start);
            let kind = Kind::new(value.into_inner(), origin_of);
            (String::from(key.into_inner()), Node { kind, origin })
        };
        Self(entries.into_iter().map(entry).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, node)| node)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(name, node)| (name.as_str(), node))
    }

    /// Sets an entry, in the place of the one of that name.
    pub(super) fn set(&mut self, name: String, node: Node) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = node,
            None => self.0.push((name, node)),
        }
    }
}

impl Kind {
    fn new(parsed: DeValue<'_>, origin_of: &OriginOf<'_>) -> Self {
        match parsed {
            DeValue::String(text) => Self::Text(Zeroizing::new(text.into_owned())),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Self::Integer(number),
                    Err(_) if number.radix() == 10 => Self::Number(number.as_str().to_owned()),
                    Err(_) => Self::Other("a number that is too large"),
                }
            }
            DeValue::Float(number) => Self::Number(number.as_str().to_owned()),
            DeValue::Boolean(boolean) => Self::Boolean(boolean),
            DeValue::Datetime(_) => Self::Other("a date"),
            DeValue::Array(list) => {
                let item = |item: Spanned<DeValue<'_>>| Node {
                    origin: origin_of(item.span().start),
                    kind: Self::new(item.into_inner(), origin_of),
                };
                Self::List(list.into_iter().map(item).collect())
            }
            DeValue::Table(table) => Self::Table(Table::new(table, origin_of)),
        }
    }
}
