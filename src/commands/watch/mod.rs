//! `tok watch`: keep a token fresh in a file, until a signal ends it.
//!
//! Tokens come by the same path as those of `tok get`, so watches and other processes send one request together. A
//! problem is reported when it begins, not at every retry. The file keeps the last token even once it has expired: the API's
//! clock may differ, and most programs fail worse without the file.

mod log;
mod output;
mod schedule;

use std::collections::BTreeSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use anyhow::{Context as _, Error, Result};
use zeroize::Zeroizing;

use super::Context;
use super::get::format_token;
use super::output_file::is_open_stream;
use crate::acquire::{AcquireError, Acquired, Token};
use crate::cli::{FetchArgs, WatchArgs};
use crate::config::ConfigError;
use crate::host::{Log, Warning};
use crate::os;
use crate::profile::Profile;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::render::report::{ErrorSummary, classify};
use crate::time::UnixTime;
use log::{AttemptLog, SilentLog};
use output::WatchedFile;
use schedule::{Renewal, backoff, recheck_after, renewal};

/// The longest sleep. After each the clock and the files are checked, so that a suspended machine, an edited profile and
/// a deleted file are noticed within seconds.
const CHECK_INTERVAL: Duration = Duration::from_secs(5);

/// Exit codes of errors that may go away by themselves: rate limit, network, server, lock. Any other stops it at startup.
const TRANSIENT: [u8; 4] = [6, 7, 8, 13];

/// Keeps the file fresh.
///
/// # Errors
/// The command line or the profile is wrong; or at startup the token cannot be obtained for a reason that does not go away,
/// or the file cannot be written.
pub fn run(args: &WatchArgs, context: &Context<'_>) -> Result<Answer> {
    if is_open_stream(&args.output) {
        let message = format!(
            "`{}` is not a file that can be replaced",
            args.output.display()
        );
        let hint = "`tok get PROFILE` prints a token; `tok watch` needs a file: `-o FILE`";
        return Err(CommandError::usage(message, hint).into());
    }
    context.sleep.listen().map_err(|error| CommandError::Io {
        action: "listen for signals".to_owned(),
        reason: os::describe(&error),
    })?;
    let mut watch = Watch {
        args,
        context,
        file: WatchedFile::new(&args.profile, &args.output, context.log),
        current: None,
        failures: 0,
        problem: None,
        warned: BTreeSet::new(),
        random: RandomState::new(),
    };
    let signal = watch.run()?;
    let left = match watch.current {
        Some(_) => format!("; `{}` is left as it is", args.output.display()),
        None => String::new(),
    };
    let message = format!("{}: ended by {signal}{left}", args.profile);
    context.log.info(&message);
    Ok(Answer::new(""))
}

/// The token that the file is to hold.
struct Current {
    token: Token,
    expires_at: UnixTime,
    renewal: Renewal,
}

/// Why `tok watch` could not get a newer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Problem {
    /// An early renewal failed, and the cached token is still good.
    EarlyRenewal,
    /// The attempt failed with this exit code.
    Failed(u8),
}

/// A successful attempt.
struct Attempt {
    /// Its token is not the current one.
    is_new: bool,
    was_cached: bool,
}

struct Watch<'a> {
    args: &'a WatchArgs,
    context: &'a Context<'a>,
    file: WatchedFile<'a>,
    current: Option<Current>,
    /// Attempts in a row that failed.
    failures: u32,
    /// Reported already.
    problem: Option<Problem>,
    /// The warnings of the last attempt, without their numbers.
    warned: BTreeSet<String>,
    /// Its numbers differ between processes, so that watches do not send their requests all at once.
    random: RandomState,
}

