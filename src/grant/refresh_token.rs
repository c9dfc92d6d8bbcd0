//! RFC 6749 §6: gets an access token with a refresh token. Sends no audience.

use super::Definition;
use crate::request::StandardParam::{GrantType, RefreshToken, Scope};

pub(super) const DEFINITION: Definition = Definition {
    grant_type: Some("refresh_token"),
    needs: &[RefreshToken],
    params: &[GrantType, RefreshToken, Scope],
};
