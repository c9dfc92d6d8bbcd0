//! Tokens on disk: which token an entry is for, what an entry holds, and how it is read and written.

mod cool_down;
mod entry;
mod guard;
mod key;
mod shortcut;
mod store;
mod upkeep;

pub use cool_down::{CoolDown, FailureKind};
pub use entry::{Entry, EntryError};
pub use guard::{Guard, Turn, Written};
pub use key::{CacheKey, Fingerprints, KeyValue};
pub use shortcut::Dependencies;
pub use store::{Cache, CacheError, Lookup, Stored, directory};
pub use upkeep::{Leftover, Probe};
