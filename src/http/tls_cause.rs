//! Errors of TLS and of certificates in plain words: rustls's own name the variants of its enums.

use rustls::{AlertDescription, CertificateError, Error, OtherError, PeerIncompatible};

use super::error::Cause;
use crate::text::lower_first;
use crate::time::UnixTime;

const OLD_TLS: &str = "`tok` speaks only TLS 1.2 and 1.3 with forward secrecy (ECDHE) and AES-GCM or ChaCha20: the server, \
                       or a proxy that opens TLS, needs an update";
const CLIENT_CERTIFICATE: &str =
    "`tok` cannot present one yet; ask the provider for another way to authenticate";
const CLOCK: &str =
    "check this machine's clock (`date -u`); if it is right, the server needs a new certificate";

/// The cause of a failed handshake or of a broken TLS connection. `ca_file`: whether the profile has one.
pub(super) fn explain(error: &Error, ca_file: bool) -> Cause {
    match error {
        Error::InvalidCertificate(error) => explain_certificate(error, ca_file),
        Error::AlertReceived(alert) => explain_alert(*alert),
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => old_tls(),
        Error::PeerIncompatible(_) => no_common_cipher(),
        Error::InvalidMessage(_) => not_tls(),
        Error::NoCertificatesPresented => Cause::new("the server presented no certificate"),
        Error::DecryptError => Cause::new("the TLS connection was damaged on the way"),
        Error::General(text) => Cause::new(format!("TLS failed: {}", lower_first(text))),
        _ => Cause::new("the server does not keep to the TLS protocol"),
    }
}

/// What listens at the port does not speak TLS.
pub(super) fn not_tls() -> Cause {
    Cause::new("the server does not speak TLS here")
        .hint("check the port: is it one for plain `http`?")
}

fn old_tls() -> Cause {
    Cause::new("the server speaks neither TLS 1.2 nor 1.3").hint(OLD_TLS)
}

fn no_common_cipher() -> Cause {
    Cause::new("the server has no TLS cipher in common with `tok`").hint(OLD_TLS)
}

/// What the server says by an alert (RFC 8446 §6.2).
fn explain_alert(alert: AlertDescription) -> Cause {
    use AlertDescription as Alert;
    match alert {
        Alert::ProtocolVersion => old_tls(),
        Alert::InsufficientSecurity => no_common_cipher(),
        // Servers of TLS 1.2 also send it to a client without a certificate.
        Alert::HandshakeFailure => {
            let text = "has no TLS cipher in common with `tok`, or wants a client certificate";
            Cause::new(format!("the server {text}")).hint(OLD_TLS)
        }
        Alert::CertificateRequired | Alert::NoCertificate => {
            Cause::new("the server wants a client certificate").hint(CLIENT_CERTIFICATE)
        }
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied => {
            let text = "denied access in the TLS handshake; it may want a client certificate";
            Cause::new(format!("the server {text}")).hint(CLIENT_CERTIFICATE)
        }
        Alert::UnrecognisedName => Cause::new("the server does not serve this host name")
            .hint("check the host name in the URL"),
        Alert::NoApplicationProtocol => Cause::new("the server does not offer HTTP/1.1"),
        Alert::InternalError => Cause::new("the server failed in the TLS handshake"),
        other => {
            let number = u8::from(other);
            Cause::new(format!(
                "the server ended the TLS handshake (alert {number})"
            ))
        }
    }
}

fn explain_certificate(error: &CertificateError, ca_file: bool) -> Cause {
    match error {
        CertificateError::UnknownIssuer => {
            let cause =
                certificate("is self-signed, or from an authority that is not trusted here");
            cause.hint(if ca_file {
                "`ca_file` does not hold the authority that issued it, or the server does not send the certificates \
                 in between; ask the server's operator"
            } else {
                "set `ca_file` to the PEM file of the authority that issued it, if you trust it"
            })
        }
        CertificateError::ExpiredContext { not_after, .. } => {
            certificate(&format!("has expired{}", date(*not_after))).hint(CLOCK)
        }
        CertificateError::Expired => certificate("has expired").hint(CLOCK),
        CertificateError::NotValidYetContext { not_before, .. } => {
            certificate(&format!("is not valid yet{}", date(*not_before))).hint(CLOCK)
        }
        CertificateError::NotValidYet => certificate("is not valid yet").hint(CLOCK),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            certificate("names no host: it has no subjectAltName").hint(
                "the server needs a certificate that names its host there; a common name (CN) does not count",
            )
        }
        CertificateError::NotValidForNameContext { presented, .. } => other_name(presented),
        CertificateError::NotValidForName => other_name(&[]),
        // rustls does not tell the two apart.
        CertificateError::BadSignature => {
            certificate("has a wrong signature, or an RSA key of fewer than 2048 bits").hint(
                "if its authority was replaced by one of the same name, put the new one into `ca_file`; if a key is \
                 too short, the server needs a new certificate",
            )
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            certificate("is signed by an algorithm that `tok` does not accept").hint(
                "the server needs a certificate with RSA of at least 2048 bits, ECDSA or Ed25519, and SHA-256 or better",
            )
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            not_for_servers()
        }
        CertificateError::Revoked => certificate("has been revoked"),
        CertificateError::Other(other) => explain_other(other),
        _ => certificate("does not keep to the rules of X.509"),
    }
}

