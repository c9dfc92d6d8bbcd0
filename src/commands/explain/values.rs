//! The values of a planned request as they can be shown, secrets only named, each with where it comes from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::shell::{Assignments, Piece, variables};
use crate::profile::endpoint::Endpoint;
use crate::profile::{ParamValue, Profile, Value};
use crate::request::{Param, RequestPlan, Scalar, StandardParam};
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
    /// A number or boolean, which JSON writes without quotes.
    #[serde(skip)]
    pub(super) is_json_literal: bool,
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
        let basic = plan.basic.as_ref().map(|basic| {
            let standard = |describer: &mut Describer<'_, '_>, param: StandardParam, scalar| {
                describer.standard(param, param.as_str(), scalar)
            };
            (
                standard(&mut describer, StandardParam::ClientId, &basic.id),
                standard(&mut describer, StandardParam::ClientSecret, &basic.secret),
            )
        });
        let headers = plan
            .headers
            .iter()
            .map(|(name, scalar)| {
                let value = describer.headers.get(name.as_str()).copied();
                describer.value(&format!("headers.{name}"), name, value, scalar)
            })
            .collect();
        let params = plan
            .params
            .iter()
            .flat_map(|param| describer.param(param))
            .collect();
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
    fn param(&mut self, param: &Param) -> Vec<ShownValue> {
        let mut shown = Vec::new();
        for (index, scalar) in param.values.iter().enumerate() {
            let name = param.name.as_str();
            if let Some(standard) = param.standard {
                shown.push(self.standard(standard, name, scalar));
                continue;
            }
            let written = self.params.get(name);
            let written = written.and_then(|value| value.scalars().get(index));
            let value = written.map(|scalar| &scalar.value);
            shown.push(ShownValue {
                is_list: param.is_list,
                ..self.value(&format!("params.{name}"), name, value, scalar)
            });
        }
        shown
    }

    fn standard(&mut self, param: StandardParam, name: &str, scalar: &Scalar) -> ShownValue {
        let profile = self.profile;
        let source = |source: &Option<SecretRef>| source.clone().map(Value::Source);
        let (key, value) = match param {
            StandardParam::ClientId => ("client_id", profile.client_id.clone()),
            StandardParam::Username => ("username", profile.username.clone()),
            StandardParam::ClientSecret => ("client_secret", source(&profile.client_secret)),
            StandardParam::Password => ("password", source(&profile.password)),
            StandardParam::RefreshToken => ("refresh_token", source(&profile.refresh_token)),
            StandardParam::GrantType => ("grant", None),
            StandardParam::Scope | StandardParam::Audience => (param.as_str(), None),
        };
        self.value(key, name, value.as_ref(), scalar)
    }

    /// `value`: as the profile has it, unless it is built in or filled in already.
    fn value(
        &mut self,
        key: &str,
        name: &str,
        value: Option<&Value>,
        scalar: &Scalar,
    ) -> ShownValue {
        let is_hidden = scalar.hidden;
        let text = if is_hidden {
            REDACTED.to_owned()
        } else {
            scalar.text.expose().clone()
        };
        let plain = ShownValue {
            name: name.to_owned(),
            key: key.to_owned(),
            pieces: vec![Piece::text(&text)],
            text,
            is_list: false,
            origin: origin(self.profile, key),
            source: None,
            is_set: None,
            is_json_literal: scalar.is_json_literal,
        };
        match value {
            Some(Value::Source(source)) => {
                let is_variable = is_hidden || matches!(source, SecretRef::Env { .. });
                let pieces = if is_variable {
                    vec![self.variable(key, source)]
                } else {
                    plain.pieces
                };
                let is_set = match source {
                    SecretRef::Env { var } => Some(self.resolver.environment.get(var).is_some()),
                    _ => None,
                };
                let source = Some(source.describe());
                ShownValue {
                    source,
                    is_set,
                    pieces,
                    ..plain
                }
            }
            // A variable may hold anything: it is shown as it is written.
            Some(Value::Text(template)) if is_hidden || key.contains('.') => {
                let pieces = self.pieces(template);
                let names: Vec<String> = variables(&pieces)
                    .map(|name| format!("env {name}"))
                    .collect();
                let is_literal = names.is_empty() && !as_written(&pieces).is_empty();
                if is_literal && !scalar.is_json_literal && is_secret(name, "") {
                    let source = SecretRef::Value("".into());
                    let pieces = vec![self.variable(key, &source)];
                    let source = Some(source.describe());
                    return ShownValue {
                        text: REDACTED.to_owned(),
                        pieces,
                        source,
                        ..plain
                    };
                }
                let source = (!names.is_empty()).then(|| names.join(", "));
                ShownValue {
                    text: as_written(&pieces),
                    pieces,
                    source,
                    ..plain
                }
            }
            _ => plain,
        }
    }

    fn variable(&mut self, key: &str, source: &SecretRef) -> Piece {
        let path = match source {
            SecretRef::File { path } => self.resolver.path_of(key, path).ok(),
            _ => None,
        };
        let path = path.map(|path| path.display().to_string());
        self.assignments.variable(key, source, path)
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
