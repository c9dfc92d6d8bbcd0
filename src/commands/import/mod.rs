//! `tok import`: a profile out of what a provider's page shows. Secrets that stand in the sample are not written: each
//! becomes a source, and a warning says so. What only looks like one, in a place that is public for the most part (a URL's
//! path, a scope, a name), is written, and a warning says that too.

mod draft;
mod known;
mod roles;
mod values;

use std::path::Path;

use anyhow::Result;
use zeroize::Zeroizing;

use super::{Context, init};
use crate::cli::{ImportCommand, ImportCurlArgs};
use crate::commands::input::{Input, Until};
use crate::config::ProfilesFile;
use crate::os;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::sample;
use crate::text::may_be_token;
use draft::{Draft, draft};

/// Reads the sample; the answer is the profile, or where it was written.
///
/// # Errors
/// There is no sample that could be read, or it asks for what no profile can say.
pub fn run(command: &ImportCommand, context: &Context<'_>, stdin: &Input<'_>) -> Result<Answer> {
    let ImportCommand::Curl(args) = command;
    let name = args.profile.as_deref().unwrap_or_default();
    if args.profile.is_some() {
        init::checked_name(name)?;
    }
    let text = text(args, context, stdin)?;
    let sample = sample::read(&text).map_err(|error| {
        CommandError::usage(format!("the sample cannot be read: {error}"), error.hint())
    })?;
    let (name, draft) = draft(sample, name);
    let section = section(&name, &draft);
    check(&name, &section)?;
    for warning in draft.warnings {
        context.log.warn(warning);
    }
    if !args.write {
        return Ok(Answer::new(section));
    }
    let variables: Vec<String> = draft
        .needed
        .into_iter()
        .map(|needed| needed.variable)
        .collect();
    init::write(&context.config_path()?, &name, &section, &variables)
}

/// A name for a profile, out of the URL of its token endpoint.
pub(super) fn name_of_url(url: &str) -> String {
    known::name_of(&sample::Text::marked(url))
}

/// The variable for the value of a profile's key.
pub(super) fn env_name(profile: &str, key: &str) -> String {
    values::Values::new(profile, &std::collections::BTreeMap::new()).own(key)
}

/// A text as TOML has it.
pub(super) fn toml_text(text: &str) -> String {
    values::quoted(text)
}

/// A key as TOML has it.
pub(super) fn toml_key(name: &str) -> String {
    values::key(name)
}

fn text(
    args: &ImportCurlArgs,
    context: &Context<'_>,
    stdin: &Input<'_>,
) -> Result<Zeroizing<String>> {
    match &args.file {
        Some(path) if path != Path::new("-") => Ok(decoded(
            &os::read(path, LIMIT).map_err(|why| unread(path, &why))?,
        )),
        _ => {
            if context.ask.is_some() {
                context
                    .log
                    .progress("paste the sample, then press Ctrl-D on a line of its own");
            }
            Ok(decoded(&stdin(Until::End)?))
        }
    }
}

/// The most that a page has, in bytes.
const LIMIT: u64 = 1 << 20;

/// Why a file was not read. What stands in the place of its name may be the sample itself, with its secrets.
fn unread(path: &Path, why: &os::ReadError) -> CommandError {
    let shown = path.display().to_string();
    if shown.contains("://") || shown.contains("curl ") || shown.contains('\n') {
        return CommandError::usage(
            "the name of a file is wanted here, and this is the sample itself",
            "pipe the sample in, or type `tok import curl` and paste it then: this way it is in the shell's history too",
        );
    }
    let is_name = shown.contains(['/', '\\', '.']) || !may_be_token(&shown);
    let shown = if is_name { shown.as_str() } else { "…" };
    CommandError::Io {
        action: format!("read `{shown}`"),
        reason: why.to_string(),
    }
}

/// The text, in whatever encoding: PowerShell's `>` writes UTF-16. A byte that is none of UTF-8 is one of the prose, most
/// likely.
fn decoded(bytes: &[u8]) -> Zeroizing<String> {
    let words = |of: fn([u8; 2]) -> u16| -> Zeroizing<Vec<u16>> {
        let pairs = bytes.get(2..).unwrap_or_default().chunks_exact(2);
        Zeroizing::new(
            pairs
                .filter_map(|pair| Some(of(pair.try_into().ok()?)))
                .collect(),
        )
    };
    Zeroizing::new(match bytes {
        [0xff, 0xfe, ..] => String::from_utf16_lossy(&words(u16::from_le_bytes)),
        [0xfe, 0xff, ..] => String::from_utf16_lossy(&words(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    })
}

/// The profile as it stands in a file.
fn section(name: &str, draft: &Draft) -> String {
    let variables: Vec<String> = draft
        .needed
        .iter()
        .map(|needed| format!("#   export {}=…\n", needed.variable))
        .collect();
    let page = draft
        .preset
        .map(|preset| format!("#\n# {}\n", preset.source()))
        .unwrap_or_default();
    let name = values::key(name);
    format!(
        "# From a sample of the provider's; `tok explain {name} --curl` shows what this sends.\n{page}#\n{}#   tok doctor {name}\n#   tok get {name}\n\n[profiles.{name}]\n{}\n",
        variables.concat(),
        draft.lines.join("\n"),
    )
}

/// What is written must be right.
fn check(name: &str, section: &str) -> Result<()> {
    match ProfilesFile::from_text(Path::new("sample"), section).profile(name) {
        Ok(_) => Ok(()),
        Err(error) => {
            // What is named there may be a host, or the name of a parameter.
            let is_shown = !sample::has_secret_word(&error.what);
            let why = if is_shown {
                format!(": {}", error.what)
            } else {
                String::new()
            };
            let message = format!("the sample cannot be written as a profile{why}");
            Err(CommandError::Usage {
                message,
                hint: error.hint.filter(|_| is_shown),
            }
            .into())
        }
    }
}
