//! One exchange with the token endpoint: secrets fetched, a refresh token tried first where the profile says
//! so, tries repeated where that is safe.

use std::thread;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBuilder};

use super::error::ErrorDetails;
use super::identity::TokenIdentity;
use super::time_limit::NetworkTime;
use super::token::{Before, Token, token};
use super::values::{Client, Fetch};
use super::{AcquireError, Services};
use crate::client_auth::{ClientAuth, ClientAuthInput};
use crate::grant::{Grant, GrantInput};
use crate::http::{Settings, Transport, TransportError};
use crate::profile::Profile;
use crate::request::{
    BasicEncoding, HttpRequest, RequestParts, RequestPlan, Scalar, StandardParam,
};
use crate::response::{self, Refusal, RetryAfter};
use crate::secret::Redactor;
use crate::secret::Secret;
use crate::secret::source::{Resolver, TimeLimit};
use crate::store::Entry;
use crate::time::UnixTime;

/// The first pause before another try; each further one is twice as long, and all are drawn by lot.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Gets a new token. `old` is the entry that it replaces; `again` reads that entry once more.
///
/// A refresh token that is refused may have been spent by a process that did not wait for the lock: if the
/// entry has another one by now, that one is tried before the grant is.
pub(super) fn exchange(
    profile: &Profile,
    identity: &TokenIdentity<'_>,
    services: &Services<'_>,
    old: Option<&Entry>,
    again: &dyn Fn() -> Option<Entry>,
) -> Result<Token, AcquireError> {
    let mut exchange = Exchange::open(profile, identity, services)?;
    let mut refresh_token = old.and_then(|old| old.refresh_token.clone());
    if !profile.renews_by_refresh_token() {
        // Nobody has spent it: it stays good, and `--token-type refresh` prints it.
        return exchange.by_grant(refresh_token.as_ref());
    }
    for _ in 0..2 {
        let Some(spent) = refresh_token else { break };
        match exchange.by_refresh_token(&spent) {
            Err(AcquireError::Rejected { is_spent: true, .. }) => {}
            outcome => return outcome,
        }
        services.log.debug("the refresh token is no longer good");
        let current = again().and_then(|entry| entry.refresh_token);
        refresh_token = current.filter(|current| current.expose() != spent.expose());
    }
    exchange.by_grant(None)
}

struct Exchange<'a> {
    profile: &'a Profile,
    identity: &'a TokenIdentity<'a>,
    services: &'a Services<'a>,
    resolver: Resolver<'a>,
    transport: Box<dyn Transport>,
    time: NetworkTime,
    time_limit: TimeLimit,
    /// Blots out of messages whatever is secret in the request.
    redactor: Redactor,
    /// Blots credentials alone out of what a token response says of its token: that is data, in which the value of
    /// some parameter may well stand.
    credentials: Redactor,
    client: Client,
}

/// Whether a request may be sent a second time when its outcome is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Safe,
    /// It spends a refresh token that may be good for one use only.
    Never,
}

