//! Requests to the token endpoint. Each attempt is built anew and sent once; a failed attempt is repeated if that is
//! safe.

use std::thread;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};

use super::redaction::Redaction;
use super::refusal::{self, Suspicion};
use super::token::{RefreshTokens, Token};
use super::values::{Sources, request_parts};
use super::{AcquireError, LOCK_MARGIN, Task};
use crate::grant::Grant;
use crate::http::{Settings, Transport, TransportError};
use crate::request::{RequestPlan, StandardParam};
use crate::response::{self, ResponseError, TokenResponse};
use crate::secret::Secret;
use crate::secret::source::{Resolver, TimeLimit};
use crate::time::UnixTime;

/// The pause before the second attempt. Each further pause is twice as long, with jitter.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// How much secret commands may extend the network deadline: less than [`LOCK_MARGIN`], so that other processes still
/// wait for this one.
const COMMANDS_MARGIN: Duration = LOCK_MARGIN.saturating_sub(Duration::from_secs(1));

/// Sends the requests that fetch one token.
pub(super) struct Exchange<'a> {
    task: Task<'a>,
    resolver: Resolver<'a>,
    transport: Box<dyn Transport>,
    /// The time limit of all secret commands together.
    commands: TimeLimit,
    begun: Instant,
    /// How long the commands have taken so far: the network deadline is extended by that.
    commands_took: Duration,
    pub(super) redaction: Redaction,
    /// What may be wrong with the credentials that were sent last.
    suspicion: Option<Suspicion>,
}

impl<'a> Exchange<'a> {
    pub(super) fn open(task: &Task<'a>) -> Result<Self, AcquireError> {
        let (profile, services) = (task.profile(), task.services);
        let resolver = services.resolver(profile);
        let timing = &profile.timing;
        let ca_file = profile.ca_file.as_ref();
        let ca_file = ca_file
            .map(|path| resolver.path("ca_file", path))
            .transpose()?;
        let proxy = profile.proxy.as_ref();
        let proxy = proxy
            .map(|proxy| resolver.fill("proxy", proxy))
            .transpose()?;
        let settings = Settings {
            connect_timeout: timing.connect_timeout,
            ca_file: ca_file.as_deref(),
            proxy: proxy.as_deref(),
            environment: services.environment,
            log: services.log,
        };
        let begun = Instant::now();
        Ok(Self {
            task: *task,
            transport: (services.connect)(task.identity.endpoint.as_str(), &settings)?,
            resolver,
            commands: TimeLimit::begin(timing.timeout),
            begun,
            commands_took: Duration::ZERO,
            redaction: Redaction::default(),
            suspicion: None,
        })
    }

    /// Gets a token by the refresh token grant.
    pub(super) fn by_refresh_token(
        &mut self,
        refresh_token: &Secret<String>,
    ) -> Result<Token, AcquireError> {
        self.request(Grant::RefreshToken, Some(refresh_token), None)
    }

    /// Gets a token by the profile's grant. `kept` is a refresh token to keep if the reply has none.
    pub(super) fn by_grant(
        &mut self,
        kept: Option<&Secret<String>>,
    ) -> Result<Token, AcquireError> {
        self.request(self.task.profile().grant, None, kept)
    }

    /// Makes attempts until one succeeds or a retry would be unsafe, useless or too late.
    fn request(
        &mut self,
        grant: Grant,
        refresh_token: Option<&Secret<String>>,
        kept: Option<&Secret<String>>,
    ) -> Result<Token, AcquireError> {
        let retries = usize::try_from(self.task.profile().timing.retries).unwrap_or(usize::MAX);
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_factor(2.0)
            .with_max_times(retries)
            .with_jitter()
            .build();
        loop {
            let now = self.task.now();
            let error = match self.attempt(grant, refresh_token, now) {
                Ok((mut response, sent)) => {
                    let asked = self.task.identity.scope.as_deref();
                    self.redaction.redact_response(&mut response, asked);
                    let refresh_tokens = RefreshTokens {
                        sent: sent.as_ref(),
                        kept,
                    };
                    return Ok(Token::new(&self.task, response, now, refresh_tokens));
                }
                Err(error) => error,
            };
            let pause = pauses
                .next()
                .filter(|_| error.is_repeatable(grant))
                .map(|pause| error.retry_after().map_or(pause, |wait| wait.max(pause)));
            match pause {
                Some(pause) if pause < self.time_left() => {
                    self.task
                        .log()
                        .debug(&format!("trying again in {}ms", pause.as_millis()));
                    thread::sleep(pause);
                }
                _ => return Err(self.explain(error, grant)),
            }
        }
    }

