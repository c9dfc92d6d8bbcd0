//! The values of a planned request in a form that can be shown: what is secret is only named.

use std::collections::BTreeMap;

use super::word;
use crate::profile::endpoint::Endpoint;
use crate::profile::{Profile, Value};
use crate::request::{Param, ParamOrigin, RequestPlan, Scalar, StandardParam};
use crate::sample::is_secret;
use crate::secret::source::Resolver;
use crate::secret::{Secret, SecretRef, looks_like_secret};
use crate::template::{Template, is_name};

/// A stretch of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// A shell variable by this name, in place of what is not to be shown.
    Variable(String),
    /// What this command of a shell prints: such a variable, encoded.
    Output(String),
}

/// One value, and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// Its name on the wire.
    pub(super) name: String,
    /// The key of the profile.
    pub(super) key: String,
    /// Fit for everybody's eyes.
    pub(super) text: String,
    /// The same for a shell.
    pub(super) pieces: Vec<Piece>,
    /// JSON writes it without quotes.
    pub(super) is_json_literal: bool,
    /// It is one of a list.
    pub(super) is_list: bool,
    /// Where the key was written.
    pub(super) origin: String,
    /// Its secret source.
    pub(super) source: Option<String>,
    /// Whether the source has a value now, where that can be told without reading a file.
    pub(super) is_set: Option<bool>,
}

/// Everything that is sent, in order.
pub(super) struct Values {
    /// Id and secret of Basic credentials.
    pub(super) basic: Option<(Shown, Shown)>,
    pub(super) headers: Vec<Shown>,
    pub(super) parameters: Vec<Shown>,
    pub(super) url: Vec<Piece>,
    /// A URL, or `none`, which an endpoint on this machine has always.
    pub(super) proxy: Option<Vec<Piece>>,
    /// The path.
    pub(super) ca_file: Option<String>,
    /// The variables that no environment holds.
    pub(super) stand_ins: BTreeMap<String, StandIn>,
}

/// What a variable stands for.
#[derive(PartialEq, Eq)]
pub(super) struct StandIn {
    pub(super) meaning: String,
    /// The command of a shell that prints it, where there is one that may be shown: the arguments of a secret command
    /// may hold anything.
    pub(super) command: Option<String>,
}

/// Where a value is written in a profile.
enum Written<'a> {
    /// Not at all, or filled in already.
    Plainly,
    Template(&'a Template),
    Source(&'a SecretRef),
}

impl<'a> From<&'a Value> for Written<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Text(template) => Self::Template(template),
            Value::Source(source) => Self::Source(source),
        }
    }
}

/// Looks at each value of the plan.
pub(super) fn values(
    profile: &Profile,
    plan: &RequestPlan,
    endpoint: &Endpoint,
    resolver: &Resolver<'_>,
) -> Values {
    let mut names = BTreeMap::new();
    let mut look = Look {
        profile,
        resolver,
        stand_ins: &mut names,
    };
    let basic = plan.basic.as_ref().map(|basic| {
        (
            look.standard(
                StandardParam::ClientId,
                StandardParam::ClientId.as_str(),
                &basic.id,
            ),
            look.standard(
                StandardParam::ClientSecret,
                StandardParam::ClientSecret.as_str(),
                &basic.secret,
            ),
        )
    });
    let headers = plan
        .headers
        .iter()
        .map(|(name, scalar)| look.header(name, scalar))
        .collect();
    let parameters = plan
        .params
        .iter()
        .flat_map(|param| look.parameter(param))
        .collect();
    let url = look.url(&plan.url);
    let none = || vec![Piece::Text("none".to_owned())];
    let proxy = profile.proxy.as_ref();
    let proxy = proxy.map(|proxy| {
        if endpoint.is_loopback() {
            none()
        } else {
            look.proxy(proxy)
        }
    });
    let path = |file: &Template| {
        resolver
            .path("ca_file", file)
            .map(|path| path.display().to_string())
    };
    let ca_file = profile
        .ca_file
        .as_ref()
        .map(|file| path(file).unwrap_or_else(|_| file.to_string()));
    Values {
        basic,
        headers,
        parameters,
        url,
        proxy,
        ca_file,
        stand_ins: names,
    }
}

struct Look<'a, 'b> {
    profile: &'a Profile,
    resolver: &'b Resolver<'a>,
    stand_ins: &'b mut BTreeMap<String, StandIn>,
}