impl<'a> Exchange<'a> {
    fn open(
        profile: &'a Profile,
        identity: &'a TokenIdentity<'a>,
        services: &'a Services<'a>,
    ) -> Result<Self, AcquireError> {
        let resolver = services.resolver(profile);
        let timing = &profile.timing;
        let begun = Instant::now();
        let mut time = NetworkTime::begin(timing.timeout, begun);
        let time_limit = TimeLimit::begin(timing.timeout);
        let fetch = Fetch {
            resolver: &resolver,
            time_limit,
        };
        let client = fetch.client(profile, identity)?;
        let ca_file = profile
            .ca_file
            .as_ref()
            .map(|path| resolver.path("ca_file", path))
            .transpose()?;
        let proxy = profile
            .proxy
            .as_ref()
            .map(|proxy| resolver.fill("proxy", proxy))
            .transpose()?;
        time.commands_took(begun.elapsed());
        let settings = Settings {
            connect_timeout: timing.connect_timeout,
            ca_file: ca_file.as_deref(),
            proxy: proxy.as_deref(),
            environment: services.environment,
            log: services.log,
        };
        let transport = (services.connect)(identity.endpoint.as_str(), &settings)?;
        let mut redactor = Redactor::new();
        let params = client.params.iter().flat_map(|param| &param.values);
        let headers = client.headers.iter().map(|(_, scalar)| scalar);
        for scalar in client
            .id
            .iter()
            .chain(params)
            .chain(headers)
            .filter(|scalar| scalar.hidden)
        {
            redactor.learn(&scalar.text);
        }
        let secret = client.secret.clone();
        let credentials = Redactor::new();
        let mut exchange = Self {
            profile,
            identity,
            services,
            resolver,
            transport,
            time,
            time_limit,
            redactor,
            credentials,
            client,
        };
        if let Some(secret) = secret {
            exchange.learn(&secret.text);
        }
        Ok(exchange)
    }

    /// A credential is blotted out of everything.
    fn learn(&mut self, credential: &Secret<String>) {
        self.redactor.learn(credential);
        self.credentials.learn(credential);
    }

    fn by_refresh_token(&mut self, refresh_token: &Secret<String>) -> Result<Token, AcquireError> {
        let mut input = self.identity.grant_input();
        let sent = Scalar::hidden(refresh_token.clone());
        input.insert(StandardParam::RefreshToken, sent);
        self.learn(refresh_token);
        self.ask(Grant::RefreshToken, &input, Repeat::Never, None)
    }

    /// `kept` is a refresh token that stays good if the reply brings no other.
    fn by_grant(&mut self, kept: Option<&Secret<String>>) -> Result<Token, AcquireError> {
        let grant = self.profile.grant;
        let begun = Instant::now();
        let fetch = Fetch {
            resolver: &self.resolver,
            time_limit: self.time_limit,
        };
        let sends = |standard| grant.params().contains(&standard);
        let mut input = self.identity.grant_input();
        if let Some(known) = &self.identity.username
            && sends(StandardParam::Username)
        {
            let username = fetch.known("username", known)?;
            input.insert(StandardParam::Username, username);
        }
        for (standard, source) in self.profile.secrets() {
            if let Some(source) = source.filter(|_| sends(standard)) {
                let secret = fetch.secret(standard, source, self.identity)?;
                input.insert(standard, Scalar::hidden(secret));
            }
        }
        self.time.commands_took(begun.elapsed());
        for (standard, value) in input.iter().filter(|(_, value)| value.hidden) {
            self.redactor.learn(&value.text);
            if *standard != StandardParam::Username {
                self.credentials.learn(&value.text);
            }
        }
        let repeat = if grant == Grant::RefreshToken {
            Repeat::Never
        } else {
            Repeat::Safe
        };
        self.ask(grant, &input, repeat, kept)
    }

    /// Sends one request, again where that is allowed, and reads the reply.
    fn ask(
        &mut self,
        grant: Grant,
        input: &GrantInput,
        repeat: Repeat,
        kept: Option<&Secret<String>>,
    ) -> Result<Token, AcquireError> {
        let retries = usize::try_from(self.profile.timing.retries).unwrap_or(usize::MAX);
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(FIRST_PAUSE)
            .with_factor(2.0)
            .with_max_times(retries)
            .with_jitter()
            .build();
        loop {
            let requested_at = (self.services.now)();
            let plan = self.plan(grant, input, requested_at);
            let request = plan.http_request()?;
            if let Some(basic) = &plan.basic {
                self.learn(&basic.encode()?);
            }
            let trouble = match self.once(&request) {
                Ok(mut response) => {
                    response.token_type = response
                        .token_type
                        .map(|text| self.credentials.redact(&text));
                    response.scope = response.scope.map(|text| self.granted(text));
                    let sent = input.get(&StandardParam::RefreshToken);
                    let before = Before {
                        sent: sent.map(|sent| &sent.text),
                        kept,
                    };
                    let log = self.services.log;
                    return Ok(token(
                        self.profile,
                        self.identity,
                        response,
                        requested_at,
                        before,
                        log,
                    ));
                }
                Err(trouble) => trouble,
            };
            let again = if trouble.may_repeat(repeat) {
                pauses.next()
            } else {
                None
            };
            let pause = again.map(|pause| {
                trouble
                    .retry_after()
                    .map_or(pause, |wanted| wanted.max(pause))
            });
            match pause {
                Some(pause) if Instant::now() + pause < self.time.deadline => {
                    self.services
                        .log
                        .debug(&format!("trying again in {}ms", pause.as_millis()));
                    thread::sleep(pause);
                }
                _ => return Err(self.explain(trouble, grant)),
            }
        }
    }

