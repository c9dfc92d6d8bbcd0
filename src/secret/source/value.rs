//! `{ value = "…" }`: written in the profiles file itself.

use super::{SourceError, non_empty};
use crate::secret::Secret;

pub(super) fn read(value: &Secret<String>) -> Result<Secret<String>, SourceError> {
    non_empty(value.expose(), || "`value` in the profiles file".to_owned())
}