impl Watch<'_> {
    fn now(&self) -> UnixTime {
        (self.context.now)()
    }

    /// Runs until a signal comes, and returns its name.
    fn run(&mut self) -> Result<&'static str> {
        loop {
            let fingerprint = self.fingerprint();
            let log = AttemptLog::new(self.context.log);
            let outcome = self.attempt(&log);
            // The signal may be the reason for a failure: a secret command gets it too.
            if let Some(signal) = self.context.sleep.sleep(Duration::ZERO) {
                self.file.update(self.now())?;
                return Ok(signal);
            }
            let due_at = self.next_attempt(outcome, log.into_warnings())?;
            let decided_at = self.now();
            self.file.update(decided_at)?;
            // Always sleep before the next attempt: a file may change all the time.
            loop {
                let left = u64::try_from(due_at.since(self.now())).unwrap_or(0);
                let time = CHECK_INTERVAL.min(Duration::from_secs(left));
                if let Some(signal) = self.context.sleep.sleep(time) {
                    return Ok(signal);
                }
                let now = self.now();
                self.file.update(now)?;
                let was_set_back = now < decided_at;
                if now >= due_at || was_set_back || self.fingerprint() != fingerprint {
                    break;
                }
            }
        }
    }

    /// Changes with the profiles file and the cached token: then it is time for another attempt.
    fn fingerprint(&self) -> u64 {
        let path = self.context.config_path().ok();
        // Reading a pipe would empty it.
        let path = path.filter(|path| path.is_file());
        let profiles = path
            .and_then(|path| fs::read(path).ok())
            .map(Zeroizing::new);
        let cached = self.cached().map(|acquired| acquired.token);
        let cached = cached
            .as_ref()
            .map(|token| (token.access_token.expose(), token.expiry.map(|(at, _)| at)));
        self.random.hash_one((profiles.as_deref(), cached))
    }

    /// The cached token, if it is good for the profile as it is now.
    fn cached(&self) -> Option<Acquired> {
        let context = self.logging_to(&SilentLog);
        let profile = context
            .profile(&self.args.profile, &self.args.identity)
            .ok()?;
        let fetch = FetchArgs {
            cached: true,
            ..FetchArgs::default()
        };
        let (_, acquired) = context.obtain(profile, &fetch, None).ok()?;
        Some(acquired)
    }

    fn logging_to<'b>(&'b self, log: &'b dyn Log) -> Context<'b> {
        let cache = self.context.cache.as_ref();
        Context {
            log,
            cache: cache.map(|cache| cache.with_log(log)),
            ..*self.context
        }
    }

    /// Gets a token as `tok get` does.
    fn attempt(&mut self, log: &AttemptLog<'_>) -> Result<Attempt> {
        let now = self.now();
        let context = self.logging_to(log);
        let profile = context.profile(&self.args.profile, &self.args.identity)?;
        let min_ttl = context.min_ttl(self.args.min_ttl)?;
        let obtain = |min_ttl| {
            let fetch = FetchArgs {
                min_ttl,
                timeout: self.args.timeout,
                ..FetchArgs::default()
            };
            let obtained = context.obtain(profile.clone(), &fetch, None);
            obtained.map(|(_, acquired)| acquired)
        };
        let due = self.current.as_ref().filter(|one| now >= one.renewal.at);
        let longer = due
            .and_then(|current| current.renewal.min_ttl)
            .filter(|longer| Some(*longer) > min_ttl);
        let acquired = match obtain(longer.or(min_ttl)) {
            // Its tokens now have a shorter lifetime, which may still be long enough.
            Err(error) if longer.is_some() && is_too_short(&error) => obtain(min_ttl)?,
            outcome => outcome?,
        };
        Ok(Attempt {
            was_cached: acquired.cached,
            is_new: self.adopt(acquired, &profile, min_ttl)?,
        })
    }

    /// Makes a token the current one, and returns whether it is a new one.
    fn adopt(
        &mut self,
        acquired: Acquired,
        profile: &Profile,
        min_ttl: Option<Duration>,
    ) -> Result<bool> {
        let token = &acquired.token;
        let expires_at =
            expiry(token, self.now()).with_context(|| InProfile(profile.name.clone()))?;
        let is_new = self.current.as_ref().is_none_or(|current| {
            current.token.access_token.expose() != token.access_token.expose()
                || current.token.expiry != token.expiry
        });
        if is_new {
            let text = format_token(&acquired, &profile.name, &self.args.token, self.context)?;
            self.file.set(text, token.requested_at..expires_at);
        }
        // The profile may have been edited.
        let windows = profile.timing.windows(min_ttl);
        let jitter = self.random.hash_one(token.access_token.expose());
        self.current = Some(Current {
            renewal: renewal(token.requested_at, expires_at, windows, jitter),
            expires_at,
            token: acquired.token,
        });
        Ok(is_new)
    }

    /// Reports what has changed, and returns when to try again.
    fn next_attempt(
        &mut self,
        outcome: Result<Attempt>,
        warnings: Vec<Warning>,
    ) -> Result<UnixTime> {
        let now = self.now();
        let wait = match outcome {
            Ok(attempt) => self.after_success(&attempt, warnings, now),
            Err(error) => {
                self.report_warnings(warnings);
                let summary = classify(&error);
                if self.current.is_none() && !TRANSIENT.contains(&summary.code()) {
                    return Err(error);
                }
                let problem = Some(Problem::Failed(summary.code()));
                if self.problem != problem {
                    self.report_error(&summary, now);
                }
                self.problem = problem;
                let retry_after = i64::try_from(summary.retry_after.unwrap_or(0));
                self.backoff(now).max(retry_after.unwrap_or(i64::MAX))
            }
        };
        Ok(now.plus(wait))
    }

    /// Returns how many seconds to wait.
    fn after_success(&mut self, attempt: &Attempt, warnings: Vec<Warning>, now: UnixTime) -> i64 {
        let (renew_at, expires_at) = self
            .current
            .as_ref()
            .map_or((now, now), |one| (one.renewal.at, one.expires_at));
        let is_overdue = !attempt.is_new && renew_at <= now;
        if is_overdue && attempt.was_cached && !warnings.is_empty() {
            if self.problem.replace(Problem::EarlyRenewal) != Some(Problem::EarlyRenewal) {
                self.report_warnings(warnings);
            }
            return self.backoff(now);
        }
        self.report_warnings(warnings);
        if is_overdue {
            // Another process may be renewing it, and fail as this one did: the problem stays the same.
            return recheck_after(expires_at.since(now), attempt.was_cached);
        }
        if self.problem.take().is_some() && !attempt.is_new {
            let (name, validity) = (&self.args.profile, self.file.validity());
            let message = format!("{name}: the problem is gone; {validity}");
            self.context.log.info(&message);
        }
        self.failures = 0;
        renew_at.since(now).max(1)
    }

    fn backoff(&mut self, now: UnixTime) -> i64 {
        let left = self.current.as_ref().map(|one| one.expires_at.since(now));
        let jitter = self.random.hash_one((self.failures, now.0));
        let wait = backoff(self.failures, left.unwrap_or(0), jitter);
        self.failures = self.failures.saturating_add(1);
        wait
    }

    fn report_error(&self, error: &ErrorSummary, now: UnixTime) {
        let state = if self.file.is_valid(now) {
            format!("; {}", self.file.validity())
        } else {
            String::new()
        };
        let (name, message) = (&self.args.profile, &error.message);
        let message = format!("profile `{name}`: {message}{state}; trying again");
        let hint = error.hint.clone();
        warn(self.context.log, Warning { message, hint });
    }

    /// Reports those warnings that the last attempt did not have.
    fn report_warnings(&mut self, warnings: Vec<Warning>) {
        let without_numbers =
            |warning: &Warning| warning.message.replace(|c: char| c.is_ascii_digit(), "");
        let all = warnings.iter().map(without_numbers).collect();
        for warning in warnings {
            if !self.warned.contains(&without_numbers(&warning)) {
                warn(self.context.log, warning);
            }
        }
        self.warned = all;
    }
}

/// Reports a warning, even if the same was reported before.
fn warn(log: &dyn Log, warning: Warning) {
    log.reset();
    log.warn(warning);
}

/// When a token expires.
///
/// # Errors
/// It is unknown or past: then the token cannot be kept fresh.
fn expiry(token: &Token, now: UnixTime) -> Result<UnixTime> {
    match token.expiry {
        Some((at, _)) if at > now => Ok(at),
        Some(_) => {
            let message = "the provider issued a token that has already expired".to_owned();
            Err(CommandError::Expired { message }.into())
        }
        None => {
            let message =
                "nothing in the reply says when the token expires, so it cannot be kept fresh";
            let hint =
                "write `assume_expires_in` in the profile if you know how long its tokens live";
            Err(ConfigError::new(message).hint(hint).into())
        }
    }
}

fn is_too_short(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(AcquireError::TooShort { .. }))
}
