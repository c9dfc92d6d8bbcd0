//! Trouble with the cache, in words.

use crate::host::Warning;
use crate::store::StoreError;

/// A warning about the cache: it costs the cache, never the token.
pub(super) fn cache_trouble(error: &StoreError) -> Warning {
    let warning = Warning::new(format!("the token is not cached: {error}"));
    match error {
        StoreError::Refused { .. } => {
            warning.hint("name another directory with `--cache-dir` or in `TOK_CACHE_DIR`")
        }
        StoreError::NoLocks { .. } => Warning::new(format!(
            "{error}: processes that start together may all ask"
        ))
        .hint("name a directory on a local disk with `--cache-dir` or in `TOK_CACHE_DIR`"),
        // The new one may well be written: a file of another owner is replaced.
        StoreError::System { doing: "read", .. } => Warning::new(format!(
            "the cached token does not count: {error}"
        ))
        .hint("look at the file's owner and permissions; `tok get` writes another where it may"),
        StoreError::System { .. } => {
            warning.hint("look at the directory's permissions and free space")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_may_still_be_written() {
        let error = |doing| StoreError::System {
            doing,
            path: "/c/x.json".into(),
            why: "denied".to_owned(),
        };
        let cases = [
            (
                "read",
                "the cached token does not count: cannot read `/c/x.json`: denied",
            ),
            (
                "write",
                "the token is not cached: cannot write `/c/x.json`: denied",
            ),
        ];
        for (doing, message) in cases {
            assert_eq!(cache_trouble(&error(doing)).message, message);
        }
    }
}
