//! What can only be said of a profile as a whole, and what a request could not carry.

use super::{Keys, Read, incomplete, wrong};
use crate::client_auth::ClientAuth;
use crate::config::node::{self, Kind};
use crate::grant::Grant;
use crate::profile::endpoint::Endpoint;
use crate::profile::proxy_url::ProxyUrl;
use crate::profile::{Profile, Value};
use crate::request::{BasicEncoding, BuildError, StandardParam, is_header_value};
use crate::template::Template;

/// What can only be said of the profile as a whole.
pub(super) fn profile(profile: &Profile, keys: Keys<'_>) -> Read<()> {
    endpoint(profile, keys)?;
    for need in profile.grant.needs() {
        if keys.get(need.as_str()).is_none() {
            return incomplete(
                format!(
                    "`grant = \"{}\"` needs `{}`",
                    profile.grant.as_str(),
                    need.as_str()
                ),
                format!("write `{} = {{ env = \"…\" }}`", need.as_str()),
            );
        }
    }
    if profile.grant == Grant::None {
        for name in ["scope", "audience"] {
            if let Some(node) = keys.get(name) {
                return wrong(
                    node,
                    format!("`{name}` is not sent with `grant = \"none\"`"),
                    format!("write it as a parameter: `params = {{ {name} = \"…\" }}`"),
                );
            }
        }
    }
    credentials(profile, keys)?;
    user_id(profile, keys)?;
    header_values(profile, keys)?;
    wire_names(profile, keys)?;
    proxy(profile, keys)?;
    for (name, _) in &profile.headers {
        if profile.client_auth == ClientAuth::SecretBasic
            && profile.client_secret.is_some()
            && name.eq_ignore_ascii_case("authorization")
            && let Some(node) = keys.get("headers")
        {
            return wrong(
                node,
                "`headers` sets `Authorization`, and so does `client_secret_basic`",
                "drop one of the two: `client_auth = \"none\"` sends no Basic credentials",
            );
        }
    }
    Ok(())
}

fn credentials(profile: &Profile, keys: Keys<'_>) -> Read<()> {
    let shape = &profile.shape;
    let auth = profile.client_auth;
    let sends = |standard| auth == ClientAuth::SecretBasic || !shape.omit.contains(&standard);
    let has_own_param = |standard| {
        profile
            .params
            .iter()
            .any(|(name, _)| name == shape.wire_name(standard))
    };
    let has_any = profile.client_id.is_some() || profile.client_secret.is_some();
    // Without a grant the provider may want no client at all, but half of one is a mistake.
    if profile.grant == Grant::None && !has_any {
        return Ok(());
    }
    for standard in auth.needs() {
        let name = standard.as_str();
        if keys.get(name).is_some() || !sends(*standard) || has_own_param(*standard) {
            continue;
        }
        let auth = auth.as_str();
        return incomplete(
            format!("there is no `{name}`, which `client_auth = \"{auth}\"` sends"),
            match standard {
                StandardParam::ClientSecret => {
                    "write `client_secret = { env = \"…\" }`, or `client_auth = \"none\"` for a public client"
                }
                _ => "write `client_id = { env = \"…\" }`, or `client_id = \"…\"`",
            },
        );
    }
    Ok(())
}

/// A value as far as the file alone tells it: not where a source or the environment is asked.
fn known(profile: &Profile, value: &Value) -> Option<String> {
    match value {
        Value::Text(template) => filled(profile, template),
        Value::Source(_) => None,
    }
}

fn filled(profile: &Profile, template: &Template) -> Option<String> {
    template.fill(&|name| profile.vars.get(name).cloned()).ok()
}

/// A URL of which the environment says nothing.
fn endpoint(profile: &Profile, keys: Keys<'_>) -> Read<()> {
    let Some(text) = filled(profile, &profile.token_url) else {
        return Ok(());
    };
    let is_filled_in = profile.token_url.variables().next().is_some();
    // A preset's URL is right: it is what is filled in that is to be mended.
    let node = keys
        .get("vars")
        .filter(|_| is_filled_in)
        .or(keys.get("token_url"));
    match (Endpoint::parse(&text), node) {
        (Err(error), Some(node)) => wrong(node, format!("`token_url` {error}"), error.hint()),
        _ => Ok(()),
    }
}

/// The same words as when a request would go by it: one that is asked on loopback never gets there.
fn proxy(profile: &Profile, keys: Keys<'_>) -> Read<()> {
    let value = profile
        .proxy
        .as_ref()
        .and_then(|template| filled(profile, template));
    let Some((value, node)) = value.filter(|value| value != "none").zip(keys.get("proxy")) else {
        return Ok(());
    };
    match ProxyUrl::parse(&value) {
        Ok(_) => Ok(()),
        Err(problem) => wrong(
            node,
            format!("the value of `proxy` {problem}"),
            "write `proxy = \"http://host:port\"`, or `proxy = \"none\"` for no proxy at all",
        ),
    }
}

fn user_id(profile: &Profile, keys: Keys<'_>) -> Read<()> {
    let is_raw = profile.client_auth == ClientAuth::SecretBasic
        && profile.basic_encoding == BasicEncoding::Raw;
    let id = profile.client_id.as_ref().and_then(|id| known(profile, id));
    match keys.get("client_id") {
        Some(node)
            if is_raw
                && profile.client_secret.is_some()
                && id.is_some_and(|id| id.contains(':')) =>
        {
            wrong(
                node,
                BuildError::ColonInClientId.to_string(),
                "write `basic_encoding = \"form\"`, which encodes it",
            )
        }
        _ => Ok(()),
    }
}

fn header_values(profile: &Profile, keys: Keys<'_>) -> Read<()> {
    let entries = keys.entries("headers", "{ X-Api-Version = \"2\" }")?;
    for ((name, value), (_, node)) in profile.headers.iter().zip(entries) {
        if known(profile, value).is_some_and(|text| !is_header_value(&text)) {
            let error = BuildError::HeaderValue { name: name.clone() };
            return wrong(
                node,
                error.to_string(),
                "write it without line breaks and control characters",
            );
        }
    }
    Ok(())
}

/// Two standard parameters under one name on the wire. One of `params` may have a standard one's name: it replaces it.
fn wire_names(profile: &Profile, keys: Keys<'_>) -> Read<()> {
    let shape = &profile.shape;
    let mut sent = [profile.grant.params(), profile.client_auth.params()].concat();
    let is_there = |standard: &StandardParam| {
        *standard == StandardParam::GrantType || keys.get(standard.as_str()).is_some()
    };
    sent.retain(|standard| is_there(standard) && !shape.omit.contains(standard));
    let Some(Kind::Table(names)) = keys.get("names").map(|node| &node.kind) else {
        return Ok(());
    };
    for (index, one) in sent.iter().enumerate() {
        for other in sent.iter().skip(index + 1).filter(|other| *other != one) {
            let name = shape.wire_name(*one);
            let renamed =
                node::get(names, other.as_str()).or_else(|| node::get(names, one.as_str()));
            if let Some(node) = renamed
                && name == shape.wire_name(*other)
            {
                return wrong(
                    node,
                    format!(
                        "`names` sends `{}` and `{}` under one name",
                        one.as_str(),
                        other.as_str()
                    ),
                    "give each its own, or leave one out with `omit`",
                );
            }
        }
    }
    Ok(())
}
