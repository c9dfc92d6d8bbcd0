//! How a token request is put together: method, client authentication, where the parameters travel, and what
//! they are called. Pure: values in, request out.
//!
//! Which parameters there are is for [`crate::grant`] to say.

mod build;
mod http_request;

pub use build::{
    BuildError, CustomParam, RequestParts, RequestPlan, basic_credentials, check_header,
    check_user_id, is_header_value, plan,
};
pub use http_request::{HttpRequest, Method};

use std::collections::{BTreeMap, BTreeSet};

use crate::secret::Secret;

/// A named combination, chosen by looking at the provider's own sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strategy {
    pub name: &'static str,
    pub method: Method,
    pub client_auth: ClientAuth,
    pub params_in: ParamsIn,
    /// One line for tables.
    pub summary: &'static str,
}

/// Every strategy; the first is the default.
pub const STRATEGIES: [Strategy; 5] = [
    Strategy {
        name: "basic_form",
        method: Method::Post,
        client_auth: ClientAuth::SecretBasic,
        params_in: ParamsIn::Form,
        summary: "POST, Basic credentials, form body",
    },
    Strategy {
        name: "basic_json",
        method: Method::Post,
        client_auth: ClientAuth::SecretBasic,
        params_in: ParamsIn::Json,
        summary: "POST, Basic credentials, JSON body",
    },
    Strategy {
        name: "post_form",
        method: Method::Post,
        client_auth: ClientAuth::SecretPost,
        params_in: ParamsIn::Form,
        summary: "POST, credentials in the form body",
    },
    Strategy {
        name: "post_json",
        method: Method::Post,
        client_auth: ClientAuth::SecretPost,
        params_in: ParamsIn::Json,
        summary: "POST, credentials in the JSON body",
    },
    Strategy {
        name: "get_query",
        method: Method::Get,
        client_auth: ClientAuth::SecretPost,
        params_in: ParamsIn::Query,
        summary: "GET, credentials in the query",
    },
];

/// How the client proves who it is; the names are those of RFC 7591 §2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_secret_basic`: HTTP Basic (RFC 6749 §2.3.1).
    SecretBasic,
    /// `client_secret_post`: id and secret among the parameters.
    SecretPost,
    /// `none`: a public client, which sends its id alone.
    None,
}

impl ClientAuth {
    /// Every client authentication by its name in a profile.
    pub const ALL: [(&'static str, Self); 3] = [
        ("client_secret_basic", Self::SecretBasic),
        ("client_secret_post", Self::SecretPost),
        ("none", Self::None),
    ];
}

/// Where the parameters travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamsIn {
    /// An `application/x-www-form-urlencoded` body (RFC 6749 appendix B).
    Form,
    /// A JSON object as the body.
    Json,
    /// The query of the URL.
    Query,
}

impl ParamsIn {
    /// Every place by its name in a profile.
    pub const ALL: [(&'static str, Self); 3] = [
        ("form", Self::Form),
        ("json", Self::Json),
        ("query", Self::Query),
    ];
}

impl Method {
    /// Every method by its name in a profile.
    pub const ALL: [(&'static str, Self); 2] = [("GET", Self::Get), ("POST", Self::Post)];
}

/// What happens to id and secret before they become Basic credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasicEncoding {
    /// Nothing, as `curl -u` does and nearly every provider's page shows.
    Raw,
    /// They are form-encoded first, as RFC 6749 §2.3.1 has it.
    Form,
}

impl BasicEncoding {
    /// Every encoding by its name in a profile.
    pub const ALL: [(&'static str, Self); 2] = [("raw", Self::Raw), ("form", Self::Form)];
}

/// A parameter that RFC 6749 names (`audience`: in wide use beside it).
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

impl StandardParam {
    /// Every standard parameter by its name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("grant_type", Self::GrantType),
        ("client_id", Self::ClientId),
        ("client_secret", Self::ClientSecret),
        ("scope", Self::Scope),
        ("audience", Self::Audience),
        ("username", Self::Username),
        ("password", Self::Password),
        ("refresh_token", Self::RefreshToken),
    ];

    /// Its standard name.
    #[must_use]
    pub fn name(self) -> &'static str {
        name_in(&Self::ALL, self)
    }

    /// Whether its value must never be shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(
            self,
            Self::ClientSecret | Self::Password | Self::RefreshToken
        )
    }
}

/// The name of a value in its table.
pub fn name_in<T: PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table
        .iter()
        .find(|(_, known)| *known == value)
        .map_or("", |(name, _)| name)
}

/// A strategy with a profile's own changes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestShape {
    pub method: Method,
    pub client_auth: ClientAuth,
    pub params_in: ParamsIn,
    pub basic_encoding: BasicEncoding,
    /// What the provider calls a standard parameter.
    pub names: BTreeMap<StandardParam, String>,
    /// Standard parameters that are not sent.
    pub omit: BTreeSet<StandardParam>,
}

impl From<&Strategy> for RequestShape {
    fn from(strategy: &Strategy) -> Self {
        Self {
            method: strategy.method,
            client_auth: strategy.client_auth,
            params_in: strategy.params_in,
            basic_encoding: BasicEncoding::Raw,
            names: BTreeMap::new(),
            omit: BTreeSet::new(),
        }
    }
}

impl RequestShape {
    /// What the provider calls this parameter.
    #[must_use]
    pub fn wire_name(&self, standard: StandardParam) -> &str {
        self.names
            .get(&standard)
            .map_or(standard.name(), String::as_str)
    }
}

/// One value of a parameter.
#[derive(Debug, Clone)]
pub struct Scalar {
    /// The value as text.
    pub text: Secret<String>,
    /// A number or a boolean: JSON writes it without quotes.
    pub bare: bool,
    /// It came from a secret source or is secret by its nature, and is never shown.
    pub hidden: bool,
}

impl Scalar {
    /// Text that anybody may see.
    #[must_use]
    pub fn shown(text: &str) -> Self {
        Self {
            text: Secret::from(text),
            bare: false,
            hidden: false,
        }
    }

    /// Text that nobody may see.
    #[must_use]
    pub fn hidden(text: Secret<String>) -> Self {
        Self {
            text,
            bare: false,
            hidden: true,
        }
    }
}

/// Where a parameter comes from, for whoever explains the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamOrigin {
    /// The grant, or client authentication.
    StandardParam(StandardParam),
    /// The profile's `params`, under this name.
    CustomParam(String),
}

/// A parameter as it is sent.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name on the wire.
    pub name: String,
    pub values: Vec<Scalar>,
    /// A list in the profile: repeated in a form or query, an array in JSON.
    pub is_list: bool,
    pub origin: ParamOrigin,
}
