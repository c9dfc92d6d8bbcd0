//! From reqwest's errors to [`TransportError`]: what kind of failure it is, and its cause in plain words.
//!
//! Looks through the chain of errors below reqwest's, by type where the types are public. reqwest's own text, which
//! holds the URL with its query, is never used.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::error::{Cause, Destination, TransportError};
use super::resolve::ResolveError;
use super::tls_cause;
use crate::os;
use crate::text::lower_first;

/// The request that failed.
pub(super) struct Context<'a> {
    pub(super) endpoint: Destination,
    pub(super) host: &'a str,
    pub(super) has_ca_file: bool,
    pub(super) time_left: Duration,
}

/// The one way from an error of reqwest's to ours.
pub(super) fn transport_error(error: reqwest::Error, context: &Context) -> TransportError {
    let error = error.without_url();
    let chain = chain(&error);
    let endpoint = context.endpoint.clone();
    let any = |is: fn(&reqwest::Error) -> bool| find::<reqwest::Error>(&chain).any(is);
    if find(&chain).any(|error| matches!(error, ResolveError::NoThread)) {
        return TransportError::Unavailable(ResolveError::NoThread.to_string());
    }
    if any(reqwest::Error::is_connect) {
        let cause = explain_connect(&chain, context);
        return TransportError::Connect { endpoint, cause };
    }
    if any(reqwest::Error::is_timeout) {
        return TransportError::TimedOut {
            endpoint,
            after: context.time_left,
        };
    }
    if any(reqwest::Error::is_builder) {
        return TransportError::Url("no request can be sent to it");
    }
    let cause = explain_exchange(&chain, context);
    if is_not_http(&chain) {
        TransportError::Undecodable { endpoint, cause }
    } else {
        TransportError::Broken { endpoint, cause }
    }
}

/// A client that cannot be built.
pub(super) fn unavailable(error: &reqwest::Error) -> TransportError {
    TransportError::Unavailable(innermost(&chain(error)).text)
}

fn explain_connect(chain: &[&(dyn Error + 'static)], context: &Context) -> Cause {
    let proxied = context.endpoint.proxy.is_some();
    if let Some(tls) = find(chain).next() {
        return tls_cause::explain(tls, context.has_ca_file);
    }
    if let Some(ResolveError::Failed { host, error }) = find(chain).next() {
        let text = os::describe(error);
        let text = text
            .strip_prefix("failed to lookup address information: ")
            .unwrap_or(&text);
        let text = lower_first(text);
        let cause = Cause::new(format!("the host name `{host}` cannot be resolved: {text}"));
        return cause.hint(if proxied && host == context.host {
            "to have the proxy resolve it, write `socks5h` or `socks4a` in the proxy's URL"
        } else {
            "check the name, and whether this machine has a working name server"
        });
    }
    if let Some(cause) = explain_proxy(chain) {
        return cause;
    }
    if find::<reqwest::Error>(chain).any(reqwest::Error::is_timeout) {
        return Cause::new("no connection in time").hint(
            "check host, port and firewall (a port that does not speak TLS may never answer); set `connect_timeout` higher if the network is slow",
        );
    }
    match find::<io::Error>(chain).last().map(io::Error::kind) {
        // TCP has no such end: the server has closed the connection in the TLS handshake.
        Some(io::ErrorKind::UnexpectedEof) => tls_cause::not_tls(),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted) => {
            innermost(chain).hint("a firewall may do that, or a port that does not speak TLS")
        }
        Some(io::ErrorKind::ConnectionRefused) if proxied => {
            innermost(chain).hint("nothing listens there: check the proxy's host and port")
        }
        Some(io::ErrorKind::ConnectionRefused) => {
            innermost(chain).hint("nothing listens there: check host and port")
        }
        _ => innermost(chain),
    }
}

/// What a proxy has answered. The error types are private, so their text is all there is to go by.
fn explain_proxy(chain: &[&(dyn Error + 'static)]) -> Option<Cause> {
    let problem = chain.iter().find_map(|error| {
        let text = error.to_string();
        let problem = text.strip_prefix("tunnel error: ");
        let problem = problem.or_else(|| text.strip_prefix("SOCKS error: "));
        problem.map(str::to_owned)
    })?;
    match problem.as_str() {
        "proxy authorization required"
        | "credentials not accepted"
        | "server does not support user/pass authentication" => Some(
            Cause::new("the proxy wants other credentials").hint(
                "put them into the proxy's URL: `http://user:password@host:port`, special characters percent-encoded",
            ),
        ),
        "unsuccessful" => Some(Cause::new("the proxy refused to connect to it").hint(
            "ask the proxy's operator to let this host through, or set `proxy = \"none\"` to go without",
        )),
        // Further down in the chain there is more.
        "failed to create underlying connection" | "io error establishing tunnel"
            if find::<io::Error>(chain).next().is_some() =>
        {
            None
        }
        "failed to create underlying connection" => Some(
            Cause::new("the proxy cannot be reached").hint("check the proxy's host and port"),
        ),
        other => Some(Cause::new(format!("the proxy failed: {}", lower_first(other)))),
    }
}

/// What went wrong after the connection was made.
fn explain_exchange(chain: &[&(dyn Error + 'static)], context: &Context) -> Cause {
    if let Some(tls) = find(chain).next() {
        return tls_cause::explain(tls, context.has_ca_file);
    }
    match find::<hyper::Error>(chain).next() {
        Some(error) if error.is_incomplete_message() => truncated(),
        Some(error) if error.is_parse() => {
            let text = lower_first(&error.to_string());
            Cause::new(format!("it is not valid HTTP: {text}"))
                .hint("check port and path: does an HTTP server answer there?")
        }
        _ => innermost(chain),
    }
}

/// The connection was closed too early.
pub(super) fn truncated() -> Cause {
    Cause::new("the server closed the connection before its reply was complete")
}

/// Whether the reply breaks the rules of HTTP, rather than ending early.
fn is_not_http(chain: &[&(dyn Error + 'static)]) -> bool {
    // hyper's error for a chunk whose size is not a number is an `io::Error`, as are those of TLS.
    use io::ErrorKind::{InvalidData, InvalidInput};
    let is_bad_chunk = |error: &io::Error| {
        matches!(error.kind(), InvalidInput | InvalidData) && error.raw_os_error().is_none()
    };
    find::<rustls::Error>(chain).next().is_none()
        && (find(chain).any(hyper::Error::is_parse) || find(chain).any(is_bad_chunk))
}

/// The text of the innermost error, which is the operating system's as a rule.
fn innermost(chain: &[&(dyn Error + 'static)]) -> Cause {
    if let Some(error) = find::<io::Error>(chain).last() {
        return match error.kind() {
            io::ErrorKind::UnexpectedEof => truncated(),
            _ => Cause::new(os::describe(error)),
        };
    }
    match chain.last() {
        Some(last) if !last.is::<reqwest::Error>() => Cause::new(lower_first(&last.to_string())),
        _ => Cause::new("the request could not be sent"),
    }
}

/// The errors of one type in a chain.
fn find<'a, E: Error + 'static>(
    chain: &[&'a (dyn Error + 'static)],
) -> impl Iterator<Item = &'a E> {
    chain.iter().filter_map(|error| error.downcast_ref())
}

/// An error and all below it. The source of an `io::Error` is not what it wraps but the source of that.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        chain.push(error);
        let wrapper: Option<&io::Error> = error.downcast_ref();
        next = match wrapper.and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    chain
}
