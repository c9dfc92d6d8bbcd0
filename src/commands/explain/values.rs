//! The values of a planned request as they can be shown, secrets only named, each with where it comes from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::shell::{Assignments, Piece, variables};
use crate::profile::endpoint::Endpoint;
use crate::profile::{ParamValue, Profile, Value};
use crate::request::{RequestPlan, Scalar, StandardParam};
use crate::sample::is_secret;
use crate::secret::SecretRef;
use crate::secret::source::Resolver;
use crate::template::{Part, Template};

const REDACTED: &str = "[redacted]";

/// One value. Those of a list follow each other.
#[derive(Serialize)]
pub(super) struct ShownValue {
    /// Its name on the wire.
    pub(super) name: String,
    /// The key of the profile.
    pub(super) key: String,
    #[serde(rename = "value")]
    pub(super) text: String,
    #[serde(rename = "list")]
    pub(super) is_list: bool,
    /// Where the key was written.
    #[serde(rename = "from")]
    pub(super) origin: String,
    /// Its secret source.
    pub(super) source: Option<String>,
    /// Whether an environment variable is set.
    #[serde(rename = "set")]
    pub(super) is_set: Option<bool>,
    /// The value for a shell.
    #[serde(skip)]
    pub(super) pieces: Vec<Piece>,
}

/// Everything that is sent, in order, and how.
pub(super) struct Values {
    /// Id and secret of Basic credentials.
    pub(super) basic: Option<(ShownValue, ShownValue)>,
    pub(super) headers: Vec<ShownValue>,
    pub(super) params: Vec<ShownValue>,
    pub(super) url: Vec<Piece>,
    /// A URL, or `none`.
    pub(super) proxy: Option<Vec<Piece>>,
    /// The path.
    pub(super) ca_file: Option<String>,
    pub(super) assignments: Assignments,
}

impl Values {
    /// Describes each value of the plan.
    pub(super) fn new(
        profile: &Profile,
        plan: &RequestPlan,
        endpoint: &Endpoint,
        resolver: &Resolver<'_>,
    ) -> Self {
        let mut describer = Describer {
            profile,
            resolver,
            params: by_name(&profile.params),
            headers: by_name(&profile.headers),
            assignments: Assignments::default(),
        };
        let mut half = |param: StandardParam, scalar| {
            describer.value(param.as_str(), param.as_str(), 0, scalar)
        };
        let basic = plan.basic.as_ref().map(|basic| {
            let id = half(StandardParam::ClientId, &basic.id);
            (id, half(StandardParam::ClientSecret, &basic.secret))
        });
        let headers = plan.headers.iter();
        let headers = headers
            .map(|(name, scalar)| describer.value(&format!("headers.{name}"), name, 0, scalar))
            .collect();
        let mut params = Vec::new();
        for param in &plan.params {
            let key = match param.standard {
                Some(StandardParam::GrantType) => "grant".to_owned(),
                Some(standard) => standard.as_str().to_owned(),
                None => format!("params.{}", param.name),
            };
            for (index, scalar) in param.values.iter().enumerate() {
                params.push(ShownValue {
                    is_list: param.is_list,
                    ..describer.value(&key, &param.name, index, scalar)
                });
            }
        }
        let mut url = describer.pieces(&profile.token_url);
        if variables(&url).next().is_none() {
            url = vec![Piece::text(&plan.url)];
        }
        let proxy = profile.proxy.as_ref().map(|proxy| {
            if endpoint.is_loopback() {
                vec![Piece::text("none")]
            } else {
                describer.proxy(proxy)
            }
        });
        let ca_file = profile.ca_file.as_ref().map(|path| {
            let known = resolver.path("ca_file", path);
            known.map_or_else(|_| path.to_string(), |path| path.display().to_string())
        });
        Self {
            basic,
            headers,
            params,
            url,
            proxy,
            ca_file,
            assignments: describer.assignments,
        }
    }
}

fn by_name<T>(pairs: &[(String, T)]) -> BTreeMap<&str, &T> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value))
        .collect()
}

struct Describer<'a, 'b> {
    profile: &'a Profile,
    resolver: &'b Resolver<'a>,
    params: BTreeMap<&'a str, &'a ParamValue>,
    headers: BTreeMap<&'a str, &'a Value>,
    assignments: Assignments,
}

