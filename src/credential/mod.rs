//! Which profile's token goes to which URL: what `[credentials]` of a profiles file means. Pure; the reading of the
//! table is in [`crate::config`].
//!
//! The rules are those of git's `credential.<url>` and `http.<url>`: scheme and port must be equal, a `*` stands for
//! one label of the host, a path counts for all that is below it, and the longest match wins.

mod place;

pub use place::{Target, UrlError, UrlPattern};

use crate::names::names;

/// How the token travels in the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `Bearer TOKEN` (RFC 6750).
    Bearer,
    /// The token as the password of a username (RFC 7617).
    Basic,
    /// The token alone, as crates' registries want it.
    None,
}

names!(Scheme {
    Bearer = "bearer",
    Basic = "basic",
    None = "none",
});

/// The username of a token that is given no other: what most servers want that take a token as a password.
pub const USERNAME: &str = "oauth2";

/// One row of the map.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The URL as it was written.
    pub url: String,
    pub pattern: UrlPattern,
    pub profile: String,
    pub username: Option<String>,
    pub scheme: Option<Scheme>,
    /// The line of the profiles file.
    pub line: Option<u32>,
}

/// The whole map, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct CredentialMap(pub Vec<Mapping>);

impl CredentialMap {
    /// The mapping for a URL: the longest that matches.
    #[must_use]
    pub fn find(&self, target: &Target) -> Option<&Mapping> {
        let matching = self
            .0
            .iter()
            .filter(|mapping| mapping.pattern.matches(target));
        matching.max_by_key(|mapping| mapping.pattern.rank())
    }

    /// The URL below which all is this mapping's, as far as a target's host goes; the target alone, where another
    /// mapping is about a part of that.
    #[must_use]
    pub fn extent(&self, mapping: &Mapping, target: &Target) -> String {
        let cuts_in = |other: &Mapping| mapping.pattern.is_cut_into_by(&other.pattern, target);
        if self.0.iter().any(cuts_in) {
            target.as_str().to_owned()
        } else {
            target.up_to(&mapping.pattern)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(urls: &[&str]) -> CredentialMap {
        let mapping = |url: &&str| Mapping {
            url: (*url).to_owned(),
            pattern: UrlPattern::parse(url).unwrap(),
            profile: "p".to_owned(),
            username: None,
            scheme: None,
            line: None,
        };
        CredentialMap(urls.iter().map(mapping).collect())
    }

    #[test]
    fn the_longest_match_wins_and_reaches_as_far_as_no_other_cuts_in() {
        let urls = [
            "https://*.example.com/a/b",
            "https://h.example.com",
            "https://*.example.com",
            "https://h.example.com/a",
        ];
        let map = map(&urls);
        let cases = [
            (
                "https://h.example.com/a/b/c",
                Some(3),
                "https://h.example.com/a",
            ),
            (
                "https://h.example.com/x",
                Some(1),
                "https://h.example.com/x",
            ),
            (
                "https://i.example.com/a/b/c",
                Some(0),
                "https://i.example.com/a/b",
            ),
            (
                "https://i.example.com/a/x",
                Some(2),
                "https://i.example.com/a/x",
            ),
            ("https://i.example.org/", None, ""),
        ];
        for (url, expected, extent) in cases {
            let target = Target::parse(url).unwrap();
            let found = map.find(&target);
            assert_eq!(
                found.map(|mapping| mapping.url.as_str()),
                expected.map(|at: usize| urls[at]),
                "{url}"
            );
            assert_eq!(
                found.map_or(String::new(), |mapping| map.extent(mapping, &target)),
                extent,
                "{url}"
            );
        }
    }
}
