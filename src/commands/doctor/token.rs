//! What the cache holds for a profile: its token, a remembered failure, and the locks.

use super::Doctor;
use super::finding::{Finding, quoted};
use crate::acquire::{AcquireError, Services, TokenIdentity, cool_down_in_force, find_cached};
use crate::expiry::Freshness;
use crate::profile::Profile;
use crate::render::view;
use crate::store::{Entry, EntryError, FileStore, LockKind, Lookup, TokenStore as _};
use crate::time::{UnixTime, brief};

pub(super) const CHECK: &str = "token";
const COOL_DOWN: &str = "cool-down";
const LOCK: &str = "lock";

pub(super) fn check(
    doctor: &Doctor<'_>,
    profile: &Profile,
    identity: &TokenIdentity<'_>,
    services: &Services<'_>,
) -> Vec<Finding> {
    let Some(cache) = doctor.cache else {
        return vec![Finding::skip(CHECK, "there is no cache")];
    };
    let name = &profile.name;
    let now = (services.now)();
    let lookup = match cache.read(&identity.digest) {
        Ok(lookup) => lookup,
        Err(error) => return vec![Finding::skip(CHECK, format!("not looked up: {error}"))],
    };
    let mut findings = doctor.warnings(CHECK);
    let usable = find_cached(profile, identity, services);
    let freshness = |entry: &Entry| entry.freshness(profile.timing.windows(None), now);
    findings.push(match (&lookup, &usable) {
        (Lookup::Absent, _) => {
            Finding::ok(CHECK, format!("none cached; `tok get {name}` fetches one"))
        }
        (Lookup::Unusable(why), _) => unusable(*why, cache, &identity.digest),
        (Lookup::Found(_), Some(entry)) => {
            let when = view::when(entry.expires_at, now, doctor.context.width.is_some());
            cached(entry, freshness(entry), &when, name, now)
        }
        (Lookup::Found(entry), None) if freshness(entry) == Freshness::ClockSkew => {
            cached(entry, Freshness::ClockSkew, "", name, now)
        }
        (Lookup::Found(entry), None) => {
            let why = if entry.secrets.match_known(&identity.secrets) {
                "its lifetime is unknown"
            } else {
                "a secret has changed since it was cached"
            };
            Finding::ok(CHECK, format!("{why}; `tok get {name}` fetches another"))
        }
    });
    let is_good = usable.is_some_and(|entry| freshness(&entry).is_good());
    if let Some((failure, left)) = cool_down_in_force(cache, identity, now) {
        let error = AcquireError::PreviousFailure {
            kind: failure.kind,
            message: failure.message,
            retry_after: Some(left),
        };
        let finding = Finding::of_error(COOL_DOWN, error).hint(format!(
            "fix it; `tok get -f {name}` or other credentials retry at once"
        ));
        // A good token is still served.
        findings.push(if is_good {
            finding.into_warning()
        } else {
            finding
        });
    }
    findings.extend(locks(cache, &identity.digest));
    findings
}

fn cached(entry: &Entry, freshness: Freshness, when: &str, name: &str, now: UnixTime) -> Finding {
    match freshness {
        Freshness::Fresh | Freshness::RefreshDue | Freshness::Stale => {
            let (state, _) = view::freshness(freshness);
            Finding::ok(CHECK, format!("{state}, expires {when}"))
        }
        Freshness::Expired => Finding::ok(
            CHECK,
            format!("expired {when}; `tok get {name}` fetches another"),
        ),
        Freshness::ClockSkew => {
            let ahead = brief(entry.requested_at.since(now));
            let message = format!("it was requested {ahead} in the future, and is not used");
            let hint = format!("correct the clock, or fetch another with `tok get {name}`");
            Finding::warn(CHECK, message).hint(hint)
        }
    }
}

fn unusable(why: EntryError, cache: &FileStore<'_>, key: &str) -> Finding {
    let path = quoted(&cache.path(key));
    let hint = match why {
        EntryError::Damaged => {
            "`tok get` replaces it; if it is damaged again, check the disk".to_owned()
        }
        EntryError::Newer => {
            "install the newer version of tok here too, or set another `TOK_CACHE_DIR` for this one"
                .to_owned()
        }
        EntryError::Foreign => format!("look at `ls -l {path}`; `rm {path}` deletes it"),
    };
    Finding::warn(CHECK, format!("the cached file is unusable: {why}")).hint(hint)
}

fn locks(cache: &FileStore<'_>, key: &str) -> Vec<Finding> {
    let check = |lock| {
        let path = quoted(&cache.lock_path(key, lock));
        match cache.is_locked(key, lock) {
            Ok(false) => None,
            Ok(true) => {
                let message = "another `tok` is fetching this token, or hangs";
                let hint = format!(
                    "`fuser -v {path}` or `lsof {path}` shows its PID; `kill -CONT PID` resumes a stopped one"
                );
                Some(Finding::warn(LOCK, message).hint(hint))
            }
            Err(error) => Some(Finding::fail(LOCK, error.to_string()).hint(error.hint())),
        }
    };
    [LockKind::Main, LockKind::Bypass]
        .into_iter()
        .filter_map(check)
        .collect()
}
