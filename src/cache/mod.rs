//! Tokens on disk: which token an entry is for, what an entry holds, and how it is read and written.

mod entry;
mod key;
mod store;

pub use entry::{Entry, EntryError};
pub use key::{CacheKey, Fingerprints, KeyValue};
pub use store::{Cache, CacheError, Guard, Lookup, Stored, directory};
