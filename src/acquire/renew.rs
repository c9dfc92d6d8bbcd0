//! Renewing a token while the cached one is still good: if that fails, nothing is lost.

use std::fmt::Display;

use super::cool_down;
use super::fetch::fetch;
use super::lookup::{if_usable, usable_entry};
use super::{AcquireError, Acquired, CachePolicy, Services, TokenIdentity, TokenRequest};
use crate::expiry::Freshness;
use crate::host::Warning;
use crate::store::{Entry, FailureKind, LockKind};

const EARLY: &str = "renewed early";

/// One process renews, and the others do not wait for it.
///
/// # Errors
/// Renewing failed, and took so long that the cached token has expired.
pub(super) fn renew_or_keep(
    identity: &TokenIdentity<'_>,
    entry: Box<Entry>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Acquired, AcquireError> {
    let (profile, log) = (request.profile, services.log);
    let Some(store) = services.store else {
        return Ok(entry.into());
    };
    // After any failure, not only one that the server wants remembered: a try may take all of `timeout`, and nothing
    // presses.
    let pause = profile.timing.cool_down;
    if let Some(error) = cool_down::recent_failure(store, identity, pause, (services.now)()) {
        return keep_if_alive(error, entry, request, services);
    }
    let guard = match store.try_lock(&identity.digest, LockKind::Main) {
        Ok(Some(guard)) => guard,
        Ok(None) => {
            log.debug("another `tok` is renewing the token: using the cached one");
            return Ok(entry.into());
        }
        Err(error) => return Ok(keep(entry, EARLY, &error, services)),
    };
    // A refresh token that two may spend is not spent before it must be.
    if !guard.is_exclusive() && profile.renews_by_refresh_token() {
        return Ok(keep(entry, EARLY, &"it cannot be locked", services));
    }
    let current = guard
        .read()
        .ok()
        .and_then(|found| if_usable(found, identity, request, services))
        .unwrap_or(entry);
    let windows = profile.timing.windows(request.min_ttl);
    if current.freshness(windows, (services.now)()) == Freshness::Fresh {
        return Ok(current.into());
    }
    fetch(identity, Some(&*guard), request, services)
        .or_else(|error| keep_if_alive(error, current, request, services))
}

/// `--fresh` is a renewal too: where the server cannot be reached or is busy, the cached token is still good.
///
/// # Errors
/// The server refused, or there is no good cached token.
pub(super) fn keep_if_unreachable(
    error: AcquireError,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Acquired, AcquireError> {
    let is_refused = matches!(error.failure_kind(), None | Some(FailureKind::Rejected));
    if request.policy != CachePolicy::Fresh || is_refused {
        return Err(error);
    }
    let windows = request.profile.timing.windows(request.min_ttl);
    let cached = usable_entry(identity, request, services)
        .filter(|entry| entry.freshness(windows, (services.now)()).is_good());
    match cached {
        Some(entry) => Ok(keep(entry, "renewed", &error, services)),
        None => Err(error),
    }
}

fn keep_if_alive(
    error: AcquireError,
    entry: Box<Entry>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Acquired, AcquireError> {
    let windows = request.profile.timing.windows(request.min_ttl);
    match entry.freshness(windows, (services.now)()) {
        Freshness::Expired | Freshness::ClockSkew => Err(error),
        _ => Ok(keep(entry, EARLY, &error, services)),
    }
}

fn keep(entry: Box<Entry>, renewed: &str, why: &dyn Display, services: &Services<'_>) -> Acquired {
    services.log.warn(
        Warning::new(format!("the token could not be {renewed}: {why}")).hint(format!(
            "the cached one is good until {}",
            entry.expires_at.rfc3339()
        )),
    );
    entry.into()
}
