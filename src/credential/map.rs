//! Which profile's token goes to which URL: what `[credentials]` of a profiles file means.
//!
//! The rules are those of git's `credential.<url>` and `http.<url>`: scheme and port must be equal, `*` stands for one
//! label of the host, a path includes everything below it, and the longest match wins.

use super::pattern::UrlPattern;
use super::target::Target;
use crate::names::names;

/// How the token travels in the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `Bearer TOKEN` (RFC 6750).
    Bearer,
    /// The token as the password of a username (RFC 7617).
    Basic,
    /// The token alone, as registries of crates want it.
    None,
}

names!(Scheme {
    Bearer = "bearer",
    Basic = "basic",
    None = "none",
});

/// A row of the map.
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

/// The map, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct CredentialMap(pub Vec<Mapping>);

impl CredentialMap {
    /// The mapping for a URL: the longest that matches.
    pub fn find(&self, target: &Target) -> Option<&Mapping> {
        let rows = self.0.iter();
        rows.filter(|mapping| mapping.pattern.matches(target))
            .max_by_key(|mapping| mapping.pattern.specificity())
    }

    /// The URL below which everything on a target's host has this mapping; the target alone, if another mapping covers a
    /// part of that.
    pub fn extent(&self, mapping: &Mapping, target: &Target) -> String {
        let mut patterns = self.0.iter().map(|other| &other.pattern);
        if patterns.any(|other| other.covers_part_of(&mapping.pattern, target)) {
            target.as_str().to_owned()
        } else {
            mapping.pattern.on_host_of(target)
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
    fn the_longest_match_wins_and_extends_to_where_another_begins() {
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
