//! The cache directory: whether tokens can be cached, and what is cached already.

use super::Doctor;
use super::finding::{Finding, quoted};
use crate::render::view;
use crate::store::{FileStore, Lookup, StoreError, TokenStore as _};

const CHECK: &str = "cache";

pub(super) fn check(doctor: &Doctor<'_>) -> Vec<Finding> {
    let Some(cache) = &doctor.context.cache else {
        let message = "tokens are not cached: the home directory is unknown";
        let hint = "set `HOME`, `TOK_CACHE_DIR` or `--cache-dir`";
        return vec![Finding::fail(CHECK, message).hint(hint)];
    };
    let probe = cache.probe();
    let mut findings = doctor.warnings(CHECK);
    let shown = cache.directory().display();
    findings.push(match probe {
        Err(error) => refused(cache, &error),
        Ok(probe) if !probe.has_locks => {
            let message = format!(
                "the file system of `{shown}` has no locks: processes that start together each send a request"
            );
            let hint = "use a directory on a local disk with `--cache-dir` or `TOK_CACHE_DIR`";
            Finding::warn(CHECK, message).hint(hint)
        }
        Ok(probe) if probe.is_there => Finding::ok(CHECK, format!("{shown} is writable")),
        Ok(_) => Finding::ok(CHECK, format!("{shown} does not exist yet, and can be created")),
    });
    let entries = cache.entries().unwrap_or_default();
    findings.extend(doctor.warnings("entries"));
    let now = (doctor.context.now)();
    let (mut expired, mut unusable) = (0, 0);
    for (_, lookup) in &entries {
        match lookup {
            Lookup::Found(entry) => expired += usize::from(entry.expires_at <= now),
            Lookup::Unusable(_) => unusable += 1,
            Lookup::Absent => {}
        }
    }
    let count = view::counted(entries.len(), "token");
    let message = format!("{count}, {expired} expired, {unusable} unusable");
    findings.extend(match (entries.len(), unusable) {
        (0, _) => None,
        (_, 0) => Some(Finding::ok("entries", message)),
        _ => Some(Finding::warn("entries", message).hint("`tok forget --expired` deletes them")),
    });
    findings
}

fn refused(cache: &FileStore<'_>, error: &StoreError) -> Finding {
    let mut hint = error.hint();
    // `sudo tok` makes such a directory. One with another name may belong to its user.
    if let StoreError::Refused { why, .. } = error
        && why.contains("another user")
        && cache.directory().ends_with("tok")
    {
        let path = quoted(cache.directory());
        hint = format!("type `sudo chown -R \"$(id -un)\" {path}`, or {hint}");
    }
    Finding::fail(CHECK, format!("tokens are not cached: {error}")).hint(hint)
}
