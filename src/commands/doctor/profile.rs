//! One profile: whether every value of its request can be resolved, without running a command, and how the request
//! would travel.

use std::fs;
use std::path::{Path, PathBuf};

use super::finding::{Finding, quoted};
use super::{Doctor, network, token};
use crate::acquire::{AcquireError, Services, TokenIdentity};
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

pub(super) fn check(doctor: &Doctor<'_>, profile: &Profile, base: &Path) -> Vec<Finding> {
    let context = doctor.context;
    let services = Services {
        environment: context.environment,
        now: context.now,
        log: doctor.recorder,
        store: doctor.cache.map(|cache| cache as _),
        connect: context.connect,
        base,
    };
    let resolver = services.resolver(profile);
    let mut findings = values(doctor, profile, &resolver);
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
            let message = "not looked up: the token cannot be identified";
            findings.push(Finding::skip(token::CHECK, message));
        }
    }
    findings.extend(doctor.warnings("profile"));
    findings
}

/// Resolves each value that the request carries.
fn values(doctor: &Doctor<'_>, profile: &Profile, resolver: &Resolver<'_>) -> Vec<Finding> {
    let mut texts: Vec<(String, &Template)> = Vec::new();
    let mut sources: Vec<(String, &SecretRef)> = Vec::new();
    let named = [
        ("token_url", Some(&profile.token_url)),
        ("audience", profile.audience.as_ref()),
        ("proxy", profile.proxy.as_ref()),
    ];
    let scope = profile.scope.iter().map(|text| ("scope", Some(text)));
    for (field, text) in named.into_iter().chain(scope) {
        texts.extend(text.map(|text| (field.to_owned(), text)));
    }
    let ids = [
        ("client_id", profile.client_id.as_ref()),
        ("username", profile.username.as_ref()),
    ];
    let ids = ids
        .into_iter()
        .filter_map(|(field, value)| Some((field.to_owned(), value?)));
    let params = profile.params.iter().flat_map(|(name, value)| {
        let field = format!("params.{name}");
        let scalars = value.scalars().iter();
        scalars.map(move |scalar| (field.clone(), &scalar.value))
    });
    let headers = profile.headers.iter();
    let headers = headers.map(|(name, value)| (format!("headers.{name}"), value));
    for (field, value) in ids.chain(params).chain(headers) {
        match value {
            Value::Text(text) => texts.push((field, text)),
            Value::Source(source) => sources.push((field, source)),
        }
    }
    for (param, source) in profile.secrets() {
        let is_sent =
            param != StandardParam::ClientSecret || profile.client_auth.needs().contains(&param);
        let source = source.filter(|_| is_sent);
        sources.extend(source.map(|source| (param.as_str().to_owned(), source)));
    }
    let unresolved = texts
        .iter()
        .filter_map(|(field, text)| resolver.fill(field, text).err())
        .map(|error| Finding::of_error(VALUE, error));
    let secrets = sources
        .iter()
        .flat_map(|(field, source)| secret(doctor, field, source, resolver));
    unresolved.chain(secrets).collect()
}

/// Resolves a secret source; of a command, looks for the program.
fn secret(
    doctor: &Doctor<'_>,
    field: &str,
    source: &SecretRef,
    resolver: &Resolver<'_>,
) -> Vec<Finding> {
    let described = format!("`{field}`: {}", source.describe());
    let mut findings = vec![match (resolver.read_if_cheap(field, source), source) {
        (Err(error), _) => Finding::of_error(SECRET, error),
        (Ok(_), SecretRef::Command { argv }) => match find_program(doctor, argv) {
            Some(path) => {
                let path = path.display();
                Finding::ok(SECRET, format!("{described} ({path}), not run"))
            }
            None => missing_program(field, argv),
        },
        (Ok(value), _) => {
            let value = value.as_ref().map_or("", |value| value.expose());
            let what = if value.ends_with(['\n', '\r']) {
                Some("a line break")
            } else if value.trim() != value {
                Some("white space")
            } else {
                None
            };
            match what {
                None => Finding::ok(SECRET, described),
                Some(what) => {
                    let message = format!("{described} begins or ends with {what}, which is sent");
                    let hint = "remove it, unless it belongs to the value; `printf %s` writes no line break";
                    Finding::warn(SECRET, message).hint(hint)
                }
            }
        }
    }];
    if let SecretRef::File { path } | SecretRef::Properties { path, .. } = source
        && let Ok(path) = resolver.path_of(field, path)
        && fs::metadata(&path).is_ok_and(|metadata| os::is_readable_by_others(&metadata))
    {
        let message = format!("`{field}`: other users can read `{}`", path.display());
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

fn missing_program(field: &str, argv: &[String]) -> Finding {
    let has_path = argv.first().is_some_and(|program| program.contains('/'));
    let reason = if has_path {
        "cannot be run"
    } else {
        "is not found on `PATH`"
    };
    let error = SourceError::Command {
        command: show_argv(argv),
        reason: reason.to_owned(),
        is_missing: false,
    };
    Finding::of_error(SECRET, error.of(field))
        .hint("install it, or write its full path in the profile")
}

/// Where the request goes, through which proxy, and whether TLS can be set up.
fn endpoint(
    doctor: &Doctor<'_>,
    profile: &Profile,
    resolver: &Resolver<'_>,
    endpoint: &Endpoint,
) -> Vec<Finding> {
    let url = endpoint.as_str();
    let environment = doctor.context.environment;
    let ca_file = profile.ca_file.as_ref();
    let ca_file = match ca_file
        .map(|path| resolver.path("ca_file", path))
        .transpose()
    {
        Ok(ca_file) => ca_file,
        Err(error) => return vec![Finding::of_error(VALUE, error)],
    };
    let proxy = profile.proxy.as_ref();
    let Ok(proxy) = proxy.map(|proxy| resolver.fill("proxy", proxy)).transpose() else {
        // Among the findings already.
        return Vec::new();
    };
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
        log: doctor.recorder,
    };
    let shown = endpoint.shown();
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
