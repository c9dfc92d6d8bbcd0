//! Every key of a profile, one row each: what reads it, and how it is inherited.
//!
//! A new key is a row here, a field of [`Profile`] with its default in `blank`, and an entry in `schema.json`.

mod params;
mod replies;
mod setting;
mod source;

pub(super) use setting::{Setting, unknown_key};

use std::collections::{BTreeMap, BTreeSet};

use super::error::{ConfigError, Read};
use super::node::{Kind, Table};
use crate::grant::Grant;
use crate::profile::{Origin, Profile, Renew, Strategy, Timing};
use crate::request::{BasicEncoding, RequestShape};
use crate::response::ReplyRules;
use crate::suggest::nearest;
use crate::template::Template;

/// A key of a profile.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Whether `[defaults]` may set it: it may not say which token a profile gets.
    pub(super) in_defaults: bool,
    /// Whether two layers' tables are merged entry by entry; else the upper one replaces the lower.
    pub(super) merges: bool,
    /// Reads its value into the profile.
    read: Reader,
}

type Reader = fn(&mut Profile, Setting<'_>) -> Read<()>;

const fn own(name: &'static str, read: Reader) -> Field {
    Field {
        name,
        in_defaults: false,
        merges: false,
        read,
    }
}

const fn own_table(name: &'static str, read: Reader) -> Field {
    Field {
        merges: true,
        ..own(name, read)
    }
}

const fn shared(name: &'static str, read: Reader) -> Field {
    Field {
        in_defaults: true,
        ..own(name, read)
    }
}

const fn shared_table(name: &'static str, read: Reader) -> Field {
    Field {
        merges: true,
        ..shared(name, read)
    }
}

fn set<T>(slot: &mut T, value: Read<T>) -> Read<()> {
    *slot = value?;
    Ok(())
}

/// Every key, in the order in which they are best read. `strategy` precedes what overrides it.
pub(super) const FIELDS: &[Field] = &[
    // These two are followed before any other key is read.
    own("preset", |_, _| Ok(())),
    own("extends", |_, _| Ok(())),
    own("token_url", |p, s| {
        set(&mut p.token_url, s.template("\"https://…/token\""))
    }),
    own("strategy", |p, s| {
        p.strategy = s.keyword()?;
        p.client_auth = p.strategy.client_auth();
        p.shape.method = p.strategy.method();
        p.shape.params_in = p.strategy.params_in();
        Ok(())
    }),
    own("method", |p, s| set(&mut p.shape.method, s.keyword())),
    own("client_auth", |p, s| set(&mut p.client_auth, s.keyword())),
    own("params_in", |p, s| set(&mut p.shape.params_in, s.keyword())),
    own("basic_encoding", |p, s| {
        set(&mut p.basic_encoding, s.keyword())
    }),
    own("grant", |p, s| set(&mut p.grant, s.keyword())),
    shared("renew", |p, s| set(&mut p.renew, s.keyword())),
    own("client_id", |p, s| {
        set(&mut p.client_id, s.value().map(Some))
    }),
    own("client_secret", |p, s| {
        set(&mut p.client_secret, s.secret().map(Some))
    }),
    own("username", |p, s| set(&mut p.username, s.value().map(Some))),
    own("password", |p, s| {
        set(&mut p.password, s.secret().map(Some))
    }),
    own("refresh_token", |p, s| {
        set(&mut p.refresh_token, s.secret().map(Some))
    }),
    own("scope", |p, s| set(&mut p.scope, s.scope())),
    own("audience", |p, s| {
        set(
            &mut p.audience,
            s.template("\"https://api.example.com\"").map(Some),
        )
    }),
    own_table("params", |p, s| set(&mut p.params, s.params())),
    own_table("headers", |p, s| set(&mut p.headers, s.headers())),
    own_table("names", |p, s| set(&mut p.shape.names, s.names())),
    own("omit", |p, s| set(&mut p.shape.omit, s.omit())),
    shared_table("vars", |p, s| set(&mut p.vars, s.vars())),
    shared_table("response", |p, s| s.response(&mut p.reply.response)),
    shared_table("error", |p, s| {
        set(&mut p.reply.error, s.error_rule().map(Some))
    }),
    shared_table("status", |p, s| set(&mut p.reply.status, s.status())),
    shared("timeout", |p, s| {
        set(&mut p.timing.timeout, s.nonzero_duration())
    }),
    shared("connect_timeout", |p, s| {
        set(&mut p.timing.connect_timeout, s.nonzero_duration())
    }),
    shared("retries", |p, s| set(&mut p.timing.retries, s.count(10))),
    shared("min_ttl", |p, s| set(&mut p.timing.min_ttl, s.duration())),
    shared("refresh_before", |p, s| {
        set(&mut p.timing.refresh_before, s.duration())
    }),
    shared("assume_expires_in", |p, s| {
        set(
            &mut p.timing.assume_expires_in,
            s.nonzero_duration().map(Some),
        )
    }),
    shared("cool_down", |p, s| {
        set(&mut p.timing.cool_down, s.duration())
    }),
    shared("ca_file", |p, s| {
        set(&mut p.ca_file, s.template("\"~/ca.pem\"").map(Some))
    }),
    shared("proxy", |p, s| {
        set(
            &mut p.proxy,
            s.template("\"http://host:port\"` or `\"none\"").map(Some),
        )
    }),
];

/// What people write for a key whose name they do not remember.
const HABITS: [(&str, &str); 5] = [
    ("url", "token_url"),
    ("endpoint", "token_url"),
    ("token_endpoint", "token_url"),
    ("id", "client_id"),
    ("secret", "client_secret"),
];

fn blank(name: &str) -> Profile {
    let strategy = Strategy::BasicForm;
    Profile {
        name: name.to_owned(),
        // A profile without one is refused.
        token_url: Template::literal(""),
        strategy,
        client_auth: strategy.client_auth(),
        basic_encoding: BasicEncoding::Raw,
        shape: RequestShape {
            method: strategy.method(),
            params_in: strategy.params_in(),
            names: BTreeMap::new(),
            omit: BTreeSet::new(),
        },
        grant: Grant::ClientCredentials,
        renew: Renew::Grant,
        client_id: None,
        client_secret: None,
        username: None,
        password: None,
        refresh_token: None,
        scope: Vec::new(),
        audience: None,
        params: Vec::new(),
        headers: Vec::new(),
        vars: BTreeMap::new(),
        reply: ReplyRules::default(),
        timing: Timing::default(),
        ca_file: None,
        proxy: None,
        origins: BTreeMap::new(),
    }
}

/// The row of a key.
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
    let mut profile = blank(name);
    let (wrong, errors) = read_keys(table, &mut profile);
    profile.origins = origins(table);
    (profile, Keys { table, wrong }, errors)
}

/// Everything that is wrong with `[defaults]` by itself.
pub(super) fn check_defaults(table: &Table) -> Vec<ConfigError> {
    let mut shared = table.clone();
    shared
        .0
        .retain(|(key, _)| field(key).is_none_or(|field| field.in_defaults));
    let (_, mut errors) = read_keys(&shared, &mut blank("defaults"));
    for (key, node) in table.iter() {
        if field(key).is_some_and(|field| !field.in_defaults) {
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
        let setting = table.get(field.name).map(|node| Setting {
            name: field.name,
            node,
        });
        if let Some(Err(found)) = setting.map(|setting| (field.read)(profile, setting)) {
            wrong.insert(field.name);
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
