//! What the cache holds for a profile: its token, a remembered failure, and the locks.

use super::Doctor;
use super::finding::{Finding, TOKEN, quoted};
use crate::acquire::{AcquireError, Services, TokenIdentity, cool_down_in_force, find_cached};
use crate::expiry::Freshness;
use crate::profile::Profile;
use crate::render::view;
use crate::store::{Entry, LockKind, Lookup, TokenStore as _};
use crate::time::brief;

pub(super) fn check(
    doctor: &Doctor<'_>,
    profile: &Profile,
    identity: &TokenIdentity<'_>,
    services: &Services<'_>,
) -> Vec<Finding> {
    let Some(cache) = &doctor.context.cache else {
        return Vec::new();
    };
    let (name, key, now) = (&profile.name, &identity.digest, (services.now)());
    let lookup = cache.read(key).unwrap_or(Lookup::Absent);
    let mut findings = doctor.warnings(TOKEN);
    let usable = find_cached(profile, identity, services);
    let freshness = |entry: &Entry| entry.freshness(profile.timing.windows(None), now);
    let fetches = |why: &str| Finding::ok(TOKEN, format!("{why}; `tok get {name}` fetches one"));
    findings.push(match (&lookup, &usable) {
        (Lookup::Absent, _) => fetches("none cached"),
        (Lookup::Unusable(why), _) => {
            let path = quoted(&cache.path(key));
            Finding::warn(TOKEN, format!("the cached file is unusable: {why}"))
                .hint(format!("`tok get {name}` replaces it, or type `rm {path}`"))
        }
        (Lookup::Found(entry), _) if freshness(entry) == Freshness::ClockSkew => {
            let ahead = brief(entry.requested_at.since(now));
            let message = format!("it was requested {ahead} in the future, and is not used");
            let hint = format!("correct the clock, or fetch another with `tok get {name}`");
            Finding::warn(TOKEN, message).hint(hint)
        }
        (Lookup::Found(_), Some(entry)) => {
            let when = view::when(entry.expires_at, now, doctor.context.width.is_some());
            match freshness(entry) {
                Freshness::Expired => fetches(&format!("expired {when}")),
                state => Finding::ok(
                    TOKEN,
                    format!("{}, expires {when}", view::freshness(state).0),
                ),
            }
        }
        (Lookup::Found(entry), None) if entry.secrets.match_known(&identity.secrets) => {
            fetches("its lifetime is unknown")
        }
        (Lookup::Found(_), None) => fetches("a secret has changed since it was cached"),
    });
    if let Some((failure, left)) = cool_down_in_force(cache, identity, now) {
        let error = AcquireError::PreviousFailure {
            kind: failure.kind,
            message: failure.message,
            retry_after: Some(left),
        };
        let hint = format!("fix it; `tok get -f {name}` or other credentials retry at once");
        let finding = Finding::of_error("cool-down", error).hint(hint);
        // A good token is still served.
        let is_good = usable.is_some_and(|entry| freshness(&entry).is_good());
        findings.push(if is_good {
            finding.into_warning()
        } else {
            finding
        });
    }
    for lock in [LockKind::Main, LockKind::Bypass] {
        let path = quoted(&cache.lock_path(key, lock));
        findings.extend(match cache.is_locked(key, lock) {
            Ok(false) => None,
            Ok(true) => {
                let message = "another `tok` is fetching this token, or hangs";
                let hint = format!("`fuser -v {path}` or `lsof {path}` shows which process it is");
                Some(Finding::warn("lock", message).hint(hint))
            }
            Err(error) => Some(Finding::fail("lock", error.to_string()).hint(error.hint())),
        });
    }
    findings
}
