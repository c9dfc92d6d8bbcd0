//! RFC 6749 §6: a refresh token buys the next access token. An audience is not among its parameters.

use super::Definition;
use crate::request::StandardParam::{GrantType, RefreshToken, Scope};

pub(super) const DEFINITION: Definition = Definition {
    grant_type: Some("refresh_token"),
    needs: &[RefreshToken],
    params: &[GrantType, RefreshToken, Scope],
};