impl Describer<'_, '_> {
    /// The value of a key as the profile has it; `None` if it is built in, or filled in already.
    fn written(&self, key: &str, index: usize) -> Option<Value> {
        let profile = self.profile;
        let source = |source: &Option<SecretRef>| source.clone().map(Value::Source);
        match key.split_once('.').unwrap_or((key, "")) {
            ("params", name) => {
                let scalar = self.params.get(name)?.scalars.get(index)?;
                Some(scalar.value.clone())
            }
            ("headers", name) => self.headers.get(name).copied().cloned(),
            ("client_id", _) => profile.client_id.clone(),
            ("username", _) => profile.username.clone(),
            ("client_secret", _) => source(&profile.client_secret),
            ("password", _) => source(&profile.password),
            ("refresh_token", _) => source(&profile.refresh_token),
            _ => None,
        }
    }

    /// `index`: of a value in a list.
    fn value(&mut self, key: &str, name: &str, index: usize, scalar: &Scalar) -> ShownValue {
        let mut is_hidden = scalar.hidden;
        let plain = || vec![Piece::text(scalar.text.expose())];
        let mut is_set = None;
        let (pieces, source) = match self.written(key, index) {
            Some(Value::Source(source)) => {
                if let SecretRef::Env { var } = &source {
                    is_set = Some(self.resolver.environment.get(var).is_some());
                }
                let pieces = if is_hidden || is_set.is_some() {
                    vec![self.variable(key, &source)]
                } else {
                    plain()
                };
                (pieces, Some(source.describe()))
            }
            // A variable may hold anything: it is shown as it is written.
            Some(Value::Text(template)) if is_hidden || key.contains('.') => {
                let pieces = self.pieces(&template);
                let names: Vec<_> = variables(&pieces)
                    .map(|name| format!("env {name}"))
                    .collect();
                is_hidden = names.is_empty()
                    && !scalar.is_json_literal
                    && !as_written(&pieces).is_empty()
                    && is_secret(name, "");
                if is_hidden {
                    let source = SecretRef::Value("".into());
                    (vec![self.variable(key, &source)], Some(source.describe()))
                } else {
                    (pieces, (!names.is_empty()).then(|| names.join(", ")))
                }
            }
            _ => (plain(), None),
        };
        let text = match (is_hidden, is_set) {
            (true, _) => REDACTED.to_owned(),
            (_, Some(_)) => scalar.text.expose().clone(),
            _ => as_written(&pieces),
        };
        ShownValue {
            name: name.to_owned(),
            key: key.to_owned(),
            text,
            is_list: false,
            origin: origin(self.profile, key),
            source,
            is_set,
            pieces,
        }
    }

    fn variable(&mut self, key: &str, source: &SecretRef) -> Piece {
        let path = match source {
            SecretRef::File { path } => self.resolver.path_of(key, path).ok(),
            _ => None,
        };
        self.assignments.variable(key, source, path.as_deref())
    }

    /// A proxy. One with user and password becomes a variable as a whole.
    fn proxy(&mut self, template: &Template) -> Vec<Piece> {
        let pieces = self.pieces(template);
        let has_credentials = pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Text(text) if text.contains('@')));
        if !has_credentials {
            return pieces;
        }
        vec![self.assignments.add("proxy", |name| {
            super::shell::comment(&format!("{name} stands for: proxy of the profile"))
        })]
    }

    /// A template with the profile's `vars` filled in, and the environment's variables left as they are.
    fn pieces(&self, template: &Template) -> Vec<Piece> {
        let vars = &self.profile.vars;
        template
            .parts()
            .map(|part| match part {
                Part::Text(text) => Piece::text(text),
                Part::Variable(name) => vars
                    .get(name)
                    .map_or_else(|| Piece::Variable(name.clone()), Piece::text),
            })
            .collect()
    }
}

/// Where a key was written.
pub(super) fn origin(profile: &Profile, key: &str) -> String {
    profile
        .origins
        .get(key)
        .map_or_else(|| "built in".to_owned(), ToString::to_string)
}

fn as_written(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => format!("${{{name}}}"),
        })
        .collect()
}
