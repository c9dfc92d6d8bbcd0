//! The JSON object that every file of the store consists of.
//!
//! ```json
//! {"tok":1,"checksum":"16 hexadecimal digits","entry":{…}}
//! ```
//!
//! `tok` is the version of the format. The checksum is a 64-bit FNV-1a hash of the last value, which is called `entry` or
//! `failure`. It detects damage, not manipulation.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::EntryError;

/// The only version that is written and read.
const VERSION: u32 = 1;

#[derive(Deserialize)]
struct Envelope<'a> {
    tok: u32,
    #[serde(borrow)]
    checksum: Cow<'a, str>,
    #[serde(borrow, alias = "failure")]
    entry: &'a RawValue,
}

/// The text of a file.
pub(super) fn wrap(name: &str, content: &impl Serialize) -> serde_json::Result<Zeroizing<String>> {
    let content = Zeroizing::new(serde_json::to_string(content)?);
    let checksum = checksum(content.as_bytes());
    Ok(Zeroizing::new(format!(
        "{{\"tok\":{VERSION},\"checksum\":\"{checksum}\",\"{name}\":{}}}\n",
        *content
    )))
}

/// Reads the text of a file.
pub(super) fn unwrap<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EntryError> {
    let envelope: Envelope<'_> =
        serde_json::from_slice(bytes).map_err(|_| newer_or_damaged(bytes))?;
    if envelope.tok != VERSION {
        return Err(newer_or_damaged(bytes));
    }
    let content = envelope.entry.get();
    if envelope.checksum != checksum(content.as_bytes()) {
        return Err(EntryError::Damaged);
    }
    serde_json::from_str(content).map_err(|_| EntryError::Damaged)
}

/// A later version may have another format, except for the number in `tok`.
fn newer_or_damaged(bytes: &[u8]) -> EntryError {
    #[derive(Deserialize)]
    struct Version {
        tok: u32,
    }
    match serde_json::from_slice::<Version>(bytes) {
        Ok(Version { tok }) if tok > VERSION => EntryError::Newer,
        _ => EntryError::Damaged,
    }
}

/// FNV-1a: each step is a bijection, so one changed byte always changes the checksum.
fn checksum(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
