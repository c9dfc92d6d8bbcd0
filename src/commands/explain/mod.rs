//! `tok explain`: the request that `tok get` would send, where each value comes from, and what the cache says.
//! A dry run: no command is run, nothing is sent.

mod curl;
mod values;
mod word;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::Context;
use crate::acquire::{cool_down_in_force, find_cached, preview};
use crate::cli::ExplainArgs;
use crate::profile::Profile;
use crate::render::error::InProfile;
use crate::render::output::Answer;
use crate::render::view;
use crate::request::{BasicEncoding, ParamsIn, RequestPlan};
use crate::store::{CoolDown, Entry};
use crate::text::sanitize;
use crate::time::brief;
use values::{Shown, Values, origin};

/// Explains a profile.
///
/// # Errors
/// The profile is wrong, or what says which token it wants cannot be had. A secret that is not there is none.
pub fn run(args: &ExplainArgs, context: &Context<'_>) -> Result<Answer> {
    let (mut profile, base) = context.profile(&args.profile, &args.identity)?;
    if let Some(timeout) = context.timeout(None)? {
        profile.timing.timeout = timeout;
    }
    let services = context.services(&base);
    let preview = preview(&profile, &services).with_context(|| InProfile(profile.name.clone()))?;
    let plan = &preview.plan;
    let values = values::values(
        &profile,
        plan,
        &preview.identity.endpoint,
        &services.resolver(&profile),
    );
    if args.curl {
        return Ok(Answer::new(curl::command(
            plan,
            &values,
            context.environment,
        )));
    }
    let entry = find_cached(&profile, &preview.identity, &services);
    let cooling = services
        .store
        .and_then(|cache| cool_down_in_force(cache, &preview.identity, (context.now)()));
    let digest = &preview.identity.digest;
    let query = if plan.url.contains('?') { "?…" } else { "" };
    let explained = Explained {
        profile: &profile,
        plan,
        values: &values,
        url: preview.identity.endpoint.shown() + query,
        digest,
        file: context
            .cache
            .as_ref()
            .map(|cache| cache.path(digest).display().to_string()),
        entry: entry.as_ref(),
        cooling,
        context,
    };
    Ok(Answer::new(if args.json {
        explained.json()?
    } else {
        explained.text()
    }))
}

struct Explained<'a> {
    profile: &'a Profile,
    plan: &'a RequestPlan,
    values: &'a Values,
    /// Without its query.
    url: String,
    digest: &'a str,
    file: Option<String>,
    entry: Option<&'a Entry>,
    /// A failure that is remembered, and for how many seconds more.
    cooling: Option<(CoolDown, u64)>,
    context: &'a Context<'a>,
}

/// A key that is not sent, but says how the request is made and what becomes of the token.
struct Setting {
    name: &'static str,
    value: String,
    origin: String,
}

