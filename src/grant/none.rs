//! No grant: for providers, such as MOOST, that want only the credentials of the client and, if set, of a user.

use super::Definition;
use crate::request::StandardParam::{Password, Username};

pub(super) const DEFINITION: Definition = Definition {
    grant_type: None,
    needs: &[],
    params: &[Username, Password],
};
