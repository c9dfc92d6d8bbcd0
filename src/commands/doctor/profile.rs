//! One profile: whether all that a request needs can be had, without running a command and without asking.

use std::fs;
use std::path::{Path, PathBuf};

use super::Doctor;
use super::finding::{Finding, quoted};
use crate::acquire::{AcquireError, Services, TokenIdentity};
use crate::http::{Settings, TransportError, describe_proxy};
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

/// What is to be connected to, and how.
pub(super) struct Way {
    pub(super) url: String,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) proxy: Option<String>,
}

impl Doctor<'_> {
    pub(super) fn profile(&mut self, profile: &Profile, base: &Path) {
        let context = self.context;
        let services = Services {
            environment: context.environment,
            now: context.now,
            log: self.overheard,
            store: self.cache.map(|cache| cache as _),
            connect: context.connect,
            base,
        };
        let resolver = services.resolver(profile);
        let mut findings = self.values(profile, &resolver);
        let identity = TokenIdentity::resolve(profile, &services);
        match &identity {
            Ok(identity) => {
                if let Err(error) = identity.check(profile) {
                    findings.push(Finding::of_error(VALUE, AcquireError::Build(error)));
                }
                let (more, way) = self.endpoint(profile, &resolver, &identity.endpoint);
                findings.extend(more);
                findings.extend(self.token(profile, identity, &services));
                if let Some(way) = way.filter(|_| self.network) {
                    findings.extend(self.connect(profile, &identity.endpoint, &way));
                }
            }
            Err(error) => {
                // One that is of a value was found there already.
                if !matches!(error, AcquireError::Secret(_))
                    || !findings.iter().any(Finding::is_trouble)
                {
                    findings.push(Self::judged(ENDPOINT, error));
                }
                findings.push(Finding::skip("token", "which token is meant is not known"));
            }
        }
        findings.extend(self.warnings("profile"));
        for finding in findings {
            self.note(finding.of(&profile.name));
        }
    }

    /// What would be said of an error that is only looked at.
    fn judged(check: &'static str, error: &AcquireError) -> Finding {
        match error {
            AcquireError::Secret(error) => Finding::of_error(check, error.clone()),
            AcquireError::Endpoint(error) => {
                Finding::of_error(check, AcquireError::Endpoint(error.clone()))
            }
            other => Finding::fail(check, other.to_string(), 1),
        }
    }

    /// Each value that a request carries: can it be had?
    fn values(&self, profile: &Profile, resolver: &Resolver<'_>) -> Vec<Finding> {
        let mut texts: Vec<(String, &Template)> =
            vec![("token_url".to_owned(), &profile.token_url)];
        let mut sources: Vec<(String, &SecretRef)> = Vec::new();
        texts.extend(profile.scope.iter().map(|word| ("scope".to_owned(), word)));
        texts.extend(
            profile
                .audience
                .iter()
                .map(|text| ("audience".to_owned(), text)),
        );
        texts.extend(profile.proxy.iter().map(|text| ("proxy".to_owned(), text)));
        let named = |name: &str, value| (name.to_owned(), value);
        let values = profile
            .client_id
            .iter()
            .map(|value| named("client_id", value));
        let values = values.chain(
            profile
                .username
                .iter()
                .map(|value| named("username", value)),
        );
        let values = values.chain(profile.params.iter().flat_map(|(name, value)| {
            value
                .scalars()
                .iter()
                .map(move |scalar| (format!("params.{name}"), &scalar.value))
        }));
        let headers = profile
            .headers
            .iter()
            .map(|(name, value)| (format!("headers.{name}"), value));
        for (field, value) in values.chain(headers) {
            match value {
                Value::Text(text) => texts.push((field, text)),
                Value::Source(source) => sources.push((field, source)),
            }
        }
        for (standard, source) in profile.secrets() {
            let is_sent = standard != StandardParam::ClientSecret
                || profile.client_auth.needs().contains(&standard);
            sources.extend(
                source
                    .filter(|_| is_sent)
                    .map(|source| (standard.as_str().to_owned(), source)),
            );
        }
        let mut findings: Vec<Finding> = texts
            .iter()
            .filter_map(|(field, text)| resolver.fill(field, text).err())
            .map(|error| Finding::of_error(VALUE, error))
            .collect();
        for (field, source) in sources {
            findings.extend(self.source(&field, source, resolver));
        }
        findings
    }

    fn source(&self, field: &str, source: &SecretRef, resolver: &Resolver<'_>) -> Vec<Finding> {
        let told =
            |more: &str| Finding::ok(SECRET, format!("`{field}`: {}{more}", source.describe()));
        let mut findings = match (resolver.read_if_cheap(field, source), source) {
            (Err(error), _) => vec![Finding::of_error(SECRET, error)],
            (Ok(_), SecretRef::Command { argv }) => {
                let program = argv.first().map_or("", String::as_str);
                vec![match self.program(program) {
                    Some(path) => told(&format!(" ({}), not run", path.display())),
                    None => Self::no_program(field, argv),
                }]
            }
            (Ok(_), _) => vec![told("")],
        };
        if let SecretRef::File { path } | SecretRef::Properties { path, .. } = source
            && let Ok(path) = resolver.path_of(field, path)
            && fs::metadata(&path).is_ok_and(|metadata| os::is_readable_by_others(&metadata))
        {
            let message = format!("`{field}`: others can read `{}`", path.display());
            findings.push(
                Finding::warn(SECRET, message).hint(format!("type `chmod 600 {}`", quoted(&path))),
            );
        }
        findings
    }

    /// The file that would be run, found as the system finds it.
    fn program(&self, name: &str) -> Option<PathBuf> {
        if name.contains('/') {
            return Some(PathBuf::from(name)).filter(|path| os::is_executable(path));
        }
        let path = self
            .context
            .environment
            .get("PATH")
            .unwrap_or_else(|| "/bin:/usr/bin".into());
        std::env::split_paths(&path)
            .map(|directory| directory.join(name))
            .find(|path| os::is_executable(path))
    }

    fn no_program(field: &str, argv: &[String]) -> Finding {
        let program = argv.first().map_or("", String::as_str);
        let what = if program.contains('/') {
            "cannot be run"
        } else {
            "is not found on `PATH`"
        };
        let error = SourceError::Command {
            command: show_argv(argv),
            reason: what.to_owned(),
            is_missing: false,
        };
        Finding::of_error(SECRET, error.of(field))
            .hint("install it, or write its whole path in the profile")
    }

    /// Where the request goes and by which way, and whether TLS can be set up for it.
    fn endpoint(
        &self,
        profile: &Profile,
        resolver: &Resolver<'_>,
        endpoint: &Endpoint,
    ) -> (Vec<Finding>, Option<Way>) {
        let url = endpoint.as_str();
        let failed = |error: TransportError| Finding::of_error(TLS, AcquireError::from(error));
        let ca_file = match profile
            .ca_file
            .as_ref()
            .map(|path| resolver.path("ca_file", path))
            .transpose()
        {
            Ok(ca_file) => ca_file,
            Err(error) => return (vec![Finding::of_error(VALUE, error)], None),
        };
        let Ok(proxy) = profile
            .proxy
            .as_ref()
            .map(|proxy| resolver.fill("proxy", proxy))
            .transpose()
        else {
            // Found among the values already.
            return (Vec::new(), None);
        };
        let by = match describe_proxy(url, proxy.as_deref(), self.context.environment) {
            Ok(by) => by,
            Err(error) => {
                return (
                    vec![Finding::of_error(ENDPOINT, AcquireError::from(error))],
                    None,
                );
            }
        };
        let shown = endpoint.shown();
        let by = by.map_or_else(
            || "directly".to_owned(),
            |proxy| format!("through the proxy {proxy}"),
        );
        let mut findings = vec![Finding::ok(ENDPOINT, format!("{shown} {by}"))];
        let way = Way {
            url: url.to_owned(),
            ca_file,
            proxy,
        };
        let outcome = (self.context.connect)(url, &self.settings(profile, &way));
        findings.extend(self.warnings(TLS));
        match (outcome, &way.ca_file) {
            (Err(error), _) => {
                findings.push(failed(error));
                (findings, None)
            }
            (Ok(_), Some(path)) if url.starts_with("https:") => {
                findings.push(Finding::ok(
                    TLS,
                    format!("`ca_file` {} is read", path.display()),
                ));
                (findings, Some(way))
            }
            (Ok(_), _) => (findings, Some(way)),
        }
    }

    pub(super) fn settings<'s>(&'s self, profile: &Profile, way: &'s Way) -> Settings<'s> {
        Settings {
            connect_timeout: profile.timing.connect_timeout,
            ca_file: way.ca_file.as_deref(),
            proxy: way.proxy.as_deref(),
            environment: self.context.environment,
            log: self.overheard,
        }
    }
}
