//! The transport over reqwest.
//!
//! reqwest is asynchronous and `tok` is not: each request runs to its end on this thread. reqwest's blocking client
//! would start a second one, and panics if that cannot be made.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{Client, redirect};
use rustls::ClientConfig;
use tokio::runtime::{self, Runtime};
use url::{Origin, Url};

use super::cause::{self, Context};
use super::exchange::Exchange;
use super::proxy::{self, Proxy};
use super::resolve::SystemResolver;
use super::{Cause, Destination, Settings, Transport, TransportError, tls};
use crate::os;
use crate::request::HttpRequest;
use crate::response::Reply;

const USER_AGENT: &str = concat!("tok/", env!("CARGO_PKG_VERSION"));

/// Connecting gives up this long before the request's time ends, so that the error names the connection and not a late
/// reply.
const MARGIN: Duration = Duration::from_millis(20);

/// [`Transport`] over HTTP/1.1, for requests to one host.
#[derive(Debug)]
pub struct HttpTransport {
    /// Proxy and roots were chosen for this origin.
    origin: Origin,
    proxy: Option<Proxy>,
    tls: ClientConfig,
    has_ca_file: bool,
    connect_timeout: Duration,
    runtime: Runtime,
}

/// Makes the HTTP client for requests to the host of `url`, without sending anything. Certificates are loaded only if
/// there will be TLS.
///
/// # Errors
/// Every variant of [`TransportError`] that has no `endpoint`.
pub fn connect(url: &str, settings: &Settings) -> Result<HttpTransport, TransportError> {
    let target = parse(url)?;
    let proxy = proxy::choose(&target, settings.proxy, settings.environment)?;
    let uses_tls = target.scheme() == "https" || proxy.as_ref().is_some_and(|proxy| proxy.url.tls);
    let tls = if uses_tls {
        without_panic(|| tls::client_config(settings))?
    } else {
        tls::without_roots()?
    };
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // Looks at the clock after every step, so that an endless reply cannot keep the timeout from being seen.
        .event_interval(1)
        .build()
        .map_err(|error| TransportError::Unavailable(os::describe(&error)))?;
    Ok(HttpTransport {
        origin: target.origin(),
        proxy,
        tls,
        has_ca_file: settings.ca_file.is_some(),
        connect_timeout: settings.connect_timeout,
        runtime,
    })
}

impl HttpTransport {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where a client is made"
    )]
    fn client(&self, time_left: Duration) -> Result<Client, TransportError> {
        let mut defaults = HeaderMap::new();
        defaults.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            // A redirect would carry the secret along, and nothing may be sent twice without `acquire` knowing: hyper
            // resends a request on a pooled connection that turns out closed.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .referer(false)
            .http1_only()
            // As curl writes them: some servers compare the names of headers letter by letter.
            .http1_title_case_headers()
            .user_agent(USER_AGENT)
            .default_headers(defaults)
            .connect_timeout(self.connect_timeout.min(time_left.saturating_sub(MARGIN)))
            .tcp_keepalive(None)
            .dns_resolver(Arc::new(SystemResolver))
            // `proxy::choose` has read the environment.
            .no_proxy();
        if let Some(proxy) = &self.proxy {
            let url = proxy.url.url.expose().as_str();
            let proxy = reqwest::Proxy::all(url).map_err(|error| cause::unavailable(&error))?;
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(|error| cause::unavailable(&error))
    }
}

/// std and tokio panic if the system has no random numbers or memory for them. As an error it costs the request and not
/// a cached token that is still good.
fn without_panic<T>(work: impl FnOnce() -> Result<T, TransportError>) -> Result<T, TransportError> {
    // After a panic, what `work` has borrowed is only dropped.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let problem = "the system ran out of memory".to_owned();
        Err(TransportError::Unavailable(problem))
    })
}

fn parse(url: &str) -> Result<Url, TransportError> {
    Url::parse(url).map_err(|_| TransportError::Url("it is not an absolute URL"))
}

impl Transport for HttpTransport {
    fn send(&self, request: &HttpRequest, time_left: Duration) -> Result<Reply, TransportError> {
        let url = parse(request.url.expose())?;
        if url.origin() != self.origin {
            let problem = "its host is not the one that the client was made for";
            return Err(TransportError::Url(problem));
        }
        let proxy = self.proxy.as_ref().map(Proxy::describe);
        let endpoint = Destination::new(&url, proxy);
        if time_left.is_zero() {
            return Err(TransportError::Connect {
                endpoint,
                cause: Cause::new("no time is left"),
            });
        }
        without_panic(|| {
            let exchange = Exchange {
                client: self.client(time_left)?,
                url: &url,
                context: Context {
                    endpoint,
                    host: url.host_str().unwrap_or_default(),
                    has_ca_file: self.has_ca_file,
                    time_left,
                },
            };
            self.runtime.block_on(exchange.run(request))
        })
    }
}
