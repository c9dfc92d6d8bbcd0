//! The cache directory: whether tokens can be cached, and what is cached already.

use super::finding::{Finding, quoted};
use super::{Doctor, clock};
use crate::render::view;
use crate::store::{FileStore, Lookup, StoreError, TokenStore as _};
use crate::time::UnixTime;

const CHECK: &str = "cache";
const ENTRIES: &str = "entries";

const ELSEWHERE: &str = "use another directory with `--cache-dir` or `TOK_CACHE_DIR`";

pub(super) fn check(doctor: &Doctor<'_>) -> Vec<Finding> {
    let now = (doctor.context.now)();
    let mut newest = None;
    let mut findings = match doctor.cache {
        None => {
            let message = "tokens are not cached: there is no home directory";
            vec![Finding::fail(CHECK, message).hint(format!("set `HOME`, or {ELSEWHERE}"))]
        }
        Some(cache) => {
            let mut findings = directory(doctor, cache);
            match cache.entries() {
                Ok(entries) => {
                    findings.extend(doctor.warnings(ENTRIES));
                    findings.extend(count(&entries, now));
                    newest = requested_last(&entries);
                }
                Err(error) => findings.push(refused(cache, &error)),
            }
            findings
        }
    };
    findings.extend(clock::check(now, newest));
    findings
}

fn directory(doctor: &Doctor<'_>, cache: &FileStore<'_>) -> Vec<Finding> {
    let outcome = cache.probe();
    let mut findings = doctor.warnings(CHECK);
    let probe = match outcome {
        Ok(probe) => probe,
        Err(error) => {
            findings.push(refused(cache, &error));
            return findings;
        }
    };
    let shown = cache.directory().display();
    if !probe.has_locks {
        let message = format!(
            "the file system of `{shown}` has no locks: processes that start together each send a request"
        );
        findings.push(Finding::warn(CHECK, message).hint(ELSEWHERE));
    }
    let state = if probe.is_there {
        "is writable"
    } else {
        "does not exist yet, and can be created"
    };
    findings.push(Finding::ok(CHECK, format!("{shown} {state}")));
    findings
}

fn refused(cache: &FileStore<'_>, error: &StoreError) -> Finding {
    let path = quoted(cache.directory());
    let hint = match error {
        // `sudo tok` makes such a directory. One with another name may be somebody's own.
        StoreError::Refused { why, .. }
            if why.contains("another user") && cache.directory().ends_with("tok") =>
        {
            format!("type `sudo chown -R \"$(id -un)\" {path}`, or {ELSEWHERE}")
        }
        StoreError::Refused { why, .. } if why.contains("link") => {
            format!("type `rm {path}`, or {ELSEWHERE}")
        }
        _ => error.hint(),
    };
    Finding::fail(CHECK, format!("tokens are not cached: {error}")).hint(hint)
}

fn count(entries: &[(String, Lookup)], now: UnixTime) -> Option<Finding> {
    let number = |is_counted: &dyn Fn(&Lookup) -> bool| {
        entries
            .iter()
            .filter(|(_, lookup)| is_counted(lookup))
            .count()
    };
    let expired =
        number(&|lookup| matches!(lookup, Lookup::Found(entry) if entry.expires_at <= now));
    let unusable = number(&|lookup| matches!(lookup, Lookup::Unusable(_)));
    let count = view::counted(entries.len(), "token");
    match (entries.len(), unusable) {
        (0, _) => None,
        (_, 0) => Some(Finding::ok(ENTRIES, format!("{count}, {expired} expired"))),
        _ => {
            let message = format!("{count}, {expired} expired, {unusable} unusable");
            Some(Finding::warn(ENTRIES, message).hint("`tok forget --expired` deletes them"))
        }
    }
}

fn requested_last(entries: &[(String, Lookup)]) -> Option<UnixTime> {
    entries
        .iter()
        .filter_map(|(_, lookup)| match lookup {
            Lookup::Found(entry) => Some(entry.requested_at),
            Lookup::Unusable(_) | Lookup::Absent => None,
        })
        .max()
}
