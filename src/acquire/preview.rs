//! The request that would be sent, without fetching a secret and without sending anything.

use super::identity::{RequestValue, TokenIdentity};
use super::{AcquireError, Services};
use crate::client_auth::ClientAuthInput;
use crate::profile::Profile;
use crate::request::{CustomParam, RequestParts, RequestPlan, Scalar, StandardParam};
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
    let secret = |standard: StandardParam, source: &SecretRef| {
        Scalar::hidden(placeholder(standard.as_str(), Some(source)))
    };
    let shown = |field: &str, known: &RequestValue<'_>| match known {
        RequestValue::Resolved(scalar) if !scalar.hidden => scalar.clone(),
        RequestValue::Resolved(scalar) => {
            let source = source_of(profile, field);
            Scalar {
                is_json_literal: scalar.is_json_literal,
                ..Scalar::hidden(placeholder(field, source))
            }
        }
        RequestValue::Deferred(source) => Scalar::hidden(placeholder(field, Some(source))),
    };
    let mut input = identity.grant_input();
    if let Some(known) = &identity.username {
        input.insert(StandardParam::Username, shown("username", known));
    }
    for (standard, source) in profile.secrets() {
        if let Some(source) = source {
            input.insert(standard, secret(standard, source));
        }
    }
    let authentication = profile.client_auth.authenticate(ClientAuthInput {
        client_id: identity.client_id.as_ref().map(|id| shown("client_id", id)),
        client_secret: input.get(&StandardParam::ClientSecret).cloned(),
        basic_encoding: profile.basic_encoding,
        now: (services.now)(),
    });
    let mut standard = profile.grant.request_params(&input);
    standard.extend(authentication.params);
    let params = identity.params.iter().map(|param| {
        let values = param
            .values
            .iter()
            .map(|value| shown(&format!("params.{}", param.name), value))
            .collect();
        CustomParam {
            name: param.name.clone(),
            values,
            is_list: param.is_list,
        }
    });
    let headers = identity
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), shown(&format!("headers.{name}"), value)));
    let parts = RequestParts {
        url: identity.endpoint.as_str(),
        standard,
        basic: authentication.basic,
        params: params.collect(),
        headers: headers.collect(),
    };
    let plan = RequestPlan::new(&profile.shape, parts);
    Ok(Preview { identity, plan })
}

/// The source of a hidden value, where it has one of its own.
fn source_of<'a>(profile: &'a Profile, field: &str) -> Option<&'a SecretRef> {
    use crate::profile::Value;
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
