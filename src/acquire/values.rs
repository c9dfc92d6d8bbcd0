//! The values of a request: those that were looked at for the cache's sake, and those that only a request needs.

use super::AcquireError;
use super::identity::{RequestValue, TokenIdentity};
use crate::profile::Profile;
use crate::request::{CustomParam, Scalar, StandardParam};
use crate::secret::source::{Resolver, TimeLimit};
use crate::secret::{Secret, SecretRef};

/// The values that every request of an exchange carries.
pub(super) struct Client {
    pub(super) id: Option<Scalar>,
    pub(super) secret: Option<Scalar>,
    pub(super) params: Vec<CustomParam>,
    pub(super) headers: Vec<(String, Scalar)>,
}

/// Fetches what only a request needs.
pub(super) struct Fetch<'a, 'b> {
    pub(super) resolver: &'b Resolver<'a>,
    pub(super) time_limit: TimeLimit,
}

impl Fetch<'_, '_> {
    pub(super) fn source(
        &self,
        field: &str,
        source: &SecretRef,
    ) -> Result<Secret<String>, AcquireError> {
        Ok(self.resolver.read(field, source, self.time_limit)?)
    }

    /// A secret that was looked at for the cache's sake is not looked up again: it may be another one by now, and a
    /// pipe gives it only once.
    pub(super) fn secret(
        &self,
        standard: StandardParam,
        source: &SecretRef,
        identity: &TokenIdentity<'_>,
    ) -> Result<Secret<String>, AcquireError> {
        match identity.secrets.get(standard.as_str()) {
            Some(known) => Ok(known.clone()),
            None => self.source(standard.as_str(), source),
        }
    }

    pub(super) fn known(
        &self,
        field: &str,
        known: &RequestValue<'_>,
    ) -> Result<Scalar, AcquireError> {
        match known {
            RequestValue::Resolved(scalar) => Ok(scalar.clone()),
            RequestValue::Deferred(source) => Ok(Scalar::hidden(self.source(field, source)?)),
        }
    }

    pub(super) fn client(
        &self,
        profile: &Profile,
        identity: &TokenIdentity<'_>,
    ) -> Result<Client, AcquireError> {
        let id = identity
            .client_id
            .as_ref()
            .map(|id| self.known("client_id", id))
            .transpose()?;
        let secret = match &profile.client_secret {
            Some(source)
                if profile
                    .client_auth
                    .needs()
                    .contains(&StandardParam::ClientSecret) =>
            {
                Some(Scalar::hidden(self.secret(
                    StandardParam::ClientSecret,
                    source,
                    identity,
                )?))
            }
            _ => None,
        };
        let mut params = Vec::with_capacity(identity.params.len());
        for param in &identity.params {
            let field = format!("params.{}", param.name);
            let values = param
                .values
                .iter()
                .map(|value| self.known(&field, value))
                .collect::<Result<_, _>>()?;
            params.push(CustomParam {
                name: param.name.clone(),
                values,
                is_list: param.is_list,
            });
        }
        let mut headers = Vec::with_capacity(identity.headers.len());
        for (name, value) in &identity.headers {
            headers.push((name.clone(), self.known(&format!("headers.{name}"), value)?));
        }
        Ok(Client {
            id,
            secret,
            params,
            headers,
        })
    }
}
