//! The profiles file: where it is, who can read and change it, and everything that is wrong in it.

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
const CREDENTIALS: &str = "credentials";

/// The most profiles that are examined one by one when none is named.
const MANY: usize = 25;

impl Doctor<'_> {
    /// Examines the file, and hands out the valid profiles that are to be examined, each with the directory where
    /// its relative paths begin.
    pub(super) fn file(&mut self, named: Option<&str>) -> Vec<(Profile, PathBuf)> {
        let file = match self.context.file() {
            Ok(file) => file,
            Err(error) => {
                let failure = Finding::of_error(CHECK, error);
                self.note(failure);
                return Vec::new();
            }
        };
        let (count, shown) = (file.names().len(), file.path().display());
        self.note(if count == 0 {
            Finding::warn(CHECK, format!("{shown} has no profile yet")).hint(
                "`tok presets` lists providers, and `tok presets NAME` prints one to paste there",
            )
        } else {
            Finding::ok(
                CHECK,
                format!("{shown}: {}", view::counted(count, "profile")),
            )
        });
        if let Ok(map) = file.credential_map()
            && !map.0.is_empty()
        {
            let urls = view::counted(map.0.len(), "URL");
            self.note(Finding::ok(
                CREDENTIALS,
                format!("`tok credential` has a token for {urls}"),
            ));
        }
        for finding in rights(file.path()) {
            self.note(finding);
        }
        let base = base_of(&file);
        let profiles = match named {
            Some(name) => self.named(&file, name),
            None => self.all(&file),
        };
        profiles
            .into_iter()
            .map(|profile| (profile, base.clone()))
            .collect()
    }

    fn named(&mut self, file: &ProfilesFile, name: &str) -> Vec<Profile> {
        let outcome = file.profile(name);
        let own = outcome.as_ref().err().map(ToString::to_string);
        let others = file
            .check()
            .iter()
            .filter(|problem| Some(problem.to_string()) != own)
            .count();
        if others > 0 {
            self.note(
                Finding::warn(
                    CHECK,
                    format!("{} elsewhere in the file", view::counted(others, "mistake")),
                )
                .hint("`tok config check` tells them all"),
            );
        }
        match outcome {
            Ok(profile) => vec![profile],
            Err(error) => {
                let failure = Finding::of_error(PROFILE, error);
                let is_shown =
                    !may_be_token(name) || file.names().iter().any(|known| known == name);
                self.note(if is_shown { failure.of(name) } else { failure });
                Vec::new()
            }
        }
    }

    fn all(&mut self, file: &ProfilesFile) -> Vec<Profile> {
        for problem in file.check() {
            let failure = Self::problem(problem);
            self.note(failure);
        }
        let profiles: Vec<_> = file.all().filter_map(|(_, outcome)| outcome.ok()).collect();
        if profiles.len() > MANY {
            self.note(Finding::skip(
                PROFILE,
                format!(
                    "{} profiles are too many to examine one by one: `tok doctor PROFILE` examines one",
                    profiles.len()
                ),
            ));
            return Vec::new();
        }
        profiles
    }

    fn problem(error: ConfigError) -> Finding {
        let profile = error.profile.clone();
        let check = if profile.is_some() { PROFILE } else { CHECK };
        let finding = Finding::of_error(check, error);
        match profile {
            Some(name) => finding.of(&name),
            None => finding,
        }
    }
}

/// Who can change the file can have the secrets sent to himself. That it is readable matters only where it holds
/// a secret, and is a mistake of that profile then.
fn rights(path: &Path) -> Vec<Finding> {
    let Ok(metadata) = fs::metadata(path) else {
        return Vec::new();
    };
    let shown = quoted(path);
    let mut findings = Vec::new();
    if os::is_writable_by_others(&metadata) {
        findings.push(
            Finding::warn(
                CHECK,
                "others can change it, and have the credentials sent elsewhere",
            )
            .hint(format!("type `chmod go-w {shown}`")),
        );
    }
    if !os::is_owned_by_us(&metadata) && !os::is_owned_by_root(&metadata) {
        findings.push(
            Finding::warn(
                CHECK,
                "it belongs to another user, who can have the credentials sent elsewhere",
            )
            .hint(format!(
                "type `sudo chown \"$(id -un)\" {shown}`, if it should be yours"
            )),
        );
    }
    findings
}
