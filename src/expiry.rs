//! When a token expires, which rule says so, and how fresh that makes it. Pure: `now` is an argument.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::{UnixTime, whole_seconds};

/// The rule that set an expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryRule {
    /// `expires_in` of the token response (RFC 6749 §5.1).
    ExpiresIn,
    /// The instant that the profile's `response.expires_at` points to.
    ExpiresAt,
    /// The claim `exp` of the access token itself (RFC 7519 §4.1.4).
    JwtExp,
    /// `assume_expires_in` of the profile.
    AssumeExpiresIn,
}

impl ExpiryRule {
    /// Its name to people: the key or claim it reads.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExpiresIn => "expires_in",
            Self::ExpiresAt => "expires_at",
            Self::JwtExp => "jwt exp",
            Self::AssumeExpiresIn => "assume_expires_in",
        }
    }
}

/// A lifetime as a server wrote it, not interpreted yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// The field is not there, or null.
    Absent,
    /// A whole number.
    Number(i64),
    /// An instant, from a date.
    Instant(UnixTime),
    /// Anything else.
    Unreadable,
}

/// What is known about a token's lifetime when it arrives.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    /// When the request was sent: where `expires_in` begins.
    pub requested_at: UnixTime,
    /// `expires_in` of the reply.
    pub expires_in: Stated,
    /// The mapped `expires_at` of the reply.
    pub expires_at: Stated,
    /// The `exp` of the access token.
    pub jwt_exp: Option<UnixTime>,
    /// The profile's `assume_expires_in`.
    pub assumed: Option<Duration>,
}

/// What the evidence amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    /// Rules that were passed over: their value cannot be read, or is more than 100 years ahead.
    pub implausible: Vec<ExpiryRule>,
}

/// When a token expires, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The token expires then.
    At {
        at: UnixTime,
        rule: ExpiryRule,
        wrong_clock: bool,
    },
    /// Zero or negative: the token is good for this once.
    Now { at: UnixTime, rule: ExpiryRule },
    /// Nothing says when.
    Unknown,
}

/// `expires_in` from here on is an instant in Unix seconds: Moov's page shows such a value.
const LOOKS_LIKE_SECONDS: i64 = 1_000_000_000;
/// From here on it is one in milliseconds.
const LOOKS_LIKE_MILLISECONDS: i64 = 1_000_000_000_000;
/// An expiry more than a hundred years ahead is a mistake.
const FURTHEST: i64 = 100 * 31_557_600;

/// Applies the rules in their order: `expires_in`, `expires_at`, the JWT's `exp`, `assume_expires_in`. The first that is
/// there and plausible counts.
///
/// With both a stated expiry and a JWT's `exp` the earlier counts, unless that `exp` is past already at the
/// moment of the request: then one of the two clocks is wrong, and the stated expiry counts.
#[must_use]
pub fn decide(evidence: &Evidence) -> Decision {
    let start = evidence.requested_at;
    let assumed = evidence
        .assumed
        .map(|lifetime| start.plus(whole_seconds(lifetime)));
    let instant = |at: Option<UnixTime>| at.map_or(Stated::Absent, Stated::Instant);
    let rules = [
        (ExpiryRule::ExpiresIn, instant_of_expires_in(evidence)),
        (ExpiryRule::ExpiresAt, instant_of_expires_at(evidence)),
        (ExpiryRule::JwtExp, instant(evidence.jwt_exp)),
        (ExpiryRule::AssumeExpiresIn, instant(assumed)),
    ];
    let (mut plausible, mut implausible) = (Vec::new(), Vec::new());
    for (rule, stated) in rules {
        match stated {
            Stated::Absent => {}
            Stated::Instant(at) if at.since(start) <= FURTHEST => plausible.push((at, rule)),
            _ => implausible.push(rule),
        }
    }
    let Some(&(mut at, mut rule)) = plausible.first() else {
        return Decision {
            verdict: Verdict::Unknown,
            implausible,
        };
    };
    let mut wrong_clock = false;
    let exp = plausible
        .iter()
        .find(|(_, rule)| *rule == ExpiryRule::JwtExp);
    if let Some(&(exp, jwt)) = exp
        && matches!(rule, ExpiryRule::ExpiresIn | ExpiryRule::ExpiresAt)
        && exp < at
    {
        if exp <= start {
            wrong_clock = at > start;
        } else {
            (at, rule) = (exp, jwt);
        }
    }
    let verdict = if at <= start {
        Verdict::Now { at, rule }
    } else {
        Verdict::At {
            at,
            rule,
            wrong_clock,
        }
    };
    Decision {
        verdict,
        implausible,
    }
}

