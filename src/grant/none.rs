//! No grant: providers that want the credentials alone, as MOOST does.

use crate::request::{Scalar, Standard};

pub(super) fn parameters() -> Vec<(Standard, Scalar)> {
    Vec::new()
}
