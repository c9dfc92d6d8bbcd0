//! Deleting cached tokens, and files that are no longer needed.

use std::time::{Duration, SystemTime};

use super::guard::FileGuard;
use super::probe::LEFT_BEHIND;
use super::{FileKind, FileStore, delete, lock};
use crate::os;
use crate::store::{
    CoolDown, IfLocked, LockKind, Lookup, StoreError, StoreGuard as _, TokenStore as _,
};
use crate::time::UnixTime;

/// How long an expired entry stays, in seconds: a week.
const KEPT: i64 = 7 * 86_400;

/// How often the directory is swept, in seconds: once a day.
const INTERVAL: i64 = 86_400;

/// The modification time of this file is the time of the last sweep.
const MARKER: &str = ".swept";

/// See [`TokenStore::remove`](crate::store::TokenStore::remove).
pub(super) fn remove(
    store: &FileStore<'_>,
    key: &str,
    if_locked: IfLocked,
    is_meant: &dyn Fn(&Lookup) -> bool,
) -> Result<Option<Lookup>, StoreError> {
    // Only looking creates neither a directory nor a lock file.
    if !store.exists()? || !is_meant(&store.read_latest(key)?) {
        return Ok(None);
    }
    let guard = match lock::try_lock(store, key, LockKind::Main)? {
        Some(guard) => guard,
        None if if_locked == IfLocked::Spare => return Ok(None),
        None => FileGuard::new(store, key, LockKind::Main, None),
    };
    let found = guard.read()?;
    if !is_meant(&found) {
        return Ok(None);
    }
    guard.remove()?;
    if store.lock_path(key, LockKind::Bypass).exists()
        && let Ok(Some(bypass)) = lock::try_lock(store, key, LockKind::Bypass)
    {
        bypass.remove_lock();
    }
    guard.remove_lock();
    Ok(Some(found))
}

/// Deletes the failures that `is_meant` selects; it gets `None` for a failure that cannot be read.
pub(super) fn remove_cool_downs(
    store: &FileStore<'_>,
    is_meant: impl Fn(Option<&CoolDown>) -> bool,
) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for (name, kind, path) in store.files()? {
        if kind == FileKind::CoolDown && is_meant(store.cool_down(&name).as_ref()) {
            outcome = outcome.and(delete(&path));
        }
    }
    outcome
}

/// See [`TokenStore::sweep`](crate::store::TokenStore::sweep). Goes on after a file that cannot be deleted.
pub(super) fn sweep(store: &FileStore<'_>, now: UnixTime) -> Result<(), StoreError> {
    let mut outcome = Ok(());
    for leftover in store.unfinished_files()? {
        if !leftover.is_left_behind(now) {
            continue;
        }
        let name = leftover.path.file_name().and_then(|name| name.to_str());
        match name.and_then(FileKind::of) {
            // It may be a complete entry: taking the lock recovers or deletes it.
            Some((key, _)) if leftover.path == store.unfinished(key) => {
                drop(lock::try_lock(store, key, LockKind::Main));
            }
            _ => outcome = outcome.and(delete(&leftover.path)),
        }
    }
    let is_over = |failure: &CoolDown| failure.seconds_left(LEFT_BEHIND, now).is_none();
    let removed = remove_cool_downs(store, |failure| failure.is_none_or(is_over));
    outcome = outcome.and(removed);
    let is_meant = |lookup: &Lookup| match lookup {
        Lookup::Found(entry) => entry.refresh_token.is_none() && entry.expires_at.plus(KEPT) < now,
        // A lock file without an entry.
        Lookup::Absent => true,
        Lookup::Unusable(_) => false,
    };
    for (key, kind, path) in store.files()? {
        let is_due = match kind {
            FileKind::Entry => store.read(&key).is_ok_and(|lookup| is_meant(&lookup)),
            FileKind::Lock(_) => path.exists() && !store.path(&key).exists(),
            FileKind::CoolDown | FileKind::Unfinished | FileKind::Leftover => false,
        };
        if is_due {
            let removed = remove(store, &key, IfLocked::Spare, &is_meant);
            outcome = outcome.and(removed.map(drop));
        }
    }
    if store.files()?.is_empty() {
        outcome = outcome.and(delete(&store.directory.join(MARKER)));
    }
    outcome
}

