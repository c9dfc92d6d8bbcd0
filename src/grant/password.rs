//! RFC 6749 §4.3: the resource owner's own password, for servers that offer nothing better.

use super::{GrantInput, grant_type, hidden};
use crate::request::{Scalar, Standard};

pub(super) fn parameters(input: &GrantInput) -> Vec<(Standard, Scalar)> {
    let username = input
        .username
        .clone()
        .map(|name| (Standard::Username, name));
    let password = hidden(Standard::Password, input.password.as_ref());
    [
        Some(grant_type("password")),
        username,
        password,
        input.scope(),
        input.audience(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
