//! `tok init`: writes a first profiles file, for its owner alone, or adds a profile to one. At a terminal it asks
//! questions. It never overwrites a file.

mod prompt;
mod wizard;

use std::path::Path;

use anyhow::Result;

use super::new_profile::{HEAD, NewProfile, check_name, check_path, exists, write_file};
use super::{Context, presets};
use crate::cli::InitArgs;
use crate::profile::preset::Preset;
use crate::render::error::CommandError;
use crate::render::output::Answer;
use prompt::Prompt;

/// Writes the file; the answer is its path.
///
/// # Errors
/// A file exists and may not be added to, the preset is unknown, or the file cannot be written.
pub fn run(args: &InitArgs, context: &Context<'_>) -> Result<Answer> {
    let preset = args.preset.as_deref().map(presets::find).transpose()?;
    if let Some(name) = &args.profile {
        check_name(name)?;
    }
    let path = context.config_path()?;
    check_path(&path)?;
    let Some(preset) = preset else {
        return match context.ask {
            Some(ask) => wizard::run(args, &path, &Prompt(ask)),
            None => template(args, &path),
        };
    };
    if exists(&path) && !args.append {
        let (shown, name) = (path.display(), preset.name);
        let question = format!("{shown} already exists. Add the profile `{name}` to it? [Y/n] ");
        let is_confirmed = match context.ask {
            Some(ask) => Prompt(ask).confirm(&question)?,
            None => false,
        };
        if !is_confirmed {
            return Err(already_exists(&path, preset.name).into());
        }
    }
    let name = args.profile.as_deref().unwrap_or(preset.name);
    let keys = format!("{}\n{}", preset_line(&preset), preset.credentials());
    new_profile(Some(&preset), name, keys).write(&path)
}

/// Writes a file to fill in: `tok` can ask nothing, and no preset is named.
fn template(args: &InitArgs, path: &Path) -> Result<Answer> {
    if !exists(path) && (args.append || args.profile.is_some()) {
        let hint = "for example `tok init --preset moov`; `tok presets` lists them";
        return Err(CommandError::usage("no preset is named for the profile", hint).into());
    }
    if !write_file(path, &format!("{HEAD}\n{TEMPLATE}"))? {
        return Err(already_exists(path, "NAME").into());
    }
    Ok(Answer::new(format!("{}\n", path.display())))
}

fn already_exists(path: &Path, preset: &str) -> CommandError {
    CommandError::NotWritten {
        message: format!("`{}` already exists", path.display()),
        hint: Some(format!(
            "`tok init --preset {preset} --append` adds a profile to it, `tok presets {preset}` prints one to paste"
        )),
    }
}

fn preset_line(preset: &Preset) -> String {
    let Preset { name, .. } = preset;
    format!("preset = \"{name}\"    # `tok presets {name}` shows what it stands for")
}

fn new_profile(preset: Option<&Preset>, name: &str, keys: String) -> NewProfile {
    let about = match preset {
        Some(preset) => {
            let comment = preset.comment().trim_start_matches("# ").trim_end();
            format!("{comment}\n#\n# {}", preset.source())
        }
        None => "Written by `tok init`.".to_owned(),
    };
    NewProfile {
        name: name.to_owned(),
        about,
        variables: variables(&keys),
        keys,
    }
}

/// The environment variables in a profile's sources.
fn variables(keys: &str) -> Vec<String> {
    let names = keys.split("env = \"").skip(1);
    names
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProfilesFile;
    use crate::profile::preset::PRESETS;

    #[test]
    fn every_preset_becomes_a_valid_profile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/profiles.toml");
        let profile = |preset: Preset| {
            new_profile(
                Some(&preset),
                preset.name,
                preset_line(&preset) + "\n" + preset.credentials(),
            )
        };
        // One after the other into the same file.
        for (index, preset) in PRESETS.into_iter().enumerate() {
            profile(preset).write(&path).unwrap();
            let file = ProfilesFile::read(&path).unwrap();
            assert_eq!((file.check(), file.names().len()), (Vec::new(), index + 1));
            assert!(profile(preset).write(&path).is_err());
        }
    }

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
