//! Which proxy a request goes through, from the profile's `proxy` and the environment.
//!
//! reqwest would read the variables itself, but ignores a malformed one and connects directly, and ignores all of them
//! if `REQUEST_METHOD` is set.

use url::Url;
use zeroize::Zeroizing;

use super::TransportError;
use super::no_proxy::NoProxy;
use crate::host::Environment;
use crate::profile::endpoint::is_loopback;
use crate::profile::proxy_url::ProxyUrl;

/// A proxy and the setting that names it.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) url: ProxyUrl,
    setting: &'static str,
}

impl Proxy {
    /// Host, port and setting: "`proxy:3128` (from `HTTPS_PROXY`)".
    pub(super) fn describe(&self) -> String {
        format!("`{}` (from `{}`)", self.url.host_and_port, self.setting)
    }
}

/// The proxy for a request to `target`; `profile_proxy` beats the environment.
///
/// Every variable that is set is read, needed or not: otherwise a profile would work on loopback, or thanks to
/// `NO_PROXY`, and fail on its next host.
///
/// # Errors
/// [`TransportError::Proxy`] for the first setting that is malformed.
pub(super) fn choose(
    target: &Url,
    profile_proxy: Option<&str>,
    environment: Environment,
) -> Result<Option<Proxy>, TransportError> {
    let variables = Variables::read(environment)?;
    let own = profile_proxy
        .filter(|value| *value != "none")
        .map(|value| parse("proxy", value))
        .transpose()?;
    let Some(host) = target.host().filter(|host| !is_loopback(host)) else {
        return Ok(None);
    };
    if profile_proxy.is_some() {
        return Ok(own);
    }
    let port = target.port_or_known_default().unwrap_or_default();
    let is_exempt = |no_proxy: NoProxy| no_proxy.exempts(&host, port);
    if variables.no_proxy.is_some_and(is_exempt) {
        return Ok(None);
    }
    let by_scheme = match target.scheme() {
        "https" => variables.https,
        _ => variables.http,
    };
    Ok(by_scheme.or(variables.all))
}

/// Checks the proxy variables.
///
/// # Errors
/// [`TransportError::Proxy`] for the first that is malformed.
pub fn check_proxy_variables(environment: Environment<'_>) -> Result<(), TransportError> {
    Variables::read(environment).map(|_| ())
}

/// The proxy through which a request to `url` would go, as it may be shown.
///
/// # Errors
/// [`TransportError::Proxy`], and [`TransportError::Url`] for a text that is not a URL.
pub fn describe_proxy(
    url: &str,
    profile_proxy: Option<&str>,
    environment: Environment<'_>,
) -> Result<Option<String>, TransportError> {
    let target = Url::parse(url).map_err(|_| TransportError::Url("it is not an absolute URL"))?;
    let proxy = choose(&target, profile_proxy, environment)?;
    Ok(proxy.map(|proxy| proxy.describe()))
}

/// What the environment says of proxies.
struct Variables {
    https: Option<Proxy>,
    http: Option<Proxy>,
    all: Option<Proxy>,
    no_proxy: Option<NoProxy>,
}

impl Variables {
    fn read(environment: Environment) -> Result<Self, TransportError> {
        Ok(Self {
            https: variable(environment, ["https_proxy", "HTTPS_PROXY"], parse)?,
            http: variable(environment, ["http_proxy", "HTTP_PROXY"], parse)?,
            all: variable(environment, ["all_proxy", "ALL_PROXY"], parse)?,
            no_proxy: variable(environment, ["no_proxy", "NO_PROXY"], |name, value| {
                NoProxy::parse(value).map_err(|problem| malformed(name, problem))
            })?,
        })
    }
}

