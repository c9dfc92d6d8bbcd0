//! RFC 6749 §4.3: the resource owner's own password, for servers that offer nothing better.

use super::Definition;
use crate::request::StandardParam::{Audience, GrantType, Password, Scope, Username};

pub(super) const DEFINITION: Definition = Definition {
    grant_type: Some("password"),
    needs: &[Username, Password],
    params: &[GrantType, Username, Password, Scope, Audience],
};
