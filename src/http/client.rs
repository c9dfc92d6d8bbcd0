//! The transport over reqwest: how the client is set up, and the one place that waits for it.
//!
//! reqwest is asynchronous, and nothing else here is: [`HttpTransport::send`] runs it to its end on this thread. Its
//! blocking client would do the same on a second thread, by some ten changes of context a request. Leaves the proxy to [`super::proxy`], TLS to [`super::tls`], names to
//! [`super::resolve`] and what is sent to [`super::exchange`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Client, redirect};
use tokio::runtime::{self, Runtime};
use url::{Origin, Url};

use super::cause::{self, Cause};
use super::exchange::{self, Exchange};
use super::proxy::{self, Proxy};
use super::resolve::LookUp;
use super::{Settings, Transport, TransportError, tls};
use crate::request::HttpRequest;
use crate::response::Reply;

const USER_AGENT: &str = concat!("tok/", env!("CARGO_PKG_VERSION"));

/// [`Transport`] over HTTP/1.1, for requests to one host.
#[derive(Debug)]
pub struct HttpTransport {
    client: Client,
    /// Where the client runs; its connections end with it.
    runtime: Runtime,
    /// Whom it was set up for: proxy and roots are chosen for this host and no other.
    origin: Origin,
    proxy: Option<String>,
    has_ca_file: bool,
}

/// Makes the HTTP client, for requests to the host of `url`. Nothing is sent yet.
///
/// The platform's roots are loaded, and `ca_file` is read, only where there will be TLS.
///
/// # Errors
/// [`TransportError::Proxy`], [`TransportError::CaFile`], [`TransportError::Url`] and
/// [`TransportError::Unavailable`].
pub fn connect(url: &str, settings: &Settings) -> Result<HttpTransport, TransportError> {
    let target = parse(url)?;
    let proxy = proxy::choose(&target, settings.proxy, settings.environment)?;
    let client = without_panic(|| client(&target, proxy.as_ref(), settings)).flatten()?;
    // The clock is looked at after every step: a server whose words never end must not keep it from being seen.
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .event_interval(1)
        .build();
    Ok(HttpTransport {
        client,
        runtime: runtime.map_err(|error| TransportError::Unavailable {
            problem: cause::io_text(&error),
        })?,
        origin: target.origin(),
        proxy: proxy.map(|proxy| proxy.shown),
        has_ca_file: settings.ca_file.is_some(),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where a client is made"
)]
fn client(
    target: &Url,
    proxy: Option<&Proxy>,
    settings: &Settings,
) -> Result<Client, TransportError> {
    let is_encrypted = target.scheme() == "https" || proxy.is_some_and(|proxy| proxy.tls);
    let tls = if is_encrypted {
        tls::config(settings)?
    } else {
        tls::without_roots()?
    };
    let mut defaults = HeaderMap::new();
    defaults.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        // What goes wrong is decided here, not by the library: no redirect that carries the secret along, no
        // second copy of the request, no old connection on which hyper would send it again, no Referer.
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_max_idle_per_host(0)
        .referer(false)
        .http1_only()
        // As curl writes them: some servers compare the names of headers letter by letter.
        .http1_title_case_headers()
        .no_gzip()
        .user_agent(USER_AGENT)
        .default_headers(defaults)
        .connect_timeout(settings.connect_timeout)
        // The time for all of it is kept by `send`; a connection that lives for one request needs no probes.
        .tcp_keepalive(None)
        .tcp_user_timeout(None)
        .dns_resolver(Arc::new(LookUp))
        // The environment was read by ourselves.
        .no_proxy();
    if let Some(proxy) = proxy {
        let url = proxy.url.expose().as_str();
        builder = builder.proxy(reqwest::Proxy::all(url).map_err(|error| unavailable(&error))?);
    }
    builder.build().map_err(|error| unavailable(&error))
}

/// std and tokio panic where the system has no random numbers, and no memory for what it reports of a connection:
/// that is an error here, so that a cached token can still be printed.
fn without_panic<T>(work: impl FnOnce() -> T) -> Result<T, TransportError> {
    // Nothing that `work` touches is used again after a panic but to be dropped.
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| TransportError::Unavailable {
        problem: "the system ran out of memory".to_owned(),
    })
}

fn unavailable(error: &reqwest::Error) -> TransportError {
    TransportError::Unavailable {
        problem: cause::explain(error, false, false).text,
    }
}

fn parse(url: &str) -> Result<Url, TransportError> {
    let url = Url::parse(url).map_err(|_| TransportError::Url {
        problem: "it is not an absolute URL",
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TransportError::Url {
            problem: "it begins with neither `https` nor `http`",
        });
    }
    Ok(url)
}

impl Transport for HttpTransport {
    fn send(&self, request: &HttpRequest, time_left: Duration) -> Result<Reply, TransportError> {
        let begun = Instant::now();
        let url = parse(request.url.expose())?;
        if url.origin() != self.origin {
            return Err(TransportError::Url {
                problem: "it is of another host than was prepared for",
            });
        }
        let endpoint = exchange::destination(&url, self.proxy.as_deref());
        if time_left.is_zero() {
            return Err(TransportError::Connect {
                endpoint,
                cause: Cause::new("no time is left"),
            });
        }
        let client = &self.client;
        let exchange = Exchange {
            client,
            endpoint,
            has_ca_file: self.has_ca_file,
            begun,
            time_left,
        };
        without_panic(|| self.runtime.block_on(exchange.run(request, &url))).flatten()
    }
}
