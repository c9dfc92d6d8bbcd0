//! How fresh a token is.

use std::time::Duration;

use crate::time::{UnixTime, whole_seconds};

/// How much of its lifetime must be left: the profile's `min_ttl` and `refresh_before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// With less left the token must be renewed.
    pub min_ttl: MinTtl,
    /// With less left it is still good, and one process tries to renew it.
    pub refresh_before: Duration,
}

/// The least lifetime that a token may have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MinTtl {
    /// From the profile: never more than a tenth of the lifetime, so that short-lived tokens stay cacheable.
    AtMostATenth(Duration),
    /// From the flag or the environment: what the caller needs, whatever the lifetime.
    Demanded(Duration),
}

impl MinTtl {
    /// The seconds that must be left of a token that lives for `lifetime` seconds.
    #[must_use]
    pub fn seconds(self, lifetime: i64) -> i64 {
        match self {
            Self::AtMostATenth(wanted) => whole_seconds(wanted).min(lifetime / 10),
            Self::Demanded(wanted) => whole_seconds(wanted),
        }
    }
}

/// How fresh a token is at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Served as it is.
    Fresh,
    /// Served, and worth renewing: less than `refresh_before` is left.
    RefreshDue,
    /// Alive, but less than `min_ttl` is left: it must be renewed.
    Stale,
    /// Past its expiry.
    Expired,
    /// Issued after now: the clock was set back, and no time of the entry is reliable.
    ClockSkew,
}

impl Freshness {
    /// Whether the token may be used without asking the server.
    #[must_use]
    pub fn is_good(self) -> bool {
        matches!(self, Self::Fresh | Self::RefreshDue)
    }
}

/// How fresh a token is that was requested at `from` and expires at `to`.
#[must_use]
pub fn freshness(from: UnixTime, to: UnixTime, windows: Windows, now: UnixTime) -> Freshness {
    if now < from {
        return Freshness::ClockSkew;
    }
    let lifetime = to.since(from);
    let left = to.since(now);
    let refresh_before = whole_seconds(windows.refresh_before).min(lifetime / 4);
    if left <= 0 {
        Freshness::Expired
    } else if left < windows.min_ttl.seconds(lifetime) {
        Freshness::Stale
    } else if left <= refresh_before {
        Freshness::RefreshDue
    } else {
        Freshness::Fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_700_000_000;

    #[test]
    fn borders_of_freshness() {
        use Freshness::{ClockSkew, Expired, Fresh, RefreshDue, Stale};
        let from = UnixTime(START);
        let windows = Windows {
            min_ttl: MinTtl::AtMostATenth(Duration::from_secs(30)),
            refresh_before: Duration::from_secs(300),
        };
        let demanded = |seconds| Windows {
            min_ttl: MinTtl::Demanded(Duration::from_secs(seconds)),
            ..windows
        };
        let cases = [
            (3600, 3600, windows, Fresh),
            (3600, 301, windows, Fresh),
            (3600, 300, windows, RefreshDue),
            (3600, 30, windows, RefreshDue),
            (3600, 29, windows, Stale),
            (3600, 1, windows, Stale),
            (3600, 0, windows, Expired),
            (3600, -1, windows, Expired),
            (3600, 3601, windows, ClockSkew),
            // A tenth and a quarter of a short life.
            (60, 16, windows, Fresh),
            (60, 15, windows, RefreshDue),
            (60, 6, windows, RefreshDue),
            (60, 5, windows, Stale),
            (1, 1, windows, Fresh),
            // What the caller demands is not capped.
            (60, 59, demanded(60), Stale),
            (60, 60, demanded(60), Fresh),
            (3600, 1, demanded(0), RefreshDue),
        ];
        for (lifetime, left, windows, expected) in cases {
            let to = from.plus(lifetime);
            assert_eq!(
                freshness(from, to, windows, to.plus(-left)),
                expected,
                "{lifetime} {left}"
            );
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn nothing_is_good_outside_its_life_and_nothing_grows_younger(
            from: i64, lifetime in 0_i64..1_000_000, at in -10_i64..1_100_000, later in 0_i64..1_000_000,
            min_ttl in 0_u64..10_000, refresh_before in 0_u64..10_000, demanded: bool,
        ) {
            let wanted = Duration::from_secs(min_ttl);
            let windows = Windows {
                min_ttl: if demanded { MinTtl::Demanded(wanted) } else { MinTtl::AtMostATenth(wanted) },
                refresh_before: Duration::from_secs(refresh_before),
            };
            let (from, to) = (UnixTime(from), UnixTime(from).plus(lifetime));
            let classify = |now: UnixTime| (now, freshness(from, to, windows, now));
            let (now, found) = classify(from.plus(at));
            proptest::prop_assert!(!found.is_good() || (now >= from && now < to));
            let age = |found| match found {
                Freshness::ClockSkew => 0,
                Freshness::Fresh => 1,
                Freshness::RefreshDue => 2,
                Freshness::Stale => 3,
                Freshness::Expired => 4,
            };
            proptest::prop_assert!(age(classify(now.plus(later)).1) >= age(found) || found == Freshness::ClockSkew);
        }
    }
}
