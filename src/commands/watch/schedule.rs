//! When a watched token is renewed, and when a failed renewal is tried again. Pure: the random number is an argument.

use std::time::Duration;

use crate::expiry::{MinTtl, Windows};
use crate::time::{UnixTime, whole_seconds};

/// The first and the longest wait after a failure, in seconds.
const FIRST_WAIT: i64 = 5;
const LONGEST_WAIT: i64 = 300;

/// When a token is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Renewal {
    pub(super) at: UnixTime,
    /// How long a token must then be good, so that a new one is fetched although the cached one would still do.
    pub(super) min_ttl: Option<Duration>,
}

/// A token is renewed when it stops being fresh, or up to a quarter of that window later, so that many watches do not send
/// their requests all at once. If the caller demands a minimum lifetime at any time, it is renewed before that.
pub(super) fn renewal(
    requested_at: UnixTime,
    expires_at: UnixTime,
    windows: Windows,
    jitter: u64,
) -> Renewal {
    let lifetime = expires_at.since(requested_at);
    let refresh_before = whole_seconds(windows.refresh_before);
    let early = refresh_before.min(lifetime / 4);
    let floor = windows.min_ttl.seconds(lifetime);
    let (window, min_ttl) = match windows.min_ttl {
        MinTtl::AtMostATenth(_) => (early.max(floor - 1).max(1), None),
        MinTtl::Demanded(_) => {
            let ahead = refresh_before.min((lifetime - floor).max(0)) / 4;
            let window = early.max(floor.saturating_add(ahead)).max(1);
            let min_ttl = u64::try_from(window.saturating_add(1)).ok();
            (window, min_ttl.map(Duration::from_secs))
        }
    };
    let spread = (window / 4).min(window - floor);
    Renewal {
        at: expires_at.plus(up_to(spread, jitter) - window),
        min_ttl,
    }
}

/// The seconds until the next attempt after a failure: doubled each time, but while the token is good no more than a
/// quarter of what is `left` of it.
pub(super) fn backoff(failures: u32, left: i64, jitter: u64) -> i64 {
    let doubled = FIRST_WAIT
        .saturating_mul(1 << failures.min(10))
        .min(LONGEST_WAIT);
    let wait = if left > 0 {
        doubled.min((left / 4).max(FIRST_WAIT))
    } else {
        doubled
    };
    wait + up_to(wait / 4, jitter)
}

/// The seconds until the next attempt where nothing failed and yet the token is the same. If it came from the cache,
/// another process may be renewing it, or it is too early to ask the provider; looking again is cheap. Otherwise the
/// provider has issued the same token again, or one with a lifetime of seconds.
pub(super) fn recheck_after(left: i64, was_cached: bool) -> i64 {
    if was_cached {
        (left / 4).clamp(1, FIRST_WAIT)
    } else {
        (left / 2).max(1)
    }
}

/// A number from 0 to `span`.
fn up_to(span: i64, jitter: u64) -> i64 {
    let span = u64::try_from(span).unwrap_or(0);
    i64::try_from(jitter % (span + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Timing;

    /// What is left at the earliest renewal and at the latest one.
    fn left(lifetime: i64, timing: Timing, demanded: Option<u64>) -> (i64, i64) {
        let (from, to) = (UnixTime(1000), UnixTime(1000).plus(lifetime));
        let windows = timing.windows(demanded.map(Duration::from_secs));
        let at = |jitter| to.since(renewal(from, to, windows, jitter).at);
        let all: Vec<i64> = (0..1000).map(at).collect();
        (*all.iter().max().unwrap(), *all.iter().min().unwrap())
    }

    #[test]
    fn renewed_when_no_longer_fresh_and_before_stale() {
        let usual = Timing::default();
        let late = Timing {
            refresh_before: Duration::ZERO,
            ..usual
        };
        let cases = [
            (3600, usual, None, (300, 225)),
            // A quarter of a short life, and a second of a very short one.
            (40, usual, None, (10, 8)),
            (4, usual, None, (1, 1)),
            (2, usual, None, (1, 1)),
            // Nothing is to be renewed early.
            (3600, late, None, (29, 29)),
            // Never less than is demanded.
            (3600, usual, Some(600), (675, 600)),
            (3600, usual, Some(3500), (3525, 3500)),
            (3600, late, Some(600), (600, 600)),
            (3600, usual, Some(60), (300, 225)),
            (3600, usual, Some(0), (300, 225)),
        ];
        for (lifetime, timing, demanded, expected) in cases {
            assert_eq!(
                left(lifetime, timing, demanded),
                expected,
                "{lifetime} {demanded:?}"
            );
        }
    }

    /// The minimum lifetime asked for at a renewal is more than the current token has left, and less than a new one has.
    #[test]
    fn a_renewal_asks_for_more_than_is_left() {
        for (lifetime, min_ttl) in [(3600, 600), (3600, 3500), (60, 10), (10, 9), (8, 2)] {
            let (from, to) = (UnixTime(0), UnixTime(lifetime));
            let windows = Timing::default().windows(Some(Duration::from_secs(min_ttl)));
            for jitter in 0..100 {
                let Renewal { at, min_ttl } = renewal(from, to, windows, jitter);
                let min_ttl = whole_seconds(min_ttl.unwrap());
                assert!(
                    to.since(at) < min_ttl && min_ttl <= lifetime,
                    "{lifetime}: {min_ttl}"
                );
            }
        }
    }

    #[test]
    fn waits_grow_and_fit_into_what_is_left() {
        let waits = |left| [0, 1, 2, 10, 1000].map(|failures| backoff(failures, left, 0));
        assert_eq!(waits(0), [5, 10, 20, 300, 300]);
        assert_eq!(waits(400), [5, 10, 20, 100, 100]);
        assert_eq!(waits(40), [5, 10, 10, 10, 10]);
        assert_eq!(waits(1), [5; 5]);
        assert_eq!((backoff(10, 0, 75), backoff(10, 0, 76)), (375, 300));
        assert_eq!(
            [
                recheck_after(300, true),
                recheck_after(8, true),
                recheck_after(0, true)
            ],
            [5, 2, 1]
        );
        assert_eq!(
            [recheck_after(300, false), recheck_after(1, false)],
            [150, 1]
        );
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn every_renewal_is_within_the_lifetime(
            from: i64, lifetime in 1_i64..4_000_000_000, min_ttl: u64, refresh_before: u64, demanded: bool, jitter: u64,
        ) {
            let wanted = Duration::from_secs(min_ttl);
            let windows = Windows {
                min_ttl: if demanded { MinTtl::Demanded(wanted) } else { MinTtl::AtMostATenth(wanted) },
                refresh_before: Duration::from_secs(refresh_before),
            };
            let from = UnixTime(from / 2);
            let at = renewal(from, from.plus(lifetime), windows, jitter).at;
            proptest::prop_assert!(at < from.plus(lifetime));
            proptest::prop_assert!(demanded || at >= from);
        }
    }
}