impl Look<'_, '_> {
    fn parameter(&mut self, param: &Param) -> Vec<Shown> {
        let profile = self.profile;
        let shown = |(index, scalar): (usize, &Scalar)| match &param.origin {
            ParamOrigin::Standard(standard) => self.standard(*standard, &param.name, scalar),
            ParamOrigin::Custom(name) => {
                let value = profile.params.iter().find(|(known, _)| known == name);
                let written = value.and_then(|(_, value)| value.scalars().get(index));
                let written =
                    written.map_or(Written::Plainly, |written| Written::from(&written.value));
                let shown = self.shown(&format!("params.{name}"), &param.name, &written, scalar);
                Shown {
                    is_list: param.is_list,
                    ..shown
                }
            }
        };
        param.values.iter().enumerate().map(shown).collect()
    }

    fn standard(&mut self, standard: StandardParam, name: &str, scalar: &Scalar) -> Shown {
        let profile = self.profile;
        let source = |source: &'_ Option<SecretRef>| source.clone().map(Value::Source);
        let value = match standard {
            StandardParam::ClientId => profile.client_id.clone(),
            StandardParam::Username => profile.username.clone(),
            StandardParam::ClientSecret => source(&profile.client_secret),
            StandardParam::Password => source(&profile.password),
            StandardParam::RefreshToken => source(&profile.refresh_token),
            StandardParam::GrantType | StandardParam::Scope | StandardParam::Audience => None,
        };
        let written = value.as_ref().map_or(Written::Plainly, Written::from);
        let key = if standard == StandardParam::GrantType {
            "grant"
        } else {
            standard.as_str()
        };
        self.shown(key, name, &written, scalar)
    }

    fn header(&mut self, name: &str, scalar: &Scalar) -> Shown {
        let profile = self.profile;
        let value = profile.headers.iter().find(|(known, _)| known == name);
        let written = value.map_or(Written::Plainly, |(_, value)| Written::from(value));
        self.shown(&format!("headers.{name}"), name, &written, scalar)
    }

    fn shown(&mut self, key: &str, name: &str, written: &Written<'_>, scalar: &Scalar) -> Shown {
        let plain = || scalar.text.expose().clone();
        let (text, pieces, source, is_set) = match written {
            Written::Source(source) => {
                let text = if scalar.hidden {
                    "[redacted]".to_owned()
                } else {
                    plain()
                };
                let is_set = match source {
                    SecretRef::Env { var } => Some(self.resolver.environment.get(var).is_some()),
                    _ => None,
                };
                let pieces = match source {
                    SecretRef::Env { .. } => vec![self.variable(key, source)],
                    _ if scalar.hidden => vec![self.variable(key, source)],
                    _ => vec![Piece::Text(plain())],
                };
                (text, pieces, Some(source.describe()), is_set)
            }
            // An id is as public as the address; in parameters and headers a variable may hold anything.
            Written::Template(template) if key.contains('.') => {
                let pieces = self.pieces(template);
                // By its name a secret, though it stands there in clear.
                if is_literal(&pieces) && is_secret(name, "") {
                    let source = SecretRef::Value(Secret::from(""));
                    let hidden = Scalar {
                        is_json_literal: scalar.is_json_literal,
                        ..Scalar::hidden(Secret::from(""))
                    };
                    return self.shown(key, name, &Written::Source(&source), &hidden);
                }
                let names: Vec<String> = variables(&pieces)
                    .map(|name| format!("env {name}"))
                    .collect();
                let source = (!names.is_empty()).then(|| names.join(", "));
                (as_written(&pieces), pieces, source, None)
            }
            _ if scalar.hidden => (
                "[redacted]".to_owned(),
                vec![Piece::Text(String::new())],
                None,
                None,
            ),
            _ => (plain(), vec![Piece::Text(plain())], None, None),
        };
        Shown {
            name: name.to_owned(),
            key: key.to_owned(),
            text,
            pieces,
            is_json_literal: scalar.is_json_literal,
            is_list: false,
            origin: origin(self.profile, key),
            source,
            is_set,
        }
    }

