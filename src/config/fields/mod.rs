//! Every key of a profile: how it is inherited, and what reads it.
//!
//! A new key is a row of [`FIELDS`], an arm of [`read_key`], a field of [`Profile`] with its default, and an entry in
//! `schema.json`.

mod params;
mod replies;
mod setting;
mod source;

pub(super) use setting::{Setting, unknown_key};

use std::collections::{BTreeMap, BTreeSet};

use super::error::{Checked, ConfigError};
use super::node::{Kind, Table};
use crate::profile::{Origin, Profile};
use crate::suggest::nearest;

/// A key of a profile.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Whether `[defaults]` may set it: it may not say which token a profile gets.
    pub(super) in_defaults: bool,
    /// Whether two layers' tables are merged entry by entry; else the upper one replaces the lower.
    pub(super) merges: bool,
}

const fn own(name: &'static str) -> Field {
    Field {
        name,
        in_defaults: false,
        merges: false,
    }
}

const fn shared(name: &'static str) -> Field {
    Field {
        in_defaults: true,
        ..own(name)
    }
}

const fn table(field: Field) -> Field {
    Field {
        merges: true,
        ..field
    }
}

/// Every key, in the order in which they are best read. `strategy` precedes what overrides it.
pub(super) const FIELDS: &[Field] = &[
    own("preset"),
    own("extends"),
    own("token_url"),
    own("strategy"),
    own("method"),
    own("client_auth"),
    own("params_in"),
    own("basic_encoding"),
    own("grant"),
    shared("renew"),
    own("client_id"),
    own("client_secret"),
    own("username"),
    own("password"),
    own("refresh_token"),
    own("scope"),
    own("audience"),
    table(own("params")),
    table(own("headers")),
    table(own("names")),
    own("omit"),
    table(shared("vars")),
    table(shared("response")),
    table(shared("error")),
    table(shared("status")),
    shared("timeout"),
    shared("connect_timeout"),
    shared("retries"),
    shared("min_ttl"),
    shared("refresh_before"),
    shared("assume_expires_in"),
    shared("cool_down"),
    shared("ca_file"),
    shared("proxy"),
];

/// Reads the value of a key into the profile.
fn read_key(p: &mut Profile, s: Setting<'_>) -> Checked<()> {
    match s.name {
        "token_url" => p.token_url = s.template("\"https://…/token\"")?,
        "strategy" => p.set_strategy(s.keyword()?),
        "method" => p.shape.method = s.keyword()?,
        "client_auth" => p.client_auth = s.keyword()?,
        "params_in" => p.shape.params_in = s.keyword()?,
        "basic_encoding" => p.basic_encoding = s.keyword()?,
        "grant" => p.grant = s.keyword()?,
        "renew" => p.renew = s.keyword()?,
        "client_id" => p.client_id = Some(s.value()?),
        "client_secret" => p.client_secret = Some(s.secret()?),
        "username" => p.username = Some(s.value()?),
        "password" => p.password = Some(s.secret()?),
        "refresh_token" => p.refresh_token = Some(s.secret()?),
        "scope" => p.scope = s.scope()?,
        "audience" => p.audience = Some(s.template("\"https://api.example.com\"")?),
        "params" => p.params = s.params()?,
        "headers" => p.headers = s.headers()?,
        "names" => p.shape.names = s.names()?,
        "omit" => p.shape.omit = s.omit()?,
        "vars" => p.vars = s.vars()?,
        "response" => s.response(&mut p.reply.response)?,
        "error" => p.reply.error = Some(s.error_rule()?),
        "status" => p.reply.status = s.status()?,
        "timeout" => p.timing.timeout = s.nonzero_duration()?,
        "connect_timeout" => p.timing.connect_timeout = s.nonzero_duration()?,
        "retries" => p.timing.retries = s.count(10)?,
        "min_ttl" => p.timing.min_ttl = s.duration()?,
        "refresh_before" => p.timing.refresh_before = s.duration()?,
        "assume_expires_in" => p.timing.assume_expires_in = Some(s.nonzero_duration()?),
        "cool_down" => p.timing.cool_down = s.duration()?,
        "ca_file" => p.ca_file = Some(s.template("\"~/ca.pem\"")?),
        "proxy" => p.proxy = Some(s.template("\"http://host:port\"` or `\"none\"")?),
        // `preset` and `extends` are followed before any other key is read.
        _ => {}
    }
    Ok(())
}

