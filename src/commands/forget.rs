//! `tok forget`: drop cached tokens and all that belongs to them.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::Context;
use crate::cli::ForgetArgs;
use crate::config::{ConfigError, ProfilesFile};
use crate::host::Warning;
use crate::profile::Profile;
use crate::render::output::Answer;
use crate::render::view;
use crate::store::{Entry, IfLocked, Lookup, TokenStore as _};
use crate::text::sanitize;

/// Drops what is named, and says what that was.
///
/// # Errors
/// A name is neither cached nor in the profiles file, or the cache cannot be read or changed.
pub fn run(args: &ForgetArgs, context: &Context<'_>) -> Result<Answer> {
    let Some(cache) = &context.cache else {
        return nothing(args, context);
    };
    let mut found = cache.entries()?;
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    check_names(&args.profiles, &found, context)?;
    let renewing = LazyCell::new(|| context.file().ok().map(|file| renewing(&file)));
    let is_meant = |lookup: &Lookup| match lookup {
        Lookup::Absent => false,
        Lookup::Unusable(_) => args.all || args.expired,
        Lookup::Found(entry) if args.expired => {
            entry.expires_at <= (context.now)()
                && !is_still_of_use(entry, (*renewing).as_ref(), context)
        }
        Lookup::Found(entry) => args.all || args.profiles.contains(&entry.profile),
    };
    let if_locked = if args.expired {
        IfLocked::Spare
    } else {
        IfLocked::Remove
    };
    let mut dropped = Dropped::new();
    for (digest, _) in found.iter().filter(|(_, lookup)| is_meant(lookup)) {
        let Some(lookup) = cache.remove(digest, if_locked, &is_meant)? else {
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
    Ok(Answer::new(told(args, &dropped)))
}

/// How many entries of each profile were dropped; those that could not be read have no name.
type Dropped = BTreeMap<Option<String>, usize>;

/// Every name must be one that there is, so that a slip of the finger does not pass for a success.
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

/// The profiles that renew their tokens by a refresh token. One that is wrong today may be put right tomorrow.
fn renewing(file: &ProfilesFile) -> BTreeSet<String> {
    let renews = |outcome: Result<Profile, ConfigError>| {
        outcome.map_or(true, |profile| profile.renews_by_refresh_token())
    };
    file.all()
        .filter_map(|(name, outcome)| renews(outcome).then_some(name))
        .collect()
}

/// The refresh token in an expired entry may be the only one that is still good: the one in the profile was
/// spent to get it. `renewing`: the profiles of which that is so, where they can be read.
fn is_still_of_use(
    entry: &Entry,
    renewing: Option<&BTreeSet<String>>,
    context: &Context<'_>,
) -> bool {
    let keeps = entry.refresh_token.is_some()
        && renewing.is_none_or(|names| names.contains(&entry.profile));
    if keeps {
        context.log.warn(
            Warning::new(format!(
                "the expired token of `{0}` is kept: its refresh token may be the last good one",
                entry.profile
            ))
            .hint(format!("`tok forget {}` drops both", entry.profile)),
        );
    }
    keeps
}

fn told(args: &ForgetArgs, dropped: &Dropped) -> String {
    const NOTHING: &str = "nothing cached";
    let line =
        |name: &str, what: &str| format!("{}: {what}\n", view::paint(view::NAME, &sanitize(name)));
    let known = dropped.iter().map(|(name, count)| match name {
        Some(name) => line(name, &view::counted(*count, "token")),
        None => line("unreadable", &view::counted(*count, "file")),
    });
    let absent = args
        .profiles
        .iter()
        .filter(|name| !dropped.contains_key(&Some((*name).clone())));
    let text: String = known
        .chain(absent.map(|name| line(name, NOTHING)))
        .collect();
    if text.is_empty() {
        format!("{NOTHING}\n")
    } else {
        text
    }
}

/// Without a home directory there is no cache, and nothing in it.
fn nothing(args: &ForgetArgs, context: &Context<'_>) -> Result<Answer> {
    check_names(&args.profiles, &[], context)?;
    Ok(Answer::new(told(args, &Dropped::new())))
}
