//! The disk format of one cached token.
//!
//! ```json
//! {"tok":1,"checksum":"16 hexadecimal digits","entry":{"key":"…","profile":"moov","access_token":"…",…}}
//! ```
//!
//! `tok` is the format's version. The checksum is FNV-1a, 64 bits, over the bytes of the value of `entry`: it
//! tells damage, not malice (who can write here can do anything). Times are Unix seconds.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::key::Fingerprints;
use crate::expiry::{ExpiryRule, Freshness, Windows, freshness};
use crate::secret::Secret;
use crate::time::UnixTime;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// A cached token.
#[derive(Clone)]
pub struct Entry {
    /// The digest of its cache key.
    pub key: String,
    pub profile: String,
    /// The token endpoint, without its query.
    pub endpoint: String,
    pub access_token: Secret<String>,
    pub token_type: Option<String>,
    /// The granted scope; where the reply named none, the one that was asked for.
    pub scope: Option<String>,
    pub refresh_token: Option<Secret<String>>,
    pub id_token: Option<Secret<String>>,
    /// When the request was sent.
    pub requested_at: UnixTime,
    pub expires_at: UnixTime,
    pub expiry_rule: ExpiryRule,
    /// The secrets with which it was got.
    pub secrets: Fingerprints,
    /// The issuer gave out this very token when it was asked to renew it: before then it is not asked again.
    pub same_until: Option<UnixTime>,
    /// When the issuer last gave out this very token although it was asked for a new one.
    pub confirmed_at: Option<UnixTime>,
    /// How often the file has been written: which of two is later, whatever the clock said. Set by whoever writes.
    pub generation: u64,
}

impl Entry {
    /// How fresh the token is.
    #[must_use]
    pub fn freshness(&self, windows: Windows, now: UnixTime) -> Freshness {
        let found = freshness(self.requested_at, self.expires_at, windows, now);
        match (found, self.same_until) {
            (Freshness::RefreshDue, Some(until)) if now < until => Freshness::Fresh,
            _ => found,
        }
    }
}

/// Why a file is no entry. None of these is worth a warning: the token is fetched anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("it is not a cache entry, or a damaged one")]
    Damaged,
    #[error("it was written by a newer version")]
    Newer,
    #[error("it belongs to another token")]
    Foreign,
}

#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    tok: u32,
    checksum: Cow<'a, str>,
    #[serde(borrow)]
    entry: &'a RawValue,
}

/// The entry as text; secrets are borrowed, so that no copy is left behind.
#[derive(Serialize, Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    profile: Cow<'a, str>,
    #[serde(borrow)]
    endpoint: Cow<'a, str>,
    #[serde(borrow)]
    access_token: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    token_type: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    scope: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id_token: Option<Cow<'a, str>>,
    requested_at: i64,
    expires_at: i64,
    expiry_rule: ExpiryRule,
    secrets: Fingerprints,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same_until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<i64>,
    #[serde(default)]
    generation: u64,
}

fn exposed(secret: &Secret<String>) -> Cow<'_, str> {
    Cow::Borrowed(secret.expose())
}

impl Entry {
    /// The text of the file.
    pub(super) fn write(&self, generation: u64) -> serde_json::Result<Zeroizing<String>> {
        let written = Written {
            key: self.key.as_str().into(),
            profile: self.profile.as_str().into(),
            endpoint: self.endpoint.as_str().into(),
            access_token: exposed(&self.access_token),
            token_type: self.token_type.as_deref().map(Cow::Borrowed),
            scope: self.scope.as_deref().map(Cow::Borrowed),
            refresh_token: self.refresh_token.as_ref().map(exposed),
            id_token: self.id_token.as_ref().map(exposed),
            requested_at: self.requested_at.0,
            expires_at: self.expires_at.0,
            expiry_rule: self.expiry_rule,
            secrets: self.secrets.clone(),
            same_until: self.same_until.map(|until| until.0),
            confirmed_at: self.confirmed_at.map(|at| at.0),
            generation,
        };
        let entry = Zeroizing::new(serde_json::to_string(&written)?);
        let checksum = checksum(entry.as_bytes());
        Ok(Zeroizing::new(format!(
            "{{\"tok\":{VERSION},\"checksum\":\"{checksum}\",\"entry\":{}}}\n",
            *entry
        )))
    }

    /// Reads the text of a file that should hold the entry of this key; `None` takes any.
    ///
    /// # Errors
    /// [`EntryError`].
    pub fn read(bytes: &[u8], key: Option<&str>) -> Result<Self, EntryError> {
        let envelope: Envelope<'_> =
            serde_json::from_slice(bytes).map_err(|_| newer_or_damaged(bytes))?;
        if envelope.tok != VERSION {
            return Err(newer_or_damaged(bytes));
        }
        let text = envelope.entry.get();
        if envelope.checksum != checksum(text.as_bytes()) {
            return Err(EntryError::Damaged);
        }
        let written: Written<'_> = serde_json::from_str(text).map_err(|_| EntryError::Damaged)?;
        if key.is_some_and(|key| key != written.key) {
            return Err(EntryError::Foreign);
        }
        if !crate::response::is_token(&written.access_token) {
            return Err(EntryError::Damaged);
        }
        let secret = |text: Cow<'_, str>| Secret::new(text.into_owned());
        Ok(Self {
            key: written.key.into_owned(),
            profile: written.profile.into_owned(),
            endpoint: written.endpoint.into_owned(),
            access_token: secret(written.access_token),
            token_type: written.token_type.map(Cow::into_owned),
            scope: written.scope.map(Cow::into_owned),
            refresh_token: written.refresh_token.map(secret),
            id_token: written.id_token.map(secret),
            requested_at: UnixTime(written.requested_at),
            expires_at: UnixTime(written.expires_at),
            expiry_rule: written.expiry_rule,
            secrets: written.secrets,
            same_until: written.same_until.map(UnixTime),
            confirmed_at: written.confirmed_at.map(UnixTime),
            generation: written.generation,
        })
    }
}

