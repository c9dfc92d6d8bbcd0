//! Which failures are remembered for others, for how long, and whom they concern.

use std::time::Duration;

use super::turn::WaitSnapshot;
use super::{AcquireError, Acquisition, CachePolicy, TokenIdentity, token};
use crate::http::TransportError;
use crate::profile::Profile;
use crate::store::{CoolDown, FailureKind, FileStore, Fingerprints, Guard};
use crate::time::{UnixTime, whole_seconds};

/// What is to be remembered of an error; `None`: nothing, as it is this process's own affair.
fn of_error(
    error: &AcquireError,
    profile: &Profile,
    secrets: Fingerprints,
    now: UnixTime,
) -> Option<CoolDown> {
    let cool_down = whole_seconds(profile.timing.cool_down);
    let seconds = |wait: u64| i64::try_from(wait).unwrap_or(i64::MAX);
    let (kind, wait) = match error {
        AcquireError::Rejected { is_final, .. } => {
            (FailureKind::Rejected, is_final.then_some(cool_down))
        }
        AcquireError::RateLimited { retry_after, .. } => (
            FailureKind::RateLimited,
            Some(retry_after.map_or(cool_down, seconds)),
        ),
        AcquireError::ServerFailed { retry_after, .. } => {
            (FailureKind::Server, retry_after.map(seconds))
        }
        AcquireError::InvalidResponse { .. } | AcquireError::Redirected { .. } => {
            (FailureKind::Server, None)
        }
        AcquireError::Transport(error) => match error {
            TransportError::Connect { .. }
            | TransportError::TimedOut { .. }
            | TransportError::Broken { .. } => (FailureKind::Network, None),
            TransportError::TooLarge { .. } | TransportError::Undecodable { .. } => {
                (FailureKind::Server, None)
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(CoolDown {
        kind,
        message: error.to_string(),
        at: now,
        until: wait.map(|wait| now.plus(wait)),
        secrets,
    })
}

/// The names under which failures are remembered: of the credentials, and of this token alone.
fn names(identity: &TokenIdentity<'_>) -> [String; 2] {
    [identity.credentials(), identity.digest.clone()]
}

/// What is remembered of this token, and of its credentials: with other ones the outcome may be another.
pub(super) fn failures(
    cache: &FileStore<'_>,
    identity: &TokenIdentity<'_>,
) -> impl Iterator<Item = CoolDown> {
    let found = names(identity)
        .into_iter()
        .filter_map(|name| cache.cool_down(&name));
    found.filter(|failure| failure.secrets.match_known(&identity.secrets))
}

/// The failure that keeps everybody from asking for this token now, and for how many seconds more.
#[must_use]
pub fn cool_down_in_force(
    cache: &FileStore<'_>,
    identity: &TokenIdentity<'_>,
    now: UnixTime,
) -> Option<(CoolDown, u64)> {
    failures(cache, identity).find_map(|failure| {
        let left = failure.seconds_left(0, now)?;
        Some((failure, left))
    })
}

impl Acquisition<'_> {
    /// Remembers a failure: one that has a time for all who use these credentials, any other for those who want this
    /// very token. One that lasts longer stays, for the server has not taken it back.
    pub(super) fn remember(
        &self,
        error: &AcquireError,
        place: Option<(&FileStore<'_>, &Guard<'_>)>,
    ) {
        let Some((cache, guard)) = place.filter(|_| self.mode != CachePolicy::NoCache) else {
            return;
        };
        let identity = self.identity;
        let Some(failure) = of_error(
            error,
            self.profile,
            token::fingerprints(identity),
            self.now(),
        ) else {
            return;
        };
        let name = if failure.until.is_some() {
            identity.credentials()
        } else {
            identity.digest.clone()
        };
        let known = cache
            .cool_down(&name)
            .filter(|known| known.secrets.match_known(&identity.secrets));
        if known.is_some_and(|known| known.at <= failure.at && known.outlasts(&failure)) {
            return;
        }
        if let Err(error) = guard.remember(&name, &failure) {
            self.services
                .log
                .debug(&format!("the failure is not remembered: {error}"));
        }
    }

    /// The credentials are good.
    pub(super) fn forget_failures(&self, cache: &FileStore<'_>, guard: &Guard<'_>) {
        for name in names(self.identity) {
            if cache.cool_down(&name).is_some() {
                guard.forget_failure(&name);
            }
        }
    }
}

/// The failure as this process's own, where nobody is to ask again yet, or nobody who has patience for so long.
pub(super) fn still_cooling(
    cool_down: &CoolDown,
    patience: Duration,
    now: UnixTime,
) -> Option<AcquireError> {
    let left = cool_down.seconds_left(whole_seconds(patience), now)?;
    Some(AcquireError::PreviousFailure {
        kind: cool_down.kind,
        message: cool_down.message.clone(),
        left: Some(left),
    })
}

/// The failure as this process's own, where another process asked for just this token and failed since this one
/// began: it would have asked at the same time, and is told the same.
pub(super) fn shared(
    cool_down: &CoolDown,
    begun: &WaitSnapshot,
    now: UnixTime,
) -> Option<AcquireError> {
    // Seconds are too coarse to tell: each failure has a salt of its own.
    let is_new = !begun.failures.contains(&cool_down.secrets);
    (is_new && cool_down.at >= begun.at && cool_down.at <= now).then(|| {
        AcquireError::PreviousFailure {
            kind: cool_down.kind,
            message: cool_down.message.clone(),
            left: None,
        }
    })
}
