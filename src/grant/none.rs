//! No grant: providers that want the credentials alone, as MOOST does.

use crate::request::{Scalar, StandardParam};

pub(super) fn parameters() -> Vec<(StandardParam, Scalar)> {
    Vec::new()
}
