//! The cache directory: whether tokens can be kept there, and what is there already.

use super::finding::{Finding, NO_TOKEN_LOST, quoted};
use super::{Doctor, clock};
use crate::os::{self, Space};
use crate::render::view;
use crate::store::{FileStore, Leftover, Lookup, Probe, StoreError, TokenStore as _};
use crate::time::{UnixTime, brief};

const CHECK: &str = "cache";
const SPACE: &str = "space";
const ENTRIES: &str = "entries";
const LEFTOVERS: &str = "leftovers";

const ELSEWHERE: &str = "name another directory with `--cache-dir` or in `TOK_CACHE_DIR`";

/// Less than this is none: an entry, its lock file and the directory's own growth.
const NO_BYTES: u64 = 64 << 10;
const FEW_BYTES: u64 = 10 << 20;
const PLENTY: u64 = 10 << 30;
/// A file that is being written, its lock, and one that remembers a failure.
const NO_FILES: u64 = 3;
const FEW_FILES: u64 = 100;

impl Doctor<'_> {
    pub(super) fn store(&mut self) {
        let Some(cache) = self.cache else {
            self.note(
                Finding::fail(CHECK, "there is no home directory to keep tokens in", NO_TOKEN_LOST).hint(
                    "type `export HOME=…`, or name a directory with `--cache-dir` or in `TOK_CACHE_DIR`",
                ),
            );
            self.note_clock(None, None);
            return;
        };
        let outcome = cache.probe();
        // As late as may be: writing to a disk takes its time.
        self.now = (self.context.now)();
        let mut findings = self.warnings(CHECK);
        match &outcome {
            Ok(probe) => findings.extend(tried(cache, probe)),
            Err(error) => findings.push(refused(cache, error)),
        }
        let is_there = outcome.as_ref().is_ok_and(|probe| probe.is_there);
        let directory = outcome
            .as_ref()
            .map_or(cache.directory(), |probe| probe.directory.as_path());
        findings.extend(os::space(directory).ok().map(judge_space));
        let mut newest = None;
        if is_there {
            let (entries, at) = self.entries(cache);
            newest = at;
            findings.extend(entries);
            findings.extend(self.leftovers(cache));
        }
        for finding in findings {
            self.note(finding);
        }
        self.note_clock(outcome.ok().map(|probe| probe.written_at), newest);
    }

    fn note_clock(&mut self, written_at: Option<UnixTime>, newest: Option<UnixTime>) {
        for finding in clock::classify(self.now, written_at, newest) {
            self.note(finding);
        }
    }

    /// What the entries are, and when the newest of them was requested.
    fn entries(&self, cache: &FileStore<'_>) -> (Vec<Finding>, Option<UnixTime>) {
        let entries = match cache.entries() {
            Ok(entries) => entries,
            Err(error) => return (vec![refused(cache, &error)], None),
        };
        let mut findings = self.warnings(ENTRIES);
        let (mut expired, mut unusable, mut newest) = (0, 0, None);
        for (_, lookup) in &entries {
            match lookup {
                Lookup::Found(entry) => {
                    expired += usize::from(entry.expires_at <= self.now);
                    newest = newest.max(Some(entry.requested_at));
                }
                Lookup::Unusable(_) => unusable += 1,
                Lookup::Absent => {}
            }
        }
        let count = view::counted(entries.len(), "token");
        findings.push(if unusable == 0 {
            Finding::ok(ENTRIES, format!("{count}, {expired} expired"))
        } else {
            Finding::warn(
                ENTRIES,
                format!("{count}, {expired} expired, {unusable} of no use"),
            )
            .hint("type `tok forget --expired`, which drops what is of no use too")
        });
        (findings, newest)
    }

    fn leftovers(&self, cache: &FileStore<'_>) -> Option<Finding> {
        let found = cache.unfinished_files().ok()?;
        let left: Vec<&Leftover> = found
            .iter()
            .filter(|file| file.is_left_behind(self.now))
            .collect();
        let oldest = left
            .iter()
            .map(|file| self.now.since(file.written_at))
            .max()?;
        let count = view::counted(left.len(), "unfinished file");
        let age = if oldest > 0 {
            format!(", the oldest {} old", brief(oldest))
        } else {
            String::new()
        };
        Some(
            Finding::warn(
                LEFTOVERS,
                format!("a killed `tok` has left {count} behind{age}"),
            )
            .hint("type `tok forget --expired`, which sweeps them up"),
        )
    }
}

