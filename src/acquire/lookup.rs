//! What the cache says.

use super::{AcquireError, CachePolicy, Services, TokenIdentity, TokenRequest};
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
pub(super) fn lookup(
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Cached {
    let found = match request.policy {
        CachePolicy::NoCache => None,
        _ => usable_entry(identity, request, services),
    };
    let Some(entry) = found else {
        return Cached::Unusable(Unusable {
            seen: None,
            reason: AcquireError::NotCached,
        });
    };
    let now = (services.now)();
    match entry.freshness(request.profile.timing.windows(request.min_ttl), now) {
        state if state.is_good() && request.policy == CachePolicy::CachedOnly => {
            Cached::Fresh(entry)
        }
        Freshness::Fresh if request.policy == CachePolicy::UseCache => {
            services.log.debug(&format!(
                "using the cached token (expires {})",
                entry.expires_at.relative_to(now)
            ));
            Cached::Fresh(entry)
        }
        Freshness::RefreshDue if request.policy == CachePolicy::UseCache => {
            Cached::RefreshDue(entry)
        }
        _ => Cached::Unusable(Unusable {
            seen: Some(entry.secrets),
            reason: AcquireError::Expired {
                left: entry.expires_at.since(now),
            },
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
    usable_entry(identity, &request, services).map(|entry| *entry)
}

/// The entry of this token, if it is there and nothing that it was fetched with has changed since.
pub(super) fn usable_entry(
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Option<Box<Entry>> {
    match services.store?.read(&identity.digest) {
        Ok(found) => if_usable(found, identity, request, services),
        Err(error) => {
            warn_of_store(&error, services);
            None
        }
    }
}

/// What was found, if it may be served. Its freshness is another question.
pub(super) fn if_usable(
    found: Lookup,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Option<Box<Entry>> {
    let now = (services.now)();
    let mut entry = match found {
        Lookup::Found(entry) => entry,
        Lookup::Absent => {
            services.log.debug("no token is cached");
            return None;
        }
        Lookup::Unusable(why) => {
            services
                .log
                .debug(&format!("ignoring the cached token: {why}"));
            return None;
        }
    };
    let objection = if !entry.secrets.match_known(&identity.secrets) {
        "a secret has changed since the token was cached"
    } else if is_rejected(&entry, request, now) {
        "the cached token is the one that was rejected"
    } else if entry.requested_at > now {
        "the cached token is from the future: the clock was set back"
    } else if entry.expiry_rule == ExpiryRule::AssumeExpiresIn {
        // The profile may say otherwise by now.
        let assumed = request.profile.timing.assume_expires_in?;
        entry.expires_at = entry.requested_at.plus(whole_seconds(assumed));
        return Some(entry);
    } else {
        return Some(entry);
    };
    services.log.debug(objection);
    None
}

/// Whether this is the token that an API has rejected. One that the issuer has just returned again counts as good: it
/// would only be returned once more.
pub(super) fn is_rejected(entry: &Entry, request: &TokenRequest<'_>, now: UnixTime) -> bool {
    let cool_down = whole_seconds(request.profile.timing.cool_down);
    let is_confirmed = |at: UnixTime| (0..cool_down).contains(&now.since(at));
    request.is_rejected(&entry.access_token) && !entry.confirmed_at.is_some_and(is_confirmed)
}

/// A cache that cannot be used costs the cache, never the token.
pub(super) fn warn_of_store(error: &StoreError, services: &Services<'_>) {
    let message = match error {
        StoreError::System { doing: "read", .. } => format!("ignoring the cached token: {error}"),
        _ => format!("the token is not cached: {error}"),
    };
    services.log.warn(Warning::new(message).hint(error.hint()));
}
