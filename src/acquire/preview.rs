//! The request that would be sent, without fetching a secret and without sending anything.

use super::subject::{Known, Subject, identify};
use super::{AcquireError, Ports};
use crate::grant::GrantInput;
use crate::profile::Profile;
use crate::secret::{Secret, SecretRef, is_no_variable};
use crate::request::{Extra, Ingredients, Plan, Scalar, Standard, plan};

/// A dry run.
pub struct Preview<'a> {
    pub subject: Subject<'a>,
    /// Every hidden value in it is the name of a shell variable, `$CLIENT_SECRET`.
    pub plan: Plan,
}

/// Plans the request of the profile's grant.
///
/// # Errors
/// As [`identify`].
pub fn preview<'a>(profile: &'a Profile, ports: &Ports<'_>) -> Result<Preview<'a>, AcquireError> {
    let subject = identify(profile, ports)?;
    let secret = |standard: Standard, source: &Option<SecretRef>| {
        source
            .as_ref()
            .map(|source| placeholder(standard.name(), Some(source)))
    };
    let shown = |field: &str, known: &Known<'_>| match known {
        Known::Now(scalar) if !scalar.hidden => scalar.clone(),
        Known::Now(scalar) => {
            let source = source_of(profile, field);
            Scalar {
                bare: scalar.bare,
                ..Scalar::hidden(placeholder(field, source))
            }
        }
        Known::Later(source) => Scalar::hidden(placeholder(field, Some(source))),
    };
    let wants = |standard| profile.grant.needs().contains(&standard);
    let input = GrantInput {
        scope: subject.scope.clone(),
        audience: subject.audience.clone(),
        username: subject
            .username
            .as_ref()
            .filter(|_| wants(Standard::Username))
            .map(|name| shown("username", name)),
        password: secret(Standard::Password, &profile.password),
        refresh_token: secret(Standard::RefreshToken, &profile.refresh_token),
    };
    let params = subject.params.iter().map(|param| {
        let values = param
            .values
            .iter()
            .map(|value| shown(&format!("params.{}", param.name), value))
            .collect();
        Extra {
            name: param.name.clone(),
            values,
            is_list: param.is_list,
        }
    });
    let headers = subject
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), shown(&format!("headers.{name}"), value)));
    let ingredients = Ingredients {
        url: subject.endpoint.as_str(),
        client_id: subject.client_id.as_ref().map(|id| shown("client_id", id)),
        client_secret: secret(Standard::ClientSecret, &profile.client_secret).map(Scalar::hidden),
        grant: profile.grant.parameters(&input),
        params: params.collect(),
        headers: headers.collect(),
    };
    let plan = plan(&profile.shape, ingredients);
    Ok(Preview { subject, plan })
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
        Some(SecretRef::Env { var }) if !is_no_variable(var) => var.clone(),
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
