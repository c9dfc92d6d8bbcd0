//! From merged keys to a valid profile. Each reader says what it wants instead of what it found; no message
//! holds a value.

mod check;
mod replies;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;
use std::time::Duration;

use super::ConfigError;
use super::layers::unknown_key;
use super::node::{self, Kind, Node, Table};
use crate::grant::Grant;
use crate::names::UnknownName;
use crate::profile::{Profile, Renew, Strategy, Timing};
use crate::request::{BasicEncoding, Method, ParamsIn, RequestShape, StandardParam};
use crate::secret::SecretRef;
use crate::suggest::{nearest, one_of};
use crate::template::Template;
use crate::time::{NotADuration, parse_duration};

/// An error and the line to which it belongs.
pub(super) type Read<T> = Result<T, (ConfigError, Option<u32>)>;

/// An error at a value.
pub(super) fn wrong<T>(node: &Node, what: impl Into<String>, hint: impl Into<String>) -> Read<T> {
    Err((ConfigError::new(what).hint(hint), node.line()))
}

/// An error of the profile as a whole.
fn incomplete<T>(what: impl Into<String>, hint: impl Into<String>) -> Read<T> {
    Err((ConfigError::new(what).hint(hint), None))
}

/// Reads a whole profile.
pub(super) fn profile(name: &str, table: &Table) -> Read<Profile> {
    let keys = Keys(table);
    let strategy = keys.choice("strategy")?.unwrap_or(Strategy::BasicForm);
    let shape = shape(keys, strategy)?;
    let grant = keys.choice("grant")?.unwrap_or(Grant::ClientCredentials);
    let Some(token_url) = keys.template("token_url", "\"https://…/token\"")? else {
        return incomplete(
            "there is no `token_url`",
            "write `token_url = \"https://…\"`, or start from a `preset` (`tok presets` lists them)",
        );
    };
    let profile = Profile {
        name: name.to_owned(),
        token_url,
        strategy,
        client_auth: keys
            .choice("client_auth")?
            .unwrap_or(strategy.client_auth()),
        basic_encoding: keys.choice("basic_encoding")?.unwrap_or(BasicEncoding::Raw),
        shape,
        grant,
        renew: keys.choice("renew")?.unwrap_or(Renew::Grant),
        client_id: keys.value("client_id")?,
        client_secret: keys.secret("client_secret")?,
        username: keys.value("username")?,
        password: keys.secret("password")?,
        refresh_token: keys.secret("refresh_token")?,
        scope: keys.scope()?,
        audience: keys.template("audience", "\"https://api.example.com\"")?,
        params: keys.params()?,
        headers: keys.headers()?,
        vars: keys.vars()?,
        reply: keys.reply_rules()?,
        timing: timing(keys)?,
        ca_file: keys.template("ca_file", "\"~/ca.pem\"")?,
        proxy: keys.template("proxy", "\"http://proxy.example:3128\"` or `\"none\"")?,
        origins: origins(table),
    };
    check::profile(&profile, keys)?;
    Ok(profile)
}

fn shape(keys: Keys<'_>, strategy: Strategy) -> Read<RequestShape> {
    let shape = RequestShape {
        method: keys.choice("method")?.unwrap_or(strategy.method()),
        params_in: keys.choice("params_in")?.unwrap_or(strategy.params_in()),
        names: keys.names()?,
        omit: keys.omit()?,
    };
    if shape.method == Method::Get
        && shape.params_in != ParamsIn::Query
        && let Some(node) = keys
            .get("method")
            .or(keys.get("params_in"))
            .or(keys.get("strategy"))
    {
        return wrong(
            node,
            "a GET request has no body to carry parameters in",
            "write `params_in = \"query\"`",
        );
    }
    Ok(shape)
}

fn timing(keys: Keys<'_>) -> Read<Timing> {
    let built_in = Timing::default();
    let timing = Timing {
        timeout: keys.duration("timeout")?.unwrap_or(built_in.timeout),
        connect_timeout: keys
            .duration("connect_timeout")?
            .unwrap_or(built_in.connect_timeout),
        retries: keys.count("retries", 10)?.unwrap_or(built_in.retries),
        min_ttl: keys.duration("min_ttl")?.unwrap_or(built_in.min_ttl),
        refresh_before: keys
            .duration("refresh_before")?
            .unwrap_or(built_in.refresh_before),
        assume_expires_in: keys.duration("assume_expires_in")?,
        cool_down: keys.duration("cool_down")?.unwrap_or(built_in.cool_down),
    };
    for name in ["timeout", "connect_timeout", "assume_expires_in"] {
        if let Some(node) = keys.get(name)
            && keys.duration(name)? == Some(Duration::ZERO)
        {
            return wrong(
                node,
                format!("`{name}` is zero"),
                "write a time that something can be done in",
            );
        }
    }
    Ok(timing)
}

fn origins(table: &Table) -> BTreeMap<String, crate::profile::Origin> {
    let mut origins = BTreeMap::new();
    for (name, node) in table {
        origins.insert(name.clone(), node.origin.clone());
        if let Kind::Table(entries) = &node.kind {
            for (entry, node) in entries {
                origins.insert(format!("{name}.{entry}"), node.origin.clone());
            }
        }
    }
    origins
}

/// The merged keys of a profile, and how each kind of value is read.
#[derive(Clone, Copy)]
struct Keys<'a>(&'a Table);

