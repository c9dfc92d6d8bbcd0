//! What the cache says.

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

/// Why the cache does not answer.
pub(super) struct Unusable {
    /// What tells the entry that is there from one that comes later: the salt of each is its own.
    pub(super) seen: Option<Fingerprints>,
    reason: AcquireError,
}

impl From<Unusable> for AcquireError {
    fn from(unusable: Unusable) -> Self {
        unusable.reason
    }
}

/// Looks into the cache. Takes no lock, runs no command, sends nothing.
pub(super) fn lookup(task: &Task<'_>) -> Cached {
    let policy = task.request.policy;
    let found = match policy {
        CachePolicy::NoCache => None,
        _ => usable_entry(task),
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

/// The entry of a profile as it is, fresh or not, for commands that only look.
///
/// # Errors
/// [`AcquireError::NotCached`], or the identity cannot be resolved.
pub fn cached(profile: &Profile, services: &Services<'_>) -> Result<Entry, AcquireError> {
    let identity = TokenIdentity::resolve(profile, services)?;
    find_cached(profile, &identity, services).ok_or(AcquireError::NotCached)
}

/// The same where the identity is known.
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

/// The entry of this token, if it is there and nothing that it was fetched with has changed since.
pub(super) fn usable_entry(task: &Task<'_>) -> Option<Box<Entry>> {
    match task.services.store?.read(&task.identity.digest) {
        Ok(found) => if_usable(task, found),
        Err(error) => {
            warn_of_store(task, &error);
            None
        }
    }
}

/// What was found, if it may be served. Its freshness is another question.
pub(super) fn if_usable(task: &Task<'_>, found: Lookup) -> Option<Box<Entry>> {
    let debug = |message: &str| task.log().debug(message);
    let mut entry = match found {
        Lookup::Found(entry) => entry,
        Lookup::Absent => {
            debug("no token is cached");
            return None;
        }
        Lookup::Unusable(why) => {
            debug(&format!("ignoring the cached token: {why}"));
            return None;
        }
    };
    if !entry.secrets.match_known(&task.identity.secrets) {
        debug("a secret has changed since the token was cached");
        return None;
    }
    if is_rejected(task, &entry) {
        debug("the cached token is the one that was rejected");
        return None;
    }
    if entry.requested_at > task.now() {
        debug("the cached token is from the future: the clock was set back");
        return None;
    }
    if entry.expiry_rule == ExpiryRule::AssumeExpiresIn {
        // The profile may say otherwise by now.
        let assumed = task.profile().timing.assume_expires_in?;
        entry.expires_at = entry.requested_at.plus(whole_seconds(assumed));
    }
    Some(entry)
}

/// Whether this is the token that an API has rejected. One that the issuer has just returned again counts as good: it
/// would only be returned once more.
pub(super) fn is_rejected(task: &Task<'_>, entry: &Entry) -> bool {
    let cool_down = whole_seconds(task.profile().timing.cool_down);
    let is_recent = |at: UnixTime| (0..cool_down).contains(&task.now().since(at));
    task.request.is_rejected(&entry.access_token) && !entry.confirmed_at.is_some_and(is_recent)
}

/// A cache that cannot be used costs the cache, never the token.
pub(super) fn warn_of_store(task: &Task<'_>, error: &StoreError) {
    let message = match error {
        StoreError::System { doing: "read", .. } => format!("ignoring the cached token: {error}"),
        _ => format!("the token is not cached: {error}"),
    };
    let warning = Warning::new(message).hint(error.hint());
    task.log().warn(warning);
}
