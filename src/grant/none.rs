//! No grant: providers that want the credentials alone, as MOOST does.

use super::Definition;

pub(super) const DEFINITION: Definition = Definition {
    grant_type: None,
    needs: &[],
    params: &[],
};
