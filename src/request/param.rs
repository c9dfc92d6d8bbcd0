//! Parameters of a token request.

use crate::names::names;
use crate::secret::Secret;

/// A parameter that RFC 6749 names; `audience` is in wide use beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StandardParam {
    GrantType,
    ClientId,
    ClientSecret,
    Scope,
    Audience,
    Username,
    Password,
    RefreshToken,
}

names!(StandardParam {
    GrantType = "grant_type",
    ClientId = "client_id",
    ClientSecret = "client_secret",
    Scope = "scope",
    Audience = "audience",
    Username = "username",
    Password = "password",
    RefreshToken = "refresh_token",
});

/// Standard parameters with their values, in the order in which they are sent.
pub type StandardParams = Vec<(StandardParam, Scalar)>;

/// A parameter as it is sent.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name on the wire.
    pub name: String,
    pub values: Vec<Scalar>,
    /// A list in the profile: repeated in a form or query, an array in JSON.
    pub is_list: bool,
    /// Which parameter of the grant or of client authentication it is; `None`: one of the profile's own `params`.
    pub standard: Option<StandardParam>,
}

/// One value of a parameter or a header.
#[derive(Debug, Clone)]
pub struct Scalar {
    pub text: Secret<String>,
    /// A number or a boolean: JSON writes it without quotes.
    pub is_json_literal: bool,
    /// It came from a secret source or is secret by its nature, and is never shown.
    pub hidden: bool,
}

impl Scalar {
    /// Text that may be shown.
    pub fn shown(text: &str) -> Self {
        Self {
            text: Secret::from(text),
            is_json_literal: false,
            hidden: false,
        }
    }

    /// Text that must not be shown.
    pub fn hidden(text: Secret<String>) -> Self {
        Self {
            text,
            is_json_literal: false,
            hidden: true,
        }
    }
}
