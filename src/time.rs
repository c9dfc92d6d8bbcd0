//! Instants and durations as `tok` writes and reads them. Reads no clock.

use std::fmt;
use std::time::{Duration, SystemTime};

use jiff::SpanRelativeTo;
use jiff::Timestamp;
use jiff::fmt::friendly::SpanParser;

/// The two obsolete forms of dates in HTTP, which must still be read (RFC 9110 §5.6.7).
const OLD_DATES: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// An instant: whole seconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct UnixTime(pub i64);

/// Whole seconds; a clock before 1970 counts backwards from there.
impl From<SystemTime> for UnixTime {
    fn from(time: SystemTime) -> Self {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => seconds(since),
            Err(before) => -seconds(before.duration()),
        })
    }
}

impl UnixTime {
    /// The instant `seconds` later; at the ends of the range it stays there.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The seconds from `earlier` to this instant; negative where this one comes first.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, or the date of an HTTP header (RFC 9110 §5.6.7).
    #[must_use]
    pub fn parse_date(text: &str) -> Option<Self> {
        let text = text.trim();
        let rfc_2822 = || Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp());
        let old = || OLD_DATES.iter().find_map(|format| utc(format, text));
        let parsed = text.parse().ok().or_else(rfc_2822).or_else(old)?;
        Some(Self(parsed.as_second()))
    }

    /// `2026-11-23T10:00:00Z`; an instant beyond the year 9999 is written `@` and its seconds.
    #[must_use]
    pub fn rfc3339(self) -> String {
        Timestamp::from_second(self.0).map_or_else(|_| format!("@{}", self.0), |at| at.to_string())
    }

    /// `in 23h 59m`, `3m ago` or `now`, seen from `now`.
    #[must_use]
    pub fn relative_to(self, now: Self) -> String {
        match self.since(now) {
            0 => "now".to_owned(),
            left if left > 0 => format!("in {}", brief(left)),
            gone => format!("{} ago", brief(gone.saturating_neg())),
        }
    }
}

/// The two largest units of a span of seconds: `23h 59m`, `1m 30s`, `2d 4h`, `0s`.
#[must_use]
pub fn brief(seconds: i64) -> String {
    const UNITS: [(i64, &str); 5] = [
        (31_536_000, "y"),
        (86_400, "d"),
        (3_600, "h"),
        (60, "m"),
        (1, "s"),
    ];
    let mut left = seconds.max(0);
    let Some(first) = UNITS.iter().position(|(size, _)| left >= *size) else {
        return "0s".to_owned();
    };
    let mut parts = Vec::with_capacity(2);
    for (size, unit) in UNITS.iter().skip(first).take(2) {
        let count = left / size;
        left %= size;
        if count > 0 {
            parts.push(format!("{count}{unit}"));
        }
    }
    parts.join(" ")
}

/// Why a duration could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotADuration;

impl fmt::Display for NotADuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a duration; write for example `90`, `90s`, `5m` or `1h30m`")
    }
}

impl std::error::Error for NotADuration {}

/// The longest duration that is read: a hundred years, so that no sum with an instant can overflow.
const LONGEST: u64 = 100 * 366 * 86_400;

/// Reads a duration: whole seconds (`90`) or units (`90s`, `5m`, `1h30m`, `2d`).
///
/// # Errors
/// [`NotADuration`] for anything else, for a negative one, and for one of more than a hundred years.
pub fn parse_duration(text: &str) -> Result<Duration, NotADuration> {
    let text = text.trim();
    let read = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().map_err(|_| NotADuration)?)
    } else {
        let days = SpanRelativeTo::days_are_24_hours();
        let span = SpanParser::new().parse_span(text);
        let signed = span.and_then(|span| span.to_duration(days));
        signed
            .and_then(Duration::try_from)
            .map_err(|_| NotADuration)?
    };
    if read.as_secs() > LONGEST {
        Err(NotADuration)
    } else {
        Ok(read)
    }
}

/// A duration's whole seconds, for sums with [`UnixTime`].
#[must_use]
pub fn whole_seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn utc(format: &str, text: &str) -> Option<Timestamp> {
    let civil = jiff::civil::DateTime::strptime(format, text).ok()?;
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            ("0", Some(0)),
            ("90", Some(90)),
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("1h30m", Some(5400)),
            ("1h 30m", Some(5400)),
            ("1d", Some(86_400)),
            (" 7 ", Some(7)),
            ("", None),
            ("-5", None),
            ("-5m", None),
            ("5 parsecs", None),
            ("1month", None),
            ("99999999999999999999", None),
            ("9999999999", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(
                parse_duration(text).ok().map(|d| d.as_secs()),
                seconds,
                "{text:?}"
            );
        }
    }

    #[test]
    fn dates() {
        let at = Some(UnixTime(784_111_777));
        assert_eq!(UnixTime::parse_date("1994-11-06T08:49:37Z"), at);
        assert_eq!(UnixTime::parse_date("1994-11-06T09:49:37.25+01:00"), at);
        assert_eq!(UnixTime::parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), at);
        assert_eq!(UnixTime::parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), at);
        assert_eq!(UnixTime::parse_date("Sun Nov  6 08:49:37 1994"), at);
        assert_eq!(UnixTime::parse_date("yesterday"), None);
        assert_eq!(UnixTime(784_111_777).rfc3339(), "1994-11-06T08:49:37Z");
        assert_eq!(UnixTime(i64::MAX).rfc3339(), format!("@{}", i64::MAX));
    }

    #[test]
    fn relative() {
        let now = UnixTime(1_000_000);
        let cases = [
            (0, "now"),
            (59, "in 59s"),
            (3600, "in 1h"),
            (86_399, "in 23h 59m"),
            (90_000, "in 1d 1h"),
            (-61, "1m 1s ago"),
        ];
        for (offset, words) in cases {
            assert_eq!(now.plus(offset).relative_to(now), words);
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_text_is_a_duration_or_none(text in crate::property::text()) {
            if let Ok(duration) = parse_duration(&text) {
                proptest::prop_assert!(duration.as_secs() <= LONGEST);
            }
            let _ = UnixTime::parse_date(&text);
        }

        #[test]
        fn units_add_up(hours in 0_u64..1000, minutes in 0_u64..1000, seconds in 0_u64..1000) {
            let sum = hours * 3600 + minutes * 60 + seconds;
            let read = |text: String| parse_duration(&text).map(|duration| duration.as_secs());
            proptest::prop_assert_eq!(read(format!("{hours}h{minutes}m{seconds}s")), Ok(sum));
            proptest::prop_assert_eq!(read(sum.to_string()), Ok(sum));
        }

        #[test]
        fn every_instant_has_words(at: i64, now: i64) {
            let (at, now) = (UnixTime(at), UnixTime(now));
            let words = at.relative_to(now);
            let shape = if at > now { words.starts_with("in ") } else { words == "now" || words.ends_with(" ago") };
            proptest::prop_assert!(shape, "{words}");
            if let Some(read) = UnixTime::parse_date(&at.rfc3339()) {
                proptest::prop_assert_eq!(read, at);
            }
        }
    }
}
