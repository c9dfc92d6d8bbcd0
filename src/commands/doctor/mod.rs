//! `tok doctor`: looks for every condition that makes tokens fail, or caching fail, and says what to type.
//!
//! It walks the same paths as `tok get` as far as they go without running a command, fetching a token or, unless
//! it is asked to, using the network; so what it finds is what `tok get` would meet.

mod clock;
mod file;
mod finding;
mod network;
mod profile;
mod store;
mod surroundings;
mod token;

use std::cell::RefCell;

use anyhow::Result;

use self::finding::Finding;
use super::Context;
use crate::cli::DoctorArgs;
use crate::host::{Log, Warning};
use crate::render::output::Answer;
use crate::render::view;
use crate::store::FileStore;
use crate::time::UnixTime;

/// Examines all there is to examine.
///
/// # Errors
/// None: what is wrong is the answer.
pub fn run(args: &DoctorArgs, context: &Context<'_>) -> Result<Answer> {
    let overheard = Overheard::default();
    let cache = context
        .cache
        .as_ref()
        .map(|cache| cache.with_log(&overheard));
    let mut doctor = Doctor {
        context,
        overheard: &overheard,
        cache: cache.as_ref(),
        now: (context.now)(),
        network: args.network,
        findings: Vec::new(),
        connected: Vec::new(),
    };
    doctor.surroundings();
    let profiles = doctor.file(args.profile.as_deref());
    doctor.store();
    for (profile, base) in &profiles {
        doctor.profile(profile, base);
    }
    let findings = doctor.findings;
    let text = if args.json {
        view::json(&findings)?
    } else {
        finding::text(&findings, args.profile.is_some())
    };
    Ok(Answer {
        code: finding::code(&findings),
        ..Answer::new(text)
    })
}

/// One examination.
struct Doctor<'a> {
    context: &'a Context<'a>,
    overheard: &'a Overheard,
    /// The cache; what it warns of is overheard.
    cache: Option<&'a FileStore<'a>>,
    now: UnixTime,
    network: bool,
    findings: Vec<Finding>,
    /// The endpoints that were connected to, each with the proxy and authorities for it.
    connected: Vec<String>,
}

impl Doctor<'_> {
    /// Notes a finding; trouble that is known already, though not in this profile, is not told again.
    fn note(&mut self, finding: Finding) {
        let is_known = |known: &Finding| {
            known.message == finding.message
                && known.state == finding.state
                && (known.profile.is_none() || known.profile == finding.profile)
        };
        if !(finding.is_trouble() && self.findings.iter().any(is_known)) {
            self.findings.push(finding);
        }
    }

    /// The warnings that were overheard since the last time, as findings.
    fn warnings(&self, check: &'static str) -> Vec<Finding> {
        let warned = |Warning { message, hint }| {
            hint.into_iter()
                .fold(Finding::warn(check, message), Finding::hint)
        };
        self.overheard.0.take().into_iter().map(warned).collect()
    }
}

/// Keeps what would be warned of.
#[derive(Default)]
struct Overheard(RefCell<Vec<Warning>>);

impl Log for Overheard {
    fn warn(&self, warning: Warning) {
        self.0.borrow_mut().push(warning);
    }

    fn debug(&self, _message: &str) {}

    fn progress(&self, _message: &str) {}
}
