//! `tok env`: prints shell code that exports tokens, or that fails.

mod fail_closed;

pub use fail_closed::{fail_closed, fail_closed_unparsed};

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Context;
use super::variables::{TokenVariable, obtain_all};
use crate::cli::EnvArgs;
use crate::os;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::render::shell::Shell;
use crate::secret::Secret;

/// Gets all tokens, or none, and prints code that exports them.
///
/// # Errors
/// A token cannot be obtained, or the file of `$GITHUB_ENV` cannot be written.
pub fn run(args: &EnvArgs, context: &Context<'_>) -> Result<Answer> {
    let github = args.github.then(|| github_file(context)).transpose()?;
    let tokens = obtain_all(&args.profiles, "env", &args.fetch, &args.identity, context)?;
    let syntax = if args.github || args.dotenv {
        Syntax::Dotenv
    } else {
        Syntax::Shell(args.shell)
    };
    let assignments = tokens
        .iter()
        .map(|token| syntax.assignments(token, args.expires));
    let assignments: Vec<Secret<String>> = assignments.map(Secret::new).collect();
    let lines: Vec<&str> = assignments
        .iter()
        .map(|line| line.expose().as_str())
        .collect();
    let mut text = Secret::new(lines.concat());
    if let Syntax::Shell(shell) = syntax {
        for token in tokens.iter().map(|one| &one.acquired.token.access_token) {
            let escaped = Secret::new(shell.escape(token.expose()));
            context.mask_printed(token, &[escaped], &text);
        }
    }
    let Some(path) = github else {
        return Ok(Answer::secret(text));
    };
    if !ends_in_line_break(&path) {
        text = Secret::new(format!("\n{}", text.expose()));
    }
    os::append_private(&path, text.expose().as_bytes()).map_err(|error| CommandError::Io {
        action: "write the file of `GITHUB_ENV`".to_owned(),
        reason: os::describe(&error),
    })?;
    Ok(Answer::new(""))
}

/// The variable that says when a token expires.
fn expiry_variable(variable: &str) -> String {
    format!("{variable}_EXPIRES_AT")
}

/// How an assignment is written.
#[derive(Clone, Copy)]
enum Syntax {
    Shell(Shell),
    /// `VAR=value`. A token has no line break, so that neither GitHub nor GitLab can misread it.
    Dotenv,
}

impl Syntax {
    fn assignments(self, token: &TokenVariable, with_expiry: bool) -> String {
        let assignment = self.assignment(&token.variable, token.token());
        if !with_expiry {
            return assignment;
        }
        let variable = expiry_variable(&token.variable);
        let expiry = match (token.acquired.token.expiry, self) {
            (Some((at, _)), _) => self.assignment(&variable, &at.0.to_string()),
            // A variable that an earlier token has left would be wrong for this one.
            (None, Self::Shell(shell)) => shell.unset(&[variable]),
            (None, Self::Dotenv) => String::new(),
        };
        assignment + &expiry
    }

    fn assignment(self, variable: &str, value: &str) -> String {
        match self {
            Self::Shell(shell) => shell.export(variable, value),
            Self::Dotenv => format!("{variable}={value}\n"),
        }
    }
}

/// Whether a file ends in a line break, or is empty: an earlier command of the step may have left its last line open.
fn ends_in_line_break(path: &Path) -> bool {
    let last_byte = || {
        let mut file = File::open(path).ok()?;
        let mut byte = [0];
        file.seek(SeekFrom::End(-1)).ok()?;
        file.read_exact(&mut byte).ok().map(|()| byte)
    };
    last_byte().is_none_or(|byte| byte == *b"\n")
}

fn github_file(context: &Context<'_>) -> Result<PathBuf> {
    let path = context.environment.text("GITHUB_ENV").map(PathBuf::from);
    Ok(path.ok_or_else(|| {
        CommandError::usage(
            "`--github` needs GitHub Actions, but `GITHUB_ENV` is not set",
            "without it `tok env` prints code for a shell: `eval \"$(tok env PROFILE)\"`",
        )
    })?)
}