/// A later version may have another envelope; all that is counted on is its number.
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

/// FNV-1a: each step is a bijection, so that one changed byte always shows.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

pub(super) fn checksum(bytes: &[u8]) -> String {
    format!("{:016x}", fnv(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            key: "k".to_owned(),
            profile: "moov".to_owned(),
            endpoint: "https://as.example/token".to_owned(),
            access_token: Secret::from("to\"k\\en"),
            token_type: Some("opaque".to_owned()),
            scope: Some("a \"b\"".to_owned()),
            refresh_token: Some(Secret::from("refresh")),
            id_token: None,
            requested_at: UnixTime(1_700_000_000),
            expires_at: UnixTime(1_700_003_600),
            expiry_rule: ExpiryRule::ExpiresIn,
            secrets: Fingerprints::default(),
            same_until: Some(UnixTime(5)),
            confirmed_at: Some(UnixTime(4)),
            generation: 1,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = entry().write(1).unwrap();
        let read = Entry::read(text.as_bytes(), Some("k")).unwrap();
        assert_eq!(*read.write(1).unwrap(), *text);
        assert_eq!(read.access_token.expose(), "to\"k\\en");
        assert!(Entry::read(text.as_bytes(), None).is_ok());
        assert_eq!(
            Entry::read(text.as_bytes(), Some("other")).err(),
            Some(EntryError::Foreign)
        );
        let newer = br#"{"tok":2,"body":[]}"#;
        assert_eq!(Entry::read(newer, Some("k")).err(), Some(EntryError::Newer));
    }

    /// Each byte cut off, each bit flipped, each byte doubled: the same token or none.
    #[test]
    fn a_damaged_entry_is_none() {
        let text = entry().write(1).unwrap();
        let bytes = text.as_bytes();
        let harmless = |damaged: &[u8]| match Entry::read(damaged, Some("k")) {
            Err(_) => true,
            Ok(read) => *read.write(1).unwrap() == *text,
        };
        for at in 0..bytes.len() {
            assert!(harmless(&bytes[..at]), "cut at {at}");
            let mut doubled = bytes.to_vec();
            doubled.insert(at, bytes[at]);
            assert!(harmless(&doubled), "doubled at {at}");
            for bit in 0..8 {
                let mut flipped = bytes.to_vec();
                flipped[at] ^= 1 << bit;
                assert!(harmless(&flipped), "bit {bit} of byte {at}");
            }
        }
        assert!(harmless(&[bytes, bytes].concat()));
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_entry_comes_back(
            token in "[!-~]{1,60}", profile in crate::property::text(), scope in proptest::option::of(".{0,20}"),
            refresh in proptest::option::of("[!-~]{1,20}"), from: i64, to: i64,
            at: proptest::sample::Index, byte: u8,
        ) {
            let whole = Entry {
                access_token: Secret::new(token),
                profile,
                scope,
                refresh_token: refresh.map(Secret::new),
                requested_at: UnixTime(from),
                expires_at: UnixTime(to),
                ..entry()
            };
            let text = whole.write(1).unwrap();
            let read = Entry::read(text.as_bytes(), Some("k")).unwrap();
            proptest::prop_assert_eq!(&*read.write(1).unwrap(), &*text);
            let mut damaged = text.as_bytes().to_vec();
            let at = at.index(damaged.len());
            damaged[at] = byte;
            if let Ok(read) = Entry::read(&damaged, Some("k")) {
                proptest::prop_assert_eq!(&*read.write(1).unwrap(), &*text);
            }
        }

        #[test]
        fn any_bytes_are_an_entry_or_none(text in crate::property::text()) {
            proptest::prop_assert!(Entry::read(text.as_bytes(), None).is_err());
        }

        /// Whatever an issuer that returns the same token makes of it.
        #[test]
        fn no_entry_is_good_past_its_expiry(from: i64, to: i64, same_until: Option<i64>, now: i64) {
            let whole = Entry {
                requested_at: UnixTime(from),
                expires_at: UnixTime(to),
                same_until: same_until.map(UnixTime),
                confirmed_at: None,
                generation: 1,
                ..entry()
            };
            let windows = Windows {
                min_ttl: crate::expiry::MinTtl::AtMostATenth(std::time::Duration::from_secs(30)),
                refresh_before: std::time::Duration::from_secs(300),
            };
            proptest::prop_assert!(!whole.freshness(windows, UnixTime(now)).is_good() || (now >= from && now < to));
        }
    }
}
