//! URLs that tokens may go to: one that is asked for, and what is written in `[credentials]` to match it.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::endpoint::is_loopback;

/// Why a text is no URL that a token could go to. Holds nothing of the text but a host.
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
    #[error("has a `*` elsewhere than in place of the first label of a host, or too little after it")]
    Wildcard,
}

impl UrlError {
    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAUrl | Self::NoScheme | Self::OtherScheme => {
                "write the URL with its scheme, for example `https://git.example.com`"
            }
            Self::PlainHttp(_) => {
                "write `https://`; plain http would show the token to the network and is only for loopback"
            }
            Self::Credentials => "take it out of the URL and write `username = \"…\"`",
            Self::Query => "drop everything from `?` or `#` on",
            Self::Wildcard => "write `https://*.example.com`, which stands for all hosts one label below",
        }
    }
}

/// Scheme, port and path of a URL, fit to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    scheme: String,
    port: Option<u16>,
    path: Vec<String>,
}

impl Place {
    fn of(url: &Url) -> Self {
        let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let mut path: Vec<String> = url.path_segments().into_iter().flatten().map(decoded).collect();
        // `/a/` is `/a`, and `/` is no path.
        while path.last().is_some_and(String::is_empty) {
            path.pop();
        }
        Self { scheme: url.scheme().to_owned(), port: url.port_or_known_default(), path }
    }
}

/// A URL that somebody asks a token for: https, or http on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: String,
    place: Place,
}

impl Target {
    /// Checks a URL.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::try_from_url(parse(text)?)
    }

    /// From the parts that git names. Its path is decoded already.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn from_parts(scheme: &str, host: &str, path: &str) -> Result<Self, UrlError> {
        // Nothing in the host may end it early: it would be another host.
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
        let Some(host) = url.host() else { return Err(UrlError::NotAUrl) };
        if url.scheme() == "http" && !is_loopback(&host) {
            return Err(UrlError::PlainHttp(host.to_string()));
        }
        let host = host.to_string();
        // A user in it is the asker's own affair. It cannot fail where there is a host.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self { host, place: Place::of(&url), url })
    }

    /// The same place, with this path where it has none.
    #[must_use]
    pub fn or_path(mut self, path: &str) -> Self {
        if self.place.path.is_empty() {
            self.url.set_path(path);
            self.place = Place::of(&self.url);
        }
        self
    }

    /// The URL of all of this host that a pattern is about.
    pub(super) fn up_to(&self, pattern: &UrlPattern) -> String {
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

/// What a URL must look like to be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlPattern {
    /// The host; with a wildcard, what follows its first label, from the dot on.
    host: String,
    is_wildcard: bool,
    place: Place,
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
        // `*.com` would name the world.
        let is_sound = match rest {
            Some(rest) => {
                rest.starts_with('.') && rest.trim_matches('.').contains('.') && !rest.contains(['*', '%'])
            }
            None => !host.contains('*'),
        };
        if !is_sound {
            return Err(UrlError::Wildcard);
        }
        let (is_wildcard, host) = (rest.is_some(), rest.unwrap_or(&host).to_owned());
        if url.scheme() == "http" && !url.host().is_some_and(|host: Host<&str>| is_loopback(&host)) {
            return Err(UrlError::PlainHttp(url.host_str().unwrap_or_default().to_owned()));
        }
        Ok(Self { host, is_wildcard, place: Place::of(&url), path: url.path().to_owned() })
    }

    /// Whether a URL is meant.
    #[must_use]
    pub fn matches(&self, target: &Target) -> bool {
        self.is_of_host(target) && target.place.path.starts_with(&self.place.path)
    }

    fn is_of_host(&self, target: &Target) -> bool {
        let host = if self.is_wildcard {
            let label = target.host.strip_suffix(&self.host);
            label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        } else {
            self.host == target.host
        };
        host && self.place.scheme == target.place.scheme && self.place.port == target.place.port
    }

    /// Whether another pattern is about a part of what this one says of a host.
    pub(super) fn is_cut_into_by(&self, other: &Self, target: &Target) -> bool {
        other.rank() > self.rank()
            && other.is_of_host(target)
            && other.place.path.starts_with(&self.place.path)
    }

    /// Of two patterns that match, the one that says more.
    pub(super) fn rank(&self) -> (bool, usize) {
        (!self.is_wildcard, self.place.path.len())
    }

    /// Whether it names one host.
    #[must_use]
    pub fn names_one_host(&self) -> bool {
        !self.is_wildcard
    }
}