    /// The name of the variable that holds what this source gives.
    fn variable(&mut self, key: &str, source: &SecretRef) -> Piece {
        if let SecretRef::Env { var } = source
            && is_name(var)
            && !looks_like_secret(var)
        {
            return Piece::Variable(var.clone());
        }
        let stem: String = key
            .rsplit('.')
            .next()
            .unwrap_or(key)
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() {
                    letter.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        let stem = if is_name(&stem) {
            stem
        } else {
            format!("_{stem}")
        };
        let meaning = StandIn {
            meaning: source.describe(),
            command: self.printer(key, source),
        };
        let candidates = (2..).map(|number| format!("{stem}_{number}"));
        let is_free = |name: &String| {
            self.stand_ins
                .get(name)
                .is_none_or(|known| *known == meaning)
        };
        let name = std::iter::once(stem.clone())
            .chain(candidates)
            .take(100)
            .find(is_free)
            .unwrap_or(stem);
        self.stand_ins.insert(name.clone(), meaning);
        Piece::Variable(name)
    }

    /// The command that prints what a source gives.
    fn printer(&self, key: &str, source: &SecretRef) -> Option<String> {
        let word = |word: String| word::word(&[Piece::Text(word)]);
        match source {
            // The shell drops the newline at the end, as is done here, but not what Windows has before it.
            SecretRef::File { path } => {
                let path = self.resolver.path_of(key, path).ok()?.display().to_string();
                Some(format!("tr -d '\\r' < {}", word(path)))
            }
            SecretRef::Env { var } if !looks_like_secret(var) => {
                Some(format!("printenv {}", word(var.clone())))
            }
            _ => None,
        }
    }

    /// A proxy, whose user and password are not to be shown unless they are variables already.
    fn proxy(&mut self, template: &Template) -> Vec<Piece> {
        let pieces = self.pieces(template);
        let last = pieces
            .iter()
            .enumerate()
            .rev()
            .find_map(|(index, piece)| match piece {
                Piece::Text(text) => Some((index, text.rsplit_once('@')?)),
                _ => None,
            });
        let Some((index, (before, host))) = last else {
            return pieces;
        };
        let mut user: Vec<Piece> = pieces.get(..index).unwrap_or_default().to_vec();
        user.push(Piece::Text(before.to_owned()));
        let scheme = match user.first_mut() {
            Some(Piece::Text(first)) => first.split_once("://").map(|(scheme, rest)| {
                let scheme = format!("{scheme}://");
                (scheme, rest.to_owned())
            }),
            _ => None,
        };
        if let (Some((_, rest)), Some(first)) = (&scheme, user.first_mut()) {
            *first = Piece::Text(rest.clone());
        }
        let is_shown =
            |piece: &Piece| !matches!(piece, Piece::Text(text) if !text.is_empty() && text != ":");
        if user.iter().all(is_shown) {
            return pieces;
        }
        let meaning = "user and password of the proxy".to_owned();
        self.stand_ins.insert(
            "PROXY_USER".to_owned(),
            StandIn {
                meaning,
                command: None,
            },
        );
        let scheme = Piece::Text(scheme.map(|(scheme, _)| scheme).unwrap_or_default());
        let host = Piece::Text(format!("@{host}"));
        let behind = pieces.iter().skip(index + 1).cloned();
        [scheme, Piece::Variable("PROXY_USER".to_owned()), host]
            .into_iter()
            .chain(behind)
            .collect()
    }

    /// A template with `vars` filled in and the environment's variables left.
    fn pieces(&self, template: &Template) -> Vec<Piece> {
        // No text of a profile can hold this character: TOML forbids it.
        const MARK: char = '\0';
        let vars = &self.profile.vars;
        let marked = template
            .fill(&|name| {
                Some(
                    vars.get(name)
                        .cloned()
                        .unwrap_or_else(|| format!("{MARK}{name}{MARK}")),
                )
            })
            .unwrap_or_default();
        let parts = marked.split(MARK).enumerate();
        let pieces = parts.map(|(index, part)| match index % 2 {
            0 => Piece::Text(part.to_owned()),
            _ => Piece::Variable(part.to_owned()),
        });
        pieces
            .filter(|piece| *piece != Piece::Text(String::new()))
            .collect()
    }

    fn url(&self, filled_in: &str) -> Vec<Piece> {
        let pieces = self.pieces(&self.profile.token_url);
        let is_plain = variables(&pieces).next().is_none();
        if is_plain {
            vec![Piece::Text(filled_in.to_owned())]
        } else {
            pieces
        }
    }
}

/// Where a key was written.
pub(super) fn origin(profile: &Profile, key: &str) -> String {
    profile
        .origins
        .get(key)
        .map_or_else(|| "built in".to_owned(), ToString::to_string)
}

/// Whether a value is written out, as far as there is one.
fn is_literal(pieces: &[Piece]) -> bool {
    matches!(pieces, [Piece::Text(text)] if !text.is_empty())
}

/// The names of the variables in a value.
pub(super) fn variables(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match piece {
        Piece::Variable(name) => Some(name.as_str()),
        Piece::Text(_) | Piece::Output(_) => None,
    })
}

fn as_written(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => format!("${{{name}}}"),
            Piece::Output(command) => format!("$({command})"),
        })
        .collect()
}
