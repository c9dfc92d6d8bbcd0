//! The version, environment variables, root certificates and the clock.

use std::ops::Range;
use std::time::Duration;

use super::Doctor;
use super::finding::Finding;
use crate::acquire::AcquireError;
use crate::http::{Settings, check_proxy_variables};
use crate::time::UnixTime;

const ENVIRONMENT: &str = "environment";
const CERTIFICATES: &str = "certificates";
pub(super) const CLOCK: &str = "clock";

/// From 2025 to 2099.
const CALENDAR: Range<UnixTime> = UnixTime(1_735_689_600)..UnixTime(4_102_444_800);

pub(super) fn check(doctor: &Doctor<'_>) -> Vec<Finding> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let version = format!("tok {} on {os} {arch}", env!("CARGO_PKG_VERSION"));
    let mut findings = vec![Finding::ok("version", version)];
    let environment = doctor.context.environment;
    for name in ["TOK_MIN_TTL", "TOK_TIMEOUT"] {
        let error = doctor.context.duration(name).err();
        findings.extend(error.map(|error| Finding::of_error(ENVIRONMENT, error)));
    }
    let error = check_proxy_variables(environment)
        .err()
        .map(AcquireError::from);
    findings.extend(error.map(|error| Finding::of_error(ENVIRONMENT, error)));
    if findings.len() == 1 {
        findings.push(Finding::ok(ENVIRONMENT, "no variable is malformed"));
    }
    findings.extend(certificates(doctor));
    let now = (doctor.context.now)();
    findings.push(if CALENDAR.contains(&now) {
        Finding::ok(CLOCK, now.rfc3339())
    } else {
        Finding::fail(
            CLOCK,
            format!("the clock says {}, which is wrong", now.rfc3339()),
        )
        .hint("correct it, for example with `sudo timedatectl set-ntp true`")
    });
    findings
}

/// Sets TLS up; nothing is sent.
fn certificates(doctor: &Doctor<'_>) -> Vec<Finding> {
    let settings = Settings {
        connect_timeout: Duration::from_secs(1),
        ca_file: None,
        proxy: Some("none"),
        environment: doctor.context.environment,
        log: doctor.context.log,
    };
    let outcome = (doctor.context.connect)("https://localhost/", &settings);
    let mut findings = doctor.warnings(CERTIFICATES);
    if let Err(error) = outcome {
        findings.push(Finding::of_error(CERTIFICATES, AcquireError::from(error)));
    } else if findings.is_empty() {
        findings.push(Finding::ok(CERTIFICATES, "root certificates are found"));
    }
    findings
}