impl Explained<'_> {
    fn settings(&self) -> Vec<Setting> {
        let profile = self.profile;
        let timing = &profile.timing;
        let seconds = |duration: std::time::Duration| brief(crate::time::whole_seconds(duration));
        let by_variable = self.context.environment.text("TOK_TIMEOUT").is_some();
        let template = |template: &crate::template::Template| template.to_string();
        let all = [
            ("timeout", Some(seconds(timing.timeout))),
            ("connect_timeout", Some(seconds(timing.connect_timeout))),
            ("retries", Some(timing.retries.to_string())),
            ("min_ttl", Some(seconds(timing.min_ttl))),
            ("refresh_before", Some(seconds(timing.refresh_before))),
            ("assume_expires_in", timing.assume_expires_in.map(seconds)),
            ("cool_down", Some(seconds(timing.cool_down))),
            ("renew", Some(profile.renew.as_str().to_owned())),
            ("ca_file", profile.ca_file.as_ref().map(template)),
            (
                "proxy",
                profile
                    .proxy
                    .as_ref()
                    .map(template)
                    .map(|proxy| without_credentials(&proxy)),
            ),
        ];
        let setting = |(name, value): (&'static str, Option<String>)| {
            let is_variable = name == "timeout" && by_variable;
            let origin = if is_variable {
                "TOK_TIMEOUT".to_owned()
            } else {
                origin(profile, name)
            };
            Some(Setting {
                name,
                value: value?,
                origin,
            })
        };
        all.into_iter().filter_map(setting).collect()
    }

    /// What the cache says, and what `tok get` does about it.
    fn verdict(&self) -> (&'static str, anstyle::Style, &'static str) {
        let request = match self.cooling {
            Some(_) => {
                "`tok get` sends nothing and fails as below; `tok get -f` sends this request"
            }
            None => "`tok get` sends this request",
        };
        let Some(entry) = self.entry else {
            return ("none", view::DIM, request);
        };
        let state = entry.freshness(self.profile.timing.windows(None), (self.context.now)());
        let (word, style) = view::freshness(state);
        let by_refresh_token =
            self.profile.renews_by_refresh_token() && entry.refresh_token.is_some();
        let what = match (state.is_good(), word, by_refresh_token) {
            (true, "fresh", _) => "`tok get` prints the cached token and sends nothing",
            (true, _, _) if self.cooling.is_some() => {
                "`tok get` prints the cached token, with a warning"
            }
            (true, _, _) => "`tok get` tries to renew it, and has the cached token if that fails",
            (false, _, true) if self.cooling.is_none() => {
                "`tok get` renews it by the cached refresh token first"
            }
            (false, _, _) => request,
        };
        (word, style, what)
    }

    fn text(&self) -> String {
        let profile = self.profile;
        let plan = self.plan;
        let dim = |text: &str| view::paint(view::DIM, text);
        let heading = |text: &str| vec![view::paint(view::HEAD, text)];
        let setting = |name: &str, value: String, origin: String| {
            vec![format!("  {name}"), value, dim(&origin)]
        };
        let line = |shown: &Shown| setting(&shown.name, sanitize(&shown.text), from(shown));
        let mut rows = vec![
            heading("request"),
            setting(
                plan.method.as_str(),
                sanitize(&self.url),
                origin(profile, "token_url"),
            ),
            setting(
                "strategy",
                profile.strategy.as_str().to_owned(),
                origin(profile, "strategy"),
            ),
            setting(
                "grant",
                profile.grant.as_str().to_owned(),
                origin(profile, "grant"),
            ),
        ];
        if profile.origins.contains_key("client_auth") {
            let name = profile.client_auth.as_str();
            rows.push(setting(
                "client_auth",
                name.to_owned(),
                origin(profile, "client_auth"),
            ));
        }
        rows.push(heading("headers"));
        rows.extend(self.values.headers.iter().map(line));
        if let Some((id, secret)) = &self.values.basic {
            let encoding = match profile.basic_encoding {
                BasicEncoding::Raw => "of the two below, as they are",
                BasicEncoding::Form => "of the two below, each URL-encoded first",
            };
            rows.push(setting(
                "Authorization",
                "Basic [redacted]".to_owned(),
                encoding.to_owned(),
            ));
            for shown in [id, secret] {
                rows.push(setting(
                    &format!("  {}", shown.name),
                    sanitize(&shown.text),
                    from(shown),
                ));
            }
        }
        rows.push(heading(match plan.params_in {
            _ if self.values.parameters.is_empty() => "parameters: none",
            ParamsIn::Form => "parameters, in a form body",
            ParamsIn::Json => "parameters, in a JSON body",
            ParamsIn::Query => "parameters, in the query of the URL",
        }));
        rows.extend(self.values.parameters.iter().map(line));
        rows.push(heading("time and trouble"));
        rows.extend(
            self.settings()
                .into_iter()
                .map(|one| setting(one.name, one.value, one.origin)),
        );
        rows.push(heading("cache"));
        let (word, style, what) = self.verdict();
        rows.push(setting("state", view::paint(style, word), what.to_owned()));
        let mut single = |name: &str, value: String| rows.push(vec![format!("  {name}"), value]);
        if let Some(entry) = self.entry {
            single(
                "expires",
                view::when(
                    entry.expires_at,
                    (self.context.now)(),
                    self.context.is_terminal,
                ),
            );
        }
        if let Some((failure, left)) = &self.cooling {
            single(
                "cool-down",
                format!("{left}s more: {}", sanitize(&failure.message)),
            );
        }
        single("key", self.digest.to_owned());
        if let Some(file) = &self.file {
            single("file", file.clone());
        }
        let title = format!("{}, a dry run: nothing is sent", profile.name);
        format!(
            "{}\n\n{}",
            view::paint(view::HEAD, &title),
            spaced(&view::columns(&rows))
        )
    }

    fn json(&self) -> serde_json::Result<String> {
        let profile = self.profile;
        let (state, _, verdict) = self.verdict();
        let settings = self.settings().into_iter();
        view::json(&Json {
            profile: &profile.name,
            method: self.plan.method.as_str(),
            url: JsonSetting {
                value: self.url.clone(),
                from: origin(profile, "token_url"),
            },
            strategy: JsonSetting {
                value: profile.strategy.as_str().to_owned(),
                from: origin(profile, "strategy"),
            },
            grant: JsonSetting {
                value: profile.grant.as_str().to_owned(),
                from: origin(profile, "grant"),
            },
            client_auth: profile.client_auth.as_str(),
            headers: self.values.headers.iter().map(JsonValue::from).collect(),
            basic: self.values.basic.as_ref().map(|(id, secret)| JsonBasic {
                encoding: profile.basic_encoding.as_str(),
                client_id: JsonValue::from(id),
                client_secret: JsonValue::from(secret),
            }),
            parameters_in: self.plan.params_in.as_str(),
            parameters: self.values.parameters.iter().map(JsonValue::from).collect(),
            settings: settings
                .map(|one| {
                    (
                        one.name,
                        JsonSetting {
                            value: one.value,
                            from: one.origin,
                        },
                    )
                })
                .collect(),
            cache: JsonCache {
                state,
                verdict,
                expires_at: self.entry.map(|entry| entry.expires_at.0),
                cool_down: self.cooling.as_ref().map(|(failure, left)| JsonCoolDown {
                    seconds_left: *left,
                    message: &failure.message,
                }),
                key: self.digest,
                file: self.file.as_deref(),
            },
        })
    }
}

