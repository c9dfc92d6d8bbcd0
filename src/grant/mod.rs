//! Which parameters a token request carries for its grant (RFC 6749 §4, §6). Pure.
//!
//! What they are called on the wire and where they travel is for [`crate::request`] to say.

mod client_credentials;
mod none;
mod password;
mod refresh_token;

use crate::request::{Scalar, StandardParam, name_in};
use crate::secret::Secret;

/// The grant by which a profile gets its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    ClientCredentials,
    RefreshToken,
    Password,
    /// No grant at all: the provider wants nothing but the credentials.
    None,
}

impl Grant {
    /// Every grant by its name in a profile; the first is the default.
    pub const ALL: [(&'static str, Self); 4] = [
        ("client_credentials", Self::ClientCredentials),
        ("refresh_token", Self::RefreshToken),
        ("password", Self::Password),
        ("none", Self::None),
    ];

    /// Its name in a profile.
    #[must_use]
    pub fn name(self) -> &'static str {
        name_in(&Self::ALL, self)
    }

    /// What a profile with this grant must have besides the client's credentials.
    #[must_use]
    pub fn needs(self) -> &'static [StandardParam] {
        match self {
            Self::ClientCredentials | Self::None => &[],
            Self::RefreshToken => &[StandardParam::RefreshToken],
            Self::Password => &[StandardParam::Username, StandardParam::Password],
        }
    }

    /// The parameters of a token request by this grant, in the order in which they are sent.
    #[must_use]
    pub fn parameters(self, input: &GrantInput) -> Vec<(StandardParam, Scalar)> {
        match self {
            Self::ClientCredentials => client_credentials::parameters(input),
            Self::RefreshToken => refresh_token::parameters(input),
            Self::Password => password::parameters(input),
            Self::None => none::parameters(),
        }
    }
}

/// The values that grants draw on.
#[derive(Debug, Default)]
pub struct GrantInput {
    /// Space-delimited (RFC 6749 §3.3).
    pub scope: Option<String>,
    pub audience: Option<String>,
    pub username: Option<Scalar>,
    pub password: Option<Secret<String>>,
    pub refresh_token: Option<Secret<String>>,
}

impl GrantInput {
    fn scope(&self) -> Option<(StandardParam, Scalar)> {
        self.scope
            .as_deref()
            .map(|scope| (StandardParam::Scope, Scalar::shown(scope)))
    }

    fn audience(&self) -> Option<(StandardParam, Scalar)> {
        self.audience
            .as_deref()
            .map(|audience| (StandardParam::Audience, Scalar::shown(audience)))
    }
}

fn grant_type(name: &str) -> (StandardParam, Scalar) {
    (StandardParam::GrantType, Scalar::shown(name))
}

fn hidden(name: StandardParam, value: Option<&Secret<String>>) -> Option<(StandardParam, Scalar)> {
    value.map(|value| (name, Scalar::hidden(value.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_each_grant() {
        let input = GrantInput {
            scope: Some("a b".to_owned()),
            audience: Some("https://api".to_owned()),
            username: Some(Scalar::shown("robot")),
            password: Some(Secret::from("pw")),
            refresh_token: Some(Secret::from("rt")),
        };
        let expected = [
            "grant_type=client_credentials scope=a b audience=https://api",
            "grant_type=refresh_token refresh_token=rt scope=a b",
            "grant_type=password username=robot password=pw scope=a b audience=https://api",
            "",
        ];
        for ((name, grant), expected) in Grant::ALL.into_iter().zip(expected) {
            let written: Vec<String> = grant
                .parameters(&input)
                .iter()
                .map(|(name, value)| format!("{}={}", name.name(), value.text.expose()))
                .collect();
            assert_eq!(written.join(" "), expected, "{name}");
        }
    }

    #[test]
    fn what_is_not_given_is_not_sent() {
        let sent = Grant::ClientCredentials.parameters(&GrantInput::default());
        assert_eq!(sent.len(), 1);
    }
}
