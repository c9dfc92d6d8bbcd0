//! `tok watch`: keep a token fresh in a file, until a signal ends it.
//!
//! A token comes by the same way as that of `tok get`, so that a watch and any number of other processes send one
//! request together. What went wrong is told when it changes, not each time. The file always holds the last token
//! that could be had, one that has expired too: whether it is still good is for the API to say, whose clock may not
//! be ours, while a program may do anything about a file that is missing.

mod heard;
mod held;
mod place;
mod schedule;
mod seen;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use anyhow::{Context as _, Error, Result};

use super::Context;
use super::get::format_token;
use super::output_file::is_open_stream;
use crate::acquire::{AcquireError, Acquired};
use crate::cli::{AskArgs, WatchArgs};
use crate::expiry::Windows;
use crate::host::{Log, Warning};
use crate::os;
use crate::profile::Profile;
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::render::report::{ErrorSummary, classify};
use crate::secret::SecretRef;
use crate::store::FileStore;
use crate::time::UnixTime;
use heard::CommandOutput;
use held::Held;
use place::Place;
use seen::Seen;

/// The longest sleep. After each the clock and the files are looked at: a clock that jumps, a machine that was
/// suspended and a file that was deleted are noticed.
const SLICE: Duration = Duration::from_secs(5);

/// Exit codes of trouble that may pass by itself. With any other at the start there is something to mend first.
const PASSING: [u8; 4] = [6, 7, 8, 13];

/// Exit codes of trouble that a person must mend: usage and the profiles file. Once the token has expired there is
/// nothing left to wait for.
const LASTING: [u8; 2] = [2, 3];

/// Keeps the file fresh.
///
/// # Errors
/// The command line or the profile is wrong, or at the start there is no token for a reason that does not pass, or
/// the file cannot be written.
pub fn run(args: &WatchArgs, context: &Context<'_>) -> Result<Answer> {
    let is_stream = args.output.as_os_str() == "-";
    if is_stream || is_open_stream(&args.output) {
        let shown = args.output.display();
        let what = if is_stream {
            "standard output".to_owned()
        } else {
            format!("`{shown}`")
        };
        return Err(CommandError::usage(
            format!("{what} cannot be kept fresh"),
            "`tok get PROFILE` prints a token; `tok watch` wants a file: `-o FILE`",
        )
        .into());
    }
    context.sleep.listen().map_err(|error| CommandError::Io {
        action: "listen for signals".to_owned(),
        reason: os::describe(&error),
    })?;
    let mut watch = Watch {
        args,
        context,
        place: Place::new(&args.output),
        seen: Seen::default(),
        held: None,
        failures: 0,
        told: ErrorDetails::default(),
    };
    let signal = watch.until_a_signal()?;
    let left = if watch.held.is_some() {
        format!("; `{}` is left as it is", args.output.display())
    } else {
        String::new()
    };
    context
        .log
        .info(&format!("{}: ended by {signal}{left}", args.profile));
    Ok(Answer::new(""))
}

/// What has been told already.
#[derive(Default)]
struct ErrorDetails {
    /// Why there is no newer token.
    trouble: Option<Trouble>,
    /// What was warned of in the last round beside that, without its numbers.
    besides: BTreeSet<String>,
    /// The file cannot be written.
    is_stuck: bool,
    /// Somebody else changed the file.
    is_contested: bool,
    has_expired: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// A renewal ahead of time failed.
    Early,
    /// There is no token, with this exit code.
    Code(u8),
}

/// When to look for a token again, and when that was decided: at a time before, the clock was set back.
struct RequestPlan {
    made_at: UnixTime,
    due_at: UnixTime,
}

struct Watch<'a> {
    args: &'a WatchArgs,
    context: &'a Context<'a>,
    place: Place<'a>,
    seen: Seen,
    held: Option<Held>,
    /// Rounds in a row that failed.
    failures: u32,
    told: ErrorDetails,
}

