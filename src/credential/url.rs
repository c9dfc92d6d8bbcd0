//! URLs that tokens may go to: the target of a request, and the patterns of `[credentials]`.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::profile::endpoint::is_loopback;

/// Why a token cannot go to a URL. Holds nothing of the text but a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("is not a URL")]
    NotAUrl,
    #[error("has no `https://` before it")]
    NoScheme,
    #[error("has a scheme that is neither https nor http")]
    OtherScheme,
    #[error("is plain http to `{0}`, which is not this machine")]
    PlainHttp(String),
    #[error("has a user in it")]
    Credentials,
    #[error("has a query or a fragment")]
    Query,
    #[error(
        "has a `*` elsewhere than in place of the first label of a host, or too little after it"
    )]
    Wildcard,
    #[error("has a `*` in its path")]
    WildPath,
}

impl UrlError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAUrl | Self::NoScheme => {
                "write the URL with its scheme, for example `https://git.example.com`"
            }
            Self::OtherScheme => {
                "write `https://` alone, without `sparse+` and the like; tokens are not used over ssh"
            }
            Self::PlainHttp(_) => {
                "write `https://`; plain http would show the token to the network and is only for loopback"
            }
            Self::Credentials => "remove it from the URL and write `username = \"…\"`",
            Self::Query => "remove everything from `?` or `#` on",
            Self::WildPath => "remove it: a path includes everything below it",
            Self::Wildcard => {
                "write `https://*.example.com`, which stands for all hosts one label below it"
            }
        }
    }
}

/// The parts of a URL besides its host, normalised for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Location {
    scheme: String,
    port: Option<u16>,
    path: Vec<String>,
}

impl Location {
    fn of(url: &Url) -> Self {
        let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let mut path: Vec<String> = url
            .path_segments()
            .into_iter()
            .flatten()
            .map(decoded)
            .collect();
        // `/a/` is `/a`, and `/` is the empty path.
        while path.last().is_some_and(String::is_empty) {
            path.pop();
        }
        Self {
            scheme: url.scheme().to_owned(),
            port: url.port_or_known_default(),
            path,
        }
    }
}

/// A URL that a program wants a token for: https, or http on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: String,
    location: Location,
}

