//! `{ env = "VAR" }`: an environment variable.

use zeroize::Zeroizing;

use super::{SourceError, non_empty};
use crate::host::Environment;
use crate::secret::{Secret, looks_like_secret};

pub(super) fn read(environment: Environment<'_>, var: &str) -> Result<Secret<String>, SourceError> {
    let name = || format!("environment variable `{var}`");
    match environment.get(var) {
        Some(value) => {
            let value = value.into_string();
            let value = value.map_err(|_| SourceError::NotUtf8(name()))?;
            non_empty(&Zeroizing::new(value), name)
        }
        None if looks_like_secret(var) => Err(SourceError::NameLooksLikeSecret),
        None => Err(SourceError::Unset(var.to_owned())),
    }
}
