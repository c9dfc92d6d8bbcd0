//! The URLs of `[credentials]`, which say where a token may go.

use url::Host;

use super::target::{Location, Target, UrlError, parse};
use crate::profile::endpoint::is_loopback;

/// A URL of `[credentials]`, perhaps with a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPattern {
    /// The host; with a wildcard, what follows its first label, from the dot on.
    host: String,
    is_wildcard: bool,
    location: Location,
    /// As a URL has it, encoded.
    path: String,
}

impl UrlPattern {
    /// Checks a pattern.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = parse(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Query);
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        let rest = host.strip_prefix('*');
        // `*.com` and `*.co.uk` would match everybody's hosts.
        let is_valid = match rest {
            Some(rest) => {
                let domain = rest.trim_matches('.');
                let is_below_one = domain.contains('.') && !is_public_suffix(domain);
                rest.starts_with('.') && is_below_one && !rest.contains(['*', '%'])
            }
            None => !host.contains('*'),
        };
        if !is_valid {
            return Err(UrlError::Wildcard);
        }
        let (is_wildcard, host) = (rest.is_some(), rest.unwrap_or(&host).to_owned());
        if url.path().contains('*') {
            return Err(UrlError::WildPath);
        }
        if url.scheme() == "http"
            && !url
                .host()
                .is_some_and(|host: Host<&str>| is_loopback(&host))
        {
            return Err(UrlError::PlainHttp(
                url.host_str().unwrap_or_default().to_owned(),
            ));
        }
        Ok(Self {
            host,
            is_wildcard,
            location: Location::of(&url),
            path: url.path().to_owned(),
        })
    }

    /// Whether both match the same URLs, however they are spelled.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.host, self.is_wildcard, &self.location)
            == (&other.host, other.is_wildcard, &other.location)
    }

    /// Whether a URL matches.
    #[must_use]
    pub fn matches(&self, target: &Target) -> bool {
        self.matches_host(target) && target.location().path.starts_with(&self.location.path)
    }

    fn matches_host(&self, target: &Target) -> bool {
        let host = if self.is_wildcard {
            let label = target.host().strip_suffix(&self.host);
            label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        } else {
            self.host == target.host()
        };
        host && self.location.scheme == target.location().scheme
            && self.location.port == target.location().port
    }

    /// Whether this pattern is for a part of what another one covers on a target's host.
    pub(super) fn covers_part_of(&self, other: &Self, target: &Target) -> bool {
        self.specificity() > other.specificity()
            && self.matches_host(target)
            && self.location.path.starts_with(&other.location.path)
    }

    /// Its path, encoded.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Of two patterns that match, the greater one wins.
    pub(super) fn specificity(&self) -> (bool, usize) {
        (!self.is_wildcard, self.location.path.len())
    }

    /// Whether it names one host.
    #[must_use]
    pub fn names_one_host(&self) -> bool {
        !self.is_wildcard
    }
}

/// Second-level domains below which a country registers names. The whole list (<https://publicsuffix.org>) has ten
/// thousand lines and changes weekly.
const REGISTRIES: [&str; 10] = [
    "ac", "co", "com", "edu", "gob", "gouv", "gov", "mil", "net", "org",
];

