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
    /// The key or claim that it reads.
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
pub struct ExpiryInput {
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

/// The expiry of a token, and what is wrong with the values that were given for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// `None` if no rule gives one. One that is not after the request means: good for this once.
    pub expiry: Option<(UnixTime, ExpiryRule)>,
    /// The JWT's `exp` was past when the token was issued, and so was not used.
    pub wrong_clock: bool,
    /// Rules that were passed over: their value cannot be read, or is more than 100 years ahead.
    pub implausible: Vec<ExpiryRule>,
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
pub fn decide(input: &ExpiryInput) -> Decision {
    let start = input.requested_at;
    let assumed = input
        .assumed
        .map(|lifetime| start.plus(whole_seconds(lifetime)));
    let instant = |at: Option<UnixTime>| at.map_or(Stated::Absent, Stated::Instant);
    let rules = [
        (ExpiryRule::ExpiresIn, instant_of_expires_in(input)),
        (ExpiryRule::ExpiresAt, instant_of_expires_at(input)),
        (ExpiryRule::JwtExp, instant(input.jwt_exp)),
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
    let mut expiry = plausible.first().copied();
    let mut wrong_clock = false;
    let jwt = plausible
        .iter()
        .find(|(_, rule)| *rule == ExpiryRule::JwtExp);
    if let (Some((stated, _)), Some((exp, _))) = (expiry, jwt)
        && *exp < stated
    {
        if *exp > start {
            expiry = jwt.copied();
        } else {
            wrong_clock = stated > start;
        }
    }
    Decision {
        expiry,
        wrong_clock,
        implausible,
    }
}

fn instant_of_expires_in(input: &ExpiryInput) -> Stated {
    match input.expires_in {
        Stated::Number(number) if number >= LOOKS_LIKE_SECONDS => Stated::Instant(unix(number)),
        Stated::Number(seconds) => Stated::Instant(input.requested_at.plus(seconds)),
        // A date is not a lifetime.
        Stated::Instant(_) => Stated::Unreadable,
        other => other,
    }
}

fn instant_of_expires_at(input: &ExpiryInput) -> Stated {
    match input.expires_at {
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

    fn nothing() -> ExpiryInput {
        ExpiryInput {
            requested_at: UnixTime(START),
            expires_in: Stated::Absent,
            expires_at: Stated::Absent,
            jwt_exp: None,
            assumed: None,
        }
    }

    #[test]
    fn the_first_rule_that_is_there_counts() {
        use ExpiryRule::{AssumeExpiresIn, ExpiresAt, ExpiresIn, JwtExp};
        use Stated::{Instant, Number, Unreadable};
        let both = |expires_in, expires_at| ExpiryInput {
            expires_in,
            expires_at,
            ..nothing()
        };
        let in_ = |expires_in| both(expires_in, Stated::Absent);
        let at_ = |expires_at| both(Stated::Absent, expires_at);
        let jwt = |seconds, base: ExpiryInput| ExpiryInput {
            jwt_exp: Some(UnixTime(START).plus(seconds)),
            ..base
        };
        let assumed = |base: ExpiryInput| ExpiryInput {
            assumed: Some(Duration::from_secs(50)),
            ..base
        };
        let soon = START + 9;
        let cases = [
            (in_(Number(900)), START + 900, ExpiresIn),
            (in_(Number(999_999_999)), START + 999_999_999, ExpiresIn),
            (in_(Number(START + 7)), START + 7, ExpiresIn),
            (in_(Number((START + 7) * 1000 + 999)), START + 7, ExpiresIn),
            (in_(Number(1_000_000_000)), 1_000_000_000, ExpiresIn),
            (in_(Number(0)), START, ExpiresIn),
            (in_(Number(-5)), START - 5, ExpiresIn),
            (in_(Number(i64::MIN)), START + i64::MIN, ExpiresIn),
            (at_(Number(soon)), soon, ExpiresAt),
            (at_(Number(soon * 1000)), soon, ExpiresAt),
            (at_(Instant(UnixTime(soon))), soon, ExpiresAt),
            (at_(Number(12)), 12, ExpiresAt),
            (both(Number(5), Number(soon)), START + 5, ExpiresIn),
            (jwt(60, nothing()), START + 60, JwtExp),
            (jwt(60, in_(Number(900))), START + 60, JwtExp),
            (jwt(1000, in_(Number(900))), START + 900, ExpiresIn),
            (jwt(-60, nothing()), START - 60, JwtExp),
            (assumed(nothing()), START + 50, AssumeExpiresIn),
            (assumed(jwt(60, nothing())), START + 60, JwtExp),
        ];
        let check = |input, expiry: Option<(i64, ExpiryRule)>, wrong_clock, implausible: &[_]| {
            let expected = Decision {
                expiry: expiry.map(|(at, rule)| (UnixTime(at), rule)),
                wrong_clock,
                implausible: implausible.to_vec(),
            };
            assert_eq!(decide(&input), expected, "{input:?}");
        };
        check(nothing(), None, false, &[]);
        for (input, at, rule) in cases {
            check(input, Some((at, rule)), false, &[]);
        }
        let late = jwt(-60, in_(Number(900)));
        check(late, Some((START + 900, ExpiresIn)), true, &[]);
        check(
            jwt(-60, in_(Number(0))),
            Some((START, ExpiresIn)),
            false,
            &[],
        );
        for number in [Unreadable, Number(i64::MAX), Instant(UnixTime(soon))] {
            check(in_(number), None, false, &[ExpiresIn]);
        }
        let unreadable = both(Unreadable, Unreadable);
        check(unreadable, None, false, &[ExpiresIn, ExpiresAt]);
        let too_far = assumed(jwt(i64::MAX, in_(Number(i64::MAX))));
        let assumption = Some((START + 50, AssumeExpiresIn));
        check(too_far, assumption, false, &[ExpiresIn, JwtExp]);
        for (input, at, rule) in [
            (both(Unreadable, Number(soon)), soon, ExpiresAt),
            (jwt(60, in_(Unreadable)), START + 60, JwtExp),
            (assumed(in_(Unreadable)), START + 50, AssumeExpiresIn),
        ] {
            check(input, Some((at, rule)), false, &[ExpiresIn]);
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
        fn no_expiry_is_further_ahead_than_a_century(
            start: i64, expires_in in stated(), expires_at in stated(), exp: Option<i64>, assumed: Option<u64>,
        ) {
            let input = ExpiryInput {
                requested_at: UnixTime(start),
                expires_in,
                expires_at,
                jwt_exp: exp.map(UnixTime),
                assumed: assumed.map(Duration::from_secs),
            };
            if let Some((at, _)) = decide(&input).expiry {
                proptest::prop_assert!(at.since(UnixTime(start)) <= FURTHEST);
            }
        }
    }
}
