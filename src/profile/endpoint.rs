//! What a token endpoint's URL must be, and how it is shown.

use url::{Host, Url};

/// The URL of a token endpoint: https, or http on loopback; no credentials, no fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Why a text is not a token endpoint. Holds nothing of the text but a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("is not a URL: {0}")]
    NotAUrl(&'static str),
    #[error("has no scheme")]
    NoScheme,
    #[error("has a scheme that is neither https nor http")]
    OtherScheme,
    #[error("has a scheme twice")]
    SchemeTwice,
    #[error("is plain http to `{0}`, which is not this machine")]
    PlainHttp(String),
    #[error("has credentials in it")]
    Credentials,
    #[error("has a fragment (`#…`), which is never sent")]
    Fragment,
}

impl EndpointError {
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAUrl(_) | Self::NoScheme | Self::OtherScheme => {
                "write the whole URL, for example `https://api.example.com/oauth/token`"
            }
            Self::SchemeTwice => {
                "the value of a `${NAME}` after `https://` must begin with the host, without a scheme"
            }
            Self::PlainHttp(_) => {
                "write `https://`: plain http shows the credentials to the network and is only for loopback"
            }
            Self::Credentials => {
                "remove them from the URL and write `client_id` and `client_secret`"
            }
            Self::Fragment => "remove everything from `#` on",
        }
    }
}

impl Endpoint {
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        let scheme = text
            .split_once("://")
            .map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            None => return Err(EndpointError::NoScheme),
            Some("https" | "http") => {}
            Some(_) => return Err(EndpointError::OtherScheme),
        }
        let url = Url::parse(text).map_err(|error| EndpointError::NotAUrl(describe(error)))?;
        // `https://${host}/token`, and `https://` in the host too.
        if matches!(url.host_str(), Some("https" | "http")) && url.path().starts_with("//") {
            return Err(EndpointError::SchemeTwice);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(EndpointError::Fragment);
        }
        let endpoint = Self(url);
        if endpoint.0.scheme() == "http" && !endpoint.is_loopback() {
            let host = endpoint.0.host_str().unwrap_or_default();
            return Err(EndpointError::PlainHttp(host.to_owned()));
        }
        Ok(endpoint)
    }

    /// The whole URL, as it is requested.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is on this machine: such requests never go by a proxy.
    pub fn is_loopback(&self) -> bool {
        self.0.host().is_some_and(|host| is_loopback(&host))
    }

    /// The URL as it may be shown: scheme, host, port and path. A query may hold credentials.
    pub fn shown(&self) -> String {
        let mut url = self.0.clone();
        url.set_query(None);
        url.to_string()
    }
}

fn describe(error: url::ParseError) -> &'static str {
    use url::ParseError as E;
    match error {
        E::EmptyHost => "it has no host",
        E::InvalidPort => "its port is not a number from 1 to 65535",
        E::InvalidIpv4Address | E::InvalidIpv6Address => "its address is not valid",
        E::IdnaError | E::InvalidDomainCharacter => "its host is not a valid name",
        _ => "it cannot be read",
    }
}

/// Whether a host is this machine: `localhost`, 127.0.0.0/8, `::1`.
pub fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_and_how_it_is_shown() {
        let cases = [
            (
                "https://api.example.com/oauth/token",
                Ok("https://api.example.com/oauth/token"),
            ),
            (
                "https://api.example.com/token?tenant=x",
                Ok("https://api.example.com/token"),
            ),
            (
                " HTTPS://API.example.com:8443 ",
                Ok("https://api.example.com:8443/"),
            ),
            ("http://127.0.0.1:80/t", Ok("http://127.0.0.1/t")),
            ("http://127.9.9.9/t", Ok("http://127.9.9.9/t")),
            ("http://[::1]:8080/t", Ok("http://[::1]:8080/t")),
            ("http://localhost/t", Ok("http://localhost/t")),
            (
                "http://localhost.example.com/t",
                Err(EndpointError::PlainHttp("localhost.example.com".into())),
            ),
            (
                "http://10.0.0.1/t",
                Err(EndpointError::PlainHttp("10.0.0.1".into())),
            ),
            ("api.example.com/token", Err(EndpointError::NoScheme)),
            ("", Err(EndpointError::NoScheme)),
            ("ftp://api.example.com/", Err(EndpointError::OtherScheme)),
            ("https://", Err(EndpointError::NotAUrl("it has no host"))),
            (
                "https://https://api.example.com/t",
                Err(EndpointError::SchemeTwice),
            ),
            (
                "https://HTTP://api.example.com/t",
                Err(EndpointError::SchemeTwice),
            ),
            ("https://https/t", Ok("https://https/t")),
            (
                "https://a b/",
                Err(EndpointError::NotAUrl("its host is not a valid name")),
            ),
            (
                "https://h:99999/",
                Err(EndpointError::NotAUrl(
                    "its port is not a number from 1 to 65535",
                )),
            ),
            (
                "https://id:secret@api.example.com/",
                Err(EndpointError::Credentials),
            ),
            (
                "https://id@api.example.com/",
                Err(EndpointError::Credentials),
            ),
            (
                "https://api.example.com/#token",
                Err(EndpointError::Fragment),
            ),
        ];
        for (text, expected) in cases {
            let found = Endpoint::parse(text).map(|endpoint| endpoint.shown());
            assert_eq!(found, expected.map(str::to_owned), "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn only_what_is_safe_is_taken(
            scheme in proptest::sample::select(vec!["https://", "http://", "HTTP://", "http:", "https:/", "ftp://", ""]),
            host in proptest::sample::select(vec!["127.0.0.1", "localhost", "[::1]", "0x7f.1", "example.com", "1.2.3.4", ""]),
            rest in crate::property::text(),
        ) {
            if let Ok(endpoint) = Endpoint::parse(&format!("{scheme}{host}{rest}")) {
                let url = Url::parse(endpoint.as_str()).unwrap();
                let is_safe = url.scheme() == "https" || (url.scheme() == "http" && url.host().is_some_and(|host| is_loopback(&host)));
                proptest::prop_assert!(is_safe, "{}", endpoint.as_str());
                proptest::prop_assert!(url.username().is_empty() && url.password().is_none());
                proptest::prop_assert!(!endpoint.shown().contains('?'));
                proptest::prop_assert!(Endpoint::parse(endpoint.as_str()) == Ok(endpoint));
            }
        }
    }
}