/// Errors of webpki that rustls passes on, and what the verifiers of macOS and Windows say.
fn explain_other(other: &OtherError) -> Cause {
    use webpki::Error as Webpki;
    match other.0.downcast_ref() {
        Some(Webpki::CaUsedAsEndEntity) => {
            certificate("is that of an authority (`CA:TRUE`), not of a server").hint(
                "`openssl req -x509` makes one by default; with `-addext basicConstraints=critical,CA:FALSE` it makes \
                 one that works as the server's certificate and as `ca_file`",
            )
        }
        Some(Webpki::EndEntityUsedAsCa) => {
            certificate("was issued by one that is not an authority's (`CA:FALSE`)")
        }
        Some(Webpki::UnsupportedCertVersion) => {
            certificate("is X.509 version 1; version 3 is needed").hint(
                "the server needs a new certificate, with its host name as a subjectAltName",
            )
        }
        Some(Webpki::NameConstraintViolation) => {
            certificate("is for a name that its authority may not issue for")
        }
        Some(_) => certificate("or one above it does not keep to the rules of X.509"),
        None => match other.to_string().as_str() {
            // The platform's verifier hides that it is about the extended key usage.
            "certificate had invalid extensions" => not_for_servers(),
            text => certificate(&format!("is not valid: {}", lower_first(text))),
        },
    }
}

fn certificate(text: &str) -> Cause {
    Cause::new(format!("the server's certificate {text}"))
}

fn not_for_servers() -> Cause {
    certificate("is not for servers")
        .hint("the server needs a certificate whose extended key usage has `serverAuth`")
}

/// `presented`: the certificate's names, as rustls writes them: `DnsName("example.com")`.
fn other_name(presented: &[String]) -> Cause {
    let mut names: Vec<&str> = presented
        .iter()
        .take(3)
        .map(|name| name.split('"').nth(1).unwrap_or(name))
        .collect();
    if presented.len() > 3 {
        names.push("…");
    }
    let colon = if names.is_empty() { "" } else { ": " };
    let names = names.join(", ");
    certificate(&format!("is for another name{colon}{names}"))
        .hint("use a host name in the URL that the certificate has")
}

/// ` (2026-11-30T00:00:00Z)`
fn date(time: rustls::pki_types::UnixTime) -> String {
    i64::try_from(time.as_secs()).map_or(String::new(), |seconds| {
        format!(" ({})", UnixTime(seconds).rfc3339())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use rustls::InvalidMessage;
    use rustls::pki_types::UnixTime as At;

    use super::*;

    #[test]
    fn every_error_has_plain_words() {
        let (time, at) = (
            At::since_unix_epoch(Duration::ZERO),
            At::since_unix_epoch(Duration::from_hours(24)),
        );
        let webpki = |error: webpki::Error| {
            Error::from(CertificateError::Other(OtherError(Arc::new(error))))
        };
        let expired = CertificateError::ExpiredContext {
            time,
            not_after: at,
        };
        let not_yet = CertificateError::NotValidYetContext {
            time,
            not_before: at,
        };
        let nameless = CertificateError::NotValidForNameContext {
            expected: "localhost".try_into().unwrap(),
            presented: Vec::new(),
        };
        let platform =
            CertificateError::Other(OtherError(Arc::from(Box::from("Not trusted by macOS"))));
        #[rustfmt::skip]
        let cases: [(Error, &str, &str); 18] = [
            (expired.into(), "has expired (1970-01-02T00:00:00Z)", "clock"),
            (not_yet.into(), "not valid yet (1970-01-02T00:00:00Z)", "clock"),
            (CertificateError::UnknownIssuer.into(), "self-signed", "`ca_file`"),
            (CertificateError::Revoked.into(), "revoked", ""),
            (CertificateError::NotValidForName.into(), "another name", "host name"),
            (nameless.into(), "no subjectAltName", "(CN) does not count"),
            (CertificateError::BadSignature.into(), "fewer than 2048 bits", "too short"),
            (CertificateError::InvalidPurpose.into(), "not for servers", "serverAuth"),
            (platform.into(), "is not valid: not trusted by macOS", ""),
            (webpki(webpki::Error::UnsupportedCertVersion), "X.509 version 1", "subjectAltName"),
            (webpki(webpki::Error::CaUsedAsEndEntity), "CA:TRUE", "CA:FALSE"),
            (webpki(webpki::Error::EmptyEkuExtension), "rules of X.509", ""),
            (Error::AlertReceived(AlertDescription::ProtocolVersion), "neither TLS 1.2 nor 1.3", "forward secrecy"),
            (Error::AlertReceived(AlertDescription::HandshakeFailure), "no TLS cipher", "forward secrecy"),
            (Error::AlertReceived(AlertDescription::CertificateRequired), "client certificate", "another way"),
            (Error::AlertReceived(AlertDescription::DecodeError), "(alert 50)", ""),
            (PeerIncompatible::ServerDoesNotSupportTls12Or13.into(), "neither TLS 1.2 nor 1.3", "forward secrecy"),
            (InvalidMessage::InvalidContentType.into(), "does not speak TLS here", "plain `http`"),
        ];
        for (error, text, hint) in cases {
            let cause = explain(&error, false);
            assert!(cause.text.contains(text), "{}", cause.text);
            let shown = cause.hint.unwrap_or_default();
            assert!(
                shown.contains(hint) && shown.is_empty() == hint.is_empty(),
                "{shown}"
            );
        }
    }
}
