//! A token that an API has rejected is not served again.

use super::lookup::is_rejected;
use super::{AcquireError, CachePolicy, Services, Task, TokenIdentity, TokenRequest};
use crate::expiry::ExpiryRule;
use crate::host::Warning;
use crate::profile::Profile;
use crate::secret::Secret;
use crate::store::{Entry, LockKind, Lookup, StoreError, TokenStore};

/// Marks the cached token as expired if it is still the one that was rejected: the next process fetches another. Sends
/// nothing. Of many callers that were given the same token the first one does it, and the others leave its successor
/// alone.
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
    // What cannot be read is not served either.
    if store.read(key).ok().and_then(rejected).is_none() {
        return Ok(());
    }
    // While another process holds the lock, it is fetching the successor.
    let Some(guard) = store.try_lock(key, LockKind::Main)? else {
        return Ok(());
    };
    if let Some(entry) = rejected(guard.read()?) {
        // It is not deleted: its refresh token may be the only one that is still good, and it tells an issuer that
        // returns the same token again.
        guard.store(&Entry {
            expires_at: entry.requested_at,
            expiry_rule: ExpiryRule::ExpiresIn,
            ..*entry
        })?;
    }
    Ok(())
}