    /// A granted scope. What was asked for is no secret, even where some credential reads like it.
    fn granted(&self, scope: String) -> String {
        let asked = self.identity.scope.as_deref().unwrap_or_default();
        let is_asked = |word: &str| asked.split_whitespace().any(|asked| asked == word);
        if scope.split_whitespace().all(is_asked) {
            scope
        } else {
            self.credentials.redact(&scope)
        }
    }

    fn plan(&self, grant: Grant, input: &GrantInput, now: UnixTime) -> RequestPlan {
        let authentication = self.profile.client_auth.authenticate(ClientAuthInput {
            client_id: self.client.id.clone(),
            client_secret: self.client.secret.clone(),
            basic_encoding: self.profile.basic_encoding,
            now,
        });
        let mut standard = grant.request_params(input);
        standard.extend(authentication.params);
        let parts = RequestParts {
            url: self.identity.endpoint.as_str(),
            standard,
            basic: authentication.basic,
            params: self.client.params.clone(),
            headers: self.client.headers.clone(),
        };
        RequestPlan::new(&self.profile.shape, parts)
    }

    fn once(&self, request: &HttpRequest) -> Result<response::TokenResponse, Trouble> {
        let time_left = self.time.deadline.saturating_duration_since(Instant::now());
        let endpoint = self.identity.endpoint.shown();
        self.services
            .log
            .debug(&format!("{} {endpoint}", request.method.as_str()));
        let reply = self
            .transport
            .send(request, time_left)
            .map_err(Trouble::Transport)?;
        self.services
            .log
            .debug(&format!("the token endpoint answered {}", reply.status));
        response::parse(&reply, &self.profile.reply, (self.services.now)())
            .map_err(Trouble::Refusal)
    }

    /// The trouble as it may be told.
    fn explain(&self, trouble: Trouble, grant: Grant) -> AcquireError {
        let told = |status, words: response::Words| ErrorDetails {
            status,
            code: words.code.map(|code| self.redactor.sanitize(&code)),
            description: words.description.map(|text| self.redactor.sanitize(&text)),
        };
        let seconds = |wait: Option<RetryAfter>| wait.map(|wait| wait.0);
        match trouble {
            Trouble::Transport(error) => AcquireError::Transport(error),
            Trouble::Refusal(Refusal::Rejected {
                status,
                words,
                mapped,
            }) => {
                // By the code as it came: in what is shown a secret that looks like one is blotted out.
                let code = words.code.clone().unwrap_or_default();
                AcquireError::Rejected {
                    is_final: is_final(status, &code, mapped, grant),
                    is_spent: code == "invalid_grant",
                    hint: Some(self.rejection_hint(status, &code)),
                    told: told(status, words),
                }
            }
            Trouble::Refusal(Refusal::RateLimited {
                status,
                words,
                retry_after,
            }) => AcquireError::RateLimited {
                told: told(status, words),
                retry_after: seconds(retry_after),
            },
            Trouble::Refusal(Refusal::ServerFailed {
                status,
                words,
                retry_after,
            }) => AcquireError::ServerFailed {
                told: told(status, words),
                retry_after: seconds(retry_after),
            },
            Trouble::Refusal(Refusal::Redirected { status, host }) => AcquireError::Redirected {
                status,
                host: host.as_deref().map(|host| self.redactor.sanitize(host)),
            },
            Trouble::Refusal(Refusal::InvalidResponse {
                status,
                what,
                advice: hint,
            }) => AcquireError::InvalidResponse { status, what, hint },
            Trouble::Refusal(Refusal::BoundToken { status, kind }) => {
                AcquireError::InvalidResponse {
                    status,
                    what: format!("its token type is {kind}, a token that is bound to a key"),
                    hint: Some("ask the provider for Bearer tokens".to_owned()),
                }
            }
        }
    }

