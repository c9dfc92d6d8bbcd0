//! The names of the files in the cache directory.

use crate::store::LockKind;

/// The number of characters of a key.
const KEY_LENGTH: usize = 32;

/// The prefix of a file that is still being written.
pub(super) const UNFINISHED: &str = ".tmp-";

/// The prefix of a file with which `tok doctor` tests the directory.
pub(super) const PROBE: &str = ".tmp-probe-";

/// The kind of a file, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Entry,
    Lock(LockKind),
    CoolDown,
    /// A process is writing it, or was killed while writing it.
    Unfinished,
    /// Left by a killed process or an older version; useless.
    Leftover,
}

impl FileKind {
    /// The part of the name after the key.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Entry => ".json",
            Self::Lock(LockKind::Main) => ".lock",
            Self::Lock(LockKind::Bypass) => ".lock-2",
            Self::CoolDown => ".cool-down",
            Self::Unfinished | Self::Leftover => "",
        }
    }

    /// The key in a name and the kind of the file; `None` if `tok` did not create it. The directory may contain other
    /// files too.
    pub(super) fn of(name: &str) -> Option<(&str, Self)> {
        if name.starts_with(PROBE) || is_old(name) {
            return Some(("", Self::Leftover));
        }
        if let Some(rest) = name.strip_prefix(UNFINISHED) {
            let key = rest.get(..KEY_LENGTH).filter(|key| is_key(key))?;
            return Some((key, Self::Unfinished));
        }
        let (key, suffix) = name.split_at_checked(KEY_LENGTH)?;
        let kinds = [
            Self::Entry,
            Self::Lock(LockKind::Main),
            Self::Lock(LockKind::Bypass),
            Self::CoolDown,
        ];
        let kind = kinds.into_iter().find(|kind| kind.suffix() == suffix)?;
        is_key(key).then_some((key, kind))
    }
}

/// Whether an older version created this file.
fn is_old(name: &str) -> bool {
    let is_hash =
        |hash: &str| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.strip_suffix(".hit").is_some_and(is_hash)
}

fn is_key(text: &str) -> bool {
    text.len() == KEY_LENGTH
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
