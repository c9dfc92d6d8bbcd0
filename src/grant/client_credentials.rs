//! RFC 6749 §4.4: the client acts for itself.

use super::{GrantInput, grant_type};
use crate::request::{Scalar, StandardParam};

pub(super) fn parameters(input: &GrantInput) -> Vec<(StandardParam, Scalar)> {
    [
        Some(grant_type("client_credentials")),
        input.scope(),
        input.audience(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
