//! `tok import curl`: makes a profile that sends the same as a provider's sample. A secret in the sample is never written
//! or shown: the profile takes it from an environment variable, and a warning says so.

mod credentials;
mod draft;
mod preset;
mod values;

use std::path::Path;

use anyhow::Result;
use zeroize::Zeroizing;

use super::Context;
use super::new_profile::{NewProfile, check_name, name_of_url};
use crate::cli::{ImportCommand, ImportCurlArgs};
use crate::commands::input::{Input, Until};
use crate::config::ProfilesFile;
use crate::os;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::sample;
use crate::text::may_be_token;
use credentials::Credentials;
use draft::Draft;

/// The most bytes that are read of a file.
const LIMIT: u64 = 1 << 20;

/// Reads the sample; the answer is the profile, or the file that it was written to.
///
/// # Errors
/// The sample cannot be read, or no profile can send the same.
pub fn run(command: &ImportCommand, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    let ImportCommand::Curl(args) = command;
    if let Some(name) = &args.profile {
        check_name(name)?;
    }
    let text = text(args, context, stdin)?;
    let mut sample = sample::read(&text).map_err(|error| {
        CommandError::usage(format!("cannot use the sample: {error}"), error.hint())
    })?;
    let credentials = Credentials::take(&mut sample);
    let preset = preset::find(&sample, credentials.client_auth);
    let name = match (&args.profile, &preset) {
        (Some(name), _) => name.clone(),
        (None, Some(found)) => found.preset.name.to_owned(),
        (None, None) => name_of_url(&sample.url),
    };
    let draft = Draft::new(sample, &credentials, &name, preset.as_ref());
    let mut about = "Made by `tok import curl` from a provider's sample.".to_owned();
    if let Some(found) = preset {
        about = format!("{about}\n#\n# {}", found.preset.source());
    }
    let profile = NewProfile {
        about,
        keys: draft.lines.join("\n"),
        variables: draft.values.variables(),
        name,
    };
    check(&profile)?;
    for warning in draft.values.warnings {
        context.log.warn(warning);
    }
    if args.write {
        profile.write(&context.config_path()?)
    } else {
        Ok(Answer::new(profile.toml()))
    }
}

fn text(
    args: &ImportCurlArgs,
    context: &Context<'_>,
    stdin: &Input<'_>,
) -> Result<Zeroizing<String>> {
    match &args.file {
        Some(path) if path != Path::new("-") => {
            let bytes = os::read(path, LIMIT).map_err(|why| not_read(path, &why))?;
            Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
        }
        _ => {
            if context.ask.is_some() {
                let prompt = "paste the sample, then press Ctrl-D on a line of its own";
                context.log.progress(prompt);
            }
            stdin(Until::End)
        }
    }
}

/// Why a file was not read. The argument may be the sample itself, with its secrets.
fn not_read(path: &Path, why: &os::ReadError) -> CommandError {
    let shown = path.display().to_string();
    if shown.contains("://") || shown.contains("curl ") || shown.contains('\n') {
        return CommandError::usage(
            "the argument is the sample itself, not the name of a file",
            "pipe the sample in, or run `tok import curl` and paste it, so that it stays out of the shell's history",
        );
    }
    let is_path = shown.contains(['/', '\\', '.']) || !may_be_token(&shown);
    CommandError::Io {
        action: format!("read `{}`", if is_path { &shown } else { "…" }),
        reason: why.to_string(),
    }
}

/// # Errors
/// The profile is not valid: `tok` cannot send the same as the sample.
fn check(profile: &NewProfile) -> Result<()> {
    let file = ProfilesFile::from_text(Path::new("sample"), &profile.toml());
    let Err(error) = file.profile(&profile.name) else {
        return Ok(());
    };
    // The error names a host, or a parameter.
    let is_shown = !sample::contains_secret(&error.what);
    let why = if is_shown { &error.what } else { "…" };
    let message = format!("cannot make a profile of the sample: {why}");
    let hint = error.hint.filter(|_| is_shown);
    Err(CommandError::Usage { message, hint }.into())
}
