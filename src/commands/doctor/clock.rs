//! This machine's clock, against every other one that can be asked.

use super::finding::{Finding, NO_TOKEN_LOST};
use crate::time::{UnixTime, brief};

const CHECK: &str = "clock";
const ADVICE: &str =
    "compare `date -u` with a clock you trust; `sudo timedatectl set-ntp true` sets it";

/// 2025 began then, and this program is younger.
const EARLIEST: UnixTime = UnixTime(1_735_689_600);
/// 2100 begins then.
const LATEST: UnixTime = UnixTime(4_102_444_800);

/// How far a file system's clock may be off: the kernel's own is coarse, a file server's is another machine's.
const FILE_TOLERANCE: i64 = 5;
/// How far a server's clock may be off, a slow reply included.
const SERVER_TOLERANCE: i64 = 60;

/// Judges the clock by the calendar, by the time of a file that was written just `now`, and by the newest entry
/// of the cache.
pub(super) fn classify(
    now: UnixTime,
    written_at: Option<UnixTime>,
    newest: Option<UnixTime>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if now < EARLIEST || now >= LATEST {
        let message = format!(
            "this machine's clock says {}, which cannot be",
            now.rfc3339()
        );
        findings.push(Finding::fail(CHECK, message, NO_TOKEN_LOST).hint(ADVICE));
    }
    if let Some(words) = written_at.and_then(|at| apart(at.since(now), FILE_TOLERANCE)) {
        let message = format!("the clock of the cache's file system is {words} this machine's");
        findings.push(
            Finding::warn(CHECK, message).hint(
                "set both clocks right, or name a directory on a local disk with `--cache-dir`",
            ),
        );
    }
    if let Some(newest) = newest.filter(|newest| *newest > now) {
        let ahead = brief(newest.since(now));
        let message =
            format!("a cached token is from the future: it was requested {ahead} after now");
        findings
            .push(Finding::warn(CHECK, message).hint(format!("the clock was set back; {ADVICE}")));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, now.rfc3339()));
    }
    findings
}

/// Judges the clock by a server's.
pub(super) fn judge_by_server(now: UnixTime, server: Option<UnixTime>) -> Finding {
    let Some(server) = server else {
        return Finding::skip(CHECK, "the token endpoint does not say what time it is");
    };
    match apart(server.since(now), SERVER_TOLERANCE) {
        Some(words) => Finding::warn(
            CHECK,
            format!("the token endpoint's clock is {words} this machine's"),
        )
        .hint(ADVICE),
        None => Finding::ok(CHECK, "the token endpoint's clock agrees"),
    }
}

/// How far a clock is `ahead`, in words, where that is more than may be.
fn apart(ahead: i64, tolerance: i64) -> Option<String> {
    let amount = brief(ahead.saturating_abs());
    match ahead {
        _ if ahead.saturating_abs() <= tolerance => None,
        1.. => Some(format!("{amount} ahead of")),
        _ => Some(format!("{amount} behind")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    /// Now, when the file was written, when the newest entry was requested, and what is said.
    type Case<'a> = (UnixTime, Option<UnixTime>, Option<UnixTime>, &'a [&'a str]);

    #[test]
    fn by_calendar_file_and_entry() {
        let at = |seconds| Some(NOW.plus(seconds));
        let cases: [Case<'_>; 11] = [
            (NOW, None, None, &["2027-01-15T08:00:00Z"]),
            (NOW, at(0), at(-9), &["2027-01-15T08:00:00Z"]),
            (NOW, at(5), at(0), &["2027-01-15T08:00:00Z"]),
            (
                NOW,
                at(-6),
                None,
                &["the clock of the cache's file system is 6s behind this machine's"],
            ),
            (
                NOW,
                at(3600),
                None,
                &["the clock of the cache's file system is 1h ahead of this machine's"],
            ),
            (
                NOW,
                None,
                at(1),
                &["a cached token is from the future: it was requested 1s after now"],
            ),
            (
                UnixTime(0),
                None,
                None,
                &["this machine's clock says 1970-01-01T00:00:00Z, which cannot be"],
            ),
            (EARLIEST, None, None, &["2025-01-01T00:00:00Z"]),
            (
                LATEST,
                None,
                None,
                &["this machine's clock says 2100-01-01T00:00:00Z, which cannot be"],
            ),
            (LATEST.plus(-1), None, None, &["2099-12-31T23:59:59Z"]),
            (
                NOW,
                at(60),
                at(86_400),
                &[
                    "the clock of the cache's file system is 1m ahead of this machine's",
                    "a cached token is from the future: it was requested 1d after now",
                ],
            ),
        ];
        for (now, written_at, newest, expected) in cases {
            let found = classify(now, written_at, newest);
            let words: Vec<_> = found
                .iter()
                .map(|finding| finding.message.as_str())
                .collect();
            assert_eq!(words, expected);
            assert!(
                found
                    .iter()
                    .all(|finding| finding.is_trouble() == finding.hint.is_some())
            );
        }
        assert_eq!(
            classify(UnixTime(i64::MIN), at(0), at(0)).len(),
            3,
            "no overflow"
        );
    }

    #[test]
    fn by_a_server() {
        let cases = [
            (Some(0), State::Ok),
            (Some(60), State::Ok),
            (Some(-60), State::Ok),
            (Some(61), State::Warn),
            (Some(-61), State::Warn),
            (None, State::Skip),
        ];
        for (ahead, expected) in cases {
            let found = judge_by_server(NOW, ahead.map(|ahead| NOW.plus(ahead)));
            assert_eq!(found.state, expected, "{ahead:?}");
        }
    }
}
