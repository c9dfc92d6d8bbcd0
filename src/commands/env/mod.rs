//! `tok env`: shell code that exports tokens, and that fails where there is none.

mod closed;

pub use closed::{of_args as closed, of_words as closed_unparsed};

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Context;
use super::handover::{Handed, obtain_all, wanted};
use crate::cli::EnvArgs;
use crate::os;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::render::shell::ShellCode;
use crate::secret::Secret;

/// Gets all tokens, or none, and puts them into code.
///
/// # Errors
/// There is no token, or the file of `$GITHUB_ENV` cannot be written.
pub fn run(args: &EnvArgs, context: &Context<'_>) -> Result<Answer> {
    let github = args.github.then(|| github_file(context)).transpose()?;
    let wanted = wanted(&args.profiles, "env")?;
    let handed = obtain_all(wanted, &args.ask, &args.identity, context)?;
    let form = if args.github || args.dotenv {
        Form::Lines
    } else {
        Form::Code(args.shell)
    };
    let mut text = Secret::new(String::new());
    for one in &handed {
        text = Secret::new(text.expose().clone() + form.token(one).expose());
        if args.expires {
            text = Secret::new(text.expose().clone() + &form.expiry(one));
        }
    }
    let Some(path) = github else {
        return Ok(Answer::secret(text));
    };
    if !ends_its_last_line(&path) {
        text = Secret::new(format!("\n{}", text.expose()));
    }
    os::append_private(&path, text.expose().as_bytes()).map_err(|error| CommandError::Io {
        action: "write the file of `GITHUB_ENV`".to_owned(),
        reason: os::describe(&error),
    })?;
    Ok(Answer::new(""))
}

/// The variable in which a token's expiry is told.
fn expiry_variable(variable: &str) -> String {
    format!("{variable}_EXPIRES_AT")
}

/// How a variable is written down.
enum Form {
    Code(ShellCode),
    /// `VAR=value`: a token has no line break, so that neither GitHub nor GitLab can misread it.
    Lines,
}

impl Form {
    fn token(&self, handed: &Handed) -> Secret<String> {
        self.assignment(
            &handed.variable,
            handed.acquired.token.access_token.expose(),
        )
        .into()
    }

    /// A token of which nobody knows when it expires must not be given the expiry of an earlier one.
    fn expiry(&self, handed: &Handed) -> String {
        let variable = expiry_variable(&handed.variable);
        match (handed.acquired.token.expiry, self) {
            (Some((at, _)), form) => form.assignment(&variable, &at.0.to_string()),
            (None, Self::Code(shell)) => shell.unset(&[variable]),
            (None, Self::Lines) => String::new(),
        }
    }

    fn assignment(&self, variable: &str, value: &str) -> String {
        match self {
            Self::Code(shell) => shell.export(variable, value),
            Self::Lines => format!("{variable}={value}\n"),
        }
    }
}

/// Whether what is added to a file begins a line of its own. The step may have written there without a line break.
fn ends_its_last_line(path: &Path) -> bool {
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
            "`--github` outside of GitHub Actions: `GITHUB_ENV` is not set",
            "without it `tok env` prints code for a shell: `eval \"$(tok env PROFILE)\"`",
        )
    })?)
}
