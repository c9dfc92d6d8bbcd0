//! RFC 6749 §4.4: the client acts for itself.

use super::Definition;
use crate::request::StandardParam::{Audience, GrantType, Scope};

pub(super) const DEFINITION: Definition = Definition {
    grant_type: Some("client_credentials"),
    needs: &[],
    params: &[GrantType, Scope, Audience],
};
