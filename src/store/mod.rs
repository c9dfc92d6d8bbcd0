//! Tokens on disk: which token an entry is for, what an entry holds, and how it is read and written.

mod cool_down;
mod entry;
mod file;
mod key;

pub use cool_down::{CoolDown, FailureKind};
pub use entry::{Entry, EntryError};
pub use file::guard::{Guard, LockKind, Written};
pub use file::sweep::{Leftover, Probe};
pub use file::{FileStore, Lookup, StoreError, Stored, directory};
pub use key::{CacheKey, Fingerprints, KeyValue};
