//! One exchange over a client that is ready: the request put together, the reply taken apart.
//!
//! Leaves the body to [`super::body`] and the words for what went wrong to [`super::cause`].

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use reqwest::{Client, Request, Response};
use tokio::task::yield_now;
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

use super::body::{self, Body, TooLarge};
use super::cause::{self, Cause};
use super::resolve::LookUpError;
use super::{Destination, TransportError};
use crate::request::{HttpRequest, Method};
use crate::response::Reply;
use crate::secret::Secret;

/// One request and its reply.
pub(super) struct Exchange<'a> {
    pub(super) client: &'a Client,
    pub(super) endpoint: Destination,
    /// Whether the profile has a `ca_file`, for the hints.
    pub(super) has_ca_file: bool,
    pub(super) begun: Instant,
    /// For all of it, from `begun` on.
    pub(super) time_left: Duration,
}

impl Exchange<'_> {
    /// Sends the request and reads the reply.
    ///
    /// # Errors
    /// As [`super::Transport::send`].
    pub(super) async fn run(
        &self,
        request: &HttpRequest,
        url: &Url,
    ) -> Result<Reply, TransportError> {
        let request = self.assemble(request, url.clone())?;
        let exchange = async {
            let response = self
                .client
                .execute(request)
                .await
                .map_err(|error| self.failed(&error))?;
            self.receive(response, url).await
        };
        let outcome = timeout(self.time_left, exchange)
            .await
            .unwrap_or_else(|_| Err(self.timed_out()));
        // The connection takes its leave of the server, as TLS wants it.
        yield_now().await;
        outcome
    }

    fn assemble(&self, request: &HttpRequest, url: Url) -> Result<Request, TransportError> {
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 1);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let mut own = HeaderMap::with_capacity(request.headers.len());
        for (name, value) in &request.headers {
            let refuse = |in_name| TransportError::Header {
                name: cause::clean(name),
                in_name,
            };
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse(true))?;
            let mut value =
                HeaderValue::from_bytes(value.expose().as_bytes()).map_err(|_| refuse(false))?;
            value.set_sensitive(true);
            own.append(key, value);
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut builder = self
            .client
            .request(method, url)
            .headers(headers)
            .headers(own);
        match &request.body {
            Some(body) if !body.expose().is_empty() => {
                builder = builder.body(body.expose().clone());
            }
            // RFC 9110 §8.6; the client says nothing of a body that is empty.
            _ if request.method == Method::Post => builder = builder.header(CONTENT_LENGTH, 0),
            _ => {}
        }
        builder.build().map_err(|error| self.failed(&error))
    }

    async fn receive(&self, response: Response, url: &Url) -> Result<Reply, TransportError> {
        let status = response.status().as_u16();
        let text = |name: &HeaderName| {
            response
                .headers()
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let reply = Reply {
            status,
            content_type: text(&CONTENT_TYPE),
            content_encoding: codings(response.headers()),
            retry_after: text(&RETRY_AFTER),
            retry_in: text(&HeaderName::from_static("x-retry-in")),
            location: text(&LOCATION)
                .and_then(|location| url.join(&location).ok())
                .and_then(|location| location.host_str().map(cause::clean)),
            date: text(&DATE),
            body: Secret::new(Vec::new()),
        };
        let body = self.body(response).await?;
        Ok(Reply { body, ..reply })
    }

    async fn body(&self, mut response: Response) -> Result<Secret<Vec<u8>>, TransportError> {
        let headers = response.headers();
        let gzip = is_gzip(headers);
        let has_length =
            headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        let too_large = || TransportError::TooLarge {
            endpoint: self.endpoint.clone(),
        };
        if response
            .content_length()
            .is_some_and(|length| length > body::LIMIT as u64)
        {
            return Err(too_large());
        }
        let mut raw = Body::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            raw.add(&piece).map_err(|TooLarge| too_large())?;
        }
        let raw = raw.into_bytes();
        let mut whole = if gzip {
            self.unzip(&raw, has_length)?
        } else {
            raw
        };
        Ok(Secret::new(std::mem::take(&mut *whole)))
    }

    /// `has_length`: whether the end of the body was marked, so that what ends early is the server's doing.
    fn unzip(&self, raw: &[u8], has_length: bool) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        body::unzip(raw, self.begun.checked_add(self.time_left)).map_err(|trouble| match trouble {
            body::Trouble::Late => self.timed_out(),
            body::Trouble::TooLarge => TransportError::TooLarge {
                endpoint: self.endpoint.clone(),
            },
            body::Trouble::Failed(error)
                if !has_length && error.kind() == io::ErrorKind::UnexpectedEof =>
            {
                self.broken(Cause::new(
                    "the server closed the connection before its reply was whole",
                ))
            }
            body::Trouble::Failed(_) => TransportError::Undecodable {
                endpoint: self.endpoint.clone(),
                cause: Cause::new("it says that its encoding is gzip, and it is not"),
            },
        })
    }

    /// Which situation an error of reqwest's is.
    fn failed(&self, error: &(dyn Error + 'static)) -> TransportError {
        let chain = cause::chain(error);
        let http = || {
            chain
                .iter()
                .filter_map(|error| error.downcast_ref::<reqwest::Error>())
        };
        let cause = || cause::explain(error, self.has_ca_file, self.endpoint.proxy.is_some());
        let endpoint = self.endpoint.clone();
        let no_thread = |error: &&(dyn Error + 'static)| {
            matches!(error.downcast_ref(), Some(LookUpError::NoThread))
        };
        if chain.iter().any(no_thread) {
            TransportError::Unavailable {
                problem: LookUpError::NoThread.to_string(),
            }
        } else if http().any(reqwest::Error::is_connect) {
            TransportError::Connect {
                endpoint,
                cause: cause(),
            }
        } else if http().any(reqwest::Error::is_timeout) {
            self.timed_out()
        } else if is_not_http(&chain) {
            TransportError::Undecodable {
                endpoint,
                cause: cause(),
            }
        } else if http().any(reqwest::Error::is_builder) {
            TransportError::Url {
                problem: "it cannot be sent as it is",
            }
        } else {
            self.broken(cause())
        }
    }

    fn timed_out(&self) -> TransportError {
        TransportError::TimedOut {
            endpoint: self.endpoint.clone(),
            after: self.time_left,
        }
    }

    fn broken(&self, cause: Cause) -> TransportError {
        TransportError::Broken {
            endpoint: self.endpoint.clone(),
            cause,
        }
    }
}