/// Reads a URL in which all programs see the same host. One that the standard for browsers would mend is refused, as
/// whoever asks may go by another: of `https://a\@b` some take `a` for the host, and some `b`.
fn parse(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    let is_odd = |character: char| character == '\\' || character.is_whitespace() || character.is_control();
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        None => return Err(UrlError::NoScheme),
        Some("https" | "http") => {}
        Some(_) => return Err(UrlError::OtherScheme),
    }
    if text.contains(is_odd) || host.is_empty() || host.contains('%') {
        return Err(UrlError::NotAUrl);
    }
    Url::parse(text).map_err(|_| UrlError::NotAUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_mapped() {
        let cases = [
            ("https://git.example.com", Ok(())),
            ("https://*.example.com:8443/a/", Ok(())),
            ("http://127.0.0.1:8080", Ok(())),
            ("http://localhost/x", Ok(())),
            ("git.example.com", Err(UrlError::NoScheme)),
            ("ssh://git.example.com", Err(UrlError::OtherScheme)),
            ("http://git.example.com", Err(UrlError::PlainHttp("git.example.com".into()))),
            ("https://me@git.example.com", Err(UrlError::Credentials)),
            ("https://git.example.com/?a", Err(UrlError::Query)),
            ("https://", Err(UrlError::NotAUrl)),
            ("https://*", Err(UrlError::Wildcard)),
            ("https://*.com", Err(UrlError::Wildcard)),
            ("https://*.com.", Err(UrlError::Wildcard)),
            ("https://a*.example.com", Err(UrlError::Wildcard)),
            ("https://a.*.example.com", Err(UrlError::Wildcard)),
            ("https://*.*.example.com", Err(UrlError::Wildcard)),
        ];
        for (text, expected) in cases {
            assert_eq!(UrlPattern::parse(text).map(|_| ()), expected, "{text}");
        }
    }

    #[test]
    fn what_matches() {
        let cases = [
            ("https://git.example.com", "https://git.example.com/a/b.git", true),
            ("https://git.example.com", "https://me:pw@GIT.example.com:443/?q#f", true),
            ("https://git.example.com", "https://git.example.com:8443/", false),
            ("https://git.example.com:8443", "https://git.example.com/", false),
            ("https://git.example.com", "https://x.git.example.com/", false),
            ("https://git.example.com", "https://git.example.com.evil.example/", false),
            ("https://git.example.com", "https://evilgit.example.com/", false),
            ("https://git.example.com", "https://git.example.com@evil.example/", false),
            ("https://*.example.com", "https://git.example.com/", true),
            ("https://*.example.com", "https://a.git.example.com/", false),
            ("https://*.example.com", "https://example.com/", false),
            ("https://*.example.com", "https://evilexample.com/", false),
            ("https://h.example/team", "https://h.example/team", true),
            ("https://h.example/team/", "https://h.example/team/x.git", true),
            ("https://h.example/team", "https://h.example/teams", false),
            ("https://h.example/team", "https://h.example/other/../team/x", true),
            ("https://h.example/team", "https://h.example/team/../other", false),
            ("https://h.example/team", "https://h.example/team/%2e%2e/other", false),
            ("https://h.example/t%65am", "https://h.example/team", true),
            ("https://h.example/team", "https://h.example/", false),
            ("http://127.0.0.1:80", "http://127.0.0.1/", true),
            ("https://127.0.0.1", "http://127.0.0.1/", false),
            ("https://[::1]", "https://[0::1]/x", true),
        ];
        for (pattern, url, expected) in cases {
            let target = Target::parse(url).unwrap();
            assert_eq!(UrlPattern::parse(pattern).unwrap().matches(&target), expected, "{pattern} {url}");
        }
        assert_eq!(Target::parse("http://h.example/"), Err(UrlError::PlainHttp("h.example".into())));
    }

    /// Each of these has the host `h.example` to some programs, and another or none to others.
    #[test]
    fn a_url_of_which_programs_disagree_is_none() {
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
        ] {
            assert_eq!(Target::guess(text), Err(UrlError::NotAUrl), "{text:?}");
        }
    }

    #[test]
    fn the_parts_that_git_names_make_no_other_host() {
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
        ] {
            assert_eq!(of(host, ""), Err(UrlError::NotAUrl), "{host}");
        }
    }

    #[test]
    fn a_url_without_a_scheme_is_https_and_on_loopback_http_too() {
        let guess = |text: &str| {
            Target::guess(text).map(|all| all.iter().map(|one| one.as_str().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(guess("registry.example.com").unwrap(), ["https://registry.example.com/"]);
        assert_eq!(
            guess("localhost:5000/x").unwrap(),
            ["https://localhost:5000/x", "http://localhost:5000/x"]
        );
        assert_eq!(guess("http://h.example"), Err(UrlError::PlainHttp("h.example".into())));
        assert_eq!(Target::parse("https://h").unwrap().or_path("/v2/").as_str(), "https://h/v2/");
        assert_eq!(Target::parse("https://h/v1/").unwrap().or_path("/v2/").as_str(), "https://h/v1/");
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        /// Whatever is typed: what matches is of the host that was meant, and safe.
        #[test]
        fn no_other_host_is_ever_meant(
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
