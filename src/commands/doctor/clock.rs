//! This machine's clock, compared with the calendar, the cache and the server.

use super::finding::Finding;
use crate::time::{UnixTime, brief};

const CHECK: &str = "clock";
const HINT: &str =
    "compare `date -u` with a clock you trust; `sudo timedatectl set-ntp true` sets it";

/// 2025-01-01.
const EARLIEST: UnixTime = UnixTime(1_735_689_600);
/// 2100-01-01.
const LATEST: UnixTime = UnixTime(4_102_444_800);

/// By how many seconds a server's clock may differ, a slow reply included.
const TOLERANCE: i64 = 60;

/// `newest`: when the newest cached token was requested.
pub(super) fn check(now: UnixTime, newest: Option<UnixTime>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if now < EARLIEST || now >= LATEST {
        let message = format!("the clock says {}, which is wrong", now.rfc3339());
        findings.push(Finding::fail(CHECK, message).hint(HINT));
    }
    if let Some(newest) = newest.filter(|newest| *newest > now) {
        let ahead = brief(newest.since(now));
        let message = format!("a cached token was requested {ahead} in the future");
        findings
            .push(Finding::warn(CHECK, message).hint(format!("the clock was set back; {HINT}")));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, now.rfc3339()));
    }
    findings
}

/// `server`: the time of its reply.
pub(super) fn compare(now: UnixTime, server: UnixTime) -> Finding {
    let ahead = server.since(now);
    let amount = brief(ahead.saturating_abs());
    let difference = match ahead {
        _ if ahead.saturating_abs() <= TOLERANCE => {
            return Finding::ok(CHECK, "the token endpoint's clock agrees");
        }
        1.. => format!("{amount} ahead of"),
        _ => format!("{amount} behind"),
    };
    let message = format!("the token endpoint's clock is {difference} this machine's");
    Finding::warn(CHECK, message).hint(HINT)
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    const NOW: UnixTime = UnixTime(1_800_000_000);

    #[test]
    fn the_calendar_and_the_cache_are_compared() {
        let cases = [
            (NOW, None, "2027-01-15T08:00:00Z"),
            (NOW, Some(NOW), "2027-01-15T08:00:00Z"),
            (
                NOW,
                Some(NOW.plus(1)),
                "a cached token was requested 1s in the future",
            ),
            (
                UnixTime(0),
                None,
                "the clock says 1970-01-01T00:00:00Z, which is wrong",
            ),
            (EARLIEST, None, "2025-01-01T00:00:00Z"),
            (
                LATEST,
                None,
                "the clock says 2100-01-01T00:00:00Z, which is wrong",
            ),
        ];
        for (now, newest, expected) in cases {
            let found = check(now, newest);
            let messages: Vec<_> = found.iter().map(|finding| &finding.message).collect();
            assert_eq!(messages, [expected]);
            assert!(
                found
                    .iter()
                    .all(|one| one.is_problem() == one.hint.is_some())
            );
        }
        let found = check(UnixTime(i64::MIN), Some(UnixTime(0)));
        assert_eq!(found.len(), 2, "no overflow");
    }

    #[test]
    fn a_server_may_differ_by_a_minute() {
        let cases = [
            (0, State::Ok),
            (60, State::Ok),
            (-60, State::Ok),
            (61, State::Warn),
            (-61, State::Warn),
        ];
        for (ahead, expected) in cases {
            assert_eq!(compare(NOW, NOW.plus(ahead)).state, expected, "{ahead:?}");
        }
    }
}
