//! The way out to the network, in one method.
//!
//! [`Transport`] takes a finished token request and brings back what came, whatever the status: reading the
//! reply is left to [`crate::response`], trying again and waiting to [`crate::acquire`]. [`connect`] is the only
//! place where an HTTP client is made; a cache hit never comes here.

mod body;
mod cause;
mod certificates;
mod client;
mod exchange;
mod no_proxy;
mod place;
mod proxy;
mod resolve;
#[cfg(test)]
mod tests;
mod tls;
mod trust;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

pub use cause::Cause;
pub use client::{HttpTransport, connect};
pub use proxy::{check_variables as check_proxy_variables, shown as proxy_shown};

use crate::host::{Environment, Log};
use crate::request::HttpRequest;
use crate::response::Reply;

/// Sends a token request.
pub trait Transport {
    /// Sends the request once and reads the whole reply, in `time_left` at the most, connecting included.
    /// Redirects are not followed and nothing is ever sent twice.
    ///
    /// # Errors
    /// [`TransportError`], where no whole and readable reply came. A status of 400 or 500 is none.
    fn send(&self, request: &HttpRequest, time_left: Duration) -> Result<Reply, TransportError>;
}

/// What [`connect`] has to know.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// How long DNS, TCP and the TLS handshake may take together.
    pub connect_timeout: Duration,
    /// A PEM file of authorities to be trusted besides the platform's.
    pub ca_file: Option<&'a Path>,
    /// The profile's own `proxy`, every `${VAR}` expanded; `"none"` is no proxy at all.
    pub proxy: Option<&'a str>,
    /// Where the proxy variables are.
    pub environment: Environment<'a>,
    /// Takes the warning that there were no roots on this machine.
    pub log: &'a dyn Log,
}

/// Whom a request was for, as it may be shown: host, port and path, and the proxy in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Host, port where it is not the scheme's own, and path. Never the query, never user and password.
    pub address: String,
    /// Host and port of the proxy, and where it was named.
    pub proxy: Option<String>,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.address)?;
        self.proxy
            .as_ref()
            .map_or(Ok(()), |proxy| write!(f, " by the proxy {proxy}"))
    }
}

/// Why there is no reply. No variant holds a secret, and none shows a URL with its query.
#[derive(Debug, Error)]
pub enum TransportError {
    /// There was no connection, so nothing was sent: DNS, refused, TLS handshake, proxy, connect time-out.
    /// Trying again is safe.
    #[error("cannot connect to {endpoint}: {cause}")]
    Connect { endpoint: Destination, cause: Cause },
    /// No whole reply in time. The server may have acted on the request, so it must not be sent again.
    #[error("no whole reply from {endpoint} within {}", seconds(*.after))]
    TimedOut {
        endpoint: Destination,
        after: Duration,
    },
    /// The connection broke after the request was on its way, or bytes of the body are missing.
    #[error("the connection to {endpoint} broke: {cause}")]
    Broken { endpoint: Destination, cause: Cause },
    /// The body is over the limit of 1 MiB, as it came or after decompression.
    #[error("the reply from {endpoint} is larger than 1 MiB")]
    TooLarge { endpoint: Destination },
    /// What came is not HTTP, or its body is not in the encoding that it says.
    #[error("the reply from {endpoint} cannot be read: {cause}")]
    Undecodable { endpoint: Destination, cause: Cause },
    /// A proxy variable, or the profile's `proxy`, is malformed. The value is not shown: it may hold a password.
    #[error("the value of `{name}` {problem}")]
    Proxy { name: String, problem: &'static str },
    /// The `ca_file`, or the file or directory that `SSL_CERT_FILE` or `SSL_CERT_DIR` names, is of no use.
    #[error("{source_name} `{path}` {problem}")]
    CaFile {
        source_name: &'static str,
        path: String,
        problem: String,
        hint: Option<&'static str>,
    },
    /// A header's name or value cannot be sent.
    #[error("the {} of the header `{name}` has a character that cannot be sent", if *.in_name { "name" } else { "value" })]
    Header { name: String, in_name: bool },
    /// The URL is not one that this transport can ask.
    #[error("the token URL is not valid: {problem}")]
    Url { problem: &'static str },
    /// This machine cannot give what an HTTP client needs: a thread, a file descriptor, memory. From
    /// [`connect`] nothing was sent; from [`Transport::send`] that is likely, but not certain.
    #[error("cannot start an HTTP client: {problem}")]
    Unavailable { problem: String },
}

impl TransportError {
    /// What to do about it, where there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Connect { cause, .. }
            | Self::Broken { cause, .. }
            | Self::Undecodable { cause, .. } => cause.hint.clone(),
            Self::TimedOut { .. } => Some(
                "set `timeout` higher if the server needs longer; it may have issued a token"
                    .to_owned(),
            ),
            Self::Proxy { name, .. } if name.eq_ignore_ascii_case("no_proxy") => Some(format!(
                "write `{name}` as `example.com,10.0.0.0/8,other.example.com:8443`"
            )),
            Self::Proxy { name, .. } if name == "proxy" => Some(
                "write `proxy = \"http://host:port\"`, or `proxy = \"none\"` for no proxy at all"
                    .to_owned(),
            ),
            Self::Proxy { name, .. } => {
                Some(format!("set `{name}` to `http://host:port`, or unset it"))
            }
            Self::CaFile { hint, .. } => hint.map(str::to_owned),
            Self::Header { .. } => Some(
                "look for a line break or another control character in what the header is made of"
                    .to_owned(),
            ),
            Self::Unavailable { .. } => Some(
                "look at the limits on processes, open files and memory (`ulimit -a`)".to_owned(),
            ),
            Self::TooLarge { .. } | Self::Url { .. } => None,
        }
    }
}

/// `5s`, `0.3s`: a duration to the tenth of a second, for people.
fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis().saturating_add(50) / 100;
    if tenths.is_multiple_of(10) {
        format!("{}s", tenths / 10)
    } else {
        format!("{}.{}s", tenths / 10, tenths % 10)
    }
}
