//! What a profile inherits: a preset, another profile, `[defaults]`. One's own keys win, tables merge by key.

use super::ConfigError;
use super::file::ProfilesFile;
use super::keys::{KEYS, Merge, row};
use super::node::{self, Kind, Node, Table};
use crate::profile::Origin;
use crate::profile::preset::{PRESETS, Preset};
use crate::suggest::{nearest, one_of};
use crate::text::quote_name;

/// More profiles than this do not extend one another for a reason.
const LONGEST_CHAIN: usize = 32;

/// Gives the keys of a profile, as they are written, and those of `[defaults]`.
pub(super) type Tables<'a> = dyn Fn(&str) -> Result<(Table, Table), ConfigError> + 'a;

/// A profile's keys with everything that it inherits.
pub(super) fn merged(
    file: &ProfilesFile,
    name: &str,
    tables: &Tables<'_>,
) -> Result<Table, ConfigError> {
    let (own, defaults) = tables(name)?;
    check_keys(&own).map_err(|(error, line)| error.at(&file.path, line))?;
    check_defaults(&defaults).map_err(|(error, line)| error.at(&file.path, line))?;
    let mut layers = vec![own];
    let mut chain = vec![name.to_owned()];
    while let Some(parent) = layers.last().and_then(|layer| node::get(layer, "extends")) {
        let line = parent.line();
        let here = |error: ConfigError| error.at(&file.path, line);
        let parent = name_in(parent, "extends").map_err(here)?;
        if chain.contains(&parent) {
            chain.push(parent);
            return Err(here(
                ConfigError::new(format!("`extends` goes in a circle: {}", chain.join(" → ")))
                    .hint("one of them must stand by itself"),
            ));
        }
        if chain.len() >= LONGEST_CHAIN {
            return Err(here(
                ConfigError::new(format!(
                    "more than {LONGEST_CHAIN} profiles extend one another"
                ))
                .hint("let this one extend one that is nearer to the end of the chain"),
            ));
        }
        let (table, _) = tables(&parent).map_err(|mut error| {
            if error.is_unknown_profile {
                error.is_unknown_profile = false;
                error.profile = None;
                error.place = None;
                "`extends` names no profile that there is".clone_into(&mut error.what);
            }
            here(error)
        })?;
        check_keys(&table).map_err(|(error, line)| error.at(&file.path, line))?;
        layers.push(table);
        chain.push(parent);
    }
    // The chain's uppermost `preset` counts for the whole of it.
    let preset = layers.iter().find_map(|layer| node::get(layer, "preset"));
    let preset = match preset {
        None => Table::new(),
        Some(node) => preset_table(node).map_err(|error| error.at(&file.path, node.line()))?,
    };
    let lowest_first = [defaults, preset]
        .into_iter()
        .chain(layers.into_iter().rev());
    Ok(lowest_first.fold(Table::new(), over))
}

/// A preset's keys.
fn preset_table(node: &Node) -> Result<Table, ConfigError> {
    let name = name_in(node, "preset")?;
    let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) else {
        let names = PRESETS.iter().map(|preset| preset.name);
        let error = ConfigError::new("`preset` names no preset that there is");
        return Err(match nearest(&name, names.clone()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("the presets are {}", one_of(names))),
        });
    };
    keys_of_preset(preset)
}

/// The keys of a built-in preset.
pub(super) fn keys_of_preset(preset: &Preset) -> Result<Table, ConfigError> {
    let parsed = node::parse(preset.keys(), &|_| Origin::Preset(preset.name));
    parsed.map_err(|(error, _)| error)
}

fn name_in(node: &Node, key: &str) -> Result<String, ConfigError> {
    match &node.kind {
        Kind::Text(name) => Ok(name.to_string()),
        _ => Err(
            ConfigError::new(format!("`{key}` is {}, not a name", node.kind_name()))
                .hint("write a name in quotes"),
        ),
    }
}

/// Puts one layer over another.
fn over(mut lower: Table, upper: Table) -> Table {
    for (name, node) in upper {
        let merges = row(&name).is_some_and(|key| key.merge == Merge::ByKey);
        match lower.iter_mut().find(|(known, _)| *known == name) {
            None => lower.push((name, node)),
            Some((_, below)) => match (&mut below.kind, node.kind) {
                (Kind::Table(below), Kind::Table(above)) if merges => {
                    for (name, entry) in above {
                        match below.iter_mut().find(|(known, _)| *known == name) {
                            Some((_, old)) => *old = entry,
                            None => below.push((name, entry)),
                        }
                    }
                }
                (_, kind) => {
                    *below = Node {
                        kind,
                        origin: node.origin,
                    }
                }
            },
        }
    }
    lower
}

type Checked = Result<(), (ConfigError, Option<u32>)>;

fn check_keys(table: &Table) -> Checked {
    for (name, node) in table {
        if row(name).is_none() {
            let known = KEYS.iter().map(|key| key.name);
            // `[profiles.a.b]`.
            let is_of_a_name =
                matches!(node.kind, Kind::Table(_)) && nearest(name, known.clone()).is_none();
            let error = unknown_key(name, known);
            let dotted = "a profile's name with a dot in it needs quotes: `[profiles.\"a.b\"]`";
            return Err((
                if is_of_a_name {
                    error.hint(dotted)
                } else {
                    error
                },
                node.line(),
            ));
        }
    }
    Ok(())
}

fn check_defaults(table: &Table) -> Checked {
    for (name, node) in table {
        match row(name) {
            Some(key) if key.in_defaults => {}
            Some(_) => {
                let error = ConfigError::new(format!("`{name}` cannot stand in `[defaults]`"))
                    .hint("it says which token a profile gets: write it in the profile, or use `extends`");
                return Err((error, node.line()));
            }
            None => {
                let known = KEYS
                    .iter()
                    .filter(|key| key.in_defaults)
                    .map(|key| key.name);
                return Err((unknown_key(name, known), node.line()));
            }
        }
    }
    Ok(())
}

/// An unknown key, with the nearest known one. A key is shown, unlike a value, but for one that is long and like none:
/// it may be a value.
pub(super) fn unknown_key<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> ConfigError {
    let near = nearest(name, known.clone());
    let shown = if near.is_some() {
        format!("`{name}`")
    } else {
        quote_name(name)
    };
    let error = ConfigError::new(format!("unknown key {shown}"));
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if known.clone().count() > 12 => {
            error.hint("`tok config schema` lists the keys, and so does the README")
        }
        None => error.hint(format!("the keys here are {}", one_of(known))),
    }
}
