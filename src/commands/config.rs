//! `tok config`: where the profiles file is, every mistake in it, its JSON Schema.

use anyhow::Result;
use serde::Serialize;

use super::Context;
use crate::acquire::AcquireError;
use crate::cli::ConfigCommand;
use crate::config::{ConfigError, SCHEMA};
use crate::http::check_proxy_variables;
use crate::render::output::Answer;
use crate::render::report::{ErrorSummary, Kind, classify};
use crate::render::view;

/// Runs one of the subcommands.
///
/// # Errors
/// The profiles file cannot be read, or a proxy variable is malformed.
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
    mistakes: Vec<Mistake>,
}

#[derive(Serialize)]
struct Mistake {
    profile: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    message: String,
    hint: Option<String>,
}

/// The mistakes are printed to standard error, or as JSON to standard output.
fn check(json: bool, context: &Context<'_>) -> Result<Answer> {
    let file = context.file()?;
    let problems = file.check();
    if problems.is_empty() {
        check_proxy_variables(context.environment).map_err(AcquireError::from)?;
    }
    let code = if problems.is_empty() {
        0
    } else {
        Kind::Config.code()
    };
    let names = file.names();
    let shown = file.path().display().to_string();
    if json {
        let json = Json {
            file: shown,
            profiles: names,
            mistakes: problems.into_iter().map(Mistake::from).collect(),
        };
        return Ok(Answer {
            code,
            ..Answer::new(view::json(&json)?)
        });
    }
    let mut errors: Vec<ErrorSummary> = problems
        .into_iter()
        .map(|problem| classify(&problem.into()))
        .collect();
    if errors.len() > 1 {
        let message = format!("{shown} has {}", view::counted(errors.len(), "mistake"));
        errors.push(ErrorSummary::new(Kind::Config, message));
    }
    let text = if errors.is_empty() {
        format!(
            "{shown}: {}, all valid\n",
            view::counted(names.len(), "profile")
        )
    } else {
        String::new()
    };
    Ok(Answer {
        code,
        errors,
        ..Answer::new(text)
    })
}

impl From<ConfigError> for Mistake {
    fn from(problem: ConfigError) -> Self {
        Self {
            message: problem.to_string(),
            profile: problem.profile,
            line: problem.line,
            column: problem.column,
            hint: problem.hint,
        }
    }
}
