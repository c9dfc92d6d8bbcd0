//! A cached token.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::EntryError;
use super::envelope;
use super::key::Fingerprints;
use crate::expiry::{ExpiryRule, Freshness, Windows, freshness};
use crate::secret::Secret;
use crate::time::UnixTime;

/// A cached token. Times are Unix seconds.
#[derive(Clone, Serialize, Deserialize)]
pub struct Entry {
    /// The digest of its cache key.
    pub key: String,
    pub profile: String,
    /// The token endpoint, without its query.
    pub endpoint: String,
    #[serde(with = "exposed")]
    pub access_token: Secret<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// The granted scope; if the reply has none, the requested one (RFC 6749 §5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "exposed::option"
    )]
    pub refresh_token: Option<Secret<String>>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "exposed::option"
    )]
    pub id_token: Option<Secret<String>>,
    /// When the request was sent.
    pub requested_at: UnixTime,
    pub expires_at: UnixTime,
    pub expiry_rule: ExpiryRule,
    /// The secrets that were sent to get it.
    pub secrets: Fingerprints,
    /// When the issuer last returned this same token instead of a new one. `tok` does not ask again before the token's
    /// `min_ttl`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<UnixTime>,
    /// How often the entry was written: the later of two entries has the higher number, whatever the clock says. Set by
    /// the store.
    #[serde(default)]
    pub generation: u64,
}

impl Entry {
    /// How fresh the token is.
    #[must_use]
    pub fn freshness(&self, windows: Windows, now: UnixTime) -> Freshness {
        match freshness(self.requested_at, self.expires_at, windows, now) {
            Freshness::RefreshDue if self.confirmed_at.is_some() => Freshness::Fresh,
            freshness => freshness,
        }
    }

    /// The text of the file.
    pub(super) fn write(&self) -> serde_json::Result<Zeroizing<String>> {
        envelope::wrap("entry", self)
    }

    /// Reads the text of a file that should hold the entry of this key.
    ///
    /// # Errors
    /// [`EntryError`]: the file does not count, and a token is fetched.
    pub fn read(bytes: &[u8], key: &str) -> Result<Self, EntryError> {
        let entry: Self = envelope::unwrap(bytes)?;
        if entry.key != key {
            return Err(EntryError::Foreign);
        }
        if !crate::response::is_token(entry.access_token.expose()) {
            return Err(EntryError::Damaged);
        }
        Ok(entry)
    }
}

/// Serializes tokens. [`Secret`] itself does not implement `Serialize`.
mod exposed {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::secret::Secret;

    pub(super) fn serialize<S: Serializer>(
        secret: &Secret<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Secret<String>, D::Error> {
        String::deserialize(deserializer).map(Secret::new)
    }

    pub(super) mod option {
        use serde::{Deserialize, Deserializer, Serializer};

        use crate::secret::Secret;

        #[expect(clippy::ref_option, reason = "serde hands over the field")]
        pub(in super::super) fn serialize<S: Serializer>(
            secret: &Option<Secret<String>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match secret {
                Some(secret) => serializer.serialize_some(secret.expose()),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Secret<String>>, D::Error> {
            Option::<String>::deserialize(deserializer).map(|text| text.map(Secret::new))
        }
    }
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
            confirmed_at: Some(UnixTime(4)),
            generation: 1,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let text = entry().write().unwrap();
        let read = Entry::read(text.as_bytes(), "k").unwrap();
        assert_eq!(*read.write().unwrap(), *text);
        assert_eq!(read.access_token.expose(), "to\"k\\en");
        assert_eq!(
            Entry::read(text.as_bytes(), "other").err(),
            Some(EntryError::Foreign)
        );
        let newer = br#"{"tok":2,"body":[]}"#;
        assert_eq!(Entry::read(newer, "k").err(), Some(EntryError::Newer));
    }

    /// Each byte cut off, each bit flipped, each byte doubled: the same token or none.
    #[test]
    fn a_damaged_entry_is_none() {
        let text = entry().write().unwrap();
        let bytes = text.as_bytes();
        let harmless = |damaged: &[u8]| match Entry::read(damaged, "k") {
            Err(_) => true,
            Ok(read) => *read.write().unwrap() == *text,
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
            let text = whole.write().unwrap();
            let read = Entry::read(text.as_bytes(), "k").unwrap();
            proptest::prop_assert_eq!(&*read.write().unwrap(), &*text);
            let mut damaged = text.as_bytes().to_vec();
            let at = at.index(damaged.len());
            damaged[at] = byte;
            if let Ok(read) = Entry::read(&damaged, "k") {
                proptest::prop_assert_eq!(&*read.write().unwrap(), &*text);
            }
        }

        #[test]
        fn any_bytes_are_an_entry_or_none(text in crate::property::text()) {
            proptest::prop_assert!(Entry::read(text.as_bytes(), "k").is_err());
        }

        /// Whatever an issuer that returns the same token makes of it.
        #[test]
        fn no_entry_is_good_past_its_expiry(from: i64, to: i64, confirmed_at: Option<i64>, now: i64) {
            let whole = Entry {
                requested_at: UnixTime(from),
                expires_at: UnixTime(to),
                confirmed_at: confirmed_at.map(UnixTime),
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
