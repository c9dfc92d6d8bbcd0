//! Builds a token request: its method, where the parameters are sent and under which names, and their encoding. Pure.
//!
//! Which parameters there are is decided by [`crate::grant`], [`crate::client_auth`] and the profile. [`RequestPlan`]
//! is what `tok explain` shows and what is sent.

mod basic;
mod encode;
mod http_request;
mod param;
mod plan;

pub use basic::{BasicCredentials, BasicEncoding, check_user_id};
pub use encode::{UNRESERVED, json_body};
pub use http_request::{HttpRequest, Method};
pub use param::{Param, Scalar, StandardParam, StandardParams};
pub use plan::{RequestParts, RequestPlan};

use std::collections::{BTreeMap, BTreeSet};

use crate::names::names;

/// Where the parameters travel.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum ParamsIn {
    /// An `application/x-www-form-urlencoded` body (RFC 6749 appendix B).
    #[default]
    Form,
    Json,
    Query,
}

names!(ParamsIn {
    Form = "form",
    Json = "json",
    Query = "query",
});

/// How a profile's provider wants its requests.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct RequestShape {
    pub method: Method,
    pub params_in: ParamsIn,
    /// What the provider calls a standard parameter.
    pub names: BTreeMap<StandardParam, String>,
    /// Standard parameters that are not sent.
    pub omit: BTreeSet<StandardParam>,
}

impl RequestShape {
    pub fn wire_name(&self, standard: StandardParam) -> &str {
        self.names
            .get(&standard)
            .map_or(standard.as_str(), String::as_str)
    }
}

/// A value that the request cannot carry. Holds no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// RFC 7617 §2: the first colon ends the user-id.
    #[error("`client_id` contains a colon, which Basic credentials cannot carry")]
    ColonInClientId,
    /// RFC 9110 §5.5.
    #[error("the value of header `{name}` contains a character that a header cannot carry")]
    HeaderValue { name: String },
}

impl BuildError {
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::ColonInClientId => {
                "if the server decodes Basic credentials, write `basic_encoding = \"form\"`; otherwise check the id"
            }
            Self::HeaderValue { .. } => {
                "check its source for line breaks and other control characters"
            }
        }
    }
}

/// Whether a header can carry this (RFC 9110 §5.5).
pub fn is_header_value(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// Whether a header can carry this value.
pub fn check_header(name: &str, value: &Scalar) -> Result<(), BuildError> {
    if is_header_value(value.text.expose()) {
        return Ok(());
    }
    Err(BuildError::HeaderValue {
        name: name.to_owned(),
    })
}
