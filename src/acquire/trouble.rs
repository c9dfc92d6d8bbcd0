//! Trouble with the cache, in words.

use crate::cache::CacheError;
use crate::host::Warning;

/// A warning about the cache: it costs the cache, never the token.
pub(super) fn cache_trouble(error: &CacheError) -> Warning {
    let warning = Warning::new(format!("the token is not cached: {error}"));
    match error {
        CacheError::Refused { .. } => {
            warning.hint("name another directory with `--cache-dir` or in `TOK_CACHE_DIR`")
        }
        CacheError::NoLocks { .. } => {
            Warning::new(format!("{error}: processes that start together may all ask"))
                .hint("name a directory on a local disk with `--cache-dir` or in `TOK_CACHE_DIR`")
        }
        CacheError::System { .. } => warning.hint("look at the directory's permissions and free space"),
    }
}
