//! `{ env = "VAR" }`.

use super::Trouble;
use crate::host::Environment;
use crate::secret::{Secret, looks_like_secret};

pub(super) fn read(environment: Environment<'_>, var: &str) -> Result<Secret<String>, Trouble> {
    let name = || format!("environment variable `{var}`");
    let unset = || {
        if looks_like_secret(var) {
            Trouble::NoVariable
        } else {
            Trouble::Unset(var.to_owned())
        }
    };
    let value = environment.get(var).ok_or_else(unset)?;
    let value = value.into_string().map_err(|_| Trouble::NotUtf8(name()))?;
    if value.is_empty() {
        Err(Trouble::Empty(name()))
    } else {
        Ok(Secret::new(value))
    }
}