/// Whether what came breaks the rules of HTTP, rather than ending early.
fn is_not_http(chain: &[&(dyn Error + 'static)]) -> bool {
    chain.iter().any(|error| {
        error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)
            // hyper's word for a chunk whose size is no number.
            || error.downcast_ref::<io::Error>().is_some_and(|error| {
                matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) && error.raw_os_error().is_none()
            }) && !chain.iter().any(|error| error.is::<rustls::Error>())
    })
}

/// Whether the body is gzip and nothing else. Any other coding is left to whoever reads the body.
fn is_gzip(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let only = codings.next().map(HeaderValue::as_bytes);
    codings.next().is_none()
        && only.is_some_and(|coding| {
            coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
        })
}

/// The codings in which the body still is when it is handed on.
fn codings(headers: &HeaderMap) -> Option<String> {
    let codings = headers.get_all(CONTENT_ENCODING).iter();
    let all = codings
        .map(|coding| String::from_utf8_lossy(coding.as_bytes()))
        .collect::<Vec<_>>()
        .join(", ");
    (!all.is_empty() && !is_gzip(headers)).then_some(all)
}

/// What may be shown of a URL: no user, no password, no query.
pub(super) fn destination(url: &Url, proxy: Option<&str>) -> Destination {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let path = if url.path() == "/" { "" } else { url.path() };
    Destination {
        address: cause::clean(&format!("{host}{port}{path}")),
        proxy: proxy.map(str::to_owned),
    }
}
