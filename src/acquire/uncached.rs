//! Getting a token past the cache, without losing what only the cache can keep.
//!
//! A refresh token that rotates is good for one use: whoever spends it and does not keep its successor has cut the
//! chain, and somebody must log in again. So of a profile whose grant is a refresh token even `--no-cache` takes the one
//! that the cache holds, and keeps another that comes back for it; and it says so.

use super::keep::StoreOutcome;
use super::trouble::cache_trouble;
use super::{Acquired, Acquisition, Token};
use crate::acquire::AcquireError;
use crate::grant::Grant;
use crate::host::Warning;
use crate::store::{Entry, Guard, LockKind, StoreError};

impl Acquisition<'_> {
    pub(super) fn fetch_uncached(&self) -> Result<Acquired, AcquireError> {
        let rotates = self.profile.grant == Grant::RefreshToken;
        let Some(cache) = self.services.store.filter(|_| rotates) else {
            return self.fetch(None, None);
        };
        let holds_one = |entry: Entry| entry.refresh_token.is_some();
        if self.unlocked_predecessor(cache).is_some_and(holds_one) {
            return self.fetch_once(cache, None);
        }
        // Nothing is made in the cache, not even a lock, where there may be nothing to keep.
        self.fetch(None, None)
    }

    /// Looks for a place after all, for a refresh token that came in place of the one that was sent.
    pub(super) fn rescue(&self, token: &Token) {
        if !token.is_rotated || self.profile.grant != Grant::RefreshToken {
            return;
        }
        let digest = &self.identity.digest;
        let guard =
            self.services
                .store
                .and_then(|cache| match cache.try_lock(digest, LockKind::Main) {
                    Ok(Some(guard)) => Some(guard),
                    Ok(None) | Err(StoreError::NoLocks { .. }) => Some(cache.without_lock(digest)),
                    Err(error) => {
                        self.services.log.warn(cache_trouble(&error));
                        None
                    }
                });
        match guard {
            Some(guard) => self.keep_rotated(token, None, &guard),
            None => self.warn_of_loss(token),
        }
    }

    /// Keeps a token for the refresh token that came with it.
    pub(super) fn keep_rotated(&self, token: &Token, old: Option<&Entry>, guard: &Guard<'_>) {
        if token.is_rotated && matches!(self.keep(token, old, guard), StoreOutcome::Stored) {
            self.services.log.warn(Warning::new(
                "the server has replaced the refresh token: the new one, which alone is good now, is kept in the cache all the same",
            ));
        }
    }

    /// Where the grant itself is a refresh token, nothing but a new one from the provider helps.
    pub(super) fn warn_of_loss(&self, token: &Token) {
        if token.is_rotated && self.profile.grant == Grant::RefreshToken {
            self.services.log.warn(
                Warning::new(
                    "the server has replaced the refresh token, and the new one could not be kept",
                )
                .hint(
                    "if the next renewal is refused, get another refresh token from the provider",
                ),
            );
        }
    }
}
