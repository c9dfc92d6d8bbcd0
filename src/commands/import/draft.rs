//! The keys of a profile that sends the same as a sample.

use serde_json::Value;

use super::credentials::Credentials;
use super::preset::FoundPreset;
use super::values::{Values, last};
use crate::client_auth::ClientAuth;
use crate::commands::new_profile::{toml_key, toml_text};
use crate::grant::Grant;
use crate::profile::Strategy;
use crate::request::{Method, ParamsIn, StandardParam};
use crate::sample::{Params, Sample, is_placeholder, is_secret, is_timestamp};
use crate::secret::looks_random;

/// Headers that belong to the connection.
const CONNECTION: &str =
    "host content-length transfer-encoding connection accept-encoding expect upgrade te";

pub(super) struct Draft {
    /// The keys, a line each.
    pub(super) lines: Vec<String>,
    pub(super) values: Values,
}

impl Draft {
    /// Drafts a profile of this name.
    pub(super) fn new(
        sample: Sample,
        credentials: &Credentials,
        name: &str,
        preset: Option<&FoundPreset>,
    ) -> Self {
        let mut draft = Self {
            lines: Vec::new(),
            values: Values::new(name, sample.warnings.clone()),
        };
        match preset {
            Some(found) => draft.line("preset", &toml_text(found.preset.name)),
            None => draft.request(&sample, credentials),
        }
        draft.credentials(credentials);
        draft.params(sample.params, preset);
        draft.headers(sample.headers, sample.params_in);
        draft
    }

    fn line(&mut self, key: &str, value: &str) {
        self.lines.push(format!("{key} = {value}"));
    }

    fn request(&mut self, sample: &Sample, credentials: &Credentials) {
        let url = self.values.url(&sample.url);
        self.line("token_url", &url);
        let auth = credentials.client_auth;
        let strategy = strategy(sample.method, auth, sample.params_in);
        let has_auth = auth == Some(strategy.client_auth());
        let comment = if has_auth && strategy.method() == sample.method {
            format!("    # {}", strategy.summary())
        } else {
            String::new()
        };
        self.line("strategy", &format!("\"{}\"{comment}", strategy.as_str()));
        if strategy.method() != sample.method {
            self.line("method", &toml_text(sample.method.as_str()));
        }
        if let Some(auth) = auth.filter(|_| !has_auth) {
            self.line("client_auth", &toml_text(auth.as_str()));
        }
        if credentials.grant != Grant::ClientCredentials {
            self.line("grant", &toml_text(credentials.grant.as_str()));
        }
        for (standard, name) in &credentials.names {
            self.line(&format!("names.{}", standard.as_str()), &toml_text(name));
        }
    }

    fn credentials(&mut self, credentials: &Credentials) {
        for (standard, value) in &credentials.values {
            let key = standard.as_str();
            let value = match standard {
                StandardParam::GrantType => continue,
                StandardParam::Scope | StandardParam::Audience => self.values.template(key, value),
                StandardParam::ClientId if is_secret_id(credentials) => {
                    self.values.secret(key, value)
                }
                _ if is_secret(key, "") => self.values.secret(key, value),
                _ => self.values.value(key, value),
            };
            self.line(key, &value);
        }
    }

    fn params(&mut self, params: Params, preset: Option<&FoundPreset>) {
        let mut left_out = Vec::new();
        for (name, value) in params {
            if preset.is_some_and(|found| found.sends_otherwise(&name)) {
                left_out.push(format!("`{name}`"));
                continue;
            }
            let key = format!("params.{}", toml_key(&name));
            let value = match value {
                Value::Array(values) => {
                    let values = values.iter().map(|value| self.param(&key, value));
                    format!("[{}]", values.collect::<Vec<_>>().join(", "))
                }
                value => self.param(&key, &value),
            };
            self.line(&key, &value);
        }
        if !left_out.is_empty() {
            self.values.warn(
                format!("left out of the sample's body: {}", left_out.join(", ")),
                "the preset sends the credentials once, and a refresh token when a reply has brought one",
            );
        }
    }

    fn param(&mut self, key: &str, value: &Value) -> String {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        self.check_time(key, &text);
        if value.is_string() {
            return self.values.value(key, &text);
        }
        if !is_secret(last(key), &text) {
            return text;
        }
        self.values.warn(
            format!("`{key}` is a number in the sample; from a variable it is sent as text"),
            "if it is not secret, write the number into the profile",
        );
        self.values.secret(key, &text)
    }

    fn check_time(&mut self, key: &str, text: &str) {
        if is_timestamp(last(key), text) {
            self.values.warn(
                format!("`{key}` looks like a time stamp or a nonce, and the profile sends the same one each time"),
                "if the provider wants a new one for each request, `tok` cannot make it",
            );
        }
    }

    fn headers(&mut self, headers: Vec<(String, String)>, params_in: ParamsIn) {
        let content_type = match params_in {
            ParamsIn::Form => "application/x-www-form-urlencoded",
            ParamsIn::Json => "application/json",
            ParamsIn::Query => "",
        };
        let mut written = Vec::new();
        for (name, value) in headers {
            let lower = name.to_ascii_lowercase();
            let is_default = match lower.as_str() {
                "content-type" => value.eq_ignore_ascii_case(content_type),
                "accept" => value == "application/json",
                other => CONNECTION.split(' ').any(|known| known == other),
            };
            if is_default || written.contains(&lower) {
                continue;
            }
            let key = format!("headers.{}", toml_key(&name));
            self.check_time(&key, &value);
            if lower == "authorization" && !value.ends_with(':') {
                self.values.warn(
                    "the sample has an `Authorization` header of its own".to_owned(),
                    "its variable holds the whole value, with the scheme in front: `Bearer …`",
                );
            }
            let value = self.values.value(&key, &value);
            self.line(&key, &value);
            written.push(lower);
        }
    }
}

/// Whether the client's id is secret: where it is called a key, or sent without a secret as a user.
fn is_secret_id(credentials: &Credentials) -> bool {
    let value = |standard| credentials.values.get(&standard).map_or("", String::as_str);
    let name = credentials.names.get(&StandardParam::ClientId);
    let is_alone = is_placeholder(value(StandardParam::ClientSecret), "client_secret")
        && credentials.client_auth == Some(ClientAuth::SecretBasic);
    name.is_some_and(|name| is_secret(name, ""))
        || (is_alone && looks_random(value(StandardParam::ClientId)))
}

/// The strategy that comes nearest; of several the first.
fn strategy(method: Method, auth: Option<ClientAuth>, params_in: ParamsIn) -> Strategy {
    let likeness = |strategy: &Strategy| {
        (
            strategy.params_in() == params_in,
            auth.is_none_or(|auth| auth == strategy.client_auth()),
            strategy.method() == method,
        )
    };
    let strategies = Strategy::ALL.iter().copied().rev();
    strategies
        .max_by_key(likeness)
        .unwrap_or(Strategy::BasicForm)
}