impl Target {
    /// Checks a URL.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::try_from_url(parse(text)?)
    }

    /// From the parts that git names. Its path is already decoded.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn from_parts(scheme: &str, host: &str, path: &str) -> Result<Self, UrlError> {
        // Nothing in a part may end it early, which would make another host of it.
        if !["https", "http"].contains(&scheme) {
            return Err(UrlError::OtherScheme);
        }
        if host.contains(['/', '\\', '?', '#', '@', '%']) || host.contains(char::is_whitespace) {
            return Err(UrlError::NotAUrl);
        }
        let mut url = parse(&format!("{scheme}://{host}/"))?;
        url.set_path(path);
        Self::try_from_url(url)
    }

    /// From a text that may lack its scheme: https then, and http too where the host is this machine.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn guess(text: &str) -> Result<Vec<Self>, UrlError> {
        if text.contains("://") {
            return Ok(vec![Self::parse(text)?]);
        }
        let secure = Self::parse(&format!("https://{text}"))?;
        let plain = Self::parse(&format!("http://{text}"));
        Ok(std::iter::once(secure).chain(plain).collect())
    }

    fn try_from_url(mut url: Url) -> Result<Self, UrlError> {
        let Some(host) = url.host() else {
            return Err(UrlError::NotAUrl);
        };
        if url.scheme() == "http" && !is_loopback(&host) {
            return Err(UrlError::PlainHttp(host.to_string()));
        }
        let host = host.to_string();
        // The program may name a user. This cannot fail, as there is a host.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self {
            host,
            location: Location::of(&url),
            url,
        })
    }

    /// With this path, if it has none.
    #[must_use]
    pub fn or_path(mut self, path: &str) -> Self {
        if self.location.path.is_empty() {
            self.url.set_path(path);
            self.location = Location::of(&self.url);
        }
        self
    }

    /// The URL of this host with the path of a pattern.
    pub(super) fn with_path_of(&self, pattern: &UrlPattern) -> String {
        let mut url = self.url.clone();
        url.set_path(&pattern.path);
        url.to_string()
    }

    /// The URL, without user, query and fragment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

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
        self.matches_host(target) && target.location.path.starts_with(&self.location.path)
    }

    fn matches_host(&self, target: &Target) -> bool {
        let host = if self.is_wildcard {
            let label = target.host.strip_suffix(&self.host);
            label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        } else {
            self.host == target.host
        };
        host && self.location.scheme == target.location.scheme
            && self.location.port == target.location.port
    }

    /// Whether this pattern is for a part of what another one covers on a target's host.
    pub(super) fn covers_part_of(&self, other: &Self, target: &Target) -> bool {
        self.specificity() > other.specificity()
            && self.matches_host(target)
            && self.location.path.starts_with(&other.location.path)
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

/// Parses a URL in which all programs see the same host. One that browsers would repair is refused, as other programs
/// read it differently: in `https://a\@b` some take `a` for the host, and some `b`.
fn parse(text: &str) -> Result<Url, UrlError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(UrlError::NoScheme);
    };
    if !["https", "http"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(UrlError::OtherScheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let is_odd = |c: char| c == '\\' || c.is_whitespace() || c.is_control();
    if text.contains(is_odd) || host.is_empty() || host.contains('%') {
        return Err(UrlError::NotAUrl);
    }
    Url::parse(text).map_err(|_| UrlError::NotAUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// Each of these has the host `h.example` for some programs, and another or none for others.
    #[test]
    fn a_url_that_programs_read_differently_is_refused() {
        for text in [
            "https://h.example\\@evil.example/",
            "h.example\\@evil.example",
            "https://h.example\\.evil.example",
            "https://h.exa\tmple/",
            "https://h.exa\nmple/",
            "https:///h.example",
            "https://x@/h.example",
            "https://h%2eexample/",
            "https://h.example/a\r\nb",
            "https://h.example/\r",
        ] {
            assert_eq!(Target::guess(text), Err(UrlError::NotAUrl), "{text:?}");
        }
    }

    #[test]
    fn the_parts_of_a_url_do_not_make_another_host() {
        let of = |host: &str, path: &str| {
            Target::from_parts("https", host, path).map(|target| target.as_str().to_owned())
        };
        assert_eq!(
            of("h.example:8443", "a b/c?d#e.git").as_deref(),
            Ok("https://h.example:8443/a%20b/c%3Fd%23e.git")
        );
        assert_eq!(of("[::1]:80", "").as_deref(), Ok("https://[::1]:80/"));
        for host in [
            "h.example/.evil.example",
            "h.example@evil.example",
            "h.example\\x",
            "h.example?x",
            "",
            "a b",
            "h%2f",
            "h.example\r",
        ] {
            assert_eq!(of(host, ""), Err(UrlError::NotAUrl), "{host}");
        }
        for scheme in [
            "https://h.example/x#",
            "http://h.example?",
            "HTTPS",
            "ssh",
            "",
        ] {
            let target = Target::from_parts(scheme, "evil.example", "");
            assert_eq!(target, Err(UrlError::OtherScheme), "{scheme}");
        }
    }

    #[test]
    fn a_url_without_a_scheme_is_https_and_on_loopback_http_too() {
        let guess = |text: &str| {
            Target::guess(text).map(|all| {
                all.iter()
                    .map(|one| one.as_str().to_owned())
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            guess("registry.example.com").unwrap(),
            ["https://registry.example.com/"]
        );
        assert_eq!(
            guess("localhost:5000/x").unwrap(),
            ["https://localhost:5000/x", "http://localhost:5000/x"]
        );
        assert_eq!(
            guess("http://h.example"),
            Err(UrlError::PlainHttp("h.example".into()))
        );
        assert_eq!(
            Target::parse("https://h").unwrap().or_path("/v2/").as_str(),
            "https://h/v2/"
        );
        assert_eq!(
            Target::parse("https://h/v1/")
                .unwrap()
                .or_path("/v2/")
                .as_str(),
            "https://h/v1/"
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
