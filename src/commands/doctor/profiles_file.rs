//! The profiles file: where it is, who can read and change it, and every mistake in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::Doctor;
use super::finding::{Finding, quoted};
use crate::commands::base_of;
use crate::config::{ConfigError, ProfilesFile};
use crate::os;
use crate::profile::Profile;
use crate::render::view;
use crate::text::may_be_token;

const CHECK: &str = "profiles-file";
const PROFILE: &str = "profile";

/// More profiles than this are not checked one by one, unless one is named.
const MANY: usize = 25;

/// The valid profiles to check, each with the directory of its relative paths, besides the findings.
pub(super) fn check(
    doctor: &Doctor<'_>,
    named: Option<&str>,
) -> (Vec<Finding>, Vec<(Profile, PathBuf)>) {
    let file = match doctor.context.file() {
        Ok(file) => file,
        Err(error) => return (vec![Finding::of_error(CHECK, error)], Vec::new()),
    };
    let (count, shown) = (file.names().len(), file.path().display());
    let mut findings = vec![if count == 0 {
        Finding::warn(CHECK, format!("{shown} has no profiles yet"))
            .hint("`tok init` adds one; `tok presets` lists the built-in providers")
    } else {
        let count = view::counted(count, "profile");
        Finding::ok(CHECK, format!("{shown}: {count}"))
    }];
    findings.extend(permissions(file.path()));
    let (problems, profiles) = match named {
        Some(name) => one(&file, name),
        None => all(&file),
    };
    findings.extend(problems);
    let base = base_of(&file);
    let profiles = profiles.into_iter().map(|profile| (profile, base.clone()));
    (findings, profiles.collect())
}

fn one(file: &ProfilesFile, name: &str) -> (Vec<Finding>, Vec<Profile>) {
    let outcome = file.profile(name);
    let is_other = |problem: &ConfigError| problem.profile.as_deref() != Some(name);
    let others = file.check().into_iter().filter(is_other).count();
    let mut findings = Vec::new();
    if others > 0 {
        let message = format!("{} elsewhere in the file", view::counted(others, "mistake"));
        findings.push(Finding::warn(CHECK, message).hint("`tok config check` lists them"));
    }
    match outcome {
        Ok(profile) => (findings, vec![profile]),
        Err(error) => {
            let finding = Finding::of_error(PROFILE, error);
            // An unknown name may be a token that was pasted in the wrong place.
            let is_shown = !may_be_token(name) || file.names().iter().any(|known| known == name);
            findings.push(if is_shown { finding.of(name) } else { finding });
            (findings, Vec::new())
        }
    }
}

fn all(file: &ProfilesFile) -> (Vec<Finding>, Vec<Profile>) {
    let problem = |error: ConfigError| match error.profile.clone() {
        Some(name) => Finding::of_error(PROFILE, error).of(&name),
        None => Finding::of_error(CHECK, error),
    };
    let mut findings: Vec<Finding> = file.check().into_iter().map(problem).collect();
    let profiles: Vec<_> = file.all().filter_map(|(_, outcome)| outcome.ok()).collect();
    if profiles.len() <= MANY {
        return (findings, profiles);
    }
    let message = format!(
        "not checking {} profiles one by one: `tok doctor PROFILE` checks one",
        profiles.len()
    );
    findings.push(Finding::skip(PROFILE, message));
    (findings, Vec::new())
}

/// Whoever can change the file can have the credentials sent to another server. That others can read it is a mistake
/// of the profiles with literal secrets only.
fn permissions(path: &Path) -> Vec<Finding> {
    let Ok(metadata) = fs::metadata(path) else {
        return Vec::new();
    };
    let shown = quoted(path);
    let mut findings = Vec::new();
    if os::is_writable_by_others(&metadata) {
        let message = "other users can change it, and so have the credentials sent elsewhere";
        findings.push(Finding::warn(CHECK, message).hint(format!("type `chmod go-w {shown}`")));
    }
    if !os::is_owned_by_us(&metadata) && !os::is_owned_by_root(&metadata) {
        let message = "it belongs to another user, who can have the credentials sent elsewhere";
        let hint = format!("type `sudo chown \"$(id -un)\" {shown}` if it should be yours");
        findings.push(Finding::warn(CHECK, message).hint(hint));
    }
    findings
}
