//! `tok exec`: a program with tokens in its environment.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;

use anyhow::Result;

use super::Context;
use super::handover::{Handed, obtain_all, wanted};
use crate::cli::ExecArgs;
use crate::os;
use crate::profile::{Profile, Value};
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::secret::SecretRef;
use crate::template::is_name;
use crate::text::named;

/// Gets all tokens, then lets the program take this one's place.
///
/// # Errors
/// There is no token, or the program cannot be run.
pub fn run(args: &ExecArgs, context: &Context<'_>) -> Result<Answer> {
    let wanted = wanted(&args.profiles, "exec")?;
    let header = header_variable(args)?;
    let handed = obtain_all(wanted, &args.ask, &args.identity, context)?;
    let as_header = |one: &Handed| format!("Bearer {}", one.acquired.token.access_token.expose());
    let headers: Vec<String> = handed
        .iter()
        .filter(|_| args.env_header.is_some())
        .map(as_header)
        .collect();
    let mut set: Vec<(String, &str)> = Vec::new();
    for (at, one) in handed.iter().enumerate() {
        let value = headers
            .get(at)
            .filter(|_| header.is_none())
            .unwrap_or(one.acquired.token.access_token.expose());
        set.push((one.variable.clone(), value));
    }
    if let (Some(name), Some(value)) = (header, headers.first()) {
        set.push((name.to_owned(), value));
    }
    let mut removed = secret_variables(handed.iter().map(|one| &one.profile));
    removed.retain(|name| !set.iter().any(|(variable, _)| variable == name));
    let (program, arguments) = args
        .command
        .split_first()
        .map_or((OsStr::new(""), [].as_slice()), |(first, rest)| {
            (first.as_os_str(), rest)
        });
    become_program(
        program,
        arguments,
        &set,
        &removed.into_iter().collect::<Vec<_>>(),
    )
}

/// Lets a program take this one's place; where the system cannot do that, hands its exit code on.
///
/// # Errors
/// [`CommandError::CannotRun`].
pub(super) fn become_program(
    program: &OsStr,
    arguments: &[OsString],
    set: &[(String, &str)],
    removed: &[String],
) -> Result<Answer> {
    match os::become_program(program, arguments, set, removed) {
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
        let hint = "a letter or `_`, then letters, digits and `_`";
        return Err(CommandError::usage(
            format!("{} cannot be the name of a variable", named(name)),
            hint,
        )
        .into());
    }
    if args.profiles.len() > 1 {
        return Err(CommandError::usage(
            format!(
                "which of {} tokens is `{name}` to hold?",
                args.profiles.len()
            ),
            "give `--env-header` no name: then every variable holds `Bearer TOKEN`",
        )
        .into());
    }
    Ok(Some(name))
}

/// The variables out of which these profiles take their secrets: the program gets the tokens in their place.
pub(super) fn secret_variables<'a>(
    profiles: impl Iterator<Item = &'a Profile>,
) -> BTreeSet<String> {
    let variable = |source: &SecretRef| match source {
        SecretRef::Env { var } => Some(var.clone()),
        _ => None,
    };
    let of_value = move |value: &Value| match value {
        Value::Source(source) => variable(source),
        Value::Text(_) => None,
    };
    let of_profile = move |profile: &Profile| {
        let credentials = [
            &profile.client_secret,
            &profile.password,
            &profile.refresh_token,
        ];
        let credentials = credentials.into_iter().flatten().filter_map(variable);
        let params = profile
            .params
            .iter()
            .flat_map(|(_, value)| value.scalars())
            .filter_map(|one| of_value(&one.value));
        let headers = profile
            .headers
            .iter()
            .filter_map(|(_, value)| of_value(value));
        credentials.chain(params).chain(headers).collect::<Vec<_>>()
    };
    profiles.flat_map(of_profile).collect()
}
