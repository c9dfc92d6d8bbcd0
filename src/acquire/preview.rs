//! The request that would be sent, without fetching a secret and without sending anything.

use std::convert::Infallible;

use super::identity::{RequestValue, TokenIdentity};
use super::values::{Values, request_parts};
use super::{AcquireError, Services};
use crate::profile::{Profile, Value};
use crate::request::{RequestPlan, Scalar, StandardParam};
use crate::secret::{Secret, SecretRef, looks_like_secret};

/// A dry run.
pub struct Preview<'a> {
    pub identity: TokenIdentity<'a>,
    /// Every hidden value in it is the name of a shell variable, `$CLIENT_SECRET`.
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
    let Ok(parts) = request_parts(
        profile.grant,
        None,
        profile,
        &identity,
        &Placeholders(profile),
        (services.now)(),
    );
    let plan = RequestPlan::new(&profile.shape, parts);
    Ok(Preview { identity, plan })
}

/// Shell variables in place of what is hidden.
struct Placeholders<'a>(&'a Profile);

impl Values for Placeholders<'_> {
    type Error = Infallible;

    fn value(&self, field: &str, value: &RequestValue<'_>) -> Result<Scalar, Infallible> {
        Ok(match value {
            RequestValue::Resolved(scalar) if !scalar.hidden => scalar.clone(),
            RequestValue::Resolved(scalar) => Scalar {
                is_json_literal: scalar.is_json_literal,
                ..Scalar::hidden(placeholder(field, source_of(self.0, field)))
            },
            RequestValue::Deferred(source) => Scalar::hidden(placeholder(field, Some(source))),
        })
    }

    fn secret(
        &self,
        param: StandardParam,
        source: &SecretRef,
    ) -> Result<Secret<String>, Infallible> {
        Ok(placeholder(param.as_str(), Some(source)))
    }
}

/// The source of a hidden value, where it has one of its own.
fn source_of<'a>(profile: &'a Profile, field: &str) -> Option<&'a SecretRef> {
    let of = |value: &'a Value| match value {
        Value::Source(source) => Some(source),
        Value::Text(_) => None,
    };
    match field.split_once('.') {
        None if field == "username" => profile.username.as_ref().and_then(of),
        None if field == "client_id" => profile.client_id.as_ref().and_then(of),
        Some(("headers", name)) => profile
            .headers
            .iter()
            .find(|(known, _)| known == name)
            .and_then(|(_, value)| of(value)),
        Some(("params", name)) => profile
            .params
            .iter()
            .find(|(known, _)| known == name)
            .and_then(|(_, value)| value.scalars().iter().find_map(|scalar| of(&scalar.value))),
        _ => None,
    }
}

/// A shell variable in place of a secret: the source's own where it is one.
fn placeholder(field: &str, source: Option<&SecretRef>) -> Secret<String> {
    let name = match source {
        Some(SecretRef::Env { var }) if !looks_like_secret(var) => var.clone(),
        _ => field
            .rsplit('.')
            .next()
            .unwrap_or(field)
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() {
                    character.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect(),
    };
    Secret::new(format!("${name}"))
}
