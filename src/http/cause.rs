//! What went wrong on the network, in words, and what to do about it.
//!
//! Looks through the chain of errors under reqwest's own, by type wherever the types are public. Never shows
//! reqwest's error itself, which prints the URL with its query. Leaves to [`super::client`] which situation it is.

use std::error::Error;
use std::{fmt, io};

use rustls::CertificateError;

use super::resolve::LookUpError;
use crate::os;
use crate::text::{lower_first, presentable};
use crate::time::UnixTime;

/// Why something on the network failed: words without a secret, a control character, or a line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// In lower case, without a final period.
    pub text: String,
    /// What to do about it, where there is something.
    pub hint: Option<String>,
}

impl Cause {
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: clean(text.as_ref()),
            hint: None,
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The cause under an error of reqwest's.
///
/// `ca_file` says whether the profile has one already; `proxied`, whether a proxy stood in between.
pub(super) fn explain(error: &(dyn Error + 'static), ca_file: bool, proxied: bool) -> Cause {
    let chain = chain(error);
    if let Some(tls) = chain
        .iter()
        .find_map(|error| error.downcast_ref::<rustls::Error>())
    {
        return explain_tls(tls, ca_file);
    }
    // The types of reqwest and hyper-util that follow are private, so their words are all there is to go by.
    let says = |words: &str| {
        chain
            .iter()
            .any(|error| !error.is::<reqwest::Error>() && error.to_string().contains(words))
    };
    if says("proxy authorization required") {
        return Cause::new("the proxy wants other credentials")
            .hint("put them into the proxy's URL: `http://user:password@host:port`, special characters percent-encoded");
    }
    if says("tunnel error: unsuccessful") {
        return Cause::new("the proxy refused to connect to it").hint(
            "ask whoever runs the proxy to let this host through, or set `proxy = \"none\"` to go without",
        );
    }
    if let Some(LookUpError::Failed(error)) = chain.iter().find_map(|error| error.downcast_ref()) {
        let words = clean(&error.to_string());
        let words = words
            .strip_prefix("failed to lookup address information: ")
            .unwrap_or(&words);
        let host = if proxied {
            "the proxy's name"
        } else {
            "the host name"
        };
        return Cause::new(format!("{host} cannot be resolved: {}", lower_first(words)))
            .hint("check the name, and whether this machine has a working name server");
    }
    if chain.iter().any(|error| {
        error
            .downcast_ref::<reqwest::Error>()
            .is_some_and(reqwest::Error::is_timeout)
    }) {
        return Cause::new("no connection in time").hint(
            "check host, port and firewall; set `connect_timeout` higher if it is only slow",
        );
    }
    if let Some(hyper) = chain
        .iter()
        .find_map(|error| error.downcast_ref::<hyper::Error>())
    {
        if hyper.is_incomplete_message() {
            return Cause::new("the server closed the connection before its reply was whole");
        }
        if hyper.is_parse() {
            return Cause::new(format!(
                "it is not valid HTTP: {}",
                lower_first(&hyper.to_string())
            ))
            .hint("check port and path: does an HTTP server answer there?");
        }
    }
    if let Some(io) = chain
        .iter()
        .rev()
        .find_map(|error| error.downcast_ref::<io::Error>())
    {
        let cause = Cause::new(io_text(io));
        return match io.kind() {
            io::ErrorKind::ConnectionRefused if proxied => {
                cause.hint("nothing listens there: check the proxy's host and port")
            }
            io::ErrorKind::ConnectionRefused => {
                cause.hint("nothing listens there: check host and port")
            }
            _ => cause,
        };
    }
    match chain.last() {
        Some(last) if !last.is::<reqwest::Error>() => Cause::new(lower_first(&last.to_string())),
        _ => Cause::new("the request could not be sent"),
    }
}

/// The words of an error of the operating system, without its number.
pub(super) fn io_text(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "the reply ends before it is whole".to_owned();
    }
    clean(&os::describe(error))
}

fn explain_tls(error: &rustls::Error, ca_file: bool) -> Cause {
    use rustls::Error as Tls;
    match error {
        Tls::InvalidCertificate(error) => explain_certificate(error, ca_file),
        Tls::AlertReceived(alert) => match alert {
            rustls::AlertDescription::CertificateRequired => {
                Cause::new("the server wants a client certificate")
                    .hint("`tok` cannot present one yet; ask for another way to authenticate")
            }
            _ => Cause::new(format!("the server ended the TLS handshake: {alert:?}")),
        },
        Tls::PeerIncompatible(_) => {
            Cause::new("the server speaks no TLS that is safe: 1.2 or 1.3 is needed")
        }
        Tls::InvalidMessage(_) => Cause::new("what listens there does not speak TLS")
            .hint("check the port: is it one for plain `http`?"),
        other => Cause::new(format!("TLS: {}", lower_first(&other.to_string()))),
    }
}

fn explain_certificate(error: &CertificateError, ca_file: bool) -> Cause {
    const CLOCK: &str = "check this machine's clock (`date -u`); if it is right, the server needs a new certificate";
    let dated = |text: &str, at: Option<u64>| {
        let at = at
            .and_then(|at| i64::try_from(at).ok())
            .map(|at| format!(" ({})", UnixTime(at).rfc3339()));
        Cause::new(format!("{text}{}", at.unwrap_or_default())).hint(CLOCK)
    };
    match error {
        CertificateError::UnknownIssuer => {
            let cause = Cause::new("the server's certificate is from an authority that is not trusted here");
            if ca_file {
                cause.hint("`ca_file` does not hold the authority that issued it; ask whoever runs the server for that one")
            } else {
                cause.hint("set `ca_file` to the PEM file of the authority that issued it, if you trust it")
            }
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            dated("the server's certificate has expired", Some(not_after.as_secs()))
        }
        CertificateError::Expired => dated("the server's certificate has expired", None),
        CertificateError::NotValidYetContext { not_before, .. } => {
            dated("the server's certificate is not valid yet", Some(not_before.as_secs()))
        }
        CertificateError::NotValidYet => dated("the server's certificate is not valid yet", None),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let names: Vec<_> = presented.iter().take(3).map(|name| clean(presented_name(name))).collect();
            let more = if presented.len() > 3 { ", …" } else { "" };
            Cause::new(format!("the server's certificate is for another name: {}{more}", names.join(", ")))
                .hint("use a name in the URL that the certificate has")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Cause::new("the server's certificate is for another name")
                .hint("use a name in the URL that the certificate has")
        }
        CertificateError::BadSignature => {
            Cause::new("the server's certificate was not signed by the authority that it names")
                .hint("an authority that was made anew has the old one's name but another key: get its present certificate for `ca_file`")
        }
        CertificateError::Revoked => Cause::new("the server's certificate was revoked"),
        // webpki's own error type is not public through rustls.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            Cause::new("the server's certificate is an authority's (`CA:TRUE`) and not a server's (`CaUsedAsEndEntity`)")
                .hint("a self-signed certificate made by `openssl req -x509` is one: issue the server another, signed by it and with `CA:FALSE`, and keep it as `ca_file`")
        }
        other => Cause::new(format!("the server's certificate is not valid: {}", lower_first(&other.to_string()))),
    }
}