impl<'a> Keys<'a> {
    fn get(self, name: &str) -> Option<&'a Node> {
        node::get(self.0, name)
    }

    /// The name of a value of an enum.
    fn choice<T: FromStr<Err = UnknownName>>(self, name: &str) -> Read<Option<T>> {
        self.get(name).map(|node| word(node, name)).transpose()
    }

    fn template(self, name: &str, example: &str) -> Read<Option<Template>> {
        self.get(name)
            .map(|node| template(node, name, example))
            .transpose()
    }

    fn duration(self, name: &str) -> Read<Option<Duration>> {
        let Some(node) = self.get(name) else {
            return Ok(None);
        };
        let text = match &node.kind {
            Kind::Text(text) => text.to_string(),
            Kind::Integer(seconds) => seconds.to_string(),
            _ => {
                return wrong(
                    node,
                    format!("`{name}` is {}", node.kind_name()),
                    "write a duration: `\"30s\"`, `\"5m\"`",
                );
            }
        };
        match parse_duration(&text) {
            Ok(duration) => Ok(Some(duration)),
            Err(NotADuration) => wrong(
                node,
                format!("`{name}` is not a duration"),
                format!("write for example `{name} = \"30s\"`, or `5m`, `1h30m`"),
            ),
        }
    }

    fn count(self, name: &str, most: u32) -> Read<Option<u32>> {
        let Some(node) = self.get(name) else {
            return Ok(None);
        };
        match &node.kind {
            Kind::Integer(number) if (0..=i64::from(most)).contains(number) => {
                Ok(u32::try_from(*number).ok())
            }
            _ => wrong(
                node,
                format!("`{name}` is no whole number from 0 to {most}"),
                format!("write for example `{name} = 2`"),
            ),
        }
    }

    /// The entries of a table.
    fn entries(self, name: &str, example: &str) -> Read<&'a [(String, Node)]> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Node {
                kind: Kind::Table(entries),
                ..
            }) => Ok(entries),
            Some(node) => wrong(
                node,
                format!("`{name}` is {}, not a table", node.kind_name()),
                format!("write `{name} = {example}`"),
            ),
        }
    }

    fn names(self) -> Read<BTreeMap<StandardParam, String>> {
        let mut names = BTreeMap::new();
        for (key, node) in self.entries("names", "{ client_id = \"clientId\" }")? {
            let standard = standard(key, node)?;
            match &node.kind {
                Kind::Text(name) if !name.is_empty() => names.insert(standard, name.to_string()),
                _ => {
                    return wrong(
                        node,
                        format!("`names.{key}` is no name"),
                        "write what the provider calls the parameter, in quotes",
                    );
                }
            };
        }
        Ok(names)
    }

    fn omit(self) -> Read<BTreeSet<StandardParam>> {
        let Some(node) = self.get("omit") else {
            return Ok(BTreeSet::new());
        };
        let Kind::List(items) = &node.kind else {
            return wrong(
                node,
                format!("`omit` is {}, not a list", node.kind_name()),
                "write `omit = [\"grant_type\"]`",
            );
        };
        items
            .iter()
            .map(|item| match &item.kind {
                Kind::Text(name) => standard(name, item).map_err(|(mut error, line)| {
                    "`omit` names no parameter that there is".clone_into(&mut error.what);
                    (error, line)
                }),
                _ => wrong(
                    item,
                    "`omit` holds something that is no name",
                    "write `omit = [\"grant_type\"]`",
                ),
            })
            .collect()
    }
}

fn standard(name: &str, node: &Node) -> Read<StandardParam> {
    name.parse()
        .map_err(|UnknownName { valid }| (unknown_key(name, valid.iter().copied()), node.line()))
}

pub(super) fn word<T: FromStr<Err = UnknownName>>(node: &Node, name: &str) -> Read<T> {
    let text = match &node.kind {
        Kind::Text(text) => Some(text.as_str()),
        _ => None,
    };
    let UnknownName { valid } = match text.unwrap_or_default().parse() {
        Ok(value) => return Ok(value),
        Err(unknown) => unknown,
    };
    let all = one_of(valid.iter().copied());
    let Some(text) = text else {
        return wrong(
            node,
            format!("`{name}` is {}, not a string", node.kind_name()),
            format!("write {all}, in quotes"),
        );
    };
    let hint = match nearest(text, valid.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? `{name}` is {all}"),
        None => format!("`{name}` is {all}"),
    };
    wrong(node, format!("unknown `{name}`"), hint)
}

fn template(node: &Node, name: &str, example: &str) -> Read<Template> {
    let hint = || format!("write `{name} = {example}`");
    let Kind::Text(text) = &node.kind else {
        return wrong(
            node,
            format!("`{name}` is {}, not a string", node.kind_name()),
            hint(),
        );
    };
    if text.trim().is_empty() {
        return wrong(node, format!("`{name}` is empty"), hint());
    }
    match Template::parse(text) {
        Ok(template) => Ok(template),
        Err(error) => wrong(
            node,
            format!("in `{name}`: {error}"),
            "see `${NAME}` in the README",
        ),
    }
}

/// A source of a secret, for a key that must not stand in the file in clear.
fn secret(node: &Node, name: &str) -> Read<SecretRef> {
    values::source(node, name)?.map_or_else(
        || {
            wrong(
                node,
                format!("`{name}` is {}, not a secret source", node.kind_name()),
                format!("write `{name} = {{ env = \"…\" }}`, or another source; a literal one is `{{ value = \"…\" }}`"),
            )
        },
        Ok,
    )
}
