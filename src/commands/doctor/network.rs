//! One real connection to the token endpoint: a GET without credentials and without the query, which is what
//! harms least of what a server understands.

use std::time::Instant;

use super::finding::Finding;
use super::profile::Way;
use super::{Doctor, clock};
use crate::acquire::AcquireError;
use crate::http::TransportError;
use crate::profile::Profile;
use crate::profile::endpoint::Endpoint;
use crate::request::{HttpRequest, Method};
use crate::response::Reply;
use crate::secret::Secret;
use crate::text::sanitize;
use crate::time::UnixTime;

const CHECK: &str = "network";

impl Doctor<'_> {
    pub(super) fn connect(
        &mut self,
        profile: &Profile,
        endpoint: &Endpoint,
        way: &Way,
    ) -> Vec<Finding> {
        let shown = endpoint.shown();
        let same = format!("{shown} {:?} {:?}", way.ca_file, way.proxy);
        if self.connected.contains(&same) {
            return vec![Finding::skip(CHECK, format!("{shown} was asked already"))];
        }
        self.connected.push(same);
        let begun = Instant::now();
        let outcome = self.ask(profile, &shown, way);
        let took = begun.elapsed().as_millis();
        let mut findings = self.warnings(CHECK);
        match outcome {
            Ok(reply) => {
                findings.push(answered(&reply, &shown, took));
                let date = reply.date.as_deref().and_then(UnixTime::parse_date);
                findings.push(clock::judge_by_server((self.context.now)(), date));
            }
            Err(error) => findings.push(Finding::of_error(CHECK, AcquireError::from(error))),
        }
        findings
    }

    fn ask(&self, profile: &Profile, url: &str, way: &Way) -> Result<Reply, TransportError> {
        let request = HttpRequest {
            method: Method::Get,
            url: Secret::from(url),
            headers: Vec::new(),
            body: None,
        };
        let transport = (self.context.connect)(&way.url, &self.settings(profile, way))?;
        transport.send(&request, profile.timing.timeout)
    }
}

/// What the status of such a request means: that somebody is there, and little more.
fn answered(reply: &Reply, shown: &str, took: u128) -> Finding {
    let status = reply.status;
    let message = format!("{shown} answered {status} in {took}ms, to a GET without credentials");
    match status {
        300..=399 => {
            let host = reply.location.as_deref().map(sanitize).unwrap_or_default();
            let hint = if host.is_empty() {
                "look at `token_url`: redirects are not followed".to_owned()
            } else {
                format!(
                    "look at `token_url`: redirects are not followed, and this one leads to `{host}`"
                )
            };
            Finding::warn(CHECK, message).hint(hint)
        }
        407 => Finding::warn(CHECK, message).hint("the proxy wants a user name and a password"),
        500.. => {
            Finding::warn(CHECK, message).hint("the server may only dislike a GET; `tok get` tells")
        }
        _ => Finding::ok(CHECK, message),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn what_a_status_means() {
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
            (400, State::Ok),
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
            assert_eq!(found.hint.is_some(), found.is_trouble());
        }
        let hint = answered(&reply(302), "x", 7).hint.unwrap();
        assert_eq!(
            hint,
            "look at `token_url`: redirects are not followed, and this one leads to `login.example.com [1m`"
        );
    }
}