/// See [`TokenStore::sweep_if_due`](crate::store::TokenStore::sweep_if_due).
pub(super) fn sweep_if_due(store: &FileStore<'_>, now: UnixTime) {
    let marker = store.directory.join(MARKER);
    let swept_at = std::fs::symlink_metadata(&marker).and_then(|found| found.modified());
    // A time in the future means that the clock was set back.
    if swept_at.is_ok_and(|at| UnixTime::from(at).since(now).saturating_abs() < INTERVAL) {
        return;
    }
    let seconds = u64::try_from(now.0).unwrap_or_default();
    let now_there = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    // Write the marker first, so that only one of many processes sweeps, and none if the marker cannot be written.
    if os::open_lock_file(&marker)
        .and_then(|file| file.set_modified(now_there))
        .is_ok()
    {
        // A file that cannot be deleted now may be deleted by the next sweep.
        let _ = sweep(store, now);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::host::{Log, Warning};
    use crate::os::atomic_write::write_private_via;
    use crate::store::{Entry, FailureKind, Fingerprints, Leftover, TokenStore};

    struct Silent;
    impl Log for Silent {
        fn warn(&self, _warning: Warning) {}
        fn debug(&self, _message: &str) {}
        fn progress(&self, _message: &str) {}
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|item| item.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn key(digit: char) -> String {
        digit.to_string().repeat(32)
    }

    fn put(store: &FileStore<'_>, key: &str, expires_at: i64, refresh_token: Option<&str>) {
        let entry = Entry {
            key: key.to_owned(),
            profile: "p".to_owned(),
            endpoint: String::new(),
            access_token: "token".into(),
            token_type: None,
            scope: None,
            refresh_token: refresh_token.map(Into::into),
            id_token: None,
            requested_at: UnixTime(0),
            expires_at: UnixTime(expires_at),
            expiry_rule: crate::expiry::ExpiryRule::ExpiresIn,
            secrets: Fingerprints::default(),
            confirmed_at: None,
            generation: 0,
        };
        let guard = store.try_lock(key, LockKind::Main).unwrap().unwrap();
        guard.store(&entry).unwrap();
    }

    fn fail(store: &FileStore<'_>, key: &str, until: i64) {
        let failure = CoolDown {
            profile: "p".to_owned(),
            kind: FailureKind::Rejected,
            message: "no".to_owned(),
            at: UnixTime(until - 60),
            until: Some(UnixTime(until)),
            secrets: Fingerprints::default(),
        };
        let guard = store.try_lock(key, LockKind::Main).unwrap().unwrap();
        guard.remember(key, &failure).unwrap();
    }

    #[test]
    fn a_probe_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path().join("a/b"), &Silent);
        let probe = store.probe().unwrap();
        assert_eq!(
            (probe.is_there, probe.directory.as_path(), probe.has_locks),
            (false, home.path(), true)
        );
        assert_eq!(names(home.path()), Vec::<String>::new());

        os::make_private_directory(store.directory()).unwrap();
        assert!(store.probe().unwrap().is_there);
        assert_eq!(names(store.directory()), Vec::<String>::new());
    }

    #[test]
    fn only_what_was_left_behind_is_swept() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path().join("tok"), &Silent);
        assert_eq!(store.unfinished_files().unwrap(), []);
        os::make_private_directory(store.directory()).unwrap();
        let torn = [
            format!(".tmp-{}-77", key('a')),
            format!(".tmp-{}", key('b')),
        ];
        let foreign = [".tmp-a", "b.json", "c.lock", "package.json"];
        for name in torn.iter().map(String::as_str).chain(foreign) {
            write_private_via(&store.directory().join(name), ".new", b"x").unwrap();
        }
        let written_at = store.unfinished_files().unwrap()[0].written_at;
        for (later, left) in [(0, 2), (600, 2), (-600, 2), (602, 0), (602, 0)] {
            store.sweep(written_at.plus(later)).unwrap();
            assert_eq!(store.unfinished_files().unwrap().len(), left, "{later}");
        }
        assert_eq!(names(store.directory()), foreign);
        let path = home.path().to_owned();
        assert!(Leftover { path, written_at }.is_left_behind(written_at.plus(-601)));
    }

    #[test]
    fn what_expired_a_week_ago_is_swept_with_its_locks() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path().join("tok"), &Silent);
        let now = UnixTime(2 * KEPT);
        put(&store, &key('a'), KEPT - 1, None);
        put(&store, &key('b'), KEPT, None);
        put(&store, &key('c'), 1, Some("refresh"));
        fail(&store, &key('d'), KEPT);
        fail(&store, &key('e'), now.0 + 1);
        drop(store.try_lock(&key('a'), LockKind::Bypass).unwrap());
        store.sweep(now).unwrap();
        let expected = [
            format!("{}.json", key('b')),
            format!("{}.lock", key('b')),
            format!("{}.json", key('c')),
            format!("{}.lock", key('c')),
            format!("{}.cool-down", key('e')),
        ];
        assert_eq!(names(store.directory()), expected);

        store.remove_cool_downs(Some("other")).unwrap();
        assert!(store.cool_down(&key('e')).is_some());
        store.remove_cool_downs(Some("p")).unwrap();
        assert!(store.cool_down(&key('e')).is_none());
    }

    #[test]
    fn it_is_swept_once_a_day() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path().join("tok"), &Silent);
        let now = 20_000 * 86_400;
        let is_swept_at = |at: i64| {
            put(&store, &key('a'), 1, None);
            store.sweep_if_due(UnixTime(at));
            !store.path(&key('a')).exists()
        };
        put(&store, &key('b'), now * 2, None);
        for (later, expected) in [
            (0, true),
            (1, false),
            (86_399, false),
            (86_400, true),
            (86_401, false),
            (-1, true),
        ] {
            assert_eq!(is_swept_at(now + later), expected, "{later}");
        }
        store.remove(&key('a'), IfLocked::Spare, &|_| true).unwrap();
        store.remove(&key('b'), IfLocked::Spare, &|_| true).unwrap();
        store.sweep(UnixTime(now)).unwrap();
        assert_eq!(names(store.directory()), Vec::<String>::new());
    }

    /// Who waited for a lock whose file was deleted does not hold a lock beside one on the new file.
    #[test]
    fn a_lock_on_a_deleted_file_is_not_taken() {
        let home = tempfile::tempdir().unwrap();
        let store = FileStore::new(home.path().join("tok"), &Silent);
        put(&store, &key('a'), 1, None);
        let path = store.lock_path(&key('a'), LockKind::Main);
        let early = os::open_lock_file(&path).unwrap();
        store.remove(&key('a'), IfLocked::Spare, &|_| true).unwrap();
        assert!(os::is_deleted(&early.metadata().unwrap()));
        early.lock().unwrap();
        let guard = store.try_lock(&key('a'), LockKind::Main).unwrap().unwrap();
        assert!(guard.is_exclusive() && path.exists());
        assert!(store.try_lock(&key('a'), LockKind::Main).unwrap().is_none());
        assert!(
            store
                .remove(&key('a'), IfLocked::Spare, &|_| true)
                .unwrap()
                .is_none()
        );
    }
}
