//! The main path: a cached token if it is fresh; else locked, looked at again, fetched once, stored.
//!
//! Which token is meant is worked out in `identity`, one exchange with the token endpoint in `exchange`, what
//! becomes of its reply in `token`.

mod error;
mod exchange;
mod identity;
mod keep;
mod memory;
mod preview;
mod refused;
mod time_limit;
mod token;
mod trouble;
mod turn;
mod uncached;
mod values;

pub use error::AcquireError;
pub use identity::{RequestValue, TokenIdentity};
pub use memory::cool_down_in_force;
pub use preview::{Preview, preview};
pub use refused::expire_rejected;
pub use token::Token;

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use keep::StoreOutcome;
use trouble::cache_trouble;
use turn::{LockOutcome, WaitSnapshot};

use crate::expiry::{ExpiryRule, Freshness, Windows};
use crate::host::{Environment, Log, Warning};
use crate::http::{Settings, Transport, TransportError};
use crate::profile::Profile;
use crate::request::StandardParam;
use crate::secret::Secret;
use crate::secret::source::Resolver;
use crate::store::{CoolDown, Entry, FileStore, Guard, LockKind, Lookup, StoreError};
use crate::time::{UnixTime, whole_seconds};

/// The world outside, as far as getting a token needs it.
#[derive(Clone, Copy)]
pub struct Services<'a> {
    pub environment: Environment<'a>,
    pub now: &'a dyn Fn() -> UnixTime,
    pub log: &'a dyn Log,
    /// `None`: there is no place for one.
    pub store: Option<&'a FileStore<'a>>,
    /// Makes the HTTP client; called on a miss only.
    pub connect: &'a Connect,
    /// The directory of the profiles file, where relative paths begin.
    pub base: &'a Path,
}

/// How a transport for an endpoint is made.
pub type Connect = dyn Fn(&str, &Settings<'_>) -> Result<Box<dyn Transport>, TransportError>;

impl<'a> Services<'a> {
    /// Where values of this profile are looked up.
    pub fn resolver(&self, profile: &'a Profile) -> Resolver<'a> {
        Resolver {
            environment: self.environment,
            vars: &profile.vars,
            base: self.base,
        }
    }
}

/// How far the cache may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    /// The cache first, the server where it must be.
    UseCache,
    /// The server, whatever the cache holds.
    Fresh,
    /// The cache alone.
    CachedOnly,
    /// As if there were no cache.
    NoCache,
}

/// What a caller asks for.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    pub profile: &'a Profile,
    pub policy: CachePolicy,
    /// The caller's own `--min-ttl`.
    pub min_ttl: Option<Duration>,
    /// An access token that an API has just refused: whatever the cache says of it, it is not to be served.
    pub rejected: Option<&'a Secret<String>>,
}

/// A token and where it came from.
pub struct Acquired {
    pub token: Token,
    pub cached: bool,
    /// The digest of its cache key.
    pub key: String,
}

/// How much longer than its own `timeout` a process waits for another that fetches the same token.
const PATIENCE: Duration = Duration::from_secs(5);

