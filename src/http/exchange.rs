//! One exchange: the request assembled for reqwest, the response read into a [`Reply`].

use reqwest::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName,
    HeaderValue, LOCATION, RETRY_AFTER, TRANSFER_ENCODING,
};
use reqwest::{Client, Request, Response};
use tokio::task::yield_now;
use tokio::time::timeout;
use url::Url;
use zeroize::Zeroizing;

use super::body::{self, BodyError};
use super::cause::{self, Context};
use super::error::clean;
use super::{Cause, Destination, TransportError};
use crate::request::{HttpRequest, Method};
use crate::response::Reply;
use crate::secret::{Secret, append_wiped};

pub(super) struct Exchange<'a> {
    pub(super) client: Client,
    pub(super) url: &'a Url,
    pub(super) context: Context<'a>,
}

impl Exchange<'_> {
    pub(super) async fn run(&self, request: &HttpRequest) -> Result<Reply, TransportError> {
        let request = self.assemble(request)?;
        let exchange = async {
            let response = self.client.execute(request).await;
            self.read(response.map_err(|error| self.failed(error))?)
                .await
        };
        let after = self.context.time_left;
        let outcome = timeout(after, exchange).await;
        // Lets the connection end with a TLS close_notify: servers log an error without one.
        yield_now().await;
        outcome.unwrap_or_else(|_| {
            let endpoint = self.endpoint();
            Err(TransportError::TimedOut { endpoint, after })
        })
    }

    fn assemble(&self, request: &HttpRequest) -> Result<Request, TransportError> {
        let mut headers = HeaderMap::with_capacity(request.headers.len());
        for (name, value) in &request.headers {
            let refuse = |in_name| TransportError::Header {
                name: clean(name),
                in_name,
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse(true))?;
            let mut value =
                HeaderValue::from_bytes(value.expose().as_bytes()).map_err(|_| refuse(false))?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        if !headers.contains_key(ACCEPT_ENCODING) {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut builder = self
            .client
            .request(method, self.url.clone())
            .headers(headers);
        match &request.body {
            Some(body) if !body.expose().is_empty() => {
                builder = builder.body(body.expose().clone());
            }
            // RFC 9110 §8.6; hyper sends no length for an empty body.
            _ if request.method == Method::Post => builder = builder.header(CONTENT_LENGTH, 0),
            _ => {}
        }
        builder.build().map_err(|error| self.failed(error))
    }

    async fn read(&self, response: Response) -> Result<Reply, TransportError> {
        let headers = response.headers();
        let text = |name: HeaderName| headers.get(name).map(lossy);
        let location = text(LOCATION).and_then(|location| self.url.join(&location).ok());
        let mut reply = Reply {
            status: response.status().as_u16(),
            content_type: text(CONTENT_TYPE),
            content_encoding: content_encoding(headers),
            retry_after: text(RETRY_AFTER),
            retry_in: text(HeaderName::from_static("x-retry-in")),
            location: location.and_then(|location| location.host_str().map(clean)),
            date: text(DATE),
            body: Secret::new(Vec::new()),
        };
        let has_length =
            headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING);
        let mut body = self.read_body(response).await?;
        let is_gzip = |coding: &String| matches!(coding.as_str(), "gzip" | "x-gzip");
        if reply.content_encoding.take_if(|c| is_gzip(c)).is_some() {
            body = self.gunzip(&body, has_length)?;
        }
        reply.body = Secret::new(std::mem::take(&mut *body));
        Ok(reply)
    }

    async fn read_body(
        &self,
        mut response: Response,
    ) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let too_large = || TransportError::TooLarge(self.endpoint());
        if response.content_length() > Some(body::MAX_BYTES as u64) {
            return Err(too_large());
        }
        let mut body = Zeroizing::default();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            append_wiped(&mut body, &chunk);
            if body.len() > body::MAX_BYTES {
                return Err(too_large());
            }
        }
        Ok(body)
    }

    /// `has_length`: whether HTTP marks the end of the body, so that one that ends early was sent so.
    fn gunzip(
        &self,
        compressed: &[u8],
        has_length: bool,
    ) -> Result<Zeroizing<Vec<u8>>, TransportError> {
        let endpoint = self.endpoint();
        body::gunzip(compressed).map_err(|error| match error {
            BodyError::TooLarge => TransportError::TooLarge(endpoint),
            BodyError::Truncated if !has_length => TransportError::Broken {
                endpoint,
                cause: cause::truncated(),
            },
            BodyError::Truncated | BodyError::NotGzip => TransportError::Undecodable {
                endpoint,
                cause: Cause::new("its `Content-Encoding` is gzip, and its body is not"),
            },
        })
    }

    fn endpoint(&self) -> Destination {
        self.context.endpoint.clone()
    }

    fn failed(&self, error: reqwest::Error) -> TransportError {
        cause::transport_error(error, &self.context)
    }
}

/// The codings of the body, in lower case, as one list (RFC 9110 §8.4).
fn content_encoding(headers: &HeaderMap) -> Option<String> {
    let codings: Vec<_> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .map(lossy)
        .collect();
    (!codings.is_empty()).then(|| codings.join(", ").to_ascii_lowercase())
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
