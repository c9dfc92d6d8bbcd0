//! The version, environment variables, and root certificates.

use std::path::PathBuf;
use std::time::Duration;

use super::Doctor;
use super::finding::Finding;
use crate::acquire::AcquireError;
use crate::http::{Settings, check_proxy_variables};

const ENVIRONMENT: &str = "environment";
const CERTIFICATES: &str = "certificates";

/// TLS is set up for this URL; nothing is sent.
const LOOPBACK: &str = "https://localhost/";

pub(super) fn check(doctor: &Doctor<'_>) -> Vec<Finding> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let version = format!("tok {} on {os} {arch}", env!("CARGO_PKG_VERSION"));
    let mut findings = vec![Finding::ok("version", version)];
    findings.extend(variables(doctor));
    findings.extend(certificates(doctor));
    findings
}

fn variables(doctor: &Doctor<'_>) -> Vec<Finding> {
    let environment = doctor.context.environment;
    let mut findings = Vec::new();
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        let value = environment.get(name).filter(|value| !value.is_empty());
        if value.is_some_and(|value| PathBuf::from(value).is_relative()) {
            let message = format!("`{name}` is not an absolute path, and is ignored");
            let hint = format!("type `unset {name}`, or set it to an absolute path");
            findings.push(Finding::warn(ENVIRONMENT, message).hint(hint));
        }
    }
    for name in ["TOK_MIN_TTL", "TOK_TIMEOUT"] {
        let error = doctor.context.duration(name).err();
        findings.extend(error.map(|error| Finding::of_error(ENVIRONMENT, error)));
    }
    if let Err(error) = check_proxy_variables(environment) {
        findings.push(Finding::of_error(ENVIRONMENT, AcquireError::from(error)));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(ENVIRONMENT, "no variable is malformed"));
    }
    findings
}

fn certificates(doctor: &Doctor<'_>) -> Vec<Finding> {
    let environment = doctor.context.environment;
    let settings = Settings {
        connect_timeout: Duration::from_secs(1),
        ca_file: None,
        proxy: Some("none"),
        environment,
        log: doctor.recorder,
    };
    let outcome = (doctor.context.connect)(LOOPBACK, &settings);
    let mut findings = doctor.warnings(CERTIFICATES);
    if let Err(error) = outcome {
        findings.push(Finding::of_error(CERTIFICATES, AcquireError::from(error)));
    } else if findings.is_empty() {
        let names = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
        let set = names
            .into_iter()
            .filter(|name| environment.text(name).is_some());
        let quoted: Vec<String> = set.map(|name| format!("`{name}`")).collect();
        let message = if quoted.is_empty() {
            "the system's root certificates".to_owned()
        } else {
            format!("the root certificates of {}", quoted.join(" and "))
        };
        findings.push(Finding::ok(CERTIFICATES, message));
    }
    findings
}
