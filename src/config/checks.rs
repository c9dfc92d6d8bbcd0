//! What can only be said of a profile as a whole, and what no request could carry.

use super::error::Mistake;
use super::fields::{Keys, Setting};
use super::node::{Kind, Node};
use crate::client_auth::ClientAuth;
use crate::grant::Grant;
use crate::profile::endpoint::Endpoint;
use crate::profile::proxy_url::ProxyUrl;
use crate::profile::{Profile, Value};
use crate::request::{BasicEncoding, BuildError, Method, ParamsIn, StandardParam, is_header_value};
use crate::template::Template;

/// What may be wrong with a profile of which each key is right by itself.
struct Check {
    /// The keys that it goes by: it says nothing where one of them is wrong.
    keys: &'static [&'static str],
    find: fn(&Profile, &Keys<'_>) -> Vec<Mistake>,
}

const CHECKS: &[Check] = &[
    Check {
        keys: &[],
        find: |_, keys| needed(keys, "token_url", "`token_url` is missing", TOKEN_URL),
    },
    Check {
        keys: &["token_url", "vars"],
        find: endpoint,
    },
    Check {
        keys: &["strategy", "method", "params_in"],
        find: body,
    },
    Check {
        keys: &["grant"],
        find: grant,
    },
    Check {
        keys: &[
            "strategy",
            "client_auth",
            "grant",
            "params",
            "names",
            "omit",
        ],
        find: credentials,
    },
    Check {
        keys: &[
            "strategy",
            "client_auth",
            "basic_encoding",
            "client_id",
            "vars",
        ],
        find: user_id,
    },
    Check {
        keys: &["headers", "vars"],
        find: header_values,
    },
    Check {
        keys: &["strategy", "client_auth", "headers"],
        find: authorization,
    },
    Check {
        keys: &["strategy", "client_auth", "grant", "names", "omit"],
        find: wire_names,
    },
    Check {
        keys: &["proxy", "vars"],
        find: proxy,
    },
];

const TOKEN_URL: &str =
    "write `token_url = \"https://…\"`, or start from a `preset` (`tok presets` lists them)";

/// All that is wrong with the profile as a whole.
pub(super) fn run(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let checks = CHECKS.iter();
    let checks = checks.filter(|check| !check.keys.iter().any(|key| keys.is_wrong(key)));
    checks
        .flat_map(|check| (check.find)(profile, keys))
        .collect()
}

fn needed(keys: &Keys<'_>, name: &str, what: &str, hint: &str) -> Vec<Mistake> {
    if keys.has(name) {
        Vec::new()
    } else {
        vec![Mistake::new(what, hint)]
    }
}

/// The mistake of a key, where it is there.
fn at(
    setting: Option<Setting<'_>>,
    what: impl Into<String>,
    hint: impl Into<String>,
) -> Vec<Mistake> {
    let mistake = setting.map(|setting| setting.mistake(what, hint));
    mistake.into_iter().collect()
}

fn body(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let shape = &profile.shape;
    if shape.method != Method::Get || shape.params_in == ParamsIn::Query {
        return Vec::new();
    }
    let names = ["method", "params_in", "strategy"];
    at(
        names.into_iter().find_map(|name| keys.get(name)),
        "a GET request has no body to carry parameters in",
        "write `params_in = \"query\"`",
    )
}

fn grant(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let grant = profile.grant.as_str();
    let missing = |need: &StandardParam| {
        let name = need.as_str();
        let what = format!("`grant = \"{grant}\"` needs `{name}`");
        needed(
            keys,
            name,
            &what,
            &format!("write `{name} = {{ env = \"…\" }}`"),
        )
    };
    let mut mistakes: Vec<Mistake> = profile.grant.needs().iter().flat_map(missing).collect();
    if profile.grant == Grant::None {
        for name in ["scope", "audience"] {
            mistakes.extend(at(
                keys.get(name),
                format!("`{name}` is not sent with `grant = \"none\"`"),
                format!("write it as a parameter: `params = {{ {name} = \"…\" }}`"),
            ));
        }
    }
    mistakes
}

fn credentials(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let (auth, shape) = (profile.client_auth, &profile.shape);
    let has_any = keys.has("client_id") || keys.has("client_secret");
    // Without a grant the provider may want no client at all, but half of one is a mistake.
    if profile.grant == Grant::None && !has_any {
        return Vec::new();
    }
    let missing = |param: &StandardParam| {
        let is_sent = auth == ClientAuth::SecretBasic || !shape.omit.contains(param);
        let is_param = |(name, _): &(String, _)| name == shape.wire_name(*param);
        if !is_sent || profile.params.iter().any(is_param) {
            return Vec::new();
        }
        let (name, auth) = (param.as_str(), auth.as_str());
        let what = format!("`{name}` is missing, which `client_auth = \"{auth}\"` sends");
        let hint = match param {
            StandardParam::ClientId => {
                "write `client_id = { env = \"…\" }`, or `client_id = \"…\"`"
            }
            _ => {
                "write `client_secret = { env = \"…\" }`, or `client_auth = \"none\"` for a public client"
            }
        };
        needed(keys, name, &what, hint)
    };
    auth.needs().iter().flat_map(missing).collect()
}

