//! Client authentication (RFC 6749 §2.3): how the client proves who it is, one file per method. Pure.
//!
//! A method says which parameters or headers it adds to a request. It is asked anew for each attempt, with the time of
//! the attempt: a signature must not be sent twice.

mod basic;
mod none;
mod post;

use crate::names::names;
use crate::request::{BasicCredentials, BasicEncoding, Scalar, StandardParam, StandardParams};
use crate::time::UnixTime;

/// A method of client authentication, by its name in RFC 7591 §2.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// HTTP Basic (RFC 6749 §2.3.1).
    #[default]
    SecretBasic,
    /// Id and secret among the parameters (RFC 6749 §2.3.1).
    SecretPost,
    /// A public client, which sends its id alone.
    None,
}

names!(ClientAuth {
    SecretBasic = "client_secret_basic",
    SecretPost = "client_secret_post",
    None = "none",
});

/// The values that the methods use.
pub struct ClientAuthInput {
    pub client_id: Option<Scalar>,
    pub client_secret: Option<Scalar>,
    pub basic_encoding: BasicEncoding,
    /// The time of this attempt.
    pub now: UnixTime,
}

/// What a method adds to a request.
#[derive(Debug, Default)]
pub struct Authentication {
    pub params: StandardParams,
    pub basic: Option<BasicCredentials>,
}

/// What a file of this folder says about its method.
struct Definition {
    needs: &'static [StandardParam],
    params: &'static [StandardParam],
    authenticate: fn(ClientAuthInput) -> Authentication,
}

impl ClientAuth {
    const fn definition(self) -> &'static Definition {
        match self {
            Self::SecretBasic => &basic::DEFINITION,
            Self::SecretPost => &post::DEFINITION,
            Self::None => &none::DEFINITION,
        }
    }

    /// What a profile must have for it.
    #[must_use]
    pub const fn needs(self) -> &'static [StandardParam] {
        self.definition().needs
    }

    /// The parameters that it may add.
    #[must_use]
    pub const fn params(self) -> &'static [StandardParam] {
        self.definition().params
    }

    /// What it adds to the request of one attempt.
    #[must_use]
    pub fn authenticate(self, input: ClientAuthInput) -> Authentication {
        (self.definition().authenticate)(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_method_adds() {
        let expected = [
            ("", Some(("id", "secret"))),
            ("client_id=id client_secret=secret", None),
            ("client_id=id", None),
        ];
        for (method, (params, basic)) in ClientAuth::ALL.iter().zip(expected) {
            let added = method.authenticate(ClientAuthInput {
                client_id: Some(Scalar::shown("id")),
                client_secret: Some(Scalar::shown("secret")),
                basic_encoding: BasicEncoding::Raw,
                now: UnixTime(0),
            });
            let written: Vec<String> = added
                .params
                .iter()
                .map(|(name, value)| format!("{}={}", name.as_str(), value.text.expose()))
                .collect();
            assert_eq!(written.join(" "), params, "{method:?}");
            let names = added.params.iter().map(|(name, _)| *name);
            assert!(names.eq(method.params().iter().copied()), "{method:?}");
            let pair = added
                .basic
                .as_ref()
                .map(|basic| (basic.id.text.expose(), basic.secret.text.expose()));
            assert_eq!(
                pair.map(|(id, secret)| (id.as_str(), secret.as_str())),
                basic
            );
        }
    }

    #[test]
    fn half_of_basic_credentials_is_not_sent() {
        let added = ClientAuth::SecretBasic.authenticate(ClientAuthInput {
            client_id: Some(Scalar::shown("id")),
            client_secret: None,
            basic_encoding: BasicEncoding::Raw,
            now: UnixTime(0),
        });
        assert!(added.basic.is_none() && added.params.is_empty());
    }
}
