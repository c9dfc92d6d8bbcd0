//! What is remembered for a profile: its token, a failure that keeps others from asking, and who holds the lock.

use super::Doctor;
use super::finding::{Finding, NO_TOKEN_LOST, quoted};
use crate::acquire::{AcquireError, Services, TokenIdentity, cool_down_in_force, find_cached};
use crate::expiry::Freshness;
use crate::profile::Profile;
use crate::render::view;
use crate::store::{CoolDown, Entry, EntryError, FileStore, LockKind, Lookup, TokenStore as _};
use crate::time::brief;

const TOKEN: &str = "token";
const COOL_DOWN: &str = "cool-down";
const LOCK: &str = "lock";

impl Doctor<'_> {
    pub(super) fn token(
        &self,
        profile: &Profile,
        identity: &TokenIdentity<'_>,
        services: &Services<'_>,
    ) -> Vec<Finding> {
        let Some(cache) = self.cache else {
            return vec![Finding::skip(TOKEN, "there is no cache")];
        };
        let name = &profile.name;
        let lookup = match cache.read(&identity.digest) {
            Ok(lookup) => lookup,
            Err(error) => return vec![Finding::skip(TOKEN, format!("not looked for: {error}"))],
        };
        let mut findings = self.warnings(TOKEN);
        let accepted = find_cached(profile, identity, services);
        let freshness = |entry: &Entry| entry.freshness(profile.timing.windows(None), self.now);
        let is_good = accepted
            .as_ref()
            .is_some_and(|entry| freshness(entry).is_good());
        findings.push(match (&lookup, &accepted) {
            (Lookup::Absent, _) => Finding::ok(
                TOKEN,
                format!("none is cached; `tok get {name}` fetches one"),
            ),
            (Lookup::Unusable(why), _) => unusable(*why, cache, identity),
            (Lookup::Found(_), Some(entry)) => self.state(entry, freshness(entry), name),
            (Lookup::Found(entry), None) if freshness(entry) == Freshness::ClockSkew => {
                self.state(entry, Freshness::ClockSkew, name)
            }
            (Lookup::Found(entry), None) if !entry.secrets.match_known(&identity.secrets) => {
                Finding::ok(
                    TOKEN,
                    format!(
                        "a secret has changed since it was cached; `tok get {name}` fetches another"
                    ),
                )
            }
            (Lookup::Found(_), None) => Finding::ok(
                TOKEN,
                format!("nothing says when it expires; `tok get {name}` fetches another"),
            ),
        });
        let failure = cool_down_in_force(cache, identity, self.now);
        findings.extend(
            failure.map(|(failure, left)| Self::cool_down_finding(failure, left, name, is_good)),
        );
        findings.extend(locks(cache, identity));
        findings
    }

    fn state(&self, entry: &Entry, freshness: Freshness, name: &str) -> Finding {
        let (word, _) = view::freshness(freshness);
        let when = view::when(entry.expires_at, self.now, self.context.width.is_some());
        match freshness {
            Freshness::Fresh | Freshness::RefreshDue | Freshness::Stale => {
                Finding::ok(TOKEN, format!("{word}, expires {when}"))
            }
            Freshness::Expired => Finding::ok(
                TOKEN,
                format!("expired {when}; `tok get {name}` fetches another"),
            ),
            Freshness::ClockSkew => {
                let ahead = brief(entry.requested_at.since(self.now));
                Finding::warn(
                    TOKEN,
                    format!("it was requested {ahead} after now, and is not used"),
                )
                .hint(format!(
                    "set the clock right, or type `tok get {name}` for another token"
                ))
            }
        }
    }

    /// A failure that is remembered. With a good token in the cache nobody meets it yet.
    fn cool_down_finding(failure: CoolDown, left: u64, name: &str, is_good: bool) -> Finding {
        let CoolDown { kind, message, .. } = failure;
        let finding = Finding::of_error(
            COOL_DOWN,
            AcquireError::PreviousFailure {
                kind,
                message,
                retry_after: Some(left),
            },
        )
        .hint(format!(
            "mend what is wrong; `tok get -f {name}` or other credentials lift it at once"
        ));
        if is_good {
            finding.only_a_warning()
        } else {
            finding
        }
    }
}

/// Nobody should hold a lock for long. A lock file is not made for the sake of looking.
fn locks(cache: &FileStore<'_>, identity: &TokenIdentity<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for lock in [LockKind::Main, LockKind::Bypass] {
        let path = cache.lock_path(&identity.digest, lock);
        match cache.is_locked(&identity.digest, lock) {
            Ok(false) => {}
            Ok(true) => {
                let shown = quoted(&path);
                findings.push(
                    Finding::warn(LOCK, "another `tok` is fetching this token, or hangs").hint(format!(
                        "`fuser -v {shown}` or `lsof {shown}` names it; `kill -CONT PID` wakes one that was stopped"
                    )),
                );
            }
            Err(error) => findings.push(
                Finding::fail(LOCK, error.to_string(), NO_TOKEN_LOST)
                    .hint(format!("look at `ls -l {}`", quoted(&path))),
            ),
        }
    }
    findings
}

fn unusable(why: EntryError, cache: &FileStore<'_>, identity: &TokenIdentity<'_>) -> Finding {
    let shown = quoted(&cache.path(&identity.digest));
    let finding = Finding::warn(TOKEN, format!("the cached file is of no use: {why}"));
    match why {
        EntryError::Damaged => {
            finding.hint("`tok get` writes a new one; if it is damaged again, look at the disk")
        }
        EntryError::Newer => finding.hint(
            "install the newer version of `tok` here too, or give this one a `TOK_CACHE_DIR` of its own",
        ),
        EntryError::Foreign => {
            finding.hint(format!("look at `ls -l {shown}`; `rm {shown}` makes room for a new one"))
        }
    }
}
