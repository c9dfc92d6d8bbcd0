//! Which proxy a request goes by, from the profile's `proxy` and the environment.
//!
//! reqwest would read the variables itself, but it ignores a malformed one and goes direct, and with
//! `REQUEST_METHOD` in the environment it ignores them all; so it is handed at most one proxy, from here.
//! Leaves `NO_PROXY` to [`super::no_proxy`].

use std::fmt::Write as _;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::TransportError;
use super::no_proxy::NoProxy;
use crate::endpoint::is_loopback;
use crate::host::Environment;
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
    let https = variable(environment, ["https_proxy", "HTTPS_PROXY"], parse)?;
    let http = variable(environment, ["http_proxy", "HTTP_PROXY"], parse)?;
    let all = variable(environment, ["all_proxy", "ALL_PROXY"], parse)?;
    let exempt = variable(environment, ["no_proxy", "NO_PROXY"], |_, value| NoProxy::parse(value))?;
    let own = match key {
        None | Some("none") => None,
        Some(value) => Some(parse("proxy", value).map_err(|problem| malformed("proxy", problem))?),
    };

    let Some(host) = target.host() else { return Ok(None) };
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
    Ok(if target.scheme() == "https" { https } else { http }.or(all))
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
    let target = Url::parse(url).map_err(|_| TransportError::Url { problem: "it is not an absolute URL" })?;
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
        let Some(value) = environment.get(name).filter(|value| !value.is_empty()) else { continue };
        let value = value.into_string().map_err(|_| malformed(name, "is not valid UTF-8"))?;
        let value = Zeroizing::new(value);
        let this = read(name, &value).map_err(|problem| malformed(name, problem))?;
        found = found.or(Some(this));
    }
    Ok(found)
}

fn malformed(name: &str, problem: &'static str) -> TransportError {
    TransportError::Proxy { name: name.to_owned(), problem }
}

/// Reads one proxy: `[scheme://][user[:password]@]host[:port]`, where no scheme means `http`, as with curl.
///
/// The URL is put together anew with everything but letters and digits in the credentials encoded: what the
/// `url` crate takes and `http::Uri` does not would otherwise be dropped silently, and the request go direct.
fn parse(name: &'static str, value: &str) -> Result<Proxy, &'static str> {
    if value.is_empty() {
        return Err("is empty");
    }
    if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("has white space or a control character in it");
    }
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "http" => "http",
        "https" => "https",
        "socks4" | "socks" => "socks4",
        "socks4a" => "socks4a",
        "socks5" => "socks5",
        "socks5h" => "socks5h",
        _ => {
            return Err(
                "has a scheme other than `http`, `https`, `socks4`, `socks4a`, `socks5` and `socks5h`",
            );
        }
    };
    let whole = Zeroizing::new(format!("{scheme}://{rest}"));
    let url = Url::parse(&whole).map_err(|_| "is not the URL of a proxy")?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(
            "has more to it than scheme, credentials, host and port (is a `/`, `?` or `#` in the password not encoded?)",
        );
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("names no host")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !matches!(url.host(), Some(Host::Ipv6(_))) && !host.starts_with('[') && !host.bytes().all(plain) {
        return Err("names a host that cannot be one");
    }
    let port = match (url.port(), scheme) {
        (Some(0), _) => return Err("names port 0"),
        (Some(port), _) => port,
        (None, "http") => 80,
        (None, "https") => 443,
        (None, _) => 1080,
    };
    let mut full = format!("{scheme}://");
    if !url.username().is_empty() || url.password().is_some() {
        full.push_str(&encode_again(url.username())?);
        if let Some(password) = url.password() {
            full.push(':');
            full.push_str(&encode_again(password)?);
        }
        full.push('@');
    }
    // Writing to a String cannot fail.
    let _ = write!(full, "{host}:{port}");
    Ok(Proxy {
        url: Secret::new(full),
        shown: format!("`{host}:{port}` (from `{name}`)"),
        tls: scheme == "https",
    })
}