    fn rejection_hint(&self, status: u16, code: &str) -> String {
        let name = &self.profile.name;
        let is_about_credentials = status == 401
            || matches!(code, "invalid_client" | "unauthorized_client")
            || (code.is_empty() && status == 403);
        if is_about_credentials && self.basic_is_ambiguous() {
            let other = match self.profile.basic_encoding {
                BasicEncoding::Raw => "form",
                BasicEncoding::Form => "raw",
            };
            return format!(
                "the credentials contain characters that servers decode differently: try `basic_encoding = \"{other}\"`"
            );
        }
        match code {
            _ if is_about_credentials => format!(
                "check `client_id` and `client_secret`; `tok explain {name}` shows where they come from"
            ),
            "invalid_scope" => "check `scope`".to_owned(),
            "invalid_grant" => format!(
                "the {} is wrong, expired or revoked",
                if self.profile.grant == Grant::Password { "user name or password" } else { "refresh token" }
            ),
            "unsupported_grant_type" | "invalid_request" => format!(
                "compare `tok explain {name} --curl` with the provider's own sample; its `strategy` may be another"
            ),
            _ => match status {
                404 | 410 => format!("check `token_url`; `tok explain {name}` shows the request"),
                405 => "the server wants another `method`, or this is not the `token_url`".to_owned(),
                415 => "the server wants its parameters in another form: look at `strategy`, or `params_in`"
                    .to_owned(),
                _ => format!("`tok explain {name}` shows the request"),
            },
        }
    }

    /// Whether raw and form-encoded Basic credentials differ for this id and secret.
    fn basic_is_ambiguous(&self) -> bool {
        let differs = |value: &Option<Scalar>| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            value
                .as_ref()
                .is_some_and(|value| !value.text.expose().bytes().all(plain))
        };
        self.profile.client_auth == ClientAuth::SecretBasic
            && (differs(&self.client.id) || differs(&self.client.secret))
    }
}

/// Whether a rejection is about the credentials, so that they are not to be tried again for a while.
fn is_final(status: u16, code: &str, mapped: bool, grant: Grant) -> bool {
    match code {
        "invalid_client" | "unauthorized_client" => true,
        "invalid_grant" => grant == Grant::Password,
        "invalid_scope" | "invalid_request" | "unsupported_grant_type" | "invalid_target" => false,
        _ => mapped || status == 401,
    }
}

/// What went wrong with one try.
enum Trouble {
    Transport(TransportError),
    Refusal(Refusal),
}

impl Trouble {
    fn may_repeat(&self, repeat: Repeat) -> bool {
        match self {
            Self::Transport(TransportError::Connect { .. }) => true,
            Self::Refusal(Refusal::RateLimited { .. } | Refusal::ServerFailed { .. }) => {
                repeat == Repeat::Safe
            }
            _ => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refusal(
                Refusal::RateLimited { retry_after, .. }
                | Refusal::ServerFailed { retry_after, .. },
            ) => retry_after.map(|wait| Duration::from_secs(wait.0)),
            _ => None,
        }
    }
}
