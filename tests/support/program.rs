//! Which `tok` is tried: the one that cargo has built for the tests, or the one that `TOK_UNDER_TEST` names. By that
//! `just test-dist` tries the release artefact itself, and not another build of it.

use std::path::PathBuf;

pub fn program() -> PathBuf {
    std::env::var_os("TOK_UNDER_TEST")
        .map_or_else(|| env!("CARGO_BIN_EXE_tok").into(), PathBuf::from)
}
