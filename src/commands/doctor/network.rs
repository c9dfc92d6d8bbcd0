//! One real connection to the token endpoint: a GET without credentials and without the query of its URL.

use std::time::Instant;

use super::finding::Finding;
use super::{Doctor, clock};
use crate::acquire::AcquireError;
use crate::http::Transport;
use crate::profile::Profile;
use crate::request::{HttpRequest, Method};
use crate::response::Reply;
use crate::secret::Secret;
use crate::text::sanitize;
use crate::time::UnixTime;

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
            findings.extend(date.map(|date| clock::compare((doctor.context.now)(), date)));
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
        300..=399 => {
            let target = reply.location.as_deref().map(sanitize).unwrap_or_default();
            format!(
                "check `token_url`: redirects are not followed, and this one leads to `{target}`"
            )
        }
        407 => "the proxy wants a user name and a password".to_owned(),
        500.. => "the server may not support GET; `tok get` shows whether it works".to_owned(),
        _ => return Finding::ok(CHECK, message),
    };
    Finding::warn(CHECK, message).hint(hint)
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
            location: Some("login.example.com\u{1b}[1m".to_owned()),
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
        let hint = answered(&reply(302), "x", 7).hint.unwrap();
        assert!(hint.ends_with("leads to `login.example.com [1m`"), "{hint}");
    }
}
