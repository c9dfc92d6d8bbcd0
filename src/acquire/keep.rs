//! What was got is stored before anybody sees it.

use super::trouble::cache_trouble;
use super::{Token, Walk, token};
use crate::store::{CacheError, Entry, Guard, Written};

/// What became of a token that was to be stored.
pub(super) enum Kept {
    Stored,
    /// There is nothing that could be served again, or the cache cannot take it.
    Lost,
    /// Another process went past this one, and got this one later. To many an issuer the later token is the only good
    /// one, so it is left where it is.
    Overtaken(Box<Entry>),
}

impl Walk<'_> {
    pub(super) fn keep(&self, token: &Token, old: Option<&Entry>, guard: &Guard<'_>) -> Kept {
        let notices = self.ports.notices;
        let Some(entry) = token::entry(self.profile, self.subject, token, old, notices) else {
            return Kept::Lost;
        };
        match self.store(&entry, token.is_rotated, guard) {
            Ok(None) => Kept::Stored,
            Ok(Some(later)) => {
                notices.detail("another `tok` has got a later token meanwhile");
                Kept::Overtaken(Box::new(later))
            }
            Err(error) => {
                notices.warn(cache_trouble(&error));
                self.warn_of_loss(token);
                Kept::Lost
            }
        }
    }

    /// Stores an entry, but not over a good one that came later; unless its refresh token is new, which must not be lost.
    fn store(
        &self,
        entry: &Entry,
        is_rotated: bool,
        guard: &Guard<'_>,
    ) -> Result<Option<Entry>, CacheError> {
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
