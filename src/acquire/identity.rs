//! Which token is asked for: everything about a profile that takes no command and no network to know, and the
//! cache key that comes of it.

use std::collections::BTreeMap;

use super::{AcquireError, Services};
use crate::client_auth::ClientAuth;
use crate::grant::GrantInput;
use crate::profile::endpoint::Endpoint;
use crate::profile::{ParamValue, Profile, Value};
use crate::request::{BuildError, Scalar, StandardParam, check_header, check_user_id};
use crate::secret::source::{Resolver, SecretError, SourceError};
use crate::secret::{Secret, SecretRef};
use crate::store::{CacheKey, KeyValue};

/// A value of the request, known already or to be fetched when the request is really sent.
#[derive(Clone)]
pub enum RequestValue<'a> {
    Resolved(Scalar),
    /// A command's.
    Deferred(&'a SecretRef),
}

/// One of the profile's own parameters.
pub struct IdentityParam<'a> {
    pub name: String,
    pub values: Vec<RequestValue<'a>>,
    pub is_list: bool,
}

/// What is asked for.
pub struct TokenIdentity<'a> {
    pub endpoint: Endpoint,
    pub client_id: Option<RequestValue<'a>>,
    pub username: Option<RequestValue<'a>>,
    /// Space-delimited, in the profile's order.
    pub scope: Option<String>,
    pub audience: Option<String>,
    pub params: Vec<IdentityParam<'a>>,
    pub headers: Vec<(String, RequestValue<'a>)>,
    pub key: CacheKey,
    /// The digest of the key.
    pub digest: String,
    /// The secrets whose sources can be looked at without a command and have a value now.
    pub secrets: BTreeMap<&'static str, Secret<String>>,
}

impl<'a> TokenIdentity<'a> {
    /// Looks up what the profiles file, the environment and small files say; fetches no secret.
    ///
    /// # Errors
    /// A value that makes it this token and no other cannot be had, or the URL is none.
    pub fn resolve(profile: &'a Profile, services: &Services<'_>) -> Result<Self, AcquireError> {
        let resolver = services.resolver(profile);
        let look = Look {
            resolver: &resolver,
        };
        let url = resolver.fill("token_url", &profile.token_url)?;
        let endpoint = Endpoint::parse(&url).map_err(AcquireError::Endpoint)?;
        let client_id = profile
            .client_id
            .as_ref()
            .map(|value| look.value("client_id", value))
            .transpose()?;
        let username = profile
            .username
            .as_ref()
            .map(|value| look.value("username", value))
            .transpose()?;
        let audience = profile
            .audience
            .as_ref()
            .map(|audience| resolver.fill("audience", audience))
            .transpose()?;
        let mut words = Vec::new();
        for template in &profile.scope {
            let text = resolver.fill("scope", template)?;
            words.extend(text.split_whitespace().map(str::to_owned));
        }
        let mut params = Vec::with_capacity(profile.params.len());
        let mut param_keys = BTreeMap::new();
        for (name, value) in &profile.params {
            let (param, keys) = look.param(name, value)?;
            params.push(param);
            param_keys.insert(name.clone(), keys);
        }
        let mut headers = Vec::with_capacity(profile.headers.len());
        let mut header_keys = BTreeMap::new();
        for (name, value) in &profile.headers {
            let found = look.value(&format!("headers.{name}"), value)?;
            header_keys.insert(name.to_ascii_lowercase(), look.key_of(name, &found)?);
            headers.push((name.clone(), found));
        }
        let (secret_keys, secrets) = look.secrets(profile)?;
        let mut sorted = words.clone();
        sorted.sort();
        sorted.dedup();
        let shape = &profile.shape;
        let key = CacheKey {
            profile: profile.name.clone(),
            token_url: endpoint.as_str().to_owned(),
            method: shape.method.as_str(),
            client_auth: profile.client_auth.as_str(),
            params_in: shape.params_in.as_str(),
            basic_encoding: profile.basic_encoding.as_str(),
            grant: profile.grant.as_str(),
            names: shape
                .names
                .iter()
                .map(|(standard, name)| (standard.as_str(), name.clone()))
                .collect(),
            omit: shape
                .omit
                .iter()
                .map(|standard| standard.as_str())
                .collect(),
            params: param_keys,
            headers: header_keys,
            scope: sorted,
            audience: audience.clone(),
            client_id: client_id
                .as_ref()
                .map(|value| look.key_of("client_id", value))
                .transpose()?,
            username: username
                .as_ref()
                .map(|value| look.key_of("username", value))
                .transpose()?,
            secrets: secret_keys,
            response: response_key(profile),
        };
        Ok(Self {
            endpoint,
            client_id,
            username,
            scope: (!words.is_empty()).then(|| words.join(" ")),
            audience,
            params,
            headers,
            digest: key.digest(),
            key,
            secrets,
        })
    }