/// Where a value comes from, in words: its key where that is not its name, the line, the source.
fn from(shown: &Shown) -> String {
    let plain_key = shown
        .key
        .split_once('.')
        .map_or(shown.key.as_str(), |(_, name)| name);
    let is_named_so = plain_key == shown.name || shown.key == "grant";
    let key = if is_named_so {
        String::new()
    } else {
        format!("`{}`, ", shown.key)
    };
    let source = shown
        .source
        .as_ref()
        .map(|source| format!(", {source}"))
        .unwrap_or_default();
    let state = if shown.is_set == Some(false) {
        " (not set)"
    } else {
        ""
    };
    sanitize(&format!("{key}{}{source}{state}", shown.origin))
}

/// An empty line above each heading but the first. Headings are what is not indented.
fn spaced(text: &str) -> String {
    let mut spaced = String::with_capacity(text.len() + 8);
    for line in text.lines() {
        if !line.starts_with(' ') && !spaced.is_empty() {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
    }
    spaced
}

#[derive(Serialize)]
struct Json<'a> {
    profile: &'a str,
    method: &'static str,
    url: JsonSetting,
    strategy: JsonSetting,
    grant: JsonSetting,
    client_auth: &'static str,
    headers: Vec<JsonValue<'a>>,
    /// The Authorization header.
    basic: Option<JsonBasic<'a>>,
    parameters_in: &'static str,
    parameters: Vec<JsonValue<'a>>,
    settings: std::collections::BTreeMap<&'static str, JsonSetting>,
    cache: JsonCache<'a>,
}

#[derive(Serialize)]
struct JsonSetting {
    value: String,
    from: String,
}

#[derive(Serialize)]
struct JsonBasic<'a> {
    encoding: &'static str,
    client_id: JsonValue<'a>,
    client_secret: JsonValue<'a>,
}

/// One value; those of a list come one after the other.
#[derive(Serialize)]
struct JsonValue<'a> {
    name: &'a str,
    key: &'a str,
    value: &'a str,
    list: bool,
    from: &'a str,
    source: Option<&'a str>,
    /// Whether an environment variable is set.
    set: Option<bool>,
}

impl<'a> From<&'a Shown> for JsonValue<'a> {
    fn from(shown: &'a Shown) -> Self {
        Self {
            name: &shown.name,
            key: &shown.key,
            value: &shown.text,
            list: shown.is_list,
            from: &shown.origin,
            source: shown.source.as_deref(),
            set: shown.is_set,
        }
    }
}

#[derive(Serialize)]
struct JsonCache<'a> {
    state: &'static str,
    verdict: &'static str,
    expires_at: Option<i64>,
    /// A failure that keeps `tok get` from asking.
    cool_down: Option<JsonCoolDown<'a>>,
    key: &'a str,
    file: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonCoolDown<'a> {
    seconds_left: u64,
    message: &'a str,
}

/// A proxy's URL without user and password.
fn without_credentials(proxy: &str) -> String {
    match proxy.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before
                .split_once("://")
                .map(|(scheme, _)| format!("{scheme}://"))
                .unwrap_or_default();
            format!("{scheme}[redacted]@{host}")
        }
        None => proxy.to_owned(),
    }
}
