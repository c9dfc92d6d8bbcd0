//! One process fetches and the others wait: how a process comes to be the one, or finds that it need not.

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
    /// This process fetches; `None`: without a cache.
    Held(Option<Box<dyn StoreGuard + 'a>>),
}

/// Waits for the lock of the token, unless another process stores a token or fails meanwhile.
///
/// # Errors
/// The failure of the request that was waited for, or one that is not to be tried again yet; or the holder hangs.
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
        // A refresh token must not be spent by two; anything else may go on.
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

/// `--no-cache` takes no lock, but where the grant is a refresh token and the cache holds the one that replaced it: only
/// one process may spend that.
fn is_lock_needed(task: &Task<'_>, store: &dyn TokenStore) -> bool {
    let holds_refresh_token = || match store.read(&task.identity.digest) {
        Ok(Lookup::Found(entry)) => entry.refresh_token.is_some(),
        _ => false,
    };
    task.request.policy != CachePolicy::NoCache
        || (task.profile().grant == Grant::RefreshToken && holds_refresh_token())
}

/// Waits for one of the two locks; `None` if the deadline came first.
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
            if let Some(entry) = found.filter(|entry| is_as_good_as_new(task, entry, snapshot)) {
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

/// Whether a token will do: it is good, or it came while this process waited, so that another request would bring none
/// that lives longer.
fn is_as_good_as_new(task: &Task<'_>, entry: &Entry, snapshot: &WaitSnapshot) -> bool {
    match task.freshness(entry) {
        Freshness::Stale => snapshot.entry.as_ref() != Some(&entry.secrets),
        freshness => freshness.is_good(),
    }
}
