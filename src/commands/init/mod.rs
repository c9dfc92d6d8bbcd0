//! `tok init`: write a first profiles file, for its owner alone, or add a profile to one that is there. At a terminal it
//! asks what it needs; a file is never written over.

mod ask;
mod questions;

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Result;

use super::{Context, presets};
use crate::cli::InitArgs;
use crate::config::{AddError, DeadLink, add, write_new};
use crate::os;
use crate::profile::is_name;
use crate::profile::preset::Preset;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::text::quote_name;

/// Writes the file; the answer is where it is.
///
/// # Errors
/// There is a file already and nobody wants it changed, no preset of that name, or the file cannot be written.
pub fn run(args: &InitArgs, context: &Context<'_>) -> Result<Answer> {
    let preset = args.preset.as_deref().map(presets::find).transpose()?;
    if let Some(name) = args.profile.as_deref() {
        checked_name(name)?;
    }
    let path = context.config_path()?;
    checked_path(&path)?;
    if let (None, Some(ask)) = (&preset, context.ask) {
        return questions::run(args, &path, ask);
    }
    let is_there = is_there(&path);
    if is_there && (preset.is_none() || !args.append) {
        let name = preset.map_or("NAME", |preset| preset.name);
        let question = format!(
            "{} is there already. Add the profile `{name}` to it? [Y/n] ",
            path.display()
        );
        match (preset.is_some(), context.ask) {
            (true, Some(ask)) if ask::yes(ask, &question)? => {}
            _ => return Err(refused(&path, name).into()),
        }
    }
    let Some(preset) = preset else {
        if args.append || args.profile.is_some() {
            let hint = "`tok init --preset moov`, for example; `tok presets` lists them";
            return Err(CommandError::usage("no preset is named for the profile", hint).into());
        }
        return write(&path, "", &format!("{HEAD}\n{TEMPLATE}"), &[]);
    };
    let name = args.profile.as_deref().unwrap_or(preset.name);
    let variables = variables(preset.credentials());
    write(
        &path,
        name,
        &of_preset(&preset, name, &variables),
        &variables,
    )
}

fn refused(path: &Path, name: &str) -> CommandError {
    CommandError::NotWritten {
        message: format!(
            "`{}` is there already, and is left as it is",
            path.display()
        ),
        hint: Some(format!(
            "`tok init --preset {name} --append` adds a profile to it, `tok presets {name}` prints one to paste"
        )),
    }
}

fn is_taken(path: &Path, name: &str) -> CommandError {
    CommandError::NotWritten {
        message: format!(
            "`{}` has a profile `{name}` already, and is left as it is",
            path.display()
        ),
        hint: Some("give the new one another name: `--profile NAME`".to_owned()),
    }
}

/// A file can be made at this path, or is there.
fn checked_path(path: &Path) -> Result<(), CommandError> {
    DeadLink::on(path).map_or(Ok(()), |link| {
        let message = format!("`{}` {}", path.display(), link.describe(path));
        Err(CommandError::NotWritten {
            message,
            hint: Some(DeadLink::HINT.to_owned()),
        })
    })
}

/// A name that a profile can have.
pub(super) fn checked_name(name: &str) -> Result<(), CommandError> {
    if is_name(name) {
        return Ok(());
    }
    Err(CommandError::usage(
        format!("{} is not a name that a profile can have", quote_name(name)),
        "a name is up to 64 letters, digits, `.`, `_` and `-`, and begins with a letter or a digit",
    ))
}

/// Whether there is a file. A link that leads nowhere is there too.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Writes a profile into a new file, or into the one that is there; the answer is where that is, and what to type next.
///
/// # Errors
/// The file has a profile of that name, or cannot be written.
pub(super) fn write(
    path: &Path,
    name: &str,
    section: &str,
    variables: &[String],
) -> Result<Answer> {
    checked_path(path)?;
    let shown = path.display();
    let failed = |why: String| CommandError::Io {
        action: format!("write `{shown}`"),
        reason: why,
    };
    let is_new = !is_there(path) && {
        let head = if section.starts_with(HEAD) { "" } else { HEAD };
        let between = if head.is_empty() { "" } else { "\n" };
        match write_new(path, &format!("{head}{between}{section}")) {
            Ok(()) => true,
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(failed(os::describe(&error)).into()),
        }
    };
    if !is_new {
        if name.is_empty() {
            return Err(refused(path, "NAME").into());
        }
        add(path, name, section).map_err(|error| match error {
            AddError::IsThere => is_taken(path, name),
            AddError::Unfit(error) => CommandError::NotWritten {
                message: format!("nothing can be added to `{shown}`: {}", error.what),
                hint: Some("`tok config check` says what is wrong with it".to_owned()),
            },
            AddError::NoFile => CommandError::NotWritten {
                message: format!("nothing can be added to `{shown}`: it is not a regular file"),
                hint: Some("`--config FILE` names another one".to_owned()),
            },
            AddError::Io(error) => failed(os::describe(&error)),
        })?;
    }
    let next = (!name.is_empty()).then(|| next(name, variables));
    Ok(Answer {
        next,
        ..Answer::new(format!("{shown}\n"))
    })
}

