//! `tok forget`: deletes cached tokens and everything that belongs to them.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Context;
use crate::cli::ForgetArgs;
use crate::config::{ConfigError, ProfilesFile};
use crate::host::Warning;
use crate::profile::Profile;
use crate::render::output::Answer;
use crate::render::style::{NAME, paint};
use crate::render::view;
use crate::store::{Entry, IfLocked, Lookup, TokenStore as _};
use crate::text::sanitize;

/// Deletes the tokens of the named profiles, of all, or the expired ones.
///
/// # Errors
/// A name is neither cached nor in the profiles file, or the cache cannot be read or changed.
pub fn run(args: &ForgetArgs, context: &Context<'_>) -> Result<Answer> {
    let Some(cache) = &context.cache else {
        check_names(&args.profiles, &[], context)?;
        return Ok(Answer::new(report(args, &Dropped::new())));
    };
    let mut found = cache.entries()?;
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    check_names(&args.profiles, &found, context)?;
    let renewing = LazyCell::new(|| context.file().ok().map(|file| renewing(&file)));
    let is_selected = |lookup: &Lookup| match lookup {
        Lookup::Absent => false,
        Lookup::Unusable(_) => args.all || args.expired,
        Lookup::Found(entry) if args.expired => {
            entry.expires_at <= (context.now)()
                && !is_still_useful(entry, (*renewing).as_ref(), context)
        }
        Lookup::Found(entry) => args.all || args.profiles.contains(&entry.profile),
    };
    let if_locked = if args.expired {
        IfLocked::Spare
    } else {
        IfLocked::Remove
    };
    let mut dropped = Dropped::new();
    for (digest, _) in found.iter().filter(|(_, lookup)| is_selected(lookup)) {
        let Some(lookup) = cache.remove(digest, if_locked, &is_selected)? else {
            continue;
        };
        let name = match lookup {
            Lookup::Found(entry) => Some(entry.profile),
            Lookup::Absent | Lookup::Unusable(_) => None,
        };
        *dropped.entry(name).or_default() += 1;
    }
    if args.all {
        cache.remove_cool_downs(None)?;
    }
    for profile in &args.profiles {
        cache.remove_cool_downs(Some(profile))?;
    }
    cache.sweep((context.now)())?;
    Ok(Answer::new(report(args, &dropped)))
}

/// The number of entries deleted, by profile; unreadable ones have no name.
type Dropped = BTreeMap<Option<String>, usize>;

/// Every name must be known, so that a typo does not pass for a success.
fn check_names(names: &[String], found: &[(String, Lookup)], context: &Context<'_>) -> Result<()> {
    for name in names {
        let is_cached = found
            .iter()
            .any(|(_, lookup)| matches!(lookup, Lookup::Found(entry) if entry.profile == *name));
        if is_cached {
            continue;
        }
        let file = context.file()?;
        if !file.names().contains(name) {
            file.profile(name)?;
        }
    }
    Ok(())
}

/// The profiles that renew their tokens by a refresh token, and those that are invalid at the moment.
fn renewing(file: &ProfilesFile) -> BTreeSet<String> {
    let renews = |outcome: Result<Profile, ConfigError>| {
        outcome.map_or(true, |profile| profile.renews_by_refresh_token())
    };
    file.all()
        .filter_map(|(name, outcome)| renews(outcome).then_some(name))
        .collect()
}

/// The refresh token in an expired entry may be the last valid one: the provider may have revoked the one in the
/// profile when it issued this one. `renewing`: the profiles to which that applies, if they can be read.
fn is_still_useful(
    entry: &Entry,
    renewing: Option<&BTreeSet<String>>,
    context: &Context<'_>,
) -> bool {
    let keeps = entry.refresh_token.is_some()
        && renewing.is_none_or(|names| names.contains(&entry.profile));
    if keeps {
        context.log.warn(
            Warning::new(format!(
                "keeping the expired token of `{}`: its refresh token may be the last valid one",
                entry.profile
            ))
            .hint(format!("`tok forget {}` deletes both", entry.profile)),
        );
    }
    keeps
}

fn report(args: &ForgetArgs, dropped: &Dropped) -> String {
    const NOTHING: &str = "nothing cached";
    let line = |name: &str, what: &str| format!("{}: {what}\n", paint(NAME, &sanitize(name)));
    let deleted = dropped.iter().map(|(name, count)| match name {
        Some(name) => line(name, &view::counted(*count, "token")),
        None => line("unreadable", &view::counted(*count, "file")),
    });
    let absent = args
        .profiles
        .iter()
        .filter(|name| !dropped.contains_key(&Some((*name).clone())))
        .map(|name| line(name, NOTHING));
    let text: String = deleted.chain(absent).collect();
    if text.is_empty() {
        format!("{NOTHING}\n")
    } else {
        text
    }
}
