//! From what a sample sends to the keys of a profile that sends the same.

use super::known::{RequestValue, known};
use super::roles::{Roles, roles};
use super::values::{Needed, Values, key, placeholder, quoted, shown};
use crate::client_auth::ClientAuth;
use crate::grant::Grant;
use crate::host::Warning;
use crate::profile::Profile;
use crate::profile::Strategy;
use crate::profile::preset::Preset;
use crate::request::{Method, ParamsIn, StandardParam};
use crate::sample::{Param, Sample, Text, Value, is_placeholder, is_secret, looks_random};

/// A profile that is not written yet.
pub(super) struct Draft {
    pub(super) preset: Option<Preset>,
    /// Each key with its value, in the order in which they are best read.
    pub(super) lines: Vec<String>,
    pub(super) needed: Vec<Needed>,
    pub(super) warnings: Vec<Warning>,
}

/// Drafts a profile. `name`: what it is called, unless a preset says better.
pub(super) fn draft(mut sample: Sample, name: &str) -> (String, Draft) {
    let roles = roles(&mut sample);
    let known = known(&sample, roles.client_auth);
    let name = if name.is_empty() {
        known.as_ref().map_or_else(
            || super::known::name_of(&sample.url),
            |known| known.preset.name.to_owned(),
        )
    } else {
        name.to_owned()
    };
    let variables = std::mem::take(&mut sample.variables);
    let prefix = known
        .as_ref()
        .and_then(|known| known.prefix(&name))
        .unwrap_or(&name);
    let mut drafting = Drafting {
        values: Values::new(prefix, &variables),
        lines: Vec::new(),
        warnings: Vec::new(),
    };
    drafting
        .warnings
        .extend(sample.asides.drain(..).map(|aside| {
            let warning = Warning::new(aside.what);
            match aside.hint {
                Some(hint) => warning.hint(hint),
                None => warning,
            }
        }));
    drafting.request(&sample, &roles, known.as_ref());
    drafting.credentials(&roles);
    drafting.params(roles.params, known.as_ref());
    drafting.headers(&sample);
    drafting.others(&sample);
    let Drafting {
        values,
        lines,
        mut warnings,
    } = drafting;
    for Needed {
        variable,
        key,
        was_in_clear,
        ..
    } in &values.needed
    {
        if *was_in_clear {
            let what = format!(
                "the sample holds `{}` in clear; the profile takes it from the variable `{variable}`",
                shown(key)
            );
            let hint = format!(
                "`export {variable}=…`; where the sample came from it still stands: on the screen, in a file, in the shell's history"
            );
            warnings.push(Warning::new(what).hint(hint));
        }
    }
    for key in &values.kept {
        let variable = values.own("secret");
        let what = format!(
            "`{}` stands in the profile in clear, and a part of it looks like a secret",
            shown(key)
        );
        let hint = format!(
            "if it is one, write `${{{variable}}}` in its place, and `export {variable}=…`"
        );
        warnings.push(Warning::new(what).hint(hint));
    }
    (
        name,
        Draft {
            preset: known.map(|known| known.preset),
            lines,
            needed: values.needed,
            warnings,
        },
    )
}

struct Drafting<'a> {
    values: Values<'a>,
    lines: Vec<String>,
    warnings: Vec<Warning>,
}

