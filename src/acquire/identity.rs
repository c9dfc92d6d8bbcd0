//! Which token is requested: all values of a profile that can be resolved without running a command or using the
//! network, and the cache key that they make up.

use std::collections::BTreeMap;

use super::{AcquireError, Services};
use crate::client_auth::ClientAuth;
use crate::grant::GrantInput;
use crate::profile::endpoint::Endpoint;
use crate::profile::{ParamScalar, ParamValue, Profile, Value};
use crate::request::{BuildError, Scalar, StandardParam, check_header, check_user_id};
use crate::secret::source::{Resolver, SecretError, SourceError};
use crate::secret::{Secret, SecretRef};
use crate::store::{CacheKey, KeyValue};

/// A value of the request.
#[derive(Clone)]
pub struct RequestValue<'a> {
    /// `None`: its source is a command, which is run when a request is sent.
    pub resolved: Option<Scalar>,
    pub source: Option<&'a SecretRef>,
    /// Its part of the cache key.
    key: KeyValue,
}

/// One of the profile's own parameters.
pub struct IdentityParam<'a> {
    pub name: String,
    pub values: Vec<RequestValue<'a>>,
    pub is_list: bool,
}

/// The token that a profile describes, with its cache key.
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
    /// The secrets that can be read without running a command and have a value now.
    pub secrets: BTreeMap<&'static str, Secret<String>>,
}

impl<'a> TokenIdentity<'a> {
    /// Reads values from the profile, the environment and files. Runs no command.
    ///
    /// # Errors
    /// A value that is part of the cache key cannot be resolved, or `token_url` is not a valid endpoint.
    pub fn resolve(profile: &'a Profile, services: &Services<'_>) -> Result<Self, AcquireError> {
        let resolver = services.resolver(profile);
        let url = resolver.fill("token_url", &profile.token_url)?;
        let value = |field: &str, value: &'a Option<Value>| {
            let value = value.as_ref();
            value
                .map(|value| RequestValue::resolve(field, value, false, &resolver))
                .transpose()
        };
        let audience = profile.audience.as_ref();
        let mut scope = Vec::new();
        for template in &profile.scope {
            let text = resolver.fill("scope", template)?;
            scope.extend(text.split_whitespace().map(str::to_owned));
        }
        let mut params = Vec::with_capacity(profile.params.len());
        for (name, value) in &profile.params {
            params.push(IdentityParam::resolve(name, value, &resolver)?);
        }
        let mut headers = Vec::with_capacity(profile.headers.len());
        for (name, value) in &profile.headers {
            let field = format!("headers.{name}");
            let value = RequestValue::resolve(&field, value, false, &resolver)?;
            headers.push((name.clone(), value));
        }
        let mut identity = Self {
            endpoint: Endpoint::parse(&url).map_err(AcquireError::Endpoint)?,
            client_id: value("client_id", &profile.client_id)?,
            username: value("username", &profile.username)?,
            audience: audience
                .map(|audience| resolver.fill("audience", audience))
                .transpose()?,
            params,
            headers,
            key: CacheKey::default(),
            digest: String::new(),
            secrets: readable_secrets(profile, &resolver)?,
            scope: (!scope.is_empty()).then(|| scope.join(" ")),
        };
        identity.key = identity.cache_key(profile, scope, &resolver)?;
        identity.digest = identity.key.digest();
        Ok(identity)
    }

    fn cache_key(
        &self,
        profile: &Profile,
        mut scope: Vec<String>,
        resolver: &Resolver<'_>,
    ) -> Result<CacheKey, SecretError> {
        scope.sort();
        scope.dedup();
        let mut secrets = BTreeMap::new();
        for (param, source) in profile.secrets() {
            if let Some(source) = source {
                let key = resolver.identity(param.as_str(), source)?;
                secrets.insert(param.as_str(), KeyValue::Source(key));
            }
        }
        let key = |value: &Option<RequestValue<'_>>| value.as_ref().map(|value| value.key.clone());
        let shape = &profile.shape;
        let names = shape.names.iter();
        let params = self.params.iter();
        let headers = self.headers.iter();
        Ok(CacheKey {
            profile: profile.name.clone(),
            token_url: self.endpoint.as_str().to_owned(),
            method: shape.method.as_str(),
            client_auth: profile.client_auth.as_str(),
            params_in: shape.params_in.as_str(),
            basic_encoding: profile.basic_encoding.as_str(),
            grant: profile.grant.as_str(),
            names: names
                .map(|(param, name)| (param.as_str(), name.clone()))
                .collect(),
            omit: shape.omit.iter().map(|param| param.as_str()).collect(),
            params: params
                .map(|param| (param.name.clone(), param.key()))
                .collect(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.key.clone()))
                .collect(),
            scope,
            audience: self.audience.clone(),
            client_id: key(&self.client_id),
            username: key(&self.username),
            secrets,
            response: response_key(profile),
        })
    }

    /// The parameters that any grant may send.
    pub(super) fn grant_input(&self) -> GrantInput {
        let texts = [
            (StandardParam::Scope, &self.scope),
            (StandardParam::Audience, &self.audience),
        ];
        let value =
            |(param, text): (_, &Option<String>)| Some((param, Scalar::shown(text.as_ref()?)));
        texts.into_iter().filter_map(value).collect()
    }

    /// Checks that the resolved values can be sent where the profile puts them.
    ///
    /// # Errors
    /// The same as when the request is built.
    pub fn check(&self, profile: &Profile) -> Result<(), BuildError> {
        for (name, value) in &self.headers {
            if let Some(value) = &value.resolved {
                check_header(name, value)?;
            }
        }
        match self.client_id.as_ref().and_then(|id| id.resolved.as_ref()) {
            Some(id)
                if profile.client_auth == ClientAuth::SecretBasic
                    && profile.client_secret.is_some() =>
            {
                check_user_id(&id.text, profile.basic_encoding)
            }
            _ => Ok(()),
        }
    }
}

