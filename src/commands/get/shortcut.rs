//! After a plain `tok get PROFILE`: what the next one may rely on, see [`crate::store`]'s shortcuts.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::Context;
use crate::acquire::{Acquired, cached};
use crate::cli::IdentityArgs;
use crate::expiry::Freshness;
use crate::profile::{Profile, Timing};
use crate::store::{Cache, Dependencies, Entry};

/// Leaves a shortcut to the token, if nothing was said or is to be said beside it.
pub(super) fn leave(profile: &Profile, acquired: &Acquired, context: &Context<'_>) {
    let (Some(dependencies), Some(cache)) = (context.dependencies, &context.cache) else {
        return;
    };
    let demands_more = context.environment.text("TOK_MIN_TTL").is_some();
    if context.masks() || context.log.has_warned() || demands_more || dependencies.are_spoilt() {
        return;
    }
    if let Some(entry) = &acquired.fresh {
        if let Ok(path) = context.config_path() {
            cache.put_shortcut(&path, entry, &profile.timing, dependencies);
        }
    } else if !acquired.cached {
        // Without it the next caller goes the long way once more: nothing to complain of.
        let _ = look_again(&profile.name, cache, dependencies, context);
    }
}

/// Looks at a token that has just been fetched as a hit does, for a shortcut stands for what a hit looks at. So a hit
/// need not write it. Waits, some milliseconds at most, for files that were edited just now.
fn look_again(
    name: &str,
    cache: &Cache<'_>,
    dependencies: &Dependencies,
    context: &Context<'_>,
) -> Result<()> {
    let (entry, timing) = look(name, dependencies, context)?;
    let unsettled = cache.unsettled(&entry, dependencies);
    let (entry, timing) = if unsettled == Duration::ZERO {
        (entry, timing)
    } else {
        thread::sleep(unsettled);
        look(name, dependencies, context)?
    };
    if entry.freshness(timing.windows(None), (context.now)()) == Freshness::Fresh {
        cache.put_shortcut(&context.config_path()?, &entry, &timing, dependencies);
    }
    Ok(())
}

fn look(name: &str, dependencies: &Dependencies, context: &Context<'_>) -> Result<(Entry, Timing)> {
    dependencies.forget_files();
    let (profile, base) = context.profile(name, &IdentityArgs::default())?;
    let entry = cached(&profile, &context.services(&base))?;
    Ok((entry, profile.timing))
}
