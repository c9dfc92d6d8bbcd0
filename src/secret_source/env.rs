//! `{ env = "VAR" }`.

use super::Trouble;
use crate::host::Environment;
use crate::secret::Secret;

pub(super) fn read(environment: Environment<'_>, var: &str) -> Result<Secret<String>, Trouble> {
    let name = || format!("environment variable `{var}`");
    let value = environment.get(var).ok_or_else(|| Trouble::Unset(var.to_owned()))?;
    let value = value.into_string().map_err(|_| Trouble::NotUtf8(name()))?;
    if value.is_empty() { Err(Trouble::Empty(name())) } else { Ok(Secret::new(value)) }
}
