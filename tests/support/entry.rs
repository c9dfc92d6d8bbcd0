//! Cache entries from outside: their format is documented in `src/cache/entry.rs`, so time can be moved by
//! rewriting one.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::Sandbox;

impl Sandbox {
    /// Every entry's file.
    pub fn entries(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.cache_dir())
            .into_iter()
            .flatten()
            .map(|item| item.unwrap().path());
        let mut files: Vec<_> = files
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
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

    /// The only entry that there is.
    #[track_caller]
    pub fn entry(&self) -> Value {
        let text = fs::read_to_string(self.entry_file()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["entry"].take()
    }

    /// Rewrites the only entry, with its checksum put right.
    #[track_caller]
    pub fn edit_entry(&self, edit: impl FnOnce(&mut Value)) {
        let mut entry = self.entry();
        edit(&mut entry);
        let text = entry.to_string();
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let file = format!("{{\"tok\":1,\"checksum\":\"{hash:016x}\",\"entry\":{text}}}\n");
        fs::write(self.entry_file(), file).unwrap();
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
