//! A token that was refused, and is not to be served again.

use super::{AcquireError, Acquisition, CachePolicy, Services, TokenIdentity};
use crate::expiry::ExpiryRule;
use crate::host::Warning;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::store::{Entry, LockKind, Lookup, StoreError};

/// Sees to it that a token that was refused is not served again, if it is still the one in the cache: whoever comes
/// next fetches another. Sends nothing. However many were refused the same token, the first one drops it, and the
/// others leave its successor alone.
///
/// # Errors
/// The identity cannot be worked out. Trouble with the cache is a warning.
pub fn expire_rejected(
    profile: &Profile,
    refused: &Secret<String>,
    services: &Services<'_>,
) -> Result<(), AcquireError> {
    let identity = TokenIdentity::resolve(profile, services)?;
    let windows = profile.timing.windows(None);
    let acquisition = Acquisition {
        profile,
        identity: &identity,
        services,
        windows,
        refused: Some(refused),
        mode: CachePolicy::UseCache,
    };
    let Some(cache) = services.store else {
        return Ok(());
    };
    let is_it = |found: &Result<Lookup, StoreError>| matches!(found, Ok(Lookup::Found(entry)) if acquisition.is_refused(entry));
    if !is_it(&cache.read(&identity.digest)) {
        return Ok(());
    }
    let guard = match cache.try_lock(&identity.digest, LockKind::Main) {
        Ok(Some(guard)) => guard,
        // Somebody is fetching its successor just now.
        Ok(None) => return Ok(()),
        Err(StoreError::NoLocks { .. }) => cache.without_lock(&identity.digest),
        Err(error) => {
            warn(&error, services);
            return Ok(());
        }
    };
    let found = guard.read();
    if is_it(&found)
        && let Ok(Lookup::Found(entry)) = found
        && let Err(error) = guard.store(&over(*entry))
    {
        warn(&error, services);
    }
    Ok(())
}

/// An entry whose time is over. It is not deleted: its refresh token may be the only one that is still good, and an
/// issuer that hands out the same token again is told by it.
fn over(entry: Entry) -> Entry {
    Entry {
        expires_at: entry.requested_at,
        expiry_rule: ExpiryRule::ExpiresIn,
        same_until: None,
        ..entry
    }
}

fn warn(error: &StoreError, services: &Services<'_>) {
    services.log.warn(Warning::new(format!(
        "the refused token stays in the cache: {error}"
    )));
}