/// What is to be typed next.
fn next(name: &str, variables: &[String]) -> String {
    let exports: Vec<String> = variables
        .iter()
        .map(|variable| format!("  export {variable}=…\n"))
        .collect();
    format!(
        "\nnext:\n{}  tok doctor {name}\n  tok get {name}",
        exports.concat()
    )
}

/// The variables that a profile's sources name.
pub(super) fn variables(credentials: &str) -> Vec<String> {
    let names = credentials
        .split("env = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    names.map(str::to_owned).collect()
}

const HEAD: &str = "\
# Profiles for `tok`: one table each, `tok get NAME` prints a token.
#
#   tok config check    is all of this right?
#   tok explain NAME    what is sent, and where each value comes from
#   tok list            what is cached
#
# Secrets stay where they are. A profile says where that is:
#
#   { env = \"VAR\" }    { file = \"path\" }    { command = [\"pass\", \"show\", \"api\"] }
#   { properties = \"path\", key = \"a.b\" }
";

/// A profile to begin with, where no preset was named.
const TEMPLATE: &str = "\
# A provider that `tok` knows; `tok presets` lists them:
#
# [profiles.moov]
# preset = \"moov\"
# client_id = { env = \"MOOV_CLIENT_ID\" }
# client_secret = { env = \"MOOV_CLIENT_SECRET\" }

# Any other. The strategy says how the request is put together; choose it by the provider's own curl sample:
#
#   basic_form   POST, Basic credentials (`curl -u`), form body
#   basic_json   POST, Basic credentials, JSON body
#   post_form    POST, id and secret in the form body
#   post_json    POST, id and secret in the JSON body
#   get_query    GET, id and secret in the query
#
# [profiles.example]
# token_url = \"https://api.example.com/oauth/token\"
# strategy = \"basic_form\"
# client_id = { env = \"EXAMPLE_CLIENT_ID\" }
# client_secret = { env = \"EXAMPLE_CLIENT_SECRET\" }
# scope = \"read write\"
";

/// A profile of a preset, with the preset's own example of credentials.
fn of_preset(preset: &Preset, name: &str, variables: &[String]) -> String {
    let keys = format!("{}\n{}\n", preset_line(preset), preset.credentials());
    section(Some(preset), name, variables, &keys)
}

fn preset_line(preset: &Preset) -> String {
    let Preset { name, .. } = preset;
    format!("preset = \"{name}\"    # `tok presets {name}` shows what it stands for")
}

/// A profile with the comments that explain it.
fn section(preset: Option<&Preset>, name: &str, variables: &[String], keys: &str) -> String {
    let about = preset.map(|preset| {
        format!(
            "{}\n#\n# {}\n#\n",
            preset.comment().trim_end(),
            preset.source()
        )
    });
    let exports: Vec<String> = variables
        .iter()
        .map(|variable| format!("#   export {variable}=…\n"))
        .collect();
    let header = super::import::toml_key(name);
    format!(
        "{}{}#   tok get {name}\n\n[profiles.{header}]\n{keys}",
        about.unwrap_or_default(),
        exports.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProfilesFile;
    use crate::profile::preset::PRESETS;

    #[test]
    fn what_is_written_is_valid() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/profiles.toml");
        let text =
            |preset: &Preset| of_preset(preset, preset.name, &variables(preset.credentials()));
        for preset in PRESETS {
            write(&path, preset.name, &text(&preset), &[]).unwrap();
            let file = ProfilesFile::read(&path).unwrap();
            assert_eq!(
                (file.check(), file.names()),
                (Vec::new(), vec![preset.name.to_owned()])
            );
            fs::remove_file(&path).unwrap();
        }
        // One after the other into the same file.
        for preset in PRESETS {
            write(&path, preset.name, &text(&preset), &[]).unwrap();
        }
        let file = ProfilesFile::read(&path).unwrap();
        assert_eq!(
            (file.check(), file.names().len()),
            (Vec::new(), PRESETS.len())
        );
        assert!(write(&path, "moov", &text(&presets::find("moov").unwrap()), &[]).is_err());
    }

    /// What stands there to be uncommented must be right too.
    #[test]
    fn the_template_is_valid_without_its_number_signs() {
        let is_toml = |line: &&str| line.contains(" = ") || line.starts_with("# [");
        let uncommented: Vec<_> = TEMPLATE
            .lines()
            .filter(is_toml)
            .filter_map(|line| line.strip_prefix("# "))
            .collect();
        let file = ProfilesFile::from_text(Path::new("profiles.toml"), &uncommented.join("\n"));
        assert_eq!((file.check(), file.names().len()), (Vec::new(), 2));
    }
}
