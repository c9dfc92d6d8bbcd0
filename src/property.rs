//! What the property tests share. Each runs 256 cases, or as many as `PROPTEST_CASES` says: `just properties`.

use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof};

pub(crate) fn config() -> ProptestConfig {
    // What failed once becomes a case of a table.
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Text of all sorts, rich in what has a meaning somewhere.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let meant = "[ \\t\\r\\n\\[\\]{}()<>\"'`$#=:;,./\\\\*%&+@?!_0-9a-fxXnu-]{0,40}";
    prop_oneof![meant, ".{0,40}", any::<String>()]
}
