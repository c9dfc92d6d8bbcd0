//! One process fetches a token and the others wait for it: taking the lock, or getting the result of its holder.

use std::time::{Duration, Instant};

use super::cool_down::{WaitSnapshot, recent_failure, shared_failure};
use super::lookup::{Unusable, usable_entry, warn_of_store};
use super::{AcquireError, CachePolicy, LOCK_MARGIN, Task};
use crate::expiry::Freshness;
use crate::grant::Grant;
use crate::host::Warning;
use crate::store::{Entry, LockKind, Lookup, StoreGuard, TokenStore};

/// How waiting for the lock ended.
pub(super) enum LockOutcome<'a> {
    /// Another process fetched the token meanwhile.
    Served(Box<Entry>),
    /// This process fetches the token; `None`: without a lock.
    Held(Option<Box<dyn StoreGuard + 'a>>),
}

/// Waits for the lock of the token, unless another process stores a token or fails meanwhile.
///
/// # Errors
/// The holder of the lock failed or hangs, or an earlier failure forbids a retry now.
pub(super) fn lock_or_served<'a>(
    task: &Task<'a>,
    unusable: Unusable,
) -> Result<LockOutcome<'a>, AcquireError> {
    let profile = task.profile();
    let store = task.services.store;
    let Some(store) = store.filter(|store| is_lock_needed(task, *store)) else {
        return Ok(LockOutcome::Held(None));
    };
    if task.request.policy == CachePolicy::UseCache
        && let Some(error) = recent_failure(task, store, Duration::ZERO)
    {
        return Err(error);
    }
    let snapshot = WaitSnapshot::take(task, store, unusable.seen);
    let lock_timeout = profile.timing.timeout + LOCK_MARGIN;
    for lock in [LockKind::Main, LockKind::Bypass] {
        let deadline = Instant::now() + lock_timeout;
        if let Some(outcome) = wait_for(task, store, lock, deadline, &snapshot)? {
            return Ok(outcome);
        }
        // Two processes must not use the same refresh token. Other grants may go on.
        if profile.renews_by_refresh_token() {
            break;
        }
        if lock == LockKind::Main {
            task.log().warn(Warning::new(format!(
                "another `tok` has been fetching this token for {}s; going on without it",
                lock_timeout.as_secs()
            )));
        }
    }
    Err(AcquireError::Locked {
        waited: lock_timeout,
    })
}

/// `--no-cache` takes no lock, unless the grant is `refresh_token` and the cache holds a rotated one, which only one
/// process may use.
fn is_lock_needed(task: &Task<'_>, store: &dyn TokenStore) -> bool {
    let holds_refresh_token = || match store.read(&task.identity.digest) {
        Ok(Lookup::Found(entry)) => entry.refresh_token.is_some(),
        _ => false,
    };
    task.request.policy != CachePolicy::NoCache
        || (task.profile().grant == Grant::RefreshToken && holds_refresh_token())
}

/// Waits for one of the two locks; `None` if the deadline passes first.
fn wait_for<'a>(
    task: &Task<'a>,
    store: &'a dyn TokenStore,
    lock: LockKind,
    deadline: Instant,
    snapshot: &WaitSnapshot,
) -> Result<Option<LockOutcome<'a>>, AcquireError> {
    let (key, log) = (&task.identity.digest, task.log());
    let on_slow = || log.progress("waiting for another `tok` that is fetching this token");
    let without_cache = |error| {
        warn_of_store(task, &error);
        Ok(Some(LockOutcome::Held(None)))
    };
    loop {
        let guard = match store.try_lock(key, lock) {
            Ok(guard) => guard,
            Err(error) => return without_cache(error),
        };
        if task.request.policy == CachePolicy::UseCache {
            let found = usable_entry(task);
            if let Some(entry) = found.filter(|entry| is_good_or_new(task, entry, snapshot)) {
                log.debug("using the token that another `tok` has fetched");
                return Ok(Some(LockOutcome::Served(entry)));
            }
            if let Some(error) = shared_failure(task, store, snapshot) {
                return Err(error);
            }
        }
        if guard.is_some() {
            return Ok(Some(LockOutcome::Held(guard)));
        }
        match store.wait(key, lock, deadline, &on_slow) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => return without_cache(error),
        }
    }
}

/// Whether a token may be used: it is good, or it was fetched while this process waited, so that another request would
/// not bring one that lives longer.
fn is_good_or_new(task: &Task<'_>, entry: &Entry, snapshot: &WaitSnapshot) -> bool {
    match task.freshness(entry) {
        Freshness::Stale => snapshot.entry.as_ref() != Some(&entry.secrets),
        freshness => freshness.is_good(),
    }
}
