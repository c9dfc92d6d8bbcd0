//! Looking up the cached token, and whether it may be used.

use super::{AcquireError, CachePolicy, Services, Task, TokenIdentity, TokenRequest};
use crate::expiry::{ExpiryRule, Freshness};
use crate::host::Warning;
use crate::profile::Profile;
use crate::store::{Entry, Fingerprints, Lookup, StoreError};
use crate::time::{UnixTime, whole_seconds};

/// What the cache holds for a request.
pub(super) enum Cached {
    Fresh(Box<Entry>),
    /// Still good, and worth renewing.
    RefreshDue(Box<Entry>),
    Unusable(Unusable),
}

/// Why the cached token cannot be used.
pub(super) struct Unusable {
    /// The fingerprints of the cached entry. Each entry has its own salt, so they differ from a later entry's.
    pub(super) seen: Option<Fingerprints>,
    reason: AcquireError,
}

impl From<Unusable> for AcquireError {
    fn from(unusable: Unusable) -> Self {
        unusable.reason
    }
}

/// Looks up the cached token. Takes no lock, runs no command, sends nothing.
pub(super) fn lookup(task: &Task<'_>) -> Cached {
    let policy = task.request.policy;
    let found = match policy {
        CachePolicy::NoCache => None,
        _ => read(task).map_or_else(
            |reason| {
                task.log().debug(&reason);
                None
            },
            Some,
        ),
    };
    let Some(entry) = found else {
        return Cached::Unusable(Unusable {
            seen: None,
            reason: AcquireError::NotCached,
        });
    };
    match (policy, task.freshness(&entry)) {
        (CachePolicy::UseCache, Freshness::RefreshDue) => Cached::RefreshDue(entry),
        (CachePolicy::UseCache | CachePolicy::CachedOnly, state) if state.is_good() => {
            let expires = entry.expires_at.relative_to(task.now());
            let message = format!("using the cached token (expires {expires})");
            task.log().debug(&message);
            Cached::Fresh(entry)
        }
        _ => Cached::Unusable(Unusable {
            reason: AcquireError::Expired {
                left: entry.expires_at.since(task.now()),
            },
            seen: Some(entry.secrets),
        }),
    }
}

/// The cached entry of a profile, fresh or not, for commands that never fetch.
///
/// # Errors
/// [`AcquireError::NotCached`], or the identity cannot be resolved.
pub fn cached(profile: &Profile, services: &Services<'_>) -> Result<Entry, AcquireError> {
    let identity = TokenIdentity::resolve(profile, services)?;
    find_cached(profile, &identity, services).ok_or(AcquireError::NotCached)
}

/// Like [`cached`], for an identity that is already resolved.
#[must_use]
pub fn find_cached(
    profile: &Profile,
    identity: &TokenIdentity<'_>,
    services: &Services<'_>,
) -> Option<Entry> {
    let request = TokenRequest {
        profile,
        policy: CachePolicy::CachedOnly,
        min_ttl: None,
        rejected: None,
    };
    let task = Task {
        identity,
        request: &request,
        services,
    };
    usable_entry(&task).map(|entry| *entry)
}

/// The entry of this token, unless a secret has changed since or the token was rejected.
pub(super) fn usable_entry(task: &Task<'_>) -> Option<Box<Entry>> {
    read(task).ok()
}

/// Like [`usable_entry`], with the reason why there is none.
fn read(task: &Task<'_>) -> Result<Box<Entry>, String> {
    let store = task.services.store.ok_or("there is no cache")?;
    let found = store.read(&task.identity.digest).map_err(|error| {
        warn_of_store(task, &error);
        "the cache cannot be read"
    })?;
    if_usable(task, found)
}

/// The entry that was found, if it may be used, fresh or not; else the reason.
pub(super) fn if_usable(task: &Task<'_>, found: Lookup) -> Result<Box<Entry>, String> {
    let mut entry = match found {
        Lookup::Found(entry) => entry,
        Lookup::Absent => return Err("no token is cached".to_owned()),
        Lookup::Unusable(why) => return Err(format!("ignoring the cached token: {why}")),
    };
    if !entry.secrets.match_known(&task.identity.secrets) {
        return Err("a secret has changed since the token was cached".to_owned());
    }
    if is_rejected(task, &entry) {
        return Err("the cached token is the one that was rejected".to_owned());
    }
    if entry.requested_at > task.now() {
        return Err(
            "ignoring the cached token: it was requested in the future, so the clock was set back"
                .to_owned(),
        );
    }
    if entry.expiry_rule == ExpiryRule::AssumeExpiresIn {
        // The profile may have another value by now.
        let assumed = task.profile().timing.assume_expires_in;
        let assumed = assumed.ok_or("nothing says when the cached token expires")?;
        entry.expires_at = entry.requested_at.plus(whole_seconds(assumed));
    }
    Ok(entry)
}

/// Whether this is the token that an API has rejected. If the issuer has just returned the same token again, it does not
/// count as rejected: another request would return it once more.
pub(super) fn is_rejected(task: &Task<'_>, entry: &Entry) -> bool {
    let cool_down = whole_seconds(task.profile().timing.cool_down);
    let is_recent = |at: UnixTime| (0..cool_down).contains(&task.now().since(at));
    task.request.is_rejected(&entry.access_token) && !entry.confirmed_at.is_some_and(is_recent)
}

/// Warns that the cache cannot be used. The token is fetched all the same.
pub(super) fn warn_of_store(task: &Task<'_>, error: &StoreError) {
    let message = match error {
        StoreError::System { doing: "read", .. } => format!("ignoring the cached token: {error}"),
        _ => format!("the token is not cached: {error}"),
    };
    let warning = Warning::new(message).hint(error.hint());
    task.log().warn(warning);
}