impl Watch<'_> {
    fn now(&self) -> UnixTime {
        (self.context.now)()
    }

    /// Goes round until a signal comes, whose name is the answer.
    fn until_a_signal(&mut self) -> Result<&'static str> {
        loop {
            let heard = CommandOutput::new(self.context.log);
            let outcome = self.look(&heard);
            // The signal may be what made it fail: it goes to a command that fetches a secret too.
            if let Some(signal) = self.context.sleep.sleep(Duration::ZERO) {
                self.keep()?;
                return Ok(signal);
            }
            let plan = self.settle(outcome, heard.warnings())?;
            self.keep()?;
            // There is a sleep before each look: a file may be one that changes all the time.
            loop {
                let left =
                    Duration::from_secs(u64::try_from(plan.due_at.since(self.now())).unwrap_or(0));
                if let Some(signal) = self.context.sleep.sleep(SLICE.min(left)) {
                    return Ok(signal);
                }
                self.keep()?;
                let now = self.now();
                if now >= plan.due_at || now < plan.made_at || self.seen.has_changed() {
                    break;
                }
            }
        }
    }

    /// Looks for a token as `tok get` does; the profile is read each time, as it may have been edited.
    fn look(&mut self, heard: &CommandOutput<'_>) -> Result<Found> {
        self.seen.begin();
        let context = Context {
            log: heard,
            cache: self
                .context
                .cache
                .as_ref()
                .map(|cache| FileStore::new(cache.directory().to_owned(), heard)),
            ..*self.context
        };
        self.seen.add(context.config_path()?);
        let (profile, base) = context.profile(&self.args.profile, &self.args.identity)?;
        let resolver = context.services(&base).resolver(&profile);
        for source in profile.sources() {
            if let SecretRef::File { path } | SecretRef::Properties { path, .. } = source
                && let Ok(path) = resolver.path_of("", path)
            {
                self.seen.add(path);
            }
        }
        let demanded = context.min_ttl(self.args.min_ttl)?;
        let now = self.now();
        let held = self.held.as_ref();
        let was_due = held.is_none_or(|held| now >= held.renewal.at);
        let ask = |min_ttl| {
            let ask = AskArgs {
                min_ttl,
                timeout: self.args.timeout,
                ..AskArgs::default()
            };
            context
                .obtain(profile.clone(), &base, &ask, None)
                .map(|(_, acquired)| acquired)
        };
        let more = held
            .filter(|_| was_due)
            .and_then(|held| held.renewal.demand)
            .filter(|more| Some(*more) > demanded);
        let acquired = match ask(more.or(demanded)) {
            // Its tokens live for less than before, and perhaps for long enough all the same.
            Err(error) if more.is_some() && is_too_short(&error) => ask(demanded)?,
            outcome => outcome?,
        };
        if let Some(cache) = &context.cache {
            self.seen.add_entry(cache.path(&acquired.key));
        }
        self.seen.forget_others();
        let is_new = self.hold(&acquired, &profile, profile.timing.windows(demanded))?;
        Ok(Found {
            is_new,
            was_due,
            was_cached: acquired.cached,
        })
    }

    /// Takes a token over; the answer is whether it is another one than before.
    fn hold(&mut self, acquired: &Acquired, profile: &Profile, windows: Windows) -> Result<bool> {
        let framed = || InProfile(profile.name.clone());
        let expires_at = held::expiry(&acquired.token, self.now()).with_context(framed)?;
        let renewal =
            |chance| schedule::renewal(acquired.token.requested_at, expires_at, windows, chance);
        if let Some(held) = self.held.as_mut().filter(|held| held.is(&acquired.token)) {
            // The profile may name other windows by now.
            held.renewal = renewal(held.chance);
            return Ok(false);
        }
        let words = format_token(acquired, &profile.name, &self.args.form, self.context)?;
        let (chance, token) = (chance(), acquired.token.clone());
        self.held = Some(Held {
            token,
            words,
            renewal: renewal(chance),
            chance,
            was_written: false,
        });
        self.told.is_contested = false;
        self.told.has_expired = false;
        Ok(true)
    }

    /// Tells what has changed, and says when to look again.
    fn settle(&mut self, outcome: Result<Found>, warnings: Vec<Warning>) -> Result<RequestPlan> {
        let now = self.now();
        let (trouble, wait) = match outcome {
            Ok(found) => self.after_success(&found, warnings, now),
            Err(error) => {
                self.pass_on(warnings);
                let judgement = classify(&error);
                if self.is_the_end(judgement.code(), now) {
                    return Err(error);
                }
                let trouble = Trouble::Code(judgement.code());
                if self.told.trouble != Some(trouble) {
                    self.tell(&judgement, now);
                }
                let asked = judgement
                    .retry_after
                    .map_or(0, |wait| i64::try_from(wait).unwrap_or(i64::MAX));
                (Some(trouble), self.back_off(now).max(asked))
            }
        };
        self.told.trouble = trouble;
        Ok(RequestPlan {
            made_at: now,
            due_at: now.plus(wait),
        })
    }

    fn after_success(
        &mut self,
        found: &Found,
        warnings: Vec<Warning>,
        now: UnixTime,
    ) -> (Option<Trouble>, i64) {
        let (renew_at, expires_at) = self
            .held
            .as_ref()
            .map_or((now, now), |held| (held.renewal.at, held.expires_at()));
        let has_failed = found.was_due && !found.is_new && found.was_cached && !warnings.is_empty();
        if has_failed {
            if self.told.trouble != Some(Trouble::Early) {
                self.pass_on(warnings);
            }
            return (Some(Trouble::Early), self.back_off(now));
        }
        self.pass_on(warnings);
        if !found.is_new && renew_at <= now {
            // Another process may be at it, and as little will come of that: what was told is still so.
            return (
                self.told.trouble,
                schedule::pause(expires_at.since(now), found.was_cached),
            );
        }
        if self.told.trouble.is_some() && !found.is_new {
            let shown = self.place.shown();
            self.context.log.info(&format!(
                "{}: all is well again with `{shown}`",
                self.args.profile
            ));
        }
        self.failures = 0;
        (None, renew_at.since(now).max(1))
    }

    fn back_off(&mut self, now: UnixTime) -> i64 {
        let left = self
            .held
            .as_ref()
            .map_or(0, |held| held.expires_at().since(now));
        let wait = schedule::back_off(self.failures, left, chance());
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// Whether there is nothing to go on for.
    fn is_the_end(&self, code: u8, now: UnixTime) -> bool {
        match &self.held {
            None => !PASSING.contains(&code),
            Some(held) => LASTING.contains(&code) && !held.is_alive(now),
        }
    }

    fn tell(&self, judgement: &ErrorSummary, now: UnixTime) {
        let state = match &self.held {
            Some(held) if held.is_alive(now) => {
                let (shown, until) = (self.place.shown(), held.expires_at());
                format!(
                    "; `{shown}` is good until {}, trying again",
                    until.rfc3339()
                )
            }
            _ => "; trying again".to_owned(),
        };
        warn(
            self.context.log,
            Warning {
                message: format!(
                    "profile `{}`: {}{state}",
                    self.args.profile, judgement.message
                ),
                hint: judgement.hint.clone(),
            },
        );
    }

    /// Warns of what was not warned of in the last round.
    fn pass_on(&mut self, warnings: Vec<Warning>) {
        let shape = |warning: &Warning| warning.message.replace(|c: char| c.is_ascii_digit(), "");
        let all = warnings.iter().map(shape).collect();
        for warning in warnings {
            if !self.told.besides.contains(&shape(&warning)) {
                warn(self.context.log, warning);
            }
        }
        self.told.besides = all;
    }

    /// Sees to it that the file holds the token, and says when that one expires.
    ///
    /// # Errors
    /// The file cannot be written, and never could.
    fn keep(&mut self) -> Result<()> {
        let now = self.now();
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        let (name, shown) = (&self.args.profile, self.place.shown());
        let log = self.context.log;
        if !held.is_alive(now) {
            if now >= held.expires_at() && !self.told.has_expired {
                self.told.has_expired = true;
                warn(
                    log,
                    Warning::new(format!(
                        "profile `{name}`: the token in `{shown}` has expired; the file is left as it is"
                    )),
                );
            }
            return Ok(());
        }
        if held.was_written && self.place.holds(held.words.expose()) {
            return Ok(());
        }
        match self.place.write(held.words.expose()) {
            Ok(()) => {
                let at = held.expires_at();
                let good = format!("good until {} ({})", at.rfc3339(), at.relative_to(now));
                if !held.was_written || self.told.is_stuck {
                    log.info(&format!("{name}: wrote `{shown}`, {good}"));
                } else if !self.told.is_contested {
                    self.told.is_contested = true;
                    log.info(&format!(
                        "{name}: `{shown}` was changed by another, wrote it again, {good}"
                    ));
                }
                held.was_written = true;
                self.told.is_stuck = false;
            }
            Err(error) if !self.place.was_written() => return Err(error),
            Err(error) if !self.told.is_stuck => {
                self.told.is_stuck = true;
                let message = classify(&error).message;
                warn(
                    log,
                    Warning::new(format!("profile `{name}`: {message}; trying again")),
                );
            }
            Err(_) => {}
        }
        Ok(())
    }
}

/// Warns of something that is news, though the same may have been warned of long ago.
fn warn(log: &dyn Log, warning: Warning) {
    log.reset();
    log.warn(warning);
}

/// What a look for a token came to.
struct Found {
    /// It is another one than before.
    is_new: bool,
    /// It was time for another one.
    was_due: bool,
    was_cached: bool,
}

fn is_too_short(error: &Error) -> bool {
    matches!(error.downcast_ref(), Some(AcquireError::TooShort { .. }))
}

/// A number that differs from process to process and from call to call.
fn chance() -> u64 {
    RandomState::new().hash_one("tok")
}
