//! The request that `acquire` would send, for `tok explain`. Runs no command and sends nothing.

use std::convert::Infallible;

use super::identity::{RequestValue, TokenIdentity};
use super::values::{Values, request_parts};
use super::{AcquireError, Services};
use crate::profile::Profile;
use crate::request::{RequestPlan, Scalar, StandardParam};
use crate::secret::{Secret, SecretRef};

/// A request that is not sent.
pub struct Preview<'a> {
    pub identity: TokenIdentity<'a>,
    /// Hidden values are empty.
    pub plan: RequestPlan,
}

/// Plans the request of the profile's grant.
///
/// # Errors
/// As [`TokenIdentity::resolve`].
pub fn preview<'a>(
    profile: &'a Profile,
    services: &Services<'_>,
) -> Result<Preview<'a>, AcquireError> {
    let identity = TokenIdentity::resolve(profile, services)?;
    let now = (services.now)();
    let Ok(parts) = request_parts(profile.grant, None, profile, &identity, &Redacted, now);
    let plan = RequestPlan::new(&profile.shape, parts);
    Ok(Preview { identity, plan })
}

/// Leaves hidden values empty.
struct Redacted;

impl Values for Redacted {
    type Error = Infallible;

    fn value(&self, _field: &str, value: &RequestValue<'_>) -> Result<Scalar, Infallible> {
        Ok(match &value.resolved {
            Some(scalar) if !scalar.hidden => scalar.clone(),
            resolved => Scalar {
                is_json_literal: resolved.as_ref().is_some_and(|it| it.is_json_literal),
                ..Scalar::hidden(Secret::from(""))
            },
        })
    }

    fn secret(
        &self,
        _param: StandardParam,
        _source: &SecretRef,
    ) -> Result<Secret<String>, Infallible> {
        Ok(Secret::from(""))
    }
}
