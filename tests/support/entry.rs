//! Cache entries from outside: their format is documented in `src/store/entry.rs`, so time can be moved by
//! rewriting one.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Sandbox;

impl Sandbox {
    /// Every entry's file.
    pub fn entries(&self) -> Vec<PathBuf> {
        self.cache_files("json")
    }

    /// The files of the cache whose names end so.
    pub fn cache_files(&self, extension: &str) -> Vec<PathBuf> {
        let files = fs::read_dir(self.cache_dir()).into_iter().flatten();
        let files = files.map(|item| item.unwrap().path());
        let mut files: Vec<_> = files
            .filter(|path| path.extension().is_some_and(|end| end == extension))
            .collect();
        files.sort();
        files
    }

    /// The file of the only entry that there is.
    #[track_caller]
    pub fn entry_file(&self) -> PathBuf {
        let files = self.entries();
        assert_eq!(files.len(), 1, "one entry was expected: {files:?}");
        files.into_iter().next().unwrap()
    }

    /// The lock file of the only entry that there is.
    #[track_caller]
    pub fn lock_file(&self) -> PathBuf {
        self.entry_file().with_extension("lock")
    }

    /// Takes the lock of the only entry, as a process that hangs does.
    #[track_caller]
    pub fn hold_lock(&self) -> fs::File {
        let lock = fs::File::open(self.lock_file()).unwrap();
        lock.lock().unwrap();
        lock
    }

    /// The only entry that there is.
    #[track_caller]
    pub fn entry(&self) -> Value {
        let text = fs::read_to_string(self.entry_file()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["entry"].take()
    }

    /// Rewrites the only entry.
    #[track_caller]
    pub fn edit_entry(&self, edit: impl FnOnce(&mut Value)) {
        edit_entry_in(&self.entry_file(), edit);
    }

    /// Lets time go by for the only entry.
    #[track_caller]
    pub fn pass(&self, seconds: i64) {
        self.edit_entry(|entry| {
            for field in ["requested_at", "expires_at", "confirmed_at"] {
                if let Some(at) = entry[field].as_i64() {
                    entry[field] = (at - seconds).into();
                }
            }
        });
    }
}

/// Rewrites the entry in this file, with its checksum put right.
pub fn edit_entry_in(file: &Path, edit: impl FnOnce(&mut Value)) {
    let mut whole: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    edit(&mut whole["entry"]);
    // FNV-1a over the bytes of the value.
    let text = whole["entry"].to_string();
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let text = format!("{{\"tok\":1,\"checksum\":\"{hash:016x}\",\"entry\":{text}}}\n");
    fs::write(file, text).unwrap();
}
