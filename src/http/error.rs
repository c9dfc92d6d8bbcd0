//! Why a request got no reply, with what to do about it. Nothing here holds a secret or a URL's query.

use std::fmt;
use std::time::Duration;

use thiserror::Error;
use url::Url;

use crate::text::sanitize;

/// The target of a request, as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Host, port unless it is the scheme's default, and path.
    pub address: String,
    /// Host and port of the proxy in between, and which setting named it.
    pub proxy: Option<String>,
}

impl Destination {
    /// The destination of a request to `url`, without user, password and query.
    pub(super) fn new(url: &Url, proxy: Option<String>) -> Self {
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}"));
        let path = if url.path() == "/" { "" } else { url.path() };
        Self {
            address: clean(&format!("{host}{}{path}", port.unwrap_or_default())),
            proxy,
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.address)?;
        match &self.proxy {
            Some(proxy) => write!(f, " through the proxy {proxy}"),
            None => Ok(()),
        }
    }
}

/// What failed on the network, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// In lower case, without a final period, fit to be shown.
    pub text: String,
    pub hint: Option<String>,
}

impl Cause {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: clean(text.as_ref()),
            hint: None,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[derive(Debug, Error)]
pub enum TransportError {
    /// No connection, so nothing was sent: DNS, refused, TLS handshake, proxy, connect timeout. Safe to retry.
    #[error("cannot connect to {endpoint}: {cause}")]
    Connect { endpoint: Destination, cause: Cause },
    /// No complete reply in time. The server may have acted on the request: not safe to retry.
    #[error("no complete reply from {endpoint} within {}", seconds(*.after))]
    TimedOut {
        endpoint: Destination,
        after: Duration,
    },
    /// The connection broke after the request was sent, or bytes of the body are missing.
    #[error("the connection to {endpoint} broke: {cause}")]
    Broken { endpoint: Destination, cause: Cause },
    /// The body is larger than 1 MiB, as sent or after decompression.
    #[error("the reply from {0} is larger than 1 MiB")]
    TooLarge(Destination),
    /// The reply is not HTTP, or its body is not in the encoding that it declares.
    #[error("the reply from {endpoint} cannot be read: {cause}")]
    Undecodable { endpoint: Destination, cause: Cause },
    /// A proxy variable, or the profile's `proxy`, is malformed. The value may hold a password and is not shown.
    #[error("the value of `{name}` {problem}")]
    Proxy { name: String, problem: &'static str },
    #[error("`ca_file` `{path}` {problem}")]
    CaFile {
        path: String,
        problem: String,
        hint: Option<&'static str>,
    },
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, and the certificates it names cannot be used.
    #[error("`{variable}` {problem}")]
    CertificateVariable {
        variable: &'static str,
        problem: String,
    },
    #[error("the {} of the header `{name}` has a character that cannot be sent", if *.in_name { "name" } else { "value" })]
    Header { name: String, in_name: bool },
    #[error("the token URL is not valid: {0}")]
    Url(&'static str),
    /// This machine lacks what an HTTP client needs: a thread, a file descriptor, memory. From
    /// [`Transport::send`](super::Transport::send) nothing was sent in all likelihood, but not for certain.
    #[error("cannot start an HTTP client: {0}")]
    Unavailable(String),
}

impl TransportError {
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Connect { cause, .. }
            | Self::Broken { cause, .. }
            | Self::Undecodable { cause, .. } => return cause.hint.clone(),
            Self::Proxy { name, .. } if name.eq_ignore_ascii_case("no_proxy") => {
                return Some(format!(
                    "write `{name}` as `example.com,10.0.0.0/8,other.example.com:8443`"
                ));
            }
            Self::Proxy { name, .. } if name != "proxy" => {
                return Some(format!("set `{name}` to `http://host:port`, or unset it"));
            }
            Self::Proxy { .. } => {
                "write `proxy = \"http://host:port\"`, or `proxy = \"none\"` for no proxy at all"
            }
            Self::TimedOut { .. } => {
                "set `timeout` higher if the server needs longer; it may have issued a token"
            }
            Self::CaFile { hint, .. } => return hint.map(str::to_owned),
            Self::CertificateVariable { .. } => {
                "correct the variable, or unset it to use the system's root certificates"
            }
            Self::Header { .. } => {
                "look for a line break or another control character in the header's value"
            }
            Self::Unavailable(_) => {
                "check the limits on processes, open files and memory (`ulimit -a`)"
            }
            Self::TooLarge(_) | Self::Url(_) => return None,
        };
        Some(hint.to_owned())
    }
}

/// Text from elsewhere in one line of at most 200 characters, without control characters and final period.
pub(super) fn clean(text: &str) -> String {
    sanitize(text).trim_end_matches('.').to_owned()
}

/// A duration to the tenth of a second: `5s`, `0.3s`.
fn seconds(duration: Duration) -> String {
    format!("{}s", (duration.as_secs_f64() * 10.0).round() / 10.0)
}
