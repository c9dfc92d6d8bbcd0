//! One profile: whether every value of its request can be resolved, without running a command, and how the request
//! would travel.

use std::fs;
use std::path::PathBuf;

use super::finding::{Finding, quoted};
use super::{Doctor, network, token};
use crate::acquire::{AcquireError, TokenIdentity};
use crate::http::{Settings, describe_proxy};
use crate::os;
use crate::profile::endpoint::Endpoint;
use crate::profile::{Profile, Value};
use crate::request::StandardParam;
use crate::secret::SecretRef;
use crate::secret::source::{Resolver, SourceError, show_argv};
use crate::template::Template;

const SECRET: &str = "secret";
const VALUE: &str = "value";
const ENDPOINT: &str = "endpoint";
const TLS: &str = "tls";

pub(super) fn check(doctor: &Doctor<'_>, profile: &Profile) -> Vec<Finding> {
    let services = doctor.context.services();
    let resolver = services.resolver(profile);
    let mut findings = Vec::new();
    for (key, value) in values(profile) {
        match value {
            Value::Source(source) => findings.extend(secret(doctor, &key, &source, &resolver)),
            Value::Text(text) => findings.extend(
                resolver
                    .fill(&key, &text)
                    .err()
                    .map(|error| Finding::of_error(VALUE, error)),
            ),
        }
    }
    let has_problem = findings.iter().any(Finding::is_problem);
    match TokenIdentity::resolve(profile, &services) {
        Ok(identity) => {
            if let Err(error) = identity.check(profile) {
                findings.push(Finding::of_error(VALUE, AcquireError::Build(error)));
            }
            findings.extend(endpoint(doctor, profile, &resolver, &identity.endpoint));
            findings.extend(token::check(doctor, profile, &identity, &services));
        }
        Err(error) => {
            // An unresolved value is among the findings already.
            if !has_problem || !matches!(error, AcquireError::Secret(_)) {
                findings.push(Finding::of_error(ENDPOINT, error));
            }
        }
    }
    findings.extend(doctor.warnings("profile"));
    findings
}

/// Every value that the request carries, with its key.
fn values(profile: &Profile) -> Vec<(String, Value)> {
    let text = |key: &str, text: &Template| (key.to_owned(), Value::Text(text.clone()));
    let mut values = vec![text("token_url", &profile.token_url)];
    values.extend(profile.scope.iter().map(|scope| text("scope", scope)));
    values.extend(
        profile
            .audience
            .iter()
            .map(|audience| text("audience", audience)),
    );
    values.extend(profile.proxy.iter().map(|proxy| text("proxy", proxy)));
    for (key, value) in [
        ("client_id", &profile.client_id),
        ("username", &profile.username),
    ] {
        values.extend(value.clone().map(|value| (key.to_owned(), value)));
    }
    for (name, param) in &profile.params {
        let scalars = param.scalars.iter();
        values.extend(scalars.map(|scalar| (format!("params.{name}"), scalar.value.clone())));
    }
    let headers = profile.headers.iter();
    values.extend(headers.map(|(name, value)| (format!("headers.{name}"), value.clone())));
    for (param, source) in profile.secrets() {
        let is_sent =
            param != StandardParam::ClientSecret || profile.client_auth.needs().contains(&param);
        let source = source.filter(|_| is_sent).cloned();
        values.extend(source.map(|source| (param.as_str().to_owned(), Value::Source(source))));
    }
    values
}

/// Resolves a secret source; of a command, looks for the program.
fn secret(
    doctor: &Doctor<'_>,
    key: &str,
    source: &SecretRef,
    resolver: &Resolver<'_>,
) -> Vec<Finding> {
    let described = format!("`{key}`: {}", source.describe());
    let value = resolver.read_if_cheap(key, source);
    let mut findings = vec![match (value, source) {
        (Err(error), _) => Finding::of_error(SECRET, error),
        (Ok(_), SecretRef::Command { argv }) => {
            if let Some(path) = find_program(doctor, argv) {
                let path = path.display();
                Finding::ok(SECRET, format!("{described} ({path}), not run"))
            } else {
                let error = SourceError::Command {
                    command: show_argv(argv),
                    reason: "is not found, or cannot be run".to_owned(),
                    is_missing: false,
                };
                Finding::of_error(SECRET, error.of(key))
                    .hint("install it, or write its full path in the profile")
            }
        }
        (Ok(Some(value)), _) if value.expose().trim() != value.expose() => {
            let message = format!("{described} begins or ends with white space or a line break");
            let hint = "tok sends it as it is; `printf %s` writes a value without a line break";
            Finding::warn(SECRET, message).hint(hint)
        }
        (Ok(_), _) => Finding::ok(SECRET, described),
    }];
    if let SecretRef::File { path } | SecretRef::Properties { path, .. } = source
        && let Ok(path) = resolver.path_of(key, path)
        && fs::metadata(&path).is_ok_and(|metadata| os::is_readable_by_others(&metadata))
    {
        let message = format!("`{key}`: other users can read `{}`", path.display());
        let hint = format!("type `chmod 600 {}`", quoted(&path));
        findings.push(Finding::warn(SECRET, message).hint(hint));
    }
    findings
}

/// The file that would be run.
fn find_program(doctor: &Doctor<'_>, argv: &[String]) -> Option<PathBuf> {
    let name = argv.first()?;
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| os::is_executable(path));
    }
    let path = doctor.context.environment.get("PATH");
    std::env::split_paths(&path.unwrap_or_else(|| "/bin:/usr/bin".into()))
        .map(|directory| directory.join(name))
        .find(|path| os::is_executable(path))
}

/// Where the request goes, through which proxy, and whether TLS can be set up.
fn endpoint(
    doctor: &Doctor<'_>,
    profile: &Profile,
    resolver: &Resolver<'_>,
    endpoint: &Endpoint,
) -> Vec<Finding> {
    let (url, shown) = (endpoint.as_str(), endpoint.shown());
    let environment = doctor.context.environment;
    let ca_file = profile.ca_file.as_ref();
    let ca_file = ca_file.map(|path| resolver.path("ca_file", path));
    let ca_file = match ca_file.transpose() {
        Ok(ca_file) => ca_file,
        Err(error) => return vec![Finding::of_error(VALUE, error)],
    };
    // One that cannot be resolved is among the findings already.
    let proxy = profile.proxy.as_ref();
    let proxy = proxy.and_then(|proxy| resolver.fill("proxy", proxy).ok());
    let through = match describe_proxy(url, proxy.as_deref(), environment) {
        Ok(None) => "directly".to_owned(),
        Ok(Some(proxy)) => format!("through the proxy {proxy}"),
        Err(error) => return vec![Finding::of_error(ENDPOINT, AcquireError::from(error))],
    };
    let settings = Settings {
        connect_timeout: profile.timing.connect_timeout,
        ca_file: ca_file.as_deref(),
        proxy: proxy.as_deref(),
        environment,
        log: doctor.context.log,
    };
    let mut findings = vec![Finding::ok(ENDPOINT, format!("{shown} {through}"))];
    let outcome = (doctor.context.connect)(url, &settings);
    findings.extend(doctor.warnings(TLS));
    match outcome {
        Err(error) => findings.push(Finding::of_error(TLS, AcquireError::from(error))),
        Ok(transport) if doctor.network => {
            findings.extend(network::check(doctor, profile, &shown, &*transport));
        }
        Ok(_) => {}
    }
    findings
}