fn instant_of_expires_in(evidence: &Evidence) -> Stated {
    match evidence.expires_in {
        Stated::Number(number) if number >= LOOKS_LIKE_SECONDS => Stated::Instant(unix(number)),
        Stated::Number(seconds) => Stated::Instant(evidence.requested_at.plus(seconds)),
        // A date is not a lifetime.
        Stated::Instant(_) => Stated::Unreadable,
        other => other,
    }
}

fn instant_of_expires_at(evidence: &Evidence) -> Stated {
    match evidence.expires_at {
        Stated::Number(number) => Stated::Instant(unix(number)),
        other => other,
    }
}

/// A Unix time in seconds or, where it is that large, in milliseconds.
fn unix(number: i64) -> UnixTime {
    UnixTime(if number >= LOOKS_LIKE_MILLISECONDS {
        number / 1000
    } else {
        number
    })
}

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

    fn evidence() -> Evidence {
        Evidence {
            requested_at: UnixTime(START),
            expires_in: Stated::Absent,
            expires_at: Stated::Absent,
            jwt_exp: None,
            assumed: None,
        }
    }

    fn at(at: i64, rule: ExpiryRule) -> Verdict {
        Verdict::At {
            at: UnixTime(at),
            rule,
            wrong_clock: false,
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn the_first_rule_that_is_there_counts() {
        use ExpiryRule::{AssumeExpiresIn, ExpiresAt, ExpiresIn, JwtExp};
        use Stated::{Instant, Number, Unreadable};
        let in_ = |expires_in| Evidence {
            expires_in,
            ..evidence()
        };
        let at_ = |expires_at| Evidence {
            expires_at,
            ..evidence()
        };
        let jwt = |seconds, base: Evidence| Evidence {
            jwt_exp: Some(UnixTime(START).plus(seconds)),
            ..base
        };
        let assumed = |base: Evidence| Evidence {
            assumed: Some(Duration::from_secs(50)),
            ..base
        };
        let cases = [
            (evidence(), Verdict::Unknown),
            (in_(Number(900)), at(START + 900, ExpiresIn)),
            (in_(Number(999_999_999)), at(START + 999_999_999, ExpiresIn)),
            (in_(Number(START + 7)), at(START + 7, ExpiresIn)),
            (
                in_(Number((START + 7) * 1000 + 999)),
                at(START + 7, ExpiresIn),
            ),
            (
                in_(Number(1_000_000_000)),
                Verdict::Now {
                    at: UnixTime(1_000_000_000),
                    rule: ExpiresIn,
                },
            ),
            (
                in_(Number(0)),
                Verdict::Now {
                    at: UnixTime(START),
                    rule: ExpiresIn,
                },
            ),
            (
                in_(Number(-5)),
                Verdict::Now {
                    at: UnixTime(START - 5),
                    rule: ExpiresIn,
                },
            ),
            (
                in_(Number(i64::MIN)),
                Verdict::Now {
                    at: UnixTime(START + i64::MIN),
                    rule: ExpiresIn,
                },
            ),
            (at_(Number(START + 9)), at(START + 9, ExpiresAt)),
            (at_(Number((START + 9) * 1000)), at(START + 9, ExpiresAt)),
            (at_(Instant(UnixTime(START + 9))), at(START + 9, ExpiresAt)),
            (
                at_(Number(12)),
                Verdict::Now {
                    at: UnixTime(12),
                    rule: ExpiresAt,
                },
            ),
            (
                Evidence {
                    expires_in: Number(5),
                    ..at_(Number(START + 9))
                },
                at(START + 5, ExpiresIn),
            ),
            (jwt(60, evidence()), at(START + 60, JwtExp)),
            (jwt(60, in_(Number(900))), at(START + 60, JwtExp)),
            (jwt(1000, in_(Number(900))), at(START + 900, ExpiresIn)),
            (
                jwt(-60, evidence()),
                Verdict::Now {
                    at: UnixTime(START - 60),
                    rule: JwtExp,
                },
            ),
            (assumed(evidence()), at(START + 50, AssumeExpiresIn)),
            (assumed(jwt(60, evidence())), at(START + 60, JwtExp)),
            (
                jwt(-60, in_(Number(900))),
                Verdict::At {
                    at: UnixTime(START + 900),
                    rule: ExpiresIn,
                    wrong_clock: true,
                },
            ),
        ];
        for (evidence, verdict) in cases {
            let expected = Decision {
                verdict,
                implausible: Vec::new(),
            };
            assert_eq!(decide(&evidence), expected, "{evidence:?}");
        }
        let both = |expires_at| Evidence {
            expires_at,
            ..in_(Unreadable)
        };
        let cases = [
            (in_(Unreadable), Verdict::Unknown, vec![ExpiresIn]),
            (in_(Number(i64::MAX)), Verdict::Unknown, vec![ExpiresIn]),
            (
                in_(Instant(UnixTime(START + 9))),
                Verdict::Unknown,
                vec![ExpiresIn],
            ),
            (
                both(Unreadable),
                Verdict::Unknown,
                vec![ExpiresIn, ExpiresAt],
            ),
            (
                both(Number(START + 9)),
                at(START + 9, ExpiresAt),
                vec![ExpiresIn],
            ),
            (
                jwt(60, in_(Unreadable)),
                at(START + 60, JwtExp),
                vec![ExpiresIn],
            ),
            (
                assumed(in_(Unreadable)),
                at(START + 50, AssumeExpiresIn),
                vec![ExpiresIn],
            ),
            (
                assumed(jwt(i64::MAX, in_(Number(i64::MAX)))),
                at(START + 50, AssumeExpiresIn),
                vec![ExpiresIn, JwtExp],
            ),
        ];
        for (evidence, verdict, implausible) in cases {
            let expected = Decision {
                verdict,
                implausible,
            };
            assert_eq!(decide(&evidence), expected, "{evidence:?}");
        }
    }

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

    fn stated() -> impl proptest::strategy::Strategy<Value = Stated> {
        use proptest::prelude::{Just, Strategy as _, any, prop_oneof};
        prop_oneof![
            Just(Stated::Absent),
            Just(Stated::Unreadable),
            any::<i64>().prop_map(Stated::Number),
            (-100_i64..100_000).prop_map(Stated::Number),
            any::<i64>().prop_map(|at| Stated::Instant(UnixTime(at))),
        ]
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn a_verdict_is_what_it_says(
            start: i64, expires_in in stated(), expires_at in stated(), exp: Option<i64>, assumed: Option<u64>,
        ) {
            let evidence = Evidence {
                requested_at: UnixTime(start),
                expires_in,
                expires_at,
                jwt_exp: exp.map(UnixTime),
                assumed: assumed.map(Duration::from_secs),
            };
            match decide(&evidence).verdict {
                Verdict::At { at, .. } => {
                    proptest::prop_assert!(at.0 > start && at.since(UnixTime(start)) <= FURTHEST);
                }
                Verdict::Now { at, .. } => proptest::prop_assert!(at.0 <= start),
                Verdict::Unknown => {}
            }
        }

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
