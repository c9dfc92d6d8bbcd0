//! Fetching a token: by the refresh token first where the profile says so, then by the grant. It is stored before it is
//! handed over.
//!
//! A refresh token that rotates is good for one use: if its successor is lost, a person must log in again. So where the
//! grant is a refresh token even `--no-cache` sends the one that the cache holds, and stores another that comes back.

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
/// No token came back. The failure is remembered for other processes.
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
    // It may be readable where the lock cannot be had, and its refresh token the only one that is still good.
    let found = match guard {
        Some(guard) => guard.read(),
        None => task.services.store?.read(&task.identity.digest),
    };
    match found {
        Ok(Lookup::Found(entry)) => Some(entry),
        _ => None,
    }
}

/// The refresh token of an entry, if it may renew it. A changed client secret does not make it bad: it may be the only
/// one that is left of a chain of rotations. A changed password does.
fn renewing_token<'e>(task: &Task<'_>, entry: &'e Entry) -> Option<&'e Secret<String>> {
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
        .and_then(|entry| renewing_token(task, entry))
        .cloned();
    if !task.profile().renews_by_refresh_token() {
        // It is not spent, so it stays good, and `--token-type refresh` prints it.
        return exchange.by_grant(refresh_token.as_ref());
    }
    // One that is refused may have been spent by a process that did not wait for the lock: if the entry has another one
    // by now, that one is tried before the grant is.
    for _ in 0..2 {
        let Some(sent) = refresh_token else { break };
        match exchange.by_refresh_token(&sent) {
            Err(AcquireError::Rejected { is_spent: true, .. }) => {}
            outcome => return outcome,
        }
        task.log().debug("the refresh token is no longer good");
        refresh_token = previous_entry(task, guard)
            .and_then(|entry| renewing_token(task, &entry).cloned())
            .filter(|current| !token::is_same(current, &sent));
    }
    exchange.by_grant(None)
}

/// What became of a token that was to be stored.
enum StoreOutcome {
    Stored,
    /// There is nothing that could be served again, or the cache cannot take it.
    NotCached,
    /// Another process went past this one, and got this token later. To many an issuer the later token is the only good
    /// one.
    Overtaken(Box<Entry>),
}

/// Stores a token, and tells what this process hands over.
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
            "the server has replaced the refresh token: the new one, the only good one now, is kept in the cache all the same",
        )),
        StoreOutcome::NotCached if must_keep => log.warn(
            Warning::new("the server has replaced the refresh token, and the new one could not be kept")
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

/// A guard for a refresh token that came in place of the one that was sent, where none was taken before.
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

/// Writes an entry, but not over a good one that came later; unless its refresh token is new, which must not be lost.
fn write(
    task: &Task<'_>,
    guard: &dyn StoreGuard,
    entry: &Entry,
    is_rotated: bool,
) -> Result<Option<Box<Entry>>, StoreError> {
    while guard.store(entry)? == Written::Overtaken {
        let later = if_usable(task, guard.read()?);
        let later = later.filter(|later| task.freshness(later).is_good());
        if later.is_some() && !is_rotated {
            return Ok(later);
        }
    }
    Ok(None)
}