/// Reads both spellings of a variable. The one in lower case, which is first, counts if both are set, as with curl.
fn variable<T>(
    environment: Environment,
    names: [&'static str; 2],
    read: impl Fn(&'static str, &str) -> Result<T, TransportError>,
) -> Result<Option<T>, TransportError> {
    let mut found = None;
    for name in names {
        let Some(value) = environment.get(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let value = value
            .into_string()
            .map_err(|_| malformed(name, "is not valid UTF-8"))?;
        let value = read(name, &Zeroizing::new(value))?;
        found = found.or(Some(value));
    }
    Ok(found)
}

fn parse(setting: &'static str, value: &str) -> Result<Proxy, TransportError> {
    let url = ProxyUrl::parse(value).map_err(|problem| malformed(setting, problem))?;
    Ok(Proxy { url, setting })
}

fn malformed(name: &str, problem: &'static str) -> TransportError {
    TransportError::Proxy {
        name: name.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::*;

    fn choice(
        target: &str,
        key: Option<&str>,
        variables: &[(&str, &str)],
    ) -> Result<Option<String>, String> {
        let look_up = |name: &OsStr| {
            variables
                .iter()
                .find(|(known, _)| name == *known)
                .map(|(_, value)| OsString::from(value))
        };
        choose(
            &Url::parse(target).unwrap(),
            key,
            Environment::new(&look_up),
        )
        .map(|proxy| proxy.map(|proxy| proxy.url.url.expose().clone()))
        .map_err(|error| match error {
            TransportError::Proxy { name, .. } => name,
            other => other.to_string(),
        })
    }

    type Case<'a> = (
        &'a str,
        Option<&'a str>,
        &'a [(&'a str, &'a str)],
        Option<&'a str>,
    );

    #[test]
    fn the_profile_then_the_environment_names_the_proxy() {
        let target = "https://api.example.com/token";
        // The target, the key, the variables, the proxy.
        #[rustfmt::skip]
        let cases: &[Case] = &[
            (target, None, &[], None),
            (target, None, &[("HTTPS_PROXY", "http://p:3128")], Some("http://p:3128")),
            (target, None, &[("https_proxy", "http://low:1"), ("HTTPS_PROXY", "http://up:2")], Some("http://low:1")),
            (target, None, &[("https_proxy", ""), ("HTTPS_PROXY", "http://up:2")], Some("http://up:2")),
            (target, None, &[("HTTP_PROXY", "http://p:3128")], None),
            ("http://api.example.com", None, &[("HTTP_PROXY", "http://p:3128")], Some("http://p:3128")),
            ("http://api.example.com", None, &[("HTTPS_PROXY", "http://p:3128")], None),
            (target, None, &[("ALL_PROXY", "socks5h://p")], Some("socks5h://p:1080")),
            (target, None, &[("all_proxy", "http://all:1"), ("HTTPS_PROXY", "http://https:1")], Some("http://https:1")),
            (target, None, &[("HTTPS_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], Some("http://p:1")),
            (target, None, &[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "example.com")], None),
            (target, None, &[("HTTPS_PROXY", "http://p:1"), ("no_proxy", "else"), ("NO_PROXY", "*")], Some("http://p:1")),
            (target, Some("http://own:1"), &[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "*")], Some("http://own:1")),
            (target, Some("none"), &[("HTTPS_PROXY", "http://p:1")], None),
            ("http://localhost:8080", Some("http://own:1"), &[("ALL_PROXY", "http://p:1")], None),
            ("https://LOCALHOST./", None, &[("ALL_PROXY", "http://p:1")], None),
            ("https://127.9.9.9", None, &[("ALL_PROXY", "http://p:1")], None),
            ("https://[::1]", None, &[("ALL_PROXY", "http://p:1")], None),
            ("https://[::ffff:127.0.0.1]", None, &[("ALL_PROXY", "http://p:1")], None),
            ("https://localhost.example.com", None, &[("ALL_PROXY", "http://p:1")], Some("http://p:1")),
        ];
        for (target, key, variables, expected) in cases {
            let expected = Ok(expected.map(str::to_owned));
            assert_eq!(
                choice(target, *key, variables),
                expected,
                "{target} {key:?} {variables:?}"
            );
        }
    }

    #[test]
    fn a_malformed_setting_is_always_an_error() {
        let bad = "http://user:hunter2@proxy:port";
        for name in [
            "https_proxy",
            "HTTPS_PROXY",
            "http_proxy",
            "HTTP_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ] {
            for target in ["https://api.example.com", "http://127.0.0.1:8080"] {
                for key in [None, Some("none"), Some("http://own:1")] {
                    let variables = [
                        (name, bad),
                        ("NO_PROXY", "*"),
                        ("https_proxy", "http://fine:1"),
                    ];
                    assert_eq!(choice(target, key, &variables), Err(name.to_owned()));
                }
            }
        }
        assert_eq!(
            choice("http://[::1]", None, &[("no_proxy", "10.0.0.0/99")]),
            Err("no_proxy".to_owned())
        );
        assert_eq!(
            choice("http://[::1]", Some(bad), &[]),
            Err("proxy".to_owned())
        );
        let error = parse("HTTPS_PROXY", bad).unwrap_err();
        assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("hunter2"));
    }

    #[test]
    fn credentials_are_not_shown() {
        let proxy = parse("HTTPS_PROXY", "http://user:hunter2@proxy:3128").unwrap();
        assert_eq!(proxy.describe(), "`proxy:3128` (from `HTTPS_PROXY`)");
        assert!(!format!("{proxy:?}").contains("hunter2"));
    }
}