/// Gets a token.
///
/// # Errors
/// [`AcquireError`]. Trouble with the cache is none: it is a warning, and costs no more than the cache.
pub fn acquire(
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Acquired, AcquireError> {
    let profile = request.profile;
    let identity = TokenIdentity::resolve(profile, services)?;
    let windows = profile.timing.windows(request.min_ttl);
    let acquisition = Acquisition {
        profile,
        identity: &identity,
        services,
        windows,
        mode: request.policy,
        refused: request.rejected,
    };
    let cache = services
        .store
        .filter(|_| request.policy != CachePolicy::NoCache);
    let acquired = match (cache, request.policy) {
        (None, CachePolicy::CachedOnly) => Err(AcquireError::NotCached),
        (None, _) => acquisition.fetch_uncached(),
        (Some(cache), _) => acquisition.through_cache(cache),
    }?;
    acquisition.warn_of_refused(&acquired);
    acquisition.check_demand(request.min_ttl, acquired)
}

/// The entry of a profile as it is, fresh or not, for those who only look.
///
/// # Errors
/// [`AcquireError::NotCached`], or the identity cannot be worked out.
pub fn cached(profile: &Profile, services: &Services<'_>) -> Result<Entry, AcquireError> {
    find_cached(
        profile,
        &TokenIdentity::resolve(profile, services)?,
        services,
    )
    .ok_or(AcquireError::NotCached)
}

/// The same where it is known already which token is meant.
#[must_use]
pub fn find_cached(
    profile: &Profile,
    identity: &TokenIdentity<'_>,
    services: &Services<'_>,
) -> Option<Entry> {
    let windows = profile.timing.windows(None);
    let acquisition = Acquisition {
        profile,
        identity,
        services,
        windows,
        mode: CachePolicy::CachedOnly,
        refused: None,
    };
    services.store.and_then(|cache| acquisition.look(cache))
}

/// One acquisition along the main path.
struct Acquisition<'a> {
    profile: &'a Profile,
    identity: &'a TokenIdentity<'a>,
    services: &'a Services<'a>,
    windows: Windows,
    mode: CachePolicy,
    refused: Option<&'a Secret<String>>,
}