    /// What every grant may send of it.
    pub(super) fn grant_input(&self) -> GrantInput {
        let texts = [
            (StandardParam::Scope, &self.scope),
            (StandardParam::Audience, &self.audience),
        ];
        let value =
            |(param, text): (_, &Option<String>)| Some((param, Scalar::shown(text.as_ref()?)));
        texts.into_iter().filter_map(value).collect()
    }

    /// Whether the request can carry what is known of it already.
    ///
    /// # Errors
    /// As when it is really built.
    pub fn check(&self, profile: &Profile) -> Result<(), BuildError> {
        for (name, value) in &self.headers {
            if let RequestValue::Resolved(value) = value {
                check_header(name, value)?;
            }
        }
        match &self.client_id {
            Some(RequestValue::Resolved(id))
                if profile.client_auth == ClientAuth::SecretBasic
                    && profile.client_secret.is_some() =>
            {
                check_user_id(&id.text, profile.basic_encoding)
            }
            _ => Ok(()),
        }
    }
}

/// Where a reply has what is read from it.
fn response_key(profile: &Profile) -> BTreeMap<&'static str, String> {
    let map = &profile.reply.response;
    let pointers = [
        ("access_token", Some(&map.access_token)),
        ("token_type", Some(&map.token_type)),
        ("expires_in", Some(&map.expires_in)),
        ("expires_at", map.expires_at.as_ref()),
        ("refresh_token", Some(&map.refresh_token)),
        ("scope", Some(&map.scope)),
    ];
    pointers
        .into_iter()
        .filter_map(|(name, pointer)| Some((name, pointer?.clone())))
        .collect()
}

struct Look<'a, 'b> {
    resolver: &'b Resolver<'a>,
}

impl Look<'_, '_> {
    fn value<'v>(&self, field: &str, value: &'v Value) -> Result<RequestValue<'v>, SecretError> {
        match value {
            Value::Text(template) => {
                let text = self.resolver.fill(field, template)?;
                Ok(RequestValue::Resolved(Scalar::shown(&text)))
            }
            Value::Source(source) => {
                match self.resolver.read_if_cheap(field, source)? {
                    // An id out of the environment is as public as one that is written down.
                    Some(text) if field == "client_id" => {
                        Ok(RequestValue::Resolved(Scalar::shown(text.expose())))
                    }
                    Some(text) => Ok(RequestValue::Resolved(Scalar::hidden(text))),
                    None => Ok(RequestValue::Deferred(source)),
                }
            }
        }
    }

    fn param<'v>(
        &self,
        name: &str,
        value: &'v ParamValue,
    ) -> Result<(IdentityParam<'v>, Vec<KeyValue>), SecretError> {
        let field = format!("params.{name}");
        let (mut values, mut keys) = (Vec::new(), Vec::new());
        for scalar in value.scalars() {
            let found = match self.value(&field, &scalar.value)? {
                RequestValue::Resolved(found) => RequestValue::Resolved(Scalar {
                    is_json_literal: scalar.is_json_literal,
                    ..found
                }),
                later @ RequestValue::Deferred(_) => later,
            };
            keys.push(self.key_of(&field, &found)?);
            values.push(found);
        }
        let is_list = matches!(value, ParamValue::List(_));
        if is_list {
            keys = vec![KeyValue::List(keys)];
        }
        Ok((
            IdentityParam {
                name: name.to_owned(),
                values,
                is_list,
            },
            keys,
        ))
    }

    fn key_of(&self, field: &str, value: &RequestValue<'_>) -> Result<KeyValue, SecretError> {
        Ok(match value {
            RequestValue::Resolved(scalar) if scalar.is_json_literal => {
                KeyValue::JsonLiteral(scalar.text.expose().clone())
            }
            RequestValue::Resolved(scalar) => KeyValue::Value(scalar.text.expose().clone()),
            RequestValue::Deferred(source) => {
                KeyValue::Source(self.resolver.identity(field, source)?)
            }
        })
    }

    /// The sources of the secrets, and the values of those that can be looked at. A value that is not there
    /// is no trouble yet: a cached token needs none.
    #[expect(clippy::type_complexity, reason = "a pair that is taken apart at once")]
    fn secrets(
        &self,
        profile: &Profile,
    ) -> Result<
        (
            BTreeMap<&'static str, KeyValue>,
            BTreeMap<&'static str, Secret<String>>,
        ),
        SecretError,
    > {
        let (mut keys, mut values) = (BTreeMap::new(), BTreeMap::new());
        for (standard, source) in profile.secrets() {
            let Some(source) = source else { continue };
            let name = standard.as_str();
            keys.insert(
                name,
                KeyValue::Source(self.resolver.identity(name, source)?),
            );
            match self.resolver.read_if_cheap(name, source) {
                Ok(Some(value)) => _ = values.insert(name, value),
                // It was emptied since: that is a mistake, which a cached token must not hide.
                Err(error) if matches!(error.error, SourceError::Empty(_)) => return Err(error),
                Ok(None) | Err(_) => {}
            }
        }
        Ok((keys, values))
    }
}
