//! `tok presets`: the built-in providers, or one of them as TOML to paste.

use anyhow::Result;
use serde::Serialize;

use super::Context;
use crate::cli::PresetsArgs;
use crate::profile::preset::{PRESETS, Preset};
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::render::style::{DIM, NAME};
use crate::render::table::{Cell, records, table};
use crate::render::view;
use crate::suggest::{nearest, one_of};
use crate::text::quote_name;

/// Lists the presets, or prints one.
///
/// # Errors
/// The preset is unknown.
pub fn run(args: &PresetsArgs, context: &Context<'_>) -> Result<Answer> {
    Ok(Answer::new(match &args.name {
        None if args.json => view::json(&PRESETS.iter().map(Json::from).collect::<Vec<_>>())?,
        None => list(context),
        Some(name) if args.json => view::json(&Json::from(&find(name)?))?,
        Some(name) => pasted(&find(name)?),
    }))
}

/// A preset by its name.
///
/// # Errors
/// The name is unknown; the nearest one is suggested.
pub(super) fn find(name: &str) -> Result<Preset, CommandError> {
    let names = || PRESETS.iter().map(|preset| preset.name);
    let preset = PRESETS.iter().find(|preset| preset.name == name);
    preset.copied().ok_or_else(|| {
        let hint = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the presets are {}", one_of(names())),
        };
        CommandError::usage(format!("unknown preset {}", quote_name(name)), hint)
    })
}

/// A profile to paste, named after the preset: its credentials, and the keys that `preset = "…"` stands for.
#[must_use]
pub fn pasted(preset: &Preset) -> String {
    let Preset { name, .. } = preset;
    format!(
        "{}\n#\n# {}\n\n[profiles.{name}]\n{}\n\n# The lines below are the same as: preset = \"{name}\"\n{}\n",
        preset.comment().trim_end(),
        preset.source(),
        preset.credentials(),
        preset.keys(),
    )
}

fn list(context: &Context<'_>) -> String {
    let Some(width) = context.width else {
        let row = |preset: &Preset| {
            let name = preset.name;
            let columns = [
                name,
                key(preset, "strategy"),
                key(preset, "token_url"),
                preset.summary(),
            ];
            columns.map(str::to_owned).to_vec()
        };
        return records(&PRESETS.iter().map(row).collect::<Vec<_>>());
    };
    let row = |preset: &Preset| {
        vec![
            Cell::new(NAME, preset.name),
            Cell::plain(key(preset, "strategy")),
            Cell::plain(preset.summary()),
            Cell::new(DIM, key(preset, "token_url")),
        ]
    };
    let headings = ["PRESET", "STRATEGY", "PROVIDER", "TOKEN URL"];
    table(&headings, PRESETS.iter().map(row).collect(), width)
}

/// The value of one of a preset's keys.
fn key<'a>(preset: &Preset, name: &str) -> &'a str {
    let line = preset
        .keys()
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
    line.and_then(|line| line.split('"').nth(1))
        .unwrap_or_default()
}

#[derive(Serialize)]
struct Json<'a> {
    preset: &'a str,
    strategy: &'a str,
    token_url: &'a str,
    summary: &'a str,
    source: &'a str,
    /// A profile to paste.
    toml: String,
}

impl<'a> From<&'a Preset> for Json<'a> {
    fn from(preset: &'a Preset) -> Self {
        Self {
            preset: preset.name,
            strategy: key(preset, "strategy"),
            token_url: key(preset, "token_url"),
            summary: preset.summary(),
            source: preset.source(),
            toml: pasted(preset),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use super::*;
    use crate::acquire::{Services, preview};
    use crate::config::ProfilesFile;
    use crate::host::{Environment, Log, Warning};
    use crate::os::atomic_write::write_private;
    use crate::time::UnixTime;

    struct Silence;
    impl Log for Silence {
        fn progress(&self, _message: &str) {}

        fn warn(&self, warning: Warning) {
            panic!("{warning:?}");
        }
        fn debug(&self, _: &str) {}
    }

    /// The whole request, in one text.
    fn request(directory: &Path, name: &str, text: &str) -> String {
        let path = directory.join("profiles.toml");
        write_private(&path, text.as_bytes()).unwrap();
        let profile = ProfilesFile::read(&path).unwrap().profile(name).unwrap();
        let look_up =
            |name: &std::ffi::OsStr| Some(OsString::from(format!("value of {}", name.display())));
        let services = Services {
            environment: Environment::new(&look_up),
            now: &|| UnixTime(0),
            log: &Silence,
            store: None,
            connect: &|_, _| panic!("a dry run"),
            base: directory,
        };
        let request = preview(&profile, &services)
            .unwrap()
            .plan
            .http_request()
            .unwrap();
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| (name, value.expose()))
            .collect();
        let body = request
            .body
            .map(|body| String::from_utf8(body.expose().clone()).unwrap());
        format!(
            "{:?} {} {headers:?} {body:?} {:?}",
            request.method,
            request.url.expose(),
            profile.reply
        )
    }

    #[test]
    fn pasted_it_asks_as_the_preset_does() {
        let directory = tempfile::tempdir().unwrap();
        let properties = directory.path().join("apiKey.properties");
        write_private(&properties, b"apiKey.id=id\napiKey.secret=secret\n").unwrap();
        for preset in PRESETS {
            let Preset { name, .. } = preset;
            let short = format!(
                "[profiles.{name}]\npreset = \"{name}\"\n{}\n",
                preset.credentials()
            );
            let by_name = request(directory.path(), name, &short);
            assert_eq!(
                request(directory.path(), name, &pasted(&preset)),
                by_name,
                "{name}"
            );
        }
    }

    #[test]
    fn every_column_has_something() {
        for preset in PRESETS {
            for name in ["strategy", "token_url"] {
                assert!(!key(&preset, name).is_empty(), "{} {name}", preset.name);
            }
        }
        assert!(find("mov").unwrap_err().to_string().contains("`mov`"));
    }
}
