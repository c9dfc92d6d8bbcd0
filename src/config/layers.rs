//! What a profile inherits: a preset, another profile, `[defaults]`. Its own keys win, tables merge by key.

use super::document::{Document, Scope, preset_keys};
use super::error::{Checked, ConfigError};
use super::fields::{Setting, field};
use super::node::{Kind, Table};
use crate::profile::preset::PRESETS;
use crate::suggest::{nearest, one_of};
use crate::text::quote_name;

const EXTENDS: &str = "extends";
const PRESET: &str = "preset";

/// The keys of a profile with everything it inherits.
pub(super) fn merged(document: &Document, name: &str) -> Checked<Table> {
    let layers = chain(document, name)?;
    // The uppermost `preset` counts for the whole chain.
    let preset = match layers.iter().find_map(|layer| layer.get(PRESET)) {
        None => Table::default(),
        Some(node) => preset(Setting { name: PRESET, node })?,
    };
    let mut merged = document.defaults.clone();
    // A key that cannot stand there is reported by `check_defaults`.
    let may_stand = |key: &str| field(key).is_some_and(|field| field.in_defaults);
    merged.0.retain(|(key, _)| may_stand(key));
    for layer in [&preset].into_iter().chain(layers.into_iter().rev()) {
        put_over(&mut merged, layer);
    }
    Ok(merged)
}

/// How many profiles this one builds on, itself included.
pub(super) fn depth(document: &Document, name: &str) -> usize {
    chain(document, name).map_or(usize::MAX, |layers| layers.len())
}

/// The tables of a profile and of those it extends, its own first.
fn chain<'a>(document: &'a Document, name: &str) -> Checked<Vec<&'a Table>> {
    let mut names = vec![name];
    let mut layers = Vec::new();
    let mut next = Some(own(document, name).map_err(|error| vec![error])?);
    while let Some(layer) = next.take() {
        layers.push(layer);
        let Some(node) = layer.get(EXTENDS) else {
            break;
        };
        let name = EXTENDS;
        let setting = Setting { name, node };
        let parent = setting.name_of("profile")?;
        if names.contains(&parent) {
            let cycle: Vec<&str> = names.into_iter().chain([parent]).collect();
            let what = format!("`extends` forms a cycle: {}", cycle.join(" → "));
            return setting.wrong(what, "remove `extends` from one of these profiles");
        }
        names.push(parent);
        let found = own(document, parent).map_err(|error| {
            // An error in the parent has a line; an unknown parent does not.
            if error.line.is_some() {
                error
            } else {
                let what = format!("`extends`: unknown profile {}", quote_name(parent));
                ConfigError { what, ..error }.at(node)
            }
        });
        next = Some(found.map_err(|error| vec![error])?);
    }
    Ok(layers)
}

/// The keys that stand in a profile itself.
fn own<'a>(document: &'a Document, name: &str) -> Result<&'a Table, ConfigError> {
    if let Some(error) = document.problem_of(&Scope::Profile(name.to_owned())) {
        return Err(error.clone());
    }
    match document.profiles.get(name).map(|node| &node.kind) {
        Some(Kind::Table(table)) => Ok(table),
        _ => Err(document.unknown_profile(name)),
    }
}

fn preset(setting: Setting<'_>) -> Checked<Table> {
    let name = setting.name_of("preset")?;
    let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) else {
        let names = PRESETS.iter().map(|preset| preset.name);
        let hint = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the presets are {}", one_of(names)),
        };
        return setting.wrong(format!("unknown preset {}", quote_name(name)), hint);
    };
    Ok(preset_keys(preset))
}

fn put_over(lower: &mut Table, upper: &Table) {
    for (name, node) in upper.iter() {
        let known = lower.0.iter_mut().find(|(known, _)| known == name);
        let known = known.map(|(_, node)| &mut node.kind);
        match (known, &node.kind) {
            (Some(Kind::Table(below)), Kind::Table(above))
                if field(name).is_some_and(|field| field.merges) =>
            {
                for (name, node) in above.iter() {
                    below.set(name.to_owned(), node.clone());
                }
            }
            _ => lower.set(name.to_owned(), node.clone()),
        }
    }
}
