//! One real connection to the token endpoint: a GET without credentials and without the query of its URL.

use std::time::Instant;

use super::Doctor;
use super::environment::CLOCK;
use super::finding::Finding;
use crate::acquire::AcquireError;
use crate::http::Transport;
use crate::profile::Profile;
use crate::request::{HttpRequest, Method};
use crate::response::Reply;
use crate::secret::Secret;
use crate::time::{UnixTime, brief};

const CHECK: &str = "network";

/// `url`: the token endpoint without its query.
pub(super) fn check(
    doctor: &Doctor<'_>,
    profile: &Profile,
    url: &str,
    transport: &dyn Transport,
) -> Vec<Finding> {
    let request = HttpRequest {
        method: Method::Get,
        url: Secret::from(url),
        headers: Vec::new(),
        body: None,
    };
    let begun = Instant::now();
    let outcome = transport.send(&request, profile.timing.timeout);
    let milliseconds = begun.elapsed().as_millis();
    let mut findings = doctor.warnings(CHECK);
    match outcome {
        Ok(reply) => {
            findings.push(answered(&reply, url, milliseconds));
            let date = reply.date.as_deref().and_then(UnixTime::parse_date);
            findings.extend(date.map(|date| compare((doctor.context.now)(), date)));
        }
        Err(error) => findings.push(Finding::of_error(CHECK, AcquireError::from(error))),
    }
    findings
}

/// The status says little more than that a server is there.
fn answered(reply: &Reply, url: &str, milliseconds: u128) -> Finding {
    let status = reply.status;
    let message =
        format!("{url} answered {status} in {milliseconds}ms, to a GET without credentials");
    let hint = match status {
        300..=399 => "check `token_url`: redirects are not followed",
        407 => "the proxy wants a user name and a password",
        500.. => "the server may not support GET; `tok get` shows whether it works",
        _ => return Finding::ok(CHECK, message),
    };
    Finding::warn(CHECK, message).hint(hint)
}

/// The clocks may differ by a minute, a slow reply included.
fn compare(now: UnixTime, server: UnixTime) -> Finding {
    let ahead = server.since(now);
    if ahead.saturating_abs() <= 60 {
        return Finding::ok(CLOCK, "the token endpoint's clock agrees");
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let amount = brief(ahead.saturating_abs());
    let message = format!("the token endpoint's clock is {amount} {direction} this machine's");
    Finding::warn(CLOCK, message).hint("compare `date -u` with a clock that you trust")
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn redirects_and_server_errors_are_warnings() {
        let reply = |status| Reply {
            status,
            content_type: None,
            content_encoding: None,
            retry_after: None,
            retry_in: None,
            location: None,
            date: None,
            body: Secret::new(Vec::new()),
        };
        let cases = [
            (200, State::Ok),
            (302, State::Warn),
            (401, State::Ok),
            (404, State::Ok),
            (405, State::Ok),
            (407, State::Warn),
            (429, State::Ok),
            (500, State::Warn),
        ];
        for (status, expected) in cases {
            let found = answered(&reply(status), "https://as.example/token", 7);
            assert_eq!(found.state, expected, "{status}");
        }
    }

    #[test]
    fn clocks_may_differ_by_a_minute() {
        let now = UnixTime(1_800_000_000);
        for (ahead, expected) in [(0, State::Ok), (-60, State::Ok), (61, State::Warn)] {
            assert_eq!(compare(now, now.plus(ahead)).state, expected, "{ahead}");
        }
    }
}
