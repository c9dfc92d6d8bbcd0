//! `tok doctor`: what keeps tokens from being fetched or cached, and what to do about it. It follows the same paths as
//! `tok get` as far as they go without running a command, fetching a token or (unless asked to) using the network.

mod cache;
mod environment;
mod finding;
mod network;
mod profile;
mod profiles_file;
mod token;

use std::cell::RefCell;

use anyhow::Result;

use self::finding::{Finding, Findings};
use super::Context;
use crate::cli::DoctorArgs;
use crate::host::{Log, Warning};
use crate::render::output::Answer;
use crate::render::view;

/// Runs every check.
///
/// # Errors
/// None: problems are the answer.
pub fn run(args: &DoctorArgs, context: &Context<'_>) -> Result<Answer> {
    let recorder = Recorder::default();
    let cache = context.cache.as_ref();
    let doctor = Doctor {
        context: Context {
            log: &recorder,
            cache: cache.map(|cache| cache.with_log(&recorder)),
            ..*context
        },
        recorder: &recorder,
        network: args.network,
    };
    let named = args.profile.as_deref();
    let mut findings = Findings::default();
    findings.extend(environment::check(&doctor));
    let (of_file, profiles) = profiles_file::check(&doctor, named);
    findings.extend(of_file);
    findings.extend(cache::check(&doctor));
    for profile in &profiles {
        let of_profile = profile::check(&doctor, profile);
        findings.extend(of_profile.into_iter().map(|found| found.of(&profile.name)));
    }
    Ok(Answer {
        code: findings.code(),
        ..Answer::new(if args.json {
            view::json(&findings)?
        } else {
            findings.text(named.is_some())
        })
    })
}

/// What every check needs.
struct Doctor<'a> {
    /// Its log is the recorder.
    context: Context<'a>,
    recorder: &'a Recorder,
    network: bool,
}

impl Doctor<'_> {
    /// The warnings since the last call, as findings.
    fn warnings(&self, check: &'static str) -> Vec<Finding> {
        let finding = |Warning { message, hint }| {
            let finding = Finding::warn(check, message);
            hint.into_iter().fold(finding, Finding::hint)
        };
        let warnings = self.recorder.0.take();
        warnings.into_iter().map(finding).collect()
    }
}

/// Records warnings in place of writing them.
#[derive(Default)]
struct Recorder(RefCell<Vec<Warning>>);

impl Log for Recorder {
    fn warn(&self, warning: Warning) {
        self.0.borrow_mut().push(warning);
    }

    fn debug(&self, _message: &str) {}

    fn progress(&self, _message: &str) {}
}
