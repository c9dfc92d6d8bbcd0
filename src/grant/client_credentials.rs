//! RFC 6749 §4.4: the client acts for itself.

use super::{GrantInput, grant_type};
use crate::request::{Scalar, Standard};

pub(super) fn parameters(input: &GrantInput) -> Vec<(Standard, Scalar)> {
    [
        Some(grant_type("client_credentials")),
        input.scope(),
        input.audience(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
