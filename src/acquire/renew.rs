//! Renewing a token while the cached one is still good. If that fails, the cached token is used.

use std::fmt::Display;

use super::cool_down::recent_failure;
use super::fetch::fetch;
use super::lookup::{if_usable, usable_entry};
use super::{AcquireError, Acquired, CachePolicy, Task};
use crate::expiry::Freshness;
use crate::host::Warning;
use crate::store::{Entry, FailureKind, LockKind};

const EARLY: &str = "renewed early";

/// Renews the token, or uses the cached one if another process is renewing it or renewing fails.
///
/// # Errors
/// Renewing failed, and took so long that the cached token has expired.
pub(super) fn renew_or_keep(task: &Task<'_>, entry: Box<Entry>) -> Result<Acquired, AcquireError> {
    let profile = task.profile();
    let Some(store) = task.services.store else {
        return Ok(entry.into());
    };
    // After any recent failure: an attempt may take all of `timeout`, and the cached token is still good.
    if let Some(error) = recent_failure(task, store, profile.timing.cool_down) {
        return keep_if_alive(task, entry, error);
    }
    let guard = match store.try_lock(&task.identity.digest, LockKind::Main) {
        Ok(Some(guard)) => guard,
        Ok(None) => {
            let message = "another `tok` is renewing the token: using the cached one";
            task.log().debug(message);
            return Ok(entry.into());
        }
        Err(error) => return Ok(keep(task, entry, EARLY, &error)),
    };
    // Without an exclusive lock two processes might use the refresh token, so wait until the token has expired.
    if !guard.is_exclusive() && profile.renews_by_refresh_token() {
        return Ok(keep(task, entry, EARLY, &"it cannot be locked"));
    }
    let current = guard
        .read()
        .ok()
        .and_then(|found| if_usable(task, found).ok());
    let current = current.unwrap_or(entry);
    if task.freshness(&current) == Freshness::Fresh {
        return Ok(current.into());
    }
    fetch(task, Some(&*guard)).or_else(|error| keep_if_alive(task, current, error))
}

/// Falls back to a good cached token if `--fresh` failed because the server cannot be reached or is busy.
///
/// # Errors
/// The server refused, or the cached token is not good.
pub(super) fn keep_if_unreachable(
    task: &Task<'_>,
    error: AcquireError,
) -> Result<Acquired, AcquireError> {
    let is_refused = matches!(error.failure_kind(), None | Some(FailureKind::Rejected));
    if task.request.policy != CachePolicy::Fresh || is_refused {
        return Err(error);
    }
    match usable_entry(task).filter(|entry| task.freshness(entry).is_good()) {
        Some(entry) => Ok(keep(task, entry, "renewed", &error)),
        None => Err(error),
    }
}

fn keep_if_alive(
    task: &Task<'_>,
    entry: Box<Entry>,
    error: AcquireError,
) -> Result<Acquired, AcquireError> {
    match task.freshness(&entry) {
        Freshness::Expired | Freshness::ClockSkew => Err(error),
        _ => Ok(keep(task, entry, EARLY, &error)),
    }
}

fn keep(task: &Task<'_>, entry: Box<Entry>, renewed: &str, why: &dyn Display) -> Acquired {
    let until = entry.expires_at.rfc3339();
    task.log().warn(
        Warning::new(format!("the token could not be {renewed}: {why}"))
            .hint(format!("the cached one is good until {until}")),
    );
    entry.into()
}
