//! Failures that are remembered, so that other processes do not repeat a request that is bound to fail.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::envelope;
use super::key::Fingerprints;
use crate::time::UnixTime;

/// The longest time for which a failure prevents requests, in seconds: a day.
const LONGEST: i64 = 86_400;

/// The kind of a failure, which determines the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    Rejected,
    RateLimited,
    Server,
    Network,
}

/// A failure of a token request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoolDown {
    /// The profile whose request failed.
    pub profile: String,
    pub kind: FailureKind,
    /// The error message, redacted for display.
    pub message: String,
    pub at: UnixTime,
    /// Until when `tok` does not send the request again; `None`: the failure counts only for processes that were waiting
    /// for this request.
    pub until: Option<UnixTime>,
    /// The secrets that were sent. A request with other secrets is not prevented.
    pub secrets: Fingerprints,
}

impl CoolDown {
    pub(super) fn write(&self) -> serde_json::Result<Zeroizing<String>> {
        envelope::wrap("failure", self)
    }

    /// Reads the text of a file; `None` if it is damaged.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let read: Self = envelope::unwrap(bytes).ok()?;
        Some(Self {
            message: crate::text::sanitize(&read.message),
            ..read
        })
    }

    /// Whether it lasts longer than the other.
    #[must_use]
    pub fn outlasts(&self, other: &Self) -> bool {
        self.end() > other.end()
    }

    fn end(&self) -> UnixTime {
        self.until
            .map_or(self.at, |until| until.min(self.at.plus(LONGEST)))
    }

    /// For how many more seconds no request is sent: until the end of the cool-down, but at least until `at_least`
    /// seconds after the failure. `None` once that is over, and for a failure in the future (the clock was set back).
    #[must_use]
    pub fn seconds_left(&self, at_least: i64, now: UnixTime) -> Option<u64> {
        let until = self.end().max(self.at.plus(at_least));
        let left = until.since(now);
        u64::try_from(left)
            .ok()
            .filter(|left| now >= self.at && *left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_counts() {
        let at = UnixTime(1000);
        let cool_down = |until| CoolDown {
            profile: "p".to_owned(),
            kind: FailureKind::Rejected,
            message: "no".to_owned(),
            at,
            until,
            secrets: Fingerprints::default(),
        };
        let cases = [
            (Some(60), 0, 0, Some(60)),
            (Some(60), 0, 59, Some(1)),
            (Some(60), 0, 60, None),
            (Some(60), 0, -1, None),
            (Some(86_400), 0, 0, Some(86_400)),
            (Some(90_000), 0, 0, Some(86_400)),
            (Some(i64::MAX), 0, 86_399, Some(1)),
            (Some(i64::MAX), 0, 86_400, None),
            (Some(90_000), 90_000, 0, Some(90_000)),
            (None, 0, 0, None),
            (None, 30, 0, Some(30)),
            (None, 30, 30, None),
            (Some(60), 30, 40, Some(20)),
        ];
        for (until, at_least, now, expected) in cases {
            let found =
                cool_down(until.map(|until| at.plus(until))).seconds_left(at_least, at.plus(now));
            assert_eq!(found, expected, "{until:?} {at_least} {now}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_damage_is_nothing() {
        let cool_down = CoolDown {
            profile: "p".to_owned(),
            kind: FailureKind::Server,
            message: "the token endpoint answered 503".to_owned(),
            at: UnixTime(7),
            until: Some(UnixTime(9)),
            secrets: Fingerprints::default(),
        };
        let text = cool_down.write().unwrap();
        assert!(CoolDown::read(text.as_bytes()).as_ref() == Some(&cool_down));
        for end in 0..text.trim_end().len() {
            assert!(CoolDown::read(&text.as_bytes()[..end]).is_none());
        }
        for (at, _) in text.trim_end().char_indices() {
            for bit in 0..8 {
                let mut damaged = text.as_bytes().to_vec();
                damaged[at] ^= 1 << bit;
                assert!(
                    CoolDown::read(&damaged).is_none_or(|read| read == cool_down),
                    "{at} {bit}"
                );
            }
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_bytes_are_a_failure_or_none(text in crate::property::text(), end: proptest::sample::Index) {
            let _ = CoolDown::read(text.as_bytes());
            let whole = CoolDown {
                profile: "p".to_owned(),
            kind: FailureKind::RateLimited,
                message: crate::text::sanitize(&text),
                at: UnixTime(1),
                until: None,
                secrets: Fingerprints::default(),
            };
            let written = whole.write().unwrap();
            let cut = written.as_bytes().get(..end.index(written.len() - 1)).unwrap();
            proptest::prop_assert!(CoolDown::read(cut).is_none());
            proptest::prop_assert!(CoolDown::read(written.as_bytes()) == Some(whole));
        }

        #[test]
        fn no_wait_is_longer_than_was_asked(at: i64, until: Option<i64>, at_least: i64, now: i64) {
            let cool_down = CoolDown {
                profile: "p".to_owned(),
            kind: FailureKind::Server,
                message: String::new(),
                at: UnixTime(at),
                until: until.map(UnixTime),
                secrets: Fingerprints::default(),
            };
            if let Some(left) = cool_down.seconds_left(at_least, UnixTime(now)) {
                let asked = until.unwrap_or(at).saturating_sub(at).min(LONGEST).max(at_least);
                proptest::prop_assert!(now >= at && left > 0 && i128::from(left) <= i128::from(asked));
            }
        }
    }
}
