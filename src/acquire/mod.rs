//! Getting a token, from the cache or from the provider. Start at [`acquire`].

mod cool_down;
mod error;
mod exchange;
mod fetch;
mod identity;
mod lock;
mod lookup;
mod preview;
mod redaction;
mod refusal;
mod rejected;
mod renew;
mod services;
mod token;
mod values;

use std::time::Duration;

use crate::expiry::Freshness;
use crate::host::{Log, Warning};
use crate::profile::Profile;
use crate::secret::Secret;
use crate::store::Entry;
use crate::time::{UnixTime, whole_seconds};

pub use cool_down::cool_down_in_force;
pub use error::{AcquireError, ErrorDetails};
pub use identity::{RequestValue, TokenIdentity};
pub use lookup::{cached, find_cached};
pub use preview::{Preview, preview};
pub use rejected::expire_rejected;
pub use services::{Connect, Services};
pub use token::Token;

use fetch::fetch;
use lock::{LockOutcome, lock_or_served};
use lookup::{Cached, lookup};
use renew::{keep_if_unreachable, renew_or_keep};

/// How much longer than its own `timeout` a process waits for another that fetches the same token.
const LOCK_MARGIN: Duration = Duration::from_secs(5);

/// Gets a token: a cached one if it is good, else a new one, which one process fetches for all.
///
/// # Errors
/// [`AcquireError`]. A cache that cannot be used is not an error but a warning.
pub fn acquire(
    request: &TokenRequest<'_>,
    services: &Services<'_>,
) -> Result<Acquired, AcquireError> {
    let identity = TokenIdentity::resolve(request.profile, services)?;
    let task = Task {
        identity: &identity,
        request,
        services,
    };
    let acquired = match lookup(&task) {
        Cached::Fresh(entry) => entry.into(),
        Cached::RefreshDue(entry) => renew_or_keep(&task, entry)?,
        Cached::Unusable(reason) if !request.policy.may_fetch() => return Err(reason.into()),
        Cached::Unusable(reason) => match lock_or_served(&task, reason)? {
            LockOutcome::Served(entry) => entry.into(),
            LockOutcome::Held(guard) => {
                fetch(&task, guard.as_deref()).or_else(|error| keep_if_unreachable(&task, error))?
            }
        },
    };
    check(&task, acquired)
}

/// Checks any token, cached or new: warns if it was rejected, fails if it is good for less than `--min-ttl`.
fn check(task: &Task<'_>, acquired: Acquired) -> Result<Acquired, AcquireError> {
    let token = &acquired.token;
    if task.request.is_rejected(&token.access_token) {
        task.log().warn(
            Warning::new("the issuer returned the rejected token again").hint(
                "the API may want another scope or audience: `tok inspect` shows those of the token",
            ),
        );
    }
    if let (Some(demanded), Some((expires_at, _))) = (task.request.min_ttl, token.expiry) {
        let left = expires_at.since(task.now());
        if left < whole_seconds(demanded) {
            return Err(AcquireError::TooShort { left, demanded });
        }
    }
    Ok(acquired)
}

/// What every step of an acquisition needs.
#[derive(Clone, Copy)]
struct Task<'a> {
    identity: &'a TokenIdentity<'a>,
    request: &'a TokenRequest<'a>,
    services: &'a Services<'a>,
}

impl<'a> Task<'a> {
    fn profile(&self) -> &'a Profile {
        self.request.profile
    }

    fn log(&self) -> &'a dyn Log {
        self.services.log
    }

    fn now(&self) -> UnixTime {
        (self.services.now)()
    }

    /// How fresh an entry is for this request.
    fn freshness(&self, entry: &Entry) -> Freshness {
        let windows = self.profile().timing.windows(self.request.min_ttl);
        entry.freshness(windows, self.now())
    }
}

/// What a caller asks for.
#[derive(Clone, Copy)]
pub struct TokenRequest<'a> {
    pub profile: &'a Profile,
    pub policy: CachePolicy,
    /// The caller's own `--min-ttl`.
    pub min_ttl: Option<Duration>,
    /// An access token that an API has just rejected. It is not taken from the cache, even if it is fresh there.
    pub rejected: Option<&'a Secret<String>>,
}

impl TokenRequest<'_> {
    fn is_rejected(&self, access_token: &Secret<String>) -> bool {
        self.rejected
            .is_some_and(|rejected| token::is_same(rejected, access_token))
    }
}

/// How the cache is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    /// Use the cached token if it is good, else fetch one.
    UseCache,
    /// Always fetch, and store the new token.
    Fresh,
    /// Use the cached token, never fetch.
    CachedOnly,
    /// Always fetch; neither read nor write the cache.
    NoCache,
}

impl CachePolicy {
    fn may_fetch(self) -> bool {
        self != Self::CachedOnly
    }
}

/// A token and where it came from.
pub struct Acquired {
    pub token: Token,
    /// Whether it came from the cache.
    pub cached: bool,
    /// The digest of its cache key.
    pub key: String,
}

impl From<Box<Entry>> for Acquired {
    fn from(entry: Box<Entry>) -> Self {
        Self {
            token: Token::from(&*entry),
            cached: true,
            key: entry.key,
        }
    }
}
