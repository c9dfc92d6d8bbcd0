//! One process fetches, the others wait: how a process comes to its turn, or finds that it needs none.

use std::time::{Duration, Instant};

use super::trouble::cache_trouble;
use super::{Acquired, Acquisition, CachePolicy, memory, served};
use crate::acquire::AcquireError;
use crate::expiry::Freshness;
use crate::store::{CoolDown, Entry, FileStore, Fingerprints, Guard, LockKind, StoreError};
use crate::time::UnixTime;

/// What a process knew when it began to look for a token.
pub(super) struct WaitSnapshot {
    pub(super) at: UnixTime,
    /// What tells the entry that was there from one that came later: each has a salt of its own.
    pub(super) seen: Option<Fingerprints>,
    /// The same of the failures that were remembered.
    pub(super) failures: Vec<Fingerprints>,
}

/// How waiting for one's turn ended.
pub(super) enum LockOutcome<'a> {
    /// It is this process's turn.
    Guard(Guard<'a>),
    /// Another process fetched the token meanwhile.
    Served(Acquired),
    /// The holder hangs.
    TimeIsUp,
    /// There is no way to cache anything.
    NoCache,
}

impl Acquisition<'_> {
    /// Waits until this process may fetch, or need not.
    pub(super) fn take_turn<'c>(
        &self,
        cache: &'c FileStore<'_>,
        turn: LockKind,
        begun: &WaitSnapshot,
        deadline: Instant,
    ) -> Result<LockOutcome<'c>, AcquireError> {
        let log = self.services.log;
        loop {
            let guard = match cache.try_lock(&self.identity.digest, turn) {
                Ok(guard) => guard,
                Err(error @ StoreError::NoLocks { .. }) => {
                    log.warn(cache_trouble(&error));
                    Some(cache.without_lock(&self.identity.digest))
                }
                Err(error) => {
                    log.warn(cache_trouble(&error));
                    return Ok(LockOutcome::NoCache);
                }
            };
            if self.mode == CachePolicy::UseCache {
                let entry = self
                    .look(cache)
                    .filter(|entry| self.is_as_good_as_a_new_one(entry, begun));
                if let Some(entry) = entry {
                    return Ok(LockOutcome::Served(served(&entry)));
                }
                let shared = |cool_down: CoolDown| {
                    let now = self.now();
                    memory::still_cooling(&cool_down, Duration::ZERO, now)
                        .or_else(|| memory::shared(&cool_down, begun, now))
                };
                if let Some(error) = memory::failures(cache, self.identity).find_map(shared) {
                    return Err(error);
                }
            }
            if let Some(guard) = guard {
                return Ok(LockOutcome::Guard(guard));
            }
            let on_slow = || log.progress("waiting for another `tok` that is fetching this token");
            match cache.wait(&self.identity.digest, turn, deadline, &on_slow) {
                Ok(true) => {}
                Ok(false) => return Ok(LockOutcome::TimeIsUp),
                Err(error) => {
                    log.warn(cache_trouble(&error));
                    return Ok(LockOutcome::NoCache);
                }
            }
        }
    }

    /// Whether a token will do: it is good, or it came while this process waited, so that another request would bring
    /// none that lives longer.
    fn is_as_good_as_a_new_one(&self, entry: &Entry, begun: &WaitSnapshot) -> bool {
        match entry.freshness(self.windows, self.now()) {
            Freshness::Stale => begun.seen.as_ref() != Some(&entry.secrets),
            freshness => freshness.is_good(),
        }
    }
}
