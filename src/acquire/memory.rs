//! Which failures are remembered for others, for how long, and whom they concern.

use std::time::Duration;

use super::{AcquireError, Subject};
use crate::cache::{CoolDown, FailureKind, Fingerprints};
use crate::profile::Profile;
use crate::time::{UnixTime, whole_seconds};
use crate::transport::TransportError;

/// What is to be remembered of an error; `None`: nothing, as it is this process's own affair.
pub(super) fn of_error(
    error: &AcquireError,
    profile: &Profile,
    secrets: Fingerprints,
    now: UnixTime,
) -> Option<CoolDown> {
    let cool_down = whole_seconds(profile.timing.cool_down);
    let seconds = |wait: u64| i64::try_from(wait).unwrap_or(i64::MAX);
    let (kind, wait) = match error {
        AcquireError::Rejected { is_final, .. } => (FailureKind::Rejected, is_final.then_some(cool_down)),
        AcquireError::RateLimited { retry_after, .. } => {
            (FailureKind::RateLimited, Some(retry_after.map_or(cool_down, seconds)))
        }
        AcquireError::ServerFailed { retry_after, .. } => (FailureKind::Server, retry_after.map(seconds)),
        AcquireError::Unintelligible { .. } | AcquireError::Redirected { .. } => (FailureKind::Server, None),
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

/// Whether a failure concerns these credentials: with others the outcome may be another.
pub(super) fn concerns(cool_down: &CoolDown, subject: &Subject<'_>) -> bool {
    cool_down.secrets.match_known(&subject.secrets)
}

/// The failure as this process's own, where nobody is to ask again yet, or nobody who has patience for so long.
pub(super) fn still_cooling(cool_down: &CoolDown, patience: Duration, now: UnixTime) -> Option<AcquireError> {
    let left = cool_down.seconds_left(whole_seconds(patience), now)?;
    Some(AcquireError::Remembered {
        kind: cool_down.kind,
        message: cool_down.message.clone(),
        left: Some(left),
    })
}

/// The failure as this process's own, where it waited for just that request. `since`: when it began to wait.
pub(super) fn shared_with_waiters(
    cool_down: &CoolDown,
    since: UnixTime,
    now: UnixTime,
) -> Option<AcquireError> {
    let is_of_now = cool_down.at >= since && cool_down.at <= now;
    is_of_now.then(|| AcquireError::Remembered {
        kind: cool_down.kind,
        message: cool_down.message.clone(),
        left: None,
    })
}
