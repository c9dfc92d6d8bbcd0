//! The values of a request: those of the identity, and the secrets that only a request needs.

use super::AcquireError;
use super::identity::{RequestValue, TokenIdentity};
use crate::client_auth::ClientAuthInput;
use crate::grant::Grant;
use crate::profile::Profile;
use crate::request::{Param, RequestParts, Scalar, StandardParam};
use crate::secret::source::{Resolver, TimeLimit};
use crate::secret::{Secret, SecretRef};
use crate::time::UnixTime;

/// Where the values come from: secret sources, or placeholders for `tok explain`.
pub(super) trait Values {
    type Error;

    /// A value of the identity.
    fn value(&self, field: &str, value: &RequestValue<'_>) -> Result<Scalar, Self::Error>;

    /// A secret that is not part of the identity.
    fn secret(
        &self,
        param: StandardParam,
        source: &SecretRef,
    ) -> Result<Secret<String>, Self::Error>;
}

/// Everything that one attempt at `now` sends. `refresh_token` is from the cache and replaces the profile's.
pub(super) fn request_parts<'i, V: Values>(
    grant: Grant,
    refresh_token: Option<&Secret<String>>,
    profile: &Profile,
    identity: &'i TokenIdentity<'_>,
    values: &V,
    now: UnixTime,
) -> Result<RequestParts<'i>, V::Error> {
    let is_sent = |param: StandardParam| {
        grant.params().contains(&param) || profile.client_auth.needs().contains(&param)
    };
    let mut input = identity.grant_input();
    if let Some(username) = &identity.username
        && is_sent(StandardParam::Username)
    {
        let username = values.value("username", username)?;
        input.insert(StandardParam::Username, username);
    }
    for (param, source) in profile.secrets() {
        let secret = match (param, refresh_token, source) {
            (StandardParam::RefreshToken, Some(refresh_token), _) => refresh_token.clone(),
            (_, _, Some(source)) if is_sent(param) => values.secret(param, source)?,
            _ => continue,
        };
        input.insert(param, Scalar::hidden(secret));
    }
    let client_id = identity
        .client_id
        .as_ref()
        .map(|id| values.value("client_id", id))
        .transpose()?;
    let mut params = Vec::with_capacity(identity.params.len());
    for param in &identity.params {
        let field = format!("params.{}", param.name);
        params.push(Param {
            name: param.name.clone(),
            values: param
                .values
                .iter()
                .map(|value| values.value(&field, value))
                .collect::<Result<_, _>>()?,
            is_list: param.is_list,
            standard: None,
        });
    }
    let mut headers = Vec::with_capacity(identity.headers.len());
    for (name, value) in &identity.headers {
        let value = values.value(&format!("headers.{name}"), value)?;
        headers.push((name.clone(), value));
    }
    let mut standard = grant.request_params(&input);
    let authentication = profile.client_auth.authenticate(ClientAuthInput {
        client_id,
        client_secret: input.remove(&StandardParam::ClientSecret),
        basic_encoding: profile.basic_encoding,
        now,
    });
    standard.extend(authentication.params);
    Ok(RequestParts {
        url: identity.endpoint.as_str(),
        standard,
        basic: authentication.basic,
        params,
        headers,
    })
}

/// Reads the values from their sources. Commands run for each attempt, because their output may be valid for one use
/// only.
pub(super) struct Sources<'a, 'i> {
    pub(super) resolver: &'i Resolver<'a>,
    pub(super) identity: &'i TokenIdentity<'a>,
    pub(super) time_limit: TimeLimit,
}

impl Sources<'_, '_> {
    fn fetch(&self, field: &str, source: &SecretRef) -> Result<Secret<String>, AcquireError> {
        Ok(self.resolver.read(field, source, self.time_limit)?)
    }
}

impl Values for Sources<'_, '_> {
    type Error = AcquireError;

    fn value(&self, field: &str, value: &RequestValue<'_>) -> Result<Scalar, AcquireError> {
        match (&value.resolved, value.source) {
            (None, Some(source)) => Ok(Scalar::hidden(self.fetch(field, source)?)),
            (resolved, _) => Ok(resolved.clone().unwrap_or_else(|| Scalar::shown(""))),
        }
    }

    /// A secret that was read for the cache lookup is not read again: it may have changed since, and a pipe can be read
    /// only once.
    fn secret(
        &self,
        param: StandardParam,
        source: &SecretRef,
    ) -> Result<Secret<String>, AcquireError> {
        match self.identity.secrets.get(param.as_str()) {
            Some(known) => Ok(known.clone()),
            None => self.fetch(param.as_str(), source),
        }
    }
}
