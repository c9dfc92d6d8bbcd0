//! No grant: providers that want the credentials alone, as MOOST does.

use crate::strategy::{Scalar, Standard};

pub(super) fn parameters() -> Vec<(Standard, Scalar)> {
    Vec::new()
}
