//! `tok config`: where the profiles file is, whether all of it is valid, its JSON Schema.
//!
//! The proxy variables are looked at along with the file: a malformed one keeps every profile from working.

use anyhow::Result;
use serde::Serialize;

use super::Context;
use crate::acquire::AcquireError;
use crate::cli::ConfigCommand;
use crate::config::{ConfigError, SCHEMA};
use crate::host::Warning;
use crate::http::check_proxy_variables;
use crate::render::output::Answer;

/// Runs one of them.
///
/// # Errors
/// The file is not there, or something in it is wrong; all but the first are warned of before.
pub fn run(command: &ConfigCommand, context: &Context<'_>) -> Result<Answer> {
    match command {
        ConfigCommand::Path => Ok(Answer::new(format!(
            "{}\n",
            context.config_path()?.display()
        ))),
        ConfigCommand::Schema => Ok(Answer::new(SCHEMA)),
        ConfigCommand::Check { json } => check(*json, context),
    }
}

#[derive(Serialize)]
struct Json {
    file: String,
    profiles: Vec<String>,
}

fn check(json: bool, context: &Context<'_>) -> Result<Answer> {
    let file = context.file()?;
    let mut problems = file.check();
    if !problems.is_empty() {
        let first = problems.remove(0);
        for problem in problems {
            context.log.warn(warning(&problem));
        }
        return Err(first.into());
    }
    check_proxy_variables(context.environment).map_err(AcquireError::from)?;
    let names = file.names();
    let shown = file.path().display().to_string();
    let text = if json {
        serde_json::to_string(&Json {
            file: shown,
            profiles: names,
        })? + "\n"
    } else {
        let count = names.len();
        format!(
            "{shown}: {count} {}, all valid\n",
            if count == 1 { "profile" } else { "profiles" }
        )
    };
    Ok(Answer::new(text))
}

fn warning(problem: &ConfigError) -> Warning {
    let frame = problem
        .profile
        .as_ref()
        .map(|name| format!("profile `{name}`: "))
        .unwrap_or_default();
    Warning {
        message: format!("{frame}{problem}"),
        hint: problem.hint.clone(),
    }
}
