//! Every key of a profile, one row each: what reads it, and how it is inherited.
//!
//! A new key is a row here, a field of [`Profile`] with its default in `blank`, and an entry in `schema.json`.

mod params;
mod replies;
mod setting;
mod source;

pub(super) use setting::{Setting, known_key, unknown_key};

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::checks;
use super::error::{Mistake, Read};
use super::node::{Kind, Table};
use crate::grant::Grant;
use crate::profile::{Origin, Profile, Renew, Strategy, Timing};
use crate::request::{BasicEncoding, RequestShape};
use crate::response::ReplyRules;
use crate::suggest::nearest;
use crate::template::Template;

/// Reads the value of a key into the profile.
type Reader = fn(&mut Profile, Setting<'_>) -> Read<()>;

/// A key of a profile.
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Whether `[defaults]` may set it: it may not say which token a profile gets.
    pub(super) in_defaults: bool,
    /// Whether two layers' tables are merged entry by entry; else the upper one replaces the lower.
    pub(super) merges: bool,
    read: Reader,
}

impl Field {
    /// A key of a profile alone.
    const fn own(name: &'static str, read: Reader) -> Self {
        Self {
            name,
            in_defaults: false,
            merges: false,
            read,
        }
    }

    /// A key that `[defaults]` takes too.
    const fn shared(name: &'static str, read: Reader) -> Self {
        Self {
            in_defaults: true,
            ..Self::own(name, read)
        }
    }

    const fn merged(self) -> Self {
        Self {
            merges: true,
            ..self
        }
    }
}

