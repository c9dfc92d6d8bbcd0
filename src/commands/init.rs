//! `tok init`: write a first profiles file, for its owner alone; never over another one.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::{Context, presets};
use crate::cli::InitArgs;
use crate::failure::Failure;
use crate::os;
use crate::output::Answer;
use crate::preset::Preset;
use crate::replace::replace;

/// Writes the file; the answer is where it is.
///
/// # Errors
/// There is a file already, no preset of that name, or the file cannot be written.
pub fn run(args: &InitArgs, context: &Context<'_>) -> Result<Answer> {
    let preset = args.preset.as_deref().map(presets::find).transpose()?;
    let path = context.config_path()?;
    let shown = path.display();
    // A link that leads nowhere is there too.
    if fs::symlink_metadata(&path).is_ok() {
        let name = preset.map_or("NAME", |preset| preset.name);
        return Err(Failure::Refused {
            message: format!("`{shown}` is there already, and is left as it is"),
            hint: Some(format!("`tok presets {name}` prints a profile to paste into it")),
        }
        .into());
    }
    write(&path, &text(preset.as_ref()))
        .map_err(|error| Failure::Stream { doing: format!("write `{shown}`"), why: os::describe(&error) })?;
    Ok(Answer::new(format!("{shown}\n")))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        os::make_private_directory(directory)?;
    }
    replace(path, ".tok-", text.as_bytes())
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

fn text(preset: Option<&Preset>) -> String {
    let Some(preset) = preset else { return format!("{HEAD}\n{TEMPLATE}") };
    let Preset { name, .. } = preset;
    let credentials = preset.credentials();
    let variables: Vec<String> = credentials
        .split("env = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|variable| format!("#   export {variable}=…\n"))
        .collect();
    let next = if variables.is_empty() { String::new() } else { format!("#\n{}", variables.concat()) };
    format!(
        "{HEAD}\n{}\n#\n# {}\n{next}#   tok get {name}\n\n[profiles.{name}]\npreset = \"{name}\"    # `tok presets {name}` shows what it stands for\n{credentials}\n",
        preset.comment().trim_end(),
        preset.source(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ProfilesFile;
    use crate::preset::PRESETS;

    #[test]
    fn what_is_written_is_valid() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/profiles.toml");
        let presets = PRESETS.iter().map(Some).chain([None]);
        for preset in presets {
            write(&path, &text(preset)).unwrap();
            let file = ProfilesFile::read(&path).unwrap();
            assert_eq!(file.check(), [], "{:?}", preset.map(|preset| preset.name));
            let names: Vec<_> = preset.iter().map(|preset| preset.name).collect();
            assert_eq!(file.names(), names);
        }
    }

    /// What stands there to be uncommented must be right too.
    #[test]
    fn the_template_is_valid_without_its_number_signs() {
        let is_toml = |line: &&str| line.contains(" = ") || line.starts_with("# [");
        let uncommented: Vec<_> =
            TEMPLATE.lines().filter(is_toml).filter_map(|line| line.strip_prefix("# ")).collect();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profiles.toml");
        write(&path, &uncommented.join("\n")).unwrap();
        let file = ProfilesFile::read(&path).unwrap();
        assert_eq!((file.check(), file.names().len()), (Vec::new(), 2));
    }
}
