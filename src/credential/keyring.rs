//! The `keyring` program as pip (`--keyring-provider subprocess`) and uv call it:
//! <https://pip.pypa.io/en/stable/topics/authentication/>, <https://docs.astral.sh/uv/configuration/authentication/>.
//!
//! ```text
//! $ keyring get https://pypi.example.com/simple/ oauth2
//! TOKEN
//! ```
//!
//! With `--mode creds` the username stands before it, on a line of its own. That there is none is exit code 1 and no
//! word, as keyring has it.

use anyhow::Result;

use super::{Context, find, keeps_nothing, unknown};
use crate::cli::{KeyringArgs, KeyringMode};
use crate::credential::Target;
use crate::render::output::Answer;
use crate::secret::Secret;

pub(super) fn run(args: &KeyringArgs, context: &Context<'_>) -> Result<Answer> {
    match args.operation.as_str() {
        "get" => {}
        "set" => return Err(keeps_nothing()),
        other => return Err(unknown(other, &["get"])),
    }
    let targets = Target::guess(&args.service).unwrap_or_default();
    let Some(found) = find(&args.named, &targets, context)? else {
        return Ok(Answer {
            code: 1,
            ..Answer::new("")
        });
    };
    let credential = found.obtain(context)?;
    let token = credential.token.expose();
    let username = args
        .username
        .as_deref()
        .unwrap_or_else(|| credential.username());
    Ok(Answer::secret(Secret::new(match args.mode {
        KeyringMode::Password => format!("{token}\n"),
        KeyringMode::Creds => format!("{username}\n{token}\n"),
    })))
}
