//! What can only be said of a profile as a whole, and what no request could carry.

use super::error::ConfigError;
use super::fields::{Keys, Setting};
use super::node::Kind;
use crate::client_auth::ClientAuth;
use crate::grant::Grant;
use crate::profile::endpoint::Endpoint;
use crate::profile::proxy_url::ProxyUrl;
use crate::profile::{Profile, Value};
use crate::request::{BasicEncoding, BuildError, Method, ParamsIn, StandardParam, is_header_value};
use crate::template::Template;

/// Each check, and the keys it depends on: it is skipped if one of them is wrong.
const CHECKS: &[(&str, Check)] = &[
    ("", token_url),
    ("token_url vars", endpoint),
    ("strategy method params_in", body),
    ("grant", grant),
    ("strategy client_auth grant params names omit", credentials),
    (
        "strategy client_auth basic_encoding client_id vars",
        user_id,
    ),
    ("headers vars", header_values),
    ("strategy client_auth headers", authorization),
    ("strategy client_auth grant names omit", wire_names),
    ("proxy vars", proxy),
];

type Check = fn(&mut Checker<'_>);

struct Checker<'a> {
    profile: &'a Profile,
    keys: &'a Keys<'a>,
    errors: Vec<ConfigError>,
}

/// All that is wrong with a profile of which each key is right by itself.
pub(super) fn run(profile: &Profile, keys: &Keys<'_>) -> Vec<ConfigError> {
    let mut checker = Checker {
        profile,
        keys,
        errors: Vec::new(),
    };
    for (used, run) in CHECKS {
        if !used.split(' ').any(|key| keys.is_wrong(key)) {
            run(&mut checker);
        }
    }
    checker.errors
}

impl Checker<'_> {
    /// Notes that a key is missing, unless it is there.
    fn need(&mut self, key: &str, what: impl Into<String>, hint: impl Into<String>) {
        if !self.keys.has(key) {
            self.errors.push(ConfigError::new(what).hint(hint));
        }
    }

    /// Notes an error of a key, or of an entry of a table (`names.scope`), where that is there.
    fn wrong(
        &mut self,
        setting: Option<Setting<'_>>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let error = setting.map(|setting| setting.error(what, hint));
        self.errors.extend(error);
    }

    /// A text with the profile's `vars` filled in; `None` if it needs the environment.
    fn filled(&self, template: &Template) -> Option<String> {
        let vars = &self.profile.vars;
        template.fill(&|name| vars.get(name).cloned()).ok()
    }

    /// The same for a value; `None` for a secret source.
    fn known(&self, value: &Value) -> Option<String> {
        match value {
            Value::Text(template) => self.filled(template),
            Value::Source(_) => None,
        }
    }
}

fn token_url(check: &mut Checker<'_>) {
    let hint =
        "write `token_url = \"https://…\"`, or start from a `preset` (`tok presets` lists them)";
    check.need("token_url", "`token_url` is missing", hint);
}

fn endpoint(check: &mut Checker<'_>) {
    let template = &check.profile.token_url;
    let Some(setting) = check.keys.get("token_url") else {
        return;
    };
    let url = check.filled(template);
    if let Some(Err(error)) = url.map(|url| Endpoint::parse(&url)) {
        // A preset's URL is right: what is filled in is wrong.
        let is_filled_in = template.variables().next().is_some();
        let vars = check.keys.get("vars").filter(|_| is_filled_in);
        let what = format!("`token_url` {error}");
        check.wrong(vars.or(Some(setting)), what, error.hint());
    }
}

fn body(check: &mut Checker<'_>) {
    let shape = &check.profile.shape;
    if shape.method == Method::Get && shape.params_in != ParamsIn::Query {
        let mut names = ["method", "params_in", "strategy"].into_iter();
        check.wrong(
            names.find_map(|name| check.keys.get(name)),
            "a GET request has no body to carry parameters in",
            "write `params_in = \"query\"`",
        );
    }
}

fn grant(check: &mut Checker<'_>) {
    let grant = check.profile.grant;
    for need in grant.needs() {
        let (name, grant) = (need.as_str(), grant.as_str());
        let what = format!("`grant = \"{grant}\"` needs `{name}`");
        check.need(name, what, format!("write `{name} = {{ env = \"…\" }}`"));
    }
    if grant == Grant::None {
        for name in ["scope", "audience"] {
            check.wrong(
                check.keys.get(name),
                format!("`{name}` is not sent with `grant = \"none\"`"),
                format!("write it as a parameter: `params = {{ {name} = \"…\" }}`"),
            );
        }
    }
}

