//! RFC 6749 §4.3: the resource owner's own password, for servers that offer nothing better.

use super::{GrantInput, grant_type, hidden};
use crate::request::{Scalar, StandardParam};

pub(super) fn parameters(input: &GrantInput) -> Vec<(StandardParam, Scalar)> {
    let username = input
        .username
        .clone()
        .map(|name| (StandardParam::Username, name));
    let password = hidden(StandardParam::Password, input.password.as_ref());
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