/// What people write for a key whose name they do not remember.
const HABITS: [(&str, &str); 5] = [
    ("url", "token_url"),
    ("endpoint", "token_url"),
    ("token_endpoint", "token_url"),
    ("id", "client_id"),
    ("secret", "client_secret"),
];

pub(super) fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

/// Whether this is a key of a profile, or one that people write in its place.
pub(super) fn is_key(name: &str) -> bool {
    field(name).is_some() || HABITS.iter().any(|(habit, _)| *habit == name)
}

/// The keys of a profile with everything it inherits.
pub(super) struct Keys<'a> {
    table: &'a Table,
    /// Those that have an error in their value or name: nothing can be said of what depends on them.
    wrong: BTreeSet<&'static str>,
}

impl<'a> Keys<'a> {
    pub(super) fn get(&self, name: &'a str) -> Option<Setting<'a>> {
        let node = self.table.get(name)?;
        Some(Setting { name, node })
    }

    /// Whether a key is there, as far as can be told.
    pub(super) fn has(&self, name: &str) -> bool {
        self.table.get(name).is_some() || self.is_wrong(name)
    }

    pub(super) fn is_wrong(&self, name: &str) -> bool {
        self.wrong.contains(name)
    }
}

/// Reads the keys of a profile. Errors are in the order of the file.
pub(super) fn read<'a>(name: &str, table: &'a Table) -> (Profile, Keys<'a>, Vec<ConfigError>) {
    let mut profile = Profile::new(name);
    let (wrong, errors) = read_keys(table, &mut profile);
    profile.origins = origins(table);
    (profile, Keys { table, wrong }, errors)
}

/// Everything that is wrong with `[defaults]` by itself.
pub(super) fn check_defaults(table: &Table) -> Vec<ConfigError> {
    let mut shared = table.clone();
    let may_stand = |key: &str| field(key).is_none_or(|field| field.in_defaults);
    shared.0.retain(|(key, _)| may_stand(key));
    let (_, mut errors) = read_keys(&shared, &mut Profile::new("defaults"));
    for (key, node) in table.iter() {
        if !may_stand(key) {
            let what = format!("`{key}` cannot stand in `[defaults]`");
            let hint =
                "it says which token a profile gets: write it in the profile, or use `extends`";
            errors.push(ConfigError::new(what).hint(hint).at(node));
        }
    }
    errors
}

/// Reads the keys of a table, and says which of them are wrong.
fn read_keys(table: &Table, profile: &mut Profile) -> (BTreeSet<&'static str>, Vec<ConfigError>) {
    let (mut wrong, mut errors) = (BTreeSet::new(), Vec::new());
    for field in FIELDS {
        let name = field.name;
        let setting = table.get(name).map(|node| Setting { name, node });
        if let Some(Err(found)) = setting.map(|setting| read_key(profile, setting)) {
            wrong.insert(name);
            errors.extend(found);
        }
    }
    for (key, node) in table.iter().filter(|(key, _)| field(key).is_none()) {
        let meant = meant(key);
        let mut error = unknown_key(key, meant, "`tok config schema` lists the keys").at(node);
        let is_table = matches!(node.kind, Kind::Table(_));
        if is_table && meant.is_none() {
            let dotted = "a profile name with a dot needs quotes: `[profiles.\"a.b\"]`";
            error.hint = Some(dotted.to_owned());
        }
        errors.push(error);
        match meant {
            Some(meant) if !["preset", "extends"].contains(&meant) => _ = wrong.insert(meant),
            None if !is_table => {}
            // Then the other keys are most likely elsewhere.
            _ => wrong.extend(FIELDS.iter().map(|field| field.name)),
        }
    }
    errors.sort_by_key(ConfigError::position);
    (wrong, errors)
}

/// The key that is most likely meant by an unknown one.
fn meant(key: &str) -> Option<&'static str> {
    let habit = HABITS.iter().find(|(habit, _)| *habit == key);
    let names = FIELDS.iter().map(|field| field.name);
    habit.map_or_else(|| nearest(key, names), |(_, name)| Some(name))
}

fn origins(table: &Table) -> BTreeMap<String, Origin> {
    let mut origins = BTreeMap::new();
    for (name, node) in table.iter() {
        origins.insert(name.to_owned(), node.origin.clone());
        if let Kind::Table(entries) = &node.kind {
            for (entry, node) in entries.iter() {
                origins.insert(format!("{name}.{entry}"), node.origin.clone());
            }
        }
    }
    origins
}
