//! The URLs of `[credentials]`, which say where a token may go.

use url::Url;

use super::target::{Target, UrlError, parse, path_of};

/// A URL of `[credentials]`. `*` as the first label of its host stands for any.
#[derive(Debug, Clone)]
pub struct UrlPattern {
    url: Url,
    path: Vec<String>,
}

impl UrlPattern {
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = parse(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Query);
        }
        let host = url.host_str().unwrap_or_default();
        let parent = host.strip_prefix("*.");
        // `*.com` and `*.co.uk` would match everybody's hosts.
        let is_too_wide = parent.is_some_and(|parent| {
            let domain = parent.trim_matches('.');
            !domain.contains('.') || is_public_suffix(domain)
        });
        if is_too_wide || parent.unwrap_or(host).contains('*') {
            return Err(UrlError::Wildcard);
        }
        if url.path().contains('*') {
            return Err(UrlError::WildPath);
        }
        let path = path_of(&url);
        Ok(Self { url, path })
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether both match the same URLs, however they are spelled.
    pub fn is_same(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin() && self.path == other.path
    }

    pub fn matches(&self, target: &Target) -> bool {
        self.matches_host(target) && path_of(target.url()).starts_with(&self.path)
    }

    fn matches_host(&self, target: &Target) -> bool {
        let target = target.url();
        let host = target.host_str().unwrap_or_default();
        let matches = match self.host().strip_prefix('*') {
            // A label is not empty.
            Some(parent) => host
                .strip_suffix(parent)
                .is_some_and(|label| !label.is_empty() && !label.contains('.')),
            None => self.host() == host,
        };
        matches
            && self.url.scheme() == target.scheme()
            && self.url.port_or_known_default() == target.port_or_known_default()
    }

    /// Whether this pattern is for a part of what another one covers on a target's host.
    pub(super) fn covers_part_of(&self, other: &Self, target: &Target) -> bool {
        self.specificity() > other.specificity()
            && self.matches_host(target)
            && self.path.starts_with(&other.path)
    }

    /// The URL of a target's host with the path of this pattern.
    pub(super) fn on_host_of(&self, target: &Target) -> String {
        let mut url = target.url().clone();
        url.set_path(self.url.path());
        url.into()
    }

    /// Of two patterns that match, the greater one wins.
    pub(super) fn specificity(&self) -> (bool, usize) {
        (self.names_one_host(), self.path.len())
    }

    pub fn names_one_host(&self) -> bool {
        !self.host().starts_with('*')
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
    use crate::profile::endpoint::is_loopback;

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