/// Every key, in the order in which they are best read. `strategy` precedes what overrides it.
pub(super) const FIELDS: &[Field] = &[
    // Both are followed before any key is read.
    Field::own("preset", |_, _| Ok(())),
    Field::own("extends", |_, _| Ok(())),
    Field::own("token_url", |profile, setting| {
        setting.template("\"https://…/token\"", &mut profile.token_url)
    }),
    Field::own("strategy", |profile, setting| {
        setting.keyword(&mut profile.strategy)?;
        profile.client_auth = profile.strategy.client_auth();
        profile.shape.method = profile.strategy.method();
        profile.shape.params_in = profile.strategy.params_in();
        Ok(())
    }),
    Field::own("method", |profile, setting| {
        setting.keyword(&mut profile.shape.method)
    }),
    Field::own("client_auth", |profile, setting| {
        setting.keyword(&mut profile.client_auth)
    }),
    Field::own("params_in", |profile, setting| {
        setting.keyword(&mut profile.shape.params_in)
    }),
    Field::own("basic_encoding", |profile, setting| {
        setting.keyword(&mut profile.basic_encoding)
    }),
    Field::own("grant", |profile, setting| {
        setting.keyword(&mut profile.grant)
    }),
    Field::shared("renew", |profile, setting| {
        setting.keyword(&mut profile.renew)
    }),
    Field::own("client_id", |profile, setting| {
        setting.value(&mut profile.client_id)
    }),
    Field::own("client_secret", |profile, setting| {
        setting.secret(&mut profile.client_secret)
    }),
    Field::own("username", |profile, setting| {
        setting.value(&mut profile.username)
    }),
    Field::own("password", |profile, setting| {
        setting.secret(&mut profile.password)
    }),
    Field::own("refresh_token", |profile, setting| {
        setting.secret(&mut profile.refresh_token)
    }),
    Field::own("scope", |profile, setting| {
        setting.scope(&mut profile.scope)
    }),
    Field::own("audience", |profile, setting| {
        setting.template("\"https://api.example.com\"", &mut profile.audience)
    }),
    Field::own("params", |profile, setting| {
        setting.params(&mut profile.params)
    })
    .merged(),
    Field::own("headers", |profile, setting| {
        setting.headers(&mut profile.headers)
    })
    .merged(),
    Field::own("names", |profile, setting| {
        setting.names(&mut profile.shape.names)
    })
    .merged(),
    Field::own("omit", |profile, setting| {
        setting.omit(&mut profile.shape.omit)
    }),
    Field::shared("vars", |profile, setting| setting.vars(&mut profile.vars)).merged(),
    Field::shared("response", |profile, setting| {
        setting.response(&mut profile.reply.response)
    })
    .merged(),
    Field::shared("error", |profile, setting| {
        setting.error_rule(&mut profile.reply.error)
    })
    .merged(),
    Field::shared("status", |profile, setting| {
        setting.status(&mut profile.reply.status)
    })
    .merged(),
    Field::shared("timeout", |profile, setting| {
        setting.time_span(&mut profile.timing.timeout)
    }),
    Field::shared("connect_timeout", |profile, setting| {
        setting.time_span(&mut profile.timing.connect_timeout)
    }),
    Field::shared("retries", |profile, setting| {
        setting.count(10, &mut profile.timing.retries)
    }),
    Field::shared("min_ttl", |profile, setting| {
        setting.duration(&mut profile.timing.min_ttl)
    }),
    Field::shared("refresh_before", |profile, setting| {
        setting.duration(&mut profile.timing.refresh_before)
    }),
    Field::shared("assume_expires_in", |profile, setting| {
        let lifetime = profile.timing.assume_expires_in.insert(Duration::ZERO);
        setting.time_span(lifetime)
    }),
    Field::shared("cool_down", |profile, setting| {
        setting.duration(&mut profile.timing.cool_down)
    }),
    Field::shared("ca_file", |profile, setting| {
        setting.template("\"~/ca.pem\"", &mut profile.ca_file)
    }),
    Field::shared("proxy", |profile, setting| {
        let example = "\"http://proxy.example:3128\"` or `\"none\"";
        setting.template(example, &mut profile.proxy)
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
    /// Those that have a mistake in their value or name: nothing can be said of what depends on them.
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

/// Reads a whole profile.
pub(super) fn read(name: &str, table: &Table) -> Read<Profile> {
    let mut profile = blank(name);
    let (wrong, mut mistakes) = read_keys(table, &mut profile);
    profile.origins = origins(table);
    mistakes.extend(checks::run(&profile, &Keys { table, wrong }));
    if mistakes.is_empty() {
        Ok(profile)
    } else {
        Err(mistakes)
    }
}

/// Everything that is wrong with `[defaults]` by itself.
pub(super) fn check_defaults(table: &Table) -> Vec<Mistake> {
    let mut shared = table.clone();
    shared
        .0
        .retain(|(key, _)| field(key).is_none_or(|field| field.in_defaults));
    let (_, mut mistakes) = read_keys(&shared, &mut blank("defaults"));
    for (key, node) in table.iter() {
        if field(key).is_some_and(|field| !field.in_defaults) {
            let what = format!("`{key}` cannot stand in `[defaults]`");
            let hint =
                "it says which token a profile gets: write it in the profile, or use `extends`";
            mistakes.push(Mistake::new(what, hint).at(node));
        }
    }
    mistakes
}

/// Reads the keys of a table, and says which of them are wrong.
fn read_keys(table: &Table, profile: &mut Profile) -> (BTreeSet<&'static str>, Vec<Mistake>) {
    let (mut wrong, mut mistakes) = (BTreeSet::new(), Vec::new());
    for field in FIELDS {
        let setting = table.get(field.name).map(|node| Setting {
            name: field.name,
            node,
        });
        if let Some(Err(found)) = setting.map(|setting| (field.read)(profile, setting)) {
            wrong.insert(field.name);
            mistakes.extend(found);
        }
    }
    for (key, node) in table.iter().filter(|(key, _)| field(key).is_none()) {
        let meant = meant(key);
        let mut mistake = unknown_key(key, meant, "`tok config schema` lists the keys").at(node);
        let is_table = matches!(node.kind, Kind::Table(_));
        if is_table && meant.is_none() {
            let dotted = "a profile name with a dot needs quotes: `[profiles.\"a.b\"]`";
            mistake.hint = Some(dotted.to_owned());
        }
        mistakes.push(mistake);
        match meant {
            Some(meant) if !["preset", "extends"].contains(&meant) => _ = wrong.insert(meant),
            None if !is_table => {}
            // Then the other keys are most likely elsewhere.
            _ => wrong.extend(FIELDS.iter().map(|field| field.name)),
        }
    }
    (wrong, mistakes)
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
