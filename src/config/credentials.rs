//! `[credentials]`: the table that says which profile's token goes to which URL. What a URL in it means is decided by
//! [`crate::credential`].

use super::document::Document;
use super::error::{Checked, ConfigError, all};
use super::fields::Setting;
use super::node::{Kind, Node, Table};
use crate::credential::{CredentialMap, Mapping, UrlPattern};
use crate::profile::is_name;
use crate::text::{may_be_token, quote_name, sanitize};

/// The keys of a URL's own table.
pub(super) const KEYS: [&str; 3] = ["profile", "username", "scheme"];

const EXAMPLE: &str = "write `\"https://git.example.com\" = \"PROFILE\"`";

const SWAPPED: &str =
    "write the URL first and the profile second: `\"https://git.example.com\" = \"PROFILE\"`";

pub(super) fn map(table: &Table) -> Checked<CredentialMap> {
    let mut map = CredentialMap::default();
    let rows = table.iter().map(|(url, node)| {
        let mapping = mapping(url, node)?;
        let mut others = map.0.iter();
        if let Some(twin) = others.find(|other| other.pattern.is_same(&mapping.pattern)) {
            let (name, line) = (&shown(url), twin.line.unwrap_or_default());
            let what = format!("`{name}` is already mapped on line {line}");
            return Setting { name, node }.wrong(what, "remove one of the two");
        }
        map.0.push(mapping);
        Ok(())
    });
    let rows: Checked<()> = all(rows);
    rows.map(|()| map)
}

/// Everything that is wrong with the table.
pub(super) fn check(document: &Document) -> Vec<ConfigError> {
    let map = match map(&document.credentials) {
        Ok(map) => map,
        Err(errors) => return errors,
    };
    let names = document.names();
    let is_unknown = |mapping: &&Mapping| names.binary_search(&mapping.profile.as_str()).is_err();
    let unknown = map.0.iter().filter(is_unknown);
    let errors = unknown.map(|mapping| unknown_profile(document, mapping));
    errors.collect()
}

/// The error of a mapping to a profile that is not there.
pub(super) fn unknown_profile(document: &Document, mapping: &Mapping) -> ConfigError {
    let error = document.unknown_profile(&mapping.profile);
    if error.is_syntax_error() {
        return error;
    }
    let (url, profile) = (shown(&mapping.url), quote_name(&mapping.profile));
    ConfigError {
        what: format!("`{url}` is mapped to an unknown profile {profile}"),
        line: mapping.line,
        ..error
    }
}

/// A URL as it may be shown: a user or a query in it may be a secret, and what has no scheme may be no URL at all.
fn shown(url: &str) -> String {
    let whole = match url.rsplit_once('@') {
        Some((before, rest)) => {
            let scheme = before.split_inclusive("://").next();
            let scheme = scheme.filter(|scheme| scheme.ends_with("://"));
            format!("{}…@{rest}", scheme.unwrap_or_default())
        }
        None => url.to_owned(),
    };
    match whole.split_once(['?', '#']) {
        _ if !whole.contains("://") && may_be_token(&whole) => "…".to_owned(),
        Some((before, _)) => sanitize(&format!("{before}…")),
        None => sanitize(&whole),
    }
}

fn mapping(url: &str, node: &Node) -> Checked<Mapping> {
    let url_shown = shown(url);
    let name = url_shown.as_str();
    let setting = Setting { name, node };
    let is_swapped = node.text().is_some_and(|text| text.contains("://"));
    let pattern = UrlPattern::parse(url).or_else(|error| {
        let hint = if is_swapped { SWAPPED } else { error.hint() };
        setting.wrong(format!("the URL `{name}` in `[credentials]` {error}"), hint)
    })?;
    let mut mapping = Mapping {
        url: url.to_owned(),
        pattern,
        profile: String::new(),
        username: None,
        scheme: None,
        line: node.line(),
    };
    match &node.kind {
        Kind::Text(_) => mapping.profile = profile(setting)?,
        Kind::Table(table) => {
            let entries: Checked<()> = all(table.iter().map(|(key, node)| {
                let setting = Setting { name: key, node };
                match key {
                    "profile" => mapping.profile = profile(Setting { name, node })?,
                    "username" => mapping.username = Some(username(setting)?),
                    "scheme" => mapping.scheme = Some(setting.keyword()?),
                    _ => return setting.unknown_key(key, &KEYS),
                }
                Ok(())
            }));
            entries?;
            if mapping.profile.is_empty() {
                return setting.wrong(format!("`{name}` has no `profile`"), EXAMPLE);
            }
        }
        _ => {
            let kind = node.kind_name();
            let what = format!("`{name}` is {kind}, not the name of a profile");
            return setting.wrong(what, EXAMPLE);
        }
    }
    Ok(mapping)
}

/// The name of a profile; the setting has the name of its URL.
fn profile(setting: Setting<'_>) -> Checked<String> {
    match setting.node.text() {
        Some(name) if is_name(name) => Ok(name.to_owned()),
        _ => {
            let url = setting.name;
            setting.wrong(
                format!("the value of `{url}` is not a valid profile name"),
                EXAMPLE,
            )
        }
    }
}

fn username(setting: Setting<'_>) -> Checked<String> {
    // RFC 7617 §2: a colon would end it.
    let is_bad = |c: char| c == ':' || c.is_control();
    match setting.node.text() {
        Some(name) if !name.is_empty() && !name.contains(is_bad) => Ok(name.to_owned()),
        _ => setting.wrong(
            "`username` is not a valid username",
            "write the username that the server wants, in quotes, without a colon",
        ),
    }
}
