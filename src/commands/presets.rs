//! `tok presets`: the built-in providers, or one of them as TOML to paste.

use anyhow::Result;
use serde::Serialize;

use super::Context;
use crate::cli::PresetsArgs;
use crate::profile::preset::{PRESETS, Preset};
use crate::render::error::CommandError;
use crate::render::output::Answer;
use crate::render::view;
use crate::suggest::{nearest, one_of};

/// Lists the presets, or prints one.
///
/// # Errors
/// There is no preset of that name.
pub fn run(args: &PresetsArgs, context: &Context<'_>) -> Result<Answer> {
    let Some(name) = &args.name else {
        return list(args.json, context);
    };
    let preset = find(name)?;
    let text = if args.json {
        view::json(&Json::from(&preset))?
    } else {
        pasted(&preset)
    };
    Ok(Answer::new(text))
}

/// A preset by its name.
///
/// # Errors
/// There is none; the nearest is suggested.
pub(super) fn find(name: &str) -> Result<Preset, CommandError> {
    let names = PRESETS.iter().map(|preset| preset.name);
    PRESETS
        .iter()
        .find(|preset| preset.name == name)
        .copied()
        .ok_or_else(|| {
            let hint = match nearest(name, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the presets are {}", one_of(names)),
            };
            CommandError::usage(
                format!("there is no preset {}", crate::text::quote_name(name)),
                hint,
            )
        })
}

/// A whole profile, named after the preset: its credentials, and everything that `preset = "…"` stands for.
#[must_use]
pub fn pasted(preset: &Preset) -> String {
    let Preset { name, .. } = preset;
    format!(
        "{}\n#\n# {}\n\n[profiles.{name}]\n{}\n\n# All of the following is also said by: preset = \"{name}\"\n{}\n",
        preset.comment().trim_end(),
        preset.source(),
        preset.credentials(),
        preset.keys(),
    )
}

fn list(json: bool, context: &Context<'_>) -> Result<Answer> {
    if json {
        return Ok(Answer::new(view::json(
            &PRESETS.iter().map(Json::from).collect::<Vec<_>>(),
        )?));
    }
    let row = |preset: &Preset| {
        [
            preset.name,
            key(preset, "strategy"),
            key(preset, "token_url"),
            preset.summary(),
        ]
        .map(str::to_owned)
    };
    let rows = PRESETS.iter().map(row);
    let text = if context.is_terminal {
        let rows = rows.map(|[name, strategy, url, what]| {
            vec![
                view::paint(view::NAME, &name),
                strategy,
                what,
                view::paint(view::DIM, &url),
            ]
        });
        view::table(
            &["PRESET", "STRATEGY", "WHAT IT IS", "TOKEN URL"],
            rows.collect(),
        )
    } else {
        view::records(&rows.map(Vec::from).collect::<Vec<_>>())
    };
    Ok(Answer::new(text))
}

/// A preset's own text for one of its keys.
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
    /// A whole profile to paste.
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
