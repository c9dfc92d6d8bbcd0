//! When a watched token is renewed, and when a renewal that failed is tried again. Pure: what is random comes in.

use std::time::Duration;

use crate::expiry::{MinTtl, Windows};
use crate::time::{UnixTime, whole_seconds};

/// The first wait after a failure, in seconds, and the longest.
const FIRST: i64 = 5;
const LONGEST: i64 = 300;

/// When a token is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Renewal {
    pub(super) at: UnixTime,
    /// For how long a token must then be good, so that one is fetched although the one at hand would still do.
    pub(super) demand: Option<Duration>,
}

/// A token that was requested at `from` and expires at `to` is renewed as soon as it is no more fresh, or up to a
/// quarter of the time that it then has left later, so that many who watch do not ask at the same moment. Where the
/// caller demands how long it must be good at any time, it is renewed before that little is left.
pub(super) fn renewal(from: UnixTime, to: UnixTime, windows: Windows, chance: u64) -> Renewal {
    let lifetime = to.since(from);
    let ageing = whole_seconds(windows.refresh_before).min(lifetime / 4);
    let floor = windows.min_ttl.seconds(lifetime);
    let (window, demand) = match windows.min_ttl {
        MinTtl::AtMostATenth(_) => (ageing.max(floor - 1).max(1), None),
        MinTtl::Demanded(_) => {
            let ahead = whole_seconds(windows.refresh_before).min((lifetime - floor).max(0)) / 4;
            let window = ageing.max(floor.saturating_add(ahead)).max(1);
            (
                window,
                u64::try_from(window.saturating_add(1))
                    .ok()
                    .map(Duration::from_secs),
            )
        }
    };
    let spread = (window / 4).min(window - floor);
    Renewal {
        at: to.plus(part(spread, chance) - window),
        demand,
    }
}

/// The seconds until the next look after a failure: doubled each time, and while the token lives no more than a
/// quarter of what is `left` of it, but for the last few seconds.
pub(super) fn back_off(failures: u32, left: i64, chance: u64) -> i64 {
    let doubled = FIRST.saturating_mul(1 << failures.min(10)).min(LONGEST);
    let wait = if left > 0 {
        doubled.min((left / 4).max(FIRST))
    } else {
        doubled
    };
    wait + part(wait / 4, chance)
}

/// The seconds until the next look where nothing failed and yet there is no newer token. A cached one: another
/// process may be at it, or the issuer is not to be asked yet, and looking costs nothing. Otherwise the issuer has
/// handed out the same one again, or one that lives for some seconds only.
pub(super) fn pause(left: i64, was_cached: bool) -> i64 {
    if was_cached {
        (left / 4).clamp(1, FIRST)
    } else {
        (left / 2).max(1)
    }
}

/// From nothing to all of this many seconds.
fn part(span: i64, chance: u64) -> i64 {
    let span = u64::try_from(span).unwrap_or(0);
    i64::try_from(chance % (span + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Timing;

    /// What is left at the earliest renewal and at the latest one.
    fn left(lifetime: i64, timing: Timing, demanded: Option<u64>) -> (i64, i64) {
        let (from, to) = (UnixTime(1000), UnixTime(1000).plus(lifetime));
        let windows = timing.windows(demanded.map(Duration::from_secs));
        let at = |chance| to.since(renewal(from, to, windows, chance).at);
        let all: Vec<i64> = (0..1000).map(at).collect();
        (*all.iter().max().unwrap(), *all.iter().min().unwrap())
    }

    #[test]
    fn renewed_when_it_is_no_more_fresh_and_before_it_is_stale() {
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

    /// What is demanded then is more than the token at hand has left, and less than a new one has.
    #[test]
    fn a_demand_makes_a_token_stale_in_time() {
        for (lifetime, min_ttl) in [(3600, 600), (3600, 3500), (60, 10), (10, 9), (8, 2)] {
            let (from, to) = (UnixTime(0), UnixTime(lifetime));
            let windows = Timing::default().windows(Some(Duration::from_secs(min_ttl)));
            for chance in 0..100 {
                let Renewal { at, demand } = renewal(from, to, windows, chance);
                let demand = whole_seconds(demand.unwrap());
                assert!(
                    to.since(at) < demand && demand <= lifetime,
                    "{lifetime} {min_ttl}: {demand}"
                );
            }
        }
    }

    #[test]
    fn looks_grow_rarer_and_fit_into_what_is_left() {
        let waits = |left| [0, 1, 2, 10, 1000].map(|failures| back_off(failures, left, 0));
        assert_eq!(waits(0), [5, 10, 20, 300, 300]);
        assert_eq!(waits(400), [5, 10, 20, 100, 100]);
        assert_eq!(waits(40), [5, 10, 10, 10, 10]);
        assert_eq!(waits(1), [5; 5]);
        assert_eq!((back_off(10, 0, 75), back_off(10, 0, 76)), (375, 300));
        assert_eq!(
            [pause(300, true), pause(8, true), pause(0, true)],
            [5, 2, 1]
        );
        assert_eq!([pause(300, false), pause(1, false)], [150, 1]);
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn no_renewal_is_outside_of_a_life(
            from: i64, lifetime in 1_i64..4_000_000_000, min_ttl: u64, refresh_before: u64, demanded: bool, chance: u64,
        ) {
            let wanted = Duration::from_secs(min_ttl);
            let windows = Windows {
                min_ttl: if demanded { MinTtl::Demanded(wanted) } else { MinTtl::AtMostATenth(wanted) },
                refresh_before: Duration::from_secs(refresh_before),
            };
            let from = UnixTime(from / 2);
            let at = renewal(from, from.plus(lifetime), windows, chance).at;
            proptest::prop_assert!(at < from.plus(lifetime));
            proptest::prop_assert!(demanded || at >= from);
        }
    }
}
