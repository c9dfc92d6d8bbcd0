//! Failures that are remembered for other processes: which failures, for how long, and for which tokens.

use std::time::Duration;

use super::{AcquireError, Task, TokenIdentity};
use crate::store::{CoolDown, Fingerprints, StoreGuard, TokenStore};
use crate::time::{UnixTime, whole_seconds};

/// The failure that keeps `tok` from asking for this token now, and for how many seconds more.
#[must_use]
pub fn cool_down_in_force(
    store: &dyn TokenStore,
    identity: &TokenIdentity<'_>,
    now: UnixTime,
) -> Option<(CoolDown, u64)> {
    in_force(store, identity, Duration::ZERO, now)
}

/// Like [`cool_down_in_force`], but a failure also counts for `pause` after it happened.
fn in_force(
    store: &dyn TokenStore,
    identity: &TokenIdentity<'_>,
    pause: Duration,
    now: UnixTime,
) -> Option<(CoolDown, u64)> {
    failures(store, identity).find_map(|failure| {
        let left = failure.seconds_left(whole_seconds(pause), now)?;
        Some((failure, left))
    })
}

/// The failures of this token and of its credentials. Failures with other secrets are left out: these may be accepted.
fn failures(
    store: &dyn TokenStore,
    identity: &TokenIdentity<'_>,
) -> impl Iterator<Item = CoolDown> {
    names(identity)
        .into_iter()
        .filter_map(|name| store.cool_down(&name))
        .filter(|failure| failure.secrets.match_known(&identity.secrets))
}

/// The names under which failures are remembered: one for the credentials as they are sent, one for this token alone.
fn names(identity: &TokenIdentity<'_>) -> [String; 2] {
    [identity.key.credentials_digest(), identity.digest.clone()]
}

/// The failure that keeps `tok` from asking, as an error.
pub(super) fn recent_failure(
    task: &Task<'_>,
    store: &dyn TokenStore,
    pause: Duration,
) -> Option<AcquireError> {
    let (failure, left) = in_force(store, task.identity, pause, task.now())?;
    Some(previous_failure(failure, Some(left)))
}

/// The state of the store when a process began to wait for another.
pub(super) struct WaitSnapshot {
    at: UnixTime,
    /// The fingerprints of the cached entry. Each entry has its own salt, so they differ from a later entry's.
    pub(super) entry: Option<Fingerprints>,
    /// The fingerprints of the remembered failures.
    failures: Vec<Fingerprints>,
}

impl WaitSnapshot {
    pub(super) fn take(
        task: &Task<'_>,
        store: &dyn TokenStore,
        entry: Option<Fingerprints>,
    ) -> Self {
        let failures = failures(store, task.identity);
        Self {
            at: task.now(),
            entry,
            failures: failures.map(|failure| failure.secrets).collect(),
        }
    }
}

/// The failure of another process that requested the same token while this one waited. A request of our own would have
/// failed in the same way.
pub(super) fn shared_failure(
    task: &Task<'_>,
    store: &dyn TokenStore,
    snapshot: &WaitSnapshot,
) -> Option<AcquireError> {
    if let Some(error) = recent_failure(task, store, Duration::ZERO) {
        return Some(error);
    }
    let now = task.now();
    // Times in seconds are too coarse to tell an old failure from a new one.
    let is_new = |failure: &CoolDown| {
        !snapshot.failures.contains(&failure.secrets) && (snapshot.at..=now).contains(&failure.at)
    };
    let failure = failures(store, task.identity).find(is_new)?;
    Some(previous_failure(failure, None))
}

fn previous_failure(failure: CoolDown, retry_after: Option<u64>) -> AcquireError {
    AcquireError::PreviousFailure {
        kind: failure.kind,
        message: failure.message,
        retry_after,
    }
}

/// Remembers a failure. If it sets a time before which `tok` must not retry, it counts for all tokens of these
/// credentials, otherwise only for processes that wait for this token. A remembered failure that lasts longer is kept.
pub(super) fn remember(
    task: &Task<'_>,
    store: &dyn TokenStore,
    guard: &dyn StoreGuard,
    error: &AcquireError,
) {
    let Some(kind) = error.failure_kind() else {
        return;
    };
    let (profile, identity) = (task.profile(), task.identity);
    let at = task.now();
    let failure = CoolDown {
        profile: profile.name.clone(),
        kind,
        message: error.to_string(),
        at,
        until: wait(error, profile.timing.cool_down).map(|wait| at.plus(wait)),
        secrets: Fingerprints::new(&identity.secrets),
    };
    let [of_credentials, of_token] = names(identity);
    let name = match failure.until {
        Some(_) => of_credentials,
        None => of_token,
    };
    let is_longer = |known: &CoolDown| {
        known.secrets.match_known(&identity.secrets)
            && known.at <= failure.at
            && known.outlasts(&failure)
    };
    if store.cool_down(&name).as_ref().is_some_and(is_longer) {
        return;
    }
    if let Err(error) = guard.remember(&name, &failure) {
        let message = format!("the failure is not remembered: {error}");
        task.log().debug(&message);
    }
}

/// How many seconds `tok` waits before it sends a request again; `None`: it may retry at once.
fn wait(error: &AcquireError, cool_down: Duration) -> Option<i64> {
    let cool_down = whole_seconds(cool_down);
    let seconds = |wait: u64| i64::try_from(wait).unwrap_or(i64::MAX);
    match error {
        AcquireError::Rejected { is_final, .. } => is_final.then_some(cool_down),
        AcquireError::RateLimited { retry_after, .. } => {
            Some(retry_after.map_or(cool_down, seconds))
        }
        AcquireError::ServerFailed { retry_after, .. } => retry_after.map(seconds),
        _ => None,
    }
}

/// Forgets the failures of this token and its credentials after a success.
pub(super) fn forget(task: &Task<'_>, store: &dyn TokenStore, guard: &dyn StoreGuard) {
    for name in names(task.identity) {
        if store.cool_down(&name).is_some() {
            guard.forget_failure(&name);
        }
    }
}
