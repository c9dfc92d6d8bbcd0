//! Which proxy a request goes by, from the profile's `proxy` and the environment.
//!
//! reqwest would read the variables itself, but it ignores a malformed one and goes direct, and with
//! `REQUEST_METHOD` in the environment it ignores them all; so it is handed at most one proxy, from here.
//! Leaves what a proxy's URL may be to [`crate::profile::proxy_url`], and `NO_PROXY` to [`super::no_proxy`].

use url::Url;
use zeroize::Zeroizing;

use super::TransportError;
use super::no_proxy::NoProxy;
use crate::host::Environment;
use crate::profile::endpoint::is_loopback;
use crate::profile::proxy_url::ProxyUrl;
use crate::secret::Secret;

/// A proxy that was chosen for one target.
#[derive(Debug)]
pub(super) struct Proxy {
    /// Its URL, credentials included, in a form that hyper's stricter parser is sure to take.
    pub(super) url: Secret<String>,
    /// Its host and port, and who asked for it, to be shown.
    pub(super) shown: String,
    /// Whether the way to the proxy itself is encrypted.
    pub(super) tls: bool,
}

/// The proxy for `target`, if any.
///
/// Every variable that is set is read, needed or not: a profile must not work on loopback, or by grace of
/// `NO_PROXY`, and then fail on its next host. `key` is the profile's own `proxy` and beats them all; `"none"`
/// is none.
///
/// # Errors
/// [`TransportError::Proxy`] for the first variable, or the key, that cannot be read.
pub(super) fn choose(
    target: &Url,
    key: Option<&str>,
    environment: Environment,
) -> Result<Option<Proxy>, TransportError> {
    let Variables {
        https,
        http,
        all,
        exempt,
    } = Variables::read(environment)?;
    let own = match key {
        None | Some("none") => None,
        Some(value) => Some(parse("proxy", value).map_err(|problem| malformed("proxy", problem))?),
    };

    let Some(host) = target.host() else {
        return Ok(None);
    };
    if is_loopback(&host) || key == Some("none") {
        return Ok(None);
    }
    if own.is_some() {
        return Ok(own);
    }
    let port = target.port_or_known_default().unwrap_or_default();
    if exempt.is_some_and(|exempt| exempt.exempts(&host, port)) {
        return Ok(None);
    }
    Ok(if target.scheme() == "https" {
        https
    } else {
        http
    }
    .or(all))
}

/// The proxies of the environment.
struct Variables {
    https: Option<Proxy>,
    http: Option<Proxy>,
    all: Option<Proxy>,
    exempt: Option<NoProxy>,
}

impl Variables {
    fn read(environment: Environment) -> Result<Self, TransportError> {
        Ok(Self {
            https: variable(environment, ["https_proxy", "HTTPS_PROXY"], parse)?,
            http: variable(environment, ["http_proxy", "HTTP_PROXY"], parse)?,
            all: variable(environment, ["all_proxy", "ALL_PROXY"], parse)?,
            exempt: variable(environment, ["no_proxy", "NO_PROXY"], |_, value| {
                NoProxy::parse(value)
            })?,
        })
    }
}

/// Looks at the proxy variables alone.
///
/// # Errors
/// [`TransportError::Proxy`] for the first that cannot be read.
pub fn check_variables(environment: Environment<'_>) -> Result<(), TransportError> {
    Variables::read(environment).map(|_| ())
}

/// The proxy by which a request to this URL would go, as it may be shown: host, port and who asked for it.
///
/// # Errors
/// [`TransportError::Proxy`]; or the URL is none.
pub fn shown(
    url: &str,
    key: Option<&str>,
    environment: Environment<'_>,
) -> Result<Option<String>, TransportError> {
    let target = Url::parse(url).map_err(|_| TransportError::Url {
        problem: "it is not an absolute URL",
    })?;
    Ok(choose(&target, key, environment)?.map(|proxy| proxy.shown))
}

/// Reads both spellings of a variable; the first, in lower case, counts where both are set, as with curl.
fn variable<T>(
    environment: Environment,
    names: [&'static str; 2],
    read: impl Fn(&'static str, &str) -> Result<T, &'static str>,
) -> Result<Option<T>, TransportError> {
    let mut found = None;
    for name in names {
        let Some(value) = environment.get(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let value = value
            .into_string()
            .map_err(|_| malformed(name, "is not valid UTF-8"))?;
        let value = Zeroizing::new(value);
        let this = read(name, &value).map_err(|problem| malformed(name, problem))?;
        found = found.or(Some(this));
    }
    Ok(found)
}

fn malformed(name: &str, problem: &'static str) -> TransportError {
    TransportError::Proxy {
        name: name.to_owned(),
        problem,
    }
}

fn parse(name: &str, value: &str) -> Result<Proxy, &'static str> {
    let ProxyUrl {
        url,
        host_and_port,
        tls,
    } = ProxyUrl::parse(value)?;
    Ok(Proxy {
        url,
        shown: format!("`{host_and_port}` (from `{name}`)"),
        tls,
    })
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
        .map(|proxy| proxy.map(|proxy| proxy.url.expose().clone()))
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
    fn what_is_chosen() {
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
    fn a_malformed_variable_is_never_passed_over() {
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
        let error = malformed("HTTPS_PROXY", parse("HTTPS_PROXY", bad).unwrap_err());
        assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("hunter2"));
    }

    #[test]
    fn what_is_shown_holds_no_credentials() {
        let proxy = parse("HTTPS_PROXY", "http://user:hunter2@proxy:3128").unwrap();
        assert_eq!(proxy.shown, "`proxy:3128` (from `HTTPS_PROXY`)");
        assert!(!format!("{proxy:?}").contains("hunter2"));
    }
}
