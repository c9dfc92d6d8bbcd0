//! The HTTP client.
//!
//! [`Transport`] sends a finished token request and returns the reply, whatever its status: [`crate::response`] reads
//! it, [`crate::acquire`] decides on retries. [`connect`] is the only place where a client is made, on a cache miss.

mod body;
mod cause;
mod certificates;
mod client;
mod error;
mod exchange;
mod no_proxy;
mod proxy;
mod resolve;
#[cfg(test)]
mod tests;
mod tls;
mod tls_cause;

use std::path::Path;
use std::time::Duration;

pub use client::{HttpTransport, connect};
pub use error::{Cause, Destination, TransportError};
pub use proxy::{check_proxy_variables, describe_proxy};

use crate::host::{Environment, Log};
use crate::request::HttpRequest;
use crate::response::Reply;

pub trait Transport {
    /// Sends the request once and reads the whole reply, in at most `time_left`, connecting included. Redirects are
    /// not followed.
    ///
    /// # Errors
    /// [`TransportError`] unless a complete, readable reply arrives. A status of 400 or 500 is not an error.
    fn send(&self, request: &HttpRequest, time_left: Duration) -> Result<Reply, TransportError>;
}

#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// The limit for DNS, TCP and the TLS handshake together.
    pub connect_timeout: Duration,
    /// A PEM file of authorities to trust besides the platform's.
    pub ca_file: Option<&'a Path>,
    /// The profile's `proxy`, every `${VAR}` expanded; `"none"` means no proxy.
    pub proxy: Option<&'a str>,
    /// Holds the proxy variables, `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    pub environment: Environment<'a>,
    /// Receives a warning if this machine has no root certificates.
    pub log: &'a dyn Log,
}