fn tried(cache: &FileStore<'_>, probe: &Probe) -> Vec<Finding> {
    let shown = cache.directory().display();
    let mut findings = Vec::new();
    if !probe.has_locks {
        let message = format!(
            "the file system of `{shown}` has no locks: all who start together ask the server"
        );
        findings.push(
            Finding::warn(CHECK, message)
                .hint("name a directory on a local disk with `--cache-dir` or in `TOK_CACHE_DIR`"),
        );
    }
    findings.push(Finding::ok(
        CHECK,
        if probe.is_there {
            format!("{shown} can be written")
        } else {
            format!("{shown} is not there yet, and can be made")
        },
    ));
    findings
}

fn refused(cache: &FileStore<'_>, error: &StoreError) -> Finding {
    let path = quoted(cache.directory());
    let hint = match error {
        // What `sudo tok` made. Of a directory by another name nobody can say what it is to others.
        StoreError::Refused { why, .. }
            if why.contains("another user") && cache.directory().ends_with("tok") =>
        {
            format!("type `sudo chown -R \"$(id -un)\" {path}`, or {ELSEWHERE}")
        }
        StoreError::Refused { why, .. } if why.contains("link") => {
            format!(
                "type `rm {path}`, or name the directory itself with `--cache-dir` or in `TOK_CACHE_DIR`"
            )
        }
        StoreError::System { path, .. } => {
            format!(
                "look at `ls -ld {}` and `df -h`, or {ELSEWHERE}",
                quoted(path)
            )
        }
        // The file may be dear to somebody who has only mistyped its name.
        StoreError::Refused { .. } | StoreError::Blocked { .. } => ELSEWHERE.to_owned(),
    };
    Finding::fail(
        CHECK,
        format!("tokens are not cached: {error}"),
        NO_TOKEN_LOST,
    )
    .hint(hint)
}

fn judge_space(space: Space) -> Finding {
    let Space { bytes, files } = space;
    let files = files.unwrap_or(u64::MAX);
    let room = match bytes {
        ..FEW_BYTES => format!("{} KiB", bytes >> 10),
        FEW_BYTES..PLENTY => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    };
    let hint = "make room: `df -h` and `df -i` show where there is none";
    if bytes < NO_BYTES || files < NO_FILES {
        let what = if bytes < NO_BYTES {
            "space"
        } else {
            "room for another file"
        };
        Finding::fail(
            SPACE,
            format!("the cache's file system has no {what} left"),
            NO_TOKEN_LOST,
        )
        .hint(hint)
    } else if bytes < FEW_BYTES {
        Finding::warn(
            SPACE,
            format!("the cache's file system has only {room} left"),
        )
        .hint(hint)
    } else if files < FEW_FILES {
        Finding::warn(
            SPACE,
            format!("the cache's file system has room for only {files} more files"),
        )
        .hint(hint)
    } else {
        Finding::ok(SPACE, format!("{room} free"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn space_left() {
        let cases = [
            (20 << 20, None, State::Ok, "20 MiB free"),
            (20 << 30, None, State::Ok, "20 GiB free"),
            (20 << 20, Some(100), State::Ok, "20 MiB free"),
            (
                20 << 20,
                Some(99),
                State::Warn,
                "the cache's file system has room for only 99 more files",
            ),
            (
                20 << 20,
                Some(2),
                State::Fail,
                "the cache's file system has no room for another file left",
            ),
            (
                1 << 20,
                None,
                State::Warn,
                "the cache's file system has only 1024 KiB left",
            ),
            (
                1 << 20,
                Some(0),
                State::Fail,
                "the cache's file system has no room for another file left",
            ),
            (
                0,
                None,
                State::Fail,
                "the cache's file system has no space left",
            ),
        ];
        for (bytes, files, state, message) in cases {
            let found = judge_space(Space { bytes, files });
            assert_eq!((found.state, found.message.as_str()), (state, message));
        }
    }
}