/// Whether anybody can register a name below a domain, as below `co.uk`.
fn is_public_suffix(domain: &str) -> bool {
    let (first, country) = domain.split_once('.').unwrap_or_default();
    country.len() == 2 && REGISTRIES.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    #[test]
    fn patterns_that_are_accepted() {
        let cases = [
            ("https://git.example.com", Ok(())),
            ("https://*.example.com:8443/a/", Ok(())),
            ("http://127.0.0.1:8080", Ok(())),
            ("http://localhost/x", Ok(())),
            ("git.example.com", Err(UrlError::NoScheme)),
            ("ssh://git.example.com", Err(UrlError::OtherScheme)),
            (
                "http://git.example.com",
                Err(UrlError::PlainHttp("git.example.com".into())),
            ),
            ("https://me@git.example.com", Err(UrlError::Credentials)),
            ("https://git.example.com/?a", Err(UrlError::Query)),
            ("https://", Err(UrlError::NotAUrl)),
            ("https://*", Err(UrlError::Wildcard)),
            ("https://*.com", Err(UrlError::Wildcard)),
            ("https://*.com.", Err(UrlError::Wildcard)),
            ("https://git.example.com/team/*", Err(UrlError::WildPath)),
            ("https://git.example.com/team/%2A", Ok(())),
            ("https://*.co.uk", Err(UrlError::Wildcard)),
            ("https://*.CO.uk.:8443/team", Err(UrlError::Wildcard)),
            ("https://*.gov.au", Err(UrlError::Wildcard)),
            ("https://*.example.co.uk", Ok(())),
            ("https://*.id.me", Ok(())),
            ("https://*.co.example", Ok(())),
            ("https://git.co.uk", Ok(())),
            ("https://a*.example.com", Err(UrlError::Wildcard)),
            ("https://a.*.example.com", Err(UrlError::Wildcard)),
            ("https://*.*.example.com", Err(UrlError::Wildcard)),
        ];
        for (text, expected) in cases {
            assert_eq!(UrlPattern::parse(text).map(|_| ()), expected, "{text}");
        }
    }

    #[test]
    fn patterns_match_by_host_port_and_path() {
        let cases = [
            (
                "https://git.example.com",
                "https://git.example.com/a/b.git",
                true,
            ),
            (
                "https://git.example.com",
                "https://me:pw@GIT.example.com:443/?q#f",
                true,
            ),
            (
                "https://git.example.com",
                "https://git.example.com:8443/",
                false,
            ),
            (
                "https://git.example.com:8443",
                "https://git.example.com/",
                false,
            ),
            (
                "https://git.example.com",
                "https://x.git.example.com/",
                false,
            ),
            (
                "https://git.example.com",
                "https://git.example.com.evil.example/",
                false,
            ),
            (
                "https://git.example.com",
                "https://evilgit.example.com/",
                false,
            ),
            (
                "https://git.example.com",
                "https://git.example.com@evil.example/",
                false,
            ),
            ("https://*.example.com", "https://git.example.com/", true),
            ("https://*.example.com", "https://a.git.example.com/", false),
            ("https://*.example.com", "https://example.com/", false),
            ("https://*.example.com", "https://evilexample.com/", false),
            ("https://h.example/team", "https://h.example/team", true),
            (
                "https://h.example/team/",
                "https://h.example/team/x.git",
                true,
            ),
            ("https://h.example/team", "https://h.example/teams", false),
            (
                "https://h.example/team",
                "https://h.example/other/../team/x",
                true,
            ),
            (
                "https://h.example/team",
                "https://h.example/team/../other",
                false,
            ),
            (
                "https://h.example/team",
                "https://h.example/team/%2e%2e/other",
                false,
            ),
            ("https://h.example/t%65am", "https://h.example/team", true),
            ("https://h.example/team", "https://h.example/", false),
            ("http://127.0.0.1:80", "http://127.0.0.1/", true),
            ("https://127.0.0.1", "http://127.0.0.1/", false),
            ("https://[::1]", "https://[0::1]/x", true),
        ];
        for (pattern, url, expected) in cases {
            let target = Target::parse(url).unwrap();
            assert_eq!(
                UrlPattern::parse(pattern).unwrap().matches(&target),
                expected,
                "{pattern} {url}"
            );
        }
        assert_eq!(
            Target::parse("http://h.example/"),
            Err(UrlError::PlainHttp("h.example".into()))
        );
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        /// Whatever is asked for: what matches has the host of the pattern, and is safe.
        #[test]
        fn no_other_host_ever_matches(
            start in proptest::sample::select(vec!["https://", "http://", "https://git.example.com", "https://x@"]),
            rest in crate::property::text(),
        ) {
            let one = UrlPattern::parse("https://git.example.com/team").unwrap();
            let any = UrlPattern::parse("https://*.example.com").unwrap();
            for target in Target::parse(&format!("{start}{rest}")).into_iter()
                .chain(Target::from_parts("https", &rest, &rest)).chain(Target::guess(&rest).unwrap_or_default())
            {
                let url = Url::parse(target.as_str()).unwrap();
                let host = url.host_str().unwrap();
                let is_safe = url.scheme() == "https" || url.host().is_some_and(|host| is_loopback(&host));
                proptest::prop_assert!(is_safe && url.username().is_empty() && url.password().is_none());
                proptest::prop_assert!(!one.matches(&target) || (host == "git.example.com" && url.path().starts_with("/team")));
                proptest::prop_assert!(!any.matches(&target) || host.ends_with(".example.com"));
            }
        }
    }
}
