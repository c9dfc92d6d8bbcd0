//! RFC 6749 §6: a refresh token buys the next access token. An audience is not among its parameters.

use super::{GrantInput, grant_type, hidden};
use crate::request::{Scalar, StandardParam};

pub(super) fn parameters(input: &GrantInput) -> Vec<(StandardParam, Scalar)> {
    let refresh_token = hidden(StandardParam::RefreshToken, input.refresh_token.as_ref());
    [
        Some(grant_type("refresh_token")),
        refresh_token,
        input.scope(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
