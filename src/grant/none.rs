//! No grant: providers that want the credentials alone, as MOOST does; a user's too, where the profile has them.

use super::Definition;
use crate::request::StandardParam::{Password, Username};

pub(super) const DEFINITION: Definition = Definition {
    grant_type: None,
    needs: &[],
    params: &[Username, Password],
};
