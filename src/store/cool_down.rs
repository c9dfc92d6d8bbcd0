//! What is remembered of a failure, so that others do not run into it too: a small file beside the entries, for an
//! endpoint and its credentials where the server wants nobody to ask, else for one token.
//!
//! ```json
//! {"tok":1,"checksum":"16 hexadecimal digits","failure":{"kind":"rejected","message":"…","at":…,"until":…,…}}
//! ```
//!
//! The checksum is that of an entry. A damaged file, or an absurd wait, must not lock anybody out.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::entry::checksum;
use super::key::Fingerprints;
use crate::time::UnixTime;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// The longest that a failure keeps anybody from asking, in seconds: a day.
const LONGEST: i64 = 86_400;

/// What went wrong, as far as the exit code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    Rejected,
    RateLimited,
    Server,
    Network,
}

/// A failure of a token request.
#[derive(Clone, PartialEq, Eq)]
pub struct CoolDown {
    pub kind: FailureKind,
    /// What was said of it, fit to be shown.
    pub message: String,
    pub at: UnixTime,
    /// Until when nobody is to ask again; `None`: only who waited for this very request shares its failure.
    pub until: Option<UnixTime>,
    /// The secrets that were sent: other ones may ask.
    pub secrets: Fingerprints,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    tok: u32,
    checksum: Cow<'a, str>,
    #[serde(borrow)]
    failure: &'a RawValue,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: FailureKind,
    message: String,
    at: i64,
    until: Option<i64>,
    secrets: Fingerprints,
}

impl CoolDown {
    pub(super) fn write(&self) -> serde_json::Result<String> {
        let failure = serde_json::to_string(&Written {
            kind: self.kind,
            message: self.message.clone(),
            at: self.at.0,
            until: self.until.map(|until| until.0),
            secrets: self.secrets.clone(),
        })?;
        let checksum = checksum(failure.as_bytes());
        Ok(format!(
            "{{\"tok\":{VERSION},\"checksum\":\"{checksum}\",\"failure\":{failure}}}\n"
        ))
    }

    /// Reads a file's text; what is damaged is nothing: then the server is asked.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let envelope: Envelope<'_> = serde_json::from_slice(bytes).ok()?;
        let text = envelope.failure.get();
        if envelope.tok != VERSION || envelope.checksum != checksum(text.as_bytes()) {
            return None;
        }
        let written: Written = serde_json::from_str(text).ok()?;
        Some(Self {
            kind: written.kind,
            message: crate::text::sanitize(&written.message),
            at: UnixTime(written.at),
            until: written.until.map(UnixTime),
            secrets: written.secrets,
        })
    }

    /// Whether it keeps anybody from asking for longer than the other.
    #[must_use]
    pub fn outlasts(&self, other: &Self) -> bool {
        self.end() > other.end()
    }

    /// When it has no power over anybody any more who has no patience of his own.
    fn end(&self) -> UnixTime {
        self.until
            .map_or(self.at, |until| until.min(self.at.plus(LONGEST)))
    }

    /// The seconds for which nobody is to ask, or nobody who can wait for `patience` seconds after a failure of
    /// any sort; `None` where that is over. A failure out of the future comes of a clock that was set: it counts for
    /// nothing.
    #[must_use]
    pub fn seconds_left(&self, patience: i64, now: UnixTime) -> Option<u64> {
        let until = self.end().max(self.at.plus(patience));
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
        for (until, patience, now, expected) in cases {
            let found =
                cool_down(until.map(|until| at.plus(until))).seconds_left(patience, at.plus(now));
            assert_eq!(found, expected, "{until:?} {patience} {now}");
        }
    }

    #[test]
    fn what_is_written_is_read_and_damage_is_nothing() {
        let cool_down = CoolDown {
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
                let mut damaged = text.clone().into_bytes();
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
        fn nobody_waits_for_longer_than_was_asked(at: i64, until: Option<i64>, patience: i64, now: i64) {
            let cool_down = CoolDown {
                kind: FailureKind::Server,
                message: String::new(),
                at: UnixTime(at),
                until: until.map(UnixTime),
                secrets: Fingerprints::default(),
            };
            if let Some(left) = cool_down.seconds_left(patience, UnixTime(now)) {
                let asked = until.unwrap_or(at).saturating_sub(at).min(LONGEST).max(patience);
                proptest::prop_assert!(now >= at && left > 0 && i128::from(left) <= i128::from(asked));
            }
        }
    }
}
