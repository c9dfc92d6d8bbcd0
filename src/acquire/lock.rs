//! One process fetches and the others wait: how a process comes to be the one, or finds that it need not.

use std::time::{Duration, Instant};

use super::cool_down::{self, WaitSnapshot};
use super::lookup::{Unusable, usable_entry, warn_of_store};
use super::{AcquireError, CachePolicy, LOCK_MARGIN, Services, TokenIdentity, TokenRequest};
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
    identity: &TokenIdentity<'_>,
    unusable: &Unusable,
    request: &TokenRequest<'_>,
    services: &Services<'a>,
) -> Result<LockOutcome<'a>, AcquireError> {
    let Some(store) = services
        .store
        .filter(|store| is_needed(*store, identity, request))
    else {
        return Ok(LockOutcome::Held(None));
    };
    let now = (services.now)();
    if request.policy == CachePolicy::UseCache
        && let Some(error) = cool_down::recent_failure(store, identity, Duration::ZERO, now)
    {
        return Err(error);
    }
    let snapshot = WaitSnapshot::take(store, identity, unusable.seen.clone(), now);
    let profile = request.profile;
    let lock_timeout = profile.timing.timeout + LOCK_MARGIN;
    for lock in [LockKind::Main, LockKind::Bypass] {
        let deadline = Instant::now() + lock_timeout;
        let outcome = wait_for(
            lock, deadline, store, identity, &snapshot, request, services,
        )?;
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
        // A refresh token must not be spent by two; anything else may go on.
        if profile.renews_by_refresh_token() {
            break;
        }
        if lock == LockKind::Main {
            services.log.warn(Warning::new(format!(
                "another `tok` has been fetching this token for {}s; going on without it",
                lock_timeout.as_secs()
            )));
        }
    }
    Err(AcquireError::Locked {
        waited: lock_timeout,
    })
}

/// Whether the fetch takes the lock. `--no-cache` does not, but where the grant is a refresh token and the cache holds
/// the one that replaced it: only one process may spend that.
fn is_needed(
    store: &dyn TokenStore,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
) -> bool {
    request.policy != CachePolicy::NoCache
        || (request.profile.grant == Grant::RefreshToken
            && matches!(store.read(&identity.digest), Ok(Lookup::Found(entry)) if entry.refresh_token.is_some()))
}

/// Waits for one of the two locks; `None` if the deadline came first.
fn wait_for<'a>(
    lock: LockKind,
    deadline: Instant,
    store: &'a dyn TokenStore,
    identity: &TokenIdentity<'_>,
    snapshot: &WaitSnapshot,
    request: &TokenRequest<'_>,
    services: &Services<'a>,
) -> Result<Option<LockOutcome<'a>>, AcquireError> {
    let log = services.log;
    let on_slow = || log.progress("waiting for another `tok` that is fetching this token");
    loop {
        let guard = match store.try_lock(&identity.digest, lock) {
            Ok(guard) => guard,
            Err(error) => {
                warn_of_store(&error, services);
                return Ok(Some(LockOutcome::Held(None)));
            }
        };
        if request.policy == CachePolicy::UseCache {
            let found = usable_entry(identity, request, services)
                .filter(|entry| is_as_good_as_new(entry, snapshot, request, services));
            if let Some(entry) = found {
                log.debug("using the token that another `tok` has fetched");
                return Ok(Some(LockOutcome::Served(entry)));
            }
            let now = (services.now)();
            if let Some(error) = cool_down::shared_failure(store, identity, snapshot, now) {
                return Err(error);
            }
        }
        if guard.is_some() {
            return Ok(Some(LockOutcome::Held(guard)));
        }
        match store.wait(&identity.digest, lock, deadline, &on_slow) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                warn_of_store(&error, services);
                return Ok(Some(LockOutcome::Held(None)));
            }
        }
    }
}

/// Whether a token will do: it is good, or it came while this process waited, so that another request would bring none
/// that lives longer.
fn is_as_good_as_new(
    entry: &Entry,
    snapshot: &WaitSnapshot,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> bool {
    let windows = request.profile.timing.windows(request.min_ttl);
    match entry.freshness(windows, (services.now)()) {
        Freshness::Stale => snapshot.entry.as_ref() != Some(&entry.secrets),
        freshness => freshness.is_good(),
    }
}