fn credentials(check: &mut Checker<'_>) {
    let profile = check.profile;
    let (auth, shape) = (profile.client_auth, &profile.shape);
    let has_any = check.keys.has("client_id") || check.keys.has("client_secret");
    // Without a grant the provider may want no client at all, but half of one is an error.
    if profile.grant == Grant::None && !has_any {
        return;
    }
    for param in auth.needs() {
        let is_sent = auth == ClientAuth::SecretBasic || !shape.omit.contains(param);
        let wire_name = shape.wire_name(*param);
        if !is_sent || profile.params.iter().any(|(name, _)| name == wire_name) {
            continue;
        }
        let (name, auth) = (param.as_str(), auth.as_str());
        let what = format!("`{name}` is missing, which `client_auth = \"{auth}\"` sends");
        let alternative = match param {
            StandardParam::ClientId => "`client_id = \"…\"`",
            _ => "`client_auth = \"none\"` for a public client",
        };
        let hint = format!("write `{name} = {{ env = \"…\" }}`, or {alternative}");
        check.need(name, what, hint);
    }
}

fn user_id(check: &mut Checker<'_>) {
    let profile = check.profile;
    let is_raw = profile.client_auth == ClientAuth::SecretBasic
        && profile.basic_encoding == BasicEncoding::Raw;
    let id = profile.client_id.as_ref().and_then(|id| check.known(id));
    if is_raw && profile.client_secret.is_some() && id.is_some_and(|id| id.contains(':')) {
        let what = BuildError::ColonInClientId.to_string();
        let hint = "write `basic_encoding = \"form\"`, which encodes it";
        check.wrong(check.keys.get("client_id"), what, hint);
    }
}

fn header_values(check: &mut Checker<'_>) {
    for (name, value) in &check.profile.headers {
        if check
            .known(value)
            .is_some_and(|text| !is_header_value(&text))
        {
            let error = BuildError::HeaderValue { name: name.clone() };
            let hint = "write it without line breaks and control characters";
            check.wrong(entry(check.keys, "headers", name), error.to_string(), hint);
        }
    }
}

fn authorization(check: &mut Checker<'_>) {
    let profile = check.profile;
    let mut names = profile.headers.iter().map(|(name, _)| name);
    let name = names.find(|name| name.eq_ignore_ascii_case("authorization"));
    let is_basic = profile.client_auth == ClientAuth::SecretBasic;
    if let Some(name) = name.filter(|_| is_basic && profile.client_secret.is_some()) {
        check.wrong(
            entry(check.keys, "headers", name),
            "`headers` sets `Authorization`, and so does `client_secret_basic`",
            "remove one of the two: `client_auth = \"none\"` sends no Basic credentials",
        );
    }
}

/// Two standard parameters under one name on the wire. One of `params` may have a standard one's name: it replaces
/// it.
fn wire_names(check: &mut Checker<'_>) {
    let (profile, keys) = (check.profile, check.keys);
    let shape = &profile.shape;
    let mut sent = [profile.grant.params(), profile.client_auth.params()].concat();
    let is_there = |param: &StandardParam| {
        *param == StandardParam::GrantType || keys.get(param.as_str()).is_some()
    };
    sent.retain(|param| is_there(param) && !shape.omit.contains(param));
    for (index, one) in sent.iter().enumerate() {
        for other in sent.iter().skip(index + 1).filter(|other| *other != one) {
            if shape.wire_name(*one) == shape.wire_name(*other) {
                let (one, other) = (one.as_str(), other.as_str());
                let renamed = entry(keys, "names", other).or_else(|| entry(keys, "names", one));
                let what = format!("`names` sends `{one}` and `{other}` under one name");
                let hint = "give each its own name, or leave one out with `omit`";
                check.wrong(renamed, what, hint);
            }
        }
    }
}

fn proxy(check: &mut Checker<'_>) {
    let proxy = check.profile.proxy.as_ref();
    let value = proxy.and_then(|proxy| check.filled(proxy));
    let value = value.filter(|value| value != "none");
    if let Some(Err(problem)) = value.map(|value| ProxyUrl::parse(&value)) {
        let hint = "write `proxy = \"http://host:port\"`, or `proxy = \"none\"` for no proxy";
        let what = format!("the value of `proxy` {problem}");
        check.wrong(check.keys.get("proxy"), what, hint);
    }
}

/// An entry of a table among the keys.
fn entry<'a>(keys: &Keys<'a>, table: &'a str, name: &'a str) -> Option<Setting<'a>> {
    match &keys.get(table)?.node.kind {
        Kind::Table(entries) => entries.get(name).map(|node| Setting { name, node }),
        _ => None,
    }
}