/// rustls gives the names of a certificate as `DnsName("example.com")`.
fn presented_name(name: &str) -> &str {
    name.split_once('"')
        .and_then(|(_, rest)| rest.rsplit_once('"'))
        .map_or(name, |(name, _)| name)
}

/// The error and all that are under it. An `io::Error` names as its source not what it wraps but the source
/// of that, so what it wraps would be passed over.
pub(super) fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain: Vec<&'a (dyn Error + 'static)> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next.filter(|_| chain.len() < 32) {
        chain.push(error);
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    chain
}

/// Text from elsewhere made fit to be shown: no control characters, at most 200 characters, no final period.
pub(super) fn clean(text: &str) -> String {
    presentable(text).trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_fit_to_be_shown() {
        assert_eq!(clean("a\u{1b}[31mb\r\nc.\n"), "a [31mb c");
        assert!(clean(&"x".repeat(1000)).chars().count() <= 201);
        assert_eq!(
            io_text(&io::Error::from_raw_os_error(111)),
            "connection refused"
        );
    }

    #[test]
    fn what_an_io_error_wraps_is_found() {
        let inner = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let outer = io::Error::other(io::Error::new(io::ErrorKind::InvalidData, inner));
        let cause = explain(&outer, false, false);
        assert!(cause.hint.is_some_and(|hint| hint.contains("`ca_file`")));
    }

    #[test]
    fn every_certificate_error_has_words() {
        use rustls::pki_types::UnixTime as At;
        let (time, at) = (
            At::since_unix_epoch(std::time::Duration::ZERO),
            At::since_unix_epoch(std::time::Duration::from_hours(24)),
        );
        let cases = [
            (
                CertificateError::ExpiredContext {
                    time,
                    not_after: at,
                },
                "has expired (1970-01-02T00:00:00Z)",
            ),
            (
                CertificateError::NotValidYetContext {
                    time,
                    not_before: at,
                },
                "not valid yet (1970-01-02T00:00:00Z)",
            ),
            (CertificateError::Revoked, "revoked"),
            (CertificateError::NotValidForName, "another name"),
            (CertificateError::BadSignature, "was not signed by"),
        ];
        for (error, words) in cases {
            let cause = explain(&rustls::Error::InvalidCertificate(error), true, false);
            assert!(cause.text.contains(words), "{cause}");
        }
    }
}
