//! The transport over reqwest: how the client is set up, and how it is got rid of.
//!
//! Leaves the proxy to [`super::proxy`], trust to [`super::roots`] and what is sent to [`super::exchange`].

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, ClientBuilder};
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::redirect;
use url::{Origin, Url};

use super::exchange::{self, Exchange};
use super::proxy::{self, Proxy};
use super::trouble::{self, Cause};
use super::{Settings, Transport, TransportError, roots};
use crate::host::Warning;
use crate::response::Reply;
use crate::strategy::TokenRequest;

const USER_AGENT: &str = concat!("tok/", env!("CARGO_PKG_VERSION"));

/// [`Transport`] over HTTP/1.1, for requests to one host.
#[derive(Debug)]
pub struct HttpTransport {
    /// `None` only while it is dropped.
    client: Option<Client>,
    /// Whom it was set up for: proxy and roots are chosen for this host and no other.
    origin: Origin,
    proxy: Option<String>,
    has_ca_file: bool,
    /// Whether an exchange ran out of time or got no connection, so that the client may still be waiting.
    stuck: Cell<bool>,
}

/// Makes the HTTP client, for requests to the host of `url`. Nothing is sent yet.
///
/// The platform's roots are loaded, and `ca_file` is read, only where there will be TLS: that costs a
/// millisecond or more, and a machine without roots would refuse even plain `http` on loopback.
///
/// # Errors
/// [`TransportError::Proxy`], [`TransportError::CaFile`], [`TransportError::Url`] and
/// [`TransportError::Unavailable`].
pub fn connect(url: &str, settings: &Settings) -> Result<HttpTransport, TransportError> {
    let target = parse(url)?;
    let proxy = proxy::choose(&target, settings.proxy, settings.environment)?;
    let client = if target.scheme() == "https" || proxy.as_ref().is_some_and(|proxy| proxy.tls) {
        client_with_roots(settings, proxy.as_ref())?
    } else {
        roots::install_provider();
        build(builder(settings, proxy.as_ref())?.tls_certs_only([]))?.map_err(|error| unavailable(&error))?
    };
    Ok(HttpTransport {
        client: Some(client),
        origin: target.origin(),
        proxy: proxy.map(|proxy| proxy.shown),
        has_ca_file: settings.ca_file.is_some(),
        stuck: Cell::new(false),
    })
}

fn client_with_roots(settings: &Settings, proxy: Option<&Proxy>) -> Result<Client, TransportError> {
    roots::install_provider();
    let own = settings.ca_file.map(roots::read_ca_file).transpose()?.unwrap_or_default();
    match build(builder(settings, proxy)?.tls_certs_merge(own))? {
        // Only where there is no `ca_file` either: with one, that alone is trusted.
        Err(error) if roots::are_missing(&error) => {
            roots::refuse_if_out_of_files()?;
            roots::refuse_if_chosen(settings.environment)?;
            settings.notices.warn(
                Warning::new("this machine has no root certificates; those built into `tok` are used")
                    .hint("install the package `ca-certificates`, or set `ca_file` or `SSL_CERT_FILE`"),
            );
            build(builder(settings, proxy)?.tls_certs_only(roots::built_in()))?
                .map_err(|error| unavailable(&error))
        }
        outcome => outcome.map_err(|error| unavailable(&error)),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where a client is made")]
fn builder(settings: &Settings, proxy: Option<&Proxy>) -> Result<ClientBuilder, TransportError> {
    let mut defaults = HeaderMap::new();
    defaults.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let builder = Client::builder()
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
        .timeout(None)
        .connect_timeout(settings.connect_timeout)
        // The environment was read by ourselves.
        .no_proxy();
    let Some(proxy) = proxy else { return Ok(builder) };
    let url = proxy.url.expose().as_str();
    Ok(builder.proxy(reqwest::Proxy::all(url).map_err(|error| unavailable(&error))?))
}

/// Builds the client. Without a thread or memory to spare reqwest and tokio panic: that is an error here.
fn build(builder: ClientBuilder) -> Result<reqwest::Result<Client>, TransportError> {
    without_panic(|| builder.build())
}

fn without_panic<T>(work: impl FnOnce() -> T) -> Result<T, TransportError> {
    // Nothing that `work` touches is used again after a panic but to be dropped.
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| TransportError::Unavailable { problem: "no thread or memory to spare".to_owned() })
}

fn unavailable(error: &reqwest::Error) -> TransportError {
    TransportError::Unavailable { problem: trouble::explain(error, false, false).text }
}

fn parse(url: &str) -> Result<Url, TransportError> {
    let url = Url::parse(url).map_err(|_| TransportError::Url { problem: "it is not an absolute URL" })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TransportError::Url { problem: "it begins with neither `https` nor `http`" });
    }
    Ok(url)
}

impl Transport for HttpTransport {
    fn send(&self, request: &TokenRequest, time_left: Duration) -> Result<Reply, TransportError> {
        let begun = Instant::now();
        let url = parse(request.url.expose())?;
        if url.origin() != self.origin {
            return Err(TransportError::Url { problem: "it is of another host than was prepared for" });
        }
        let endpoint = exchange::destination(&url, self.proxy.as_deref());
        if time_left.is_zero() {
            return Err(TransportError::Connect { endpoint, cause: Cause::new("no time is left") });
        }
        let client = self.client.as_ref().ok_or(TransportError::Url { problem: "its client is gone" })?;
        let exchange = Exchange { client, endpoint, has_ca_file: self.has_ca_file, begun, time_left };
        let outcome = without_panic(|| exchange.run(request, &url)).flatten();
        self.stuck.set(matches!(
            outcome,
            Err(TransportError::Connect { .. }
                | TransportError::TimedOut { .. }
                | TransportError::Unavailable { .. })
        ));
        outcome
    }
}

impl Drop for HttpTransport {
    /// The client waits for its thread, and that for a name server that does not answer: a look-up cannot be
    /// called off. Where that may be, somebody else waits, so that nobody outlives `timeout` by it.
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        if self.stuck.get() {
            let client = ManuallyDrop::new(client);
            // Without a thread to spare it is never dropped at all; the process ends soon.
            let _ = thread::Builder::new().spawn(move || drop(ManuallyDrop::into_inner(client)));
        }
    }
}