    /// Builds a request at `now`, sends it once and reads the reply. Also returns the refresh token that was sent.
    /// Commands run for each attempt, because their output may be valid for one use only.
    fn attempt(
        &mut self,
        grant: Grant,
        refresh_token: Option<&Secret<String>>,
        now: UnixTime,
    ) -> Result<(TokenResponse, Option<Secret<String>>), AttemptError> {
        let begun = Instant::now();
        let sources = Sources {
            resolver: &self.resolver,
            identity: self.task.identity,
            time_limit: self.commands,
        };
        let parts = request_parts(
            grant,
            refresh_token,
            self.task.profile(),
            self.task.identity,
            &sources,
            now,
        )?;
        self.commands_took += begun.elapsed();
        let mut standard = parts.standard.iter();
        let sent = standard
            .find(|(param, _)| *param == StandardParam::RefreshToken)
            .map(|(_, value)| value.text.clone());
        let plan = RequestPlan::new(&self.task.profile().shape, parts);
        self.redaction.learn_request(&plan)?;
        self.suspicion = Suspicion::of(&plan);
        let request = plan.http_request()?;

        let log = self.task.log();
        let endpoint = self.task.identity.endpoint.shown();
        log.debug(&format!("{} {endpoint}", request.method.as_str()));
        let reply = self
            .transport
            .send(&request, self.time_left())
            .map_err(AttemptError::Transport)?;
        log.debug(&format!("the token endpoint answered {}", reply.status));
        match response::parse(&reply, &self.task.profile().reply, self.task.now()) {
            Ok(response) => Ok((response, sent)),
            Err(refusal) => {
                // An error response may contain a token and repeat it in its message.
                for token in response::tokens(&reply, &self.task.profile().reply) {
                    self.redaction.learn(&token);
                }
                Err(AttemptError::Refused(refusal))
            }
        }
    }

    fn time_left(&self) -> Duration {
        network_deadline(
            self.begun,
            self.task.profile().timing.timeout,
            self.commands_took,
        )
        .saturating_duration_since(Instant::now())
    }

    /// The error, redacted for display.
    fn explain(&self, error: AttemptError, grant: Grant) -> AcquireError {
        match error {
            AttemptError::Unsent(error) => error,
            AttemptError::Transport(error) => AcquireError::Transport(error),
            AttemptError::Refused(refusal) => refusal::explain(
                refusal,
                self.task.profile(),
                grant,
                self.suspicion,
                &self.redaction.errors,
            ),
        }
    }
}

/// The deadline of all network traffic: `timeout`, extended by the time that secret commands took.
fn network_deadline(begun: Instant, timeout: Duration, commands_took: Duration) -> Instant {
    begun + timeout + commands_took.min(COMMANDS_MARGIN)
}

/// Why an attempt fails.
enum AttemptError {
    /// Nothing was sent.
    Unsent(AcquireError),
    Transport(TransportError),
    Refused(ResponseError),
}

impl<E: Into<AcquireError>> From<E> for AttemptError {
    fn from(error: E) -> Self {
        Self::Unsent(error.into())
    }
}

impl AttemptError {
    /// Whether the request may be sent again. A request with a refresh token is repeated only if it cannot have reached
    /// the server, because the server may accept a refresh token once only.
    fn is_repeatable(&self, grant: Grant) -> bool {
        match self {
            Self::Transport(TransportError::Connect { .. }) => true,
            Self::Refused(
                ResponseError::RateLimited { .. } | ResponseError::ServerFailed { .. },
            ) => grant != Grant::RefreshToken,
            _ => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(
                ResponseError::RateLimited { retry_after, .. }
                | ResponseError::ServerFailed { retry_after, .. },
            ) => retry_after.map(Duration::from_secs),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_network_end_while_others_wait() {
        // `timeout`, what the commands took, when the network's time is over; in seconds.
        let cases = [
            (30, 0, 30),
            (30, 1, 31),
            (30, 4, 34),
            (30, 30, 34),
            (1, 1, 2),
        ];
        let begun = Instant::now();
        for (timeout, commands, expected) in cases {
            let timeout = Duration::from_secs(timeout);
            let deadline = network_deadline(begun, timeout, Duration::from_secs(commands));
            assert_eq!(deadline, begun + Duration::from_secs(expected));
            assert!(deadline < begun + timeout + LOCK_MARGIN);
        }
    }
}
