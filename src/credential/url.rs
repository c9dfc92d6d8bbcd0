//! URLs that tokens may go to: one that is asked for, and what is written in `[credentials]` to match it.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::profile::endpoint::is_loopback;

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
                "write it with `https://` alone, without `sparse+` and the like; by ssh no token goes"
            }
            Self::PlainHttp(_) => {
                "write `https://`; plain http would show the token to the network and is only for loopback"
            }
            Self::Credentials => "take it out of the URL and write `username = \"…\"`",
            Self::Query => "drop everything from `?` or `#` on",
            Self::WildPath => "drop it: a path counts for all that is below it",
            Self::Wildcard => {
                "write `https://*.example.com`, which stands for all hosts one label below"
            }
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
        let mut path: Vec<String> = url
            .path_segments()
            .into_iter()
            .flatten()
            .map(decoded)
            .collect();
        // `/a/` is `/a`, and `/` is no path.
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
        let Some(host) = url.host() else {
            return Err(UrlError::NotAUrl);
        };
        if url.scheme() == "http" && !is_loopback(&host) {
            return Err(UrlError::PlainHttp(host.to_string()));
        }
        let host = host.to_string();
        // A user in it is the asker's own affair. It cannot fail where there is a host.
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url.set_query(None);
        url.set_fragment(None);
        Ok(Self {
            host,
            place: Place::of(&url),
            url,
        })
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
        // `*.com` and `*.co.uk` would name the world.
        let is_sound = match rest {
            Some(rest) => {
                let domain = rest.trim_matches('.');
                let is_below_one = domain.contains('.') && !is_of_a_registry(domain);
                rest.starts_with('.') && is_below_one && !rest.contains(['*', '%'])
            }
            None => !host.contains('*'),
        };
        if !is_sound {
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
            place: Place::of(&url),
            path: url.path().to_owned(),
        })
    }

    /// Whether both mean the same, however they are spelled.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.host, self.is_wildcard, &self.place)
            == (&other.host, other.is_wildcard, &other.place)
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

/// What a country has instead of a domain for everybody. The whole list (<https://publicsuffix.org>) is ten thousand lines,
/// changes weekly, and knows no more of a user's intention.
const REGISTRIES: [&str; 10] = [
    "ac", "co", "com", "edu", "gob", "gouv", "gov", "mil", "net", "org",
];

/// Whether anybody can have a name below a domain, as below `co.uk`.
fn is_of_a_registry(domain: &str) -> bool {
    let (first, country) = domain.split_once('.').unwrap_or_default();
    country.len() == 2 && REGISTRIES.contains(&first)
}

/// Reads a URL in which all programs see the same host. One that the standard for browsers would mend is refused, as
/// whoever asks may go by another: of `https://a\@b` some take `a` for the host, and some `b`.
fn parse(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    let is_odd =
        |character: char| character == '\\' || character.is_whitespace() || character.is_control();
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    match text
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase())
        .as_deref()
    {
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
mod tests;
