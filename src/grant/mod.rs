//! Grants (RFC 6749): which parameters a token request carries for each, one file per grant. Pure.
//!
//! [`crate::request`] decides under which names and where they are sent.

mod client_credentials;
mod none;
mod password;
mod refresh_token;

use std::collections::BTreeMap;

use crate::names::names;
use crate::request::{Scalar, StandardParam, StandardParams};

/// The grant by which a profile gets its tokens.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    #[default]
    ClientCredentials,
    RefreshToken,
    Password,
    /// No grant: the provider wants nothing but the credentials.
    None,
}

names!(Grant {
    ClientCredentials = "client_credentials",
    RefreshToken = "refresh_token",
    Password = "password",
    None = "none",
});

/// What a file of this folder says about its grant.
struct Definition {
    /// The value of `grant_type`.
    grant_type: Option<&'static str>,
    /// What a profile must have besides the client's credentials.
    needs: &'static [StandardParam],
    /// The parameters that are sent if they have a value, in this order.
    params: &'static [StandardParam],
}

/// The values that grants use.
pub type GrantInput = BTreeMap<StandardParam, Scalar>;

impl Grant {
    const fn definition(self) -> &'static Definition {
        match self {
            Self::ClientCredentials => &client_credentials::DEFINITION,
            Self::RefreshToken => &refresh_token::DEFINITION,
            Self::Password => &password::DEFINITION,
            Self::None => &none::DEFINITION,
        }
    }

    /// What a profile with this grant must have besides the client's credentials.
    #[must_use]
    pub const fn needs(self) -> &'static [StandardParam] {
        self.definition().needs
    }

    /// The names of the parameters that a request by this grant may carry.
    #[must_use]
    pub const fn params(self) -> &'static [StandardParam] {
        self.definition().params
    }

    /// The parameters of a token request by this grant, in the order in which they are sent.
    #[must_use]
    pub fn request_params(self, input: &GrantInput) -> StandardParams {
        let value = |param: &StandardParam| match param {
            StandardParam::GrantType => self.definition().grant_type.map(Scalar::shown),
            other => input.get(other).cloned(),
        };
        let params = self.params().iter();
        params
            .filter_map(|param| Some((*param, value(param)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_each_grant() {
        let input: GrantInput = [
            (StandardParam::Scope, "a b"),
            (StandardParam::Audience, "https://api"),
            (StandardParam::Username, "robot"),
            (StandardParam::Password, "pw"),
            (StandardParam::RefreshToken, "rt"),
        ]
        .into_iter()
        .map(|(param, text)| (param, Scalar::shown(text)))
        .collect();
        let expected = [
            "grant_type=client_credentials scope=a b audience=https://api",
            "grant_type=refresh_token refresh_token=rt scope=a b",
            "grant_type=password username=robot password=pw scope=a b audience=https://api",
            "username=robot password=pw",
        ];
        for (grant, expected) in Grant::ALL.iter().zip(expected) {
            let written: Vec<String> = grant
                .request_params(&input)
                .iter()
                .map(|(name, value)| format!("{}={}", name.as_str(), value.text.expose()))
                .collect();
            assert_eq!(written.join(" "), expected, "{grant:?}");
            assert!(
                grant
                    .needs()
                    .iter()
                    .all(|need| grant.params().contains(need))
            );
        }
    }

    #[test]
    fn what_is_not_given_is_not_sent() {
        let sent = Grant::ClientCredentials.request_params(&GrantInput::new());
        assert_eq!(sent.len(), 1);
    }
}