impl<'a> RequestValue<'a> {
    fn resolve(
        field: &str,
        value: &'a Value,
        is_json_literal: bool,
        resolver: &Resolver<'_>,
    ) -> Result<Self, SecretError> {
        let (scalar, source) = match value {
            Value::Text(template) => (Scalar::shown(&resolver.fill(field, template)?), None),
            Value::Source(source) => match resolver.read_if_cheap(field, source)? {
                // A client id in the environment is as public as one in the profiles file.
                Some(text) if field == "client_id" => (Scalar::shown(text.expose()), Some(source)),
                Some(text) => (Scalar::hidden(text), Some(source)),
                None => {
                    return Ok(Self {
                        resolved: None,
                        source: Some(source),
                        key: KeyValue::Source(resolver.identity(field, source)?),
                    });
                }
            },
        };
        let text = scalar.text.expose().clone();
        Ok(Self {
            key: if is_json_literal {
                KeyValue::JsonLiteral(text)
            } else {
                KeyValue::Value(text)
            },
            resolved: Some(Scalar {
                is_json_literal,
                ..scalar
            }),
            source,
        })
    }
}

impl<'a> IdentityParam<'a> {
    fn resolve(
        name: &str,
        value: &'a ParamValue,
        resolver: &Resolver<'_>,
    ) -> Result<Self, SecretError> {
        let field = format!("params.{name}");
        let scalars = value.scalars.iter();
        let resolve = |scalar: &'a ParamScalar| {
            RequestValue::resolve(&field, &scalar.value, scalar.is_json_literal, resolver)
        };
        Ok(Self {
            name: name.to_owned(),
            values: scalars.map(resolve).collect::<Result<_, _>>()?,
            is_list: value.is_list,
        })
    }

    fn key(&self) -> Vec<KeyValue> {
        let values = self.values.iter().map(|value| value.key.clone()).collect();
        if self.is_list {
            vec![KeyValue::List(values)]
        } else {
            values
        }
    }
}

/// The secrets that can be read without a command. A missing one is not an error yet: a cached token does not need it.
fn readable_secrets(
    profile: &Profile,
    resolver: &Resolver<'_>,
) -> Result<BTreeMap<&'static str, Secret<String>>, SecretError> {
    let mut secrets = BTreeMap::new();
    for (param, source) in profile.secrets() {
        let Some(source) = source else { continue };
        match resolver.read_if_cheap(param.as_str(), source) {
            Ok(Some(value)) => _ = secrets.insert(param.as_str(), value),
            // An empty secret is a mistake that a cached token must not hide.
            Err(error) if matches!(error.error, SourceError::Empty(_)) => return Err(error),
            Ok(None) | Err(_) => {}
        }
    }
    Ok(secrets)
}

/// The JSON Pointers by which a reply is read.
fn response_key(profile: &Profile) -> BTreeMap<&'static str, String> {
    let map = &profile.reply.response;
    let pointers = [
        ("access_token", Some(&map.access_token)),
        ("token_type", Some(&map.token_type)),
        ("expires_in", Some(&map.expires_in)),
        ("expires_at", map.expires_at.as_ref()),
        ("refresh_token", Some(&map.refresh_token)),
        ("scope", Some(&map.scope)),
        ("id_token", Some(&map.id_token)),
    ];
    pointers
        .into_iter()
        .filter_map(|(name, pointer)| Some((name, pointer?.clone())))
        .collect()
}
