//! `tok explain`: the request that `tok get` would send, where each value comes from, and what is cached. A dry run: no
//! command is run, nothing is sent.

mod cached;
mod curl;
mod shell;
mod values;
mod view;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::Context;
use crate::acquire::preview;
use crate::cli::ExplainArgs;
use crate::profile::Profile;
use crate::render::error::InProfile;
use crate::render::output::Answer;
use crate::render::view::json;
use crate::template::Template;
use crate::time::{brief, whole_seconds};
use cached::Cached;
use values::{ShownValue, Values, origin};

/// Explains a profile.
///
/// # Errors
/// The profile is invalid, or a value that identifies its token cannot be resolved. A missing secret is not an error.
pub fn run(args: &ExplainArgs, context: &Context<'_>) -> Result<Answer> {
    let mut profile = context.profile(&args.profile, &args.identity)?;
    let by_variable = context.timeout(None)?;
    profile.timing.timeout = by_variable.unwrap_or(profile.timing.timeout);
    let services = context.services();
    let preview = preview(&profile, &services).with_context(|| InProfile(profile.name.clone()))?;
    let (plan, endpoint) = (&preview.plan, &preview.identity.endpoint);
    let values = Values::new(&profile, plan, endpoint, &services.resolver(&profile));
    if args.curl {
        let command = curl::command(plan, &values, context.environment);
        return Ok(Answer::new(command));
    }
    let query = if plan.url.contains('?') { "?…" } else { "" };
    let setting = |key: &str, value: String| Setting {
        value,
        from: origin(&profile, key),
    };
    let file = context.cache.as_ref();
    let file = file.map(|cache| cache.path(&preview.identity.digest).display().to_string());
    let mut settings = settings(&profile);
    if by_variable.is_some()
        && let Some(timeout) = settings.get_mut("timeout")
    {
        timeout.from = String::from("TOK_TIMEOUT");
    }
    let explained = Explained {
        profile: &profile.name,
        method: plan.method.as_str(),
        url: setting("token_url", endpoint.shown() + query),
        strategy: setting("strategy", profile.strategy.as_str().to_owned()),
        grant: setting("grant", profile.grant.as_str().to_owned()),
        client_auth: profile.client_auth.as_str(),
        headers: values.headers,
        basic: values
            .basic
            .zip(plan.basic.as_ref())
            .map(|((client_id, client_secret), basic)| Basic {
                encoding: basic.encoding.as_str(),
                client_id,
                client_secret,
            }),
        parameters_in: plan.params_in.as_str(),
        parameters: values.params,
        settings,
        cache: Cached::new(&profile, &preview.identity, &services, file),
    };
    Ok(Answer::new(if args.json {
        json(&explained)?
    } else {
        view::text(&explained, &profile, context)
    }))
}

/// The explanation, as `--json` prints it.
#[derive(Serialize)]
struct Explained<'a> {
    profile: &'a str,
    method: &'static str,
    /// Without its query.
    url: Setting,
    strategy: Setting,
    grant: Setting,
    client_auth: &'static str,
    headers: Vec<ShownValue>,
    /// The `Authorization` header.
    basic: Option<Basic>,
    parameters_in: &'static str,
    parameters: Vec<ShownValue>,
    settings: BTreeMap<&'static str, Setting>,
    cache: Cached,
}

/// The value of a key that is not sent as it is.
#[derive(Serialize)]
struct Setting {
    value: String,
    /// Where the key was written.
    from: String,
}

#[derive(Serialize)]
struct Basic {
    encoding: &'static str,
    client_id: ShownValue,
    client_secret: ShownValue,
}

/// How the request is sent, and how the token is renewed.
fn settings(profile: &Profile) -> BTreeMap<&'static str, Setting> {
    let timing = &profile.timing;
    let seconds = |duration: Duration| Some(brief(whole_seconds(duration)));
    let text = |template: &Option<Template>| template.as_ref().map(ToString::to_string);
    [
        ("timeout", seconds(timing.timeout)),
        ("connect_timeout", seconds(timing.connect_timeout)),
        ("retries", Some(timing.retries.to_string())),
        ("min_ttl", seconds(timing.min_ttl)),
        ("refresh_before", seconds(timing.refresh_before)),
        (
            "assume_expires_in",
            timing.assume_expires_in.and_then(seconds),
        ),
        ("cool_down", seconds(timing.cool_down)),
        ("renew", Some(profile.renew.as_str().to_owned())),
        ("ca_file", text(&profile.ca_file)),
        (
            "proxy",
            text(&profile.proxy).map(|proxy| without_credentials(&proxy)),
        ),
    ]
    .into_iter()
    .filter_map(|(key, value)| {
        let from = origin(profile, key);
        Some((
            key,
            Setting {
                value: value?,
                from,
            },
        ))
    })
    .collect()
}

/// A proxy's URL without user and password.
fn without_credentials(proxy: &str) -> String {
    let Some((before, host)) = proxy.rsplit_once('@') else {
        return proxy.to_owned();
    };
    let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}[redacted]@{host}")
}
