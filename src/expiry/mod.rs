//! When a token expires, which rule says so, and how fresh that makes it. Pure: `now` is an argument.

mod freshness;

pub use freshness::{Freshness, MinTtl, Windows, freshness};

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
    let jwt = plausible
        .iter()
        .find(|(_, rule)| *rule == ExpiryRule::JwtExp);
    let verdict = match (plausible.first(), jwt) {
        (None, _) => Verdict::Unknown,
        (Some(&(stated, rule)), Some(&(exp, jwt))) if exp < stated => {
            let wrong_clock = exp <= start;
            let (at, rule) = if wrong_clock {
                (stated, rule)
            } else {
                (exp, jwt)
            };
            Verdict::of(at, rule, start, wrong_clock)
        }
        (Some(&(at, rule)), _) => Verdict::of(at, rule, start, false),
    };
    Decision {
        verdict,
        implausible,
    }
}

impl Verdict {
    fn of(at: UnixTime, rule: ExpiryRule, start: UnixTime, wrong_clock: bool) -> Self {
        if at <= start {
            Self::Now { at, rule }
        } else {
            Self::At {
                at,
                rule,
                wrong_clock,
            }
        }
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

    fn now(at: i64, rule: ExpiryRule) -> Verdict {
        let at = UnixTime(at);
        Verdict::Now { at, rule }
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
            (in_(Number(1_000_000_000)), now(1_000_000_000, ExpiresIn)),
            (in_(Number(0)), now(START, ExpiresIn)),
            (in_(Number(-5)), now(START - 5, ExpiresIn)),
            (in_(Number(i64::MIN)), now(START + i64::MIN, ExpiresIn)),
            (at_(Number(START + 9)), at(START + 9, ExpiresAt)),
            (at_(Number((START + 9) * 1000)), at(START + 9, ExpiresAt)),
            (at_(Instant(UnixTime(START + 9))), at(START + 9, ExpiresAt)),
            (at_(Number(12)), now(12, ExpiresAt)),
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
            (jwt(-60, evidence()), now(START - 60, JwtExp)),
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
    }
}
