//! The URL of a proxy.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;
use zeroize::Zeroizing;

use crate::secret::Secret;

#[derive(Debug)]
pub struct ProxyUrl {
    /// Credentials included, in a form that hyper's strict parser accepts.
    pub url: Secret<String>,
    /// The part that may be shown.
    pub host_and_port: String,
    /// Whether the connection to the proxy itself uses TLS.
    pub tls: bool,
}

impl ProxyUrl {
    /// Reads one proxy: `[scheme://][user[:password]@]host[:port]`, where no scheme means `http`, as with curl.
    ///
    /// The URL is rebuilt with everything but letters and digits in the credentials encoded: reqwest silently drops a
    /// proxy whose URL the `url` crate accepts and `http::Uri` does not, and connects directly.
    ///
    /// # Errors
    /// The problem, as the rest of a sentence that begins with the setting's name. The value, which may hold a password,
    /// is not shown.
    pub fn parse(value: &str) -> Result<Self, &'static str> {
        if value.is_empty() {
            return Err("is empty");
        }
        if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("contains white space or a control character");
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
                "has a path, a query or a fragment (percent-encode `/`, `?` and `#` in the password)",
            );
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or("has no host")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if !host.starts_with('[') && !host.bytes().all(plain) {
            return Err("has a host name with a character that is not allowed");
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
        let host_and_port = format!("{host}:{port}");
        Ok(Self {
            url: Secret::new(full + &host_and_port),
            host_and_port,
            tls: scheme == "https",
        })
    }
}

/// Decodes a part of the credentials and encodes all but letters and digits.
fn encode_again(part: &str) -> Result<Zeroizing<String>, &'static str> {
    let bytes = Zeroizing::new(percent_decode_str(part).collect::<Vec<u8>>());
    let text = std::str::from_utf8(&bytes).map_err(|_| "has credentials that are not UTF-8")?;
    let encoded = utf8_percent_encode(text, NON_ALPHANUMERIC);
    Ok(Zeroizing::new(encoded.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_url_is_read_as_curl_reads_it_and_rebuilt() {
        let cases = [
            ("proxy.example.com", Some("http://proxy.example.com:80")),
            ("proxy:3128", Some("http://proxy:3128")),
            ("http://proxy:80/", Some("http://proxy:80")),
            ("HTTPS://proxy", Some("https://proxy:443")),
            ("socks5://proxy:80", Some("socks5://proxy:80")),
            ("socks4a://proxy", Some("socks4a://proxy:1080")),
            ("socks://proxy:9/", Some("socks4://proxy:9")),
            (
                "http://[2001:db8::1]:3128",
                Some("http://[2001:db8::1]:3128"),
            ),
            (
                "socks5://[2001:db8::1]",
                Some("socks5://[2001:db8::1]:1080"),
            ),
            ("user:pass@proxy:1", Some("http://user:pass@proxy:1")),
            ("http://user@proxy:1", Some("http://user@proxy:1")),
            (
                "http://u:p%40ss:w%2Frd@proxy:1",
                Some("http://u:p%40ss%3Aw%2Frd@proxy:1"),
            ),
            ("http://u:p@ss@proxy:1", Some("http://u:p%40ss@proxy:1")),
            (
                "http://u:50%|^{}\"<>`@proxy:1",
                Some("http://u:50%25%7C%5E%7B%7D%22%3C%3E%60@proxy:1"),
            ),
            (
                "http://dom%5Cuser:x@proxy:1",
                Some("http://dom%5Cuser:x@proxy:1"),
            ),
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
            let read = ProxyUrl::parse(value)
                .ok()
                .map(|proxy| proxy.url.expose().clone());
            assert_eq!(read.as_deref(), expected, "{value:?}");
        }
    }
}
