//! Fetching a token: with the refresh token first if the profile says so, then by the profile's grant. The token is
//! stored before it is returned.
//!
//! A rotated refresh token is valid for one use: if its replacement is lost, a person must log in again. So if the
//! profile's grant is `refresh_token`, even `--no-cache` sends the refresh token from the cache and stores a new one.

use super::exchange::Exchange;
use super::lookup::{if_usable, warn_of_store};
use super::token::{self, Token};
use super::{AcquireError, Acquired, CachePolicy, Task, cool_down};
use crate::grant::Grant;
use crate::host::Warning;
use crate::request::StandardParam;
use crate::secret::Secret;
use crate::store::{Entry, LockKind, Lookup, StoreError, StoreGuard, Written};

/// Fetches a token and stores it.
///
/// # Errors
/// The request failed. The failure is remembered for other processes.
pub(super) fn fetch(
    task: &Task<'_>,
    guard: Option<&dyn StoreGuard>,
) -> Result<Acquired, AcquireError> {
    let previous = previous_entry(task, guard);
    let outcome = exchange(task, guard, previous.as_deref());
    let is_cached = task.request.policy != CachePolicy::NoCache;
    let cache = task.services.store.zip(guard.filter(|_| is_cached));
    if let (Err(error), Some((store, guard))) = (&outcome, cache) {
        cool_down::remember(task, store, guard, error);
    }
    let acquired = outcome.map(|token| keep(task, guard, token, previous.as_deref()));
    if let Some((store, guard)) = cache {
        if acquired.is_ok() {
            cool_down::forget(task, store, guard);
        }
        store.sweep_if_due(task.now());
    }
    acquired
}

/// The entry that the new token replaces.
fn previous_entry(task: &Task<'_>, guard: Option<&dyn StoreGuard>) -> Option<Box<Entry>> {
    let is_uncached = task.request.policy == CachePolicy::NoCache;
    if is_uncached && task.profile().grant != Grant::RefreshToken {
        return None;
    }
    // Without the lock the entry may still be readable, and its refresh token may be the only valid one.
    let found = match guard {
        Some(guard) => guard.read(),
        None => task.services.store?.read(&task.identity.digest),
    };
    match found {
        Ok(Lookup::Found(entry)) => Some(entry),
        _ => None,
    }
}

/// The refresh token of an entry, if it may still be used. A changed client secret does not invalidate it; a changed
/// password or a changed refresh token in the profile does.
fn usable_refresh_token<'e>(task: &Task<'_>, entry: &'e Entry) -> Option<&'e Secret<String>> {
    let secrets = &task.identity.secrets;
    let is_same = [StandardParam::Password, StandardParam::RefreshToken]
        .iter()
        .all(|param| entry.secrets.match_one(param.as_str(), secrets));
    entry.refresh_token.as_ref().filter(|_| is_same)
}

fn exchange(
    task: &Task<'_>,
    guard: Option<&dyn StoreGuard>,
    previous: Option<&Entry>,
) -> Result<Token, AcquireError> {
    let mut exchange = Exchange::open(task)?;
    if let Some(rejected) = task.request.rejected {
        exchange.redaction.learn(rejected);
    }
    if let Some(previous) = previous {
        exchange.redaction.learn_entry(previous);
    }
    let mut refresh_token = previous
        .and_then(|entry| usable_refresh_token(task, entry))
        .cloned();
    if !task.profile().renews_by_refresh_token() {
        // The refresh token is not sent, so it stays valid, and `--token-type refresh` prints it.
        return exchange.by_grant(refresh_token.as_ref());
    }
    // A process without the lock may have used the refresh token. If the cache has another one by now, try that before
    // the profile's grant.
    for _ in 0..2 {
        let Some(sent) = refresh_token else { break };
        match exchange.by_refresh_token(&sent) {
            Err(AcquireError::Rejected { is_spent: true, .. }) => {}
            outcome => return outcome,
        }
        task.log().debug("the refresh token is no longer valid");
        refresh_token = previous_entry(task, guard)
            .and_then(|entry| usable_refresh_token(task, &entry).cloned())
            .filter(|current| !token::is_same(current, &sent));
    }
    exchange.by_grant(None)
}

/// The result of storing a token.
enum StoreOutcome {
    Stored,
    /// The token cannot be reused, or the store failed.
    NotCached,
    /// Another process did not wait and fetched this entry later. With many issuers only the latest token is valid.
    Overtaken(Box<Entry>),
}

/// Stores a token and returns it, or the later token of another process.
fn keep(
    task: &Task<'_>,
    guard: Option<&dyn StoreGuard>,
    token: Token,
    previous: Option<&Entry>,
) -> Acquired {
    let is_cached = guard.is_some() && task.request.policy != CachePolicy::NoCache;
    let must_keep = token.is_rotated && task.profile().grant == Grant::RefreshToken;
    let late = if must_keep && guard.is_none() {
        late_guard(task)
    } else {
        None
    };
    let guard = guard.or(late.as_deref());
    let outcome = match guard.filter(|_| is_cached || must_keep) {
        Some(guard) => store(task, guard, &token, previous),
        None => StoreOutcome::NotCached,
    };
    let log = task.log();
    match outcome {
        StoreOutcome::Overtaken(later) if is_cached => {
            log.debug("another `tok` has fetched a later token meanwhile");
            return later.into();
        }
        StoreOutcome::Stored if !is_cached => log.warn(Warning::new(
            "the server has replaced the refresh token: the new one is stored in the cache, because the old one may no longer work",
        )),
        StoreOutcome::NotCached if must_keep => log.warn(
            Warning::new("the server has replaced the refresh token, and the new one could not be stored")
                .hint("if the next renewal is refused, get another refresh token from the provider"),
        ),
        _ => {}
    }
    Acquired {
        token,
        cached: false,
        key: task.identity.digest.clone(),
    }
}

/// A guard to store a rotated refresh token if the request was sent without one.
fn late_guard<'a>(task: &Task<'a>) -> Option<Box<dyn StoreGuard + 'a>> {
    let (store, key) = (task.services.store?, &task.identity.digest);
    match store.try_lock(key, LockKind::Main) {
        Ok(guard) => guard.or_else(|| Some(store.without_lock(key))),
        Err(error) => {
            warn_of_store(task, &error);
            None
        }
    }
}

fn store(
    task: &Task<'_>,
    guard: &dyn StoreGuard,
    token: &Token,
    previous: Option<&Entry>,
) -> StoreOutcome {
    let Some(entry) = token.entry(task, previous) else {
        return StoreOutcome::NotCached;
    };
    match write(task, guard, &entry, token.is_rotated) {
        Ok(None) => StoreOutcome::Stored,
        Ok(Some(later)) => StoreOutcome::Overtaken(later),
        Err(error) => {
            warn_of_store(task, &error);
            StoreOutcome::NotCached
        }
    }
}

/// Writes an entry, but does not replace a later entry that is still good, unless this one has a rotated refresh token:
/// that must not be lost.
fn write(
    task: &Task<'_>,
    guard: &dyn StoreGuard,
    entry: &Entry,
    is_rotated: bool,
) -> Result<Option<Box<Entry>>, StoreError> {
    while guard.store(entry)? == Written::Overtaken {
        let later = if_usable(task, guard.read()?).ok();
        let later = later.filter(|later| task.freshness(later).is_good());
        if later.is_some() && !is_rotated {
            return Ok(later);
        }
    }
    Ok(None)
}
