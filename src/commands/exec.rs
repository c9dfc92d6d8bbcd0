//! `tok exec`: run a program with tokens in its environment.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;

use anyhow::Result;

use super::Context;
use super::variables::{VARIABLE_NAME, obtain_all, parse_assignments};
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
    let assignments = parse_assignments(&args.profiles, "exec")?;
    let header_variable = header_variable(args)?;
    let tokens = obtain_all(assignments, &args.fetch, &args.identity, context)?;
    let headers: Vec<Secret<String>> = tokens
        .iter()
        .filter(|_| args.env_header.is_some())
        .map(|one| Secret::new(bearer_value(one.token())))
        .collect();
    let mut set: Vec<(String, &str)> = Vec::new();
    for (at, one) in tokens.iter().enumerate() {
        let header = headers.get(at).filter(|_| header_variable.is_none());
        let value = header.map_or(one.token(), |header| header.expose());
        set.push((one.variable.clone(), value));
    }
    if let (Some(name), Some(value)) = (header_variable, headers.first()) {
        set.push((name.to_owned(), value.expose()));
    }
    let mut removed = BTreeSet::new();
    for one in &tokens {
        removed.extend(secret_variables(&one.profile));
    }
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
    set: &[(String, &str)],
    removed: BTreeSet<String>,
) -> Result<Answer> {
    let removed: Vec<String> = removed.into_iter().collect();
    match os::exec(program, arguments, set, &removed) {
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
        return Err(CommandError::usage(
            format!("{} cannot be the name of a variable", quote_name(name)),
            VARIABLE_NAME,
        )
        .into());
    }
    if args.profiles.len() > 1 {
        return Err(CommandError::usage(
            format!(
                "`--env-header {name}` needs one profile, not {}",
                args.profiles.len()
            ),
            "give `--env-header` no name, and every variable holds `Bearer TOKEN`",
        )
        .into());
    }
    Ok(Some(name))
}

/// Variables that programs need, and that hold no secret when a profile uses them.
const COMMON_VARIABLES: [&str; 9] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "TMPDIR",
    "USERPROFILE",
    "APPDATA",
];

/// The variables from which a profile takes credentials, parameters and headers. The program does not inherit them:
/// it has the token instead.
pub(super) fn secret_variables(profile: &Profile) -> BTreeSet<String> {
    let credentials = [
        &profile.client_secret,
        &profile.password,
        &profile.refresh_token,
    ];
    let identities = [&profile.client_id, &profile.username];
    let params = profile.params.iter().flat_map(|(_, value)| value.scalars());
    let values = identities
        .into_iter()
        .flatten()
        .chain(params.map(|param| &param.value))
        .chain(profile.headers.iter().map(|(_, value)| value));
    let of_source = |source: &SecretRef| match source {
        SecretRef::Env { var } => vec![var.clone()],
        _ => Vec::new(),
    };
    let of_value = |value: &Value| match value {
        Value::Source(source) => of_source(source),
        Value::Text(template) => {
            let names = template.variables().map(str::to_owned);
            names
                .filter(|name| !profile.vars.contains_key(name))
                .collect()
        }
    };
    let credentials = credentials.into_iter().flatten().flat_map(of_source);
    credentials
        .chain(values.flat_map(of_value))
        .filter(|name| !COMMON_VARIABLES.contains(&name.as_str()))
        .collect()
}
