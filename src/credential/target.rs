//! The URLs that tokens are asked for.

use percent_encoding::percent_decode_str;
use url::Url;

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
    #[error("has a `*` that is not the whole first label of its host, or has too little after it")]
    Wildcard,
    #[error("has a `*` in its path")]
    WildPath,
}

impl UrlError {
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

/// A URL that a program wants a token for: https, or http on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Ok(Self::without_user(parse(text)?))
    }

    /// From the parts that git names. Its path is already decoded.
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
        Ok(Self::without_user(url))
    }

    /// From a text that may lack its scheme: https then, and http too where the host is this machine.
    pub fn guess(text: &str) -> Result<Vec<Self>, UrlError> {
        if text.contains("://") {
            return Ok(vec![Self::parse(text)?]);
        }
        let secure = Self::parse(&format!("https://{text}"))?;
        let plain = Self::parse(&format!("http://{text}"));
        Ok(std::iter::once(secure).chain(plain).collect())
    }

    fn without_user(mut url: Url) -> Self {
        // The program may name a user. This cannot fail, as there is a host.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url.set_query(None);
        url.set_fragment(None);
        Self(url)
    }

    /// With this path, if it has none.
    #[must_use]
    pub fn or_path(mut self, path: &str) -> Self {
        if path_of(&self.0).is_empty() {
            self.0.set_path(path);
        }
        self
    }

    /// The URL, without user, query and fragment.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

/// The decoded segments of a URL's path. `/a/` is `/a`, and `/` is empty.
pub(super) fn path_of(url: &Url) -> Vec<String> {
    let decode = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    let segments = url.path_segments().into_iter().flatten();
    let mut path: Vec<String> = segments.map(decode).collect();
    while path.last().is_some_and(String::is_empty) {
        path.pop();
    }
    path
}

/// Parses a URL that may get a token, and in which all programs see the same host. One that browsers would repair is refused, as other programs
/// read it differently: in `https://a\@b` some take `a` for the host, and some `b`.
pub(super) fn parse(text: &str) -> Result<Url, UrlError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(UrlError::NoScheme);
    };
    if !["https", "http"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(UrlError::OtherScheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let is_odd = |c: char| c == '\\' || c.is_whitespace() || c.is_control();
    if text.contains(is_odd) || host.is_empty() || host.contains('%') {
        return Err(UrlError::NotAUrl);
    }
    let url = Url::parse(text).map_err(|_| UrlError::NotAUrl)?;
    match url.host() {
        None => Err(UrlError::NotAUrl),
        Some(host) if url.scheme() == "http" && !is_loopback(&host) => {
            Err(UrlError::PlainHttp(host.to_string()))
        }
        Some(_) => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
