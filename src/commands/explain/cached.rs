//! What the cache holds for the request, and what `tok get` does with it.

use serde::Serialize;

use crate::acquire::{Services, TokenIdentity, cool_down_in_force, find_cached};
use crate::expiry::Freshness;
use crate::profile::Profile;
use crate::render::view;
use crate::store::Entry;

/// The state of the cache, as `--json` prints it.
#[derive(Serialize)]
pub(super) struct Cached {
    pub(super) state: &'static str,
    /// What `tok get` does.
    pub(super) verdict: &'static str,
    pub(super) expires_at: Option<i64>,
    /// A remembered failure that keeps `tok get` from sending the request.
    pub(super) cool_down: Option<CoolingDown>,
    /// The cache key.
    pub(super) key: String,
    pub(super) file: Option<String>,
    #[serde(skip)]
    pub(super) freshness: Option<Freshness>,
}

#[derive(Serialize)]
pub(super) struct CoolingDown {
    pub(super) seconds_left: u64,
    pub(super) message: String,
}

impl Cached {
    pub(super) fn new(
        profile: &Profile,
        identity: &TokenIdentity<'_>,
        services: &Services<'_>,
        file: Option<String>,
    ) -> Self {
        let now = (services.now)();
        let entry = find_cached(profile, identity, services);
        let cool_down = services
            .store
            .and_then(|store| cool_down_in_force(store, identity, now))
            .map(|(failure, seconds_left)| CoolingDown {
                seconds_left,
                message: failure.message,
            });
        let freshness = entry
            .as_ref()
            .map(|entry| entry.freshness(profile.timing.windows(None), now));
        Self {
            state: freshness.map_or("none", |freshness| view::freshness(freshness).0),
            verdict: verdict(profile, entry.as_ref(), freshness, cool_down.is_some()),
            expires_at: entry.map(|entry| entry.expires_at.0),
            cool_down,
            key: identity.digest.clone(),
            file,
            freshness,
        }
    }
}

fn verdict(
    profile: &Profile,
    entry: Option<&Entry>,
    freshness: Option<Freshness>,
    is_cooling_down: bool,
) -> &'static str {
    let has_refresh_token = profile.renews_by_refresh_token()
        && entry.is_some_and(|entry| entry.refresh_token.is_some());
    match freshness {
        Some(Freshness::Fresh) => "`tok get` prints the cached token and sends nothing",
        Some(freshness) if freshness.is_good() && is_cooling_down => {
            "`tok get` prints the cached token, with a warning"
        }
        Some(freshness) if freshness.is_good() => {
            "`tok get` tries to renew it, and prints the cached token if that fails"
        }
        _ if is_cooling_down => {
            "`tok get` sends nothing and fails as below; `tok get -f` sends this request"
        }
        _ if has_refresh_token => "`tok get` tries the cached refresh token first",
        _ => "`tok get` sends this request",
    }
}
