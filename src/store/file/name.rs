//! What the files are called.

use crate::store::LockKind;

/// The characters of a key.
const KEY_LENGTH: usize = 32;

/// The beginning of the name of a file that is still being written.
pub(super) const UNFINISHED: &str = ".tmp-";

/// The beginning of the name of a file with which `tok doctor` tries the directory out.
pub(super) const PROBE: &str = ".tmp-probe-";

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Entry,
    Lock(LockKind),
    CoolDown,
    /// It is being written, or was by a process that was killed.
    Unfinished,
    /// Left by a killed process, or by an older version, and of no use.
    Leftover,
}

impl FileKind {
    /// What follows the key in its name.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Entry => ".json",
            Self::Lock(LockKind::Main) => ".lock",
            Self::Lock(LockKind::Bypass) => ".lock-2",
            Self::CoolDown => ".cool-down",
            Self::Unfinished | Self::Leftover => "",
        }
    }

    /// The key in a name, and what the file is; `None`: it is not ours. The directory may be one in which other files
    /// are kept.
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

/// Whether an older version kept this beside its entries.
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