impl Acquisition<'_> {
    fn now(&self) -> UnixTime {
        (self.services.now)()
    }

    fn through_cache(&self, cache: &FileStore<'_>) -> Result<Acquired, AcquireError> {
        let found = self.look(cache);
        let state = found
            .as_ref()
            .map(|entry| entry.freshness(self.windows, self.now()));
        match (self.mode, &found, state) {
            (CachePolicy::UseCache, Some(entry), Some(Freshness::Fresh)) => {
                self.services
                    .log
                    .debug("the cached token is fresh: nobody is asked");
                Ok(served(entry))
            }
            (CachePolicy::CachedOnly, Some(entry), Some(state)) if state.is_good() => {
                Ok(served(entry))
            }
            (CachePolicy::CachedOnly, Some(entry), _) => Err(AcquireError::Expired {
                left: entry.expires_at.since(self.now()),
            }),
            (CachePolicy::CachedOnly, None, _) => Err(AcquireError::NotCached),
            (CachePolicy::UseCache, Some(entry), Some(Freshness::RefreshDue)) => {
                self.renew_early(cache, entry)
            }
            _ => self.fetch_once(cache, found.as_ref()),
        }
    }

    /// The entry of this token, if it is there and nothing that it was got with has changed since.
    fn look(&self, cache: &FileStore<'_>) -> Option<Entry> {
        match cache.read(&self.identity.digest) {
            Ok(lookup) => self.accept(lookup),
            Err(error) => {
                self.services.log.warn(cache_trouble(&error));
                None
            }
        }
    }

    fn accept(&self, lookup: Lookup) -> Option<Entry> {
        let detail = |message: &str| self.services.log.debug(message);
        match lookup {
            Lookup::Found(entry) if !entry.secrets.match_known(&self.identity.secrets) => {
                detail("a secret has changed since the token was cached");
                None
            }
            Lookup::Found(entry) if self.is_refused(&entry) => {
                detail("the cached token is the one that was refused");
                None
            }
            Lookup::Found(entry) if entry.requested_at > self.now() => {
                detail("the cached token is from the future: the clock was set back");
                None
            }
            Lookup::Found(entry) => {
                let mut entry = *entry;
                if entry.expiry_rule == ExpiryRule::AssumeExpiresIn {
                    // The profile may say otherwise by now.
                    let assumed = self.profile.timing.assume_expires_in?;
                    entry.expires_at = entry.requested_at.plus(whole_seconds(assumed));
                }
                Some(entry)
            }
            Lookup::Absent => None,
            Lookup::Unusable(why) => {
                detail(&format!("the cached file is of no use: {why}"));
                None
            }
        }
    }

    /// Whether this is the token that an API has refused. One that the issuer has just handed out again is not: it
    /// would only be handed out once more.
    fn is_refused(&self, entry: &Entry) -> bool {
        let is_it = |refused| token::is_same(refused, &entry.access_token);
        let cool_down = whole_seconds(self.profile.timing.cool_down);
        let is_confirmed = |at: UnixTime| (0..cool_down).contains(&self.now().since(at));
        self.refused.is_some_and(is_it) && !entry.confirmed_at.is_some_and(is_confirmed)
    }

    fn warn_of_refused(&self, acquired: &Acquired) {
        let is_it = |refused| token::is_same(refused, &acquired.token.access_token);
        if self.refused.is_some_and(is_it) {
            self.services.log.warn(
                Warning::new("the issuer handed out the refused token again").hint(
                    "the API may want another scope or audience: `tok inspect` shows those of the token",
                ),
            );
        }
    }

    /// The token is still good: one process renews it, nobody waits for that, and if it fails nothing is lost.
    ///
    /// # Errors
    /// Renewing failed, and took so long that the token expired meanwhile.
    fn renew_early(&self, cache: &FileStore<'_>, entry: &Entry) -> Result<Acquired, AcquireError> {
        let served_after = |entry: &Entry, why: &dyn fmt::Display| {
            self.services.log.warn(
                Warning::new(format!("the token could not be renewed early: {why}")).hint(format!(
                    "the cached one is good until {}",
                    entry.expires_at.rfc3339()
                )),
            );
            Ok(served(entry))
        };
        let failed = |entry: &Entry, error: AcquireError| {
            let dead = [Freshness::Expired, Freshness::ClockSkew];
            let is_dead = dead.contains(&entry.freshness(self.windows, self.now()));
            if is_dead {
                Err(error)
            } else {
                served_after(entry, &error)
            }
        };
        // After any failure, not only one that the server wants remembered: a try may take all of `timeout`, and
        // nothing presses.
        let patience = self.profile.timing.cool_down;
        let is_cooling =
            |cool_down: CoolDown| memory::still_cooling(&cool_down, patience, self.now());
        if let Some(error) = memory::failures(cache, self.identity).find_map(is_cooling) {
            return failed(entry, error);
        }
        let guard = match cache.try_lock(&self.identity.digest, LockKind::Main) {
            Ok(Some(guard)) => guard,
            Ok(None) => return Ok(served(entry)),
            // As on a miss; but a refresh token that two may spend is not spent before it must be.
            Err(error @ StoreError::NoLocks { .. }) if !self.profile.renews_by_refresh_token() => {
                self.services.log.warn(cache_trouble(&error));
                cache.without_lock(&self.identity.digest)
            }
            Err(error) => return served_after(entry, &error),
        };
        let current = guard.read().ok().and_then(|lookup| self.accept(lookup));
        let current = current.as_ref().unwrap_or(entry);
        if current.freshness(self.windows, self.now()) == Freshness::Fresh {
            return Ok(served(current));
        }
        match self.fetch(Some(current), Some((cache, &guard))) {
            Ok(acquired) => Ok(acquired),
            Err(error) => failed(current, error),
        }
    }

    /// One process fetches, the others wait and look again.
    fn fetch_once(
        &self,
        cache: &FileStore<'_>,
        found: Option<&Entry>,
    ) -> Result<Acquired, AcquireError> {
        let failures: Vec<_> = memory::failures(cache, self.identity).collect();
        let begun = WaitSnapshot {
            at: self.now(),
            seen: found.map(|entry| entry.secrets.clone()),
            failures: failures
                .iter()
                .map(|failure| failure.secrets.clone())
                .collect(),
        };
        let is_cooling =
            |cool_down: &CoolDown| memory::still_cooling(cool_down, Duration::ZERO, self.now());
        if self.mode == CachePolicy::UseCache
            && let Some(error) = failures.iter().find_map(is_cooling)
        {
            return Err(error);
        }
        let patience = self.profile.timing.timeout + PATIENCE;
        for turn in [LockKind::Main, LockKind::Bypass] {
            match self.take_turn(cache, turn, &begun, Instant::now() + patience)? {
                LockOutcome::Served(acquired) => return Ok(acquired),
                LockOutcome::Guard(guard) => {
                    return self.fetch(self.refreshable(&guard).as_ref(), Some((cache, &guard)));
                }
                // The entry may be readable all the same, and its refresh token the only one that is still good.
                LockOutcome::NoCache => {
                    return self.fetch(self.unlocked_predecessor(cache).as_ref(), None);
                }
                // A refresh token must not be spent by two; anything else may go on.
                LockOutcome::TimeIsUp if self.profile.renews_by_refresh_token() => break,
                LockOutcome::TimeIsUp if turn == LockKind::Main => {
                    self.services.log.warn(Warning::new(format!(
                        "another `tok` has been fetching this token for {}s; going on without it",
                        patience.as_secs()
                    )));
                }
                LockOutcome::TimeIsUp => {}
            }
        }
        Err(AcquireError::Locked { waited: patience })
    }

    /// The entry under the lock whose refresh token may renew it. A changed client secret does not make that one
    /// bad: it may be the only one that is left of a chain of rotations. A changed password does.
    fn refreshable(&self, guard: &Guard<'_>) -> Option<Entry> {
        self.refreshable_entry(guard.read())
    }

    /// The same without the lock, where it cannot be had.
    fn unlocked_predecessor(&self, cache: &FileStore<'_>) -> Option<Entry> {
        self.refreshable_entry(cache.read(&self.identity.digest))
    }

    fn refreshable_entry(&self, found: Result<Lookup, StoreError>) -> Option<Entry> {
        let Ok(Lookup::Found(entry)) = found else {
            return None;
        };
        let is_unchanged = |standard: StandardParam| {
            entry
                .secrets
                .match_one(standard.as_str(), &self.identity.secrets)
        };
        (is_unchanged(StandardParam::Password) && is_unchanged(StandardParam::RefreshToken))
            .then_some(*entry)
    }

    /// Asks the server and stores what it gives before anybody sees it.
    fn fetch(
        &self,
        old: Option<&Entry>,
        place: Option<(&FileStore<'_>, &Guard<'_>)>,
    ) -> Result<Acquired, AcquireError> {
        let again = || place.and_then(|(_, guard)| self.refreshable(guard));
        let outcome = exchange::exchange(self.profile, self.identity, self.services, old, &again);
        let token = match outcome {
            Ok(token) => token,
            Err(error) => {
                self.remember(&error, place);
                return Err(error);
            }
        };
        match place {
            Some((cache, guard)) if self.mode != CachePolicy::NoCache => {
                let kept = self.keep(&token, old, guard);
                self.forget_failures(cache, guard);
                if let StoreOutcome::Overtaken(later) = kept {
                    return Ok(served(&later));
                }
            }
            Some((_, guard)) => self.keep_rotated(&token, old, guard),
            None => self.rescue(&token),
        }
        Ok(Acquired {
            token,
            cached: false,
            key: self.identity.digest.clone(),
        })
    }

    /// What the caller demands must hold of a fresh token too.
    fn check_demand(
        &self,
        demanded: Option<Duration>,
        acquired: Acquired,
    ) -> Result<Acquired, AcquireError> {
        let (Some(demanded), Some((expires_at, _))) = (demanded, acquired.token.expiry) else {
            return Ok(acquired);
        };
        let left = expires_at.since(self.now());
        if left < whole_seconds(demanded) {
            return Err(AcquireError::TooShort { left, demanded });
        }
        Ok(acquired)
    }
}

fn served(entry: &Entry) -> Acquired {
    Acquired {
        token: Token::from(entry),
        cached: true,
        key: entry.key.clone(),
    }
}