impl Drafting<'_> {
    fn line(&mut self, name: &str, value: impl AsRef<str>) {
        self.lines.push(format!("{name} = {}", value.as_ref()));
    }

    /// A table of few short entries on one line, otherwise a line an entry.
    fn table(&mut self, name: &str, entries: &[(String, String)]) {
        let joined: Vec<String> = entries
            .iter()
            .map(|(name, value)| format!("{} = {value}", key(name)))
            .collect();
        let joined = joined.join(", ");
        if entries.is_empty() {
        } else if joined.len() <= 90 {
            self.line(name, format!("{{ {joined} }}"));
        } else {
            for (entry, value) in entries {
                self.line(&format!("{name}.{}", key(entry)), value);
            }
        }
    }

    /// What is asked, and how; or the preset that says so.
    fn request(&mut self, sample: &Sample, roles: &Roles, known: Option<&RequestValue>) {
        if let Some(known) = known {
            self.line("preset", quoted(known.preset.name));
            return self.var(known);
        }
        let url = self.values.url("token_url", &sample.url);
        self.line("token_url", url);
        let auth = roles.client_auth;
        let strategy = strategy(sample.method, auth, sample.params_in);
        let is_exact = strategy.method() == sample.method && auth == Some(strategy.client_auth());
        let says = if is_exact {
            format!("    # {}", strategy.summary())
        } else {
            String::new()
        };
        self.lines
            .push(format!("strategy = \"{}\"{says}", strategy.as_str()));
        if strategy.method() != sample.method {
            self.line("method", quoted(sample.method.as_str()));
        }
        if let Some(auth) = auth.filter(|auth| *auth != strategy.client_auth()) {
            self.line("client_auth", quoted(auth.as_str()));
        }
        if roles.grant != Grant::ClientCredentials {
            self.line("grant", quoted(roles.grant.as_str()));
        }
        let names: Vec<_> = roles
            .names
            .iter()
            .map(|(standard, name)| (standard.as_str().to_owned(), quoted(name)))
            .collect();
        self.table("names", &names);
    }

    /// The preset's variable, where the sample has another value than the preset.
    fn var(&mut self, known: &RequestValue) {
        let Some((name, value)) = &known.var else {
            return;
        };
        let shown = value.literal().filter(|text| placeholder(text).is_none());
        if let Some(text) = shown {
            if known.profile.vars.get(name).map(String::as_str) != Some(text) {
                self.values.keep("vars", text);
                self.table("vars", &[(name.clone(), quoted(text))]);
            }
        } else if let Some(line) = known
            .preset
            .credentials()
            .lines()
            .find(|line| line.starts_with("vars"))
        {
            self.lines.push(line.to_owned());
            self.warnings.push(
                Warning::new(format!("the sample leaves `vars.{name}` open"))
                    .hint("fill it in, in the profile"),
            );
        }
    }

    fn credentials(&mut self, roles: &Roles) {
        let sources = [
            StandardParam::ClientSecret,
            StandardParam::Password,
            StandardParam::RefreshToken,
        ];
        for standard in StandardParam::ALL.iter().copied() {
            let name = standard.as_str();
            let Some(value) = roles
                .values
                .get(&standard)
                .filter(|_| standard != StandardParam::GrantType)
            else {
                continue;
            };
            let value = match standard {
                _ if sources.contains(&standard) => self.values.secret(name, value),
                StandardParam::ClientId if may_be_a_secret(roles) => {
                    self.values.secret(name, value)
                }
                StandardParam::Scope | StandardParam::Audience => self.values.template(name, value),
                _ => self.values.public(name, value),
            };
            self.line(name, value);
        }
        if roles.were_joined {
            self.warnings.push(Warning::new(
                "the sample has id and secret in one text (`Basic …`); the profile takes each by itself",
            ));
        }
    }

    fn params(&mut self, params: Vec<Param>, known: Option<&RequestValue>) {
        let (mut entries, mut dropped) = (Vec::new(), Vec::new());
        for param in params {
            if known.is_some_and(|known| says_it_otherwise(&known.profile, &param.name)) {
                dropped.push(format!("`{}`", shown(&param.name)));
                continue;
            }
            let path = format!("params.{}", param.name);
            let values: Vec<String> = param
                .values
                .iter()
                .map(|value| self.param(&path, value))
                .collect();
            let value = if param.is_list {
                format!("[{}]", values.join(", "))
            } else {
                values.concat()
            };
            self.values.keep("params", &param.name);
            entries.push((param.name, value));
        }
        self.table("params", &entries);
        if !dropped.is_empty() {
            let what = format!("left out of the sample's body: {}", dropped.join(", "));
            let hint = "the preset sends the credentials once, and a refresh token when a reply has brought one";
            self.warnings.push(Warning::new(what).hint(hint));
        }
    }

    fn param(&mut self, path: &str, value: &Value) -> String {
        match value.text.literal() {
            Some(path) if value.is_file => {
                self.relative(path);
                format!("{{ file = {} }}", quoted(path))
            }
            Some(text)
                if value.bare && text.len() > 1 && is_number(text) && is_secret(last(path), "") =>
            {
                self.warnings.push(Warning::new(format!(
                    "`{}` is a number in the sample; from a variable it is sent as text",
                    shown(path)
                )));
                self.values.secret(path, &value.text)
            }
            Some(text) if value.bare && text.parse::<i64>().is_ok() => text.to_owned(),
            Some(text) if value.bare && ["true", "false"].contains(&text) => text.to_owned(),
            Some(text) if value.bare && text.contains('.') && !text.contains(['e', 'E']) => {
                text.to_owned()
            }
            _ => self.values.judged(path, &value.text),
        }
    }

    /// Says where a relative path begins: not where curl would have it.
    fn relative(&mut self, path: &str) {
        if !path.starts_with(['/', '~']) {
            let what = format!(
                "`{}` is looked for beside the profiles file",
                crate::text::sanitize(path)
            );
            self.warnings
                .push(Warning::new(what).hint("write its whole path, or put it there"));
        }
    }

    fn headers(&mut self, sample: &Sample) {
        let of_body = match sample.params_in {
            ParamsIn::Form => "application/x-www-form-urlencoded",
            ParamsIn::Json => "application/json",
            ParamsIn::Query => "",
        };
        let mut entries: Vec<(String, String)> = Vec::new();
        for (name, value) in &sample.headers {
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let text = value.as_marked();
            if (is("content-type") && text.eq_ignore_ascii_case(of_body))
                || (is("accept") && text == "application/json")
            {
                continue;
            }
            if is("host") && sample.url.as_marked().contains(&format!("//{text}")) {
                continue;
            }
            let of_http = [
                "host",
                "content-length",
                "transfer-encoding",
                "connection",
                "upgrade",
                "te",
            ];
            let is_twice = entries.iter().any(|(known, _)| is(known));
            if text.is_empty() || is_twice || of_http.iter().any(|reserved| is(reserved)) {
                self.warnings.push(Warning::new(format!(
                    "the header `{}` is left out",
                    shown(name)
                )));
                continue;
            }
            let value = self.values.judged(&format!("headers.{name}"), value);
            if is("authorization") && !text.ends_with(':') {
                self.warnings.push(
                    Warning::new("the sample has an `Authorization` header of its own").hint(
                        "its variable holds the whole value, with the word in front: `Bearer …`",
                    ),
                );
            }
            self.values.keep("headers", name);
            entries.push((name.clone(), value));
        }
        self.table("headers", &entries);
    }

    fn others(&mut self, sample: &Sample) {
        if let Some(file) = &sample.ca_file {
            self.relative(file.literal().unwrap_or("/"));
            let file = self.values.template("ca_file", file);
            self.line("ca_file", file);
        }
        if let Some(proxy) = &sample.proxy {
            let proxy = self.values.proxy(proxy);
            self.line("proxy", proxy);
        }
        for (name, seconds) in [
            ("timeout", sample.timeout),
            ("connect_timeout", sample.connect_timeout),
        ] {
            if let Some(seconds) = seconds.filter(|seconds| *seconds > 0) {
                self.line(name, format!("\"{seconds}s\""));
            }
        }
        if let Some(retries) = sample.retries {
            self.line("retries", retries.min(10).to_string());
        }
    }
}

