//! The token request as it goes over the wire.

use crate::names::names;
use crate::secret::Secret;

/// The request method. RFC 6749 §3.2 demands POST; some providers want GET.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    #[default]
    Post,
}

names!(Method {
    Get = "GET",
    Post = "POST",
});

/// A token request (RFC 6749 §4.4.2), complete: nothing is added to it but what HTTP itself needs.
#[derive(Debug)]
pub struct HttpRequest {
    pub method: Method,
    /// The absolute URL; secret because a query may carry credentials.
    pub url: Secret<String>,
    /// Name and value of each header, in order; any value may be a credential.
    pub headers: Vec<(String, Secret<String>)>,
    pub body: Option<Secret<Vec<u8>>>,
}
