//! The values of a request: those that were looked at for the cache's sake, and those that only a request needs.

use super::AcquireError;
use super::subject::{Known, Subject};
use crate::profile::Profile;
use crate::secret::{Secret, SecretRef};
use crate::secret::source::{Effort, Resolver};
use crate::request::{ClientAuth, Extra, Scalar, Standard};

/// The values that every request of an exchange carries.
pub(super) struct Client {
    pub(super) id: Option<Scalar>,
    pub(super) secret: Option<Scalar>,
    pub(super) params: Vec<Extra>,
    pub(super) headers: Vec<(String, Scalar)>,
}

/// Fetches what only a request needs.
pub(super) struct Fetch<'a, 'b> {
    pub(super) resolver: &'b Resolver<'a>,
    pub(super) effort: Effort,
}

impl Fetch<'_, '_> {
    pub(super) fn source(
        &self,
        field: &str,
        source: &SecretRef,
    ) -> Result<Secret<String>, AcquireError> {
        let value = self.resolver.resolve(field, source, self.effort)?;
        // With full effort every source answers or fails.
        Ok(value.unwrap_or_else(|| Secret::new(String::new())))
    }

    /// A secret that was looked at for the cache's sake is not looked up again: it may be another one by now, and a
    /// pipe gives it only once.
    pub(super) fn secret(
        &self,
        standard: Standard,
        source: &SecretRef,
        subject: &Subject<'_>,
    ) -> Result<Secret<String>, AcquireError> {
        match subject.secrets.get(standard.name()) {
            Some(known) => Ok(known.clone()),
            None => self.source(standard.name(), source),
        }
    }

    pub(super) fn known(&self, field: &str, known: &Known<'_>) -> Result<Scalar, AcquireError> {
        match known {
            Known::Now(scalar) => Ok(scalar.clone()),
            Known::Later(source) => Ok(Scalar::hidden(self.source(field, source)?)),
        }
    }

    pub(super) fn client(
        &self,
        profile: &Profile,
        subject: &Subject<'_>,
    ) -> Result<Client, AcquireError> {
        let id = subject
            .client_id
            .as_ref()
            .map(|id| self.known("client_id", id))
            .transpose()?;
        let secret = match &profile.client_secret {
            Some(source) if profile.shape.client_auth != ClientAuth::None => Some(Scalar::hidden(
                self.secret(Standard::ClientSecret, source, subject)?,
            )),
            _ => None,
        };
        let mut params = Vec::with_capacity(subject.params.len());
        for param in &subject.params {
            let field = format!("params.{}", param.name);
            let values = param
                .values
                .iter()
                .map(|value| self.known(&field, value))
                .collect::<Result<_, _>>()?;
            params.push(Extra {
                name: param.name.clone(),
                values,
                is_list: param.is_list,
            });
        }
        let mut headers = Vec::with_capacity(subject.headers.len());
        for (name, value) in &subject.headers {
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
