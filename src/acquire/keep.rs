//! What was got is stored before anybody sees it.

use super::trouble::cache_trouble;
use super::{Acquisition, Token, token};
use crate::store::{Entry, Guard, StoreError, Written};

/// What became of a token that was to be stored.
pub(super) enum StoreOutcome {
    Stored,
    /// There is nothing that could be served again, or the cache cannot take it.
    NotCached,
    /// Another process went past this one, and got this one later. To many an issuer the later token is the only good
    /// one, so it is left where it is.
    Overtaken(Box<Entry>),
}

impl Acquisition<'_> {
    pub(super) fn keep(
        &self,
        token: &Token,
        old: Option<&Entry>,
        guard: &Guard<'_>,
    ) -> StoreOutcome {
        let log = self.services.log;
        let Some(entry) = token::entry(self.profile, self.identity, token, old, log) else {
            return StoreOutcome::NotCached;
        };
        match self.store(&entry, token.is_rotated, guard) {
            Ok(None) => StoreOutcome::Stored,
            Ok(Some(later)) => {
                log.debug("another `tok` has got a later token meanwhile");
                StoreOutcome::Overtaken(Box::new(later))
            }
            Err(error) => {
                log.warn(cache_trouble(&error));
                self.warn_of_loss(token);
                StoreOutcome::NotCached
            }
        }
    }

    /// Stores an entry, but not over a good one that came later; unless its refresh token is new, which must not be lost.
    fn store(
        &self,
        entry: &Entry,
        is_rotated: bool,
        guard: &Guard<'_>,
    ) -> Result<Option<Entry>, StoreError> {
        let is_good = |later: &Entry| later.freshness(self.windows, self.now()).is_good();
        while guard.store(entry)? == Written::Overtaken {
            let later = self.accept(guard.read()?).filter(is_good);
            if later.is_some() && !is_rotated {
                return Ok(later);
            }
        }
        Ok(None)
    }
}