/// A value as far as the file alone gives it: not where a source or the environment is asked.
fn known(profile: &Profile, value: &Value) -> Option<String> {
    match value {
        Value::Text(template) => filled(profile, template),
        Value::Source(_) => None,
    }
}

fn filled(profile: &Profile, template: &Template) -> Option<String> {
    template.fill(&|name| profile.vars.get(name).cloned()).ok()
}

fn endpoint(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let url = keys
        .get("token_url")
        .and_then(|_| filled(profile, &profile.token_url));
    let Some(Err(error)) = url.map(|url| Endpoint::parse(&url)) else {
        return Vec::new();
    };
    // A preset's URL is right: what is filled in is wrong.
    let is_filled_in = profile.token_url.variables().next().is_some();
    let vars = keys.get("vars").filter(|_| is_filled_in);
    at(
        vars.or(keys.get("token_url")),
        format!("`token_url` {error}"),
        error.hint(),
    )
}

fn proxy(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let value = profile
        .proxy
        .as_ref()
        .and_then(|proxy| filled(profile, proxy));
    match value
        .filter(|value| value != "none")
        .map(|value| ProxyUrl::parse(&value))
    {
        Some(Err(problem)) => at(
            keys.get("proxy"),
            format!("the value of `proxy` {problem}"),
            "write `proxy = \"http://host:port\"`, or `proxy = \"none\"` for no proxy",
        ),
        _ => Vec::new(),
    }
}

fn user_id(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let is_raw = profile.client_auth == ClientAuth::SecretBasic
        && profile.basic_encoding == BasicEncoding::Raw;
    let id = profile.client_id.as_ref().and_then(|id| known(profile, id));
    if !is_raw || profile.client_secret.is_none() || !id.is_some_and(|id| id.contains(':')) {
        return Vec::new();
    }
    at(
        keys.get("client_id"),
        BuildError::ColonInClientId.to_string(),
        "write `basic_encoding = \"form\"`, which encodes it",
    )
}

fn header_values(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let is_wrong = |(_, value): &&(String, Value)| {
        known(profile, value).is_some_and(|text| !is_header_value(&text))
    };
    let wrong = profile.headers.iter().filter(is_wrong);
    let mistake = |(name, _): &(String, Value)| {
        let error = BuildError::HeaderValue { name: name.clone() };
        at(
            entry(keys, "headers", name),
            error.to_string(),
            "write it without line breaks and control characters",
        )
    };
    wrong.flat_map(mistake).collect()
}

fn authorization(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let is_basic = profile.client_auth == ClientAuth::SecretBasic;
    let set = profile.headers.iter().map(|(name, _)| name);
    let mut set = set.filter(|name| name.eq_ignore_ascii_case("authorization"));
    match set.next() {
        Some(name) if is_basic && profile.client_secret.is_some() => at(
            entry(keys, "headers", name),
            "`headers` sets `Authorization`, and so does `client_secret_basic`",
            "remove one of the two: `client_auth = \"none\"` sends no Basic credentials",
        ),
        _ => Vec::new(),
    }
}

/// Two standard parameters under one name on the wire. One of `params` may have a standard one's name: it replaces it.
fn wire_names(profile: &Profile, keys: &Keys<'_>) -> Vec<Mistake> {
    let shape = &profile.shape;
    let mut sent = [profile.grant.params(), profile.client_auth.params()].concat();
    let is_there = |param: &StandardParam| {
        *param == StandardParam::GrantType || keys.get(param.as_str()).is_some()
    };
    sent.retain(|param| is_there(param) && !shape.omit.contains(param));
    let mut mistakes = Vec::new();
    for (index, one) in sent.iter().enumerate() {
        for other in sent.iter().skip(index + 1).filter(|other| *other != one) {
            if shape.wire_name(*one) == shape.wire_name(*other) {
                let renamed = entry(keys, "names", other.as_str());
                mistakes.extend(at(
                    renamed.or_else(|| entry(keys, "names", one.as_str())),
                    format!(
                        "`names` sends `{}` and `{}` under one name",
                        one.as_str(),
                        other.as_str()
                    ),
                    "give each its own name, or leave one out with `omit`",
                ));
            }
        }
    }
    mistakes
}

/// An entry of a table among the keys.
fn entry<'a>(keys: &Keys<'a>, table: &'a str, name: &'a str) -> Option<Setting<'a>> {
    let Node {
        kind: Kind::Table(entries),
        ..
    } = keys.get(table)?.node
    else {
        return None;
    };
    let node = entries.get(name)?;
    Some(Setting { name, node })
}
