//! HTTP Basic credentials (RFC 7617).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use super::{BuildError, Scalar, UNRESERVED};
use crate::names::names;
use crate::secret::Secret;

/// What happens to id and secret before they become Basic credentials.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum BasicEncoding {
    /// Nothing, as `curl -u` does and nearly every provider's page shows.
    #[default]
    Raw,
    /// They are form-encoded first, as RFC 6749 §2.3.1 demands.
    Form,
}

names!(BasicEncoding {
    Raw = "raw",
    Form = "form",
});

/// The client's id and secret, to be sent as an `Authorization` header.
#[derive(Debug)]
pub struct BasicCredentials {
    pub id: Scalar,
    pub secret: Scalar,
    pub encoding: BasicEncoding,
}

impl BasicCredentials {
    /// The part of the header after `Basic ` (RFC 7617 §2).
    pub fn encode(&self) -> Result<Secret<String>, BuildError> {
        check_user_id(&self.id.text, self.encoding)?;
        let (id, secret) = (self.id.text.expose(), self.secret.text.expose());
        let pair = Zeroizing::new(match self.encoding {
            BasicEncoding::Raw => format!("{id}:{secret}"),
            BasicEncoding::Form => format!(
                "{}:{}",
                utf8_percent_encode(id, UNRESERVED),
                utf8_percent_encode(secret, UNRESERVED)
            ),
        });
        Ok(Secret::new(STANDARD.encode(pair.as_bytes())))
    }
}

/// Whether Basic credentials can carry this id.
pub fn check_user_id(id: &Secret<String>, encoding: BasicEncoding) -> Result<(), BuildError> {
    match encoding {
        BasicEncoding::Raw if id.expose().contains(':') => Err(BuildError::ColonInClientId),
        BasicEncoding::Raw | BasicEncoding::Form => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        use BasicEncoding::{Form, Raw};
        let encode = |id: &str, secret: &str, encoding| {
            let credentials = BasicCredentials {
                id: Scalar::shown(id),
                secret: Scalar::hidden(Secret::from(secret)),
                encoding,
            };
            credentials
                .encode()
                .map(|text| String::from_utf8(STANDARD.decode(text.expose()).unwrap()).unwrap())
        };
        // MetaPack's page: the sample secret holds `$`, `+` and `-` and is sent as it is.
        assert_eq!(
            encode("1DR3", "wqe$7df+b7-s", Raw).unwrap(),
            "1DR3:wqe$7df+b7-s"
        );
        assert_eq!(encode("a:b", "c d", Form).unwrap(), "a%3Ab:c%20d");
        assert_eq!(encode("a:b", "c", Raw), Err(BuildError::ColonInClientId));
    }
}
