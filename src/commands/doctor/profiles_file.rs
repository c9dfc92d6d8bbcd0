//! The profiles file: where it is, who can change it, and every mistake in it.

use std::fs;
use std::path::Path;

use super::Doctor;
use super::finding::{Finding, quoted};
use crate::os;
use crate::profile::Profile;
use crate::render::view;
use crate::text::may_be_token;

const CHECK: &str = "profiles-file";
const PROFILE: &str = "profile";

/// The findings, and the valid profiles to check.
pub(super) fn check(doctor: &Doctor<'_>, named: Option<&str>) -> (Vec<Finding>, Vec<Profile>) {
    let file = match doctor.context.file() {
        Ok(file) => file,
        Err(error) => return (vec![Finding::of_error(CHECK, error)], Vec::new()),
    };
    let (known, shown) = (file.names(), file.path().display());
    let count = view::counted(known.len(), "profile");
    let mut findings = vec![Finding::ok(CHECK, format!("{shown}: {count}"))];
    if known.is_empty() {
        let hint = "`tok init` adds one; `tok presets` lists the built-in providers";
        findings.push(Finding::warn(CHECK, "there are no profiles yet").hint(hint));
    }
    findings.extend(permissions(file.path()));
    let mut profiles = Vec::new();
    if let Some(name) = named {
        match file.profile(name) {
            Ok(profile) => profiles.push(profile),
            // An unknown name may be a token that was pasted in the wrong place.
            Err(error) if may_be_token(name) && !known.iter().any(|one| one == name) => {
                findings.push(Finding::of_error(PROFILE, error));
            }
            Err(error) => findings.push(Finding::of_error(PROFILE, error).of(name)),
        }
    } else {
        let problems = file.check().into_iter();
        findings.extend(problems.map(|error| match error.profile.clone() {
            Some(name) => Finding::of_error(PROFILE, error).of(&name),
            None => Finding::of_error(CHECK, error),
        }));
        profiles.extend(file.all().filter_map(|(_, outcome)| outcome.ok()));
    }
    (findings, profiles)
}

/// A user who can change the file can have the credentials sent to another server. That others can read it is a mistake
/// of the profiles with literal secrets only.
fn permissions(path: &Path) -> Option<Finding> {
    let metadata = fs::metadata(path).ok()?;
    let path = quoted(path);
    let hint = if os::is_writable_by_others(&metadata) {
        format!("type `chmod go-w {path}`")
    } else if !os::is_owned_by_us(&metadata) && !os::is_owned_by_root(&metadata) {
        format!("type `sudo chown \"$(id -un)\" {path}` if it should be yours")
    } else {
        return None;
    };
    let message = "other users can change it, and so have the credentials sent elsewhere";
    Some(Finding::warn(CHECK, message).hint(hint))
}