/// Decodes a part of the credentials and encodes all but letters and digits.
fn encode_again(part: &str) -> Result<Zeroizing<String>, &'static str> {
    let bytes = Zeroizing::new(percent_decode_str(part).collect::<Vec<u8>>());
    let text = std::str::from_utf8(&bytes).map_err(|_| "has credentials that are not UTF-8")?;
    Ok(Zeroizing::new(utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()))
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};

    use super::*;

    fn choice(target: &str, key: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<String>, String> {
        let look_up = |name: &OsStr| {
            variables.iter().find(|(known, _)| name == *known).map(|(_, value)| OsString::from(value))
        };
        choose(&Url::parse(target).unwrap(), key, Environment::new(&look_up))
            .map(|proxy| proxy.map(|proxy| proxy.url.expose().clone()))
            .map_err(|error| match error {
                TransportError::Proxy { name, .. } => name,
                other => other.to_string(),
            })
    }

    type Case<'a> = (&'a str, Option<&'a str>, &'a [(&'a str, &'a str)], Option<&'a str>);

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
            assert_eq!(choice(target, *key, variables), expected, "{target} {key:?} {variables:?}");
        }
    }

    #[test]
    fn what_a_value_means() {
        let cases = [
            ("proxy.example.com", Some("http://proxy.example.com:80")),
            ("proxy:3128", Some("http://proxy:3128")),
            ("http://proxy:80/", Some("http://proxy:80")),
            ("HTTPS://proxy", Some("https://proxy:443")),
            ("socks5://proxy:80", Some("socks5://proxy:80")),
            ("socks4a://proxy", Some("socks4a://proxy:1080")),
            ("socks://proxy:9/", Some("socks4://proxy:9")),
            ("http://[2001:db8::1]:3128", Some("http://[2001:db8::1]:3128")),
            ("socks5://[2001:db8::1]", Some("socks5://[2001:db8::1]:1080")),
            ("user:pass@proxy:1", Some("http://user:pass@proxy:1")),
            ("http://user@proxy:1", Some("http://user@proxy:1")),
            ("http://u:p%40ss:w%2Frd@proxy:1", Some("http://u:p%40ss%3Aw%2Frd@proxy:1")),
            ("http://u:p@ss@proxy:1", Some("http://u:p%40ss@proxy:1")),
            ("http://u:50%|^{}\"<>`@proxy:1", Some("http://u:50%25%7C%5E%7B%7D%22%3C%3E%60@proxy:1")),
            ("http://dom%5Cuser:x@proxy:1", Some("http://dom%5Cuser:x@proxy:1")),
            ("", None),
            ("http://", None),
            (":3128", None),
            ("://proxy", None),
            ("http://proxy:port", None),
            ("http://proxy:65536", None),
            ("http://proxy:0", None),
            ("http://[::1", None),
            ("ftp://proxy", None),
            ("htp:/proxy", None),
            ("a proxy", None),
            ("proxy:3128\n", None),
            ("http://proxy/path", None),
            ("http://proxy?x", None),
            ("http://u:p/w@proxy:1", None),
            ("http://u:p#w@proxy:1", None),
            ("socks5://pro%20xy", None),
            ("socks5://pröxy", None),
            ("http://u:%ff@proxy:1", None),
            ("http,//proxy", None),
        ];
        for (value, expected) in cases {
            let read = parse("HTTPS_PROXY", value).ok().map(|proxy| proxy.url.expose().clone());
            assert_eq!(read.as_deref(), expected, "{value:?}");
        }
    }

    #[test]
    fn a_malformed_variable_is_never_passed_over() {
        let bad = "http://user:hunter2@proxy:port";
        for name in ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            for target in ["https://api.example.com", "http://127.0.0.1:8080"] {
                for key in [None, Some("none"), Some("http://own:1")] {
                    let variables = [(name, bad), ("NO_PROXY", "*"), ("https_proxy", "http://fine:1")];
                    assert_eq!(choice(target, key, &variables), Err(name.to_owned()));
                }
            }
        }
        assert_eq!(choice("http://[::1]", None, &[("no_proxy", "10.0.0.0/99")]), Err("no_proxy".to_owned()));
        assert_eq!(choice("http://[::1]", Some(bad), &[]), Err("proxy".to_owned()));
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
