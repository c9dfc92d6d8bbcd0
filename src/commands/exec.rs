//! `tok exec`: run a program with tokens in its environment.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;

use anyhow::Result;

use super::Context;
use super::variables::{VARIABLE_NAME, obtain_all};
use crate::cli::ExecArgs;
use crate::os;
use crate::profile::{Profile, Value};
use crate::render::error::CommandError;
use crate::render::format::bearer_value;
use crate::render::output::Answer;
use crate::secret::{Secret, SecretRef};
use crate::template::is_name;
use crate::text::quote_name;

/// Gets all tokens, then runs the program: on Unix in place of this process.
///
/// # Errors
/// A token cannot be obtained, or the program cannot be run.
pub fn run(args: &ExecArgs, context: &Context<'_>) -> Result<Answer> {
    let header_variable = header_variable(args)?;
    let tokens = obtain_all(&args.profiles, "exec", &args.fetch, &args.identity, context)?;
    let mut set: Vec<(String, Secret<String>)> = Vec::new();
    for one in &tokens {
        let token = &one.acquired.token.access_token;
        let header = || Secret::new(bearer_value(token.expose()));
        match header_variable {
            None if args.env_header.is_some() => set.push((one.variable.clone(), header())),
            None => set.push((one.variable.clone(), token.clone())),
            Some(name) => {
                set.push((one.variable.clone(), token.clone()));
                set.push((name.to_owned(), header()));
            }
        }
    }
    let profiles = tokens.iter().map(|one| &one.profile);
    let mut removed: BTreeSet<String> = profiles.flat_map(secret_variables).collect();
    removed.retain(|name| !set.iter().any(|(variable, _)| variable == name));
    let (program, arguments) = match args.command.split_first() {
        Some((program, arguments)) => (program.as_os_str(), arguments),
        None => (OsStr::new(""), [].as_slice()),
    };
    run_program(program, arguments, &set, removed)
}

/// Runs a program in place of this process, with these variables set and those removed. Where the system cannot do
/// that, waits for it and returns its exit code.
///
/// # Errors
/// [`CommandError::CannotRun`].
pub(super) fn run_program(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, Secret<String>)],
    removed: BTreeSet<String>,
) -> Result<Answer> {
    let set: Vec<(String, &str)> = set
        .iter()
        .map(|(name, value)| (name.clone(), value.expose().as_str()))
        .collect();
    let removed: Vec<String> = removed.into_iter().collect();
    match os::exec(program, arguments, &set, &removed) {
        Ok(code) => Ok(Answer {
            code,
            ..Answer::new("")
        }),
        Err(error) => Err(CommandError::CannotRun {
            program: program.to_string_lossy().into_owned(),
            is_missing: error.kind() == io::ErrorKind::NotFound,
            reason: os::describe(&error),
        }
        .into()),
    }
}

/// The variable that `--env-header` names, if it names one.
fn header_variable(args: &ExecArgs) -> Result<Option<&str>> {
    let Some(name) = args.env_header.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    if !is_name(name) {
        let message = format!("{} cannot be the name of a variable", quote_name(name));
        return Err(CommandError::usage(message, VARIABLE_NAME).into());
    }
    let count = args.profiles.len();
    if count > 1 {
        let message = format!("`--env-header {name}` needs one profile, not {count}");
        let hint = "give `--env-header` no name, and every variable holds `Bearer TOKEN`";
        return Err(CommandError::usage(message, hint).into());
    }
    Ok(Some(name))
}

/// Variables that programs need, and that hold no secret when a profile uses them.
const COMMON_VARIABLES: &str = "PATH HOME USER LOGNAME SHELL LANG TMPDIR USERPROFILE APPDATA";

/// The variables from which a profile takes credentials, parameters and headers. The program does not inherit them:
/// it has the token instead.
pub(super) fn secret_variables(profile: &Profile) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for value in profile.values() {
        if let Value::Text(template) = value {
            names.extend(template.variables().map(str::to_owned));
        }
    }
    names.retain(|name| !profile.vars.contains_key(name));
    names.extend(profile.sources().filter_map(|source| match source {
        SecretRef::Env { var } => Some(var.clone()),
        _ => None,
    }));
    names.retain(|name| !COMMON_VARIABLES.split(' ').any(|common| common == name));
    names
}
