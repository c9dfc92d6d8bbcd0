//! Expiring a cached token that an API has rejected, so that it is not used again.

use super::lookup::is_rejected;
use super::{AcquireError, CachePolicy, Services, Task, TokenIdentity, TokenRequest};
use crate::expiry::ExpiryRule;
use crate::host::Warning;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::store::{Entry, LockKind, Lookup, StoreError, TokenStore};

/// Marks the cached token as expired if it is still the one that was rejected, so that the next process fetches another.
/// Sends nothing. If many callers report the same token, the first expires it, and the others leave the new token alone.
///
/// # Errors
/// The identity cannot be resolved. A cache that cannot be used is a warning.
pub fn expire_rejected(
    profile: &Profile,
    rejected: &Secret<String>,
    services: &Services<'_>,
) -> Result<(), AcquireError> {
    let identity = TokenIdentity::resolve(profile, services)?;
    let task = Task {
        identity: &identity,
        request: &TokenRequest {
            profile,
            policy: CachePolicy::UseCache,
            min_ttl: None,
            rejected: Some(rejected),
        },
        services,
    };
    if let Some(Err(error)) = services.store.map(|store| expire(&task, store)) {
        let message = format!("the rejected token stays in the cache: {error}");
        services.log.warn(Warning::new(message));
    }
    Ok(())
}

fn expire(task: &Task<'_>, store: &dyn TokenStore) -> Result<(), StoreError> {
    let key = &task.identity.digest;
    let rejected = |found: Lookup| match found {
        Lookup::Found(entry) if is_rejected(task, &entry) => Some(entry),
        _ => None,
    };
    // An entry that cannot be read is not used either.
    if store.read(key).ok().and_then(rejected).is_none() {
        return Ok(());
    }
    // If another process holds the lock, it is already fetching a new token.
    let Some(guard) = store.try_lock(key, LockKind::Main)? else {
        return Ok(());
    };
    if let Some(entry) = rejected(guard.read()?) {
        // The entry is not deleted: its refresh token may be the only valid one, and its access token shows whether the
        // issuer returns the same token again.
        guard.store(&Entry {
            expires_at: entry.requested_at,
            expiry_rule: ExpiryRule::ExpiresIn,
            ..*entry
        })?;
    }
    Ok(())
}
