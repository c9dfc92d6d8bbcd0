//! Fetching a token: by the refresh token first where the profile says so, then by the grant. It is stored before
//! anybody sees it.
//!
//! A refresh token that rotates is good for one use: if its successor is lost, a person must log in again. So where the
//! grant is a refresh token even `--no-cache` sends the one that the cache holds, and stores another that comes back.

use super::cool_down;
use super::exchange::Exchange;
use super::lookup::{if_usable, warn_of_store};
use super::token::{self, Token};
use super::{AcquireError, Acquired, CachePolicy, Services, TokenIdentity, TokenRequest};
use crate::grant::Grant;
use crate::host::Warning;
use crate::request::StandardParam;
use crate::store::{Entry, LockKind, Lookup, StoreError, StoreGuard, Written};

/// Fetches a token and stores it.
///
/// # Errors
/// No token came back. The failure is remembered for other processes.
pub(super) fn fetch(
    identity: &TokenIdentity<'_>,
    guard: Option<&dyn StoreGuard>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Acquired, AcquireError> {
    let previous = previous_entry(guard, identity, request, services);
    let outcome = exchange(previous.as_ref(), guard, identity, request, services);
    let cached = guard.filter(|_| request.policy != CachePolicy::NoCache);
    let outcome = match outcome {
        Ok(token) => Ok(keep(
            token,
            previous.as_ref(),
            guard,
            identity,
            request,
            services,
        )),
        Err(error) => {
            if let Some(guard) = cached {
                cool_down::remember(&error, guard, identity, request, services);
            }
            Err(error)
        }
    };
    if let (Some(store), Some(_)) = (services.store, cached) {
        store.sweep_if_due((services.now)());
    }
    outcome
}

/// The entry that the new token replaces.
fn previous_entry(
    guard: Option<&dyn StoreGuard>,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Option<Entry> {
    if request.policy == CachePolicy::NoCache && request.profile.grant != Grant::RefreshToken {
        return None;
    }
    // It may be readable where the lock cannot be had, and its refresh token the only one that is still good.
    let found = match guard {
        Some(guard) => guard.read(),
        None => services.store?.read(&identity.digest),
    };
    match found {
        Ok(Lookup::Found(entry)) => Some(*entry),
        _ => None,
    }
}

/// Whether the refresh token of an entry may renew it. A changed client secret does not make it bad: it may be the only
/// one that is left of a chain of rotations. A changed password does.
fn is_renewable(entry: &Entry, identity: &TokenIdentity<'_>) -> bool {
    [StandardParam::Password, StandardParam::RefreshToken]
        .into_iter()
        .all(|param| entry.secrets.match_one(param.as_str(), &identity.secrets))
}

fn exchange(
    previous: Option<&Entry>,
    guard: Option<&dyn StoreGuard>,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Token, AcquireError> {
    let mut exchange = Exchange::open(request.profile, identity, services)?;
    if let Some(rejected) = request.rejected {
        exchange.hide(rejected);
    }
    if let Some(previous) = previous {
        exchange.hide_tokens_of(previous);
    }
    let renewable = previous.filter(|entry| is_renewable(entry, identity));
    let mut refresh_token = renewable.and_then(|entry| entry.refresh_token.clone());
    if !request.profile.renews_by_refresh_token() {
        // It is not spent, so it stays good, and `--token-type refresh` prints it.
        return exchange.by_grant(refresh_token.as_ref());
    }
    // One that is refused may have been spent by a process that did not wait for the lock: if the entry has another one
    // by now, that one is tried before the grant is.
    for _ in 0..2 {
        let Some(sent) = refresh_token else { break };
        match exchange.by_refresh_token(&sent) {
            Err(AcquireError::Rejected { is_spent: true, .. }) => {}
            outcome => return outcome,
        }
        services.log.debug("the refresh token is no longer good");
        refresh_token = previous_entry(guard, identity, request, services)
            .filter(|entry| is_renewable(entry, identity))
            .and_then(|entry| entry.refresh_token)
            .filter(|current| !token::is_same(current, &sent));
    }
    exchange.by_grant(None)
}

/// What became of a token that was to be stored.
enum StoreOutcome {
    Stored,
    /// There is nothing that could be served again, or the cache cannot take it.
    NotCached,
    /// Another process went past this one, and got this token later. To many an issuer the later token is the only good
    /// one.
    Overtaken(Box<Entry>),
}

/// Stores a token, and tells what this process hands over.
fn keep(
    token: Token,
    previous: Option<&Entry>,
    guard: Option<&dyn StoreGuard>,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Acquired {
    let cached = guard.filter(|_| request.policy != CachePolicy::NoCache);
    let must_keep = token.is_rotated && request.profile.grant == Grant::RefreshToken;
    let late = if must_keep && guard.is_none() {
        late_guard(identity, services)
    } else {
        None
    };
    let guard = guard.or(late.as_deref());
    let outcome = match guard.filter(|_| cached.is_some() || must_keep) {
        Some(guard) => store(&token, previous, guard, identity, request, services),
        None => StoreOutcome::NotCached,
    };
    if let (Some(guard), Some(store)) = (cached, services.store) {
        cool_down::forget(guard, store, identity);
    }
    match outcome {
        StoreOutcome::Overtaken(later) if cached.is_some() => return later.into(),
        StoreOutcome::Stored if cached.is_none() => services.log.warn(Warning::new(
            "the server has replaced the refresh token: the new one, the only good one now, is kept in the cache all the same",
        )),
        StoreOutcome::NotCached if must_keep => services.log.warn(
            Warning::new("the server has replaced the refresh token, and the new one could not be kept")
                .hint("if the next renewal is refused, get another refresh token from the provider"),
        ),
        _ => {}
    }
    Acquired {
        token,
        cached: false,
        key: identity.digest.clone(),
    }
}

/// A guard for a refresh token that came in place of the one that was sent, where none was taken before.
fn late_guard<'a>(
    identity: &TokenIdentity<'_>,
    services: &Services<'a>,
) -> Option<Box<dyn StoreGuard + 'a>> {
    let store = services.store?;
    match store.try_lock(&identity.digest, LockKind::Main) {
        Ok(guard) => guard.or_else(|| Some(store.without_lock(&identity.digest))),
        Err(error) => {
            warn_of_store(&error, services);
            None
        }
    }
}

fn store(
    token: &Token,
    previous: Option<&Entry>,
    guard: &dyn StoreGuard,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> StoreOutcome {
    let Some(entry) = token.entry(previous, request.profile, identity, services.log) else {
        return StoreOutcome::NotCached;
    };
    match write(&entry, token.is_rotated, guard, identity, request, services) {
        Ok(None) => StoreOutcome::Stored,
        Ok(Some(later)) => {
            services
                .log
                .debug("another `tok` has fetched a later token meanwhile");
            StoreOutcome::Overtaken(later)
        }
        Err(error) => {
            warn_of_store(&error, services);
            StoreOutcome::NotCached
        }
    }
}

/// Writes an entry, but not over a good one that came later; unless its refresh token is new, which must not be lost.
fn write(
    entry: &Entry,
    is_rotated: bool,
    guard: &dyn StoreGuard,
    identity: &TokenIdentity<'_>,
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Option<Box<Entry>>, StoreError> {
    let windows = request.profile.timing.windows(request.min_ttl);
    while guard.store(entry)? == Written::Overtaken {
        let later = if_usable(guard.read()?, identity, request, services)
            .filter(|later| later.freshness(windows, (services.now)()).is_good());
        if later.is_some() && !is_rotated {
            return Ok(later);
        }
    }
    Ok(None)
}