/// Whether the client id is a secret: a key that is sent as a user without a password, or that is called a key.
fn may_be_a_secret(roles: &Roles) -> bool {
    let of = |standard| {
        roles
            .values
            .get(&standard)
            .and_then(Text::literal)
            .unwrap_or("<>")
    };
    let (id, secret) = (of(StandardParam::ClientId), of(StandardParam::ClientSecret));
    let is_alone =
        secret.is_empty() || (is_placeholder(secret, "client_secret") && looks_random(id));
    let is_key = roles
        .names
        .get(&StandardParam::ClientId)
        .is_some_and(|name| is_secret(name, ""));
    is_key || (is_alone && roles.client_auth == Some(ClientAuth::SecretBasic))
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

/// The name of a parameter without the table's.
fn last(path: &str) -> &str {
    path.split_once('.').map_or(path, |(_, name)| name)
}

/// The strategy that comes nearest.
fn strategy(method: Method, auth: Option<ClientAuth>, params_in: ParamsIn) -> Strategy {
    let rate = |strategy: &Strategy| {
        let is_auth = auth.is_none_or(|auth| auth == strategy.client_auth());
        (
            strategy.params_in() == params_in,
            is_auth,
            strategy.method() == method,
        )
    };
    // The first of those that are equally near.
    Strategy::ALL
        .iter()
        .copied()
        .rev()
        .max_by_key(rate)
        .unwrap_or(Strategy::BasicForm)
}

/// Whether the preset puts this parameter elsewhere, or does without.
fn says_it_otherwise(profile: &Profile, name: &str) -> bool {
    let is_credential = ["client_id", "client_secret"].contains(&name);
    let is_later = name == "refresh_token" && profile.renews_by_refresh_token();
    (is_credential && profile.client_auth == ClientAuth::SecretBasic) || is_later
}
