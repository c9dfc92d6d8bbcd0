//! `tok get`: print an access token, cached or fresh.
pub(super) mod format;

pub(super) use format::{curl as curl_line, curl_quoted};

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Context;
use crate::cli::{GetArgs, TokenFormat};
use crate::commands::input::InputText;
use crate::os;
use crate::os::atomic_write::{drop_abandoned, replace};
use crate::render::error::{CommandError, InProfile};
use crate::render::output::Answer;
use crate::secret::Secret;

/// Gets the token and puts it into words.
///
/// # Errors
/// There is no token, or the output file cannot be written.
pub fn run(args: &GetArgs, context: &Context<'_>, stdin: &InputText<'_>) -> Result<Answer> {
    let (profile, base) = context.profile(&args.profile, &args.identity)?;
    let refused = args.rejected.then(|| refused_token(stdin)).transpose()?;
    if args.form.format == TokenFormat::ExecCredential {
        // A caller that could not read the answer must cost no request.
        format::exec_credential_version(context)?;
    }
    let (profile, acquired) = context.obtain(profile, &base, &args.ask, refused.as_ref())?;
    let words = format::words(&acquired, &profile.name, &args.form, context)
        .with_context(|| InProfile(profile.name.clone()))?;
    match &args.output {
        None => Ok(Answer::secret(words)),
        Some(path) if path.as_os_str() == "-" => Ok(Answer::secret(words)),
        Some(path) => {
            write_file(path, words.expose().as_bytes())?;
            Ok(Answer::new(""))
        }
    }
}

/// The token on standard input, as it is or with the words before it that a header has.
fn refused_token(stdin: &InputText<'_>) -> Result<Secret<String>> {
    let text = stdin()?;
    let mut words = text
        .split_whitespace()
        .skip_while(|word| ["Authorization:", "Bearer"].contains(word));
    let (Some(token), None) = (words.next(), words.next()) else {
        return Err(CommandError::usage(
            "standard input holds no token, or more than one",
            "`printf %s \"$ACCESS_TOKEN\" | tok get PROFILE --rejected`",
        )
        .into());
    };
    Ok(Secret::from(token))
}

/// Writes the file of `--output`.
///
/// # Errors
/// It is no ordinary file, or cannot be written; what was there is still there.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let action = || format!("write `{}`", path.display());
    // A link to a device or a pipe would be replaced by a file with a token in it.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(CommandError::Io {
            action: action(),
            reason: "it is no ordinary file".to_owned(),
        }
        .into());
    }
    if is_open_here(path) {
        let why = "it is an open file of this process: `-o -` is standard output".to_owned();
        return Err(CommandError::Io {
            action: action(),
            reason: why,
        }
        .into());
    }
    let (before, after) = around_number(path);
    replace(
        path,
        &format!("{before}{}{after}", std::process::id()),
        bytes,
    )
    .map_err(|error| CommandError::Io {
        action: action(),
        reason: os::describe(&error),
    })?;
    let is_unfinished = |name: &str| {
        let number = name
            .strip_prefix(&before)
            .and_then(|rest| rest.strip_suffix(after));
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    drop_abandoned(path, &is_unfinished);
    Ok(())
}

/// Whether a path is `/dev/stdout` or the like. What is behind it may well be an ordinary file, but the file that is
/// replaced would be the system's own link.
pub(super) fn is_open_here(path: &Path) -> bool {
    let link = fs::read_link(path).ok();
    let meant = link.map(|link| path.parent().unwrap_or(path).join(link));
    let is_one = |path: &Path| path.starts_with("/dev/fd") || path.starts_with("/proc");
    is_one(path) || meant.is_some_and(|path| is_one(&path))
}

/// What stands before and after the process's number in the name of the output file while it is written. Two processes
/// that write the same file at the same time have names of their own, and no name is too long.
fn around_number(path: &Path) -> (String, &'static str) {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    (
        format!(".{}.", name.chars().take(50).collect::<String>()),
        ".tok",
    )
}
